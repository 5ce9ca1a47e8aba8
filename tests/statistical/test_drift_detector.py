"""The default drift detector: how often clean partitions alarm, and which faults it finds.

Alarms are counted over streams that are drawn anew; the bounds are what the rate allows and three
standard errors. Faults are put into partitions that are drawn anew, and their column is to be named
in nine of ten.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy
import pyarrow
import pytest

from mltrace.monitors.drift.detector import DriftDetector
from mltrace.profiles.profiling import profile_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mltrace.profiles.tables import Profile
    from mltrace.records.drift import DriftResult

    Array = NDArray[Any]
    Columns = dict[str, Array]

NUM_HISTORY: Final = 40
NUM_NEW: Final = 25
CARRIERS: Final = [f"c{number}" for number in range(8)]
SHARES: Final = numpy.array([30, 20, 15, 12, 10, 8, 4, 1]) / 100


def most_alarms(rate: float, num: int) -> float:
    """Tell how many alarms a rate allows, with three standard errors."""
    return num * rate + 3 * math.sqrt(num * rate * (1 - rate))


def drawn(rng: numpy.random.Generator, num_rows: int, levels: Array) -> Profile:
    """Draw a partition of columns of several kinds in turn, at levels in standard deviations."""
    columns: dict[str, Any] = {}
    for at, level in enumerate(levels.tolist()):
        kind = at % 5
        if kind == 0:
            made: Any = 100 + 15 * (level + rng.standard_normal(num_rows))
        elif kind == 1:
            made = rng.lognormal(0.6 * level, 0.6, num_rows)
        elif kind == 2:
            made = rng.poisson(4 * math.exp(0.5 * level), num_rows)
        elif kind == 3:
            made = rng.choice(CARRIERS, num_rows, p=SHARES)
        else:
            share = 1 / (1 + math.exp(3 - level))
            made = pyarrow.array(rng.standard_normal(num_rows), mask=rng.random(num_rows) < share)
        columns[f"x{at:03}"] = made
    return profile_table(pyarrow.table(columns))


def alarms(partitions: list[Profile], rates: tuple[float, ...]) -> dict[float, int]:
    """Count the alarms of the partitions after the history, which are judged one by one."""
    found = dict.fromkeys(rates, 0)
    detector = DriftDetector().fit(partitions[:NUM_HISTORY])
    for partition in partitions[NUM_HISTORY:]:
        p_value = detector.score(partition).p_value
        assert p_value is not None
        for rate in rates:
            found[rate] += p_value < rate
    return found


@pytest.mark.parametrize(
    ("num_rows", "num_columns", "num_streams"),
    [
        (50, 3, 8),
        (50, 20, 4),
        (200, 20, 4),
        (1000, 3, 6),
        (1000, 20, 3),
        (10_000, 5, 1),
        (200, 100, 1),
    ],
)
def test_independent_rows_alarm_no_more_often_than_the_rate(
    num_rows: int, num_columns: int, num_streams: int
) -> None:
    rng, none = numpy.random.default_rng(1), numpy.zeros(num_columns)
    totals = dict.fromkeys((0.01, 0.05), 0)
    for _ in range(num_streams):
        stream = [drawn(rng, num_rows, none) for _ in range(NUM_HISTORY + NUM_NEW)]
        for rate, number in alarms(stream, tuple(totals)).items():
            totals[rate] += number
    for rate, number in totals.items():
        assert number <= most_alarms(rate, num_streams * NUM_NEW)


def day_effects(rng: numpy.random.Generator, num_columns: int, kind: str) -> Array:
    """Draw by how much the levels of days differ, in standard deviations of rows."""
    shape = (NUM_HISTORY + NUM_NEW, num_columns)
    noise = rng.standard_normal(shape)
    if kind == "independent":
        return 0.2 * noise
    if kind == "stays":  # AR(1) of 0.5
        levels = numpy.zeros(shape)
        for at in range(1, len(levels)):
            levels[at] = 0.5 * levels[at - 1] + 0.2 * noise[at]
        return levels
    if kind == "weekly":
        days = numpy.arange(shape[0])[:, None]
        phases = rng.uniform(0, 2 * math.pi, num_columns)
        return 0.3 * numpy.sin(2 * math.pi * days / 7 + phases) + 0.05 * noise
    return numpy.asarray(
        0.3 * rng.standard_normal((shape[0], 1)) * rng.choice([-1, 1], num_columns) + 0.05 * noise
    )


@pytest.mark.parametrize("kind", ["independent", "stays", "weekly", "together"])
@pytest.mark.parametrize("num_rows", [100, 1000])
def test_days_that_differ_alarm_no_more_often_than_the_rate(kind: str, num_rows: int) -> None:
    rng = numpy.random.default_rng(2)
    totals = dict.fromkeys((0.01, 0.05), 0)
    num_streams = 3
    for _ in range(num_streams):
        levels = day_effects(rng, 10, kind)
        stream = [drawn(rng, num_rows, one) for one in levels]
        for rate, number in alarms(stream, tuple(totals)).items():
            totals[rate] += number
    for rate, number in totals.items():
        assert number <= most_alarms(rate, num_streams * NUM_NEW)


def flights(rng: numpy.random.Generator, num_rows: int = 1000) -> Columns:
    """Draw columns of which some go together: high and low, price and tax, gate and stand."""
    low = rng.normal(60, 15, num_rows)
    price = rng.lognormal(5, 0.5, num_rows)
    is_open = rng.random(num_rows) > 0.05
    return {
        "low": low,
        "high": low + rng.normal(10, 3, num_rows),
        "wind": rng.normal(20, 4, num_rows),
        "price": price,
        "tax": 0.2 * price + rng.normal(0, 1, num_rows),
        "carrier": rng.choice(CARRIERS, num_rows, p=SHARES),
        "gate": numpy.where(is_open, rng.integers(1, 30, num_rows), numpy.nan),
        "stand": numpy.where(is_open, rng.normal(5, 1, num_rows), numpy.nan),
    }


def profiled(columns: Columns) -> Profile:
    table = {name: pyarrow.array(values, from_pandas=True) for name, values in columns.items()}
    return profile_table(pyarrow.table(table))


def with_nulls(rng: numpy.random.Generator, values: Array) -> Array:
    return numpy.where(rng.random(len(values)) < 0.05, numpy.nan, values)


def few_new(rng: numpy.random.Generator, values: Array) -> Array:
    return numpy.where(rng.random(len(values)) < 0.02, "XX", values)


FAULTS: Final[dict[str, tuple[set[str], Callable[[numpy.random.Generator, Columns], Columns]]]] = {
    "another unit": ({"wind"}, lambda _, one: one | {"wind": one["wind"] * 1.15}),
    "5 % nulls": ({"wind"}, lambda rng, one: one | {"wind": with_nulls(rng, one["wind"])}),
    "2 % of a new category": (
        {"carrier"},
        lambda rng, one: one | {"carrier": few_new(rng, one["carrier"])},
    ),
    "rounded": ({"wind"}, lambda _, one: one | {"wind": one["wind"].round()}),
    "swapped": ({"low", "high"}, lambda _, one: one | {"low": one["high"], "high": one["low"]}),
    "skewed, mean and sd as ever": (
        {"wind"},
        lambda rng, one: one | {"wind": 20 + 2 * (rng.gamma(4, 1, len(one["wind"])) - 4)},
    ),
    "heavy tails, mean and sd as ever": (
        {"wind"},
        lambda rng, one: one | {"wind": 20 + 4 / 3**0.5 * rng.standard_t(3, len(one["wind"]))},
    ),
    "a relation broken": (
        {"price", "tax"},
        lambda rng, one: one | {"tax": rng.permutation(one["tax"])},
    ),
    "nulls that no longer coincide": (
        {"gate", "stand"},
        lambda rng, one: one | {"gate": rng.permutation(one["gate"])},
    ),
    "a category lost": (
        {"carrier"},
        lambda _, one: one | {"carrier": numpy.where(one["carrier"] == "c5", "c0", one["carrier"])},
    ),
}
OF_ROWS: Final[dict[str, tuple[str, Callable[[Columns, Columns], Columns]]]] = {
    "half of the rows": ("500 rows", lambda _, one: {k: v[:500] for k, v in one.items()}),
    "5 % of rows twice": (
        "rows that stand more than once",
        lambda _, one: {k: numpy.concatenate((v[:950], v[:50])) for k, v in one.items()},
    ),
    "a fifth of rows replayed": (
        "rows of an earlier partition",
        lambda old, one: {k: numpy.concatenate((old[k][:200], v[200:])) for k, v in one.items()},
    ),
}
NUM_TRIALS: Final = 20


@pytest.fixture(scope="module")
def history() -> list[Columns]:
    rng = numpy.random.default_rng(3)
    return [flights(rng) for _ in range(NUM_HISTORY)]


@pytest.fixture(scope="module")
def detector(history: list[Columns]) -> DriftDetector:
    return DriftDetector().fit([profiled(one) for one in history])


def named(result: DriftResult) -> set[str]:
    return {name for name, one in result.columns.items() if one.is_drift}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_column_is_found_and_its_column_named(
    fault: str, detector: DriftDetector
) -> None:
    columns, make = FAULTS[fault]
    rng = numpy.random.default_rng(4)
    found = [detector.score(profiled(make(rng, flights(rng)))) for _ in range(NUM_TRIALS)]
    assert numpy.mean([bool(named(one) & columns) for one in found]) >= 0.9
    assert numpy.mean([named(one) <= columns for one in found]) >= 0.9


@pytest.mark.parametrize("fault", FAULTS)
def test_the_column_at_fault_comes_first(fault: str, detector: DriftDetector) -> None:
    columns, make = FAULTS[fault]
    rng = numpy.random.default_rng(8)
    found = [detector.score(profiled(make(rng, flights(rng)))) for _ in range(NUM_TRIALS)]
    first = [next(iter(one.columns)) for one in found if one.is_drift]
    assert numpy.mean([one in columns for one in first]) >= 0.9


@pytest.mark.parametrize("fault", OF_ROWS)
def test_a_fault_of_rows_is_found_and_told_first(
    fault: str, detector: DriftDetector, history: list[Columns]
) -> None:
    reason, make = OF_ROWS[fault]
    rng = numpy.random.default_rng(5)
    found = [detector.score(profiled(make(history[30], flights(rng)))) for _ in range(NUM_TRIALS)]
    assert numpy.mean([one.reason.startswith(reason) for one in found]) >= 0.9
    assert numpy.mean([not named(one) for one in found]) >= 0.9


def stormy(rng: numpy.random.Generator, storm: float) -> Columns:
    """Draw a day on which a storm moves many columns together."""
    columns = flights(rng)
    return columns | {
        "wind": columns["wind"] + 6 * storm,
        "low": columns["low"] - 5 * storm,
        "high": columns["high"] - 5 * storm,
        "price": columns["price"] * math.exp(0.1 * storm),
        "tax": columns["tax"] * math.exp(0.1 * storm),
    }


def test_a_storm_is_no_drift_and_what_only_a_storm_explains_is_on_a_calm_day() -> None:
    rng = numpy.random.default_rng(6)
    storms = rng.gamma(0.5, 1, 60)
    detector = DriftDetector().fit([profiled(stormy(rng, one)) for one in storms.tolist()])
    strong = float(numpy.quantile(storms, 0.95))
    days = [detector.score(profiled(stormy(rng, strong))) for _ in range(NUM_TRIALS)]
    assert numpy.mean([one.is_drift for one in days]) <= 0.1
    calm = [stormy(rng, 0.1) for _ in range(NUM_TRIALS)]
    alone = [detector.score(profiled(one | {"wind": one["wind"] + 6 * strong})) for one in calm]
    assert numpy.mean(["wind" in named(one) for one in alone]) >= 0.9
