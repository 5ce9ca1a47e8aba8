"""Labels are matched as a dictionary would, in whichever order rows come."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import hypothesis.strategies as st
import numpy
import pytest
from hypothesis import given

from mltrace.tasks.matching import rows as its
from mltrace.tasks.matching.matching import NO_LABEL, Counting, match

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COUNTINGS: Final[Sequence[Counting]] = ("latest", "latest of each model", "all")
RANKS: Final = numpy.array([2, 0, 1], numpy.int32)
KEYS: Final = [0, 5, 6, 2**40, 2**40 + 1, 2**63, 2**64 - 1]
TIMES: Final = st.integers(0, 3)
SCORES: Final = st.sampled_from([0.0, -0.0, 0.5, -1.0, math.nan, math.inf])
PREDICTION: Final = st.tuples(
    st.sampled_from(KEYS), st.integers(-1, 2), TIMES, TIMES, TIMES, SCORES, st.integers(0, 1)
)
LABEL: Final = st.tuples(st.sampled_from(KEYS), st.integers(-1, 2), TIMES)


def prediction_rows(rows: Sequence[Any]) -> its.PredictionRows:
    key, value, at, known, logged, score, model = zip(*rows, strict=True) if rows else [()] * 7
    others = {"known_at": known, "logged_at": logged, "score": score, "model": model}
    return its.PredictionRows.of(key, numpy.array(value, int), at, **others)


def feedback_rows(rows: Sequence[Any]) -> its.FeedbackRows:
    key, value, known = zip(*rows, strict=True) if rows else [()] * 3
    return its.FeedbackRows.of(key, numpy.array(value, int), known)


def rank(value: int) -> int:
    return -1 if value < 0 else int(RANKS[value])


def order(score: float) -> tuple[bool, float]:
    return math.isnan(score), 0.0 if math.isnan(score) else score


def expected(
    predictions: Iterable[Any], feedback: Iterable[Any], counting: Counting, as_of: int | None
) -> list[Any]:
    labels: dict[int, Any] = {}
    for key, value, known in feedback:
        if as_of is None or known <= as_of:
            labels[key] = max(labels.get(key, (-1, -1, -1)), (known, rank(value), value))
    counted: dict[Any, Any] = {}
    for key, value, at, known, logged, score, model in predictions:
        if as_of is not None and known > as_of:
            continue
        same: tuple[Any, ...] = (key,)
        best: tuple[Any, ...] = (at, known, logged, rank(value), order(score), model)
        if counting == "latest of each model":
            same = (key, model)
        elif counting == "all":
            same, best = (key, at, value, order(score), model), (-known, -logged)
        row = (key, value, at, known, logged, order(score), model)
        counted[same] = max(counted.get(same, (best, row)), (best, row))
    return sorted((*row, labels.get(row[0], (None,))[-1]) for _, row in counted.values())


def found(
    predictions: its.PredictionRows,
    feedback: its.FeedbackRows,
    counting: Counting,
    as_of: int | None,
) -> list[Any]:
    matched = match(predictions, feedback, counting=counting, as_of=as_of, ranks=RANKS)
    rows = []
    for row in numpy.flatnonzero(matched.counts):
        label = matched.labels[row]
        rows.append(
            (
                int(predictions.key[row]),
                int(predictions.value[row]),
                int(predictions.at[row]),
                int(predictions.known_at[row]),
                int(predictions.logged_at[row]),
                order(float(predictions.score[row])),
                int(predictions.model[row]),
                None if label == NO_LABEL else int(feedback.value[label]),
            )
        )
    return sorted(rows, key=lambda row: (*row[:-1], -9 if row[-1] is None else row[-1]))


@pytest.mark.parametrize("counting", COUNTINGS)
@given(
    st.lists(PREDICTION, max_size=12), st.lists(LABEL, max_size=12), st.none() | TIMES, st.data()
)
def test_what_counts_and_its_label_are_what_a_dictionary_says_in_any_order(
    counting: Counting,
    predictions: list[Any],
    feedback: list[Any],
    as_of: int | None,
    data: st.DataObject,
) -> None:
    wanted = expected(predictions, feedback, counting, as_of)
    shuffled = data.draw(st.permutations(predictions)), data.draw(st.permutations(feedback))
    for those, theirs in ((predictions, feedback), shuffled):
        made = prediction_rows(those), feedback_rows(theirs)
        assert found(*made, counting, as_of) == wanted


@given(st.integers(0, 3000), st.integers(0, 2**32))
def test_rows_by_the_thousand_are_joined_as_a_dictionary_joins_them(num: int, seed: int) -> None:
    generator = numpy.random.default_rng(seed)
    keys = generator.integers(0, 2**64, max(num, 1), dtype=numpy.uint64)
    mine, theirs = (generator.choice(keys, num) for _ in range(2))
    predictions = its.PredictionRows.of(mine, numpy.zeros(num, int), numpy.arange(num))
    feedback = its.FeedbackRows.of(theirs, numpy.arange(num), generator.integers(0, 9, num))
    matched = match(predictions, feedback)
    latest = {int(key): row for row, key in enumerate(mine)}
    labels: dict[int, Any] = {}
    for row, key in enumerate(theirs):
        known = (int(feedback.known_at[row]), row)
        labels[int(key)] = max(labels.get(int(key), known), known)
    assert numpy.flatnonzero(matched.counts).tolist() == sorted(latest.values())
    wanted = [labels.get(int(key), (0, NO_LABEL))[1] for key in mine]
    assert matched.labels.tolist() == wanted
