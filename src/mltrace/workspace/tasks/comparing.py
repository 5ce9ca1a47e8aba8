"""Compares two models of a task, or two windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy

from mltrace.errors import ArgumentError, unknown
from mltrace.tasks.comparing.choosing import compare_metric
from mltrace.times import to_datetime
from mltrace.workspace.tasks.question import MODEL
from mltrace.workspace.tasks.selection import ALL_TIME, NANOSECONDS, Span, read_span

if TYPE_CHECKING:
    from mltrace.records.comparisons import Comparison
    from mltrace.records.tasks import TaskStatus
    from mltrace.tasks.matching.outcomes import Outcomes
    from mltrace.workspace.tasks.selection import Selection

LEAST_COMMON: Final = 0.5
"""With fewer ids in common, as a share of those of the smaller one, all ids are compared."""


class Compared(NamedTuple):
    """What is compared: the outcomes of each that have a label, and whether they are row by row.

    `coverage` is the share of the predictions of each that have a label.
    """

    a: Outcomes
    b: Outcomes
    coverage: tuple[float | None, float | None]
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
    windows = [read_span(side) if side not in _models(selection) else None for side in sides]
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
        label_coverage_a=found.coverage[0],
        label_coverage_b=found.coverage[1],
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
    coverage = _coverage(a), _coverage(b)
    return Compared(a.take(a.is_labelled), b.take(b.is_labelled), coverage, is_paired=False)


def _of_models(selection: Selection, sides: tuple[Any, Any], span: Span) -> Compared:
    known, codes = _models(selection), []
    if MODEL in selection.where:
        raise ArgumentError("where= chooses a model, but two models are compared; leave it out.")
    for side in sides:
        if side not in known:
            raise unknown("model", str(side), known, hint="Or give a window, such as '7d/0d'.")
        codes.append(known[side])
    if codes[0] == codes[1]:
        raise ArgumentError(f"{sides[0]!r} is compared with itself; name two models.")
    found = selection.outcomes(span, by_model=True)
    a, b = (found.take(found.predictions.model == code) for code in codes)
    coverage = _coverage(a), _coverage(b)
    a, b = a.take(a.is_labelled), b.take(b.is_labelled)
    keys_a, keys_b = a.predictions.key, b.predictions.key
    _, rows_a, rows_b = numpy.intersect1d(keys_a, keys_b, return_indices=True)
    if not len(rows_a) or len(rows_a) < LEAST_COMMON * min(len(a), len(b)):
        return Compared(a, b, coverage, is_paired=False)
    return Compared(a.take(rows_a), b.take(rows_b), coverage, is_paired=True)


def _coverage(outcomes: Outcomes) -> float | None:
    return float(outcomes.is_labelled.mean()) if len(outcomes) else None


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
