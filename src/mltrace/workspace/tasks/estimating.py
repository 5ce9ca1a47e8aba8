"""Estimates metrics of windows some of whose labels are missing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.errors import ArgumentError
from mltrace.records import RecordList
from mltrace.records.estimates import Estimate
from mltrace.tasks.estimating.choosing import LEAST_REFERENCE, estimate_metric
from mltrace.tasks.estimating.rows import LabelledRows
from mltrace.tasks.metrics import parse_metric
from mltrace.tasks.windows import windows_between
from mltrace.times import to_datetime
from mltrace.workspace.tasks.question import MODEL
from mltrace.workspace.tasks.selection import ALL_TIME, NANOSECONDS, read_span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from mltrace.records.tasks import TaskStatus
    from mltrace.tasks.estimating.choosing import EstimateMethod
    from mltrace.tasks.matching.outcomes import Outcomes
    from mltrace.tasks.metrics import Metric
    from mltrace.workspace.tasks.question import Question
    from mltrace.workspace.tasks.selection import Selection, Span

MOST_REFERENCE: Final = 100_000
"""So many predictions with labels are learned from at most, the latest ones."""
DEFAULTS: Final = {
    "binary": ("accuracy", "precision", "recall", "f1"),
    "multiclass": ("accuracy",),
    "regression": ("mae", "rmse"),
}
"""The usual metrics of the kinds of tasks of which some can be estimated."""


@dataclass(frozen=True, slots=True)
class Estimator:
    """Estimates metrics of a task, window by window.

    Attributes
    ----------
    task : TaskStatus
    selection : Selection
    question : Question
        Its metrics are names.
    features : sequence of str
        Features that predictions are parted by.
    reference : Span or None
        The window that is learned from; None: all that was predicted before each window.
    method : str or None
    """

    task: TaskStatus
    selection: Selection
    question: Question
    features: Sequence[str]
    reference: Span | None
    method: EstimateMethod | None

    def estimates(self) -> RecordList[Estimate]:
        """Estimate, the newest window first.

        Raises
        ------
        UnknownNameError, ArgumentError
            If a metric, a method or a feature cannot be.
        """
        metrics = [self._metric(name) for name in self.question.metrics]
        found = self.selection.outcomes(ALL_TIME)
        return RecordList(self._rows(metrics, found), of=Estimate)

    def _metric(self, name: object) -> Metric:
        if not isinstance(name, str):
            raise ArgumentError("A function cannot be estimated without labels; name a metric.")
        if self.task.kind not in DEFAULTS:
            raise ArgumentError(
                f"The task {self.task.name!r} is {self.task.kind}; metrics of "
                f"{', '.join(DEFAULTS)} tasks can be estimated."
            )
        metric = parse_metric(name, self.task.kind)
        if metric.parameters or (self.task.kind == "multiclass" and metric.name != "accuracy"):
            hint = "accuracy" if self.task.kind == "multiclass" else metric.name
            raise ArgumentError(
                f"{name} of a {self.task.kind} task cannot be estimated; {hint} might be."
            )
        return metric

    def _rows(self, metrics: Sequence[Metric], found: Outcomes) -> Iterator[Estimate]:
        at, labelled = found.predictions.at, found.take(found.is_labelled)
        for start, end in reversed(self._windows(found)):
            window = found.take(slice(*numpy.searchsorted(at, (start, end)).tolist()))
            if not len(window):
                continue
            reference = self._reference(labelled, (start, end))
            for metric in metrics:
                yield self._estimate(metric, (start, end), window, reference)

    def _windows(self, found: Outcomes) -> list[Span]:
        question, at = self.question, found.predictions.at
        if not len(at):
            return []
        first = int(at[0]) if question.since is None else max(int(at[0]), question.since)
        last = int(at[-1]) if question.until is None else min(int(at[-1]), question.until - 1)
        if first > last:
            return []
        if question.length is None:
            return [(first, last + 1)]
        windows = windows_between(first, last, question.length, question.step)
        runs = windows.holding(at, at + 1)
        windows.check(runs)
        return [windows.bounds_of(number) for run in runs for number in run]

    def _reference(self, labelled: Outcomes, window: Span) -> Outcomes:
        """Find the latest predictions with labels that are not of the window."""
        at, (start, end) = labelled.predictions.at, window
        low, first, last, high = numpy.searchsorted(
            at, (*(self.reference or (ALL_TIME[0], start)), start, end)
        )[[0, 2, 3, 1]].tolist()
        before, after = (low, min(first, high)), (max(last, low), high)
        rows = numpy.concatenate([numpy.arange(*before), numpy.arange(*after)])
        return labelled.take(rows[-MOST_REFERENCE:])

    def _estimate(
        self, metric: Metric, span: Span, window: Outcomes, reference: Outcomes
    ) -> Estimate:
        is_labelled = window.is_labelled
        num_labels = int(is_labelled.sum())
        known: dict[str, Any] = {
            "task": self.task.name, "metric": metric.text,
            "window_start": _datetime(span[0]), "window_end": _datetime(span[1]),
            "confidence": self.question.confidence,
            "num_predictions": len(window), "num_labels": num_labels,
            "label_coverage": num_labels / len(window), "num_reference": len(reference),
            "slice": self.selection.slice, "model": self.selection.model,
            "known_at": self.selection.known_at,
        }  # fmt: skip
        if len(reference):
            made = reference.predictions.at
            known["reference_start"] = _datetime(int(made[0]))
            known["reference_end"] = _datetime(int(made[-1]) + 1)
        num = num_labels + len(reference)
        if num < LEAST_REFERENCE:
            message = (
                f"There are {num:,} predictions with labels to learn from; it takes "
                f"{LEAST_REFERENCE}. Name a window that has them as the reference."
            )
            return Estimate(**known, value=None, method="", message=message)
        told = estimate_metric(
            metric.name,
            self._labelled(window.take(~is_labelled)),
            self._labelled(window.take(is_labelled)),
            self._labelled(reference),
            method=self.method,
            confidence=self.question.confidence,
        )
        value, low, high = (_finite(one) for one in told.estimated)
        message = "" if value is not None else f"{metric.text} is not defined of these predictions."
        return Estimate(
            **known, value=value, ci_low=low, ci_high=high, method=told.method,
            assumption=told.assumption, message=message,
        )  # fmt: skip

    def _labelled(self, outcomes: Outcomes) -> LabelledRows:
        said, truth = outcomes.predictions.value, outcomes.label
        features = {name: self.selection.values_of(name, outcomes) for name in self.features}
        if self.task.kind == "regression":
            return LabelledRows(said, truth, None, features)
        scores = outcomes.predictions.score
        if self.task.kind == "multiclass":
            scores = _score_of(said, scores)
            truth, said = said == truth, numpy.ones(len(said), bool)
        else:
            code = self.selection.state.values.places.get(self.selection.state.meaning.positive, -2)
            truth, said = truth == code, said == code
        held = None if numpy.isnan(scores).any() else numpy.asarray(scores, float)
        return LabelledRows(said, truth, held, features)


def _score_of(
    said: numpy.typing.NDArray[numpy.int32], scores: numpy.typing.NDArray[numpy.float64]
) -> numpy.typing.NDArray[numpy.float64]:
    """Give the score of the class that was predicted; NaN where it has none."""
    if scores.ndim == 1 or not scores.shape[1]:
        return numpy.full(len(said), numpy.nan)
    has_column = said < scores.shape[1]
    rows = numpy.arange(len(said))
    return numpy.where(has_column, scores[rows, numpy.where(has_column, said, 0)], numpy.nan)


def read_features(features: str | Iterable[str]) -> tuple[str, ...]:
    """Read by which features predictions are parted.

    Raises
    ------
    ArgumentError
        If the model is among them.
    """
    names = (features,) if isinstance(features, str) else tuple(features)
    if MODEL in names:
        raise ArgumentError("Predictions are parted by features, not by the model; use where=.")
    return tuple(dict.fromkeys(names))


def read_reference(reference: Any) -> Span | None:
    """Read from which window is learned.

    Raises
    ------
    ArgumentError
        If it is no window.
    """
    span = None if reference is None else read_span(reference)
    if reference is not None and span is None:
        raise ArgumentError(
            f"reference={reference!r} is no window; give two times, or a text such as "
            "'2026-10-01/2026-11-01' or '60d/30d'."
        )
    return span


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _datetime(moment: int) -> datetime:
    return to_datetime(moment * NANOSECONDS)
