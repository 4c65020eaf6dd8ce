"""One stream's signs of life: asks for a ping where nothing was sent for an interval, and tells
when nothing came for three."""

from collections.abc import Callable

from tickwire._clock import CallOff, Clock

_LATE = 0.5
"""A timer that fires so late was not fired by silence: the process was stopped, and must read
before it judges."""
_INTERVALS = 3
"""Silence of so many intervals is death."""


class Liveness:
    def __init__(
        self,
        clock: Clock,
        interval: float,
        ping: Callable[[], None],
        silent: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._interval = interval
        self._ping = ping
        self._silent = silent
        self._sent_at = self._heard_at = clock.mono()
        self._ping_timer: CallOff
        self._silence_timer: CallOff
        self._arm_ping(interval)
        self._arm_silence(_INTERVALS * interval, again=False)

    def sent(self) -> None:
        self._sent_at = self._clock.mono()

    def heard(self) -> None:
        self._heard_at = self._clock.mono()

    def stop(self) -> None:
        self._ping_timer()
        self._silence_timer()

    def _arm_ping(self, wait: float) -> None:
        def ring() -> None:
            rest = self._sent_at + self._interval - self._clock.mono()
            if rest > 0:
                self._arm_ping(rest)
            else:
                self._arm_ping(self._interval)
                self._ping()

        self._ping_timer = self._clock.after(wait, ring)

    def _arm_silence(self, wait: float, *, again: bool) -> None:
        due_at = self._clock.mono() + wait

        def ring() -> None:
            now = self._clock.mono()
            rest = self._heard_at + _INTERVALS * self._interval - now
            if rest > 0:
                self._arm_silence(rest, again=False)
            elif not again and now - due_at > _LATE:
                self._arm_silence(self._interval, again=True)
            else:
                self._silent()

        self._silence_timer = self._clock.after(wait, ring)
