"""Profiles of numbers and times: the same however rows are parted, and within their bounds."""

from __future__ import annotations

import datetime
import itertools
import math
from collections import Counter
from decimal import Decimal
from typing import Any

import numpy
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mltrace.errors import ArgumentError
from mltrace.profiles.dyadic_histogram import MAX_BINS, DyadicHistogram
from mltrace.profiles.misra_gries import MAX_ITEMS, MisraGries
from mltrace.profiles.number_arrays import keys_of, values_of
from mltrace.profiles.numbers import Numbers
from mltrace.profiles.profiling import profile_table
from mltrace.profiles.tables import Profile

finite = st.floats(allow_nan=False, allow_infinity=False)
anything = st.one_of(
    st.floats(), st.sampled_from([0.0, -0.0, 5e-324, -5e-324, 1.7e308, -1.7e308]), finite
)
large = st.builds(
    lambda seed, size, shape: shape(numpy.random.default_rng(seed), size),
    st.integers(0, 10_000),
    st.integers(1, 6_000),
    st.sampled_from(
        [
            lambda rng, size: rng.standard_normal(size),
            lambda rng, size: rng.lognormal(3, 4, size),
            lambda rng, size: 1e9 + rng.random(size),
            lambda rng, size: rng.integers(0, 5_000, size).astype(float),
            lambda rng, size: numpy.where(rng.random(size) < 0.3, -1.0, rng.random(size)),
            lambda rng, size: numpy.floor(rng.pareto(1.0, size)),
        ]
    ),
)
cuts = st.lists(st.floats(0, 1), min_size=1, max_size=6)
columns = st.one_of(
    st.lists(st.one_of(st.none(), anything), max_size=40).map(pyarrow.array),
    st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), max_size=40).map(
        lambda values: pyarrow.array(values, "int64")
    ),
    st.lists(st.integers(0, 2**64 - 1), max_size=40).map(
        lambda values: pyarrow.array(values, "uint64")
    ),
    st.lists(st.decimals(-(10**6), 10**6, places=3), max_size=40).map(
        lambda values: pyarrow.array(values, pyarrow.decimal128(20, 3))
    ),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=40).map(
        lambda values: pyarrow.array(values, pyarrow.timestamp("ns", "Europe/Berlin"))
    ),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=40).map(
        lambda values: pyarrow.array(values, pyarrow.timestamp("s"))
    ),
    st.lists(st.integers(-(2**31), 2**31 - 1), max_size=40).map(
        lambda values: pyarrow.array(values, pyarrow.date32())
    ),
    st.lists(st.integers(0, 86_399), max_size=40).map(
        lambda values: pyarrow.array(values, pyarrow.time32("s"))
    ),
    st.lists(st.integers(-(10**15), 10**15), max_size=40).map(
        lambda values: pyarrow.array(values, pyarrow.duration("us"))
    ),
)


def _parted(values: Any, places: list[float]) -> list[Any]:
    ends = sorted({0, len(values), *(int(place * len(values)) for place in places)})
    return [values[start:end] for start, end in itertools.pairwise(ends)]


def _same(one: Any, other: Any) -> bool:
    """Tell whether two described columns are the same, but for rounding."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-300) or one == other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


@settings(deadline=None)
@given(large, cuts, st.randoms())
def test_histogram_is_a_function_of_the_values_alone(
    values: numpy.ndarray, places: list[float], random: Any
) -> None:
    whole = DyadicHistogram.of_sorted(numpy.sort(keys_of(values)))
    random.shuffle(parts := _parted(values, places))
    merged = DyadicHistogram.empty()
    for part in parts:
        merged = merged.merge(DyadicHistogram.of_sorted(numpy.sort(keys_of(part))))
    assert merged.depth == whole.depth
    assert merged.keys.tolist() == whole.keys.tolist()
    assert merged.counts.tolist() == whole.counts.tolist()
    assert len(whole.keys) <= MAX_BINS
    assert whole.counts.sum() == len(values)


@settings(deadline=None)
@given(large, large, large)
def test_merging_is_associative_and_commutative(
    first: numpy.ndarray, second: numpy.ndarray, third: numpy.ndarray
) -> None:
    a, b, c = (Numbers.of_array(values)[0] for values in (first, second, third))
    one, other = a.merge(b).merge(c), c.merge(b.merge(a))
    assert one.ordered.histogram.keys.tolist() == other.ordered.histogram.keys.tolist()
    assert one.ordered.num_distinct == other.ordered.num_distinct
    assert one.min == other.min
    assert one.num_whole == other.num_whole
    for name in ("mean", "std"):
        assert one.describe()[name] == pytest.approx(other.describe()[name], rel=1e-9, abs=1e-12)


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 200), max_size=300), min_size=1, max_size=5))
def test_counts_of_frequent_values_stay_within_their_error(parts: list[list[int]]) -> None:
    merged = MisraGries.empty()
    for part in parts:
        merged = merged.merge(MisraGries.of_sorted(numpy.sort(numpy.array(part, numpy.uint64))))
    truth = Counter(itertools.chain(*parts))
    found = dict(zip(merged.keys.tolist(), merged.counts.tolist(), strict=True))
    assert len(found) <= MAX_ITEMS
    for value, count in truth.items():
        assert found.get(value, 0) <= count <= found.get(value, 0) + merged.error
    assert merged.error <= sum(truth.values()) / (MAX_ITEMS + 1) + len(parts)


@settings(deadline=None)
@given(large)
def test_the_pieces_of_a_spread_hold_every_value_once(values: numpy.ndarray) -> None:
    spread = Numbers.of_array(values)[0].spread()
    assert spread.counts.sum() == len(values)
    assert (spread.counts > 0).all()
    assert (spread.low <= spread.high).all()
    assert (spread.low[1:] > spread.high[:-1]).all()
    assert (spread.low[0], spread.high[-1]) == (values.min(), values.max())
    assert spread.below(spread.high[-1:] + 1).tolist() == [len(values)] or abs(values.max()) > 2**52


@settings(deadline=None)
@given(large, cuts)
def test_quantiles_lie_in_the_bin_of_the_true_ones(
    values: numpy.ndarray, places: list[float]
) -> None:
    parts = [Numbers.of_array(part)[0] for part in _parted(values, places)]
    merged = parts[0]
    for part in parts[1:]:
        merged = merged.merge(part)
    told = merged.describe()
    error = told["quantile_error"]
    for probability, found in told["quantiles"].items():
        low = numpy.quantile(values, float(probability), method="lower")
        high = numpy.quantile(values, float(probability), method="higher")
        assert low - abs(low) * error - 1e-12 <= found <= high + abs(high) * error + 1e-12


@settings(max_examples=200, deadline=None)
@given(columns, cuts)
def test_odd_data_makes_a_profile_that_is_merged_and_stored_as_well(
    values: pyarrow.Array, places: list[float]
) -> None:
    whole = profile_table(pyarrow.table({"it": values}))
    parts = [profile_table(pyarrow.table({"it": part})) for part in _parted(values, places)]
    merged = Profile.merge_all(parts) if parts else whole
    assert merged.num_rows == len(values)
    exact = [
        "num_rows",
        "num_nulls",
        "num_nan",
        "num_inf",
        "num_zeros",
        "num_negative",
        "num_whole",
        "min",
        "max",
    ]
    exact += ["num_distinct", "is_distinct_exact", "histogram", "std"]
    one, other = merged.columns["it"].to_dict(), whole.columns["it"].to_dict()
    assert _same([one[name] for name in exact], [other[name] for name in exact])
    read = Profile.from_bytes(merged.to_bytes())
    assert read.columns["it"] == merged.columns["it"]
    assert read.to_bytes() == merged.to_bytes()
    assert read.summaries["it"].num_nulls == merged.columns["it"].num_nulls
    assert str(merged.to_dict())


@settings(deadline=None)
@given(st.lists(anything, min_size=1, max_size=60))
def test_exact_columns_tell_what_the_values_tell(values: list[float]) -> None:
    column = profile_table(pyarrow.table({"it": pyarrow.array(values)})).columns["it"]
    good = [value for value in values if math.isfinite(value)]
    assert column.num_nan == sum(map(math.isnan, values))
    assert column.num_inf == sum(map(math.isinf, values))
    if not good:
        assert column.min is None
        return
    assert column.is_distinct_exact
    assert column.num_distinct == len(set(good))
    assert (column.min, column.max) == (min(good), max(good))
    assert column.num_zeros == good.count(0.0)
    assert column.num_negative == sum(value < 0 for value in good)
    assert column.num_whole == sum(value == math.floor(value) for value in good)
    assert column.top[0].count == Counter(good).most_common(1)[0][1]
    assert column.histogram is not None
    assert sum(column.histogram.counts) == len(good)
    assert list(column.histogram.edges) == sorted(column.histogram.edges)


@settings(deadline=None)
@given(st.lists(finite, max_size=50))
def test_keys_have_the_order_of_the_floats(values: list[float]) -> None:
    floats = numpy.array(values, numpy.float64) + 0.0
    keys = keys_of(floats)
    assert values_of(keys).tolist() == floats.tolist()
    assert values_of(numpy.sort(keys)).tolist() == sorted(floats.tolist())


@settings(deadline=None)
@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(["int64", "uint64", "float64", "int8"]))
def test_equal_numbers_hash_alike_whatever_type_holds_them(value: int, kind: str) -> None:
    limits = {"int8": (-128, 127), "uint64": (0, 2**64 - 1), "float64": (-(2**53), 2**53)}
    low, high = limits.get(kind, (-(2**63), 2**63 - 1))
    value = min(max(value, low), high)
    _, one = Numbers.of(pyarrow.array([value], kind))
    _, other = Numbers.of(pyarrow.array([Decimal(value)]) if abs(value) < 2**53 else _int64(value))
    assert one.tolist() == other.tolist()


def _int64(value: int) -> pyarrow.Array:
    return pyarrow.array([value], "int64" if value < 2**63 else "uint64")


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_bytes_that_are_no_profile_are_refused(data: bytes) -> None:
    with pytest.raises(ArgumentError, match="profile"):
        Profile.from_bytes(data)


_STORED = profile_table(
    pyarrow.table(
        {
            "a": numpy.random.default_rng(0).standard_normal(3_000),
            "b": [datetime.datetime(2020, 1, 1) + datetime.timedelta(at) for at in range(3_000)],
        }
    )
).to_bytes()


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(_STORED) - 1), st.integers(1, 255), st.booleans())
def test_damaged_bytes_are_refused_or_read_but_never_raise_anything_else(
    place: int, flips: int, is_cut: bool
) -> None:
    damaged = bytearray(_STORED)
    damaged[place] ^= flips
    try:
        profile = Profile.from_bytes(bytes(damaged[:place] if is_cut else damaged))
        assert all(column.num_rows >= 0 for column in profile.columns.values())
        profile.merge(profile).to_bytes()
    except ArgumentError:
        pass
