"""Drift methods: how often they cry wolf, and whether they see what they should.

Where nothing has drifted, a p-value is at most 0.05 in 5 % of the draws, within four standard
errors of the simulation (there are some 200 of them), at any sizes and with any ties. Power is that
against a stated change.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy
import pytest

from mltrace.monitors.drift.comparing.two_samples import compare
from mltrace.monitors.drift.methods.domain_classifier import domain_classifier
from mltrace.monitors.drift.methods.maximum_mean_discrepancy import maximum_mean_discrepancy
from mltrace.monitors.drift.methods.method import methods
from mltrace.monitors.drift.samples.pairs import Pair
from mltrace.profiles.reading import profile_data
from mltrace.profiles.tables import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Generator = numpy.random.Generator
    Draw = Callable[[Generator, int], NDArray[Any]]

RATE: Final = 0.05
NUM_RUNS: Final = 150
TOLERANCE: Final = 4 * math.sqrt(RATE * (1 - RATE) / NUM_RUNS)
NAMES: Final = [one.name for one in methods if one.scope == "column"]
ALPHABET: Final = numpy.array([f"c{number:02}" for number in range(40)], dtype=object)
RANKS: Final = 1 / numpy.arange(1, 41) / (1 / numpy.arange(1, 41)).sum()


def with_zeros(random: Generator, num: int) -> NDArray[Any]:
    return numpy.where(random.random(num) < 0.6, 0.0, random.lognormal(size=num))


def with_nulls(random: Generator, num: int) -> NDArray[Any]:
    values = random.normal(size=num).round(1).astype(object)
    values[random.random(num) < 0.03] = None
    return values


DRAWS: Final[dict[str, Draw]] = {
    "continuous": lambda random, num: random.normal(size=num),
    "heavy": lambda random, num: random.pareto(1.2, size=num),
    "counts": lambda random, num: random.poisson(1, size=num),
    "rare": lambda random, num: (random.random(num) < 0.02) * 1.0,
    "zeros": with_zeros,
    "nulls": with_nulls,
    "texts": lambda random, num: random.choice(ALPHABET, num, p=RANKS),
}
SIZES: Final = [(50, 50), (50, 5_000), (1_500, 5_000)]


@cache
def pairs(kind: str, num: int, num_reference: int) -> list[Pair]:
    random = numpy.random.default_rng([7, num, num_reference])
    draw = DRAWS[kind]
    return [Pair.of(draw(random, num), draw(random, num_reference)) for _ in range(NUM_RUNS)]


@pytest.mark.parametrize(("num", "num_reference"), SIZES)
@pytest.mark.parametrize("kind", DRAWS)
def test_p_values_hold_at_any_size_and_with_any_ties(
    kind: str, num: int, num_reference: int
) -> None:
    for name in NAMES:
        method = methods.get(name)
        if method.is_ordered_only and kind == "texts":
            continue
        alarms = [method.compare(one).p_value <= RATE for one in pairs(kind, num, num_reference)]
        assert sum(alarms) / NUM_RUNS <= RATE + TOLERANCE, name


@pytest.mark.parametrize("name", NAMES)
def test_p_values_are_as_low_as_they_should_be(name: str) -> None:
    """They are not only safe: without drift, half of them are below a half."""
    p_values = [methods.get(name).compare(one).p_value for one in pairs("counts", 1_500, 5_000)]
    assert 0.35 < numpy.mean(numpy.array(p_values) <= 0.5) < 0.65


@pytest.mark.parametrize("name", NAMES)
def test_a_shift_of_half_a_deviation_is_seen_in_200_rows(name: str) -> None:
    random = numpy.random.default_rng(1)
    method = methods.get(name)
    found = []
    for _ in range(30):
        told = method.compare(Pair.of(random.normal(0.5, size=200), random.normal(size=1_000)))
        found.append(told.p_value <= RATE)
    assert numpy.mean(found) >= 0.9


def test_moments_see_a_kurtosis_that_mean_and_deviation_do_not_show() -> None:
    random = numpy.random.default_rng(2)
    found = []
    for _ in range(20):
        heavy = random.standard_t(4, size=1_000) / math.sqrt(2)
        told = methods.get("moments").compare(Pair.of(heavy, random.normal(size=3_000)))
        found.append(told.p_value <= RATE)
    assert numpy.mean(found) >= 0.9


def test_whole_rows_show_a_correlation_that_no_column_does() -> None:
    random = numpy.random.default_rng(3)
    there = random.normal(size=(300, 2))
    here = random.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], size=300)
    for method in (maximum_mean_discrepancy, domain_classifier):
        told = method(here, there)
        assert told.p_value <= 0.001, method.__name__
        assert told.effect_size > 0.1, method.__name__


def test_whole_rows_of_one_distribution_raise_no_more_alarms_than_stated() -> None:
    random = numpy.random.default_rng(4)
    alarms = []
    for _ in range(NUM_RUNS):
        here, there = random.normal(size=(50, 3)), random.normal(size=(80, 3)).round(1)
        told = maximum_mean_discrepancy(here.round(1), there, num_draws=199)
        alarms.append(told.p_value <= RATE)
    assert numpy.mean(alarms) <= RATE + TOLERANCE


def test_the_forest_raises_no_more_alarms_than_stated() -> None:
    random = numpy.random.default_rng(5)
    alarms = [
        domain_classifier(random.normal(size=(30, 3)), random.normal(size=(60, 3))).p_value <= 0.1
        for _ in range(25)
    ]
    assert numpy.mean(alarms) <= 0.1 + 3 * math.sqrt(0.1 * 0.9 / 25)


@pytest.mark.parametrize(("num_texts", "slope"), [(3_000, 1.0), (700, 0.3)])
def test_more_texts_than_profiles_hold_raise_no_alarms_and_hide_no_new_one(
    num_texts: int, slope: float
) -> None:
    random = numpy.random.default_rng(8)
    shares = 1 / numpy.arange(1, num_texts + 1) ** slope
    texts = numpy.array([f"t{number}" for number in range(num_texts)], dtype=object)

    def table(num_rows: int, num_new: int = 0) -> Profile:
        values = random.choice(texts, num_rows, p=shares / shares.sum())
        values[:num_new] = "new"
        return profile_data({"text": list(values)})

    past = Profile.merge_all(table(1_000) for _ in range(20))
    for reference in (past, table(1_000)):
        told = [compare(table(1_000), reference, min_effect=0.0) for _ in range(30)]
        assert numpy.mean([(one.p_value or 1.0) <= RATE for one in told]) <= RATE + 0.12
        assert compare(table(1_000, num_new=150), reference).is_drift


@pytest.mark.parametrize("correction", ["benjamini-hochberg", "benjamini-yekutieli", "holm"])
def test_tables_of_many_columns_raise_no_more_alarms_than_stated(correction: Any) -> None:
    random = numpy.random.default_rng(6)
    drawn = [draw for kind, draw in DRAWS.items() if kind != "heavy"]

    def table(num_rows: int) -> Any:
        return profile_data(
            {f"{place}": list(draw(random, num_rows)) for place, draw in enumerate(drawn * 3)}
        )

    reference = [table(800) for _ in range(5)]
    alarms = [
        compare(
            table(200),
            reference[run % 5],
            false_alarm_rate=0.1,
            correction=correction,
            min_effect=0.0,
        ).is_drift
        for run in range(60)
    ]
    assert numpy.mean(alarms) <= 0.1 + 3 * math.sqrt(0.1 * 0.9 / 60)
