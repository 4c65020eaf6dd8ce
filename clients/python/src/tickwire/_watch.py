"""Runs as they end, over all the streams that it takes."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import Self

from tickwire._calls import CallOptions, Calls
from tickwire._errors import TickwireError, of_code
from tickwire._recent_ids import RecentIds
from tickwire._run import Run
from tickwire._wire.run import from_wire_run
from tickwire.v1 import run_pb2
from tickwire.v1 import scheduler_pb2 as pb


class RunWatch:
    """Runs as they end, on whichever server.

        async with client.watch_runs() as runs:
            async for run in runs:
                ...

    The block begins once the server watches: a run that ends after that is not missed. Where the
    connection breaks it goes on from its cursor, at any server, and of the newest 10,000 runs gives
    none twice.
    """

    def __init__(
        self,
        calls: Calls,
        request: pb.WatchRunsRequest,
        options: CallOptions,
        on_gap: Callable[[], None] | None,
    ) -> None:
        self._calls = calls
        self._request = request
        self._options = options
        self._on_gap = on_gap
        self._seen = RecentIds()
        """A stream that goes on from a cursor may bring runs again."""
        self._heard = False
        """Something came: from then on a stream that ends leaves a gap."""
        self._missed = False
        """Told once, with the first word of the stream that is there again, however many tries
        that took."""
        self._pulling: asyncio.Task[pb.WatchRunsResponse | None] | None = None
        """Gets the next response. Kept until that is taken, whoever waits for it meanwhile, and for
        good once it brought the end or an error."""
        self._responses: AsyncGenerator[pb.WatchRunsResponse, None] | None = None
        self._runs: deque[run_pb2.Run] = deque()
        """Of the response taken last: those that are not given yet."""
        self._after_runs = ""
        """The cursor once they are."""
        self._closed = False
        self.cursor: str = request.cursor
        """Where another watch with the same filter can go on after the runs seen so far; empty
        before the first word."""

    async def opened(self) -> None:
        """Waits until the server watches. Raises TickwireError where it can't, or the watch is
        closed."""
        if not self._heard and not self._closed:
            await self._pulled()
        if self._closed:
            raise of_code("CANCELLED", "the watch is closed")

    async def close(self) -> None:
        """Ends it, also for a task that waits for the next run. Twice is fine."""
        self._closed = True
        if self._pulling is not None:
            self._pulling.cancel()
            await asyncio.wait([self._pulling])
            # Nobody else may ask for its error.
            if not self._pulling.cancelled():
                self._pulling.exception()
        if self._responses is not None:
            await self._responses.aclose()

    async def __aenter__(self) -> Self:
        try:
            await self.opened()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Run:
        while not self._closed:
            while self._runs:
                run = self._runs.popleft()
                if self._seen.add(run.run_id):
                    return from_wire_run(run)
            pulling = await self._pulled()
            if pulling is None or (response := pulling.result()) is None:
                break
            # Another task that waited for the same one may have taken it.
            if self._pulling is pulling:
                self._pulling = None
                self._take(response)
        raise StopAsyncIteration

    async def _pulled(self) -> "asyncio.Task[pb.WatchRunsResponse | None] | None":
        """That which got the next response, done; None: the watch was closed. Raises what it
        raised."""
        if self._pulling is None:
            self.cursor = self._after_runs or self.cursor
            self._pulling = asyncio.get_running_loop().create_task(self._next())
        pulling = self._pulling
        # A wait that is cancelled leaves it alone; and its own cancellation is not the waiter's.
        await asyncio.wait([pulling])
        if self._closed:
            return None
        pulling.result()
        return pulling

    def _take(self, response: pb.WatchRunsResponse) -> None:
        missed = response.gap or self._missed
        self._missed = False
        self._heard = True
        self._runs.extend(response.runs)
        self._after_runs = response.cursor
        if missed and self._on_gap is not None:
            self._on_gap()

    async def _next(self) -> pb.WatchRunsResponse | None:
        try:
            return await self._response()
        except TickwireError as error:
            # A cursor that a server gave out and none takes any more: the store is another, or was
            # only in memory. Goes on from now on.
            if not self._heard or self.cursor == "" or not _is_about_cursor(error):
                raise
        self.cursor = ""
        self._responses = None
        return await self._response()

    async def _response(self) -> pb.WatchRunsResponse | None:
        if self._responses is None:
            self._responses = self._calls.stream(self._asked, pb.WatchRunsResponse, self._options)
        return await anext(self._responses, None)

    def _asked(self) -> pb.WatchRunsRequest:
        # Nobody can say what was missed while the stream was down.
        self._missed = self._heard and self.cursor == ""
        request = pb.WatchRunsRequest()
        request.CopyFrom(self._request)
        request.cursor = self.cursor
        return request


def _is_about_cursor(error: TickwireError) -> bool:
    fields = [violation.field for violation in error.violations]
    return error.code == "INVALID_ARGUMENT" and "cursor" in fields
