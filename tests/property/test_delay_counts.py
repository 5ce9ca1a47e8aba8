"""Counts of label delays merge in any order and in any parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy
from hypothesis import given
from hypothesis import strategies as st

from mltrace.tasks.delays.counts import count_labels, count_predictions
from mltrace.tasks.delays.distribution import delay_distribution

if TYPE_CHECKING:
    from mltrace.tasks.delays.counts import DelayCounts

HOUR = 3600 * 10**9
ROWS = st.lists(
    st.tuples(st.integers(-50, 300), st.none() | st.integers(-5, 200)), min_size=1, max_size=60
)


def counted(rows: list[tuple[int, int | None]]) -> DelayCounts:
    made = numpy.array([at for at, _ in rows], numpy.int64) * HOUR
    known = [(at * HOUR, (at + delay) * HOUR) for at, delay in rows if delay is not None]
    labelled = numpy.array(known, numpy.int64).reshape(-1, 2)
    return count_predictions(made).merged(count_labels(labelled[:, 0], labelled[:, 1]))


def told(counts: DelayCounts) -> list[list[int]]:
    names = ("buckets", "num_predictions", "cells", "num_labels")
    return [getattr(counts, name).tolist() for name in names]


@given(ROWS, ROWS, ROWS)
def test_counts_merge_in_any_order(
    first: list[tuple[int, int | None]],
    second: list[tuple[int, int | None]],
    third: list[tuple[int, int | None]],
) -> None:
    a, b, c = counted(first), counted(second), counted(third)
    whole = told(counted(first + second + third))
    assert told(a.merged(b).merged(c)) == whole
    assert told(c.merged(a.merged(b))) == whole


@given(ROWS, st.integers(-60, 600))
def test_a_distribution_is_one(rows: list[tuple[int, int | None]], now: int) -> None:
    delays = delay_distribution(counted(rows * 20), now)
    for arrived in (delays.arrived, delays.recently, 1 - delays.chance_to_come()):
        assert ((arrived >= 0) & (arrived <= 1)).all()
    assert (numpy.diff(delays.arrived) >= 0).all()


@given(ROWS, st.integers(-60, 600))
def test_what_comes_later_does_not_change_what_was_known(
    rows: list[tuple[int, int | None]], now: int
) -> None:
    counts = counted(rows * 20)
    live, later = delay_distribution(counts.before(now), now), delay_distribution(counts, now)
    assert live.arrived.tolist() == later.arrived.tolist()
    assert live.recently.tolist() == later.recently.tolist()
