"""Compares two models of a task, or two windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy

from mltrace.errors import ArgumentError, UnknownNameError, unknown
from mltrace.tasks.comparing.choosing import compare_metric
from mltrace.times import now_ns, to_datetime, to_nanoseconds
from mltrace.workspace.tasks.outlooks import outlook_of
from mltrace.workspace.tasks.question import MODEL
from mltrace.workspace.tasks.selection import ALL_TIME, NANOSECONDS, Span, read_span

if TYPE_CHECKING:
    from mltrace.records.comparisons import Comparison
    from mltrace.records.tasks import LabelState, TaskStatus
    from mltrace.tasks.matching.outcomes import Outcomes
    from mltrace.workspace.tasks.selection import Selection

_HOUR: Final = 3_600_000_000
_MOST_LISTED: Final = 8
LEAST_COMMON: Final = 0.5
"""With fewer ids in common, as a share of those of the smaller one, all ids are compared."""


class Side(NamedTuple):
    """What was predicted of one that is compared: over which time, how much, how much labelled."""

    span: Span
    num_predictions: int
    num_labels: int

    @classmethod
    def of(cls, outcomes: Outcomes, span: Span) -> Side:
        """Count outcomes."""
        return cls(span, len(outcomes.predictions.at), int(outcomes.is_labelled.sum()))

    @property
    def label_coverage(self) -> float | None:
        """The share that has a label."""
        return self.num_labels / self.num_predictions if self.num_predictions else None


class Compared(NamedTuple):
    """What is compared: the outcomes of each that have a label, and whether they are row by row."""

    a: Outcomes
    b: Outcomes
    sides: tuple[Side, Side]
    is_paired: bool


def compare(
    task: TaskStatus,
    selection: Selection,
    sides: tuple[Any, Any],
    metric: str,
    *,
    span: Span = ALL_TIME,
    is_sequential: bool,
    confidence: float,
) -> Comparison:
    """Compare two models, or two windows, which are told by what they are called.

    Raises
    ------
    UnknownNameError
        If one of them is no model of the task, and no window.
    ArgumentError
        If they cannot be compared.
    """
    known, now = _models(selection), now_ns()
    windows = [read_span(side, now=now) if side not in known else None for side in sides]
    if all(windows):
        found = _of_windows(selection, windows, sides)
    elif any(windows):
        raise ArgumentError(
            f"{sides[0]!r} and {sides[1]!r} are a model and a window; compare two models, or two "
            "windows such as '2026-11-01/2026-11-08', of a model by where=."
        )
    else:
        found = _of_models(selection, sides, span)
    order_a, order_b = _orders(found, is_sequential=is_sequential)
    return compare_metric(
        metric,
        selection.pairs(found.a.take(order_a)),
        selection.pairs(found.b.take(order_b)),
        names=(_name(sides[0]), _name(sides[1])),
        is_paired=found.is_paired,
        is_sequential=is_sequential,
        confidence=confidence,
        task=task.name,
        outlooks=_outlooks(selection, found.sides),
        label_coverage_a=found.sides[0].label_coverage,
        label_coverage_b=found.sides[1].label_coverage,
        slice=selection.slice,
        window_start=_datetime(span[0]),
        window_end=_datetime(span[1]),
        known_at=selection.known_at,
    )


def _of_windows(
    selection: Selection, windows: list[Span | None], sides: tuple[Any, Any]
) -> Compared:
    (start_a, end_a), (start_b, end_b) = (window for window in windows if window)
    if start_a < end_b and start_b < end_a:
        raise ArgumentError(
            f"The windows {sides[0]!r} and {sides[1]!r} overlap; predictions that are in both "
            "cannot differ, so compare windows that do not."
        )
    a, b = (selection.outcomes(window) for window in ((start_a, end_a), (start_b, end_b)))
    about = Side.of(a, (start_a, end_a)), Side.of(b, (start_b, end_b))
    return Compared(a.take(a.is_labelled), b.take(b.is_labelled), about, is_paired=False)


def _predicted_in(outcomes: Outcomes, span: Span) -> Span:
    """Give the full hours that hold predictions, within a span."""
    at = outcomes.predictions.at
    if not len(at):
        return span
    start, end = int(at[0]) // _HOUR * _HOUR, (int(at[-1]) // _HOUR + 1) * _HOUR
    return max(start, span[0]), min(end, span[1])


def _of_models(selection: Selection, sides: tuple[Any, Any], span: Span) -> Compared:
    known, codes = _models(selection), []
    if MODEL in selection.where:
        raise ArgumentError("where= chooses a model, but two models are compared; leave it out.")
    for side in sides:
        if side not in known:
            raise _unknown_model(str(side), sorted(one for one in known if one))
        codes.append(known[side])
    if codes[0] == codes[1]:
        raise ArgumentError(f"{sides[0]!r} is compared with itself; name two models.")
    found = selection.outcomes(span, by_model=True)
    a, b = (found.take(found.predictions.model == code) for code in codes)
    about = Side.of(a, _predicted_in(a, span)), Side.of(b, _predicted_in(b, span))
    a, b = a.take(a.is_labelled), b.take(b.is_labelled)
    keys_a, keys_b = a.predictions.key, b.predictions.key
    _, rows_a, rows_b = numpy.intersect1d(keys_a, keys_b, return_indices=True)
    if not len(rows_a) or len(rows_a) < LEAST_COMMON * min(len(a), len(b)):
        return Compared(a, b, about, is_paired=False)
    return Compared(a.take(rows_a), b.take(rows_b), about, is_paired=True)


def _outlooks(selection: Selection, sides: tuple[Side, Side]) -> tuple[LabelState, LabelState]:
    first, second = outlook_of(
        selection.state,
        [side.span for side in sides],
        num_predictions=[side.num_predictions for side in sides],
        num_labels=[side.num_labels for side in sides],
        now=to_nanoseconds(selection.known_at),
        as_of=selection.as_of,
    )
    return first, second


def _unknown_model(name: str, known: list[str]) -> UnknownNameError:
    listed = ", ".join(known[:_MOST_LISTED]) + (", …" if len(known) > _MOST_LISTED else "")
    there = f"There are: {listed}." if known else "No prediction names its model."
    hint = f"{there} Or give two windows, such as 2026-W45 and 2026-W46, or 14d/7d and 7d/0d."
    return unknown("model", name, known, hint=hint, limit=1)


def _models(selection: Selection) -> dict[str, int]:
    return selection.state.models.places


def _orders(found: Compared, *, is_sequential: bool) -> list[numpy.typing.NDArray[numpy.int64]]:
    """Put the rows of each in the order in which labels came, where that matters."""
    if found.is_paired or not is_sequential:
        return [numpy.arange(len(one)) for one in (found.a, found.b)]
    return [numpy.argsort(one.first_known_at, kind="stable") for one in (found.a, found.b)]


def _name(side: Any) -> str:
    return side if isinstance(side, str) else " to ".join(str(one) for one in side)


def _datetime(moment: int) -> Any:
    return None if moment in ALL_TIME else to_datetime(moment * NANOSECONDS)
