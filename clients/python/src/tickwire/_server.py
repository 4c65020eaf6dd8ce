"""Workers and servers, as a server knows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tickwire._kind import KindStats


@dataclass(frozen=True, kw_only=True)
class KindPlaces:
    kind: str
    max_tasks: int | None
    """None: bounded by the worker's alone."""


@dataclass(frozen=True, kw_only=True)
class WorkerStatus:
    """A connected worker."""

    worker_id: str
    server_id: str
    client: str
    """Library and version."""
    info: Mapping[str, str]
    max_tasks: int
    """Tasks it runs at once."""
    kinds: tuple[KindPlaces, ...]
    """The kinds that it serves."""
    running: int
    """Tasks that it holds."""
    draining: bool
    connect_time: datetime | None
    last_seen_time: datetime | None


@dataclass(frozen=True, kw_only=True)
class ServerStatus:
    """A running server."""

    server_id: str
    version: str
    start_time: datetime | None
    renew_time: datetime | None
    workers: int


@dataclass(frozen=True, kw_only=True)
class Stats:
    kinds: tuple[KindStats, ...]
    servers: tuple[ServerStatus, ...]


@dataclass(frozen=True, kw_only=True)
class ServerInfo:
    version: str
    server_id: str
    min_protocol_revision: int
    """Of the worker protocol."""
    max_protocol_revision: int
    store: str
    """"memory", "sqlite", "mongodb", "postgres"."""
    limits: Mapping[str, int]
