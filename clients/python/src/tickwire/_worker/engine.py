"""A worker without its network: keeps one stream at a time, for ever, and the tasks across all of
them.

    waiting -> trying (opened, hello) -> serving (welcome) -> waiting ...
    stopping: the same, without places, until nothing is in hand -> ended
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tickwire._clock import CallOff, Clock, nothing
from tickwire._errors import TickwireError, of_code
from tickwire._servers import Server, Servers
from tickwire._worker.backoff import LONGEST_WITH_TASKS, drain_delay
from tickwire._worker.in_hand import InHand, InHandEvents, KindHandler
from tickwire._worker.reports import Reports
from tickwire._worker.route import Route
from tickwire._worker.session import Session, SessionEvents, SessionParts
from tickwire._worker.stream import StreamEvents, Transport, WorkStream
from tickwire.v1 import kind_pb2
from tickwire.v1 import worker_pb2 as pb


@dataclass(frozen=True, kw_only=True)
class EngineParts:
    transport: Transport
    clock: Clock
    log: logging.Logger
    random: Callable[[], float]
    """Uniform in [0, 1)."""
    servers: Servers
    kinds: Mapping[str, KindHandler]
    max_tasks: int
    instance: bytes
    """16 random bytes."""
    worker_id: str
    client: str
    info: Mapping[str, str]
    define: Sequence[kind_pb2.Kind]
    """Kinds to register with each hello."""


@dataclass(frozen=True)
class EngineEvents:
    welcomed: Callable[[pb.Welcome], None]
    ended: Callable[[], None]
    """Stopped, and everything delivered that could be."""
    refused: Callable[[TickwireError], None]
    """The server refuses this worker's very first hello as broken: trying again would change
    nothing."""


_LAST_WORDS = 2.0
"""After its grace, what was aborted gets so long to end and to be delivered."""


class Attempt:
    """One try to serve: from opening a stream to its end. What comes from any try but the current
    one is ignored."""

    def __init__(self, number: int, started_at: float) -> None:
        self.number = number
        self.started_at = started_at
        self.address = ""
        """Empty until the server is drawn."""
        self.stream: WorkStream | None = None
        self.session: Session | None = None
        self.call_off: CallOff = nothing


class Engine:
    def __init__(self, parts: EngineParts, events: EngineEvents) -> None:
        self._parts = parts
        self._events = events
        self._attempt: Attempt | None = None
        self._streams = 0
        self._route = Route(parts.servers, parts.random)
        self._ever_welcomed = False
        self._stopping = False
        self._grace_over = False
        self._ended = False
        self._call_off_wait: CallOff = nothing
        self._call_off_stop: CallOff = nothing
        self._leaving: Callable[[], None] | None = None
        """Set between a drain notice and the end of its stream."""
        self._reports = Reports(parts.clock, lambda: self._tell(Session.reports_due))
        self._in_hand = InHand(
            kinds=parts.kinds,
            max_tasks=parts.max_tasks,
            clock=parts.clock,
            log=parts.log,
            reports=self._reports,
            events=InHandEvents(
                ended=lambda held: self._tell(lambda session: session.result(held)),
                capacity_changed=lambda: self._tell(Session.capacity_changed),
                left=self._left,
            ),
        )

    def _tell(self, call: Callable[[Session], None]) -> None:
        if self._attempt is not None and self._attempt.session is not None:
            call(self._attempt.session)

    @property
    def in_hand(self) -> int:
        return self._in_hand.size

    @property
    def connected(self) -> bool:
        attempt = self._attempt
        return attempt is not None and attempt.session is not None and attempt.session.welcomed

    def start(self) -> None:
        self._try()

    def _try(self) -> None:
        clock = self._parts.clock
        self._streams += 1
        attempt = self._attempt = Attempt(self._streams, clock.mono())

        def too_long() -> None:
            self._route.timed_out()
            error = of_code("DEADLINE_EXCEEDED", "the server does not answer")
            self._broken(attempt, error)

        call_off_timeout = clock.after(self._route.timeout(self._in_hand.size > 0), too_long)
        attempt.call_off = call_off_timeout
        call_off_next = self._route.next(lambda server: self._open(attempt, server))

        def call_off() -> None:
            call_off_timeout()
            call_off_next()

        attempt.call_off = call_off

    def _open(self, attempt: Attempt, server: Server) -> None:
        attempt.address = server.address

        def frame(response: pb.WorkResponse) -> None:
            if self._attempt is attempt and attempt.session is not None:
                attempt.session.frame(response)

        def drained() -> None:
            if self._attempt is attempt and attempt.session is not None:
                attempt.session.drained()

        attempt.stream = self._parts.transport.open(
            server,
            StreamEvents(
                opened=lambda: self._opened(attempt),
                frame=frame,
                drained=drained,
                closed=lambda error: self._closed(attempt, error),
            ),
        )

    def _opened(self, attempt: Attempt) -> None:
        if self._attempt is not attempt or attempt.stream is None:
            return
        parts = SessionParts(
            clock=self._parts.clock,
            log=self._parts.log,
            in_hand=self._in_hand,
            reports=self._reports,
            capacity=self._capacity,
        )
        silent = of_code("UNAVAILABLE", "the server is silent")
        events = SessionEvents(
            welcomed=lambda welcome: self._welcomed(attempt, welcome),
            drain_notice=lambda grace, delay: self._drain_notice(attempt, grace, delay),
            silent=lambda: self._broken(attempt, silent),
        )
        attempt.session = Session(parts, attempt.stream, self._hello(attempt.number), events)

    def _hello(self, stream: int) -> pb.Hello:
        return pb.Hello(
            worker_id=self._parts.worker_id,
            client=self._parts.client,
            info=self._parts.info,
            capacity=self._capacity(),
            define=self._parts.define,
            held=self._in_hand.in_hello(),
            protocol_revision=1,
            instance=self._parts.instance,
            stream=stream,
        )

    def _capacity(self) -> pb.Capacity:
        """While it stops, a worker offers no place."""
        capacity = self._in_hand.capacity()
        if self._stopping:
            capacity.max_tasks = 0
        return capacity

    def _welcomed(self, attempt: Attempt, welcome: pb.Welcome) -> None:
        attempt.call_off()
        self._route.welcomed()
        self._ever_welcomed = True
        facts = {
            "address": attempt.address,
            "server_id": welcome.server_id,
            "worker_id": welcome.worker_id,
            "stream": attempt.number,
            "adopted": len(welcome.adopted),
            "stale": len(welcome.stale),
        }
        self._parts.log.info("connected", extra=facts)
        if welcome.conflicting_kinds:
            self._parts.log.warning(
                "kinds are stored that differ from this worker's",
                extra={"kinds": list(welcome.conflicting_kinds)},
            )
        if self._stopping and attempt.session is not None:
            attempt.session.drain()
        self._events.welcomed(welcome)
        self._left()

    def _drain_notice(self, attempt: Attempt, grace: float, delay: float) -> None:
        """The server stops handing out; until it closes, or its grace is over, it still takes the
        results of what is in hand."""

        def leave() -> None:
            self._leave(attempt, drain_delay(delay, self._parts.random()))

        if grace <= 0 or self._in_hand.size == 0:
            leave()
            return
        attempt.call_off()
        attempt.call_off = self._parts.clock.after(grace, leave)
        self._leaving = leave

    def _closed(self, attempt: Attempt, error: TickwireError | None) -> None:
        if self._attempt is not attempt:
            return
        if self._leaving is not None:
            self._leaving()
        elif error is not None and error.code == "INVALID_ARGUMENT" and not self._ever_welcomed:
            self._end(attempt)
            facts = {"address": attempt.address, "error": error.message}
            self._parts.log.error("server refuses this worker", extra=facts)
            self._ended = True
            self._call_off_stop()
            self._reports.stop()
            self._events.refused(error)
        else:
            self._broken(attempt, error or of_code("UNAVAILABLE", "the server ended the stream"))

    def _broken(self, attempt: Attempt, error: TickwireError) -> None:
        if self._attempt is not attempt:
            return
        worked = attempt.session is not None and attempt.session.welcomed
        wait = self._wait(attempt, worked)
        facts = {
            "address": attempt.address,
            "code": error.code,
            "reason": error.reason,
            "error": error.message,
            "in_hand": self._in_hand.size,
            "wait": round(wait, 3),
        }
        message = "connection lost" if worked else "connection failed"
        self._parts.log.warning(message, extra=facts)
        self._leave(attempt, wait)

    def _wait(self, attempt: Attempt, worked: bool) -> float:
        with_tasks = self._in_hand.size > 0
        if worked:
            return self._route.wait_after_loss(with_tasks)
        wait = self._route.wait_after_failure(with_tasks)
        if not with_tasks:
            return wait
        # A try that took long has used up its wait.
        left = attempt.started_at + LONGEST_WITH_TASKS - self._parts.clock.mono()
        return min(wait, max(0.0, left))

    def _leave(self, attempt: Attempt, wait: float) -> None:
        """From here on the stream's frames are ignored; the next one is opened after the wait, at
        another server if there is one."""
        if self._attempt is not attempt:
            return
        self._end(attempt)
        if self._stopping and self._done():
            self._finish()
        else:
            self._call_off_wait = self._parts.clock.after(wait, self._try)

    def _end(self, attempt: Attempt) -> None:
        self._attempt = None
        self._leaving = None
        attempt.call_off()
        if attempt.session is not None:
            attempt.session.end()
        elif attempt.stream is not None:
            attempt.stream.close()

    def _left(self) -> None:
        if self._stopping and self._done():
            self._finish()
        elif self._leaving is not None and self._in_hand.size == 0:
            self._leaving()

    def _done(self) -> bool:
        return self._in_hand.size == 0 and (self._grace_over or self._in_hand.running == 0)

    def stop(self, grace: float) -> None:
        """Takes no more tasks, delivers the results of those in hand, and ends; after the grace
        they are aborted, and what has not ended soon after is left behind: it ends as lost.
        Again: the newest grace holds."""
        if self._ended:
            return
        if not self._stopping:
            facts = {"in_hand": self._in_hand.size, "grace": grace}
            self._parts.log.info("worker stops", extra=facts)
            self._stopping = True
            self._tell(Session.drain)
        if self._done():
            self._finish()
        elif not self._grace_over:
            self._call_off_stop()
            self._call_off_stop = self._parts.clock.after(grace, self._grace_ends)

    def _grace_ends(self) -> None:
        self._grace_over = True
        self._in_hand.abort_all()
        self._call_off_stop = self._parts.clock.after(_LAST_WORDS, self._leave_behind)
        if self._done():
            self._finish()

    def _leave_behind(self) -> None:
        facts = {"in_hand": self._in_hand.size}
        self._parts.log.warning("tasks were left behind", extra=facts)
        self._finish()

    def _finish(self) -> None:
        if self._ended:
            return
        self._ended = True
        self._call_off_wait()
        self._call_off_stop()
        self._reports.stop()
        if self._attempt is not None:
            self._end(self._attempt)
        self._parts.log.info("worker stopped", extra={"in_hand": self._in_hand.size})
        self._events.ended()
