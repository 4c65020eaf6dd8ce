"""Kinds: the route from jobs to workers, and what holds for every job of one."""

from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta

from tickwire._policy import Policy
from tickwire._trigger import Trigger


@dataclass(frozen=True, kw_only=True)
class Pause:
    reason: str
    pause_time: datetime | None


@dataclass(frozen=True)
class KindSpec:
    """What shall hold for every job of a kind."""

    name: str
    _: KW_ONLY
    description: str = ""
    """At most 1,000 bytes."""
    trigger: Trigger | None = None
    """For jobs that set none. None: they run once."""
    policy: Policy | None = None
    max_running: int = 0
    """At most so many tasks of this kind at once, over all servers and workers; 0: no limit, 1000
    the highest."""
    etag: str = ""
    """Refused as EtagMismatchError where it is set and is not the stored one."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind as the server has it."""

    name: str
    description: str
    trigger: Trigger | None
    policy: Policy
    max_running: int
    """0: no limit."""
    etag: str
    pause: Pause | None
    """Set while somebody has it paused."""
    create_time: datetime | None
    update_time: datetime | None


@dataclass(frozen=True, kw_only=True)
class RegisteredKind:
    kind: Kind
    created: bool
    """False where it was stored before, equal."""


@dataclass(frozen=True, kw_only=True)
class KindStats:
    """Where a kind stands now: its jobs by state."""

    kind: str
    scheduled: int
    running: int
    retrying: int
    paused: int
    dead: int
    completed: int
    estimated: bool
    """Numbers above 10,000 are estimates, to two digits; all others are counted."""
    workers: int
    """Workers that serve it now, of every server, ..."""
    free: int
    """... and how many more of its tasks they could take."""
    oldest_lateness: timedelta
    """How late the oldest due job is; 0 where none is due."""
