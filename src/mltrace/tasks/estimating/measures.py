"""Metrics that follow from totals over rows, which is what can be estimated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mltrace.tasks.estimating.rows import LabelledRows

    Floats = NDArray[numpy.float64]

_EPSILON: Final = float(numpy.finfo(numpy.float64).eps)


def _divided(above: Any, below: Any) -> Any:
    quotient = numpy.full(numpy.broadcast(above, below).shape, numpy.nan)
    return numpy.divide(above, below, out=quotient, where=numpy.asarray(below) > 0)


def _accuracy(tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
    return _divided(tp + tn, tp + fp + fn + tn)


def _precision(tp: Any, fp: Any, _fn: Any, _tn: Any) -> Any:
    return _divided(tp, tp + fp)


def _recall(tp: Any, _fp: Any, fn: Any, _tn: Any) -> Any:
    return _divided(tp, tp + fn)


def _specificity(_tp: Any, fp: Any, _fn: Any, tn: Any) -> Any:
    return _divided(tn, tn + fp)


def _f1(tp: Any, fp: Any, fn: Any, _tn: Any) -> Any:
    return _divided(2 * tp, 2 * tp + fp + fn)


def _balanced_accuracy(tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
    return (_divided(tp, tp + fn) + _divided(tn, tn + fp)) / 2


CONFUSION: Final[dict[str, Callable[[Any, Any, Any, Any], Any]]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "f1": _f1,
    "precision": _precision,
    "recall": _recall,
    "specificity": _specificity,
}
"""Metrics of true positives, false positives, false negatives and true negatives."""


def log_loss(score: Floats, *, is_positive: bool) -> Floats:
    """Tell the log loss of scores of the positive class, if all rows are positive, or negative."""
    of_truth = score if is_positive else 1 - score
    loss: Floats = -numpy.log(numpy.clip(of_truth, _EPSILON, 1.0))
    return loss


def brier(score: Floats, *, is_positive: bool) -> Floats:
    """Tell the squared distance of scores from 1, or from 0."""
    squares: Floats = (score - is_positive) ** 2
    return squares


SCORE_LOSSES: Final = {"brier": brier, "log_loss": log_loss}
"""Mean losses of scores."""


def _absolute(rows: LabelledRows) -> Floats:
    errors: Floats = numpy.abs(rows.predicted - rows.truth).astype(float)
    return errors


def _squared(rows: LabelledRows) -> Floats:
    squares: Floats = (rows.predicted - rows.truth) ** 2.0
    return squares


def _relative(rows: LabelledRows) -> Floats:
    relative: Floats = _absolute(rows) / numpy.maximum(numpy.abs(rows.truth), _EPSILON)
    return relative


ERRORS: Final[dict[str, Callable[[LabelledRows], Floats]]] = {
    "mae": _absolute,
    "mape": _relative,
    "mse": _squared,
    "rmse": _squared,
}
"""Losses of regressions, of which the metric is the mean; of `rmse` the root of it."""
