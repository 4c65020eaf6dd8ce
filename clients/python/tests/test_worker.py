"""The worker's own side of things; what it says on the wire, in every turn of events, is the
behaviour suite's (test/clients in the repository)."""

import asyncio
import logging
import os
import signal
import threading
from datetime import datetime, timedelta

import grpc
import pytest

from tickwire import (
    MalformedError,
    RetryAfterError,
    Task,
    TaskAborted,
    Tls,
    Worker,
    complete,
    release,
    snooze,
)
from tickwire._worker.held import HeldTask
from tickwire._worker.in_hand import InHand, InHandEvents, KindHandler
from tickwire._worker.invoke import Handler
from tickwire._worker.reports import Reports
from tickwire.v1 import worker_pb2 as pb

from manual_clock import ManualClock
from scripted_server import WorkCall, refuse, serve


async def nothing(_: Task) -> None:
    pass


def test_what_can_not_be_is_refused() -> None:
    for places in (0, 10_001, 1.5):
        with pytest.raises(ValueError, match="max_tasks must be"):
            Worker(max_tasks=places)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="come together"):
        Worker(tls=Tls(cert=b"c"))
    worker = Worker()
    worker.handle("k", nothing)
    with pytest.raises(ValueError, match="has a handler already"):
        worker.handle("k", nothing)
    with pytest.raises(ValueError, match="time zone"):
        complete(next_time=datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="at least 0"):
        snooze(timedelta(seconds=-1))

    async def main() -> None:
        with pytest.raises(RuntimeError, match="no handler"):
            await Worker().run()

    asyncio.run(main())


def test_a_decorator_gives_the_function_back() -> None:
    worker = Worker()

    @worker.handle("k", max_tasks=2)
    async def handler(task: Task) -> str:
        return task.slug

    assert handler.__name__ == "handler"


def test_run_ends_when_it_is_cancelled_and_delivers_first() -> None:
    results: list[pb.Result] = []

    async def main() -> None:
        began, go = asyncio.Event(), asyncio.Event()

        async def work(call: WorkCall) -> None:
            await call.welcome()
            await call.task("a")
            assert (await call.next()).WhichOneof("frame") == "drain"
            go.set()
            results.append(await call.result())
            await call.ended()

        async with serve(work=work) as address:
            worker = Worker(address)

            @worker.handle("k")
            async def handler(_: Task) -> str:
                began.set()
                await go.wait()
                return "done"

            running = asyncio.create_task(worker.run())
            await began.wait()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            assert worker.in_hand == 0
            assert not worker.connected

    asyncio.run(main())
    assert [result.success.result for result in results] == [b"done"]


def test_after_the_first_signal_another_does_what_it_did_before() -> None:
    def before(_: int, __: object) -> None:
        pass

    async def main() -> None:
        async def work(call: WorkCall) -> None:
            await call.welcome()
            os.kill(os.getpid(), signal.SIGUSR1)
            await call.ended()

        async with serve(work=work) as address:
            worker = Worker(address)
            worker.handle("k", nothing)
            await worker.run(stop_on=[signal.SIGUSR1, signal.SIGUSR1])

    kept = signal.signal(signal.SIGUSR1, before)
    try:
        asyncio.run(asyncio.wait_for(main(), 20))
        assert signal.getsignal(signal.SIGUSR1) is before
    finally:
        signal.signal(signal.SIGUSR1, kept)


def test_a_worker_whose_signals_can_not_be_caught_does_not_start() -> None:
    async def main() -> None:
        worker = Worker()
        worker.handle("k", nothing)
        before = signal.getsignal(signal.SIGUSR1)
        with pytest.raises((OSError, RuntimeError, ValueError)):
            await worker.run(stop_on=[signal.SIGUSR1, signal.SIGKILL])
        assert signal.getsignal(signal.SIGUSR1) is before
        worker.handle("not started", nothing)

    asyncio.run(asyncio.wait_for(main(), 20))


def test_a_block_begins_and_ends_it_and_leaves_nothing_behind() -> None:
    async def main() -> None:
        async def work(call: WorkCall) -> None:
            hello = await call.welcome()
            assert hello.client.startswith("tickwire-python/")
            assert len(hello.instance) == 16
            await call.ended()

        async with serve(work=work) as address:
            before = asyncio.all_tasks()
            worker = Worker(address, worker_id="w")
            worker.handle("k", nothing)
            async with worker:
                await worker.ready()
                assert (worker.worker_id, worker.connected) == ("w", True)
            mine = {task for task in asyncio.all_tasks() - before if "_worker" in repr(task)}
            assert mine == set()

    asyncio.run(main())


def test_a_refused_worker_raises() -> None:
    async def main() -> None:
        async def work(call: WorkCall) -> None:
            await call.next()
            await refuse(call.context, grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED")

        async with serve(work=work) as address:
            worker = Worker(address)
            worker.handle("k", nothing)
            with pytest.raises(MalformedError):
                await worker.run()
            with pytest.raises(MalformedError):
                await worker.ready()

    asyncio.run(main())


def test_an_aborted_coroutine_is_cancelled_and_may_clean_up() -> None:
    results: dict[str, str | None] = {}
    seen: list[str | None] = []

    async def main() -> None:
        done = asyncio.Event()

        async def work(call: WorkCall) -> None:
            await call.welcome()
            for slug in ("lets go", "cleans up"):
                await call.task(slug)
                await call.cancel(slug, pb.CANCEL_REASON_REQUESTED)
                results[slug] = (await call.result()).WhichOneof("outcome")
            done.set()
            await call.ended()

        async with serve(work=work) as address:
            worker = Worker(address)

            @worker.handle("k")
            async def handler(task: Task) -> str:
                try:
                    await asyncio.get_running_loop().create_future()
                except asyncio.CancelledError:
                    seen.append(task.aborted_by)
                    if task.slug == "lets go":
                        raise
                return "done"

            async with worker:
                await done.wait()

    asyncio.run(asyncio.wait_for(main(), 20))
    assert seen == ["cancelled", "cancelled"]
    assert results == {"lets go": "cancelled", "cleans up": "success"}


def test_a_coroutine_of_a_plain_function_is_cancelled_as_well() -> None:
    results: list[str | None] = []

    async def main() -> None:
        began, done = asyncio.Event(), asyncio.Event()

        async def work(call: WorkCall) -> None:
            await call.welcome()
            await call.task("a")
            await began.wait()
            await call.cancel("a", pb.CANCEL_REASON_REQUESTED)
            results.append((await call.result()).WhichOneof("outcome"))
            done.set()
            await call.ended()

        async def forever(_: Task) -> None:
            began.set()
            await asyncio.get_running_loop().create_future()

        async with serve(work=work) as address:
            worker = Worker(address, grace=timedelta(0))
            worker.handle("k", lambda task: forever(task))
            async with worker:
                await asyncio.wait_for(done.wait(), 4)

    asyncio.run(asyncio.wait_for(main(), 20))
    assert results == ["cancelled"]


def test_a_plain_function_runs_in_a_thread_and_can_do_the_same() -> None:
    frames: list[str | None] = []
    threads: list[int] = []
    aborted: list[str | None] = []

    async def main() -> None:
        done = asyncio.Event()

        async def work(call: WorkCall) -> None:
            await call.welcome()
            await call.task("a", payload=b'{"n":1}')
            report = pb.ProgressReport()
            while not report.HasField("checkpoint"):
                report.MergeFrom((await call.next()).progress.reports[0])
            assert (report.progress, report.note, report.checkpoint) == (0.5, "half", b"page 2")
            await call.cancel("a", pb.CANCEL_REASON_TIMED_OUT)
            frames.append((await call.result()).WhichOneof("outcome"))
            done.set()
            await call.ended()

        async with serve(work=work) as address:
            worker = Worker(address)

            @worker.handle("k")
            def handler(task: Task) -> None:
                threads.append(threading.get_ident())
                assert task.json() == {"n": 1}
                assert not task.wait_aborted(timedelta(0))
                task.progress(0.5, "half")
                task.checkpoint("page 2")
                task.wait_aborted()
                aborted.append(task.aborted_by)
                task.raise_if_aborted()

            async with worker:
                await done.wait()

    asyncio.run(asyncio.wait_for(main(), 20))
    assert frames == ["cancelled"]
    assert aborted == ["timed_out"]
    assert threads != [threading.get_ident()]


def test_wrong_reports_are_refused_where_they_are_made() -> None:
    results: list[pb.Result] = []

    async def main() -> None:
        done = asyncio.Event()

        async def work(call: WorkCall) -> None:
            await call.welcome()
            await call.task("a")
            results.append(await call.result())
            done.set()
            await call.ended()

        async with serve(work=work) as address:
            worker = Worker(address)

            @worker.handle("k")
            async def handler(task: Task) -> object:
                with pytest.raises(ValueError, match="0 to 1"):
                    task.progress(float("nan"))
                with pytest.raises(ValueError, match="at most 65536 bytes"):
                    task.checkpoint(b"x" * 65_537)
                task.raise_if_aborted()
                return release()

            async with worker:
                await done.wait()

    asyncio.run(main())
    assert results[0].WhichOneof("outcome") == "released"


def test_the_reason_of_an_abort_is_an_error() -> None:
    assert (TaskAborted("deleted").why, str(TaskAborted("deleted"))) == (
        "deleted",
        "the job was deleted",
    )


def test_a_failure_is_sent_in_words_and_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    results: list[pb.Result] = []

    async def main() -> None:
        done = asyncio.Event()

        async def work(call: WorkCall) -> None:
            await call.welcome()
            await call.task("a")
            results.append(await call.result())
            done.set()
            await call.ended()

        async with serve(work=work) as address:
            worker = Worker(address)

            @worker.handle("k")
            async def handler(_: Task) -> None:
                raise ValueError("no address")

            async with worker:
                await done.wait()

    asyncio.run(main())
    assert results[0].failure.error == "ValueError: no address"
    (record,) = [one for one in caplog.records if one.message == "task failed"]
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ValueError)
    assert record.__dict__["slug"] == "a"


def result_of(handler: Handler) -> pb.Result:
    """Of one task; the worker then stops with nothing in hand."""
    results: list[pb.Result] = []

    async def main() -> None:
        done = asyncio.Event()

        async def work(call: WorkCall) -> None:
            await call.welcome()
            await call.task("a")
            results.append(await call.result())
            done.set()
            await call.ended()

        async with serve(work=work) as address:
            worker = Worker(address)
            worker.handle("k", handler)
            async with worker:
                await done.wait()

    asyncio.run(asyncio.wait_for(main(), 20))
    return results[0]


def test_a_plain_function_may_raise_what_no_future_holds() -> None:
    def handler(_: Task) -> None:
        next(iter(()))

    error = result_of(handler).failure.error
    assert error == "RuntimeError: the handler raised StopIteration: StopIteration"


class Late(RetryAfterError):
    def __init__(self) -> None:
        """Leaves out what the base needs."""


@pytest.mark.parametrize("threaded", [True, False])
@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (pytest.fail.Exception("no"), "Failed: no"),
        (BaseExceptionGroup("two", [KeyError("a")]), "two (1 sub-exception)"),
        (Late(), "retry_after"),
    ],
)
def test_a_handler_may_raise_anything(threaded: bool, raised: BaseException, error: str) -> None:
    def plain(_: Task) -> None:
        raise raised

    async def handler(_: Task) -> None:
        raise raised

    assert error in result_of(plain if threaded else handler).failure.error


def test_a_result_that_does_not_fit_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def encode(_: object) -> tuple[bytes, str]:
        raise MemoryError

    monkeypatch.setattr("tickwire._worker.invoke.encode_payload", encode)

    async def handler(_: Task) -> str:
        return "a"

    assert result_of(handler).failure.error == "the handler's result can't be sent: MemoryError"


def test_what_ends_the_process_ends_the_task_first() -> None:
    ended: list[HeldTask] = []
    running: list[int] = []

    async def handler(_: Task) -> None:
        raise KeyboardInterrupt

    async def main() -> None:
        # It would print the interrupt once more.
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        clock = ManualClock()
        in_hand = InHand(
            kinds={"k": KindHandler(handler, None, None)},
            max_tasks=1,
            clock=clock,
            log=logging.getLogger("tickwire"),
            reports=Reports(clock, lambda: None),
            events=InHandEvents(ended.append, lambda: None, lambda: None),
        )
        in_hand.accept([pb.Task(slug="a", token=b"a", kind="k")])
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            running.append(in_hand.running)

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())
    assert running == [0]
    assert [held.slug for held in ended] == ["a"]
