"""Runs: attempts that ended, the history."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

RunState = Literal["succeeded", "failed", "timed_out", "lost", "cancelled", "released", "snoozed"]
RunCause = Literal["trigger", "run_job", "backfill"]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One attempt that ended."""

    run_id: str
    occurrence_id: str
    """slug@scheduled_time: the same for every attempt of one occurrence."""
    slug: str
    job_uid: str
    kind: str
    attempt: int
    """From 1."""
    state: RunState | Literal["unknown"]
    cause: RunCause | Literal["unknown"]
    scheduled_time: datetime | None
    due_time: datetime | None
    start_time: datetime | None
    end_time: datetime | None
    error: str
    result: bytes
    """At most 64 KiB. Empty in a basic view."""
    result_truncated: bool
    worker_id: str
    server_id: str
