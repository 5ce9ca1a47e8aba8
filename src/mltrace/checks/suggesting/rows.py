"""How many rows a partition has."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy

from mltrace.checks.suggesting.candidates import Bound, Draft, Rule
from mltrace.checks.suggesting.scales import CountScale

if TYPE_CHECKING:
    from mltrace.checks.suggesting.history import TableHistory
    from mltrace.checks.suggesting.prediction import Interval

_WIDEST = 20
"""A count that may be so many times less or more than usual says nothing."""


def never_empty(history: TableHistory) -> list[Rule]:
    """Find out whether there are always rows."""
    kept = [profile.num_rows > 0 for profile in history.profiles]
    draft = _draft({"min": 1}, "never empty")
    return [Rule("rows", kept, draft if kept and all(kept) else None)]


def row_counts(history: TableHistory) -> list[Bound]:
    """Bound the number of rows."""
    counts = numpy.array([profile.num_rows for profile in history.profiles], dtype=float)
    if not counts.all() or not len(counts):
        return []
    usual = float(numpy.median(counts))
    seen = f"{counts.min():,.0f} to {counts.max():,.0f} rows"

    def draft(found: Interval) -> Draft | None:
        bounds: dict[str, int] = {}
        if found.low > usual / _WIDEST:
            bounds["min"] = _two_digits(found.low, is_up=False)
        if found.high < usual * _WIDEST:
            bounds["max"] = _two_digits(found.high, is_up=True)
        return _draft(bounds, seen) if bounds else None

    return [Bound(counts, CountScale(), draft)]


def _two_digits(count: float, *, is_up: bool) -> int:
    step: int = 10 ** max(math.floor(math.log10(max(count, 1))) - 1, 0)
    return (math.ceil if is_up else math.floor)(count / step) * step


def _draft(bounds: dict[str, int], evidence: str) -> Draft:
    return Draft("RowCount", bounds, "", evidence)
