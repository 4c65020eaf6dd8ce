import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tickwire.v1 import job_pb2 as _job_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Kind(_message.Message):
    __slots__ = ("name", "description", "trigger", "policy", "max_running", "etag", "pause", "create_time", "update_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    MAX_RUNNING_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    PAUSE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    trigger: _job_pb2.Trigger
    policy: _job_pb2.Policy
    max_running: int
    etag: str
    pause: _job_pb2.Pause
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., trigger: _Optional[_Union[_job_pb2.Trigger, _Mapping]] = ..., policy: _Optional[_Union[_job_pb2.Policy, _Mapping]] = ..., max_running: _Optional[int] = ..., etag: _Optional[str] = ..., pause: _Optional[_Union[_job_pb2.Pause, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class KindStats(_message.Message):
    __slots__ = ("kind", "scheduled", "running", "retrying", "paused", "dead", "completed", "estimated", "workers", "free", "oldest_lateness")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    RETRYING_FIELD_NUMBER: _ClassVar[int]
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    DEAD_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_FIELD_NUMBER: _ClassVar[int]
    WORKERS_FIELD_NUMBER: _ClassVar[int]
    FREE_FIELD_NUMBER: _ClassVar[int]
    OLDEST_LATENESS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    scheduled: int
    running: int
    retrying: int
    paused: int
    dead: int
    completed: int
    estimated: bool
    workers: int
    free: int
    oldest_lateness: _duration_pb2.Duration
    def __init__(self, kind: _Optional[str] = ..., scheduled: _Optional[int] = ..., running: _Optional[int] = ..., retrying: _Optional[int] = ..., paused: _Optional[int] = ..., dead: _Optional[int] = ..., completed: _Optional[int] = ..., estimated: bool = ..., workers: _Optional[int] = ..., free: _Optional[int] = ..., oldest_lateness: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
