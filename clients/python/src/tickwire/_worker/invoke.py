"""Runs one task: a coroutine on the event loop, a plain function in a thread."""

import asyncio
import contextvars
import inspect
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from tickwire._payload import cut_text, encode_payload
from tickwire._worker.outcome import (
    Ending,
    Failure,
    Outcome,
    PermanentError,
    RetryAfterError,
    Success,
)

if TYPE_CHECKING:
    from tickwire._worker.task import Task

Handler = Callable[["Task"], object]
"""Runs one task. What it returns, or what its coroutine does, is the result: nothing (None), bytes,
a str, anything else as JSON, or more by `complete`, `snooze` or `release`. What it raises is a
failure."""

_ERROR_LIMIT = 8 * 1024
"""The server keeps so much of an error."""


def is_async(handler: Handler) -> bool:
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(
        getattr(handler, "__call__", None)  # noqa: B004
    )


async def invoke(
    handler: Handler, task: "Task", executor: Executor | None, begin: Callable[[], None]
) -> tuple[Outcome, BaseException | None]:
    """The outcome, and what the handler raised. Raises what is no Exception, but for a cancellation
    and SystemExit.
    Without an executor the handler is a coroutine function. `begin` is called before a coroutine
    is awaited, be it one that a plain function gave back: from there on it may be cancelled."""
    try:
        if executor is None:
            answer = handler(task)
        else:
            context = contextvars.copy_context()
            running = asyncio.get_running_loop().run_in_executor(
                executor, context.run, _in_thread, handler, task
            )
            answer = await running
        if inspect.isawaitable(answer):
            begin()
            answer = await answer
    except (Exception, asyncio.CancelledError, SystemExit) as error:
        return outcome_of_raised(error), error
    return outcome_of_answer(answer), None


def _in_thread(handler: Handler, task: "Task") -> object:
    try:
        return handler(task)
    except StopIteration as error:
        # No future takes one: whoever waits for the thread would wait for ever.
        raise RuntimeError("the handler raised StopIteration") from error


def outcome_of_answer(answer: object) -> Outcome:
    if answer is None:
        return Success()
    if isinstance(answer, Ending):
        # Only the classes of outcome.py are endings.
        return answer  # type: ignore[return-value]
    try:
        return Success(encode_payload(answer)[0])
    except Exception as error:
        return failure(f"the handler's result can't be sent: {describe(error)}")


def outcome_of_raised(error: BaseException) -> Outcome:
    retry_after = error.retry_after if isinstance(error, RetryAfterError) else None
    return Failure(
        cut_text(describe(error), _ERROR_LIMIT), isinstance(error, PermanentError), retry_after
    )


def failure(error: str) -> Failure:
    return Failure(cut_text(error, _ERROR_LIMIT))


def describe(error: BaseException, depth: int = 0) -> str:
    """An error's message and those of its causes; the traceback stays here."""
    try:
        message = str(error)
    except Exception:
        message = ""
    plain = type(error) is Exception or isinstance(error, (PermanentError, RetryAfterError))
    name = type(error).__name__
    text = message if plain and message else f"{name}: {message}" if message else name
    if error.__cause__ is None or depth == 4:
        return text
    return f"{text}: {describe(error.__cause__, depth + 1)}"
