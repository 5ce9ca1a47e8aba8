from __future__ import annotations

import numpy
import pytest
import scipy.special

from mltrace.monitors.drift.history.statistic import SCALES, Scales, Statistic, root_deviance

GRID = numpy.array([0.1, 0.5, 1.0, 3.0, 20.0, 400.0])


def test_the_root_deviance_is_that_of_a_binomial_share() -> None:
    share, expected = numpy.meshgrid([0, 0.001, 0.3, 0.5, 0.99, 1], [0.001, 0.3, 0.5, 0.999])
    relative = scipy.special.rel_entr(share, expected)
    relative += scipy.special.rel_entr(1 - share, 1 - expected)
    found = root_deviance(share, expected)
    assert found == pytest.approx(numpy.sign(share - expected) * numpy.sqrt(2 * relative) / 2)


def test_for_usual_shares_it_is_the_difference_of_arcsines_of_roots() -> None:
    share, expected = numpy.array([0.28, 0.3, 0.35]), numpy.full(3, 0.3)
    arcsines = numpy.arcsin(numpy.sqrt(share)) - numpy.arcsin(numpy.sqrt(expected))
    assert root_deviance(share, expected) == pytest.approx(arcsines, rel=0.01)


@pytest.mark.parametrize("expected", [0.02, 0.3, 0.9])
def test_times_twice_the_root_of_the_rows_it_is_about_standard_normal(expected: float) -> None:
    num_rows = 2000
    shares = numpy.random.default_rng(1).binomial(num_rows, expected, 4000) / num_rows
    found = 2 * num_rows**0.5 * root_deviance(shares, numpy.full(len(shares), expected))
    assert found.mean() == pytest.approx(0, abs=0.1)
    assert found.std() == pytest.approx(1, abs=0.05)


def test_an_unknown_share_stays_unknown_and_one_beyond_the_ends_is_cut() -> None:
    found = root_deviance(numpy.array([numpy.nan, 1.0, 1 + 1e-12]), numpy.full(3, 0.5))
    assert numpy.isnan(found[0])
    assert found[1] == found[2]


@pytest.mark.parametrize("name", SCALES)
def test_scales_rise_and_their_slopes_are_their_derivatives(name: str) -> None:
    scale, step = SCALES[name], 1e-6
    turned = scale.turn(GRID)
    assert (numpy.diff(turned) > 0).all()
    rise = (scale.turn(GRID + step) - scale.turn(GRID - step)) / (2 * step)
    assert scale.slope(GRID) == pytest.approx(rise, rel=1e-4)


@pytest.mark.parametrize("name", SCALES)
def test_scales_are_finite_for_whatever_a_level_may_be(name: str) -> None:
    turned = SCALES[name].turn(numpy.array([1e308, numpy.inf, 0.0, -0.999]))
    assert numpy.isfinite(turned[[0, 2, 3]]).all()


def test_a_share_is_turned_beside_that_of_all_rows_of_the_history() -> None:
    values, rows = numpy.array([[0.5], [0.1], [numpy.nan]]), numpy.array([[10.0], [90.0], [50.0]])
    scales = Scales([Statistic("x", "nulls", "nulls")], values, rows)
    assert scales.share.tolist() == [pytest.approx((5 + 9 + 0.5) / (10 + 90 + 1))]
    turned = scales.turn(numpy.array([0.25]), numpy.array([400.0]))
    assert turned.values == pytest.approx(root_deviance(numpy.array([0.25]), scales.share))
    assert turned.errors.tolist() == [0.5 / 20]


def test_the_error_of_a_level_is_turned_with_it() -> None:
    rows = Statistic(None, "rows", "rows", is_share=False)
    scales = Scales([rows], numpy.array([[99.5], [99.5]]), numpy.zeros((2, 1)))
    turned = scales.turn(numpy.array([99.5]), numpy.array([5.0]))
    assert turned.values.tolist() == [pytest.approx(numpy.log(100))]
    assert turned.errors.tolist() == [pytest.approx(5 / 100)]


def clustered(cluster: int) -> Scales:
    """Scales of a column whose equal values stand together."""
    rng, num_rows = numpy.random.default_rng(2), 2000
    statistics = [Statistic("x", "spread", "bin", at) for at in range(8)]
    statistics.append(Statistic("x", "values", "zero"))
    counts = rng.multinomial(num_rows // cluster, numpy.full(8, 1 / 8), size=200) * cluster
    values = numpy.column_stack((counts / num_rows, numpy.full(200, 0.1)))
    return Scales(statistics, values, numpy.full(values.shape, float(num_rows)))


def test_single_values_of_clustered_rows_have_the_error_of_fewer_rows() -> None:
    scales = clustered(9)
    assert scales.clustering[-1] == pytest.approx(3, rel=0.1)
    assert (scales.clustering[:-1] == 1).all()


def test_single_values_of_independent_rows_have_the_error_of_all_rows() -> None:
    assert clustered(1).clustering[-1] == pytest.approx(1, rel=0.05)


def test_a_statistic_that_no_partition_has_warns_of_nothing() -> None:
    statistics = [Statistic("x", "values", "zero"), Statistic("x", "center", "mean", None, False)]
    scales = Scales(statistics, numpy.full((4, 2), numpy.nan), numpy.zeros((4, 2)))
    assert numpy.isnan(scales.turn(numpy.full(2, numpy.nan), numpy.zeros(2)).values).all()
