"""Monitors of how runs end and how long they take."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from tests.told_runs import ToldRuns, observed, tell

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import RecordList

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def told(store: object) -> ToldRuns:
    return ToldRuns()


def told_of(found: RecordList[mt.Observation]) -> list[tuple[str, str, str]]:
    return [(one.point, one.state, one.message) for one in reversed(found)]


def add_runs(told: ToldRuns, component: str, outcomes: str, start: float = 0) -> list[str]:
    """Add runs a minute apart; an `f` is one that fails."""
    return [
        told.run(component, start + minute, error="OSError" if outcome == "f" else "")
        for minute, outcome in enumerate(outcomes)
    ]


def test_one_failure_of_three_is_no_alarm_and_many_are(told: ToldRuns) -> None:
    add_runs(told, "fetch", "..f")
    told.tell()
    monitor = mt.FailureRateMonitor("fetch", max_rate=0.05)
    assert [one.state for one in monitor.evaluate()] == ["ok"] * 3
    *_, failed = add_runs(told, "fetch", "...ff.f.ff.", start=3)[:10]
    told.tell()
    found = monitor.evaluate()
    assert found[0].state == "bad"
    assert found[0].message == (
        "6 of the last 14 runs failed (43 %), with OSError; at most 5 % may"
    )
    assert (found[0].value, found[0].threshold) == (pytest.approx(6 / 14), 0.05)
    assert found[0].component == found[0].subject == "fetch"
    assert found[0].run_id == failed
    assert found[0].point != failed


def test_the_usual_rate_of_failures_is_learnt(told: ToldRuns) -> None:
    calm = "".join("f" if minute % 20 == 7 else "." for minute in range(200))
    add_runs(told, "fetch", calm)
    told.tell()
    monitor = mt.FailureRateMonitor("fetch")
    found = monitor.evaluate()
    assert {one.state for one in found} == {"ok", "learning"}
    add_runs(told, "fetch", ".f..f..f.f" * 5, start=200)
    told.tell()
    found = monitor.evaluate()
    assert found[0].state == "bad"
    assert found[0].message == (
        "20 of the last 50 runs failed (40 %), with OSError; of 200 before them 5.0 %"
    )


def test_each_component_is_judged_by_itself(told: ToldRuns) -> None:
    add_runs(told, "load_a", "." * 30)
    add_runs(told, "load_b", "f" * 30)
    add_runs(told, "other", "f" * 30)
    told.tell()
    found = mt.FailureRateMonitor("load_*", max_rate=0.1).evaluate()
    assert {one.component: one.state for one in reversed(found)} == {
        "load_a": "ok",
        "load_b": "bad",
    }
    assert {one.component for one in mt.FailureRateMonitor(max_rate=0.1).evaluate()} == {
        "load_a",
        "load_b",
        "other",
    }


def test_an_unknown_component_is_a_fault_that_names_near_ones(told: ToldRuns) -> None:
    add_runs(told, "fetch", ".")
    told.tell()
    (fault,) = mt.evaluate_monitors(mt.FailureRateMonitor("fetsh")).faults
    assert "Did you mean 'fetch'?" in fault.message
    assert not mt.evaluate_monitors(mt.FailureRateMonitor("fetsh*")).faults


def test_runs_that_sampling_left_out_are_counted_by_the_minute(told: ToldRuns) -> None:
    for minute in range(20):
        told.left_out("score", minute, 1000, failed=1)
        told.left_out("score", minute, 1000, failed=1, process="other")
        told.run("score", minute + 0.5)
    told.left_out("score", 20, 3000, failed=90)
    told.tell()
    found = mt.FailureRateMonitor("score").evaluate()
    assert len(found) == 21
    assert found[0].state == "bad"
    assert found[0].message == (
        "90 of the last 3,000 runs failed (3.0 %), with TimeoutError; of 2,001 before them <0.1 %"
    )
    assert found[0].point.startswith("minute 20")
    assert {one.state for one in found[1:]} == {"ok", "learning"}


def test_a_minute_that_is_not_over_waits(store: object) -> None:
    told = ToldRuns(ago=0)
    told.left_out("score", 0, 1000)
    told.left_out("score", -2, 1000)
    told.tell()
    assert len(mt.FailureRateMonitor("score", max_rate=0.1).evaluate()) == 1


def test_a_single_slow_run_is_nothing_and_a_lasting_shift_is_bad(told: ToldRuns) -> None:
    draw = random.Random(3)
    for minute in range(60):
        told.run("train", minute, seconds=10 * draw.lognormvariate(0, 0.1))
    slow = told.run("train", 60, seconds=100)
    for minute in range(61, 70):
        told.run("train", minute, seconds=10 * draw.lognormvariate(0, 0.1))
    told.tell()
    monitor = mt.DurationMonitor("train")
    found = monitor.evaluate()
    assert {one.state for one in found} == {"ok", "learning"}
    for minute in range(70, 75):
        told.run("train", minute, seconds=20 * draw.lognormvariate(0, 0.1))
    told.tell()
    found = monitor.evaluate()
    assert found[0].state == "bad"
    assert found[0].message == (
        "the median of the last 5 runs took 19.5 seconds; in 50 runs before the median took "
        "10.2 seconds"
    )
    assert found[0].run_id == mt.history("train", limit=1)[0].id
    single = mt.DurationMonitor("train", recent=1, name="single").evaluate()
    assert slow in [one.run_id for one in single if one.state == "bad"]


def test_a_fixed_limit_of_seconds_is_of_each_run(told: ToldRuns) -> None:
    for minute, seconds in enumerate((5, 70, 6)):
        told.run("train", minute, seconds=seconds)
    told.run("train", 3, seconds=500, error="OSError")
    told.tell()
    found = mt.DurationMonitor("train", max_seconds=60).evaluate()
    assert [(one.state, one.message) for one in reversed(found)] == [
        ("ok", "took 5 seconds"),
        ("bad", "took 1.2 minutes; at most 1 minute are expected"),
        ("ok", "took 6 seconds"),
    ]


def test_durations_of_sampled_runs_are_the_medians_of_minutes(told: ToldRuns) -> None:
    for minute in range(30):
        told.left_out("score", minute, 100, seconds=0.01)
    for minute in range(30, 35):
        told.left_out("score", minute, 100, seconds=0.02)
    told.tell()
    found = mt.DurationMonitor("score").evaluate()
    assert found[0].state == "bad"
    assert found[0].value == pytest.approx(0.02, rel=0.03)


@pytest.mark.parametrize(
    "make",
    [
        lambda name: mt.FailureRateMonitor("fetch", window=15, name=name),
        lambda name: mt.FailureRateMonitor("fetch", max_rate=0.1, window=10, name=name),
        lambda name: mt.DurationMonitor("fetch", name=name),
        lambda name: mt.DurationMonitor("fetch", recent=1, name=name),
    ],
    ids=["learnt rate", "fixed rate", "duration", "single duration"],
)
def test_one_by_one_at_once_and_late_is_the_same(
    told: ToldRuns, make: Callable[[str], mt.Monitor]
) -> None:
    draw = random.Random(1)
    one_by_one = make("one by one")
    parts = []
    for minute in range(60):
        fails = draw.random() < (0.05 if minute < 40 else 0.6)
        told.run(
            "fetch",
            minute,
            seconds=draw.lognormvariate(0, 0.2) * (1 if minute < 45 else 3),
            error="OSError" if fails else "",
        )
        parts.append(told.take())
    late = parts.pop(20)
    for place, part in enumerate(parts):
        tell(part)
        if place == 50:
            tell(late)
        if place % 3 == 0:
            one_by_one.evaluate()
    one_by_one.evaluate()
    assert not one_by_one.evaluate()
    at_once = make("at once").evaluate()
    assert {one.state for one in at_once} >= {"ok", "bad"}
    again = {one.point: one.state for one in observed("one by one")}
    assert again == {one.point: one.state for one in at_once}
