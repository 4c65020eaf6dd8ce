"""The tasks that this worker holds, over all its streams: by token, from arrival to receipt.

A place is taken while a handler runs; where the server thinks that it is free and the handler still
runs, the capacity that the worker tells is lower by it.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

from tickwire._clock import Clock
from tickwire._wire.time import to_duration_of_seconds
from tickwire._worker.abort import AbortCause
from tickwire._worker.held import HeldTask
from tickwire._worker.invoke import Handler, describe, failure, invoke
from tickwire._worker.outcome import Cancelled, Failure, Outcome, Released, Success
from tickwire._worker.reports import Reports
from tickwire._worker.result import result_of
from tickwire._worker.task import Task
from tickwire.v1 import worker_pb2 as pb


@dataclass(frozen=True)
class KindHandler:
    handler: Handler
    max_tasks: int | None
    """None: bounded by the worker's places alone."""
    executor: Executor | None
    """Of the threads that run a plain function; None: it is a coroutine function."""


@dataclass(frozen=True)
class InHandEvents:
    ended: Callable[[HeldTask], None]
    """A result waits to be sent."""
    capacity_changed: Callable[[], None]
    """`capacity()` is another."""
    left: Callable[[], None]
    """A task has left, or a handler has ended."""


_ANSWER = 5.0
"""After so long the server has settled a cancelled attempt without its handler, and given its place
away."""

_CAUSES: Mapping[int, AbortCause] = {
    pb.CANCEL_REASON_REQUESTED: "cancelled",
    pb.CANCEL_REASON_TIMED_OUT: "timed_out",
    pb.CANCEL_REASON_LEASE_LOST: "lease_lost",
    pb.CANCEL_REASON_JOB_DELETED: "deleted",
}


class InHand:
    def __init__(
        self,
        *,
        kinds: Mapping[str, KindHandler],
        max_tasks: int,
        clock: Clock,
        log: logging.Logger,
        reports: Reports,
        events: InHandEvents,
    ) -> None:
        self._kinds = kinds
        self._max_tasks = max_tasks
        self._clock = clock
        self._log = log
        self._reports = reports
        self._events = events
        self._held: dict[bytes, HeldTask] = {}
        self._placeless: set[HeldTask] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()

    @property
    def size(self) -> int:
        """Tasks without a receipt."""
        return len(self._held)

    @property
    def running(self) -> int:
        """Handlers that have not ended, wanted or not."""
        return len(self._running)

    def accept(self, tasks: Iterable[pb.Task]) -> None:
        now = self._clock.mono()
        for wire in tasks:
            if wire.token in self._held:
                self._log.debug("task came twice", extra={"slug": wire.slug})
                continue
            held = self._held[wire.token] = HeldTask(wire, now)
            kind = self._kinds.get(wire.kind)
            facts = {"slug": wire.slug, "kind": wire.kind}
            if kind is None:
                self._log.error("task of a kind without a handler was handed back", extra=facts)
                self._end(held, Released())
            elif self.running >= self._max_tasks:
                self._log.warning("task beyond the worker's places was handed back", extra=facts)
                self._end(held, Released())
            else:
                running = self._loop.create_task(self._run(kind, held, wire))
                self._running.add(running)

    async def _run(self, kind: KindHandler, held: HeldTask, wire: pb.Task) -> None:
        running = asyncio.current_task()
        task = Task(wire, held, lambda report: self._report(held, report))
        outcome: Outcome
        raised: BaseException | None
        try:
            outcome, raised = await invoke(
                kind.handler, task, kind.executor, lambda: held.begin(running)
            )
        except BaseException as error:
            # Whatever it is: the server waits for a result, and the place is needed.
            outcome, raised = failure(describe(error)), error
        if running is not None:
            self._running.discard(running)
        self._handler_ended(held, outcome, raised)
        if isinstance(raised, KeyboardInterrupt):
            raise raised

    def _report(self, held: HeldTask, report: pb.ProgressReport) -> None:
        """From any thread. What ends later on the same thread is handled later."""
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            self._reports.add(held, report)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._reports.add, held, report)

    def _handler_ended(
        self, held: HeldTask, outcome: Outcome, raised: BaseException | None
    ) -> None:
        held.running = None
        if held.patience is not None:
            held.patience()
        if held.placeless:
            held.placeless = False
            self._placeless.discard(held)
            self._events.capacity_changed()
        if held.dropped:
            facts = {"slug": held.slug, "why": held.aborted_by}
            self._log.info("dropped task's handler ended", extra=facts)
            self._events.left()
        else:
            self._end(held, _after_abort(held.aborted_by, outcome, raised is not None), raised)

    def _end(self, held: HeldTask, outcome: Outcome, raised: BaseException | None = None) -> None:
        if isinstance(outcome, Failure):
            facts = {
                "slug": held.slug,
                "kind": held.kind,
                "error": outcome.error,
                "permanent": outcome.permanent,
            }
            # The traceback stays here.
            self._log.warning("task failed", extra=facts, exc_info=raised)
        # Only the next attempt after one that did not succeed wants to know where this one was.
        if isinstance(outcome, Success):
            self._reports.forget(held)
        held.result = result_of(held.slug, held.token, outcome)
        self._events.ended(held)

    def receipt(self, receipt: pb.Receipt) -> None:
        held = self._held.get(receipt.token)
        if held is None:
            return
        facts = {"slug": held.slug}
        if held.result is None:
            self._log.warning("receipt for a task that still runs was ignored", extra=facts)
            return
        del self._held[held.token]
        if receipt.state == pb.RECEIPT_STATE_STALE:
            taken_away = held.aborted_by in ("lease_lost", "deleted")
            self._log.log(
                logging.DEBUG if taken_away else logging.WARNING, "result was stale", extra=facts
            )
        elif receipt.state == pb.RECEIPT_STATE_REJECTED:
            self._log.error("result was rejected", extra={**facts, "why": receipt.message})
        self._events.left()

    def cancel(self, cancellation: pb.Cancellation) -> None:
        held = self._held.get(cancellation.token)
        if held is None or held.result is not None:
            return
        why = _CAUSES.get(cancellation.reason, "cancelled")
        self._log.info("task is cancelled", extra={"slug": held.slug, "why": why})
        held.abort(why)
        if held.patience is None:
            held.patience = self._clock.after(_ANSWER, lambda: self._impatient(held))

    def _impatient(self, held: HeldTask) -> None:
        facts = {"slug": held.slug, "why": held.aborted_by}
        self._log.warning("handler does not stop", extra=facts)
        self._take_place(held)

    def stale(self, token: bytes) -> None:
        """Of a hello: no longer this worker's. A result that is there is sent all the same, and
        its receipt says what became of it."""
        held = self._held.get(token)
        if held is None or held.result is not None:
            return
        self._log.warning("task was dropped", extra={"slug": held.slug})
        del self._held[token]
        self._reports.forget(held)
        held.dropped = True
        if held.patience is not None:
            held.patience()
        self._take_place(held)
        held.abort("lease_lost")
        self._events.left()

    def _take_place(self, held: HeldTask) -> None:
        if not held.placeless:
            held.placeless = True
            self._placeless.add(held)
            self._events.capacity_changed()

    def abort_all(self) -> None:
        """The worker stops, and its grace is over."""
        for held in list(self._held.values()):
            if held.result is None:
                held.abort("stopping")

    def finished(self) -> list[HeldTask]:
        """Tasks whose results wait for their receipts, oldest first."""
        return [held for held in self._held.values() if held.result is not None]

    def in_hello(self) -> list[pb.HeldTask]:
        now = self._clock.mono()
        return [
            pb.HeldTask(
                slug=held.slug,
                token=held.token,
                elapsed=to_duration_of_seconds(now - held.arrived_at),
                finished=held.result is not None,
            )
            for held in self._held.values()
        ]

    def capacity(self) -> pb.Capacity:
        stuck = Counter(held.kind for held in self._placeless)
        kinds = [
            pb.KindCapacity(
                kind=name,
                max_tasks=None if kind.max_tasks is None else max(0, kind.max_tasks - stuck[name]),
            )
            for name, kind in self._kinds.items()
        ]
        return pb.Capacity(max_tasks=max(0, self._max_tasks - len(self._placeless)), kinds=kinds)


def _after_abort(aborted_by: AbortCause | None, outcome: Outcome, raised: bool) -> Outcome:
    """What a handler's words mean after an abort. A success is a success all the same. After a
    cancel or a timeout everything else is Cancelled, which the server turns into the state that it
    asked for. A task that was stopped with its worker goes back unrun; so does one that was taken
    away: nobody wants its result, but its place is free with the receipt.
    """
    if aborted_by is None or isinstance(outcome, Success):
        return outcome
    if aborted_by in ("cancelled", "timed_out"):
        return Cancelled()
    return Released() if raised or aborted_by != "stopping" else outcome
