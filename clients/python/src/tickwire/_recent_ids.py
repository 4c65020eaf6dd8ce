"""The newest ids, each once; of too many the oldest are forgotten."""

_MOST = 10_000
"""As many as a server keeps for a watcher that is slow."""


class RecentIds:
    def __init__(self) -> None:
        self._ids: dict[str, None] = {}

    def add(self, one: str) -> bool:
        """False where it is there already."""
        if one in self._ids:
            return False
        self._ids[one] = None
        if len(self._ids) > _MOST:
            del self._ids[next(iter(self._ids))]
        return True
