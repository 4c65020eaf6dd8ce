"""Why a task was aborted."""

from typing import Literal

AbortCause = Literal["cancelled", "timed_out", "lease_lost", "deleted", "stopping"]
"""Why a task was aborted:

- `cancelled`: a caller asked for it;
- `timed_out`: it outlasted its time limit;
- `lease_lost`: the attempt is somebody else's now;
- `deleted`: its job is gone;
- `stopping`: this worker stops, and its grace is over.
"""

_MESSAGES: dict[AbortCause, str] = {
    "cancelled": "the run was cancelled",
    "timed_out": "the run outlasted its time limit",
    "lease_lost": "the task is no longer this worker's",
    "deleted": "the job was deleted",
    "stopping": "the worker stops",
}


class TaskAborted(Exception):
    """What `task.raise_if_aborted()` raises. A handler that lets it pass has not failed."""

    def __init__(self, why: AbortCause) -> None:
        super().__init__(_MESSAGES[why])
        self.why: AbortCause = why
