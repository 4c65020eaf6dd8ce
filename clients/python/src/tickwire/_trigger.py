"""When a job runs: `Cron`, `Interval` or `Once`."""

from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta
from typing import Literal

CronDialect = Literal["unix", "quartz"]
IntervalBasis = Literal["fixed_rate", "fixed_delay"]


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What every trigger can have besides."""

    start_time: datetime | None = None
    """No occurrence before it; also of those whose time was set by hand."""
    end_time: datetime | None = None
    """No occurrence at or after it."""
    max_occurrences: int | None = None
    """At most so many occurrences, missed ones included; None or 0: no limit."""
    jitter: timedelta | None = None
    """Each occurrence is put off by a random span below this, at most 31 days, that ends before the
    trigger's next time."""


@dataclass(frozen=True)
class Cron(Bounds):
    """At the times of a cron expression."""

    expression: str
    """5 fields (minute first), 6 (second first), 7 (and a year at the end), or a macro such as
    `@hourly`."""
    _: KW_ONLY
    time_zone: str | None = None
    """IANA name; None: UTC."""
    dialect: CronDialect | Literal["unknown"] | None = None
    """None: "unix"."""


@dataclass(frozen=True)
class Interval(Bounds):
    """Again and again after a span."""

    every: timedelta
    """Whole milliseconds, at least 1."""
    _: KW_ONLY
    basis: IntervalBasis | Literal["unknown"] | None = None
    """"fixed_rate" (None): anchor + n * every. "fixed_delay": the end of an occurrence's last
    attempt + every, without an anchor."""
    anchor_time: datetime | None = None
    """What fixed_rate counts from; None: `start_time`, or else the moment it is stored."""


@dataclass(frozen=True)
class Once(Bounds):
    """A single time."""

    time: datetime | None = None
    """None: when the job is stored, or `start_time` where that is later."""


Trigger = Cron | Interval | Once
