"""Columns that are never null, and how many nulls the others have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.checks.suggesting.candidates import Bound, Draft, Rule
from mltrace.checks.suggesting.scales import ShareScale
from mltrace.checks.suggesting.wording import percent, rounded

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from mltrace.checks.suggesting.history import ColumnHistory, TableHistory
    from mltrace.checks.suggesting.prediction import Interval

_MOST: Final = 0.95
"""A bound above says nothing."""


def complete_columns(history: TableHistory) -> list[Rule]:
    """Find the columns that never had a null; of others and in need their share is bounded."""
    return [_never_null(column) for column in history.columns.values()]


def _never_null(column: ColumnHistory) -> Rule:
    nulls = column.array(lambda one: one.num_nulls + one.num_nan)
    bound = (
        _share_bound(column, nulls) if column.is_always_there and column.num_values.any() else None
    )
    draft = None
    if column.is_always_there and not nulls.any():
        draft = Draft(
            check="NoNulls",
            arguments={"columns": [column.name]},
            subject="",
            evidence="no null",
        )
    return Rule("complete", (nulls == 0).tolist(), draft, instead=bound)


def _share_bound(column: ColumnHistory, nulls: NDArray[numpy.float64]) -> Bound:
    rows = column.num_rows
    shares = nulls / rows

    def draft(found: Interval) -> Draft | None:
        high = min(rounded(found.high, width=found.high, is_up=True), 1.0)
        if high > _MOST:
            return None
        return Draft(
            check="NullShare",
            arguments={"columns": [column.name], "max": high},
            subject=column.name if shares.any() else "",
            evidence=f"null share between {percent(shares.min())} and {percent(shares.max())}"
            if shares.any()
            else "no null",
        )

    return Bound(shares, ShareScale(), draft, has_low=False, noise=0.25 / rows)
