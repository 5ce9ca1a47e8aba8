"""Which statistics are bounded, and by which checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from mltrace.checks.suggesting.candidates import Bound
from mltrace.checks.suggesting.history import TableHistory
from mltrace.checks.suggesting.levels import levels
from mltrace.checks.suggesting.nulls import complete_columns
from mltrace.checks.suggesting.prediction import Interval
from mltrace.checks.suggesting.ranges import usual_ranges
from mltrace.checks.suggesting.rows import row_counts
from mltrace.checks.suggesting.texts import longest_texts

if TYPE_CHECKING:
    import numpy

Make = Callable[[Iterable[Mapping[str, Any]]], TableHistory]


def test_the_share_of_nulls_is_bounded_from_above(history: Make) -> None:
    months = [{"delay": [None] * num + [1.0] * (100 - num)} for num in (2, 3, 5)]
    (rule,) = complete_columns(history(months))
    bound = rule.instead
    assert isinstance(bound, Bound)
    assert bound.values.tolist() == [0.02, 0.03, 0.05]
    assert (bound.has_low, bound.has_high) == (False, True)
    draft = bound.draft(Interval(0.0, 0.0871))
    assert draft is not None
    assert (draft.check, draft.arguments) == ("NullShare", {"columns": ["delay"], "max": 0.088})
    assert draft.evidence == "null share between 2 % and 5 %"
    assert bound.draft(Interval(0.0, 0.99)) is None


def test_the_mean_is_bounded_and_with_heavy_tails_the_median(
    history: Make, random: numpy.random.Generator
) -> None:
    months = [
        {"even": random.normal(size=500), "heavy": random.pareto(1.2, size=500)} for _ in range(6)
    ]
    even, heavy = levels(history(months))
    for bound, check in ((even, "MeanInRange"), (heavy, "MedianInRange")):
        draft = bound.draft(Interval(-0.1, 0.1))
        assert draft is not None
        assert draft.check == check


def test_levels_that_may_lie_anywhere_are_not_bounded(history: Make) -> None:
    (bound,) = levels(history([{"x": [1.0, 2.0, 3.0, -1.0]}] * 6))
    assert bound.draft(Interval(-100.0, 100.0)) is None


def test_constants_and_texts_have_no_level(history: Make) -> None:
    assert not levels(history([{"year": [2013] * 9, "carrier": ["AA"] * 9}] * 6))


def test_least_and_greatest_values_are_bounded_where_nature_does_not(
    history: Make, random: numpy.random.Generator
) -> None:
    months = [
        {"free": random.normal(size=99), "positive": random.exponential(size=99)} for _ in range(6)
    ]
    found = usual_ranges(history(months))
    assert [(one.has_low, one.has_high) for one in found] == [
        (False, True),
        (True, False),
        (False, True),
    ]
    draft = found[0].draft(Interval(float("-inf"), 7.13))
    assert draft is not None
    assert draft.arguments == {"columns": ["free"], "max": pytest.approx(7.2)}


def test_rows_are_bounded_on_the_sides_that_say_something(history: Make) -> None:
    (bound,) = row_counts(history([{"x": list(range(num))} for num in (950, 1000, 1040)]))
    both, one = bound.draft(Interval(789.0, 1234.0)), bound.draft(Interval(1.0, 1234.0))
    assert both is not None
    assert one is not None
    assert both.arguments == {"min": 780, "max": 1300}
    assert one.arguments == {"max": 1300}
    assert bound.draft(Interval(1.0, 1e9)) is None


def test_the_longest_text_is_bounded(history: Make) -> None:
    months = [{"note": [f"{row} " * num for row in range(60)]} for num in (4, 5, 7)]
    (bound,) = longest_texts(history(months))
    draft = bound.draft(Interval(0.0, 40.2))
    assert draft is not None
    assert draft.arguments == {"columns": ["note"], "max": 41}
