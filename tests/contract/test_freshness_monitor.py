"""A freshness monitor tells when something was not made anew in time."""

from __future__ import annotations

import pytest
from tests.told_runs import ToldRuns, observed

import mltrace as mt

pytestmark = pytest.mark.usefixtures("store")
HOUR = 60
DAY = 24 * HOUR


@pytest.fixture
def told(store: object) -> ToldRuns:
    return ToldRuns(ago=40 * DAY)


def states(monitor: mt.Monitor) -> list[str]:
    """Evaluate a monitor and tell the states of what is new, oldest first."""
    return [one.state[0] for one in reversed(monitor.evaluate())]


def test_a_component_is_late_until_a_run_succeeds(told: ToldRuns) -> None:
    told.run("nightly", 37 * DAY)
    told.run("nightly", 38 * DAY)
    told.run("nightly", 39 * DAY + HOUR, error="OSError")
    told.tell()
    monitor = mt.FreshnessMonitor("nightly", max_age="1d 2h")
    found = monitor.evaluate()
    assert [one.state for one in reversed(found)] == ["ok", "ok", "bad"]
    assert found[0].message == (
        "not made for 2 days; at most 1.1 days are expected; 1 run of it failed since"
    )
    assert found[0].at == found[1].at + (found[1].at - found[2].at) * 26 / 24
    assert not monitor.evaluate()
    told.run("nightly", 40 * DAY - 5)
    told.tell()
    assert states(monitor) == ["o"]
    assert not mt.alerts(states=["open"])


def test_the_usual_gap_is_learnt(told: ToldRuns) -> None:
    for day in range(10):
        told.run("nightly", day * DAY + 3 * (day % 3))
    told.tell()
    monitor = mt.FreshnessMonitor("nightly")
    found = monitor.evaluate()
    assert "".join(one.state[0] for one in reversed(found)) == "llllloooo" + "ob"
    assert found[-1].message == "made for the first time; 0 of 5 gaps to learn from"
    assert found[0].message == "not made for 31 days; at most 1.5 days are expected"
    assert found[1].message == (
        "made after 23.9 hours; at most 1.5 days old, for the median of 9 gaps is 1 day"
    )


def test_a_job_of_weekdays_may_rest_at_weekends(told: ToldRuns) -> None:
    told = ToldRuns(ago=57 * DAY)
    first = told.start // (DAY * 60 * 10**9)
    for day in range(57):
        if (first + day) % 7 not in (2, 3):  # 1970-01-01 was a Thursday
            told.run("nightly", day * DAY)
    told.tell()
    found = mt.FreshnessMonitor("nightly").evaluate()
    assert "bad" not in {one.state for one in found}


def test_late_is_told_afterwards_too_and_the_same(told: ToldRuns) -> None:
    days = [0, 1, 2, 3, 4, 5, 6, 9, 10]
    one_by_one = mt.FreshnessMonitor("nightly", name="one by one")
    for day in days:
        told.run("nightly", (30 + day) * DAY)
        told.tell()
        one_by_one.evaluate()
    at_once = mt.FreshnessMonitor("nightly", name="at once").evaluate()
    assert "".join(one.state[0] for one in reversed(at_once)) == "lllllo" + "obo" + "o"
    assert {one.point: one.state for one in observed("one by one")}.items() >= {
        one.point: one.state for one in at_once
    }.items()


def test_a_version_that_was_told_late_makes_up_for_it(told: ToldRuns) -> None:
    told.run("nightly", 38 * DAY)
    told.tell()
    monitor = mt.FreshnessMonitor("nightly", max_age="1d 12h")
    assert states(monitor) == ["o", "b"]
    told.run("nightly", 39 * DAY)
    told.tell()
    assert states(monitor) == ["o", "o"]
    assert not mt.alerts(states=["open"])


def test_the_same_content_is_fresh_unless_new_content_is_asked_for(told: ToldRuns) -> None:
    for day, digest in ((37, "a" * 32), (38, "b" * 32), (39, "b" * 32)):
        told.run("fetch", day * DAY, writes={"raw": digest})
    told.tell()
    assert states(mt.FreshnessMonitor("raw", max_age="1d 12h")) == ["o", "o", "o"]
    for what in ("raw", "fetch"):
        found = mt.FreshnessMonitor(what, max_age="1d 12h", content=True, name=what).evaluate()
        assert [one.state for one in found] == ["bad", "ok", "ok"]
        assert found[0].message == (
            "not made with new content for 2 days; at most 1.5 days are expected"
        )
        assert found[0].component == "fetch"


def test_a_version_of_the_future_does_not_count_yet(told: ToldRuns) -> None:
    told.run("nightly", 39 * DAY)
    told.run("nightly", 400 * DAY)
    told.tell()
    assert states(mt.FreshnessMonitor("nightly", max_age="12h")) == ["o", "b"]


def test_what_was_never_made_is_late_once_it_should_have_been(told: ToldRuns) -> None:
    monitor = mt.FreshnessMonitor("nightly", max_age="1ms")
    (found,) = monitor.evaluate()
    assert found.state == "unknown"
    assert "No artifact" in found.message or "nightly" in found.message
    (found,) = monitor.evaluate()
    assert (found.state, found.message) == ("bad", "never made; at most 1 ms are expected")
    assert not monitor.evaluate()
    told.run("nightly", 40 * DAY)
    told.tell()
    assert "o" in states(monitor)


def test_components_of_a_pattern_are_told_apart(told: ToldRuns) -> None:
    told.run("load_a", 39.9 * DAY)
    told.run("load_b", 38 * DAY)
    told.tell()
    found = mt.FreshnessMonitor("load_*", max_age="1d").evaluate()
    assert {one.subject: one.state for one in reversed(found)} == {"load_a": "ok", "load_b": "bad"}


def test_sampled_runs_count_too(told: ToldRuns) -> None:
    told.left_out("score", 40 * DAY - 30, 100)
    told.run("score", 38 * DAY)
    told.tell()
    assert states(mt.FreshnessMonitor("score", max_age="1d")) == ["o"]
