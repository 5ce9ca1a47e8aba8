"""Slow drift: how often a quiet year is raised, and how soon a creep of 0.02 sd a day is.

Statistics are watched 420 at a time, five times as many as 21 columns have; the threshold is that
of 21 columns, so one alarm is allowed for each of the five years that they stand for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy
import pyarrow
import pytest
from benchmarks.slow_drift import RUN_LENGTH, YEAR, Noise

import mltrace as mt
from mltrace.monitors.drift.sequential.creep_watch import CreepWatch, Value
from mltrace.profiles.profiling import profile_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

NUM_YEARS: Final = 5
NUM: Final = 84 * NUM_YEARS


def first_alarms(values: NDArray[numpy.float64], noise: Noise) -> NDArray[numpy.float64]:
    """Tell on which day each statistic is raised first; infinite if it is not."""
    watch, found = CreepWatch(), numpy.full(values.shape[1], numpy.inf)
    keys = [(str(number), "mean") for number in range(values.shape[1])]
    for day, row in enumerate(values.tolist()):
        given = {key: Value(one, 1 / noise.num_rows) for key, one in zip(keys, row, strict=True)}
        for key, known in watch.update(given, day % 7).items():
            if known.evidence >= RUN_LENGTH:
                found[int(key[0])] = min(found[int(key[0])], day)
    return found


@pytest.mark.parametrize(
    "noise",
    [
        Noise(200),
        Noise(5000),
        Noise(day=0.3),
        Noise(200, day=0.1, stays=0.8),
        Noise(day=0.3, stays=0.5),
        Noise(day=0.3, stays=0.8),
        Noise(day=0.2, stays=0.6, weekly=0.2),
    ],
    ids=str,
)
def test_a_quiet_year_has_at_most_one_false_alarm(noise: Noise) -> None:
    values = noise.draw(numpy.random.default_rng(1), YEAR, NUM)
    assert numpy.isfinite(first_alarms(values, noise)).sum() <= NUM_YEARS


@pytest.mark.parametrize(
    ("noise", "share"),
    [
        (Noise(200), 1.0),
        (Noise(5000), 1.0),
        (Noise(weekly=0.3), 1.0),
        (Noise(day=0.1, stays=0.5), 0.85),
        (Noise(day=0.2), 0.7),
        (Noise(200, day=0.1, stays=0.8), 0.5),
    ],
    ids=str,
)
@pytest.mark.parametrize("slope", [0.02, -0.02])
def test_a_creep_is_raised_within_forty_days(noise: Noise, share: float, slope: float) -> None:
    rng = numpy.random.default_rng(2)
    begin = rng.integers(40, 81, 100)
    days = numpy.arange(121)[:, None]
    values = noise.draw(rng, 121, 100) + slope * numpy.maximum(days - begin, 0)
    delays = first_alarms(values, noise) - begin
    assert ((delays > 0) & (delays <= 40)).mean() >= share


def test_a_column_that_creeps_from_the_first_partition_on_is_raised_within_forty_days() -> None:
    noise = Noise(500)
    days = numpy.arange(41)[:, None]
    values = noise.draw(numpy.random.default_rng(3), 41, 100) + 0.02 * days
    assert numpy.isfinite(first_alarms(values, noise)).mean() >= 0.95


def test_day_effects_that_are_skewed_and_heavy_tailed_raise_few_false_alarms() -> None:
    rng, noise = numpy.random.default_rng(4), Noise(1000)
    values = noise.draw(rng, YEAR, NUM)
    values[:, ::3] += 0.2 * rng.standard_t(3, values[:, ::3].shape)
    values[:, 1::3] += 0.2 * rng.exponential(1, values[:, 1::3].shape)
    values[:, 2::3] += 0.05 * rng.lognormal(0, 1.2, values[:, 2::3].shape)
    assert numpy.isfinite(first_alarms(values, noise)).sum() <= NUM_YEARS


def table(rng: numpy.random.Generator, *, shift: float = 0.0, num_rows: int = 300) -> mt.Profile:
    """Draw a partition of 21 columns of several kinds, one of which may be shifted."""
    numbers = {f"normal_{one}": rng.normal(one, 1 + one, num_rows) for one in range(6)}
    counts = {f"count_{one}": rng.poisson(1 + 3 * one, num_rows) for one in range(4)}
    skewed = {f"skewed_{one}": rng.lognormal(0, 0.4 + 0.4 * one, num_rows) for one in range(4)}
    words = {
        f"words_{one}": rng.choice(["a", "b", "c", "d"], num_rows, p=[0.5, 0.3, 0.15, 0.05])
        for one in range(4)
    }
    nulls = {
        f"nulls_{one}": pyarrow.array(
            rng.normal(size=num_rows), mask=rng.random(num_rows) < 0.05 * one
        )
        for one in range(3)
    }
    numbers["normal_3"] = numbers["normal_3"] + 4 * shift
    return profile_table(pyarrow.table({**numbers, **counts, **skewed, **words, **nulls}))


def test_a_quiet_year_of_tables_is_quiet_and_a_creep_of_one_column_is_named() -> None:
    rng = numpy.random.default_rng(5)
    watch = mt.SlowDrift()
    quiet = [watch.update(table(rng)) for _ in range(YEAR)]
    assert sum(result.is_drift for result in quiet) <= 1
    assert len(watch.to_bytes()) < 20_000
    told = [watch.update(table(rng, shift=0.02 * day)) for day in range(41)]
    first = next(result for result in told if result.is_drift)
    assert [name for name, one in first.columns.items() if one.is_drift] == ["normal_3"]
