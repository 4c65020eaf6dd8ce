import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class JobState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JOB_STATE_UNSPECIFIED: _ClassVar[JobState]
    JOB_STATE_SCHEDULED: _ClassVar[JobState]
    JOB_STATE_RUNNING: _ClassVar[JobState]
    JOB_STATE_RETRYING: _ClassVar[JobState]
    JOB_STATE_PAUSED: _ClassVar[JobState]
    JOB_STATE_DEAD: _ClassVar[JobState]
    JOB_STATE_COMPLETED: _ClassVar[JobState]

class DeadReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEAD_REASON_UNSPECIFIED: _ClassVar[DeadReason]
    DEAD_REASON_EXHAUSTED: _ClassVar[DeadReason]
    DEAD_REASON_PERMANENT_FAILURE: _ClassVar[DeadReason]
    DEAD_REASON_TRIGGER_ERROR: _ClassVar[DeadReason]
    DEAD_REASON_CANCELLED: _ClassVar[DeadReason]

class WaitReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WAIT_REASON_UNSPECIFIED: _ClassVar[WaitReason]
    WAIT_REASON_NO_WORKER: _ClassVar[WaitReason]
    WAIT_REASON_WORKERS_FULL: _ClassVar[WaitReason]
    WAIT_REASON_MAX_RUNNING: _ClassVar[WaitReason]
    WAIT_REASON_KIND_PAUSED: _ClassVar[WaitReason]

class Priority(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRIORITY_UNSPECIFIED: _ClassVar[Priority]
    PRIORITY_LOW: _ClassVar[Priority]
    PRIORITY_NORMAL: _ClassVar[Priority]
    PRIORITY_HIGH: _ClassVar[Priority]
    PRIORITY_URGENT: _ClassVar[Priority]

class CronDialect(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CRON_DIALECT_UNSPECIFIED: _ClassVar[CronDialect]
    CRON_DIALECT_UNIX: _ClassVar[CronDialect]
    CRON_DIALECT_QUARTZ: _ClassVar[CronDialect]

class IntervalBasis(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INTERVAL_BASIS_UNSPECIFIED: _ClassVar[IntervalBasis]
    INTERVAL_BASIS_FIXED_RATE: _ClassVar[IntervalBasis]
    INTERVAL_BASIS_FIXED_DELAY: _ClassVar[IntervalBasis]

class ExhaustedAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXHAUSTED_ACTION_UNSPECIFIED: _ClassVar[ExhaustedAction]
    EXHAUSTED_ACTION_NEXT_OCCURRENCE: _ClassVar[ExhaustedAction]
    EXHAUSTED_ACTION_DEAD: _ClassVar[ExhaustedAction]

class MisfirePolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MISFIRE_POLICY_UNSPECIFIED: _ClassVar[MisfirePolicy]
    MISFIRE_POLICY_FIRE_ONCE: _ClassVar[MisfirePolicy]
    MISFIRE_POLICY_SKIP: _ClassVar[MisfirePolicy]
    MISFIRE_POLICY_REPLAY: _ClassVar[MisfirePolicy]
JOB_STATE_UNSPECIFIED: JobState
JOB_STATE_SCHEDULED: JobState
JOB_STATE_RUNNING: JobState
JOB_STATE_RETRYING: JobState
JOB_STATE_PAUSED: JobState
JOB_STATE_DEAD: JobState
JOB_STATE_COMPLETED: JobState
DEAD_REASON_UNSPECIFIED: DeadReason
DEAD_REASON_EXHAUSTED: DeadReason
DEAD_REASON_PERMANENT_FAILURE: DeadReason
DEAD_REASON_TRIGGER_ERROR: DeadReason
DEAD_REASON_CANCELLED: DeadReason
WAIT_REASON_UNSPECIFIED: WaitReason
WAIT_REASON_NO_WORKER: WaitReason
WAIT_REASON_WORKERS_FULL: WaitReason
WAIT_REASON_MAX_RUNNING: WaitReason
WAIT_REASON_KIND_PAUSED: WaitReason
PRIORITY_UNSPECIFIED: Priority
PRIORITY_LOW: Priority
PRIORITY_NORMAL: Priority
PRIORITY_HIGH: Priority
PRIORITY_URGENT: Priority
CRON_DIALECT_UNSPECIFIED: CronDialect
CRON_DIALECT_UNIX: CronDialect
CRON_DIALECT_QUARTZ: CronDialect
INTERVAL_BASIS_UNSPECIFIED: IntervalBasis
INTERVAL_BASIS_FIXED_RATE: IntervalBasis
INTERVAL_BASIS_FIXED_DELAY: IntervalBasis
EXHAUSTED_ACTION_UNSPECIFIED: ExhaustedAction
EXHAUSTED_ACTION_NEXT_OCCURRENCE: ExhaustedAction
EXHAUSTED_ACTION_DEAD: ExhaustedAction
MISFIRE_POLICY_UNSPECIFIED: MisfirePolicy
MISFIRE_POLICY_FIRE_ONCE: MisfirePolicy
MISFIRE_POLICY_SKIP: MisfirePolicy
MISFIRE_POLICY_REPLAY: MisfirePolicy

class Job(_message.Message):
    __slots__ = ("slug", "kind", "payload", "content_type", "labels", "trigger", "policy", "priority", "uid", "etag", "state", "pause", "dead_reason", "scheduled_time", "due_time", "failures", "last_error", "last_result", "last_end_time", "last_success_time", "current_task", "counts", "create_time", "update_time", "expire_time", "backfill_of", "effective_policy", "waiting_for")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SLUG_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PAUSE_FIELD_NUMBER: _ClassVar[int]
    DEAD_REASON_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_TIME_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    LAST_RESULT_FIELD_NUMBER: _ClassVar[int]
    LAST_END_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_SUCCESS_TIME_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TASK_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    BACKFILL_OF_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_POLICY_FIELD_NUMBER: _ClassVar[int]
    WAITING_FOR_FIELD_NUMBER: _ClassVar[int]
    slug: str
    kind: str
    payload: bytes
    content_type: str
    labels: _containers.ScalarMap[str, str]
    trigger: Trigger
    policy: Policy
    priority: Priority
    uid: str
    etag: str
    state: JobState
    pause: Pause
    dead_reason: DeadReason
    scheduled_time: _timestamp_pb2.Timestamp
    due_time: _timestamp_pb2.Timestamp
    failures: int
    last_error: str
    last_result: bytes
    last_end_time: _timestamp_pb2.Timestamp
    last_success_time: _timestamp_pb2.Timestamp
    current_task: CurrentTask
    counts: JobCounts
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    backfill_of: str
    effective_policy: Policy
    waiting_for: WaitReason
    def __init__(self, slug: _Optional[str] = ..., kind: _Optional[str] = ..., payload: _Optional[bytes] = ..., content_type: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., trigger: _Optional[_Union[Trigger, _Mapping]] = ..., policy: _Optional[_Union[Policy, _Mapping]] = ..., priority: _Optional[_Union[Priority, str]] = ..., uid: _Optional[str] = ..., etag: _Optional[str] = ..., state: _Optional[_Union[JobState, str]] = ..., pause: _Optional[_Union[Pause, _Mapping]] = ..., dead_reason: _Optional[_Union[DeadReason, str]] = ..., scheduled_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., failures: _Optional[int] = ..., last_error: _Optional[str] = ..., last_result: _Optional[bytes] = ..., last_end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_success_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., current_task: _Optional[_Union[CurrentTask, _Mapping]] = ..., counts: _Optional[_Union[JobCounts, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., backfill_of: _Optional[str] = ..., effective_policy: _Optional[_Union[Policy, _Mapping]] = ..., waiting_for: _Optional[_Union[WaitReason, str]] = ...) -> None: ...

class Pause(_message.Message):
    __slots__ = ("reason", "pause_time")
    REASON_FIELD_NUMBER: _ClassVar[int]
    PAUSE_TIME_FIELD_NUMBER: _ClassVar[int]
    reason: str
    pause_time: _timestamp_pb2.Timestamp
    def __init__(self, reason: _Optional[str] = ..., pause_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CurrentTask(_message.Message):
    __slots__ = ("run_id", "occurrence_id", "attempt", "worker_id", "server_id", "start_time", "progress", "progress_note", "progress_time")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRENCE_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    WORKER_ID_FIELD_NUMBER: _ClassVar[int]
    SERVER_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_NOTE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_TIME_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    occurrence_id: str
    attempt: int
    worker_id: str
    server_id: str
    start_time: _timestamp_pb2.Timestamp
    progress: float
    progress_note: str
    progress_time: _timestamp_pb2.Timestamp
    def __init__(self, run_id: _Optional[str] = ..., occurrence_id: _Optional[str] = ..., attempt: _Optional[int] = ..., worker_id: _Optional[str] = ..., server_id: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., progress: _Optional[float] = ..., progress_note: _Optional[str] = ..., progress_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class JobCounts(_message.Message):
    __slots__ = ("succeeded", "failed", "lost", "cancelled", "occurrences", "missed", "exhausted", "released", "snoozed")
    SUCCEEDED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    LOST_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_FIELD_NUMBER: _ClassVar[int]
    OCCURRENCES_FIELD_NUMBER: _ClassVar[int]
    MISSED_FIELD_NUMBER: _ClassVar[int]
    EXHAUSTED_FIELD_NUMBER: _ClassVar[int]
    RELEASED_FIELD_NUMBER: _ClassVar[int]
    SNOOZED_FIELD_NUMBER: _ClassVar[int]
    succeeded: int
    failed: int
    lost: int
    cancelled: int
    occurrences: int
    missed: int
    exhausted: int
    released: int
    snoozed: int
    def __init__(self, succeeded: _Optional[int] = ..., failed: _Optional[int] = ..., lost: _Optional[int] = ..., cancelled: _Optional[int] = ..., occurrences: _Optional[int] = ..., missed: _Optional[int] = ..., exhausted: _Optional[int] = ..., released: _Optional[int] = ..., snoozed: _Optional[int] = ...) -> None: ...

class Trigger(_message.Message):
    __slots__ = ("cron", "interval", "once", "start_time", "end_time", "max_occurrences", "jitter")
    CRON_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    ONCE_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    MAX_OCCURRENCES_FIELD_NUMBER: _ClassVar[int]
    JITTER_FIELD_NUMBER: _ClassVar[int]
    cron: CronTrigger
    interval: IntervalTrigger
    once: OnceTrigger
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    max_occurrences: int
    jitter: _duration_pb2.Duration
    def __init__(self, cron: _Optional[_Union[CronTrigger, _Mapping]] = ..., interval: _Optional[_Union[IntervalTrigger, _Mapping]] = ..., once: _Optional[_Union[OnceTrigger, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., max_occurrences: _Optional[int] = ..., jitter: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class CronTrigger(_message.Message):
    __slots__ = ("expression", "time_zone", "dialect")
    EXPRESSION_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    DIALECT_FIELD_NUMBER: _ClassVar[int]
    expression: str
    time_zone: str
    dialect: CronDialect
    def __init__(self, expression: _Optional[str] = ..., time_zone: _Optional[str] = ..., dialect: _Optional[_Union[CronDialect, str]] = ...) -> None: ...

class IntervalTrigger(_message.Message):
    __slots__ = ("every", "basis", "anchor_time")
    EVERY_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_TIME_FIELD_NUMBER: _ClassVar[int]
    every: _duration_pb2.Duration
    basis: IntervalBasis
    anchor_time: _timestamp_pb2.Timestamp
    def __init__(self, every: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., basis: _Optional[_Union[IntervalBasis, str]] = ..., anchor_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OnceTrigger(_message.Message):
    __slots__ = ("time",)
    TIME_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Policy(_message.Message):
    __slots__ = ("retry", "timeout", "misfire", "misfire_grace", "max_replays", "job_retention", "run_retention")
    RETRY_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    MISFIRE_FIELD_NUMBER: _ClassVar[int]
    MISFIRE_GRACE_FIELD_NUMBER: _ClassVar[int]
    MAX_REPLAYS_FIELD_NUMBER: _ClassVar[int]
    JOB_RETENTION_FIELD_NUMBER: _ClassVar[int]
    RUN_RETENTION_FIELD_NUMBER: _ClassVar[int]
    retry: RetryPolicy
    timeout: _duration_pb2.Duration
    misfire: MisfirePolicy
    misfire_grace: _duration_pb2.Duration
    max_replays: int
    job_retention: _duration_pb2.Duration
    run_retention: _duration_pb2.Duration
    def __init__(self, retry: _Optional[_Union[RetryPolicy, _Mapping]] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., misfire: _Optional[_Union[MisfirePolicy, str]] = ..., misfire_grace: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., max_replays: _Optional[int] = ..., job_retention: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., run_retention: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class RetryPolicy(_message.Message):
    __slots__ = ("max_attempts", "initial_backoff", "max_backoff", "multiplier", "on_exhausted")
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    INITIAL_BACKOFF_FIELD_NUMBER: _ClassVar[int]
    MAX_BACKOFF_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    ON_EXHAUSTED_FIELD_NUMBER: _ClassVar[int]
    max_attempts: int
    initial_backoff: _duration_pb2.Duration
    max_backoff: _duration_pb2.Duration
    multiplier: float
    on_exhausted: ExhaustedAction
    def __init__(self, max_attempts: _Optional[int] = ..., initial_backoff: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., max_backoff: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., multiplier: _Optional[float] = ..., on_exhausted: _Optional[_Union[ExhaustedAction, str]] = ...) -> None: ...
