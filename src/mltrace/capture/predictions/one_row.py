"""A column of one row as a fact of its own: facts are gathered, and batches listed one by one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from mltrace.store.lake import layout
from mltrace.store.lake.columns import Coded, Same
from mltrace.store.task_facts import FeedbackFact, PredictionFact

if TYPE_CHECKING:
    from mltrace.capture.predictions.rows import Rows
    from mltrace.store.lake.columns import Values


def as_fact(
    task: str, rows: Rows, *, run: str = "", model: str = ""
) -> PredictionFact | FeedbackFact | None:
    """Make the fact of a single row; None where JSON cannot say it, as of NaN and of times."""
    told = layout.AT if rows.kind == "predictions" else layout.KNOWN_AT  # `rows.first` says it
    row = {name: _only(values) for name, values in rows.columns.items() if name != told}
    if not all(map(_is_sayable, row.values())):
        return None
    one, logged = str(row[layout.ID]), row[layout.LOGGED_AT] * 1000
    if rows.kind == "feedback":
        value = row[layout.VALUE]
        return FeedbackFact(task=task, id=one, value=value, known=rows.first, logged=logged)
    known = row.get(layout.KNOWN_AT)
    return PredictionFact(
        task=task,
        id=one,
        value=row[layout.VALUE],
        at=rows.first,
        logged=logged,
        known=None if known is None else known * 1000,
        score=row.get(layout.SCORE),
        scores=row.get(layout.SCORES),
        model=model,
        run=run,
        features={
            name.removeprefix(layout.FEATURE): value
            for name, value in row.items()
            if name.startswith(layout.FEATURE)
        },
    )


def _only(values: Values) -> Any:
    """Take the only value of a column."""
    if isinstance(values, Same):
        return values.value
    if isinstance(values, Coded):
        return values.texts[values.codes[0]] if values.codes[0] >= 0 else None
    return values[0].tolist() if isinstance(values, numpy.ndarray) else values[0]


def _is_sayable(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_sayable, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | int)
