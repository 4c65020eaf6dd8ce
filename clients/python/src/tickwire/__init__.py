"""Schedule jobs on a Tickwire server, and run them: an asyncio client and worker."""

from tickwire._connection import Tls
from tickwire._errors import TickwireError
from tickwire._kind import KindSpec
from tickwire._worker.abort import AbortCause, TaskAborted
from tickwire._worker.outcome import (
    Ending,
    PermanentError,
    RetryAfterError,
    complete,
    release,
    snooze,
)
from tickwire._worker.task import Task
from tickwire._worker.worker import Worker

__all__ = [
    "AbortCause",
    "Ending",
    "KindSpec",
    "PermanentError",
    "RetryAfterError",
    "Task",
    "TaskAborted",
    "TickwireError",
    "Tls",
    "Worker",
    "complete",
    "release",
    "snooze",
]
