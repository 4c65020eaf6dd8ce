import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_STATE_UNSPECIFIED: _ClassVar[RunState]
    RUN_STATE_SUCCEEDED: _ClassVar[RunState]
    RUN_STATE_FAILED: _ClassVar[RunState]
    RUN_STATE_TIMED_OUT: _ClassVar[RunState]
    RUN_STATE_LOST: _ClassVar[RunState]
    RUN_STATE_CANCELLED: _ClassVar[RunState]
    RUN_STATE_RELEASED: _ClassVar[RunState]
    RUN_STATE_SNOOZED: _ClassVar[RunState]

class RunCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_CAUSE_UNSPECIFIED: _ClassVar[RunCause]
    RUN_CAUSE_TRIGGER: _ClassVar[RunCause]
    RUN_CAUSE_RUN_JOB: _ClassVar[RunCause]
    RUN_CAUSE_BACKFILL: _ClassVar[RunCause]
RUN_STATE_UNSPECIFIED: RunState
RUN_STATE_SUCCEEDED: RunState
RUN_STATE_FAILED: RunState
RUN_STATE_TIMED_OUT: RunState
RUN_STATE_LOST: RunState
RUN_STATE_CANCELLED: RunState
RUN_STATE_RELEASED: RunState
RUN_STATE_SNOOZED: RunState
RUN_CAUSE_UNSPECIFIED: RunCause
RUN_CAUSE_TRIGGER: RunCause
RUN_CAUSE_RUN_JOB: RunCause
RUN_CAUSE_BACKFILL: RunCause

class Run(_message.Message):
    __slots__ = ("run_id", "occurrence_id", "slug", "job_uid", "kind", "attempt", "state", "cause", "scheduled_time", "due_time", "start_time", "end_time", "error", "result", "result_truncated", "worker_id", "server_id")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRENCE_ID_FIELD_NUMBER: _ClassVar[int]
    SLUG_FIELD_NUMBER: _ClassVar[int]
    JOB_UID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_TIME_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    RESULT_TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    WORKER_ID_FIELD_NUMBER: _ClassVar[int]
    SERVER_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    occurrence_id: str
    slug: str
    job_uid: str
    kind: str
    attempt: int
    state: RunState
    cause: RunCause
    scheduled_time: _timestamp_pb2.Timestamp
    due_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    error: str
    result: bytes
    result_truncated: bool
    worker_id: str
    server_id: str
    def __init__(self, run_id: _Optional[str] = ..., occurrence_id: _Optional[str] = ..., slug: _Optional[str] = ..., job_uid: _Optional[str] = ..., kind: _Optional[str] = ..., attempt: _Optional[int] = ..., state: _Optional[_Union[RunState, str]] = ..., cause: _Optional[_Union[RunCause, str]] = ..., scheduled_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., error: _Optional[str] = ..., result: _Optional[bytes] = ..., result_truncated: bool = ..., worker_id: _Optional[str] = ..., server_id: _Optional[str] = ...) -> None: ...
