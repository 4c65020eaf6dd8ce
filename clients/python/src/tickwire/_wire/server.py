"""Workers and servers."""

from tickwire._server import KindPlaces, ServerInfo, ServerStatus, Stats, WorkerStatus
from tickwire._wire.kind import from_wire_kind_stats
from tickwire._wire.time import datetime_of
from tickwire.v1 import scheduler_pb2 as pb
from tickwire.v1 import worker_pb2


def from_wire_worker(wire: pb.WorkerStatus) -> WorkerStatus:
    return WorkerStatus(
        worker_id=wire.worker_id,
        server_id=wire.server_id,
        client=wire.client,
        info=dict(wire.info),
        max_tasks=wire.capacity.max_tasks,
        kinds=tuple(_places_of(one) for one in wire.capacity.kinds),
        running=wire.running,
        draining=wire.draining,
        connect_time=datetime_of(wire, "connect_time"),
        last_seen_time=datetime_of(wire, "last_seen_time"),
    )


def _places_of(wire: worker_pb2.KindCapacity) -> KindPlaces:
    max_tasks = wire.max_tasks if wire.HasField("max_tasks") else None
    return KindPlaces(kind=wire.kind, max_tasks=max_tasks)


def from_wire_stats(wire: pb.GetStatsResponse) -> Stats:
    servers = tuple(
        ServerStatus(
            server_id=one.server_id,
            version=one.version,
            start_time=datetime_of(one, "start_time"),
            renew_time=datetime_of(one, "renew_time"),
            workers=one.workers,
        )
        for one in wire.servers
    )
    return Stats(kinds=tuple(from_wire_kind_stats(one) for one in wire.kinds), servers=servers)


def from_wire_server_info(wire: pb.GetServerInfoResponse) -> ServerInfo:
    return ServerInfo(
        version=wire.version,
        server_id=wire.server_id,
        min_protocol_revision=wire.min_protocol_revision,
        max_protocol_revision=wire.max_protocol_revision,
        store=wire.store,
        limits=dict(wire.limits),
    )
