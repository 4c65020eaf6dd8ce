"""The client's calls against scripted servers."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import timedelta

import grpc
import pytest

from tickwire import Client, JobSpec, RetryOptions, StoreDownError, TickwireError, _pool
from tickwire._repeats import REPEATABLE
from tickwire.v1 import job_pb2, run_pb2
from tickwire.v1 import scheduler_pb2 as pb

from scripted_server import Context, refuse, serve

QUICK = RetryOptions(initial=timedelta(milliseconds=1), longest=timedelta(milliseconds=1))


def test_every_call_of_the_contract_says_whether_it_may_be_repeated() -> None:
    methods = pb.DESCRIPTOR.services_by_name["Scheduler"].methods_by_name
    assert set(REPEATABLE) == set(methods) - {"Work"}


def test_a_repeat_carries_the_same_id_and_says_that_it_is_one() -> None:
    seen: list[tuple[str, bool]] = []

    async def schedule(request: pb.ScheduleJobRequest, context: Context) -> pb.ScheduleJobResponse:
        seen.append((request.request_id, request.retry))
        if len(seen) < 3:
            await refuse(context, grpc.StatusCode.UNAVAILABLE, "STORE_DOWN")
        return pb.ScheduleJobResponse(job=job_pb2.Job(slug="a"), outcome="SCHEDULE_OUTCOME_CREATED")

    async def main() -> None:
        async with serve(ScheduleJob=schedule) as address, Client(address, retry=QUICK) as client:
            done = await client.schedule_job("k")
        assert (done.job.slug, done.outcome) == ("a", "created")

    asyncio.run(main())
    ids, repeats = zip(*seen, strict=True)
    assert len(ids[0]) == 36
    assert len(set(ids)) == 1
    assert repeats == (False, True, True)


def test_a_call_that_a_repeat_could_hurt_is_made_once() -> None:
    calls = 0

    async def delete(_: pb.DeleteJobRequest, context: Context) -> pb.DeleteJobResponse:
        nonlocal calls
        calls += 1
        if calls != 3:
            await refuse(context, grpc.StatusCode.UNAVAILABLE, "STORE_DOWN")
        return pb.DeleteJobResponse()

    async def main() -> None:
        async with serve(DeleteJob=delete) as address, Client(address, retry=QUICK) as client:
            with pytest.raises(StoreDownError):
                await client.delete_job("a")
            assert calls == 1
            await client.delete_job("a", etag="e")
            assert calls == 3
            with pytest.raises(StoreDownError):
                await client.delete_job("a", etag="e", retry=False)

    asyncio.run(main())
    assert calls == 4


def test_as_many_tries_as_are_allowed() -> None:
    calls = 0

    async def get(_: pb.GetJobRequest, context: Context) -> pb.GetJobResponse:
        nonlocal calls
        calls += 1
        await refuse(context, grpc.StatusCode.UNAVAILABLE, "STORE_DOWN")
        raise AssertionError

    async def main() -> None:
        retry = RetryOptions(initial=QUICK.initial, max_tries=2)
        async with serve(GetJob=get) as address, Client(address, retry=retry) as client:
            with pytest.raises(StoreDownError):
                await client.get_job("a")

    asyncio.run(main())
    assert calls == 2


def test_no_wait_goes_beyond_the_deadline() -> None:
    async def get(_: pb.GetJobRequest, context: Context) -> pb.GetJobResponse:
        await refuse(context, grpc.StatusCode.UNAVAILABLE, "STORE_DOWN", 60)
        raise AssertionError

    async def main() -> None:
        async with serve(GetJob=get) as address, Client(address) as client:
            with pytest.raises(StoreDownError):
                await client.get_job("a", timeout=timedelta(seconds=20))

    asyncio.run(asyncio.wait_for(main(), 10))


def test_a_call_ends_at_its_deadline() -> None:
    async def get(_: pb.GetJobRequest, context: Context) -> pb.GetJobResponse:
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async def main() -> None:
        async with serve(GetJob=get) as address, Client(address) as client:
            with pytest.raises(TickwireError) as caught:
                await client.get_job("a", timeout=timedelta(milliseconds=50))
        assert caught.value.code == "DEADLINE_EXCEEDED"

    asyncio.run(main())


def test_calls_take_servers_in_turn_and_leave_out_those_that_are_gone() -> None:
    answers: list[str] = []

    def answering(name: str) -> object:
        async def info(_: pb.GetServerInfoRequest, __: Context) -> pb.GetServerInfoResponse:
            answers.append(name)
            return pb.GetServerInfoResponse(version=name)

        return info

    async def main() -> None:
        async with (
            serve(GetServerInfo=answering("a")) as a,  # type: ignore[arg-type]
            serve(GetServerInfo=answering("b")) as b,  # type: ignore[arg-type]
            Client([a, "127.0.0.1:1", b]) as client,
        ):
            for _ in range(6):
                await client.get_server_info()

    asyncio.run(main())
    assert set(answers[-4:]) == {"a", "b"}
    assert all(one != other for one, other in itertools.pairwise(answers[2:]))


def test_the_next_server_is_asked_at_once() -> None:
    async def down(_: pb.GetServerInfoRequest, context: Context) -> pb.GetServerInfoResponse:
        await refuse(context, grpc.StatusCode.UNAVAILABLE, "DRAINING", 60)
        raise AssertionError

    async def up(_: pb.GetServerInfoRequest, __: Context) -> pb.GetServerInfoResponse:
        return pb.GetServerInfoResponse(version="1")

    async def main() -> None:
        async with (
            serve(GetServerInfo=down) as a,
            serve(GetServerInfo=up) as b,
            Client([a, b]) as client,
        ):
            for _ in range(4):
                assert (await client.get_server_info()).version == "1"

    asyncio.run(asyncio.wait_for(main(), 20))


def test_a_closed_client_says_so() -> None:
    began = asyncio.Event()

    async def get(_: pb.GetJobRequest, __: Context) -> pb.GetJobResponse:
        began.set()
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async def main() -> None:
        async with serve(GetJob=get) as address:
            client = Client(address)
            call = asyncio.create_task(client.get_job("a"))
            await began.wait()
            await client.close()
            with pytest.raises(TickwireError) as caught:
                await call
            assert (caught.value.code, caught.value.reason) == ("CANCELLED", "CLIENT_CLOSED")
            with pytest.raises(TickwireError, match="closed"):
                await client.get_job("a")

    asyncio.run(main())


def test_a_cancelled_call_is_cancelled() -> None:
    async def main() -> None:
        began, ended = asyncio.Event(), asyncio.Event()

        async def get(_: pb.GetJobRequest, __: Context) -> pb.GetJobResponse:
            began.set()
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                ended.set()
            raise AssertionError

        async with serve(GetJob=get) as address, Client(address) as client:
            call = asyncio.create_task(client.get_job("a"))
            await began.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await ended.wait()

    asyncio.run(main())


def pool_of(client: Client) -> _pool.Pool:
    pool = client._calls._pool
    assert pool is not None
    return pool


def test_what_a_server_that_left_carried_too_long_is_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_pool, "_CLOSE", 0.0)

    async def main() -> None:
        began = asyncio.Queue[str]()
        cursors: list[str] = []
        tries: list[bool] = []

        async def get(request: pb.GetJobRequest, _: Context) -> pb.GetJobResponse:
            tries.append(True)
            began.put_nowait("get")
            if len(tries) == 1:
                await asyncio.get_running_loop().create_future()
            return pb.GetJobResponse(job=job_pb2.Job(slug=request.slug))

        async def delete(_: pb.DeleteJobRequest, __: Context) -> pb.DeleteJobResponse:
            began.put_nowait("delete")
            await asyncio.get_running_loop().create_future()
            raise AssertionError

        async def watch(
            request: pb.WatchRunsRequest, _: Context
        ) -> AsyncIterator[pb.WatchRunsResponse]:
            cursors.append(request.cursor)
            if len(cursors) == 1:
                yield pb.WatchRunsResponse(runs=[run_pb2.Run(run_id="1")], cursor="1")
                await asyncio.get_running_loop().create_future()
            yield pb.WatchRunsResponse(runs=[run_pb2.Run(run_id="2")], cursor="2")

        async def watched(client: Client) -> list[str]:
            async with client.watch_runs() as runs:
                found = []
                async for run in runs:
                    found.append(run.run_id)
                    began.put_nowait("watch")
                return found

        async with (
            serve(GetJob=get, DeleteJob=delete, streams={"WatchRuns": watch}) as address,
            Client(address, retry=QUICK) as client,
        ):
            calls = (
                asyncio.create_task(client.get_job("a")),
                asyncio.create_task(client.delete_job("a")),
                asyncio.create_task(watched(client)),
            )
            for _ in calls:
                await began.get()
            pool_of(client)._follow(())
            got, deleted, runs = await asyncio.gather(*calls, return_exceptions=True)
            assert not isinstance(got, BaseException), repr(got)
            assert got.slug == "a"
            assert isinstance(deleted, TickwireError), repr(deleted)
            assert deleted.code == "UNAVAILABLE"
            assert runs == ["1", "2"]

    asyncio.run(asyncio.wait_for(main(), 20))


@pytest.mark.parametrize("begun", [True, False])
def test_a_closed_client_leaves_no_connection_of_a_server_that_left(begun: bool) -> None:
    async def main() -> None:
        began = asyncio.Event()

        async def get(_: pb.GetJobRequest, __: Context) -> pb.GetJobResponse:
            began.set()
            await asyncio.get_running_loop().create_future()
            raise AssertionError

        async with serve(GetJob=get) as address:
            client = Client(address)
            call = asyncio.create_task(client.get_job("a"))
            await began.wait()
            pool = pool_of(client)
            (member,) = pool._members
            pool._follow(())
            if begun:
                await asyncio.sleep(0)
            await client.close()
            assert member.channel.get_state() is grpc.ChannelConnectivity.SHUTDOWN
            with pytest.raises(TickwireError, match="closed"):
                await call

    asyncio.run(asyncio.wait_for(main(), 20))


def test_pages_are_read_to_their_end() -> None:
    async def jobs(request: pb.ListJobsRequest, _: Context) -> pb.ListJobsResponse:
        assert request.page_size == 2
        if request.page_token == "":
            jobs = [job_pb2.Job(slug="a"), job_pb2.Job(slug="b")]
            return pb.ListJobsResponse(jobs=jobs, next_page_token="p")
        if request.page_token == "p":
            return pb.ListJobsResponse(next_page_token="q")
        return pb.ListJobsResponse(jobs=[job_pb2.Job(slug="c")])

    async def main() -> None:
        async with serve(ListJobs=jobs) as address, Client(address) as client:
            assert [job.slug async for job in client.list_jobs(page_size=2)] == ["a", "b", "c"]

    asyncio.run(main())


def test_one_job_of_many_may_fail() -> None:
    async def schedule(request: pb.ScheduleJobsRequest, _: Context) -> pb.ScheduleJobsResponse:
        assert len({one.request_id for one in request.requests}) == 2
        results = [
            pb.ScheduleJobResult(slug="a", outcome="SCHEDULE_OUTCOME_CREATED"),
            pb.ScheduleJobResult(slug="b"),
        ]
        results[1].error.code = 6
        return pb.ScheduleJobsResponse(results=results)

    async def main() -> None:
        async with serve(ScheduleJobs=schedule) as address, Client(address) as client:
            a, b = await client.schedule_jobs([JobSpec("k", slug="a"), JobSpec("k", slug="b")])
        assert (a.outcome, a.error) == ("created", None)
        assert b.error is not None
        assert b.error.code == "ALREADY_EXISTS"

    asyncio.run(main())


def test_a_watch_goes_on_from_its_cursor_and_gives_no_run_twice() -> None:
    cursors: list[str] = []
    gaps: list[str] = []

    async def watch(
        request: pb.WatchRunsRequest, context: Context
    ) -> AsyncIterator[pb.WatchRunsResponse]:
        cursors.append(request.cursor)
        runs = [run_pb2.Run(run_id="1")]
        if len(cursors) == 1:
            yield pb.WatchRunsResponse(cursor="0")
            yield pb.WatchRunsResponse(runs=runs, cursor="1")
            await refuse(context, grpc.StatusCode.UNAVAILABLE, "DRAINING")
        yield pb.WatchRunsResponse(runs=[*runs, run_pb2.Run(run_id="2")], cursor="2", gap=True)

    async def main() -> None:
        async with (
            serve(streams={"WatchRuns": watch}) as address,
            Client(address, retry=QUICK) as client,
            client.watch_runs(on_gap=lambda: gaps.append("gap")) as runs,
        ):
            assert [run.run_id async for run in runs] == ["1", "2"]
            assert runs.cursor == "2"

    asyncio.run(main())
    assert cursors == ["", "1"]
    assert gaps == ["gap"]


def test_a_watch_ends_with_its_block() -> None:
    async def main() -> None:
        ended = asyncio.Event()

        async def watch(_: pb.WatchRunsRequest, __: Context) -> AsyncIterator[pb.WatchRunsResponse]:
            try:
                yield pb.WatchRunsResponse(cursor="0")
                yield pb.WatchRunsResponse(runs=[run_pb2.Run(run_id="1")], cursor="1")
                await asyncio.get_running_loop().create_future()
            finally:
                ended.set()

        async with serve(streams={"WatchRuns": watch}) as address, Client(address) as client:
            async with client.watch_runs() as runs:
                async for run in runs:
                    assert run.run_id == "1"
                    break
            await ended.wait()

    asyncio.run(main())


@pytest.mark.parametrize("opened", [True, False])
def test_a_watch_may_be_closed_while_another_task_reads_it(opened: bool) -> None:
    async def main() -> None:
        began, ended = asyncio.Event(), asyncio.Event()

        async def watch(_: pb.WatchRunsRequest, __: Context) -> AsyncIterator[pb.WatchRunsResponse]:
            try:
                if opened:
                    yield pb.WatchRunsResponse(runs=[run_pb2.Run(run_id="1")], cursor="1")
                else:
                    began.set()
                await asyncio.get_running_loop().create_future()
            finally:
                ended.set()

        async with serve(streams={"WatchRuns": watch}) as address, Client(address) as client:
            runs = client.watch_runs()

            async def read() -> list[str]:
                found = []
                async for run in runs:
                    found.append(run.run_id)
                    began.set()
                return found

            reading = asyncio.create_task(read())
            await began.wait()
            await runs.close()
            assert await reading == (["1"] if opened else [])
            await ended.wait()
            assert [run async for run in runs] == []

    asyncio.run(asyncio.wait_for(main(), 20))


def test_a_watch_that_is_closed_before_it_opens_says_so() -> None:
    async def main() -> None:
        began = asyncio.Event()

        async def watch(_: pb.WatchRunsRequest, __: Context) -> AsyncIterator[pb.WatchRunsResponse]:
            began.set()
            await asyncio.get_running_loop().create_future()
            yield pb.WatchRunsResponse()

        async with serve(streams={"WatchRuns": watch}) as address, Client(address) as client:
            runs = client.watch_runs()
            opening = asyncio.create_task(runs.opened())
            await began.wait()
            await runs.close()
            with pytest.raises(TickwireError, match="the watch is closed"):
                await opening

    asyncio.run(asyncio.wait_for(main(), 20))


def test_who_stops_waiting_for_a_run_may_wait_for_it_again() -> None:
    async def main() -> None:
        go = asyncio.Event()

        async def watch(_: pb.WatchRunsRequest, __: Context) -> AsyncIterator[pb.WatchRunsResponse]:
            yield pb.WatchRunsResponse(cursor="0")
            await go.wait()
            yield pb.WatchRunsResponse(runs=[run_pb2.Run(run_id="1")], cursor="1")

        async with (
            serve(streams={"WatchRuns": watch}) as address,
            Client(address) as client,
            client.watch_runs() as runs,
        ):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(runs), 0.01)
            go.set()
            assert [run.run_id async for run in runs] == ["1"]

    asyncio.run(asyncio.wait_for(main(), 20))


def test_the_token_and_headers_go_with_every_call() -> None:
    found: dict[str, object] = {}
    names: list[str] = []

    async def info(_: pb.GetServerInfoRequest, context: Context) -> pb.GetServerInfoResponse:
        metadata = list(context.invocation_metadata() or ())
        found.update(metadata)
        names.extend(name for name, _ in metadata)
        return pb.GetServerInfoResponse()

    async def main() -> None:
        headers = {"X-Tenant": "t", "Authorization": "replaced"}
        async with (
            serve(GetServerInfo=info) as address,
            Client(address, token="secret", headers=headers) as client,
        ):
            await client.get_server_info()

    asyncio.run(main())
    assert found["authorization"] == "Bearer secret"
    assert names.count("authorization") == 1
    assert found["x-tenant"] == "t"


def test_a_watch_whose_cursor_nobody_takes_any_more_goes_on_from_now() -> None:
    cursors: list[str] = []
    gaps: list[str] = []

    async def watch(
        request: pb.WatchRunsRequest, context: Context
    ) -> AsyncIterator[pb.WatchRunsResponse]:
        cursors.append(request.cursor)
        if len(cursors) == 1:
            yield pb.WatchRunsResponse(runs=[run_pb2.Run(run_id="1")], cursor="1")
            await refuse(context, grpc.StatusCode.UNAVAILABLE, "DRAINING")
        if request.cursor:
            await refuse(context, grpc.StatusCode.INVALID_ARGUMENT, "BAD_FIELD", field="cursor")
        yield pb.WatchRunsResponse(runs=[run_pb2.Run(run_id="2")], cursor="2")

    async def main() -> None:
        async with (
            serve(streams={"WatchRuns": watch}) as address,
            Client(address, retry=QUICK) as client,
            client.watch_runs(on_gap=lambda: gaps.append("gap")) as runs,
        ):
            assert [run.run_id async for run in runs] == ["1", "2"]

    asyncio.run(main())
    assert cursors == ["", "1", ""]
    assert gaps == ["gap"]
