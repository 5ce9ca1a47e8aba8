"""Columns that tell rows apart."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Final

from mltrace.checks.suggesting.candidates import Draft, Rule
from mltrace.checks.suggesting.history import num_values, share_seen
from mltrace.profiles.text_counts import NUM_SAMPLED

if TYPE_CHECKING:
    from mltrace.checks.suggesting.history import ColumnHistory, TableHistory
    from mltrace.records import ColumnProfile

_LEAST_ROWS: Final = 30
"""In fewer rows values may differ by chance."""


def unique_columns(history: TableHistory) -> list[Rule]:
    """Find the columns of texts or whole numbers in which no value stands twice."""
    return [
        rule
        for column in history.whole.columns.values()
        if column.is_of("text", "number") and (rule := _unique(column)) is not None
    ]


def _unique(column: ColumnHistory) -> Rule | None:
    known = [one for one in column.filled.profiles if _is_known(one)]
    if not known:
        return None
    kept = [one.num_distinct == num_values(one) for one in known]
    draft = Draft(
        check="Unique",
        arguments={"columns": [column.name]},
        subject=column.name,
        evidence="no value twice",
    )
    is_key = all(kept) and column.is_always_there and len(known) == len(column.profiles)
    looked_at = fmean(_looked_at(one) for one in known)
    return Rule("unique", kept, draft if is_key else None, looked_at=looked_at)


def _is_known(profile: ColumnProfile) -> bool:
    """Tell whether the profile says if values stand twice: of texts, a sample of them does."""
    values = num_values(profile)
    if values < _LEAST_ROWS:
        return False
    return profile.kind == "text" or (profile.is_distinct_exact and profile.num_whole == values)


def _looked_at(profile: ColumnProfile) -> float:
    return 1.0 if profile.is_distinct_exact else share_seen(NUM_SAMPLED, num_values(profile))
