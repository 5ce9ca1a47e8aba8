from __future__ import annotations

import statistics

import numpy
import pytest

from mltrace.profiles.lengths import Lengths


def test_counted_lengths_are_those_of_the_rows() -> None:
    rows = numpy.array([0, 3, 3, 7, 0])
    counted = Lengths.of(numpy.array([0, 3, 7]), numpy.array([2, 2, 1]))
    assert Lengths.of(rows) == counted
    assert counted.num_zeros == 2
    assert counted.describe().std == pytest.approx(statistics.stdev(rows.tolist()))


def test_parts_add_up_to_the_whole_exactly() -> None:
    lengths = numpy.random.default_rng(0).integers(0, 10**6, 1000)
    merged = Lengths.of(lengths[:10]).merge(Lengths.of(lengths[10:]))
    assert merged == Lengths.of(lengths)
    assert Lengths.from_plain(merged.to_plain()) == merged


def test_sums_of_squares_beyond_64_bits_are_exact() -> None:
    lengths = numpy.array([2**31 - 1] * 5)
    assert Lengths.of(lengths).squares == 5 * (2**31 - 1) ** 2
    assert Lengths.of(lengths[:1], numpy.array([10])).squares == 10 * (2**31 - 1) ** 2


def test_one_length_does_not_spread() -> None:
    assert Lengths.of(numpy.array([4])).describe().std == 0.0


@pytest.mark.parametrize("plain", [[0] * 6, [2, 3, 0, 1, 1, "1"], [2, 0, 1, 9, 10, "3"]])
def test_sums_that_do_not_fit_each_other_are_refused(plain: list[object]) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        Lengths.from_plain(plain)
