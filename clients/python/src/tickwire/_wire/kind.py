"""Kinds."""

from tickwire._kind import Kind, KindSpec, KindStats, Pause
from tickwire._wire.number import int32
from tickwire._wire.policy import from_wire_policy, to_wire_policy
from tickwire._wire.time import datetime_of, to_timedelta
from tickwire._wire.trigger import from_wire_trigger, to_wire_trigger
from tickwire.v1 import job_pb2
from tickwire.v1 import kind_pb2 as pb


def to_wire_kind(kind: KindSpec) -> pb.Kind:
    trigger, policy = kind.trigger, kind.policy
    return pb.Kind(
        name=kind.name,
        description=kind.description,
        trigger=None if trigger is None else to_wire_trigger(trigger, "kind.trigger"),
        policy=None if policy is None else to_wire_policy(policy, "kind.policy"),
        max_running=int32(kind.max_running, "kind.max_running"),
        etag=kind.etag,
    )


def from_wire_kind(wire: pb.Kind) -> Kind:
    return Kind(
        name=wire.name,
        description=wire.description,
        trigger=from_wire_trigger(wire.trigger),
        policy=from_wire_policy(wire.policy),
        max_running=wire.max_running,
        etag=wire.etag,
        pause=from_wire_pause(wire),
        create_time=datetime_of(wire, "create_time"),
        update_time=datetime_of(wire, "update_time"),
    )


def from_wire_pause(wire: pb.Kind | job_pb2.Job) -> Pause | None:
    if not wire.HasField("pause"):
        return None
    return Pause(reason=wire.pause.reason, pause_time=datetime_of(wire.pause, "pause_time"))


def from_wire_kind_stats(wire: pb.KindStats) -> KindStats:
    return KindStats(
        kind=wire.kind,
        scheduled=wire.scheduled,
        running=wire.running,
        retrying=wire.retrying,
        paused=wire.paused,
        dead=wire.dead,
        completed=wire.completed,
        estimated=wire.estimated,
        workers=wire.workers,
        free=wire.free,
        oldest_lateness=to_timedelta(wire.oldest_lateness),
    )
