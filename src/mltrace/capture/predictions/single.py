"""One prediction or label at a time: the same rules as for columns, without making any."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy

from mltrace.capture.predictions.features import is_one_row, plain_features
from mltrace.capture.predictions.moments import num_ahead, one_moment
from mltrace.capture.predictions.warning import UNNAMED, warn_of
from mltrace.classes import class_text
from mltrace.store.task_facts import FeedbackFact, PredictionFact

if TYPE_CHECKING:
    from mltrace.capture.predictions.declaration import Declaration
    from mltrace.capture.predictions.rows import Given

_MOST_CLASSES: Final = 10_000


class SingleRows:
    """Makes facts of single rows of a task, as long as they are of the usual kind.

    What is not is left to the general way, which checks columns; each method then gives None.
    """

    def __init__(self, task: Declaration) -> None:
        self._task = task
        self._is_number = task.kind == "regression"
        self._has_classes = task.kind in ("binary", "multiclass")
        self._takes_score = task.kind == "binary"
        self._texts: dict[Any, str] = {}

    def prediction(
        self, ids: Any, prediction: Any, given: Given, *, now: int, made_by: tuple[str, str]
    ) -> PredictionFact | None:
        """Make the fact of a prediction.

        Raises
        ------
        ArgumentError
            If a value cannot be.
        """
        scores, features, at, known_at, *_ = given
        score = _number(scores)
        value = self._decided(score) if prediction is None else self._value(prediction)
        found = id_text(ids)
        if found is None or value is None or not (_is_moment(at) and _is_moment(known_at)):
            return None
        if features is not None and not is_one_row(features):
            return None
        if scores is not None and not (
            self._takes_score and score is not None and 0.0 <= score <= 1.0
        ):
            return None
        made = now if at is None else one_moment("at", at)
        if num_ahead(made, now, 1):
            return None
        return PredictionFact(
            task=self._task.name,
            id=found,
            value=value,
            at=made,
            logged=now,
            known=None if known_at is None else one_moment("known_at", known_at),
            score=score,
            model=made_by[1],
            run=made_by[0],
            features={} if features is None else plain_features(features),
        )

    def feedback(self, ids: Any, label: Any, *, at: Any, now: int) -> FeedbackFact | None:
        """Make the fact of a label.

        Raises
        ------
        ArgumentError
            If a value cannot be.
        """
        value, found = self._value(label), id_text(ids)
        if found is None or value is None or not _is_moment(at):
            return None
        known = now if at is None else one_moment("at", at)
        return FeedbackFact(task=self._task.name, id=found, value=value, known=known, logged=now)

    def _value(self, given: Any) -> float | str | None:
        if self._is_number:
            number = _number(given)
            return number if number is not None and math.isfinite(number) else None
        if not self._has_classes:
            return None
        try:
            return self._texts[given]
        except KeyError:
            text = class_text(given)
        except TypeError:
            return None
        if text is not None and len(self._texts) < _MOST_CLASSES:
            self._texts[given] = text
            if self._task.classes and text not in self._task.classes:
                warn_of(self._task.name, {UNNAMED: 1}, 1)
        return text

    def _decided(self, score: float | None) -> str | None:
        """Tell the class that a score decides for."""
        if score is None or not self._takes_score:
            return None
        return self._task.positive if score >= self._task.threshold else self._task.negative()


def id_text(given: Any) -> str | None:
    """Write a single id as text, as `id_texts` does a column; None if it is none.

    Examples
    --------
    >>> id_text("a"), id_text(5), id_text(True)
    ('a', '5', None)
    """
    if type(given) is str:
        return given
    if isinstance(given, int) and not isinstance(given, bool):
        return str(given)
    if isinstance(given, str | UUID):
        return str(given)
    return str(given) if isinstance(given, numpy.integer) else None


def _number(given: Any) -> float | None:
    """Take a number as a float; None where it is none or cannot be one."""
    if type(given) is float:
        return given
    if isinstance(given, int | float | numpy.number):
        try:
            return float(given)
        except (OverflowError, TypeError):
            return None
    return None


def _is_moment(at: Any) -> bool:
    return at is None or isinstance(at, str | date | timedelta)
