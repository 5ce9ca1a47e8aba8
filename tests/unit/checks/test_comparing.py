"""A column is compared with what a profile knows of the other."""

from __future__ import annotations

import numpy
import pytest

from mltrace.checks.column_values import ColumnValues
from mltrace.checks.comparing import compare
from mltrace.records import ColumnProfile, ValueCount

RNG = numpy.random.default_rng(3)
PROBABILITIES = ("0.05", "0.25", "0.5", "0.75", "0.95")


def _profile_of(numbers: numpy.ndarray[tuple[int], numpy.dtype[numpy.float64]]) -> ColumnProfile:
    known = numbers[~numpy.isnan(numbers)]
    quantiles = [numpy.quantile(known, float(p), method="inverted_cdf") for p in PROBABILITIES]
    return ColumnProfile(
        name="x",
        kind="number",
        dtype="double",
        num_rows=len(numbers),
        num_nulls=int(numpy.isnan(numbers).sum()),
        min=known.min(),
        max=known.max(),
        quantiles=dict(zip(PROBABILITIES, map(float, quantiles), strict=True)),
    )


@pytest.mark.parametrize("num_zeros", [0, 600])
def test_numbers_of_one_distribution_are_near_their_profile(num_zeros: int) -> None:
    numbers = RNG.exponential(size=2_000)
    numbers[RNG.permutation(2_000)[:num_zeros]] = 0.0
    numbers[RNG.permutation(2_000)[:100]] = numpy.nan
    current = ColumnValues("number", 1_000, numbers[1_000:])
    found = compare("x", current, _profile_of(numbers[:1_000]), rate=0.001)
    assert found is not None
    assert found.distance < found.noise
    whole = compare("x", current, ColumnValues("number", 1_000, numbers[:1_000]), rate=0.001)
    assert whole is not None
    assert found.distance <= whole.distance + 1e-9


def test_moved_numbers_are_far_from_their_profile() -> None:
    numbers = RNG.normal(size=1_000)
    for moved in (numbers + 1, numbers * 4, numpy.where(numbers > 0.3, numpy.nan, numbers)):
        found = compare("x", ColumnValues("number", 1_000, moved), _profile_of(numbers), rate=0.001)
        assert found is not None
        assert found.distance > found.noise + 0.1


def test_categories_are_compared_with_the_most_frequent_of_a_profile() -> None:
    top = (ValueCount(value="AA", count=500), ValueCount(value="UA", count=300))
    profile = ColumnProfile(name="x", kind="text", dtype="string", num_rows=1_000, top=top)
    same = {"AA": 510, "UA": 290, "B6": 100, "DL": 100}
    found = compare("x", ColumnValues("category", 1_000, counts=same), profile, rate=0.001)
    assert found is not None
    assert found.distance == pytest.approx(0.01)
    moved = compare("x", ColumnValues("category", 1_000, counts={"UA": 1_000}), profile, rate=0.001)
    assert moved is not None
    assert moved.distance == pytest.approx(0.7)


def test_columns_of_nulls_differ_by_their_nulls_only() -> None:
    numbers = numpy.array([numpy.nan] * 10 + [1.0] * 90)
    nulls = ColumnValues("null", 100, counts={None: 100})
    found = compare("x", nulls, ColumnValues("number", 100, numbers), rate=0.001)
    assert found is not None
    assert found.distance == pytest.approx(0.9)
    same = compare("x", nulls, nulls, rate=0.001)
    assert same is not None
    assert same.distance == 0.0


def test_rare_categories_are_one_bin() -> None:
    many = {str(number): 1 for number in range(500)}
    others = {str(number): 1 for number in range(500, 1_000)}
    current = ColumnValues("category", 500, counts=many)
    found = compare("x", current, ColumnValues("category", 500, counts=others), rate=0.001)
    assert found is not None
    assert found.distance < 0.1 + found.noise
