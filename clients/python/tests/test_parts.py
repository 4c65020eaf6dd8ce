"""The small parts that need neither a server nor a clock."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tickwire import BadFieldError, Cron, Interval, JobSpec, Once, Policy, RetryPolicy, Trigger
from tickwire._addresses import parse_addresses
from tickwire._payload import cut_text, encode_payload
from tickwire._recent_ids import RecentIds
from tickwire._round import Round
from tickwire._servers import Server
from tickwire._wire.enums import JOB_STATES, PRIORITIES
from tickwire._wire.job import from_wire_job, to_wire_job
from tickwire._wire.requests import to_schedule_requests
from tickwire._wire.time import to_datetime, to_duration, to_timedelta, to_timestamp
from tickwire._worker.backoff import drain_delay, reconnect_delay, try_timeout
from tickwire._worker.frames import in_frames
from tickwire._worker.invoke import describe
from tickwire.v1 import job_pb2


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("127.0.0.1:7070", ["127.0.0.1:7070"]),
        ("a:1, b:2,a:1", ["a:1", "b:2"]),
        (["[::1]:7070", "host:65535"], ["[::1]:7070", "host:65535"]),
    ],
)
def test_addresses(given: str | list[str], found: list[str]) -> None:
    assert [str(one) for one in parse_addresses(given)] == found


@pytest.mark.parametrize(
    "given", ["", "host", "host:0", "host:65536", "[host]:1", "::1:7070", "a:1,", "http://a:1", []]
)
def test_what_is_no_address_is_refused(given: str | list[str]) -> None:
    with pytest.raises(ValueError, match="address"):
        parse_addresses(given)


def test_payloads() -> None:
    assert encode_payload(b"\x00") == (b"\x00", "")
    assert encode_payload("é") == ("é".encode(), "")
    assert encode_payload({"a": [1, "é"]}) == ('{"a":[1,"é"]}'.encode(), "application/json")
    with pytest.raises(ValueError, match="JSON"):
        encode_payload(float("nan"))


def test_text_is_cut_between_characters() -> None:
    assert cut_text("abcdef", 6) == "abcdef"
    assert cut_text("abcdefg", 6) == "abc…"
    assert cut_text("éééé", 6) == "é…"
    assert cut_text("\ud800", 6) == "?"


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 1, 2, 3, 4, 567891, tzinfo=timezone(timedelta(hours=2))),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_moments_go_there_and_back(moment: datetime) -> None:
    wire = to_timestamp(moment, "time")
    assert 0 <= wire.nanos < 1_000_000_000
    assert to_datetime(wire) == moment
    assert to_datetime(wire).tzinfo is UTC


@pytest.mark.parametrize("ms", [0, 1, 1500, -1500, -0.001])
def test_spans_go_there_and_back(ms: float) -> None:
    span = timedelta(milliseconds=ms)
    wire = to_duration(span, "span")
    assert wire.seconds * wire.nanos >= 0
    assert to_timedelta(wire) == span


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(BadFieldError, match="time zone") as caught:
        to_wire_job(JobSpec("k", trigger=Once(datetime(2026, 1, 1))))
    assert [one.field for one in caught.value.violations] == ["job.trigger.once.time"]


def test_a_wrong_item_is_named_with_its_place() -> None:
    jobs = [JobSpec("k"), JobSpec("k", payload=object())]
    with pytest.raises(BadFieldError) as caught:
        to_schedule_requests(jobs)
    assert [one.field for one in caught.value.violations] == ["requests[1].job.payload"]


@pytest.mark.parametrize(
    "trigger",
    [
        Cron("0 2 * * *", time_zone="Europe/Berlin", dialect="unix", max_occurrences=3),
        Interval(timedelta(seconds=5), basis="fixed_rate", jitter=timedelta(seconds=1)),
        Once(datetime(2026, 1, 1, tzinfo=UTC), end_time=datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_what_is_set_comes_back_and_nothing_else(trigger: Trigger) -> None:
    retry = RetryPolicy(max_attempts=0, multiplier=1.5, on_exhausted="dead")
    policy = Policy(retry=retry, timeout=timedelta(0), max_replays=1, misfire="skip")
    job = JobSpec("k", trigger=trigger, policy=policy, priority="high", labels={"a": "b"})
    wire = to_wire_job(job)
    assert not wire.policy.HasField("run_retention")
    found = from_wire_job(job_pb2.Job.FromString(wire.SerializeToString()))
    assert (found.trigger, found.policy, found.priority) == (trigger, policy, "high")
    assert found.labels == {"a": "b"}


def test_names_of_enums() -> None:
    assert JOB_STATES.name(0) is None
    assert JOB_STATES.name(6) == "completed"
    assert JOB_STATES.name(99) == "unknown"
    assert PRIORITIES.number("unknown", "priority") == 0
    with pytest.raises(BadFieldError, match="low, normal, high, urgent"):
        PRIORITIES.number("critical", "job.priority")


def test_the_newest_ids_are_known() -> None:
    ids = RecentIds()
    assert all(ids.add(str(n)) for n in range(10_001))
    assert not ids.add("10000")
    assert ids.add("0")


def test_a_round_asks_each_server_once_and_the_last_one_last() -> None:
    a, b = Server("a:1"), Server("b:1")
    asked = Round()
    asked.asked(a)
    assert asked.rest([a, b]) == [b]
    asked.asked(b)
    assert asked.rest([a, b]) == []
    asked.begin()
    assert asked.rest([a, b]) == [a]
    asked.asked(a)
    assert asked.rest([a, b]) == [b]


def test_waits() -> None:
    assert [reconnect_delay(n, False, 1) for n in (0, 1, 6, 7, 99)] == [0.1, 0.2, 6.4, 10, 10]
    assert reconnect_delay(9, True, 1) == 2
    assert [try_timeout(n, True) for n in (0, 1, 2, 3)] == [2, 4, 8, 10]
    assert try_timeout(0, False) == 10
    assert (drain_delay(2, 0.5), drain_delay(-1, 0.5), drain_delay(1e9, 0)) == (3, 0, 300)


def test_frames_hold_a_mebibyte_or_one_item() -> None:
    sizes = [600_000, 400_000, 600_000, 2_000_000, 1]
    assert in_frames(sizes, lambda size: size) == [[600_000, 400_000], [600_000], [2_000_000], [1]]


def test_errors_are_described_with_their_causes() -> None:
    error = Exception("no mail")
    error.__cause__ = ValueError("no address")
    assert describe(error) == "no mail: ValueError: no address"
    assert describe(KeyError()) == "KeyError"
