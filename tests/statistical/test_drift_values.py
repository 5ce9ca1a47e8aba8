"""Drift methods give the values of SciPy where it has the method."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy
import pytest
import scipy.spatial.distance
import scipy.stats

from mltrace.distributions import tails
from mltrace.monitors.drift.methods.chi_square import chi_square
from mltrace.monitors.drift.methods.cramer_von_mises import cramer_von_mises
from mltrace.monitors.drift.methods.domain_classifier import _mann_whitney
from mltrace.monitors.drift.methods.energy_distance import energy_distance
from mltrace.monitors.drift.methods.false_discovery import adjusted
from mltrace.monitors.drift.methods.gate import average_linkage
from mltrace.monitors.drift.methods.jensen_shannon import jensen_shannon
from mltrace.monitors.drift.methods.kolmogorov_smirnov import kolmogorov_smirnov
from mltrace.monitors.drift.methods.moments import moment_differences
from mltrace.monitors.drift.methods.wasserstein import wasserstein
from mltrace.monitors.drift.p_values.permuting import permutation_p_value
from mltrace.monitors.drift.samples.pairs import Pair

if TYPE_CHECKING:
    from numpy.typing import NDArray


def normal(num_rows: int, num_reference: int, shift: float, seed: int = 0) -> tuple[Any, Any]:
    random = numpy.random.default_rng(seed)
    return random.normal(shift, size=num_rows), random.normal(size=num_reference)


def poisson(num_rows: int, num_reference: int, shift: float, seed: int = 0) -> tuple[Any, Any]:
    random = numpy.random.default_rng(seed)
    return random.poisson(2 + shift, num_rows), random.poisson(2, num_reference)


def cells(current: NDArray[Any], reference: NDArray[Any]) -> tuple[Any, Any, Any]:
    pair = Pair.of(current, reference)
    return pair.values, pair.current, pair.reference


SAMPLES = [
    (draw, num, num_reference, shift)
    for draw in (normal, poisson)
    for num, num_reference in ((30, 40), (200, 500), (900, 700))
    for shift in (0.0, 0.3, 2.0)
]


@pytest.mark.parametrize(("draw", "num", "num_reference", "shift"), SAMPLES)
def test_distances_are_those_of_scipy(
    draw: Any, num: int, num_reference: int, shift: float
) -> None:
    ours, theirs = draw(num, num_reference, shift)
    values, current, reference = cells(ours, theirs)
    told = kolmogorov_smirnov(current, reference)
    assert told.statistic == pytest.approx(scipy.stats.ks_2samp(ours, theirs).statistic)
    moved = wasserstein(values, current, reference).statistic
    assert moved == pytest.approx(scipy.stats.wasserstein_distance(ours, theirs))
    energy = energy_distance(values, current, reference)
    assert energy.statistic == pytest.approx(scipy.stats.energy_distance(ours, theirs))
    own = [numpy.abs(one[:, None] - other).mean() for one, other in ((ours, theirs),)]
    assert energy.effect_size == pytest.approx(energy.statistic**2 / (2 * own[0]))
    apart = scipy.spatial.distance.jensenshannon(current, reference, base=2)
    assert jensen_shannon(current, reference).statistic == pytest.approx(apart, abs=1e-7)


@pytest.mark.parametrize(("num", "num_reference"), [(40, 50), (200, 300), (900, 700)])
@pytest.mark.parametrize("shift", [0.0, 0.1, 0.3])
def test_p_values_without_ties_are_nearly_those_of_scipy(
    num: int, num_reference: int, shift: float
) -> None:
    ours, theirs = normal(num, num_reference, shift, seed=3)
    _, current, reference = cells(ours, theirs)
    mises = scipy.stats.cramervonmises_2samp(ours, theirs)
    told = cramer_von_mises(current, reference)
    assert told.statistic == pytest.approx(mises.statistic)
    assert told.p_value == pytest.approx(mises.pvalue, rel=0.15, abs=0.02)
    smirnov = scipy.stats.ks_2samp(ours, theirs).pvalue
    p_value = kolmogorov_smirnov(current, reference).p_value
    assert smirnov * 0.6 - 0.01 < p_value < smirnov * 1.5 + 0.12


def test_p_values_far_out_are_not_those_of_noise() -> None:
    ours, theirs = normal(500, 500, 1.0)
    _, current, reference = cells(ours, theirs)
    assert cramer_von_mises(current, reference).p_value < 1e-30
    exact = scipy.stats.ks_2samp(ours, theirs).pvalue
    assert kolmogorov_smirnov(current, reference).p_value == pytest.approx(exact, rel=10)


@pytest.mark.parametrize("counts", [([30, 20], [50, 50]), ([300, 20, 80], [50, 50, 100])])
def test_chi_square_is_that_of_scipy(counts: tuple[list[int], list[int]]) -> None:
    told = chi_square(*counts)
    expected = scipy.stats.chi2_contingency(counts, correction=False)
    assert told.statistic == pytest.approx(expected.statistic)
    assert told.p_value == pytest.approx(expected.pvalue, rel=1e-9)


@pytest.mark.parametrize("counts", [([4, 6], [10, 3]), ([0, 5], [40, 30]), ([2, 3], [50, 900])])
def test_chi_square_of_few_rows_is_the_exact_test(counts: tuple[list[int], list[int]]) -> None:
    (a, b), (c, d) = counts
    total, drawn, marked = a + b + c + d, a + b, a + c
    found = numpy.arange(max(0, drawn - (total - marked)), min(drawn, marked) + 1)
    chances = scipy.stats.hypergeom.pmf(found, total, marked, drawn)
    away = numpy.abs(found - drawn * marked / total)
    exact = chances[away >= abs(a - drawn * marked / total) - 1e-9].sum()
    assert chi_square(*counts).p_value == pytest.approx(exact, rel=0.5, abs=0.01)


def test_categories_that_have_nothing_in_common_are_no_chance_of_one_in_ten_thousand() -> None:
    told = chi_square([100, 0, 0], [0, 1_500, 1_500])
    chance = 1 / math.comb(3_100, 100)
    assert told.p_value == pytest.approx(2 * 3 * chance, rel=1e-9)


def test_moments_are_those_of_scipy() -> None:
    ours, theirs = numpy.random.default_rng(0).gamma(2.0, size=(2, 400))
    theirs = theirs * 3
    differences = moment_differences(*cells(ours, theirs))
    spread = numpy.concatenate((ours, theirs)).std()
    assert differences.tolist() == pytest.approx(
        [
            (ours.mean() - theirs.mean()) / spread,
            math.log(ours.std() / theirs.std()) * math.sqrt(2),
            (scipy.stats.skew(ours) - scipy.stats.skew(theirs)) / math.sqrt(6),
            (scipy.stats.kurtosis(ours) - scipy.stats.kurtosis(theirs)) / math.sqrt(24),
        ]
    )


def test_corrections_are_those_of_scipy() -> None:
    p_values = numpy.random.default_rng(0).random(30) ** 3
    hochberg = scipy.stats.false_discovery_control(p_values, method="bh")
    assert adjusted(p_values).tolist() == pytest.approx(hochberg.tolist())
    yekutieli = scipy.stats.false_discovery_control(p_values, method="by")
    assert adjusted(p_values, "benjamini-yekutieli").tolist() == pytest.approx(yekutieli.tolist())


def test_the_area_of_the_classifier_has_the_p_value_of_mann_and_whitney() -> None:
    random = numpy.random.default_rng(0)
    scores = numpy.round(random.random(300), 1)
    is_current = random.random(300) < 0.4
    area, z = _mann_whitney(scores, is_current)
    expected = scipy.stats.mannwhitneyu(
        scores[is_current], scores[~is_current], alternative="greater", use_continuity=False
    )
    pairs = is_current.sum() * (~is_current).sum()
    assert area == pytest.approx(expected.statistic / pairs)
    assert tails.normal_tail(z) == pytest.approx(expected.pvalue)


def test_clusters_are_those_of_scipy() -> None:
    points = numpy.random.default_rng(0).normal(size=(20, 3))
    distances = scipy.spatial.distance.pdist(points)
    tree = scipy.cluster.hierarchy.linkage(distances, "average")
    for number in (1, 2, 5, 20):
        theirs = scipy.cluster.hierarchy.fcluster(tree, number, "maxclust")
        ours = average_linkage(scipy.spatial.distance.squareform(distances), number)
        assert len(set(zip(ours.tolist(), theirs.tolist(), strict=True))) == number


@pytest.mark.parametrize("degrees", [1, 2, 5, 50, 500, 5_000])
def test_the_chi_square_tail_is_that_of_scipy(degrees: int) -> None:
    for factor in (0.001, 0.3, 0.9, 1.0, 1.1, 1.5, 3.0, 20.0):
        expected = float(scipy.stats.chi2.sf(degrees * factor, degrees))
        told = tails.chi_square_tail(degrees * factor, degrees)
        assert told == pytest.approx(expected, rel=1e-8, abs=1e-290)


def test_the_tails_of_kolmogorov_and_of_draws_are_those_of_scipy() -> None:
    for value in (0.1, 0.3, 0.99, 1.0, 1.5, 5.0, 30.0):
        expected = float(scipy.stats.kstwobign.sf(value))
        assert tails.kolmogorov_tail(value) == pytest.approx(expected, rel=1e-9)
    for found, drawn, marked, total in ((3, 5, 4, 20), (0, 5, 4, 20), (90, 100, 150, 10**6)):
        expected = float(scipy.stats.hypergeom.sf(found - 1, total, marked, drawn))
        assert tails.hypergeometric_tail(found, drawn, marked, total) == pytest.approx(expected)


@pytest.mark.parametrize("degrees", [1, 2, 7])
def test_a_sum_of_equal_weights_is_nearly_a_chi_square_variable(degrees: int) -> None:
    for value in (0.01, 0.5, 1.0, 2.0, 6.0, 30.0, 300.0):
        expected = float(scipy.stats.chi2.sf(value * degrees, degrees))
        told = tails.weighted_chi_square_tail(value * degrees * 3, [3.0] * degrees)
        assert told == pytest.approx(expected, rel=0.1, abs=1e-290)


def test_the_limit_of_cramer_and_von_mises_is_met() -> None:
    weights = 1 / (numpy.arange(1, 100) * numpy.pi) ** 2
    for value, expected in ((0.34730, 0.1), (0.46136, 0.05), (0.74346, 0.01), (1.16786, 0.001)):
        told = tails.weighted_chi_square_tail(value, weights)
        assert told == pytest.approx(expected, rel=0.07)


def test_permutations_give_the_p_value_of_an_exact_test() -> None:
    def apart(current: NDArray[Any], reference: NDArray[Any]) -> NDArray[numpy.float64]:
        shares = current[:, 0] / current.sum(1), reference[:, 0] / reference.sum(1)
        return numpy.asarray(numpy.abs(shares[0] - shares[1]))

    exact = scipy.stats.fisher_exact([[8, 2], [1, 9]]).pvalue
    told = permutation_p_value(apart, [8, 2], [1, 9])
    assert told == pytest.approx(exact, rel=0.5)
    assert told == permutation_p_value(apart, [8, 2], [1, 9])
