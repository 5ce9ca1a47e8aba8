"""False alarms are divided over checks: what they cost is at most what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy
import pytest

from mltrace.checks.suggesting.budget import Candidate, divide
from mltrace.checks.suggesting.candidates import Bound, Draft, Rule
from mltrace.checks.suggesting.history import TableHistory
from mltrace.checks.suggesting.proposing import propose_checks
from mltrace.checks.suggesting.scales import CountScale
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from mltrace.checks.suggesting.prediction import Interval

Make = Callable[[Iterable[Mapping[str, Any]]], TableHistory]

TABLE = TableHistory([])
DRAFT = Draft("RowCount", {"min": 1}, "", "never empty")


def candidates(*found: Rule | Bound) -> list[Candidate]:
    """Number what a table offers."""
    return [Candidate(place, TABLE, one) for place, one in enumerate(found)]


def bound_of(values: list[float], *, width: float = 1e9) -> Bound:
    """Bound a statistic, unless the bounds are wider than is useful."""

    def draft(found: Interval) -> Draft | None:
        return DRAFT if found.high - found.low < width else None

    return Bound(numpy.array(values), CountScale(), draft)


def test_rules_and_bounds_cost_no_more_than_is_allowed() -> None:
    rules = [Rule("complete", [True] * 40, DRAFT) for _ in range(5)]
    bounds = [bound_of([100.0, 110.0, 95.0, 102.0, 99.0, 104.0]) for _ in range(3)]
    division = divide(candidates(*rules, *bounds), 0.01)
    assert len(division.chosen) == 8
    assert sum(one.false_alarms for one in division.chosen) == pytest.approx(0.01)
    assert [one.candidate.place for one in division.chosen] == list(range(8))


def test_rules_that_cost_too_much_are_left_out_and_counted() -> None:
    rules = [Rule("complete", [True] * 4, DRAFT) for _ in range(5)]
    division = divide(candidates(*rules), 0.01)
    assert (len(division.chosen), division.num_left_out) == (0, 5)


def test_a_bound_stands_in_for_a_rule_that_costs_too_much() -> None:
    instead = bound_of([100.0, 110.0, 95.0, 102.0, 99.0, 104.0])
    (chosen,) = divide(
        candidates(Rule("complete", [True] * 4, DRAFT, instead=instead)), 0.01
    ).chosen
    assert chosen.false_alarms == 0.01


def test_bounds_that_say_nothing_leave_their_share_to_others() -> None:
    values = [100.0, 110.0, 95.0, 102.0, 99.0, 104.0]
    division = divide(candidates(bound_of(values), bound_of(values, width=0.1)), 0.01)
    assert [one.false_alarms for one in division.chosen] == [0.01]
    assert division.num_left_out == 1


def test_what_never_varied_and_what_was_seen_rarely_has_no_bound() -> None:
    division = divide(candidates(bound_of([7.0] * 30), bound_of([1.0, 2.0, 3.0])), 0.01)
    assert not division.chosen


def test_a_trend_is_told(history: Make) -> None:
    random = numpy.random.default_rng(3)
    months = [{"x": random.normal(100 + 0.1 * month, 5, 200)} for month in range(40)]
    found = {one.name: one for one in propose_checks("clean", [history(months)])}
    assert found["MeanInRange(x)"].evidence.endswith(", with a trend, in 40 runs")


@pytest.mark.parametrize("false_alarms", [0, 1, True, -0.1])
def test_a_budget_that_is_no_share_is_refused(false_alarms: float) -> None:
    with pytest.raises(ArgumentError, match="is no share of runs"):
        propose_checks("clean", [], false_alarms=false_alarms)
