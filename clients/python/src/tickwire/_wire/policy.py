"""Policies. What is unset stays unset, so that it is inherited."""

from tickwire._policy import Policy, RetryPolicy
from tickwire._wire.enums import EXHAUSTED_ACTIONS, MISFIRE_POLICIES
from tickwire._wire.number import optional_int32
from tickwire._wire.time import optional_duration, timedelta_of
from tickwire.v1 import job_pb2 as pb


def to_wire_policy(policy: Policy, field: str) -> pb.Policy:
    retry = policy.retry
    return pb.Policy(
        retry=None if retry is None else _to_wire_retry(retry, f"{field}.retry"),
        timeout=optional_duration(policy.timeout, f"{field}.timeout"),
        misfire=MISFIRE_POLICIES.number(policy.misfire, f"{field}.misfire"),
        misfire_grace=optional_duration(policy.misfire_grace, f"{field}.misfire_grace"),
        max_replays=optional_int32(policy.max_replays, f"{field}.max_replays"),
        job_retention=optional_duration(policy.job_retention, f"{field}.job_retention"),
        run_retention=optional_duration(policy.run_retention, f"{field}.run_retention"),
    )


def _to_wire_retry(retry: RetryPolicy, field: str) -> pb.RetryPolicy:
    return pb.RetryPolicy(
        max_attempts=optional_int32(retry.max_attempts, f"{field}.max_attempts"),
        initial_backoff=optional_duration(retry.initial_backoff, f"{field}.initial_backoff"),
        max_backoff=optional_duration(retry.max_backoff, f"{field}.max_backoff"),
        multiplier=retry.multiplier,
        on_exhausted=EXHAUSTED_ACTIONS.number(retry.on_exhausted, f"{field}.on_exhausted"),
    )


def from_wire_policy(wire: pb.Policy) -> Policy:
    return Policy(
        retry=_from_wire_retry(wire.retry) if wire.HasField("retry") else None,
        timeout=timedelta_of(wire, "timeout"),
        misfire=MISFIRE_POLICIES.name(wire.misfire),
        misfire_grace=timedelta_of(wire, "misfire_grace"),
        max_replays=wire.max_replays if wire.HasField("max_replays") else None,
        job_retention=timedelta_of(wire, "job_retention"),
        run_retention=timedelta_of(wire, "run_retention"),
    )


def _from_wire_retry(wire: pb.RetryPolicy) -> RetryPolicy:
    return RetryPolicy(
        max_attempts=wire.max_attempts if wire.HasField("max_attempts") else None,
        initial_backoff=timedelta_of(wire, "initial_backoff"),
        max_backoff=timedelta_of(wire, "max_backoff"),
        multiplier=wire.multiplier if wire.HasField("multiplier") else None,
        on_exhausted=EXHAUSTED_ACTIONS.name(wire.on_exhausted),
    )
