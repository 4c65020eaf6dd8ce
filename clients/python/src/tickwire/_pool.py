"""A connection to each server.

Calls take those that are reached, one after the other; one that is not reached, or has just
answered UNAVAILABLE, is left out while there is another.
"""

import asyncio
import math
from collections.abc import Callable, Sequence

import grpc.aio

from tickwire._clock import Clock
from tickwire._errors import TickwireError, of_code
from tickwire._member import Member
from tickwire._round import Round
from tickwire._servers import Server, Servers

_FRESH = 30.0
"""Names are looked up this often while calls are made; ..."""
_FRESH_AFTER_FAILURE = 1.0
"""... sooner where a server failed."""
_CLOSE = 30.0
"""How long calls may go on at a server that is no longer among the names' answers."""


def client_closed() -> TickwireError:
    return TickwireError("CANCELLED", "CLIENT_CLOSED", "the client is closed")


class Pool:
    def __init__(
        self,
        *,
        servers: Servers,
        clock: Clock,
        random: Callable[[], float],
        connect: Callable[[Server], grpc.aio.Channel],
    ) -> None:
        self._names = servers
        self._clock = clock
        self._random = random
        self._connect = connect
        self._servers: Sequence[Server] = ()
        self._members: list[Member] = []
        self._next: int | None = None
        self._looked_up_at = -math.inf
        self._failed = False
        self._closed = False
        self._waiting: set[asyncio.Future[None]] = set()
        self._leaving: set[asyncio.Task[None]] = set()

    def now(self, asked: Round) -> Member | None:
        """The server to ask next; None: none is reached yet, see `later`. Raises once closed."""
        if self._closed:
            raise client_closed()
        self._update()
        member = self._members[0] if len(self._members) == 1 else self._choose(asked)
        if member is not None:
            asked.asked(member)
            self._next = self._members.index(member) + 1
        return member

    def _choose(self, asked: Round) -> Member | None:
        ring = self._ring()
        if not ring:
            return None
        rest = asked.rest(ring)
        if all(one.state == "down" for one in rest):
            asked.begin()
            rest = asked.rest(ring)
        ready = [one for one in rest if one.state == "ready"]
        if ready:
            return next((one for one in ready if not one.rests), ready[0])
        if any(one.state == "pending" for one in rest):
            return None
        # Nobody else is there. A call to a server that can't be reached fails at once, and says
        # why.
        return next((one for one in ring if one.state == "ready"), rest[0])

    def _ring(self) -> list[Member]:
        """From the one on whose turn it is."""
        if not self._members:
            return []
        if self._next is None:
            self._next = int(self._random() * len(self._members))
        at = self._next % len(self._members)
        return self._members[at:] + self._members[:at]

    async def later(self, asked: Round, remaining: float) -> Member:
        """Waits until a server is reached, or is known not to be. Raises at the deadline."""
        deadline = self._clock.mono() + remaining
        while True:
            member = self.now(asked)
            if member is not None:
                return member
            left = deadline - self._clock.mono()
            if left <= 0:
                raise of_code("DEADLINE_EXCEEDED", "no server was reached in time")
            spans = [one.patience for one in self._members if one.patience > 0]
            await self._change(min([left, *spans]))

    async def _change(self, wait: float) -> None:
        change = asyncio.get_running_loop().create_future()
        self._waiting.add(change)
        try:
            await asyncio.wait([change], timeout=None if math.isinf(wait) else wait)
        finally:
            self._waiting.discard(change)
            change.cancel()

    def _changed(self) -> None:
        for change in self._waiting:
            if not change.done():
                change.set_result(None)

    def has_other(self, asked: Round) -> bool:
        """Whether this round has another server to ask, now that one was UNAVAILABLE."""
        return any(one.state != "down" for one in asked.rest(self._members))

    def failed(self, member: Member, error: TickwireError) -> None:
        """It was UNAVAILABLE: others are asked first for a while."""
        member.rest(error.retry_after.total_seconds() if error.retry_after is not None else 0.0)
        self._failed = True

    def _update(self) -> None:
        fresh = _FRESH_AFTER_FAILURE if self._failed else _FRESH
        if self._names.named and self._clock.mono() - self._looked_up_at >= fresh:
            self._looked_up_at = self._clock.mono()
            self._failed = False
            self._names.refresh().add_done_callback(lambda _: self._changed())
        if self._names.known != self._servers:
            self._follow(self._names.known)

    def _follow(self, servers: Sequence[Server]) -> None:
        before = {member.server: member for member in self._members}
        self._servers = servers
        self._members = [before.get(server) or self._member(server) for server in servers]
        # What they carry may end within the grace; the rest is cancelled.
        for server, member in before.items():
            if server not in servers:
                leaving = asyncio.get_running_loop().create_task(member.close(_CLOSE))
                self._leaving.add(leaving)
                leaving.add_done_callback(self._leaving.discard)

    def _member(self, server: Server) -> Member:
        return Member(server, self._connect(server), self._clock, self._changed)

    async def close(self) -> None:
        """Calls that wait fail as cancelled, and so does every later one. Those that are made are
        the caller's to cancel first."""
        self._closed = True
        self._changed()
        for member in self._members:
            await member.close()
        # With their calls cancelled they end at once; cut off, they would leave channels open.
        if self._leaving:
            await asyncio.wait(self._leaving)
