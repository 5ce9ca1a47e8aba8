"""The histogram that people read: round edges, few bars, every value counted."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy
import pytest

from mltrace.profiles.bars import bars
from mltrace.profiles.spread import Spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.records import Histogram


def _bars(values: NDArray[numpy.float64]) -> Histogram:
    distinct, counts = numpy.unique(values, return_counts=True)
    return bars(Spread(distinct, distinct, counts))


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1.0, 1e9, 1e300])
def test_bars_hold_what_lies_between_their_edges(scale: float) -> None:
    values = numpy.random.default_rng(0).normal(size=2_000) * scale
    found = _bars(values)
    assert len(found.counts) <= 40
    assert list(found.counts) == numpy.histogram(values, found.edges)[0].tolist()


def test_edges_are_round() -> None:
    assert _bars(numpy.arange(0.0, 1.0, 0.001)).edges[:4] == (0.0, 0.05, 0.1, 0.15)


def test_far_tails_have_one_bar_each() -> None:
    values = numpy.concatenate((numpy.random.default_rng(1).random(10_000), [-1e6, 1e9]))
    found = _bars(values)
    assert (found.edges[0], found.edges[-1]) == (-1e6, 1e9)
    assert (found.counts[0], found.counts[-1]) == (1, 1)
    assert max(found.counts) < 1_000


@pytest.mark.parametrize("values", [[5.0], [5.0, 5.0], [1e308, -1e308], [1e16, 1e16 + 2]])
def test_odd_ranges_have_bars(values: list[float]) -> None:
    found = _bars(numpy.array(values))
    assert sum(found.counts) == len(values)
    assert len(found.edges) == len(found.counts) + 1
    assert all(low <= high for low, high in itertools.pairwise(found.edges))


def test_given_steps_are_taken() -> None:
    values = numpy.arange(0.0, 86_400.0, 60.0)
    found = bars(Spread(values, values, numpy.ones(len(values), int)), (60.0, 3_600.0, 86_400.0))
    assert found.edges[1] == 3_600.0
    assert set(found.counts) == {60}
