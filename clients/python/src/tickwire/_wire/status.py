"""Errors as they arrive: a google.rpc.Status, or whatever gRPC itself says."""

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from tickwire._errors import CODES, TickwireError, Violation, error_of
from tickwire._wire.time import to_timedelta

_DETAILS = "grpc-status-details-bin"


def from_call_error(error: BaseException) -> TickwireError:
    """An error of grpc, or whatever else a call raised, as the one base."""
    if isinstance(error, TickwireError):
        return error
    if not isinstance(error, grpc.aio.AioRpcError):
        return TickwireError("UNKNOWN", "UNKNOWN", str(error) or type(error).__name__)
    number: int = error.code().value[0]
    status = Status(code=number, message=error.details() or "")
    for name, value in error.trailing_metadata() or ():
        if name == _DETAILS and isinstance(value, bytes):
            try:
                status.details.extend(Status.FromString(value).details)
            except DecodeError:
                pass
    return from_status(status)


def from_status(status: Status) -> TickwireError:
    code = CODES[status.code] if 0 <= status.code < len(CODES) else "UNKNOWN"
    reason = code
    facts: dict[str, str] = {}
    violations: tuple[Violation, ...] = ()
    retry_after = None
    for detail in status.details:
        try:
            if detail.Is(ErrorInfo.DESCRIPTOR):
                info = ErrorInfo.FromString(detail.value)
                reason = info.reason or reason
                facts = dict(info.metadata)
            elif detail.Is(BadRequest.DESCRIPTOR):
                found = BadRequest.FromString(detail.value).field_violations
                violations = tuple(Violation(one.field, one.description) for one in found)
            elif detail.Is(RetryInfo.DESCRIPTOR):
                retry_after = to_timedelta(RetryInfo.FromString(detail.value).retry_delay)
        except DecodeError:
            # A detail that can't be read must not hide the error that it belongs to.
            pass
    return error_of(
        code,
        reason,
        status.message or code,
        violations=violations,
        facts=facts,
        retry_after=retry_after,
    )
