"""A clock that a test turns."""

from collections.abc import Callable

from tickwire._clock import CallOff


class ManualClock:
    def __init__(self) -> None:
        self.now = 1000.0
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def mono(self) -> float:
        return self.now

    def after(self, seconds: float, call: Callable[[], None]) -> CallOff:
        self._count += 1
        timer = (self.now + max(0.0, seconds), self._count, call)
        self._timers.append(timer)

        def call_off() -> None:
            if timer in self._timers:
                self._timers.remove(timer)

        return call_off

    def soon(self, call: Callable[[], None]) -> None:
        self.after(0, call)

    def turn(self, seconds: float) -> None:
        """Rings what is due on the way, in order."""
        end = self.now + seconds
        while due := [timer for timer in self._timers if timer[0] <= end]:
            first = min(due)
            self._timers.remove(first)
            self.now = max(self.now, first[0])
            first[2]()
        self.now = end

    def jump(self, seconds: float) -> None:
        """As if the process had been stopped: what is due rings only afterwards."""
        self.now += seconds
        self.turn(0)
