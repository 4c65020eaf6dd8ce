"""Requests."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from google.protobuf.field_mask_pb2 import FieldMask

from tickwire._errors import TickwireError, bad_field, in_item
from tickwire._job import JobSpec
from tickwire._requests import JobFilter, RunFilter
from tickwire._wire.enums import CONFLICT_POLICIES, JOB_STATES, RUN_STATES
from tickwire._wire.job import labels_of, to_wire_job
from tickwire._wire.time import optional_duration, optional_timestamp
from tickwire.v1 import scheduler_pb2 as pb


def to_schedule_request(job: JobSpec) -> pb.ScheduleJobRequest:
    return pb.ScheduleJobRequest(
        job=to_wire_job(job),
        delay=optional_duration(job.delay, "delay"),
        on_conflict=CONFLICT_POLICIES.number(job.on_conflict, "on_conflict"),
        validate_only=job.validate_only,
        request_id=job.request_id,
    )


def to_schedule_requests(jobs: Iterable[JobSpec]) -> pb.ScheduleJobsRequest:
    requests = []
    for index, job in enumerate(jobs):
        try:
            requests.append(to_schedule_request(job))
        except TickwireError as error:
            raise in_item(f"requests[{index}]", error) from error
    return pb.ScheduleJobsRequest(requests=requests)


def to_update_request(
    job: JobSpec,
    *,
    update_mask: Iterable[str],
    etag: str,
    delay: timedelta | None,
    next_time: datetime | None,
) -> pb.UpdateJobRequest:
    if delay is not None and next_time is not None:
        raise bad_field("next", "delay and next_time exclude each other")
    wire = to_wire_job(job)
    wire.etag = etag
    return pb.UpdateJobRequest(
        job=wire,
        update_mask=FieldMask(paths=list(update_mask)),
        delay=optional_duration(delay, "delay"),
        next_time=optional_timestamp(next_time, "next_time"),
    )


def to_job_filter(given: JobFilter | None) -> pb.JobFilter | None:
    if given is None:
        return None
    return pb.JobFilter(
        slugs=given.slugs,
        slug_prefix=given.slug_prefix,
        kinds=given.kinds,
        states=[JOB_STATES.number(state, "filter.states") for state in given.states],
        labels=labels_of(given.labels, "filter.labels"),
        due_after=optional_timestamp(given.due_after, "filter.due_after"),
        due_before=optional_timestamp(given.due_before, "filter.due_before"),
    )


def to_run_filter(given: RunFilter | None) -> pb.RunFilter | None:
    if given is None:
        return None
    return pb.RunFilter(
        slug=given.slug,
        kinds=given.kinds,
        states=[RUN_STATES.number(state, "filter.states") for state in given.states],
        ended_after=optional_timestamp(given.ended_after, "filter.ended_after"),
        ended_before=optional_timestamp(given.ended_before, "filter.ended_before"),
    )
