"""The waits between tries, in seconds. `unit` is drawn by the caller from [0, 1)."""

LONGEST_WITH_TASKS = 2.0
"""The longest wait between two tries with tasks in hand: their server waits 10 s for this worker,
so several tries must fit."""
_LONGEST = 10.0
_FIRST = 0.1


def reconnect_delay(failures: int, with_tasks: bool, unit: float) -> float:
    """The wait before the next try, after so many tries in a row that came to nothing (0: a
    stream that worked broke). Full jitter: uniform below a bound that doubles, so that the workers
    of a server that died do not come back at once.
    """
    longest = LONGEST_WITH_TASKS if with_tasks else _LONGEST
    return unit * min(_FIRST * 2.0 ** min(failures, 16), longest)


def try_timeout(timeouts: int, with_tasks: bool) -> float:
    """How long a try may take, from its start to the welcome, after so many in a row that took
    too long."""
    return min(LONGEST_WITH_TASKS * 2.0 ** min(timeouts, 16), _LONGEST) if with_tasks else _LONGEST


def drain_delay(told: float, unit: float) -> float:
    """The wait that a drain notice asks for: the span, and a random part of it more."""
    return min(max(told, 0.0), 300.0) * (1 + unit)
