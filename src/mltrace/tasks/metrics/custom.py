"""Metrics that users write: functions of labels and predictions, which never break others."""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.errors import ArgumentError
from mltrace.tasks.metrics.metric import Measured

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mltrace.tasks.pairs import Pairs

_SCORES: Final = ("y_score", "y_scores", "scores", "score", "y_prob", "y_proba")


def measure_function(function: Callable[..., Any], pairs: Pairs, *, name: str = "") -> Measured:
    """Measure pairs by a function `(y_true, y_pred)`, with scores if it takes `y_score`.

    Parameters
    ----------
    function : callable
        Takes arrays of labels and predictions, as users named them, and gives a number. A parameter
        `y_score` or `scores` is given the scores: then pairs without are left out.
    pairs : Pairs
    name : str, default that of the function

    Returns
    -------
    Measured
        Without an interval. If the function raises, or gives what is no finite number, without a
        value: the message says what happened.

    Examples
    --------
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("regression", [1.0, 2.0], [2.0, 2.0])
    >>> measure_function(lambda y_true, y_pred: (y_pred - y_true).sum(), pairs, name="bias").value
    1.0
    >>> measure_function(lambda y_true, y_pred: 1 / 0, pairs, name="odd").message
    'odd raised ZeroDivisionError: division by zero'
    """
    name = name or getattr(function, "__name__", type(function).__name__)
    if not len(pairs):
        return Measured(name, None, message=f"{name} is not defined: there are no pairs.")
    scores = _scores_parameter(function)
    given = {}
    if scores:
        if pairs.scores is None:
            return Measured(name, None, message=f"{name} takes scores, and there are none.")
        given_scores = ~numpy.isnan(pairs.scores.reshape(len(pairs), -1).sum(axis=1))
        pairs = pairs if given_scores.all() else pairs.take(given_scores)
        given = {scores: pairs.scores}
    try:
        value = function(_decoded(pairs, pairs.truth), _decoded(pairs, pairs.predicted), **given)
        number = float(value)
    except Exception as error:  # noqa: BLE001 (a metric is the user's code)
        told = f"{type(error).__name__}: {error}".rstrip(": ")
        return Measured(name, None, message=f"{name} raised {told}")
    if not math.isfinite(number):
        return Measured(name, None, message=f"{name} gave {number}.")
    return Measured(name, number)


def _scores_parameter(function: Callable[..., Any]) -> str:
    if not callable(function):
        raise ArgumentError(f"A metric is a name or a function, not {function!r}.")
    try:
        known = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return ""  # of a function in C, which takes labels and predictions
    return next((name for name in _SCORES if name in known), "")


def _decoded(pairs: Pairs, column: NDArray[Any]) -> NDArray[Any]:
    if pairs.kind not in ("binary", "multiclass"):
        return column
    values = pairs.class_values or pairs.classes
    plain = numpy.array(values)
    if plain.ndim != 1 or len({type(value) for value in values}) > 1:
        plain = numpy.empty(len(values), dtype=object)
        plain[:] = values
    decoded: NDArray[Any] = plain[column]
    return decoded
