"""Time and timers as an argument, so that tests turn them by hand. Spans are seconds."""

import asyncio
from collections.abc import Callable
from typing import Protocol

CallOff = Callable[[], None]


def nothing() -> None:
    """What calls off a timer that is not set."""


class Clock(Protocol):
    def mono(self) -> float:
        """Monotonic, in seconds; only differences mean anything."""

    def after(self, seconds: float, call: Callable[[], None]) -> CallOff:
        """Calls back once after the span; the returned function calls it off."""

    def soon(self, call: Callable[[], None]) -> None:
        """Calls back once this turn's events have been handled."""


class LoopClock:
    """The clock of the running event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def mono(self) -> float:
        return self._loop.time()

    def after(self, seconds: float, call: Callable[[], None]) -> CallOff:
        return self._loop.call_later(max(0.0, seconds), call).cancel

    def soon(self, call: Callable[[], None]) -> None:
        self._loop.call_soon(call)
