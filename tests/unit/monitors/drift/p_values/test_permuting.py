"""Permutation tests: the same for equal data, never 0, and no longer than need be."""

from __future__ import annotations

from typing import Any

import numpy

from mltrace.monitors.drift.p_values.permuting import deal_p_value, permutation_p_value


def apart(current: Any, reference: Any) -> Any:
    return numpy.abs(current[:, 0] / current.sum(1) - reference[:, 0] / reference.sum(1))


def test_the_p_value_is_never_0() -> None:
    assert permutation_p_value(apart, [50, 0], [0, 50]) == 1 / 10_000
    assert permutation_p_value(apart, [50, 0], [0, 50], num_draws=99) == 1 / 100


def test_equal_tables_are_as_far_apart_as_any_deal() -> None:
    assert permutation_p_value(apart, [5, 5], [50, 50]) == 1.0


def test_drawing_stops_once_the_p_value_is_known_not_to_be_small() -> None:
    sizes = []

    def counted(current: Any, reference: Any) -> Any:
        sizes.append(len(current))
        return apart(current, reference)

    permutation_p_value(counted, [48, 52], [50, 50])
    assert sum(sizes) < 500


def test_many_cells_are_drawn_in_several_batches() -> None:
    sizes = []

    def shifted(current: Any, reference: Any) -> Any:
        sizes.append(current.size)
        return numpy.abs(current[:, :2_500].sum(1) - reference[:, :2_500].sum(1))

    ours = [1] * 2_500 + [0] * 2_500
    permutation_p_value(shifted, ours, ours[::-1], num_draws=999)
    assert max(sizes) <= 1 << 21


def test_tables_too_large_to_be_dealt_are_taken_smaller() -> None:
    def moved(values: Any, current: Any, reference: Any) -> Any:
        assert (current.sum(-1) + reference.sum(-1) < 10**9).all()
        return numpy.abs(
            current @ values / current.sum(-1) - reference @ values / reference.sum(-1)
        )

    values = numpy.array([1.0, 2.0])
    counts = numpy.array([10**12, 10**12])
    assert deal_p_value(moved, values, counts, counts) == 1.0
    assert deal_p_value(moved, values, counts, counts * [1, 2]) == 1 / 10_000
