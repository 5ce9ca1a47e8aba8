"""Shares that are too large, by exact tests."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from scipy import stats

from mltrace.monitors.rules.rates import p_value_above, p_value_of_more
from mltrace.monitors.rules.usual_rate import Share, judge_share


class Some(NamedTuple):
    num: int
    num_bad: int


def judge(*counted: tuple[int, int], window: int = 50, max_rate: float | None = None) -> Share:
    return judge_share(
        [Some(*one) for one in counted],
        window=window,
        max_rate=max_rate,
        confidence=0.99,
        false_alarm_rate=0.001,
    )


@pytest.mark.parametrize("limit", [0.001, 0.05, 0.5])
@pytest.mark.parametrize(("num", "of"), [(1, 1), (1, 3), (7, 20), (60, 100), (5_050, 10_000)])
def test_above_a_limit_is_the_binomial_test(num: int, of: int, limit: float) -> None:
    expected = stats.binomtest(num, of, limit, alternative="greater").pvalue
    if num > limit * of:
        assert p_value_above(num, of, limit) == pytest.approx(expected, rel=1e-9, abs=1e-300)
    else:
        assert p_value_above(num, of, limit) == 1


@pytest.mark.parametrize(
    ("now", "before"),
    [((3, 50), (0, 500)), ((0, 5), (5, 5)), ((5, 5), (0, 8)), ((90, 900), (1, 9))],
)
def test_more_than_before_is_the_test_of_fisher(
    now: tuple[int, int], before: tuple[int, int]
) -> None:
    table = [[bad, of - bad] for bad, of in (now, before)]
    expected = stats.fisher_exact(table, alternative="greater").pvalue
    assert p_value_of_more(*now, *before) == pytest.approx(expected, rel=1e-7)


def test_nothing_may_fail_and_something_did() -> None:
    assert judge(*[(1, 0)] * 9, (1, 1), max_rate=0).state == "bad"
    assert judge(*[(1, 0)] * 10, max_rate=0).state == "ok"


def test_only_the_window_counts_beside_a_limit() -> None:
    share = judge(*[(1, 1)] * 30, *[(1, 0)] * 10, window=10, max_rate=0.1)
    assert share == Share("ok", 0, 10, 0, 0, 10)


def test_a_window_ends_with_the_point_that_fills_it() -> None:
    assert judge((100, 5), (30, 1), (30, 2), max_rate=0.5).num == 60


def test_it_is_learning_until_eight_were_before() -> None:
    assert judge(*[(1, 0)] * 15).state == "learning"
    assert judge(*[(1, 0)] * 16).state == "ok"


def test_of_many_cases_a_small_certain_change_is_none() -> None:
    before, more, twice = (100_000, 1_000), (100_000, 1_400), (100_000, 2_100)
    assert judge(before, more).state == "ok"
    assert judge(before, twice).state == "bad"
