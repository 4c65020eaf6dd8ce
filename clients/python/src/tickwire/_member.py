"""One server of a pool, and the connection to it."""

import asyncio
import math
from collections.abc import Callable
from typing import Literal

import grpc
import grpc.aio

from tickwire._clock import Clock
from tickwire._servers import Server

_CONNECT = 2.0
"""A connection that takes longer is not waited for while another server may be asked."""
_REST = 1.0
"""After UNAVAILABLE, for the time that a server needs to be gone, or to be back."""
_LONGEST_REST = 30.0


class Member:
    """`changed` is called when another `state` may be there."""

    def __init__(
        self,
        server: Server,
        channel: grpc.aio.Channel,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self.server = server
        self.channel = channel
        self._clock = clock
        self._changed = changed
        self._rests_until = -math.inf
        self._pending_at: float | None = None
        """Since when it is being connected to."""
        self._watching: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def address(self) -> str:
        return self.server.address

    @property
    def state(self) -> Literal["ready", "pending", "down"]:
        """Looking makes it connect."""
        if self._closed:
            return "down"
        state = self.channel.get_state(try_to_connect=True)
        if state in (grpc.ChannelConnectivity.IDLE, grpc.ChannelConnectivity.CONNECTING):
            if self._pending_at is None:
                self._pending_at = self._clock.mono()
            if self._watching is None:
                self._watching = asyncio.get_running_loop().create_task(self._watch(state))
            return "pending" if self.patience > 0 else "down"
        self._pending_at = None
        return "ready" if state is grpc.ChannelConnectivity.READY else "down"

    @property
    def patience(self) -> float:
        """How long it may stay pending from now on; 0: it is not waited for any more."""
        if self._pending_at is None:
            return math.inf
        return max(0.0, self._pending_at + _CONNECT - self._clock.mono())

    async def _watch(self, state: grpc.ChannelConnectivity) -> None:
        await self.channel.wait_for_state_change(state)
        self._watching = None
        self._changed()

    @property
    def rests(self) -> bool:
        return self._clock.mono() < self._rests_until

    def rest(self, asked_for: float) -> None:
        self._rests_until = self._clock.mono() + min(max(_REST, asked_for), _LONGEST_REST)

    async def close(self, grace: float | None = None) -> None:
        """What it carries may end within the grace; the rest is cancelled."""
        if self._closed:
            return
        self._closed = True
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
        await self.channel.close(grace)
