"""Jobs: what is sent, and what the server has."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta
from typing import Literal

from tickwire._kind import Pause
from tickwire._policy import Policy
from tickwire._trigger import Trigger

JobState = Literal["scheduled", "running", "retrying", "paused", "dead", "completed"]
DeadReason = Literal["exhausted", "permanent_failure", "trigger_error", "cancelled"]
WaitReason = Literal["no_worker", "workers_full", "max_running", "kind_paused"]
Priority = Literal["low", "normal", "high", "urgent"]
ConflictPolicy = Literal["fail", "keep", "update", "replace"]
ScheduleOutcome = Literal["created", "kept", "updated", "replaced", "repeated"]
Unknown = Literal["unknown"]
"""What a newer server says, and this version has no name for."""


@dataclass(frozen=True)
class JobSpec:
    """A job to be stored."""

    kind: str
    """Routes the job to the workers that serve this kind."""
    _: KW_ONLY
    slug: str = ""
    """Unique in the store: 1 to 200 bytes of `[A-Za-z0-9._:/@-]`, starting with a letter or digit.
    Empty: the server picks one."""
    payload: object = None
    """The worker's input, at most 1 MiB: bytes as they are, a str as UTF-8, anything else as JSON;
    None: empty."""
    content_type: str | None = None
    """Of the payload; None: `application/json` where it is sent as JSON."""
    labels: Mapping[str, str] | None = None
    """At most 32 pairs."""
    trigger: Trigger | None = None
    """None: the kind's; if it has none, the job runs once."""
    policy: Policy | None = None
    priority: Priority | Unknown | None = None
    """None: "normal"."""
    delay: timedelta | None = None
    """From now, by the store's clock: when a job runs that runs once, and a recurring one's next
    occurrence."""
    on_conflict: ConflictPolicy | None = None
    """Where the slug exists already. None: "fail"."""
    validate_only: bool = False
    """Check, and answer as if stored; store nothing."""
    request_id: str = ""
    """Names this call, at most 64 bytes; empty: drawn before the first try."""


@dataclass(frozen=True, kw_only=True)
class CurrentTask:
    run_id: str
    occurrence_id: str
    attempt: int
    worker_id: str
    server_id: str
    start_time: datetime | None
    progress: float | None
    """0 to 1, as the worker reported it last."""
    progress_note: str
    progress_time: datetime | None


@dataclass(frozen=True, kw_only=True)
class JobCounts:
    """How often each thing happened since the job was created."""

    succeeded: int
    failed: int
    """Attempts that failed or timed out."""
    lost: int
    """Attempts whose worker or server vanished."""
    cancelled: int
    occurrences: int
    """Occurrences that the trigger gave, ..."""
    missed: int
    """... of them dropped by the misfire policy, ..."""
    exhausted: int
    """... and given up after their last attempt."""
    released: int
    snoozed: int


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as the server has it."""

    slug: str
    kind: str
    payload: bytes
    """Empty in a basic view."""
    content_type: str
    labels: Mapping[str, str]
    trigger: Trigger | None
    policy: Policy
    priority: Priority | Unknown | None
    uid: str
    """Random, given at creation: tells two jobs apart that had the same slug."""
    etag: str
    """Changes with every caller's write."""
    state: JobState | Unknown
    pause: Pause | None
    """Set while somebody has it paused."""
    dead_reason: DeadReason | Unknown | None
    """Set while dead."""
    scheduled_time: datetime | None
    """The occurrence that runs next, as the trigger computed it."""
    due_time: datetime | None
    """When the next attempt is due; None in dead and completed jobs."""
    failures: int
    """Failed, timed-out and lost attempts of the current occurrence."""
    last_error: str
    """The newest attempt's error; empty after a success."""
    last_result: bytes
    """The newest success's result, at most 64 KiB. Empty in a basic view."""
    last_end_time: datetime | None
    last_success_time: datetime | None
    current_task: CurrentTask | None
    """Set while running."""
    counts: JobCounts
    create_time: datetime | None
    update_time: datetime | None
    expire_time: datetime | None
    """When a completed job is removed."""
    backfill_of: str
    """The job that a backfill made this one for; else empty."""
    effective_policy: Policy | None
    """Only from `get_job`: with the kind's and the server's defaults filled in."""
    waiting_for: WaitReason | Unknown | None
    """Only from `get_job`: why a due job is not running."""
