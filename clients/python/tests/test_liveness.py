from tickwire._worker.liveness import Liveness

from manual_clock import ManualClock


def start() -> tuple[ManualClock, Liveness, list[str]]:
    clock = ManualClock()
    told: list[str] = []
    live = Liveness(clock, 3.0, lambda: told.append("ping"), lambda: told.append("silent"))
    return clock, live, told


def test_pings_only_where_nothing_else_was_sent() -> None:
    clock, live, told = start()
    clock.turn(2)
    live.sent()
    live.heard()
    clock.turn(2)
    assert told == []
    clock.turn(1)
    assert told == ["ping"]


def test_silence_of_three_intervals_is_told() -> None:
    clock, live, told = start()
    clock.turn(1)
    live.heard()
    clock.turn(8.9)
    assert "silent" not in told
    clock.turn(0.1)
    assert told[-1] == "silent"


def test_a_process_that_was_stopped_reads_before_it_judges() -> None:
    clock, live, told = start()
    clock.jump(20)
    assert "silent" not in told
    live.heard()
    clock.turn(8)
    assert "silent" not in told


def test_after_a_stop_silence_counts_again() -> None:
    clock, _, told = start()
    clock.jump(20)
    clock.turn(3)
    assert "silent" in told
