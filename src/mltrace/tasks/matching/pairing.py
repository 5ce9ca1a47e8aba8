"""Pairs of outcomes: what metrics are computed from, without what cannot be measured."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.classes import class_value
from mltrace.tasks.pairs import Pairs, padded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.matching.outcomes import Outcomes

_EVERY: Final = slice(None)
FINE: Final = 0
EXCLUSIONS: Final = (
    "",
    "the prediction is no value",
    "the score is NaN",
    "a score is outside [0, 1]",
    "the label is no value",
)
"""Why an outcome is excluded from metrics; the first one is not."""
NO_PREDICTION, NAN_SCORE, SCORE_OUTSIDE, NO_LABEL_VALUE = range(1, len(EXCLUSIONS))


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the values of a task mean.

    Attributes
    ----------
    kind : {'binary', 'multiclass', 'multilabel', 'regression', 'ranking'}
    positive : str
        Of a binary task, the text of the positive class.
    classes : tuple of str
        The classes in the order of the columns of scores, as far as they were said. Of tasks with
        classes but multilabel ones, the first codes are theirs.
    """

    kind: TaskKind
    positive: str = "1"
    classes: tuple[str, ...] = ()

    def exclusions(self, outcomes: Outcomes) -> NDArray[numpy.uint8]:
        """Tell why each outcome is excluded, as a place in `EXCLUSIONS`."""
        score, why = outcomes.predictions.score, numpy.zeros(len(outcomes), numpy.uint8)
        why[outcomes.is_labelled & _is_none(outcomes.label)] = NO_LABEL_VALUE
        if self.kind in ("binary", "multiclass"):
            why[_any((score < 0) | (score > 1))] = SCORE_OUTSIDE
        why[_any(numpy.isinf(score))] = NAN_SCORE
        why[_is_none(outcomes.predictions.value)] = NO_PREDICTION
        return why

    def pairs(
        self, outcomes: Outcomes, texts: Sequence[str], rows: NDArray[Any] | slice = _EVERY
    ) -> Pairs:
        """Make pairs of outcomes that have a label and are not excluded.

        Parameters
        ----------
        outcomes : Outcomes
        texts : sequence of str
            What the codes of values stand for; of no use for regressions.
        rows : array or slice, default all
            Which of the outcomes.
        """
        predicted, truth = outcomes.predictions.value[rows], outcomes.label[rows]
        if self.kind == "regression":
            return Pairs(self.kind, truth, predicted)
        if self.kind == "ranking":
            return _ranked(texts, truth, predicted)
        scores, positive = outcomes.predictions.score[rows], None
        classes: tuple[str, ...] = tuple(texts)
        if self.kind == "multilabel":
            classes = self.classes or _classes_of(texts)
            table = _indicators(texts, classes)
            truth, predicted = table[truth], table[predicted]
        else:
            positive = self.positive if self.kind == "binary" else None
        if self.kind != "binary":
            scores = _widened(scores, len(classes))
        held = None if numpy.isnan(scores).all() else scores
        values = tuple(map(class_value, classes))
        return Pairs(self.kind, truth, predicted, held, classes, positive, values)


def _is_none(values: NDArray[Any]) -> NDArray[numpy.bool_]:
    return ~numpy.isfinite(values) if values.dtype.kind == "f" else values < 0


def _any(found: NDArray[numpy.bool_]) -> NDArray[numpy.bool_]:
    """Tell the rows that have any."""
    return found if found.ndim == 1 else numpy.logical_or.reduce(found, axis=1)


def _widened(scores: NDArray[Any], num_classes: int) -> NDArray[numpy.float64]:
    """Give each class a column: those that were not said have the score 0."""
    wide = numpy.full((len(scores), num_classes), numpy.nan)
    if scores.ndim == 2:
        is_given = ~numpy.isnan(scores).any(axis=1)
        wide[is_given] = 0
        wide[is_given, : scores.shape[1]] = scores[is_given]
    return wide


def _classes_of(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({name for text in texts for name in json.loads(text)}))


def _indicators(texts: Sequence[str], classes: Sequence[str]) -> NDArray[numpy.bool_]:
    places = {name: place for place, name in enumerate(classes)}
    table = numpy.zeros((len(texts), len(classes)), numpy.bool_)
    for row, text in enumerate(texts):
        table[row, [places[name] for name in json.loads(text) if name in places]] = True
    return table


def _ranked(texts: Sequence[str], truth: NDArray[Any], predicted: NDArray[Any]) -> Pairs:
    """Look up what each item of a ranking was worth; those without a gain were worth nothing."""
    told, ideal = [], []
    for label, ranking in zip(truth.tolist(), predicted.tolist(), strict=True):
        items, gains = json.loads(texts[ranking]), json.loads(texts[label])
        if isinstance(gains, list):
            gains = dict(zip(items, gains, strict=False))
        told.append([gains.get(item, 0.0) for item in items])
        ideal.append(list(gains.values()))
    return Pairs("ranking", padded(ideal), padded(told))
