"""At which server a worker tries next, after which wait, and how long."""

from collections.abc import Callable, Sequence

from tickwire._clock import CallOff
from tickwire._round import Round
from tickwire._servers import Server, Servers
from tickwire._worker.backoff import reconnect_delay, try_timeout


class Route:
    def __init__(self, servers: Servers, random: Callable[[], float]) -> None:
        self._servers = servers
        self._random = random
        self._round = Round()
        self._found: Sequence[Server] = ()
        """Those that there were for the newest try."""
        self._failures = 0
        """Rounds in a row that came to nothing, ..."""
        self._timeouts = 0
        """... and those of them in which a try took too long."""
        self._timed_out = False

    def next(self, call: Callable[[Server], None]) -> CallOff:
        """Calls back with the server to try, at once or once it is looked up."""

        def found(servers: Sequence[Server]) -> None:
            self._found = servers
            call(self._draw())

        return self._servers.look(found)

    def _draw(self) -> Server:
        """By lot, so that a fleet spreads evenly: at its start, and when a server is gone."""
        rest = self._round.rest(self._found)
        if not rest:
            self._round.begin()
            rest = self._round.rest(self._found)
        server = rest[int(self._random() * len(rest))]
        self._round.asked(server)
        return server

    def timeout(self, with_tasks: bool) -> float:
        """From the start of a try to its welcome."""
        return try_timeout(self._timeouts, with_tasks)

    def timed_out(self) -> None:
        self._timed_out = True

    def welcomed(self) -> None:
        self._failures = self._timeouts = 0
        self._timed_out = False
        self._round.begin()

    def wait_after_loss(self, with_tasks: bool) -> float:
        """The wait after a stream that worked broke."""
        return reconnect_delay(0, with_tasks, self._random())

    def wait_after_failure(self, with_tasks: bool) -> float:
        """The wait after a try that came to nothing: none before a server that was not tried in
        this round."""
        if self._round.rest(self._found):
            return 0.0
        if self._timed_out:
            self._timeouts += 1
        self._timed_out = False
        self._failures += 1
        return reconnect_delay(self._failures, with_tasks, self._random())
