"""Who is asked after whom: each server at most once in a round, and the one that was left when
it began only after all others.

    asked in vain ... -> all were asked -> begin -> ...
    one served -> begin: what comes after it is another round
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar


class Addressed(Protocol):
    @property
    def address(self) -> str: ...


A = TypeVar("A", bound=Addressed)


class Round:
    def __init__(self) -> None:
        self._asked: set[str] = set()
        self._last: str | None = None
        self._left: str | None = None

    def rest(self, everyone: Sequence[A]) -> list[A]:
        """Those that may be asked next; none where the round is over."""
        unasked = [one for one in everyone if one.address not in self._asked]
        others = [one for one in unasked if one.address != self._left]
        return others or unasked

    def asked(self, one: Addressed) -> None:
        self._asked.add(one.address)
        self._last = one.address

    def begin(self) -> None:
        self._asked.clear()
        self._left = self._last
