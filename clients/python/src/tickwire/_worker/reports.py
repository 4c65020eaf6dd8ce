"""Gathers progress reports: each task's are merged, the newest wins."""

import math
from collections.abc import Callable

from tickwire._clock import CallOff, Clock
from tickwire._worker.frames import in_frames
from tickwire._worker.held import HeldTask
from tickwire.v1 import worker_pb2 as pb

_INTERVAL = 1.0
"""They are sent at most so often."""


class Reports:
    """`due` is called when there are some to be sent."""

    def __init__(self, clock: Clock, due: Callable[[], None]) -> None:
        self._clock = clock
        self._due = due
        self._waiting: dict[bytes, HeldTask] = {}
        self._sent_at = -math.inf
        self._timer: CallOff | None = None

    def add(self, held: HeldTask, report: pb.ProgressReport) -> None:
        if held.result is not None or held.dropped:
            return
        if held.report is None:
            held.report = pb.ProgressReport(slug=held.slug, token=held.token)
        # What is unset in the newer one stays.
        held.report.MergeFrom(report)
        self._waiting[held.token] = held
        if self._timer is None:
            wait = max(0.0, self._sent_at + _INTERVAL - self._clock.mono())
            self._timer = self._clock.after(wait, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._due()

    def forget(self, held: HeldTask) -> None:
        """No word about this task any more."""
        if self._waiting.pop(held.token, None) is not None:
            held.report = None

    @property
    def waiting(self) -> bool:
        return bool(self._waiting)

    @property
    def timely(self) -> bool:
        """Whether the second since the last ones is over. What waits has a timer until it is: a
        look at the clock could find that timer a fraction of a millisecond early, and then nobody
        would come back for them."""
        return self._timer is None

    def take(self) -> list[pb.WorkRequest]:
        """Everything that waits, in frames, which the caller sends."""
        if not self._waiting:
            return []
        self._sent_at = self._clock.mono()
        reports = [taken for held in self._waiting.values() if (taken := _taken(held))]
        self._waiting.clear()
        parts = in_frames(reports, lambda report: report.ByteSize() + 8)
        return [pb.WorkRequest(progress=pb.ProgressReports(reports=part)) for part in parts]

    def take_of(self, held: HeldTask) -> pb.WorkRequest | None:
        """Takes only this task's, so that a checkpoint is there before the failure that it is
        for."""
        if self._waiting.pop(held.token, None) is None or (report := _taken(held)) is None:
            return None
        return pb.WorkRequest(progress=pb.ProgressReports(reports=[report]))

    def stop(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None


def _taken(held: HeldTask) -> pb.ProgressReport | None:
    report, held.report = held.report, None
    return report
