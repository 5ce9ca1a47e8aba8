"""Rows to log: what the user gave, checked and brought to columns of the lake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from mltrace.capture.predictions.classed import (
    best_classes,
    class_column,
    num_unnamed,
    score_matrix,
    set_column,
    sets_above,
)
from mltrace.capture.predictions.columns import as_items, id_column
from mltrace.capture.predictions.features import feature_columns
from mltrace.capture.predictions.moments import Moments, bounds, moments, num_ahead
from mltrace.capture.predictions.numbers import number_column
from mltrace.capture.predictions.ranked import gain_column, ranking_column
from mltrace.capture.predictions.warning import AHEAD, LABELS, PREDICTIONS, SCORES, UNNAMED
from mltrace.errors import ArgumentError
from mltrace.store.lake import layout
from mltrace.store.lake.columns import Coded, Same

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from mltrace.capture.predictions.declaration import Declaration
    from mltrace.store.lake.columns import Values
    from mltrace.store.task_facts import RowKind


class Given(NamedTuple):
    """What is said of predictions besides their values, as the user gave it."""

    scores: Any = None
    features: Any = None
    at: Any = None
    known_at: Any = None
    run: Any = None
    model: Any = None


class Rows(NamedTuple):
    """Rows of predictions or feedback.

    Attributes
    ----------
    kind : str
        Which of the two.
    num_rows : int
        How many.
    first, last : int
        The earliest and the latest of their times, in nanoseconds.
    columns : mapping of str to values
        Their values, by the names that the lake gives columns.
    oddities : mapping of str to int
        How many rows are odd, by what is odd of them.
    """

    kind: RowKind
    num_rows: int
    first: int
    last: int
    columns: Mapping[str, Values]
    oddities: Mapping[str, int]

    def parts(self, most: int) -> Iterator[Rows]:
        """Part them into rows of which there are so many at most; what is odd is of the first."""
        oddities = self.oddities
        for start in range(0, self.num_rows, most):
            places = slice(start, min(start + most, self.num_rows))
            columns = {name: _some(values, places) for name, values in self.columns.items()}
            times = columns[layout.AT if self.kind == "predictions" else layout.KNOWN_AT]
            first, last = self.first, self.last
            if isinstance(times, numpy.ndarray):
                first, last = bounds(times)
            yield Rows(self.kind, places.stop - start, first, last, columns, oddities)
            oddities = {}


def prediction_rows(
    task: Declaration,
    ids: Any,
    predictions: Any,
    given: Given,
    *,
    now: int,
) -> Rows:
    """Check predictions and bring them to columns.

    Raises
    ------
    ArgumentError
        If a value cannot be, or columns have other lengths than the ids.
    """
    id_values = id_column(ids)
    num_rows = len(id_values)
    columns, oddities = _predicted(task, predictions, given.scores, num_rows)
    made: Moments = now if given.at is None else moments("at", given.at, num_rows)
    oddities[AHEAD] = num_ahead(made, now, num_rows)
    columns = {layout.ID: id_values, **columns, layout.AT: _times(made)}
    if given.known_at is not None:
        columns[layout.KNOWN_AT] = _times(moments("known_at", given.known_at, num_rows))
    columns[layout.LOGGED_AT] = Same(now // 1000)
    if given.features is not None:
        columns.update(feature_columns(given.features, num_rows))
    return Rows(
        "predictions", num_rows, *(bounds(made) if num_rows else (now, now)), columns, oddities
    )


def feedback_rows(task: Declaration, ids: Any, labels: Any, *, at: Any, now: int) -> Rows:
    """Check labels and bring them to columns.

    Raises
    ------
    ArgumentError
        If a value cannot be, or columns have other lengths than the ids.
    """
    id_values = id_column(ids)
    num_rows = len(id_values)
    values = _labels(task, labels, num_rows)
    known: Moments = now if at is None else moments("at", at, num_rows)
    columns: dict[str, Values] = {
        layout.ID: id_values,
        layout.VALUE: values,
        layout.KNOWN_AT: _times(known),
        layout.LOGGED_AT: Same(now // 1000),
    }
    oddities = {LABELS: _num_missing(values), UNNAMED: _num_unnamed(task, values)}
    return Rows(
        "feedback", num_rows, *(bounds(known) if num_rows else (now, now)), columns, oddities
    )


def _some(values: Values, places: slice) -> Values:
    if isinstance(values, Same):
        return values
    return (
        Coded(values.texts, values.codes[places]) if isinstance(values, Coded) else values[places]
    )


def _times(at: Moments) -> Values:
    return Same(at // 1000) if isinstance(at, int) else at


def _labels(task: Declaration, labels: Any, num_rows: int) -> Values:
    if task.kind == "regression":
        return number_column("labels", labels, num_rows)
    if task.kind == "ranking":
        return gain_column(labels, num_rows)
    if task.kind == "multilabel":
        return set_column("labels", labels, num_rows, task.classes)
    return class_column("labels", labels, num_rows)


def _predicted(
    task: Declaration, predictions: Any, scores: Any, num_rows: int
) -> tuple[dict[str, Values], dict[str, int]]:
    """Bring predictions and scores to columns, and count those that do not count."""
    if predictions is None and (scores is None or task.kind in ("regression", "ranking")):
        raise ArgumentError(
            f"predictions= is missing; a {task.kind} task needs it"
            + ("." if task.kind in ("regression", "ranking") else " or scores=.")
        )
    columns: dict[str, Values] = {}
    oddities: dict[str, int] = {}
    if task.kind == "regression":
        if scores is not None:
            raise ArgumentError("A regression task takes no scores=; give them as features=.")
        values: Values = number_column("predictions", predictions, num_rows)
    elif task.kind == "ranking":
        values = ranking_column(predictions, scores, num_rows)
    else:
        found = None if scores is None else _scores(task, scores, num_rows)
        values = _classes(task, predictions, found, num_rows)
        if found is not None:
            columns[layout.SCORE if found.ndim == 1 else layout.SCORES] = found
            oddities[SCORES] = _num_outside(found)
    oddities |= {PREDICTIONS: _num_missing(values), UNNAMED: _num_unnamed(task, values)}
    return {layout.VALUE: values, **columns}, oddities


def _scores(task: Declaration, scores: Any, num_rows: int) -> NDArray[numpy.float64]:
    if task.kind != "binary":
        return score_matrix(scores, num_rows, task.classes)
    if isinstance(scores, dict) or hasattr(scores, "columns"):
        matrix = score_matrix(scores, num_rows, task.classes)
    else:
        items = as_items("scores", scores)
        is_matrix = getattr(items, "ndim", 1) == 2 or (
            isinstance(items, list) and len(items) > 0 and hasattr(items[0], "__len__")
        )
        if not is_matrix:
            return number_column("scores", items, num_rows)
        matrix = score_matrix(items, num_rows, task.classes or ("", task.positive))
    return matrix[:, task.classes.index(task.positive) if task.classes else 1]


def _classes(
    task: Declaration, predictions: Any, scores: NDArray[numpy.float64] | None, num_rows: int
) -> Coded:
    if predictions is not None:
        if task.kind == "multilabel":
            return set_column("predictions", predictions, num_rows, task.classes)
        return class_column("predictions", predictions, num_rows)
    assert scores is not None
    if task.kind == "multiclass":
        return best_classes(scores, task.classes)
    if task.kind == "multilabel":
        return sets_above(scores, task.threshold, task.classes)
    codes = (scores >= task.threshold).astype(numpy.int32)
    codes[numpy.isnan(scores)] = -1
    return Coded([task.negative(), task.positive], codes)


def _num_missing(values: Values) -> int:
    if isinstance(values, Coded):
        return int((values.codes < 0).sum())
    if isinstance(values, numpy.ndarray):
        return int((~numpy.isfinite(values)).sum())
    return sum(value is None for value in values)  # type: ignore[union-attr]


def _num_unnamed(task: Declaration, values: Values) -> int:
    if not task.classes or not isinstance(values, Coded):
        return 0
    return num_unnamed(values, task.classes, are_sets=task.kind == "multilabel")


def _num_outside(scores: NDArray[numpy.float64]) -> int:
    is_inside = (scores >= 0) & (scores <= 1)
    return int((~(is_inside if scores.ndim == 1 else is_inside.all(axis=1))).sum())
