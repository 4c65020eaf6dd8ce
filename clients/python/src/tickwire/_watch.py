"""Runs as they end, over all the streams that it takes."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import Self

from tickwire._calls import CallOptions, Calls
from tickwire._errors import TickwireError
from tickwire._recent_ids import RecentIds
from tickwire._run import Run
from tickwire._wire.run import from_wire_run
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
        self._opening: asyncio.Task[pb.WatchRunsResponse | None] | None = None
        self._responses: AsyncGenerator[pb.WatchRunsResponse, None] | None = None
        self._runs: AsyncGenerator[Run, None] | None = None
        self.cursor: str = request.cursor
        """Where another watch with the same filter can go on after the runs seen so far; empty
        before the first word."""

    async def opened(self) -> None:
        """Waits until the server watches. Raises TickwireError where it can't."""
        await asyncio.shield(self._first())

    async def close(self) -> None:
        """Ends it. Twice is fine."""
        if self._opening is not None and not self._opening.done():
            self._opening.cancel()
            await asyncio.wait([self._opening])
        if self._runs is not None:
            await self._runs.aclose()
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

    def __aiter__(self) -> AsyncGenerator[Run, None]:
        if self._runs is None:
            self._runs = self._iterate()
        return self._runs

    def _first(self) -> "asyncio.Task[pb.WatchRunsResponse | None]":
        if self._opening is None:
            self._opening = asyncio.get_running_loop().create_task(self._next())
        return self._opening

    async def _iterate(self) -> AsyncGenerator[Run, None]:
        response = await asyncio.shield(self._first())
        while response is not None:
            if (response.gap or self._missed) and self._on_gap is not None:
                self._on_gap()
            self._missed = False
            self._heard = True
            for run in response.runs:
                if self._seen.add(run.run_id):
                    yield from_wire_run(run)
            self.cursor = response.cursor or self.cursor
            response = await self._next()

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
