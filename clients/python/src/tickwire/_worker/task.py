"""A task as its handler sees it."""

import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from tickwire._payload import cut_text
from tickwire._wire.time import to_datetime, to_timedelta
from tickwire._worker.abort import AbortCause, TaskAborted
from tickwire._worker.held import HeldTask
from tickwire.v1 import worker_pb2 as pb

_CHECKPOINT_LIMIT = 64 * 1024
_NOTE_LIMIT = 200


class Task:
    """One attempt of an occurrence, handed to this worker.

    When it is aborted, for whichever reason, a coroutine handler is cancelled once, as asyncio
    does it; a plain function looks at `aborted_by`, calls `raise_if_aborted()` or waits with
    `wait_aborted()`. A handler that then raises has not failed: the run ends as cancelled or timed
    out, or the task goes back. A handler that returns has succeeded all the same.
    """

    def __init__(
        self, wire: pb.Task, held: HeldTask, report: Callable[[pb.ProgressReport], None]
    ) -> None:
        self._wire = wire
        self._held = held
        self._report = report
        self.slug: str = wire.slug
        self.job_uid: str = wire.job_uid
        self.kind: str = wire.kind
        self.run_id: str = wire.run_id
        self.occurrence_id: str = wire.occurrence_id
        """The same for every attempt of one occurrence: an idempotency key."""
        self.payload: bytes = wire.payload
        self.content_type: str = wire.content_type
        self.attempt: int = wire.attempt
        """From 1."""
        self.max_attempts: int = wire.max_attempts
        """0: no limit."""
        self.fence: int = wire.fence
        """Grows with every hand-out of this slug: a fencing token for systems that the task
        writes to."""
        self.previous_error: str = wire.previous_error
        """Of the attempt before this one, if it did not succeed; else empty."""

    def __repr__(self) -> str:
        return f"Task(slug={self.slug!r}, kind={self.kind!r}, attempt={self.attempt})"

    @cached_property
    def labels(self) -> Mapping[str, str]:
        return dict(self._wire.labels)

    @cached_property
    def scheduled_time(self) -> datetime:
        return to_datetime(self._wire.scheduled_time)

    @property
    def timeout(self) -> timedelta | None:
        """The attempt is cancelled this long after the hand-out; None: never."""
        return to_timedelta(self._wire.timeout) if self._wire.HasField("timeout") else None

    @property
    def previous_checkpoint(self) -> bytes | None:
        """What the attempt before this one kept with `checkpoint`, if it did not succeed."""
        return self._wire.previous_checkpoint or None

    @cached_property
    def trace_context(self) -> Mapping[str, str]:
        """W3C trace context of the schedule call."""
        return dict(self._wire.trace_context)

    def text(self) -> str:
        """The payload as UTF-8."""
        return self.payload.decode("utf-8", "replace")

    def json(self) -> Any:
        """The payload as JSON. Raises ValueError where it is none."""
        return json.loads(self.payload)

    @property
    def aborted_by(self) -> AbortCause | None:
        """Why the task was aborted; None: it was not."""
        return self._held.aborted_by

    def raise_if_aborted(self) -> None:
        """Raises TaskAborted where the task was aborted."""
        why = self._held.aborted_by
        if why is not None:
            raise TaskAborted(why)

    def wait_aborted(self, timeout: timedelta | None = None) -> bool:
        """Blocks until the task is aborted, or the span is over; whether it was aborted. For plain
        functions: a coroutine is cancelled instead."""
        return self._held.event.wait(None if timeout is None else timeout.total_seconds())

    def progress(self, fraction: float | None = None, note: str | None = None) -> None:
        """Says how far the task is, 0 to 1, and a note of at most 200 bytes, cut beyond. Sent at
        most once a second, the newest wins. From any thread. Raises ValueError on a number that is
        none."""
        if fraction is not None:
            if not math.isfinite(fraction):
                raise ValueError(f"progress takes a number from 0 to 1, not {fraction!r}")
            fraction = min(1.0, max(0.0, fraction))
        if note is not None:
            note = cut_text(note, _NOTE_LIMIT)
        self._report(pb.ProgressReport(progress=fraction, note=note))

    def checkpoint(self, data: bytes | str) -> None:
        """Keeps a place to resume from: the next attempt finds it as `previous_checkpoint`, if
        this one does not succeed. Sent at most once a second, the newest wins; a crash may lose
        what the last second held. From any thread. Raises ValueError beyond 64 KiB."""
        kept = data.encode() if isinstance(data, str) else bytes(data)
        if len(kept) > _CHECKPOINT_LIMIT:
            raise ValueError(f"a checkpoint has at most {_CHECKPOINT_LIMIT} bytes, not {len(kept)}")
        self._report(pb.ProgressReport(checkpoint=kept))
