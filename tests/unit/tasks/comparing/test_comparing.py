"""Tests of two samples beside SciPy's and by hand, and which of them is chosen."""

from __future__ import annotations

import math

import numpy
import pytest
from scipy import stats

from mltrace.errors import ArgumentError
from mltrace.tasks.comparing.bootstrap import bootstrap_paired, bootstrap_unpaired
from mltrace.tasks.comparing.choosing import compare_metric
from mltrace.tasks.comparing.delong import delong_paired, delong_unpaired
from mltrace.tasks.comparing.mcnemar import mcnemar
from mltrace.tasks.comparing.sequential import sequential_mcnemar, sequential_mean
from mltrace.tasks.comparing.t_tests import paired_t_test, welch_t_test
from mltrace.tasks.comparing.two_proportions import two_proportions
from mltrace.tasks.pairs import Pairs

RNG = numpy.random.default_rng(3)
TRUTH = RNG.integers(0, 2, 600)
SCORES = numpy.clip(0.5 * TRUTH + 0.25 + RNG.normal(0, 0.3, (2, 600)), 0, 1)


def binary(which: int, rows: slice = slice(None)) -> Pairs:
    scores = SCORES[which][rows]
    return Pairs.of("binary", TRUTH[rows], (scores > 0.5).astype(int), scores=scores)


def right(only_a: int, only_b: int, both: int = 50) -> list[numpy.ndarray]:
    a = numpy.repeat([True, False, True], [only_a, only_b, both])
    return [a, numpy.repeat([False, True, True], [only_a, only_b, both])]


@pytest.mark.parametrize(("only_a", "only_b"), [(1, 9), (0, 4), (7, 7), (120, 150)])
def test_mid_p_of_mcnemar_is_that_of_the_binomial(only_a: int, only_b: int) -> None:
    of = stats.binom(only_a + only_b, 0.5)
    least = min(only_a, only_b)
    mid_p = min(2 * of.cdf(least) - of.pmf(least), 1.0) if only_a != only_b else 1.0
    assert mcnemar(*right(only_a, only_b)).p_value == pytest.approx(mid_p, rel=1e-9)


def test_equal_models_do_not_differ() -> None:
    found = mcnemar(*right(0, 0))
    assert (found.p_value, found.value_a, found.value_b) == (1.0, 1.0, 1.0)
    assert found.low <= 0 <= found.high


@pytest.mark.parametrize("rows", [((3, 10), (9, 12)), ((0, 5), (5, 5)), ((400, 1000), (470, 1000))])
def test_p_value_of_shares_is_fishers(rows: tuple[tuple[int, int], tuple[int, int]]) -> None:
    (a, num_a), (b, num_b) = rows
    wanted = stats.fisher_exact([[a, num_a - a], [b, num_b - b]]).pvalue
    assert two_proportions(*rows).p_value == pytest.approx(wanted, rel=1e-6)


def test_many_rows_are_compared_without_looking_at_each_table() -> None:
    found = two_proportions((30_000_000, 100_000_000), (30_010_000, 100_000_000))
    pooled = 0.30005
    error = math.sqrt(pooled * (1 - pooled) * 2e-8)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(1e-4 / error), rel=0.01)


def test_t_tests_are_scipys() -> None:
    a, b = RNG.exponential(1, 40), RNG.exponential(1.3, 40)
    paired, welch = paired_t_test(a, b), welch_t_test(a, b[:25])
    wanted = stats.ttest_rel(b, a)
    assert paired.p_value == pytest.approx(wanted.pvalue, rel=1e-6)
    assert (paired.low, paired.high) == pytest.approx(tuple(wanted.confidence_interval()), rel=1e-6)
    wanted = stats.ttest_ind(b[:25], a, equal_var=False)
    assert welch.p_value == pytest.approx(wanted.pvalue, rel=1e-6)
    assert (welch.low, welch.high) == pytest.approx(tuple(wanted.confidence_interval()), rel=1e-6)


def test_losses_that_are_always_apart_by_the_same_are_different() -> None:
    assert paired_t_test([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]).p_value == 0.0
    assert paired_t_test([1.0, 2.0], [1.0, 2.0]).p_value == 1.0


@pytest.mark.parametrize("num", [0, 1])
def test_of_too_few_rows_nothing_is_said(num: int) -> None:
    for found in (paired_t_test([1.0] * num, [2.0] * num), welch_t_test([1.0] * num, [2.0])):
        assert (found.p_value, found.low, found.high) == (1.0, -math.inf, math.inf)


def test_rows_that_are_not_the_same_cannot_be_paired() -> None:
    with pytest.raises(ArgumentError, match="losses_a has 1 rows and losses_b 2"):
        paired_t_test([1.0], [1.0, 2.0])
    with pytest.raises(ArgumentError, match="losses_b has losses that are not finite"):
        welch_t_test([1.0], [math.nan])


def test_variance_of_delong_is_that_of_its_definition() -> None:
    is_positive, (a, b) = TRUTH == 1, SCORES
    kernels = []
    for scores in (a, b):
        gaps = scores[is_positive][:, None] - scores[~is_positive][None, :]
        kernels.append((gaps > 0) + 0.5 * (gaps == 0))
    step = kernels[1] - kernels[0]
    num_positive, num_negative = step.shape
    variance = step.mean(1).var(ddof=1) / num_positive + step.mean(0).var(ddof=1) / num_negative
    found = delong_paired(is_positive, a, b)
    assert found.value_a == pytest.approx(kernels[0].mean())
    reach = 1.959964 * math.sqrt(variance)
    assert found.high - found.low == pytest.approx(2 * reach, rel=1e-5)


def test_areas_of_one_class_are_not_compared() -> None:
    found = delong_unpaired([True, True], [0.1, 0.2], [True, False], [0.3, 0.1])
    assert math.isnan(found.value_a)
    assert (found.p_value, found.low) == (1.0, -math.inf)


def test_the_bootstrap_of_a_mean_is_near_the_t_test() -> None:
    a, b = RNG.normal(0, 1, 400), RNG.normal(0.1, 1, 400)
    wanted = paired_t_test(a, b)
    found = bootstrap_paired(lambda rows: (a[rows].mean(), b[rows].mean()), 400)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=0.02)
    other = bootstrap_unpaired(lambda rows: a[rows].mean(), lambda rows: b[rows].mean(), (400, 400))
    assert other.high - other.low == pytest.approx(
        welch_t_test(a, b).high - welch_t_test(a, b).low, rel=0.1
    )


def test_of_many_rows_some_are_drawn_and_the_interval_is_scaled() -> None:
    a, b = RNG.normal(0, 1, 200_000), RNG.normal(0, 1, 200_000)
    wanted = paired_t_test(a, b)
    found = bootstrap_paired(
        lambda rows: (a[rows].mean(), b[rows].mean()), 200_000, num_resamples=300
    )
    assert found.high - found.low == pytest.approx(wanted.high - wanted.low, rel=0.2)


def test_a_metric_that_most_resamples_do_not_define_has_no_interval() -> None:
    found = bootstrap_paired(lambda rows: (1.0, 2.0 if len(set(rows)) == 4 else math.nan), 4)
    assert (found.p_value, found.low) == (1.0, -math.inf)


@pytest.mark.parametrize(
    ("metric", "paired", "unpaired"),
    [
        ("accuracy", "McNemar, mid-p", "Fisher's exact test"),
        ("roc_auc", "DeLong", "DeLong"),
        ("log_loss", "paired t-test", "Welch's t-test"),
        ("brier", "paired t-test", "Welch's t-test"),
        ("f1", "paired bootstrap", "bootstrap"),
    ],
)
def test_each_metric_has_its_test(metric: str, paired: str, unpaired: str) -> None:
    assert compare_metric(metric, binary(0), binary(1), is_paired=True).method == paired
    halves = binary(0, slice(300)), binary(1, slice(300, 600))
    assert compare_metric(metric, *halves, is_paired=False).method == unpaired


def test_of_losses_the_lower_one_wins_and_of_the_accuracy_the_higher() -> None:
    worse = Pairs.of("regression", numpy.zeros(50), 2 + RNG.normal(0, 0.1, 50))
    better = Pairs.of("regression", numpy.zeros(50), 1 + RNG.normal(0, 0.1, 50))
    found = compare_metric("mae", worse, better, names=("old", "new"), is_paired=True)
    assert (found.winner, found.is_different) == ("new", True)
    assert found.conclusion.startswith("new has the lower mae: ")
    assert found.difference is not None
    assert found.difference < 0


def test_what_is_alike_has_no_winner() -> None:
    found = compare_metric("f1", binary(0), binary(0), is_paired=True)
    assert (found.winner, found.is_different, found.difference) == (None, False, 0.0)
    assert "are not told apart by f1" in found.conclusion


@pytest.mark.parametrize("metric", ["accuracy", "brier", "log_loss", "roc_auc", "pr_auc", "f1"])
def test_a_side_without_pairs_is_named_and_the_other_measured(metric: str) -> None:
    nothing = Pairs.of("binary", [], [], classes=[0, 1], positive=1)
    found = compare_metric(metric, binary(0), nothing, is_paired=False)
    both = compare_metric(metric, binary(0), binary(0), is_paired=False)
    assert found.value_a == pytest.approx(both.value_a)
    assert (found.value_b, found.p_value, found.method) == (None, None, "")
    assert found.conclusion == f"{metric} is not defined for b, so nothing can be said of it."


def test_without_pairs_nothing_is_said() -> None:
    none = Pairs.of("binary", [], [], scores=[])
    for metric in ("accuracy", "f1", "log_loss", "roc_auc"):
        for is_paired in (True, False):
            found = compare_metric(metric, none, none, is_paired=is_paired)
            assert (found.value_a, found.is_different, found.ci_low) == (None, False, None)
            assert found.conclusion == (
                f"{metric} is not defined for a and b, so nothing can be said of it."
            )


def test_rows_that_lack_a_score_in_one_of_the_two_are_left_out_of_both() -> None:
    a, b = binary(0), binary(1)
    assert a.scores is not None
    a.scores[:7] = math.nan
    found = compare_metric("roc_auc", a, b, is_paired=True)
    a.scores[:7] = SCORES[0][:7]
    assert (found.num_pairs_a, found.num_pairs_b) == (593, 593)


def test_a_metric_that_is_no_mean_is_not_compared_sequentially() -> None:
    with pytest.raises(ArgumentError, match="f1 cannot be compared sequentially, since it is no"):
        compare_metric("f1", binary(0), binary(1), is_paired=True, is_sequential=True)


def test_a_sequential_comparison_has_an_e_value_and_a_wider_interval() -> None:
    for metric in ("accuracy", "brier"):
        once = compare_metric(metric, binary(0), binary(1), is_paired=True)
        often = compare_metric(metric, binary(0), binary(1), is_paired=True, is_sequential=True)
        assert often.p_value is None
        assert often.e_value is not None
        assert once.ci_low is not None
        assert often.ci_low is not None
        assert often.ci_low < once.ci_low
        assert often.difference == pytest.approx(once.difference)


def test_the_order_of_rows_does_not_matter_to_a_paired_sequence() -> None:
    a, b = RNG.random((2, 300)) < 0.8
    order = RNG.permutation(300)
    assert sequential_mcnemar(a, b) == sequential_mcnemar(a[order], b[order])


def test_a_sequence_says_nothing_of_few_rows() -> None:
    found = sequential_mean(numpy.zeros(49), numpy.ones(49) + RNG.normal(0, 0.01, 49))
    assert (found.e_value, found.low) == (1.0, -math.inf)
    assert sequential_mcnemar([], []).e_value == pytest.approx(1.0)


def test_of_a_side_without_pairs_the_other_keeps_its_value() -> None:
    found = bootstrap_unpaired(lambda rows: 0.25, lambda rows: len(rows) / 10, (0, 7))
    assert math.isnan(found.value_a)
    assert found.value_b == 0.7
