"""HyperLogLog estimates without bias, and as closely as it says, whatever numbers it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pytest

from mltrace.profiles.hashing import hash_numbers
from mltrace.profiles.hyperloglog import RELATIVE_ERROR, HyperLogLog

if TYPE_CHECKING:
    from collections.abc import Callable

NUM_DRAWS = 40
SERIES: dict[str, Callable[[int, int], Any]] = {
    "in sequence": lambda size, draw: numpy.arange(size) + draw * 10**8,
    "at random": lambda size, draw: numpy.random.default_rng(draw).normal(size=size),
    "with two decimals": lambda size, draw: numpy.round(numpy.arange(size) * 0.01 + draw * 1e4, 2),
    "multiples of a power of two": lambda size, draw: (numpy.arange(size) + draw * size) * 4096.0,
}


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("size", [10, 1_000, 10_000, 100_000])
def test_the_error_is_the_stated_one(series: str, size: int) -> None:
    errors = numpy.array([_error(SERIES[series](size, draw), size) for draw in range(NUM_DRAWS)])
    # The bounds are four standard errors of the mean, and of the root of the mean square, wide.
    assert abs(errors.mean()) < 4 * RELATIVE_ERROR / NUM_DRAWS**0.5
    assert numpy.sqrt((errors**2).mean()) < RELATIVE_ERROR * (1 + 4 / (2 * NUM_DRAWS) ** 0.5)


def test_merged_sketches_are_those_of_all_values() -> None:
    hashes = hash_numbers(numpy.arange(50_000))
    parts = [HyperLogLog.of(part) for part in numpy.array_split(hashes, 7)]
    merged = parts[6]
    for part in parts[:6]:
        merged = part.merge(merged)
    assert merged.to_plain() == HyperLogLog.of(hashes).to_plain()


@pytest.mark.parametrize("size", [0, 1, 500, 3_000, 50_000])
def test_registers_come_back_from_their_bytes(size: int) -> None:
    sketch = HyperLogLog.of(hash_numbers(numpy.arange(size)))
    assert HyperLogLog.from_plain(sketch.to_plain()).registers.tolist() == sketch.registers.tolist()


def _error(values: Any, size: int) -> float:
    return HyperLogLog.of(hash_numbers(values)).estimate() / size - 1
