"""How an attempt ended, in the worker's words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tickwire._payload import encode_payload
from tickwire._wire.time import is_aware


class Ending:
    """What a handler returns to say more than a result. Made by `complete`, `snooze` and
    `release`."""


@dataclass(frozen=True)
class Success(Ending):
    result: bytes = b""
    payload: bytes | None = None
    next_time: datetime | None = None
    last_run: bool = False


@dataclass(frozen=True)
class Failure:
    error: str
    permanent: bool = False
    retry_after: timedelta | None = None


@dataclass(frozen=True)
class Released(Ending):
    pass


@dataclass(frozen=True)
class Snoozed(Ending):
    delay: timedelta


@dataclass(frozen=True)
class Cancelled:
    pass


Outcome = Success | Failure | Released | Snoozed | Cancelled


def complete(
    result: object = None,
    *,
    payload: object = None,
    next_time: datetime | None = None,
    last_run: bool = False,
) -> Ending:
    """Success, and more.

    `result` is kept on the job and in its history, cut at 64 KiB. `payload` replaces the job's for
    its next run, unless a caller has changed it since the hand-out; None leaves it as it is.
    `next_time` is the next occurrence, in place of the trigger's; a past time is now. With
    `last_run` there is no further run, whatever the trigger or `next_time` says.

    Raises ValueError on a naive datetime, and TypeError or ValueError on what has no JSON.
    """
    if next_time is not None and not is_aware(next_time):
        raise ValueError(f"next_time needs a time zone: {next_time!r}")
    return Success(
        b"" if result is None else encode_payload(result)[0],
        None if payload is None else encode_payload(payload)[0],
        next_time,
        last_run,
    )


def snooze(delay: timedelta) -> Ending:
    """Not now: the task is due again after the span, and no attempt is counted. Less than a second
    is a second. Raises ValueError on a negative one."""
    if delay < timedelta():
        raise ValueError(f"snooze takes a span of at least 0, not {delay!r}")
    return Snoozed(max(delay, timedelta(seconds=1)))


def release() -> Ending:
    """Hands the task back unrun: no attempt is counted, and any worker may get it, after 1 s at
    first."""
    return Released()


class PermanentError(Exception):
    """Raised by a handler: no retry helps, the occurrence is given up now."""


class RetryAfterError(Exception):
    """Raised by a handler: a failure that is retried after this span instead of the policy's
    wait."""

    def __init__(self, message: str, retry_after: timedelta) -> None:
        if retry_after < timedelta():
            raise ValueError(f"retry_after must be at least 0, not {retry_after!r}")
        super().__init__(message)
        self.retry_after = retry_after
