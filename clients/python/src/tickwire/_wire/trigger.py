"""Triggers."""

from tickwire._errors import bad_field
from tickwire._trigger import Cron, Interval, Once, Trigger
from tickwire._wire.enums import CRON_DIALECTS, INTERVAL_BASES
from tickwire._wire.number import int64
from tickwire._wire.time import (
    datetime_of,
    optional_duration,
    optional_timestamp,
    timedelta_of,
    to_duration,
    to_timedelta,
)
from tickwire.v1 import job_pb2 as pb


def to_wire_trigger(trigger: Trigger, field: str) -> pb.Trigger:
    wire = _schedule(trigger, field)
    wire.max_occurrences = int64(trigger.max_occurrences, f"{field}.max_occurrences")
    wire.MergeFrom(
        pb.Trigger(
            start_time=optional_timestamp(trigger.start_time, f"{field}.start_time"),
            end_time=optional_timestamp(trigger.end_time, f"{field}.end_time"),
            jitter=optional_duration(trigger.jitter, f"{field}.jitter"),
        )
    )
    return wire


def _schedule(trigger: Trigger, field: str) -> pb.Trigger:
    match trigger:
        case Cron():
            dialect = CRON_DIALECTS.number(trigger.dialect, f"{field}.cron.dialect")
            cron = pb.CronTrigger(
                expression=trigger.expression, time_zone=trigger.time_zone, dialect=dialect
            )
            return pb.Trigger(cron=cron)
        case Interval():
            interval = pb.IntervalTrigger(
                every=to_duration(trigger.every, f"{field}.interval.every"),
                basis=INTERVAL_BASES.number(trigger.basis, f"{field}.interval.basis"),
                anchor_time=optional_timestamp(
                    trigger.anchor_time, f"{field}.interval.anchor_time"
                ),
            )
            return pb.Trigger(interval=interval)
        case Once():
            time = optional_timestamp(trigger.time, f"{field}.once.time")
            return pb.Trigger(once=pb.OnceTrigger(time=time))
    raise bad_field(field, f"none of Cron, Interval and Once: {trigger!r}")


def from_wire_trigger(wire: pb.Trigger) -> Trigger | None:
    start_time = datetime_of(wire, "start_time")
    end_time = datetime_of(wire, "end_time")
    max_occurrences = wire.max_occurrences or None
    jitter = timedelta_of(wire, "jitter")
    match wire.WhichOneof("schedule"):
        case "cron":
            return Cron(
                wire.cron.expression,
                time_zone=wire.cron.time_zone or None,
                dialect=CRON_DIALECTS.name(wire.cron.dialect),
                start_time=start_time,
                end_time=end_time,
                max_occurrences=max_occurrences,
                jitter=jitter,
            )
        case "interval":
            return Interval(
                to_timedelta(wire.interval.every),
                basis=INTERVAL_BASES.name(wire.interval.basis),
                anchor_time=datetime_of(wire.interval, "anchor_time"),
                start_time=start_time,
                end_time=end_time,
                max_occurrences=max_occurrences,
                jitter=jitter,
            )
        case "once":
            return Once(
                datetime_of(wire.once, "time"),
                start_time=start_time,
                end_time=end_time,
                max_occurrences=max_occurrences,
                jitter=jitter,
            )
    return None
