"""What calls take and answer besides jobs, kinds and runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Literal, TypeVar

from tickwire._errors import TickwireError
from tickwire._job import Job, JobState, ScheduleOutcome, Unknown
from tickwire._run import RunState

T = TypeVar("T")

View = Literal["basic", "full"]
"""How much of a job or run is returned; "basic" is without payloads and results."""


@dataclass(frozen=True, kw_only=True)
class RetryOptions:
    """How UNAVAILABLE is tried again."""

    initial: timedelta = timedelta(milliseconds=100)
    """The first wait is random below this."""
    longest: timedelta = timedelta(seconds=2)
    """No wait is longer than this, unless the server asks for it."""
    max_tries: int | None = None
    """Tries of one call, the first included; each asks one server after the other. None: as many as
    the deadline allows."""


@dataclass(frozen=True, kw_only=True)
class JobFilter:
    """All that is set must match; an entry of a list is one of several that may."""

    slugs: Sequence[str] = ()
    """At most 1000."""
    slug_prefix: str = ""
    kinds: Sequence[str] = ()
    states: Sequence[JobState] = ()
    labels: Mapping[str, str] | None = None
    due_after: datetime | None = None
    """Due at or after it."""
    due_before: datetime | None = None
    """Due before it."""


@dataclass(frozen=True, kw_only=True)
class RunFilter:
    """All that is set must match; an entry of a list is one of several that may."""

    slug: str = ""
    kinds: Sequence[str] = ()
    states: Sequence[RunState] = ()
    ended_after: datetime | None = None
    """Ended at or after it."""
    ended_before: datetime | None = None
    """Ended before it."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """A page may be empty: go on while `next_page_token` is not."""

    items: tuple[T, ...]
    next_page_token: str


@dataclass(frozen=True, kw_only=True)
class Scheduled:
    job: Job
    """Without payload and last_result."""
    outcome: ScheduleOutcome | Unknown
    warnings: tuple[str, ...]
    """Worth a look, such as a kind that no worker serves."""


@dataclass(frozen=True, kw_only=True)
class ScheduleResult:
    """What became of one job of `schedule_jobs`."""

    slug: str
    error: TickwireError | None
    """None where the job was stored."""
    outcome: ScheduleOutcome | Unknown | None
    due_time: datetime | None


@dataclass(frozen=True, kw_only=True)
class BulkResult:
    count: int
    more: bool
    """Some are left: call again."""


@dataclass(frozen=True, kw_only=True)
class RunRequested:
    job: Job
    occurrence_id: str
    """Of the run that was asked for."""


@dataclass(frozen=True, kw_only=True)
class Backfill:
    slugs: tuple[str, ...]
    created_count: int


@dataclass(frozen=True, kw_only=True)
class Preview:
    times: tuple[datetime, ...]
    description: str
    """In words."""
