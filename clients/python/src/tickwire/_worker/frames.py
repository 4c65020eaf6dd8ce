"""A frame takes at most 1 MiB, or holds one item."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

_LIMIT = 1024 * 1024 - 64
"""A little is left for what surrounds the items."""


def in_frames(items: Iterable[T], size_of: Callable[[T], int]) -> list[list[T]]:
    """Cuts a list into parts that fit a frame each."""
    parts: list[list[T]] = []
    size = 0
    for item in items:
        more = size_of(item)
        if not parts or size + more > _LIMIT:
            parts.append([])
            size = 0
        parts[-1].append(item)
        size += more
    return parts
