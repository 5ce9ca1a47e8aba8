"""Rules that never broke are trusted by what became of their like."""

from __future__ import annotations

import pytest

from mltrace.checks.suggesting.candidates import Rule
from mltrace.checks.suggesting.late_breaks import break_rates


def kept(length: int, *, family: str = "complete", broke_at: int | None = None) -> Rule:
    """Make a rule that broke in a partition, or never."""
    return Rule(family, [at != broke_at for at in range(length)])


def test_rules_that_none_broke_cost_less_the_longer_history_is() -> None:
    totals = [sum(break_rates([kept(length) for _ in range(10)])) for length in (3, 10, 40, 200)]
    assert totals == sorted(totals, reverse=True)
    assert totals[2] == pytest.approx(0.0044, abs=1e-4)


def test_the_total_does_not_grow_with_the_number_of_rules() -> None:
    few, many = (sum(break_rates([kept(40) for _ in range(number)])) for number in (5, 500))
    assert few == pytest.approx(many)


def test_late_breaks_make_the_family_dear_and_leave_others_alone() -> None:
    calm = break_rates([kept(40), kept(40, family="range")])
    broken = [kept(40), kept(40, broke_at=25), kept(40, family="range")]
    rates = break_rates(broken)
    assert rates[0] > 5 * calm[0]
    assert rates[2] <= calm[1]


@pytest.mark.parametrize("broke_at", [0, 1])
def test_what_was_never_so_tells_nothing(broke_at: int) -> None:
    alone = break_rates([kept(40)])
    assert break_rates([kept(40), kept(40, broke_at=broke_at)])[0] == alone[0]


def test_the_rate_of_the_last_half_counts_if_it_is_more() -> None:
    rules = [kept(40) for _ in range(4)] + [kept(40, broke_at=at) for at in (30, 32, 34, 36)]
    assert break_rates(rules)[0] >= 4 / (8 * 20)


def test_a_sample_of_the_values_is_a_shorter_history() -> None:
    whole, sampled = break_rates([kept(40), Rule("complete", [True] * 40, looked_at=0.1)])
    assert sampled == pytest.approx(whole * 41 / 5)


def test_one_partition_speaks_for_nothing() -> None:
    assert break_rates([kept(1)])[0] >= 0.5
