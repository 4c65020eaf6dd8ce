"""Jobs."""

from collections.abc import Mapping

from tickwire._errors import bad_field
from tickwire._job import CurrentTask, Job, JobCounts, JobSpec
from tickwire._payload import encode_payload
from tickwire._wire.enums import DEAD_REASONS, JOB_STATES, PRIORITIES, WAIT_REASONS
from tickwire._wire.kind import from_wire_pause
from tickwire._wire.policy import from_wire_policy, to_wire_policy
from tickwire._wire.time import datetime_of
from tickwire._wire.trigger import from_wire_trigger, to_wire_trigger
from tickwire.v1 import job_pb2 as pb


def to_wire_job(job: JobSpec) -> pb.Job:
    """Only the fields that a caller sets: what the server ignores is not sent."""
    data, content_type = _payload_of(job.payload)
    trigger, policy = job.trigger, job.policy
    return pb.Job(
        slug=job.slug,
        kind=job.kind,
        payload=data,
        content_type=content_type if job.content_type is None else job.content_type,
        labels=labels_of(job.labels, "job.labels"),
        trigger=None if trigger is None else to_wire_trigger(trigger, "job.trigger"),
        policy=None if policy is None else to_wire_policy(policy, "job.policy"),
        priority=PRIORITIES.number(job.priority, "job.priority"),
    )


def _payload_of(payload: object) -> tuple[bytes, str]:
    if payload is None:
        return b"", ""
    try:
        return encode_payload(payload)
    except (TypeError, ValueError, RecursionError) as error:
        raise bad_field("job.payload", str(error)) from error


def labels_of(labels: Mapping[str, str] | None, field: str) -> dict[str, str]:
    for key, value in (labels or {}).items():
        if not isinstance(value, str):
            raise bad_field(f'{field}["{key}"]', f"not a string: {value!r}")
    return dict(labels or {})


def from_wire_job(wire: pb.Job) -> Job:
    effective = wire.effective_policy if wire.HasField("effective_policy") else None
    return Job(
        slug=wire.slug,
        kind=wire.kind,
        payload=wire.payload,
        content_type=wire.content_type,
        labels=dict(wire.labels),
        trigger=from_wire_trigger(wire.trigger),
        policy=from_wire_policy(wire.policy),
        priority=PRIORITIES.name(wire.priority),
        uid=wire.uid,
        etag=wire.etag,
        state=JOB_STATES.some_name(wire.state),
        pause=from_wire_pause(wire),
        dead_reason=DEAD_REASONS.name(wire.dead_reason),
        scheduled_time=datetime_of(wire, "scheduled_time"),
        due_time=datetime_of(wire, "due_time"),
        failures=wire.failures,
        last_error=wire.last_error,
        last_result=wire.last_result,
        last_end_time=datetime_of(wire, "last_end_time"),
        last_success_time=datetime_of(wire, "last_success_time"),
        current_task=_task_of(wire.current_task) if wire.HasField("current_task") else None,
        counts=_counts_of(wire.counts),
        create_time=datetime_of(wire, "create_time"),
        update_time=datetime_of(wire, "update_time"),
        expire_time=datetime_of(wire, "expire_time"),
        backfill_of=wire.backfill_of,
        effective_policy=None if effective is None else from_wire_policy(effective),
        waiting_for=WAIT_REASONS.name(wire.waiting_for),
    )


def _task_of(wire: pb.CurrentTask) -> CurrentTask:
    return CurrentTask(
        run_id=wire.run_id,
        occurrence_id=wire.occurrence_id,
        attempt=wire.attempt,
        worker_id=wire.worker_id,
        server_id=wire.server_id,
        start_time=datetime_of(wire, "start_time"),
        progress=wire.progress if wire.HasField("progress") else None,
        progress_note=wire.progress_note,
        progress_time=datetime_of(wire, "progress_time"),
    )


def _counts_of(wire: pb.JobCounts) -> JobCounts:
    return JobCounts(
        succeeded=wire.succeeded,
        failed=wire.failed,
        lost=wire.lost,
        cancelled=wire.cancelled,
        occurrences=wire.occurrences,
        missed=wire.missed,
        exhausted=wire.exhausted,
        released=wire.released,
        snoozed=wire.snoozed,
    )
