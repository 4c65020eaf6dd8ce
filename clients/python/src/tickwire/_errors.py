"""Every error of a call: one base, and one class for each reason that a server gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import ClassVar

CODES = (
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
)
"""The gRPC status codes by name, in the order of their numbers."""


@dataclass(frozen=True)
class Violation:
    """One wrong input field."""

    field: str
    """Its path in the request: `job.trigger.cron.expression`."""
    description: str


class TickwireError(Exception):
    """The base of every error of a call.

    `code` is the name of the gRPC status ("NOT_FOUND"), `reason` the server's stable word for the
    error ("JOB_NOT_FOUND"). Where no server spoke, such as on a broken connection or a passed
    deadline, `reason` is the same as `code`.
    """

    REASON: ClassVar[str] = ""
    """Of a class that stands for one reason; else empty."""

    def __init__(
        self,
        code: str,
        reason: str,
        message: str,
        *,
        violations: tuple[Violation, ...] = (),
        facts: Mapping[str, str] = MappingProxyType({}),
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.violations = violations
        """The wrong input fields; empty for other errors."""
        self.facts = facts
        """Machine-readable facts beside the message."""
        self.retry_after = retry_after
        """How long the server asks to wait before the next try."""


class BadFieldError(TickwireError):
    """One or more fields are missing, out of bounds or malformed: `violations` names them."""

    REASON = "BAD_FIELD"


class BadCronError(TickwireError):
    """A cron expression does not parse."""

    REASON = "BAD_CRON"


class BadTimeZoneError(TickwireError):
    """A cron trigger's time zone is not known to the server."""

    REASON = "BAD_TIME_ZONE"


class NeverFiresError(TickwireError):
    """A trigger has no time after now."""

    REASON = "NEVER_FIRES"


class UnknownFieldError(TickwireError):
    """The server does not know a field of a filter, trigger or policy."""

    REASON = "UNKNOWN_FIELD"


class MalformedError(TickwireError):
    """The request's bytes are not a message of its type."""

    REASON = "MALFORMED"


class NotSupportedError(TickwireError):
    """The server's store can not do what was asked for (NOT_IMPLEMENTED)."""

    REASON = "NOT_IMPLEMENTED"


class JobNotFoundError(TickwireError):
    """There is no job with this slug: never, or no longer."""

    REASON = "JOB_NOT_FOUND"


class JobExistsError(TickwireError):
    """The slug is taken."""

    REASON = "JOB_EXISTS"


class JobRunningError(TickwireError):
    """The job's task is out, and the call moves its next occurrence."""

    REASON = "JOB_RUNNING"


class JobDeadError(TickwireError):
    """The job is dead, and the call needs one that runs."""

    REASON = "JOB_DEAD"


class JobCompletedError(TickwireError):
    """The job has had its last run, and the call needs one that runs."""

    REASON = "JOB_COMPLETED"


class NoPastTimesError(TickwireError):
    """The job's trigger has no past times to backfill."""

    REASON = "NO_PAST_TIMES"


class TooManyRunsError(TickwireError):
    """The span of a backfill has more occurrences than `max_runs`."""

    REASON = "TOO_MANY_RUNS"


class KindNotFoundError(TickwireError):
    """No kind is registered under this name."""

    REASON = "KIND_NOT_FOUND"


class KindExistsError(TickwireError):
    """The kind is registered, and differs from the given one."""

    REASON = "KIND_EXISTS"


class KindDiffersError(TickwireError):
    """A job can't be changed into one of another kind."""

    REASON = "KIND_DIFFERS"


class KindInUseError(TickwireError):
    """A kind can't be deleted while jobs of it exist."""

    REASON = "KIND_IN_USE"


class EtagMismatchError(TickwireError):
    """Somebody else has changed it since it was read."""

    REASON = "ETAG_MISMATCH"


class NotRunningError(TickwireError):
    """The job has no task in progress, or another one than was named."""

    REASON = "NOT_RUNNING"


class TooLargeError(TickwireError):
    """A message is larger than the server takes."""

    REASON = "TOO_LARGE"


class HelloLateError(TickwireError):
    """A worker's stream sent no hello in time."""

    REASON = "HELLO_LATE"


class StreamReplacedError(TickwireError):
    """A newer stream of the same worker has taken over."""

    REASON = "STREAM_REPLACED"


class WorkerSilentError(TickwireError):
    """No frame of the worker arrived for three ping intervals."""

    REASON = "WORKER_SILENT"


class DrainingError(TickwireError):
    """The server is stopping, or has lost its store."""

    REASON = "DRAINING"


class TooManyResultsError(TickwireError):
    """More results wait for the store than the server holds in memory."""

    REASON = "TOO_MANY_RESULTS"


class StoreDownError(TickwireError):
    """The database can't be reached, or its answer is not known."""

    REASON = "STORE_DOWN"


class InternalError(TickwireError):
    """A fault of the server; the fact `errorId` finds it in the server's log."""

    REASON = "INTERNAL"


REASONS: Mapping[str, type[TickwireError]] = MappingProxyType(
    {one.REASON: one for one in TickwireError.__subclasses__()}
)
"""The class of each reason that a server of this contract gives; the server's docs/errors.md says
what each means, and what to do about it."""


def error_of(
    code: str,
    reason: str,
    message: str,
    *,
    violations: tuple[Violation, ...] = (),
    facts: Mapping[str, str] = MappingProxyType({}),
    retry_after: timedelta | None = None,
) -> TickwireError:
    """An error of the class that its reason has."""
    cls = REASONS.get(reason, TickwireError)
    return cls(code, reason, message, violations=violations, facts=facts, retry_after=retry_after)


def of_code(code: str, message: str) -> TickwireError:
    """An error that no server spoke of."""
    return TickwireError(code, code, message)


def bad_field(field: str, description: str) -> TickwireError:
    """Wrong input that was found before any call."""
    return error_of(
        "INVALID_ARGUMENT",
        "BAD_FIELD",
        f"{field}: {description}",
        violations=(Violation(field, description),),
        facts={"field": field},
    )


def in_item(path: str, error: TickwireError) -> TickwireError:
    """The same error for one item of a list: `job.slug` is `requests[3].job.slug`."""
    if not error.violations:
        return error
    first = error.violations[0]
    return bad_field(f"{path}.{first.field}", first.description)
