"""Runs."""

from tickwire._run import Run
from tickwire._wire.enums import RUN_CAUSES, RUN_STATES
from tickwire._wire.time import datetime_of
from tickwire.v1 import run_pb2 as pb


def from_wire_run(wire: pb.Run) -> Run:
    return Run(
        run_id=wire.run_id,
        occurrence_id=wire.occurrence_id,
        slug=wire.slug,
        job_uid=wire.job_uid,
        kind=wire.kind,
        attempt=wire.attempt,
        state=RUN_STATES.some_name(wire.state),
        cause=RUN_CAUSES.some_name(wire.cause),
        scheduled_time=datetime_of(wire, "scheduled_time"),
        due_time=datetime_of(wire, "due_time"),
        start_time=datetime_of(wire, "start_time"),
        end_time=datetime_of(wire, "end_time"),
        error=wire.error,
        result=wire.result,
        result_truncated=wire.result_truncated,
        worker_id=wire.worker_id,
        server_id=wire.server_id,
    )
