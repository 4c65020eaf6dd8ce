"""Enums by their names, in the order of their numbers; number 0 is always "not said"."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

from tickwire._errors import bad_field
from tickwire.v1 import job_pb2, run_pb2, scheduler_pb2


class EnumTable:
    """One enum, in lower case and without its prefix."""

    def __init__(self, enum: EnumTypeWrapper, prefix: str) -> None:
        self._names: Mapping[int, str] = {
            number: name.removeprefix(prefix).lower() for name, number in enum.items() if number
        }
        self._numbers = {name: number for number, name in self._names.items()}

    def name(self, number: int) -> Any:
        """None for 0; "unknown" for a number that this version has no name for."""
        return None if number == 0 else self._names.get(number, "unknown")

    def some_name(self, number: int) -> Any:
        """The same where something must be said."""
        return self.name(number) or "unknown"

    def number(self, name: str | None, field: str) -> Any:
        """0 where nothing is said. What came from a newer server, and has no name here, can't be
        sent back: nothing is said instead. Raises BadFieldError on a name that is none."""
        if name is None or name == "unknown":
            return 0
        number = self._numbers.get(name)
        if number is None:
            raise bad_field(field, f"{name!r} is none of {', '.join(self._numbers)}")
        return number


JOB_STATES = EnumTable(job_pb2.JobState, "JOB_STATE_")
DEAD_REASONS = EnumTable(job_pb2.DeadReason, "DEAD_REASON_")
WAIT_REASONS = EnumTable(job_pb2.WaitReason, "WAIT_REASON_")
PRIORITIES = EnumTable(job_pb2.Priority, "PRIORITY_")
CRON_DIALECTS = EnumTable(job_pb2.CronDialect, "CRON_DIALECT_")
INTERVAL_BASES = EnumTable(job_pb2.IntervalBasis, "INTERVAL_BASIS_")
EXHAUSTED_ACTIONS = EnumTable(job_pb2.ExhaustedAction, "EXHAUSTED_ACTION_")
MISFIRE_POLICIES = EnumTable(job_pb2.MisfirePolicy, "MISFIRE_POLICY_")
RUN_STATES = EnumTable(run_pb2.RunState, "RUN_STATE_")
RUN_CAUSES = EnumTable(run_pb2.RunCause, "RUN_CAUSE_")
CONFLICT_POLICIES = EnumTable(scheduler_pb2.ConflictPolicy, "CONFLICT_POLICY_")
SCHEDULE_OUTCOMES = EnumTable(scheduler_pb2.ScheduleOutcome, "SCHEDULE_OUTCOME_")
VIEWS = EnumTable(scheduler_pb2.View, "VIEW_")
