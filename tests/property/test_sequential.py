"""What is told of streams depends on what came, not on breaks, the order of columns, or units."""

from __future__ import annotations

import random
from typing import Any

import numpy
import pyarrow
from hypothesis import given, settings
from hypothesis import strategies as st

import mltrace as mt
from mltrace.monitors.drift.sequential import restore, stream_tests
from mltrace.profiles.profiling import profile_table

NUM_PARTITIONS = 45


def tables(seed: int, *, unit: float = 1.0) -> list[dict[str, Any]]:
    rng = numpy.random.default_rng(seed)
    drawn = []
    for day in range(NUM_PARTITIONS):
        table = {
            "creeps": unit * rng.normal(0.03 * day, 1, 60),
            "words": rng.choice(["a", "b"], 60),
            "nulls": pyarrow.array(rng.normal(size=60), mask=rng.random(60) < 0.2),
            "whole": rng.poisson(3, 60),
        }
        if rng.random() < 0.2:
            del table["whole"]
        drawn.append(table)
    return drawn


def told(watch: mt.SlowDrift, partitions: list[dict[str, Any]]) -> list[mt.SlowDriftResult]:
    return [watch.update(profile_table(pyarrow.table(one))) for one in partitions]


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 99), st.lists(st.integers(0, NUM_PARTITIONS - 1), max_size=3))
def test_breaks_change_nothing(seed: int, breaks: list[int]) -> None:
    partitions = tables(seed)
    watch, found = mt.SlowDrift(), []
    for at, one in enumerate(partitions):
        if at in breaks:
            watch = mt.SlowDrift.from_bytes(watch.to_bytes())
        found += told(watch, [one])
    assert found == told(mt.SlowDrift(), partitions)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 99), st.integers(0, 99))
def test_the_order_of_columns_does_not_matter(seed: int, order_seed: int) -> None:
    partitions, order = tables(seed), random.Random(order_seed)
    mixed = [dict(order.sample(list(one.items()), len(one))) for one in partitions]
    first, second = told(mt.SlowDrift(), partitions), told(mt.SlowDrift(), mixed)
    for left, right in zip(first, second, strict=True):
        assert dict(left.columns) == dict(right.columns)
        assert left.is_drift == right.is_drift


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 99), st.sampled_from([1e-9, 0.5, 4096.0, 2.0**40]))
def test_the_unit_of_a_column_does_not_matter(seed: int, unit: float) -> None:
    first, second = (
        told(mt.SlowDrift(), tables(seed)),
        told(mt.SlowDrift(), tables(seed, unit=unit)),
    )
    assert [one.is_drift for one in first] == [one.is_drift for one in second]
    for left, right in zip(first, second, strict=True):
        if "creeps" in left.columns and left.columns["creeps"].statistic == "mean":
            known, other = left.columns["creeps"], right.columns["creeps"]
            numpy.testing.assert_allclose(other.change, known.change, rtol=0.01, atol=0.01)
            numpy.testing.assert_allclose(other.now, unit * known.now, rtol=0.01, atol=0.01 * unit)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(stream_tests.keys()),
    st.lists(st.floats(0, 1) | st.just(float("nan")), max_size=120),
    st.integers(0, 120),
)
def test_a_test_of_a_stream_goes_on_from_its_state(
    key: str, values: list[float], break_at: int
) -> None:
    whole = stream_tests.get(key)()
    parted = stream_tests.get(key)()
    for at, value in enumerate(values):
        if at == break_at:
            parted = restore(parted.state)
        assert whole.update(value) == parted.update(value)
    assert whole.state == parted.state
