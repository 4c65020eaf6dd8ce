"""Whether a call may be sent again after UNAVAILABLE, when nobody knows whether it was carried out.

It may where the repeat changes nothing more: reads; calls that carry a request_id; those that name
the version (etag) or run that they mean. Not where it could undo what another caller did in
between: delete a job that was created anew, pause what was just resumed.
"""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import Message

from tickwire.v1 import scheduler_pb2 as pb


def _always(_: Any) -> bool:
    return True


def _never(_: Any) -> bool:
    return False


def _only_counting(request: Any) -> bool:
    return bool(request.validate_only)


REPEATABLE: Mapping[str, Callable[[Any], bool]] = {
    "RegisterKind": lambda request: not request.kind.etag,
    "GetKind": _always,
    "ListKinds": _always,
    "DeleteKind": _never,
    "PauseKind": _never,
    "ResumeKind": _never,
    "ScheduleJob": _always,
    "ScheduleJobs": _always,
    "GetJob": _always,
    "ListJobs": _always,
    "ListJobSlugs": _always,
    "UpdateJob": _never,
    "DeleteJob": lambda request: bool(request.etag),
    "ClearJobs": _only_counting,
    "PauseJob": _never,
    "ResumeJob": _never,
    "RunJob": _always,
    "RequeueJobs": _only_counting,
    # Its jobs are named by slug and occurrence, and kept for a day: a repeat stores none twice.
    "BackfillJob": _always,
    "CancelRun": lambda request: bool(request.run_id),
    "PreviewTrigger": _always,
    "ListRuns": _always,
    "WatchRuns": _always,
    "ListWorkers": _always,
    "GetStats": _always,
    "GetServerInfo": _always,
}


def method_of(request: Message) -> str:
    """The call that a message is the request of: GetJobRequest is GetJob's."""
    return type(request).__name__.removesuffix("Request")


def name_call(request: Message) -> None:
    """Before the first try: names the call, so that a repeat is known as one."""
    if isinstance(request, pb.ScheduleJobRequest | pb.RunJobRequest):
        request.request_id = request.request_id or str(uuid.uuid4())
    elif isinstance(request, pb.ScheduleJobsRequest):
        for one in request.requests:
            name_call(one)


def mark_repeat(request: Message) -> None:
    """Before every further try: a job that an earlier try stored, and that ran and is gone, is not
    stored again."""
    if isinstance(request, pb.ScheduleJobRequest):
        request.retry = True
    elif isinstance(request, pb.ScheduleJobsRequest):
        for one in request.requests:
            one.retry = True
