"""Plays the steps of a task's payload."""

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tickwire import (
    PermanentError,
    RetryAfterError,
    Task,
    complete,
    release,
    snooze,
)

Emit = Callable[..., None]


class Gates:
    """Each is opened once, and stays open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._gates: dict[str, threading.Event] = {}
        self._waiters: dict[str, list[asyncio.Future[None]]] = {}

    def _gate(self, name: str) -> threading.Event:
        with self._lock:
            return self._gates.setdefault(name, threading.Event())

    def open(self, name: str) -> None:
        self._gate(name).set()
        for waiter in self._waiters.pop(name, []):
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, name: str) -> None:
        while not self._gate(name).is_set():
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.setdefault(name, []).append(waiter)
            await waiter

    def block(self, name: str) -> None:
        self._gate(name).wait()


def steps_of(task: Task) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = task.json()["steps"] if task.payload else []
    return steps


async def play(task: Task, gates: Gates, emit: Emit) -> Any:
    aborted: asyncio.CancelledError | None = None
    for step in steps_of(task):
        if "await" in step:
            while True:
                try:
                    await gates.wait(step["await"])
                    break
                except asyncio.CancelledError as error:
                    # Whatever is aborted, a gate is waited for.
                    aborted = error
        elif "awaitAbort" in step:
            if aborted is None:
                try:
                    await asyncio.get_running_loop().create_future()
                except asyncio.CancelledError as error:
                    aborted = error
            emit("aborted", slug=task.slug, why=task.aborted_by)
        elif "rethrow" in step:
            raise aborted if aborted is not None else asyncio.CancelledError
        elif is_end(step):
            return end(step)
        else:
            say(task, step, emit)
    return None


def play_blocking(task: Task, gates: Gates, emit: Emit) -> Any:
    for step in steps_of(task):
        if "await" in step:
            gates.block(step["await"])
        elif "awaitAbort" in step:
            task.wait_aborted()
            emit("aborted", slug=task.slug, why=task.aborted_by)
        elif "rethrow" in step:
            task.raise_if_aborted()
        elif is_end(step):
            return end(step)
        else:
            say(task, step, emit)
    return None


def say(task: Task, step: dict[str, Any], emit: Emit) -> None:
    """The steps that neither wait nor end."""
    if "progress" in step or "note" in step:
        task.progress(step.get("progress"), step.get("note"))
    elif "checkpoint" in step:
        task.checkpoint(step["checkpoint"])
    elif "emit" in step:
        emit("step", slug=task.slug, name=step["emit"])


ENDS = {
    "return",
    "returnJson",
    "complete",
    "fail",
    "permanent",
    "retryAfter",
    "snooze",
    "release",
    "panic",
}


def is_end(step: dict[str, Any]) -> bool:
    return not ENDS.isdisjoint(step)


def end(step: dict[str, Any]) -> Any:
    match step:
        case {"return": text}:
            return text.encode()
        case {"returnJson": value}:
            return value
        case {"complete": said}:
            time = said.get("nextTime")
            return complete(
                said.get("result"),
                payload=said.get("payload"),
                next_time=None if time is None else datetime.fromisoformat(time),
                last_run=said.get("lastRun", False),
            )
        case {"fail": message}:
            raise Exception(message)
        case {"panic": message}:
            raise Exception(message)
        case {"permanent": message}:
            raise PermanentError(message)
        case {"retryAfter": {"message": message, "ms": ms}}:
            raise RetryAfterError(message, timedelta(milliseconds=ms))
        case {"snooze": ms}:
            return snooze(timedelta(milliseconds=ms))
        case _:
            return release()
