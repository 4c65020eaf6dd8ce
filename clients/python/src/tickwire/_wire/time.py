"""Moments and spans. The wire has nanoseconds, Python microseconds: a moment is cut to them, a span
rounded."""

from datetime import UTC, datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from tickwire._errors import bad_field

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST = timedelta(seconds=315_576_000_000)


def is_aware(time: datetime) -> bool:
    return time.tzinfo is not None and time.utcoffset() is not None


def to_timestamp(time: datetime, field: str) -> Timestamp:
    """Raises BadFieldError on a naive datetime: nobody can say which moment it means."""
    if not isinstance(time, datetime) or not is_aware(time):
        raise bad_field(field, f"not a datetime with a time zone: {time!r}")
    micros = (time - _EPOCH) // _MICROSECOND
    return Timestamp(seconds=micros // 1_000_000, nanos=micros % 1_000_000 * 1000)


def optional_timestamp(time: datetime | None, field: str) -> Timestamp | None:
    return None if time is None else to_timestamp(time, field)


def to_datetime(time: Timestamp) -> datetime:
    return _EPOCH + timedelta(seconds=time.seconds, microseconds=time.nanos // 1000)


def to_duration(span: timedelta, field: str) -> Duration:
    """Raises BadFieldError on what the wire can't hold: more than 10,000 years."""
    if not isinstance(span, timedelta) or abs(span) > _LONGEST:
        raise bad_field(field, f"not a timedelta within 10,000 years: {span!r}")
    micros = span // _MICROSECOND
    seconds, rest = divmod(abs(micros), 1_000_000)
    sign = -1 if micros < 0 else 1
    return Duration(seconds=sign * seconds, nanos=sign * rest * 1000)


def optional_duration(span: timedelta | None, field: str) -> Duration | None:
    return None if span is None else to_duration(span, field)


def to_timedelta(span: Duration) -> timedelta:
    return timedelta(seconds=span.seconds, microseconds=round(span.nanos / 1000))


def to_seconds(span: Duration) -> float:
    return span.seconds + span.nanos / 1e9


def to_duration_of_seconds(seconds: float) -> Duration:
    return to_duration(timedelta(seconds=seconds), "duration")


def datetime_of(message: Message, field: str) -> datetime | None:
    """A field of a message; None where it is unset."""
    return to_datetime(getattr(message, field)) if message.HasField(field) else None


def timedelta_of(message: Message, field: str) -> timedelta | None:
    return to_timedelta(getattr(message, field)) if message.HasField(field) else None
