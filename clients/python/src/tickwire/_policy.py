"""How a job's runs are treated. What is None is inherited: from the kind, then from the server's
defaults."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

MisfirePolicy = Literal["fire_once", "skip", "replay"]
"""What becomes of occurrences whose time came while the job could not start."""
ExhaustedAction = Literal["next_occurrence", "dead"]
"""What a recurring job does once an occurrence is out of attempts."""


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    max_attempts: int | None = None
    """Attempts of one occurrence, the first included; 0: no limit. Default: 20."""
    initial_backoff: timedelta | None = None
    """The n-th retry waits min(initial_backoff * multiplier^(n-1), max_backoff), spread by 10 %
    either way. Default: 10 s."""
    max_backoff: timedelta | None = None
    """Default: 10 min."""
    multiplier: float | None = None
    """1 to 100. Default: 2."""
    on_exhausted: ExhaustedAction | Literal["unknown"] | None = None
    """Default: "next_occurrence"."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    retry: RetryPolicy | None = None
    timeout: timedelta | None = None
    """One attempt's time limit, from the hand-out; 1 ms to 30 days. Default: 5 min."""
    misfire: MisfirePolicy | Literal["unknown"] | None = None
    """Default: "fire_once"."""
    misfire_grace: timedelta | None = None
    """An occurrence is late once so much has passed since its due time; at least 1 ms. Default:
    60 s."""
    max_replays: int | None = None
    """With "replay": where more occurrences are pending, the older ones count as missed; 1 to
    10,000. Default: 100."""
    job_retention: timedelta | None = None
    """How long a job stays, completed, after its last run. Default: 0, removed at once."""
    run_retention: timedelta | None = None
    """How long its runs stay in the history. Default: the server's setting (7 days)."""
