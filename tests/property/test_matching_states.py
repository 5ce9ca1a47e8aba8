"""However rows come and whenever statistics are asked for: they are those of one computation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import hypothesis.strategies as st
import numpy
import pytest
from hypothesis import given, settings

from mltrace.tasks.matching.codes import Codes
from mltrace.tasks.matching.pairing import Meaning
from mltrace.tasks.matching.rows import FeedbackRows, PredictionRows
from mltrace.tasks.matching.series import MODEL, Grid
from mltrace.tasks.matching.state import MatchingState
from mltrace.tasks.statistics import to_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR: Final = 3_600_000_000
KEYS: Final = ["confusion", "score_histogram"]
GRIDS: Final = (Grid(HOUR), Grid(4 * HOUR, HOUR), Grid(HOUR, 0, (MODEL,)), Grid(2 * HOUR, 0, (0,)))
IDS: Final = st.integers(0, 9)
TIMES: Final = st.integers(0, 11).map(lambda half: half * HOUR // 2)
SCORES: Final = st.sampled_from([0.25, 0.75, 1.5, numpy.nan, numpy.inf])
PREDICTIONS: Final = st.lists(
    st.tuples(IDS, st.integers(-1, 1), TIMES, TIMES, SCORES, st.integers(0, 1), st.integers(0, 1)),
    max_size=6,
)
FEEDBACK: Final = st.lists(st.tuples(IDS, st.integers(-1, 1), TIMES), max_size=6)
STEPS: Final = st.lists(
    st.one_of(
        st.tuples(st.just("add"), PREDICTIONS, FEEDBACK),
        st.tuples(st.just("ask"), st.sampled_from(GRIDS), st.sampled_from(KEYS)),
        st.tuples(st.just("merge"), st.none(), st.none()),
        st.tuples(st.just("wait"), st.integers(1, 4), st.none()),
    ),
    max_size=12,
)


def hashed(ids: Sequence[int]) -> Any:
    return numpy.array(ids, numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)


def prediction_rows(rows: Sequence[Any]) -> PredictionRows:
    key, value, at, known, score, model, part = zip(*rows, strict=True) if rows else [()] * 7
    others = {"known_at": known, "score": score, "model": model}
    slices = numpy.array(part, int).reshape(-1, 1)
    return PredictionRows.of(hashed(key), numpy.array(value, int), at, slices=slices, **others)


def feedback_rows(rows: Sequence[Any]) -> FeedbackRows:
    key, value, known = zip(*rows, strict=True) if rows else [()] * 3
    return FeedbackRows.of(hashed(key), numpy.array(value, int), known)


def new_state(*, counts_all: bool) -> MatchingState:
    codes = Codes(["b", "a"])
    return MatchingState(
        Meaning("binary", "a"), counts_all, values=codes, models=codes, slices=(codes,)
    )


def told(state: MatchingState) -> Any:
    made = []
    for grid in GRIDS:
        series = state.series(grid, KEYS)
        counts = {cell: row.tolist() for cell, row in series.counts.items() if row.any()}
        plain = {
            cell: {key: to_plain(one[key]) for key in KEYS}
            for cell, one in series.statistics.items()
        }
        made.append((counts, plain))
    delays = state.delays()
    numbers = zip(delays.cells.tolist(), delays.num_labels.tolist(), strict=True)
    predicted = zip(delays.buckets.tolist(), delays.num_predictions.tolist(), strict=True)
    return made, [[pair for pair in pairs if pair[1]] for pairs in (numbers, predicted)]


@pytest.mark.parametrize("counts_all", [False, True])
@given(PREDICTIONS, FEEDBACK, STEPS)
@settings(max_examples=60, deadline=None)
def test_statistics_are_those_of_one_computation_however_rows_came(
    counts_all: bool, predictions: list[Any], feedback: list[Any], steps: list[Any]
) -> None:
    state, now = new_state(counts_all=counts_all), 2 * HOUR
    made, labels = predictions * 4, feedback * 4
    state.add(prediction_rows(made), feedback_rows(labels), now=now)
    for step, one, other in steps:
        if step == "add":
            made, labels = made + one, labels + other
            state.add(prediction_rows(one), feedback_rows(other), now=now)
        elif step == "ask":
            state.series(one, [other])
            state.delays()
        elif step == "merge":
            state.merge_runs()
        else:
            now += one * HOUR
            state.add(prediction_rows([]), feedback_rows([]), now=now)
    cold = new_state(counts_all=counts_all)
    cold.add(prediction_rows(made[::-1]), feedback_rows(labels[::-1]), now=now)
    assert told(state) == told(cold)
    as_of = cold.series(GRIDS[0], KEYS, as_of=now - HOUR)
    past = new_state(counts_all=counts_all)
    past.add(prediction_rows(made), feedback_rows(labels), now=now - HOUR)
    then = past.series(GRIDS[0], KEYS)
    assert {c: r.tolist() for c, r in as_of.counts.items()} == {
        c: r.tolist() for c, r in then.counts.items()
    }
