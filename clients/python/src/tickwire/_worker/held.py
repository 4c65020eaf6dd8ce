"""A task in hand, from its arrival until its receipt.

runs -> ended (a result waits for its receipt) -> gone
runs -> aborted (cancel, timeout, lease lost, job deleted, stop) -> ended -> gone
runs -> dropped (stale after a reconnect): its handler may still run, but nobody waits for it
"""

import asyncio
import threading

from tickwire._clock import CallOff
from tickwire._worker.abort import AbortCause
from tickwire.v1 import worker_pb2 as pb


class HeldTask:
    def __init__(self, wire: pb.Task, arrived_at: float) -> None:
        self.slug = wire.slug
        self.token = wire.token
        self.kind = wire.kind
        self.arrived_at = arrived_at
        """By the worker's monotonic clock, in seconds."""
        self.result: pb.Result | None = None
        """Set once it has ended."""
        self.aborted_by: AbortCause | None = None
        self.placeless = False
        """The server has given its place to others, while its handler still runs."""
        self.dropped = False
        self.patience: CallOff | None = None
        """Calls off the timer that waits for the handler's answer to a cancellation."""
        self.report: pb.ProgressReport | None = None
        """Reported and not yet sent."""
        self.running: asyncio.Task[None] | None = None
        """Of a coroutine that has begun: cancelled when it is aborted."""
        self._lock = threading.Lock()
        self._event: threading.Event | None = None

    def begin(self, running: "asyncio.Task[None] | None") -> None:
        """From here on an abort reaches the coroutine. One that came before does so now: at its
        first await, so that it can clean up."""
        self.running = running
        if self.aborted_by is not None and running is not None:
            running.cancel()

    def abort(self, why: AbortCause) -> None:
        """What the server says counts more than that this worker stops. The coroutine is
        cancelled once."""
        first = self.aborted_by is None
        with self._lock:
            if first or why != "stopping":
                self.aborted_by = why
            if self._event is not None:
                self._event.set()
        if first and self.running is not None:
            self.running.cancel()

    @property
    def event(self) -> threading.Event:
        """Set when it is aborted. Made when a handler first asks for it: most never do."""
        with self._lock:
            if self._event is None:
                self._event = threading.Event()
                if self.aborted_by is not None:
                    self._event.set()
            return self._event
