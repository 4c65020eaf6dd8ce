"""The client as its users see it."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self, TypeVar

import grpc

from tickwire._addresses import DEFAULT_ADDRESS, parse_addresses
from tickwire._calls import CallOptions, Calls
from tickwire._connection import Connection, Tls
from tickwire._job import ConflictPolicy, Job, JobSpec, Priority, Unknown
from tickwire._kind import Kind, KindSpec, RegisteredKind
from tickwire._policy import Policy
from tickwire._requests import (
    Backfill,
    BulkResult,
    JobFilter,
    Page,
    Preview,
    RetryOptions,
    RunFilter,
    RunRequested,
    Scheduled,
    ScheduleResult,
    View,
)
from tickwire._run import Run
from tickwire._server import ServerInfo, Stats, WorkerStatus
from tickwire._trigger import Trigger
from tickwire._watch import RunWatch
from tickwire._wire.enums import SCHEDULE_OUTCOMES, VIEWS
from tickwire._wire.job import from_wire_job
from tickwire._wire.kind import from_wire_kind, to_wire_kind
from tickwire._wire.number import int32
from tickwire._wire.requests import (
    to_job_filter,
    to_run_filter,
    to_schedule_request,
    to_schedule_requests,
    to_update_request,
)
from tickwire._wire.run import from_wire_run
from tickwire._wire.server import from_wire_server_info, from_wire_stats, from_wire_worker
from tickwire._wire.status import from_status
from tickwire._wire.time import datetime_of, optional_timestamp, to_datetime, to_timestamp
from tickwire._wire.trigger import to_wire_trigger
from tickwire.v1 import scheduler_pb2 as pb

T = TypeVar("T")


class Client:
    """Calls Tickwire's servers, each in its turn; one that can't be reached is left out.

        async with Client("localhost:7070") as client:
            await client.schedule_job("mail", payload={"to": "ada@example.com"})

    `address` is `host:port` of a server; several in a list, or with commas between them. A name
    that stands for several servers is the same as all of them.

    - `tls`: encrypts, with the certificates of the public authorities (True) or as said. Default:
      plain text.
    - `token`: sent with every call as `authorization: Bearer ...`. Without `tls` whoever listens on
      the way reads it.
    - `credentials`: of grpc, in place of `tls`.
    - `headers`: sent with every call.
    - `timeout`: of each call that names none; None: none.
    - `retry`: how UNAVAILABLE is tried again.

    Every call raises TickwireError and nothing else of its own; a cancelled one is cancelled as
    asyncio does it. Each takes `timeout`, for the whole call, further tries included (streams have
    none; `timedelta.max`: none), and `retry`. A call that found a server UNAVAILABLE is tried again
    within its deadline, at once at the next server, where a repeat can't hurt: reads;
    `schedule_job`, `schedule_jobs` and `run_job`, which carry a request id drawn before the first
    try; `register_kind` without an etag; `backfill_job`; `delete_job` with an etag; `cancel_run`
    with a run id; `clear_jobs` and `requeue_jobs` with `validate_only`. Others raise at once,
    unless `retry=True` is given.

    Raises ValueError on an address or a timeout that is none, and TypeError where `tls` and
    `credentials` contradict each other. A client belongs to the event loop of its first call.
    """

    def __init__(
        self,
        address: str | Iterable[str] = DEFAULT_ADDRESS,
        *,
        tls: Tls | bool = False,
        token: str | None = None,
        credentials: grpc.ChannelCredentials | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: timedelta | None = timedelta(seconds=30),
        retry: RetryOptions | None = None,
    ) -> None:
        if timeout is not None and timeout <= timedelta():
            raise ValueError(f"timeout must be more than 0, not {timeout!r}")
        self._calls = Calls(
            parse_addresses(address),
            Connection(tls=tls, token=token, credentials=credentials, headers=headers),
            timeout=timeout,
            retry=retry or RetryOptions(),
        )

    async def close(self) -> None:
        """Closes the connections; calls in progress fail as CANCELLED. Closing twice is fine."""
        await self._calls.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    # Jobs

    async def schedule_job(
        self,
        kind: str,
        *,
        slug: str = "",
        payload: object = None,
        content_type: str | None = None,
        labels: Mapping[str, str] | None = None,
        trigger: Trigger | None = None,
        policy: Policy | None = None,
        priority: Priority | Unknown | None = None,
        delay: timedelta | None = None,
        on_conflict: ConflictPolicy | None = None,
        validate_only: bool = False,
        request_id: str = "",
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> Scheduled:
        """Stores one job; JobSpec says what each field is. It is durable when this returns."""
        job = JobSpec(
            kind,
            slug=slug,
            payload=payload,
            content_type=content_type,
            labels=labels,
            trigger=trigger,
            policy=policy,
            priority=priority,
            delay=delay,
            on_conflict=on_conflict,
            validate_only=validate_only,
            request_id=request_id,
        )
        options = CallOptions(timeout, retry)
        request = to_schedule_request(job)
        answer = await self._calls.unary(request, pb.ScheduleJobResponse, options)
        return Scheduled(
            job=from_wire_job(answer.job),
            outcome=SCHEDULE_OUTCOMES.some_name(answer.outcome),
            warnings=tuple(answer.warnings),
        )

    async def schedule_jobs(
        self,
        jobs: Iterable[JobSpec],
        *,
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> list[ScheduleResult]:
        """Stores up to 1000 jobs of 4 MiB in all, each on its own, in order: some may fail while
        others are stored."""
        options = CallOptions(timeout, retry)
        request = to_schedule_requests(jobs)
        answer = await self._calls.unary(request, pb.ScheduleJobsResponse, options)
        return [
            ScheduleResult(
                slug=one.slug,
                error=from_status(one.error) if one.HasField("error") else None,
                outcome=SCHEDULE_OUTCOMES.name(one.outcome),
                due_time=datetime_of(one, "due_time"),
            )
            for one in answer.results
        ]

    async def get_job(
        self,
        slug: str,
        *,
        view: View | None = None,
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> Job:
        """One job, by default with its payload and its newest result."""
        request = pb.GetJobRequest(slug=slug, view=VIEWS.number(view, "view"))
        options = CallOptions(timeout, retry)
        return from_wire_job((await self._calls.unary(request, pb.GetJobResponse, options)).job)

    def list_jobs(
        self,
        filter: JobFilter | None = None,
        *,
        view: View | None = None,
        page_size: int | None = None,
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> AsyncGenerator[Job, None]:
        """In the order of their slugs, bytewise; by default without payloads and results. Pages of
        `page_size` (50; at most 1000) are fetched as they are read."""

        def page(token: str) -> Awaitable[Page[Job]]:
            return self.list_jobs_page(
                filter,
                view=view,
                page_size=page_size,
                page_token=token,
                timeout=timeout,
                retry=retry,
            )

        return _items(page)

    async def list_jobs_page(
        self,
        filter: JobFilter | None = None,
        *,
        view: View | None = None,
        page_size: int | None = None,
        page_token: str = "",
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> Page[Job]:
        """One page of `list_jobs`."""
        request = pb.ListJobsRequest(
            filter=to_job_filter(filter),
            view=VIEWS.number(view, "view"),
            page_size=int32(page_size, "page_size"),
            page_token=page_token,
        )
        options = CallOptions(timeout, retry)
        answer = await self._calls.unary(request, pb.ListJobsResponse, options)
        return Page(tuple(from_wire_job(one) for one in answer.jobs), answer.next_page_token)

    async def list_job_slugs(
        self,
        filter: JobFilter | None = None,
        *,
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> AsyncGenerator[str, None]:
        """Every slug, in order, streamed."""
        request = pb.ListJobSlugsRequest(filter=to_job_filter(filter))
        options = CallOptions(timeout, retry)
        answers = self._calls.stream(lambda: request, pb.ListJobSlugsResponse, options)
        last = ""
        try:
            async for answer in answers:
                for slug in answer.slugs:
                    # After a reconnect the list begins anew; slugs are ASCII, so this order is the
                    # server's.
                    if slug > last:
                        last = slug
                        yield slug
        finally:
            await answers.aclose()

    async def update_job(
        self,
        slug: str,
        *,
        update_mask: Iterable[str] = (),
        payload: object = None,
        content_type: str | None = None,
        labels: Mapping[str, str] | None = None,
        trigger: Trigger | None = None,
        policy: Policy | None = None,
        priority: Priority | Unknown | None = None,
        etag: str = "",
        delay: timedelta | None = None,
        next_time: datetime | None = None,
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> Job:
        """Changes what the mask names (`payload`, `trigger.cron.expression`, `policy.timeout`),
        and moves the next occurrence to `next_time` or by `delay` from now. The mask is needed,
        unless the next occurrence is moved; a named field that is None goes back to what it
        inherits. EtagMismatchError where `etag` is set and is not the stored one."""
        job = JobSpec(
            "",
            slug=slug,
            payload=payload,
            content_type=content_type,
            labels=labels,
            trigger=trigger,
            policy=policy,
            priority=priority,
        )
        request = to_update_request(
            job, update_mask=update_mask, etag=etag, delay=delay, next_time=next_time
        )
        options = CallOptions(timeout, retry)
        return from_wire_job((await self._calls.unary(request, pb.UpdateJobResponse, options)).job)

    async def delete_job(
        self,
        slug: str,
        *,
        etag: str = "",
        allow_missing: bool = False,
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> None:
        """Removes the job. Its task, if one is out, is cancelled."""
        request = pb.DeleteJobRequest(slug=slug, etag=etag, allow_missing=allow_missing)
        await self._calls.unary(request, pb.DeleteJobResponse, CallOptions(timeout, retry))

    async def clear_jobs(
        self,
        filter: JobFilter | None = None,
        *,
        all: bool = False,
        validate_only: bool = False,
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> BulkResult:
        """Deletes what the filter matches, as `delete_job` does. `all` is needed where the filter
        is empty; `validate_only` counts, and deletes nothing."""
        request = pb.ClearJobsRequest(
            filter=to_job_filter(filter), all=all, validate_only=validate_only
        )
        options = CallOptions(timeout, retry)
        answer = await self._calls.unary(request, pb.ClearJobsResponse, options)
        return BulkResult(count=answer.deleted_count, more=answer.more)

    async def pause_job(
        self,
        slug: str,
        *,
        reason: str = "",
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> Job:
        """Stops the job's next runs; a task that is out ends first. On a paused job: replaces the
        reason."""
        request = pb.PauseJobRequest(slug=slug, reason=reason)
        options = CallOptions(timeout, retry)
        return from_wire_job((await self._calls.unary(request, pb.PauseJobResponse, options)).job)

    async def resume_job(
        self, slug: str, *, timeout: timedelta | None = None, retry: bool | None = None
    ) -> Job:
        """Lets a paused job go on; what came due meanwhile runs as its misfire policy says."""
        request = pb.ResumeJobRequest(slug=slug)
        options = CallOptions(timeout, retry)
        return from_wire_job((await self._calls.unary(request, pb.ResumeJobResponse, options)).job)

    async def run_job(
        self,
        slug: str,
        *,
        request_id: str = "",
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> RunRequested:
        """Runs the job now, beside its trigger."""
        request = pb.RunJobRequest(slug=slug, request_id=request_id)
        options = CallOptions(timeout, retry)
        answer = await self._calls.unary(request, pb.RunJobResponse, options)
        return RunRequested(job=from_wire_job(answer.job), occurrence_id=answer.occurrence_id)

    async def requeue_jobs(
        self,
        filter: JobFilter | None = None,
        *,
        all: bool = False,
        validate_only: bool = False,
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> BulkResult:
        """Makes dead jobs due now, with a new set of attempts. `all` is needed where the filter is
        empty; `validate_only` counts, and requeues nothing."""
        request = pb.RequeueJobsRequest(
            filter=to_job_filter(filter), all=all, validate_only=validate_only
        )
        options = CallOptions(timeout, retry)
        answer = await self._calls.unary(request, pb.RequeueJobsResponse, options)
        return BulkResult(count=answer.requeued_count, more=answer.more)

    async def backfill_job(
        self,
        slug: str,
        *,
        start_time: datetime,
        end_time: datetime,
        max_runs: int | None = None,
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> Backfill:
        """Runs the occurrences of a span, `end_time` excluded, again, as jobs of their own that run
        once; one that is there already is left as it is. TooManyRunsError, and none is stored,
        where there are more than `max_runs` (100; at most 1000)."""
        request = pb.BackfillJobRequest(
            slug=slug,
            start_time=to_timestamp(start_time, "start_time"),
            end_time=to_timestamp(end_time, "end_time"),
            max_runs=int32(max_runs, "max_runs"),
        )
        options = CallOptions(timeout, retry)
        answer = await self._calls.unary(request, pb.BackfillJobResponse, options)
        return Backfill(slugs=tuple(answer.slugs), created_count=answer.created_count)

    async def preview_trigger(
        self,
        trigger: Trigger,
        *,
        after_time: datetime | None = None,
        count: int | None = None,
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> Preview:
        """Run times of a trigger, 10 of them by default; stores nothing."""
        request = pb.PreviewTriggerRequest(
            trigger=to_wire_trigger(trigger, "trigger"),
            after_time=optional_timestamp(after_time, "after_time"),
            count=int32(count, "count"),
        )
        options = CallOptions(timeout, retry)
        answer = await self._calls.unary(request, pb.PreviewTriggerResponse, options)
        times = tuple(to_datetime(time) for time in answer.times)
        return Preview(times=times, description=answer.description)

    # Runs

    def list_runs(
        self,
        filter: RunFilter | None = None,
        *,
        view: View | None = None,
        page_size: int | None = None,
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> AsyncGenerator[Run, None]:
        """Newest first, by when they were recorded; by default without results. Pages of
        `page_size` (50; at most 1000) are fetched as they are read."""

        def page(token: str) -> Awaitable[Page[Run]]:
            return self.list_runs_page(
                filter,
                view=view,
                page_size=page_size,
                page_token=token,
                timeout=timeout,
                retry=retry,
            )

        return _items(page)

    async def list_runs_page(
        self,
        filter: RunFilter | None = None,
        *,
        view: View | None = None,
        page_size: int | None = None,
        page_token: str = "",
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> Page[Run]:
        """One page of `list_runs`."""
        request = pb.ListRunsRequest(
            filter=to_run_filter(filter),
            view=VIEWS.number(view, "view"),
            page_size=int32(page_size, "page_size"),
            page_token=page_token,
        )
        options = CallOptions(timeout, retry)
        answer = await self._calls.unary(request, pb.ListRunsResponse, options)
        return Page(tuple(from_wire_run(one) for one in answer.runs), answer.next_page_token)

    def watch_runs(
        self,
        filter: RunFilter | None = None,
        *,
        view: View | None = None,
        cursor: str = "",
        on_gap: Callable[[], None] | None = None,
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> RunWatch:
        """Runs as they end, for ever: `async with client.watch_runs() as runs`. Reconnects by
        itself and goes on where it was, unless `retry` is False. `cursor` is of an earlier watch,
        to go on from there; empty: from now on. `on_gap` is called where runs may have been missed:
        this watch read too slowly, or was away for longer than they are kept."""
        request = pb.WatchRunsRequest(
            filter=to_run_filter(filter), cursor=cursor, view=VIEWS.number(view, "view")
        )
        return RunWatch(self._calls, request, CallOptions(timeout, retry), on_gap)

    async def cancel_run(
        self,
        slug: str,
        *,
        run_id: str = "",
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> str:
        """Cancels the task in progress, or only this run of it; returns the run's id when that is
        stored. NotRunningError where none is, or another than the one named."""
        request = pb.CancelRunRequest(slug=slug, run_id=run_id)
        options = CallOptions(timeout, retry)
        return (await self._calls.unary(request, pb.CancelRunResponse, options)).run_id

    # Kinds

    async def register_kind(
        self,
        kind: KindSpec,
        *,
        replace: bool = False,
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> RegisteredKind:
        """Stores what holds for a kind. KindExistsError where a different definition is stored,
        unless `replace` is given."""
        request = pb.RegisterKindRequest(kind=to_wire_kind(kind), replace=replace)
        options = CallOptions(timeout, retry)
        answer = await self._calls.unary(request, pb.RegisterKindResponse, options)
        return RegisteredKind(kind=from_wire_kind(answer.kind), created=answer.created)

    async def get_kind(
        self, name: str, *, timeout: timedelta | None = None, retry: bool | None = None
    ) -> Kind:
        """One kind. KindNotFoundError where it is not registered."""
        request = pb.GetKindRequest(name=name)
        options = CallOptions(timeout, retry)
        return from_wire_kind((await self._calls.unary(request, pb.GetKindResponse, options)).kind)

    def list_kinds(
        self,
        *,
        page_size: int | None = None,
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> AsyncGenerator[Kind, None]:
        """In the order of their names."""

        def page(token: str) -> Awaitable[Page[Kind]]:
            return self.list_kinds_page(
                page_size=page_size, page_token=token, timeout=timeout, retry=retry
            )

        return _items(page)

    async def list_kinds_page(
        self,
        *,
        page_size: int | None = None,
        page_token: str = "",
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> Page[Kind]:
        """One page of `list_kinds`."""
        request = pb.ListKindsRequest(
            page_size=int32(page_size, "page_size"), page_token=page_token
        )
        options = CallOptions(timeout, retry)
        answer = await self._calls.unary(request, pb.ListKindsResponse, options)
        return Page(tuple(from_wire_kind(one) for one in answer.kinds), answer.next_page_token)

    async def delete_kind(
        self, name: str, *, timeout: timedelta | None = None, retry: bool | None = None
    ) -> None:
        """Forgets a kind. KindInUseError while jobs of it exist."""
        request = pb.DeleteKindRequest(name=name)
        await self._calls.unary(request, pb.DeleteKindResponse, CallOptions(timeout, retry))

    async def pause_kind(
        self,
        name: str,
        *,
        reason: str = "",
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> Kind:
        """Stops handing out the kind's tasks, on every server. On a paused kind: replaces the
        reason."""
        request = pb.PauseKindRequest(name=name, reason=reason)
        options = CallOptions(timeout, retry)
        answer = await self._calls.unary(request, pb.PauseKindResponse, options)
        return from_wire_kind(answer.kind)

    async def resume_kind(
        self, name: str, *, timeout: timedelta | None = None, retry: bool | None = None
    ) -> Kind:
        """Lets a paused kind go on."""
        request = pb.ResumeKindRequest(name=name)
        options = CallOptions(timeout, retry)
        answer = await self._calls.unary(request, pb.ResumeKindResponse, options)
        return from_wire_kind(answer.kind)

    # Servers and workers

    def list_workers(
        self,
        *,
        page_size: int | None = None,
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> AsyncGenerator[WorkerStatus, None]:
        """The connected workers, of every server."""

        def page(token: str) -> Awaitable[Page[WorkerStatus]]:
            return self.list_workers_page(
                page_size=page_size, page_token=token, timeout=timeout, retry=retry
            )

        return _items(page)

    async def list_workers_page(
        self,
        *,
        page_size: int | None = None,
        page_token: str = "",
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> Page[WorkerStatus]:
        """One page of `list_workers`."""
        request = pb.ListWorkersRequest(
            page_size=int32(page_size, "page_size"), page_token=page_token
        )
        options = CallOptions(timeout, retry)
        answer = await self._calls.unary(request, pb.ListWorkersResponse, options)
        return Page(tuple(from_wire_worker(one) for one in answer.workers), answer.next_page_token)

    async def get_stats(
        self,
        kinds: Iterable[str] = (),
        *,
        timeout: timedelta | None = None,
        retry: bool | None = None,
    ) -> Stats:
        """How these kinds stand, at most 100; none: every kind that is registered, has jobs or is
        served, up to 1000. And every server that runs on the store."""
        request = pb.GetStatsRequest(kinds=kinds)
        options = CallOptions(timeout, retry)
        return from_wire_stats(await self._calls.unary(request, pb.GetStatsResponse, options))

    async def get_server_info(
        self, *, timeout: timedelta | None = None, retry: bool | None = None
    ) -> ServerInfo:
        """Version, protocol revisions and every limit of the server."""
        options = CallOptions(timeout, retry)
        answer = await self._calls.unary(
            pb.GetServerInfoRequest(), pb.GetServerInfoResponse, options
        )
        return from_wire_server_info(answer)


async def _items(page: Callable[[str], Awaitable[Page[T]]]) -> AsyncGenerator[T, None]:
    """Every item, page after page; the next page is asked for when it is needed."""
    token = ""
    while True:
        found = await page(token)
        for item in found.items:
            yield item
        token = found.next_page_token
        if token == "":
            return
