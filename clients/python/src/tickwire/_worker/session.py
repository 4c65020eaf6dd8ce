"""One stream's protocol: hello, welcome, then frames both ways. Results and reports wait here until
the stream takes them; the tasks themselves outlive it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from tickwire._clock import Clock
from tickwire._wire.time import to_seconds
from tickwire._worker.frames import in_frames
from tickwire._worker.held import HeldTask
from tickwire._worker.in_hand import InHand
from tickwire._worker.liveness import Liveness
from tickwire._worker.reports import Reports
from tickwire._worker.stream import WorkStream
from tickwire.v1 import worker_pb2 as pb

_MANY_RESULTS = 250
"""A worker with thousands of places may end all of its tasks in one turn: sent only then, server
and worker would wait for each other in turns."""
_PING = 3.0


@dataclass(frozen=True)
class SessionParts:
    clock: Clock
    log: logging.Logger
    in_hand: InHand
    reports: Reports
    capacity: Callable[[], pb.Capacity]
    """As it is now."""


@dataclass(frozen=True)
class SessionEvents:
    welcomed: Callable[[pb.Welcome], None]
    drain_notice: Callable[[float, float], None]
    """The server stops, at the latest after the grace; go elsewhere after the delay."""
    silent: Callable[[], None]


class Session:
    def __init__(
        self, parts: SessionParts, stream: WorkStream, hello: pb.Hello, events: SessionEvents
    ) -> None:
        self._parts = parts
        self._stream = stream
        self._events = events
        self._queue: list[HeldTask] = []
        self._liveness: Liveness | None = None
        self.welcomed = False
        self._full = False
        self._flushing = False
        self._capacity = False
        self._drain = False
        self._ended = False
        self._write(pb.WorkRequest(hello=hello))

    def frame(self, response: pb.WorkResponse) -> None:
        if self._liveness is not None:
            self._liveness.heard()
        in_hand = self._parts.in_hand
        match response.WhichOneof("frame"):
            case "welcome":
                self._welcome(response.welcome)
            case "tasks":
                in_hand.accept(response.tasks.tasks)
            case "receipts":
                for receipt in response.receipts.receipts:
                    in_hand.receipt(receipt)
            case "cancellations":
                for cancellation in response.cancellations.cancellations:
                    in_hand.cancel(cancellation)
            case "drain":
                grace = to_seconds(response.drain.grace)
                delay = to_seconds(response.drain.reconnect_delay)
                facts = {"grace": grace, "reconnect_delay": delay}
                self._parts.log.info("server stops", extra=facts)
                self._events.drain_notice(grace, delay)

    def _welcome(self, welcome: pb.Welcome) -> None:
        if self.welcomed:
            return
        self.welcomed = True
        told = to_seconds(welcome.ping_interval) if welcome.HasField("ping_interval") else _PING
        interval = min(max(told, 0.01), 3600.0)
        self._liveness = Liveness(self._parts.clock, interval, self._ping, self._events.silent)
        in_hand = self._parts.in_hand
        for stale in welcome.stale:
            in_hand.stale(stale.token)
        # Whatever was sent on an earlier stream may be lost: without a receipt it is sent again.
        self._queue = in_hand.finished()
        self._events.welcomed(welcome)
        self.flush()

    def _ping(self) -> None:
        # A stream that takes nothing has frames enough in it.
        if not self._full:
            self._write(pb.WorkRequest(ping=pb.Ping()))

    def result(self, held: HeldTask) -> None:
        """Sent with whatever else ends in this turn, or with so many that the server can work on
        them meanwhile."""
        if not self.welcomed:
            return
        self._queue.append(held)
        if len(self._queue) >= _MANY_RESULTS and not self._full:
            self.flush()
        else:
            self._flush_soon()

    def capacity_changed(self) -> None:
        self._capacity = True
        self._flush_soon()

    def reports_due(self) -> None:
        self._flush_soon()

    def drain(self) -> None:
        """No more tasks, please."""
        self._drain = True
        self._flush_soon()

    def drained(self) -> None:
        self._full = False
        self.flush()

    def _flush_soon(self) -> None:
        if self._flushing or self._ended or not self.welcomed:
            return
        self._flushing = True
        self._parts.clock.soon(self._flush_now)

    def _flush_now(self) -> None:
        self._flushing = False
        self.flush()

    def flush(self) -> None:
        """Writes what waits, for as long as the stream takes it."""
        if self._ended or not self.welcomed or self._full:
            return
        if self._drain:
            self._drain = False
            self._write(pb.WorkRequest(drain=pb.DrainRequest()))
        if self._capacity:
            self._capacity = False
            self._write(pb.WorkRequest(capacity=self._parts.capacity()))
        reports = self._parts.reports
        if reports.waiting and reports.timely:
            for frame in reports.take():
                self._write(frame)
        self._write_results()

    def _write_results(self) -> None:
        parts = in_frames(self._queue, _size_of)
        self._queue = []
        for index, part in enumerate(parts):
            if self._full:
                self._queue = [held for rest in parts[index:] for held in rest]
                return
            results = []
            for held in part:
                report = self._parts.reports.take_of(held)
                if report is not None:
                    self._write(report)
                if held.result is not None:
                    results.append(held.result)
            self._write(pb.WorkRequest(results=pb.Results(results=results)))

    def _write(self, frame: pb.WorkRequest) -> None:
        if self._liveness is not None:
            self._liveness.sent()
        if not self._stream.write(frame):
            self._full = True

    def end(self) -> None:
        """Ends the stream; what comes of it afterwards is ignored."""
        if self._ended:
            return
        self._ended = True
        if self._liveness is not None:
            self._liveness.stop()
        self._stream.close()


def _size_of(held: HeldTask) -> int:
    return 8 + (held.result.ByteSize() if held.result is not None else 0)
