import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tickwire.v1 import kind_pb2 as _kind_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReceiptState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECEIPT_STATE_UNSPECIFIED: _ClassVar[ReceiptState]
    RECEIPT_STATE_RECORDED: _ClassVar[ReceiptState]
    RECEIPT_STATE_STALE: _ClassVar[ReceiptState]
    RECEIPT_STATE_REJECTED: _ClassVar[ReceiptState]

class CancelReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CANCEL_REASON_UNSPECIFIED: _ClassVar[CancelReason]
    CANCEL_REASON_REQUESTED: _ClassVar[CancelReason]
    CANCEL_REASON_TIMED_OUT: _ClassVar[CancelReason]
    CANCEL_REASON_LEASE_LOST: _ClassVar[CancelReason]
    CANCEL_REASON_JOB_DELETED: _ClassVar[CancelReason]
RECEIPT_STATE_UNSPECIFIED: ReceiptState
RECEIPT_STATE_RECORDED: ReceiptState
RECEIPT_STATE_STALE: ReceiptState
RECEIPT_STATE_REJECTED: ReceiptState
CANCEL_REASON_UNSPECIFIED: CancelReason
CANCEL_REASON_REQUESTED: CancelReason
CANCEL_REASON_TIMED_OUT: CancelReason
CANCEL_REASON_LEASE_LOST: CancelReason
CANCEL_REASON_JOB_DELETED: CancelReason

class WorkRequest(_message.Message):
    __slots__ = ("hello", "results", "progress", "capacity", "drain", "ping")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    hello: Hello
    results: Results
    progress: ProgressReports
    capacity: Capacity
    drain: DrainRequest
    ping: Ping
    def __init__(self, hello: _Optional[_Union[Hello, _Mapping]] = ..., results: _Optional[_Union[Results, _Mapping]] = ..., progress: _Optional[_Union[ProgressReports, _Mapping]] = ..., capacity: _Optional[_Union[Capacity, _Mapping]] = ..., drain: _Optional[_Union[DrainRequest, _Mapping]] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ...) -> None: ...

class WorkResponse(_message.Message):
    __slots__ = ("welcome", "tasks", "receipts", "cancellations", "drain", "ping")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    TASKS_FIELD_NUMBER: _ClassVar[int]
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    CANCELLATIONS_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    welcome: Welcome
    tasks: Tasks
    receipts: Receipts
    cancellations: Cancellations
    drain: DrainNotice
    ping: Ping
    def __init__(self, welcome: _Optional[_Union[Welcome, _Mapping]] = ..., tasks: _Optional[_Union[Tasks, _Mapping]] = ..., receipts: _Optional[_Union[Receipts, _Mapping]] = ..., cancellations: _Optional[_Union[Cancellations, _Mapping]] = ..., drain: _Optional[_Union[DrainNotice, _Mapping]] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("worker_id", "client", "info", "capacity", "define", "held", "protocol_revision", "instance", "stream")
    class InfoEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    WORKER_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    INFO_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    DEFINE_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_REVISION_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    worker_id: str
    client: str
    info: _containers.ScalarMap[str, str]
    capacity: Capacity
    define: _containers.RepeatedCompositeFieldContainer[_kind_pb2.Kind]
    held: _containers.RepeatedCompositeFieldContainer[HeldTask]
    protocol_revision: int
    instance: bytes
    stream: int
    def __init__(self, worker_id: _Optional[str] = ..., client: _Optional[str] = ..., info: _Optional[_Mapping[str, str]] = ..., capacity: _Optional[_Union[Capacity, _Mapping]] = ..., define: _Optional[_Iterable[_Union[_kind_pb2.Kind, _Mapping]]] = ..., held: _Optional[_Iterable[_Union[HeldTask, _Mapping]]] = ..., protocol_revision: _Optional[int] = ..., instance: _Optional[bytes] = ..., stream: _Optional[int] = ...) -> None: ...

class Capacity(_message.Message):
    __slots__ = ("max_tasks", "kinds")
    MAX_TASKS_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    max_tasks: int
    kinds: _containers.RepeatedCompositeFieldContainer[KindCapacity]
    def __init__(self, max_tasks: _Optional[int] = ..., kinds: _Optional[_Iterable[_Union[KindCapacity, _Mapping]]] = ...) -> None: ...

class KindCapacity(_message.Message):
    __slots__ = ("kind", "max_tasks")
    KIND_FIELD_NUMBER: _ClassVar[int]
    MAX_TASKS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    max_tasks: int
    def __init__(self, kind: _Optional[str] = ..., max_tasks: _Optional[int] = ...) -> None: ...

class HeldTask(_message.Message):
    __slots__ = ("slug", "token", "elapsed", "finished")
    SLUG_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    slug: str
    token: bytes
    elapsed: _duration_pb2.Duration
    finished: bool
    def __init__(self, slug: _Optional[str] = ..., token: _Optional[bytes] = ..., elapsed: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., finished: bool = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("worker_id", "server_id", "ping_interval", "reconnect_grace", "adopted", "stale", "conflicting_kinds", "protocol_revision", "server_time")
    WORKER_ID_FIELD_NUMBER: _ClassVar[int]
    SERVER_ID_FIELD_NUMBER: _ClassVar[int]
    PING_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    RECONNECT_GRACE_FIELD_NUMBER: _ClassVar[int]
    ADOPTED_FIELD_NUMBER: _ClassVar[int]
    STALE_FIELD_NUMBER: _ClassVar[int]
    CONFLICTING_KINDS_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_REVISION_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_FIELD_NUMBER: _ClassVar[int]
    worker_id: str
    server_id: str
    ping_interval: _duration_pb2.Duration
    reconnect_grace: _duration_pb2.Duration
    adopted: _containers.RepeatedCompositeFieldContainer[HeldTask]
    stale: _containers.RepeatedCompositeFieldContainer[HeldTask]
    conflicting_kinds: _containers.RepeatedScalarFieldContainer[str]
    protocol_revision: int
    server_time: _timestamp_pb2.Timestamp
    def __init__(self, worker_id: _Optional[str] = ..., server_id: _Optional[str] = ..., ping_interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., reconnect_grace: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., adopted: _Optional[_Iterable[_Union[HeldTask, _Mapping]]] = ..., stale: _Optional[_Iterable[_Union[HeldTask, _Mapping]]] = ..., conflicting_kinds: _Optional[_Iterable[str]] = ..., protocol_revision: _Optional[int] = ..., server_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Tasks(_message.Message):
    __slots__ = ("tasks",)
    TASKS_FIELD_NUMBER: _ClassVar[int]
    tasks: _containers.RepeatedCompositeFieldContainer[Task]
    def __init__(self, tasks: _Optional[_Iterable[_Union[Task, _Mapping]]] = ...) -> None: ...

class Task(_message.Message):
    __slots__ = ("slug", "job_uid", "kind", "token", "run_id", "occurrence_id", "payload", "content_type", "labels", "scheduled_time", "attempt", "max_attempts", "fence", "timeout", "previous_error", "previous_checkpoint", "trace_context")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class TraceContextEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SLUG_FIELD_NUMBER: _ClassVar[int]
    JOB_UID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRENCE_ID_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_TIME_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_ERROR_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    TRACE_CONTEXT_FIELD_NUMBER: _ClassVar[int]
    slug: str
    job_uid: str
    kind: str
    token: bytes
    run_id: str
    occurrence_id: str
    payload: bytes
    content_type: str
    labels: _containers.ScalarMap[str, str]
    scheduled_time: _timestamp_pb2.Timestamp
    attempt: int
    max_attempts: int
    fence: int
    timeout: _duration_pb2.Duration
    previous_error: str
    previous_checkpoint: bytes
    trace_context: _containers.ScalarMap[str, str]
    def __init__(self, slug: _Optional[str] = ..., job_uid: _Optional[str] = ..., kind: _Optional[str] = ..., token: _Optional[bytes] = ..., run_id: _Optional[str] = ..., occurrence_id: _Optional[str] = ..., payload: _Optional[bytes] = ..., content_type: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., scheduled_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., attempt: _Optional[int] = ..., max_attempts: _Optional[int] = ..., fence: _Optional[int] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., previous_error: _Optional[str] = ..., previous_checkpoint: _Optional[bytes] = ..., trace_context: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Results(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[Result]
    def __init__(self, results: _Optional[_Iterable[_Union[Result, _Mapping]]] = ...) -> None: ...

class Result(_message.Message):
    __slots__ = ("slug", "token", "success", "failure", "released", "snoozed", "cancelled")
    SLUG_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    RELEASED_FIELD_NUMBER: _ClassVar[int]
    SNOOZED_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_FIELD_NUMBER: _ClassVar[int]
    slug: str
    token: bytes
    success: Success
    failure: Failure
    released: Released
    snoozed: Snoozed
    cancelled: Cancelled
    def __init__(self, slug: _Optional[str] = ..., token: _Optional[bytes] = ..., success: _Optional[_Union[Success, _Mapping]] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ..., released: _Optional[_Union[Released, _Mapping]] = ..., snoozed: _Optional[_Union[Snoozed, _Mapping]] = ..., cancelled: _Optional[_Union[Cancelled, _Mapping]] = ...) -> None: ...

class Success(_message.Message):
    __slots__ = ("result", "payload", "next_time", "last_run")
    RESULT_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    NEXT_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_RUN_FIELD_NUMBER: _ClassVar[int]
    result: bytes
    payload: bytes
    next_time: _timestamp_pb2.Timestamp
    last_run: bool
    def __init__(self, result: _Optional[bytes] = ..., payload: _Optional[bytes] = ..., next_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_run: bool = ...) -> None: ...

class Failure(_message.Message):
    __slots__ = ("error", "permanent", "retry_after")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    PERMANENT_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_FIELD_NUMBER: _ClassVar[int]
    error: str
    permanent: bool
    retry_after: _duration_pb2.Duration
    def __init__(self, error: _Optional[str] = ..., permanent: bool = ..., retry_after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Released(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Snoozed(_message.Message):
    __slots__ = ("delay",)
    DELAY_FIELD_NUMBER: _ClassVar[int]
    delay: _duration_pb2.Duration
    def __init__(self, delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Cancelled(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Receipts(_message.Message):
    __slots__ = ("receipts",)
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    receipts: _containers.RepeatedCompositeFieldContainer[Receipt]
    def __init__(self, receipts: _Optional[_Iterable[_Union[Receipt, _Mapping]]] = ...) -> None: ...

class Receipt(_message.Message):
    __slots__ = ("token", "state", "message")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    token: bytes
    state: ReceiptState
    message: str
    def __init__(self, token: _Optional[bytes] = ..., state: _Optional[_Union[ReceiptState, str]] = ..., message: _Optional[str] = ...) -> None: ...

class ProgressReports(_message.Message):
    __slots__ = ("reports",)
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    reports: _containers.RepeatedCompositeFieldContainer[ProgressReport]
    def __init__(self, reports: _Optional[_Iterable[_Union[ProgressReport, _Mapping]]] = ...) -> None: ...

class ProgressReport(_message.Message):
    __slots__ = ("slug", "token", "progress", "note", "checkpoint")
    SLUG_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    slug: str
    token: bytes
    progress: float
    note: str
    checkpoint: bytes
    def __init__(self, slug: _Optional[str] = ..., token: _Optional[bytes] = ..., progress: _Optional[float] = ..., note: _Optional[str] = ..., checkpoint: _Optional[bytes] = ...) -> None: ...

class Cancellations(_message.Message):
    __slots__ = ("cancellations",)
    CANCELLATIONS_FIELD_NUMBER: _ClassVar[int]
    cancellations: _containers.RepeatedCompositeFieldContainer[Cancellation]
    def __init__(self, cancellations: _Optional[_Iterable[_Union[Cancellation, _Mapping]]] = ...) -> None: ...

class Cancellation(_message.Message):
    __slots__ = ("slug", "token", "reason")
    SLUG_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    slug: str
    token: bytes
    reason: CancelReason
    def __init__(self, slug: _Optional[str] = ..., token: _Optional[bytes] = ..., reason: _Optional[_Union[CancelReason, str]] = ...) -> None: ...

class DrainRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DrainNotice(_message.Message):
    __slots__ = ("grace", "reconnect_delay")
    GRACE_FIELD_NUMBER: _ClassVar[int]
    RECONNECT_DELAY_FIELD_NUMBER: _ClassVar[int]
    grace: _duration_pb2.Duration
    reconnect_delay: _duration_pb2.Duration
    def __init__(self, grace: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., reconnect_delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Ping(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
