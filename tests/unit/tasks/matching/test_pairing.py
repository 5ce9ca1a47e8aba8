"""Pairs say what labels and predictions mean; what cannot be measured is told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mltrace.tasks.matching import pairing
from mltrace.tasks.matching.outcomes import NEVER, Outcomes
from mltrace.tasks.matching.pairing import Meaning
from mltrace.tasks.matching.rows import PredictionRows, as_values

if TYPE_CHECKING:
    from mltrace.records.tasks import TaskKind


def outcomes(predicted: Any, labels: Any, *, scores: Any = None, known: Any = None) -> Outcomes:
    num = len(predicted)
    score = np.full(num, np.nan) if scores is None else scores
    rows = PredictionRows.of(range(num), predicted, range(num), score=score)
    return Outcomes(rows, as_values(labels), np.array([5] * num if known is None else known))


def reasons(kind: TaskKind, told: Outcomes) -> list[str]:
    why = Meaning(kind, classes=("a", "b")).exclusions(told)
    return [pairing.EXCLUSIONS[one] for one in why.tolist()]


def test_each_oddity_has_its_reason() -> None:
    told = outcomes(
        [0, -1, 0, 0, 0, 0, 0],
        [0, 0, -1, -1, 0, 0, 0],
        scores=[0.5, 0.5, 0.5, 0.5, np.inf, 1.5, np.nan],
        known=[5, 5, 5, NEVER, 5, 5, 5],
    )
    assert reasons("binary", told) == [
        "",
        "the prediction is no value",
        "the label is no value",
        "",
        "the score is NaN",
        "a score is outside [0, 1]",
        "",
    ]


def test_numbers_that_are_not_finite_are_excluded() -> None:
    told = outcomes([1.0, np.nan, np.inf, 1.0], [1.0, 1.0, 1.0, np.nan])
    assert [bool(one) for one in reasons("regression", told)] == [False, True, True, True]


def test_a_wrong_score_of_any_class_excludes_the_row() -> None:
    scores = [[0.5, 0.5], [0.5, -0.1], [np.inf, np.inf], [np.nan, np.nan]]
    told = outcomes([0] * 4, [0] * 4, scores=scores)
    assert [bool(one) for one in reasons("multiclass", told)] == [False, True, True, False]


def test_classes_that_were_not_said_have_the_score_zero() -> None:
    scores = [[0.9, 0.1], [np.nan, np.nan]]
    pairs = Meaning("multiclass", classes=("a", "b")).pairs(
        outcomes([0, 1], [2, 1], scores=scores), ["a", "b", "c"]
    )
    assert pairs.classes == ("a", "b", "c")
    assert pairs.scores is not None
    np.testing.assert_array_equal(pairs.scores, [[0.9, 0.1, 0.0], [np.nan] * 3])


def test_sets_of_classes_become_columns() -> None:
    texts = ['["a"]', '["a","b"]', "[]"]
    pairs = Meaning("multilabel").pairs(outcomes([0, 1], [2, 1]), texts)
    assert pairs.classes == ("a", "b")
    assert pairs.predicted.tolist() == [[True, False], [True, True]]
    assert pairs.truth.tolist() == [[False, False], [True, True]]
    assert pairs.scores is None


def test_rankings_are_told_by_the_gains_of_their_items() -> None:
    texts = ['["x","y","z"]', '{"z":3.0,"x":1.0,"w":2.0}', "[0.0,2.0,1.0]"]
    pairs = Meaning("ranking").pairs(outcomes([0, 0], [1, 2]), texts)
    assert pairs.predicted.tolist() == [[1.0, 0.0, 3.0], [0.0, 2.0, 1.0]]
    assert sorted(pairs.truth[0].tolist()) == [1.0, 2.0, 3.0]
