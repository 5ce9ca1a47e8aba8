"""Columns with few different values: which these are, which are always there, and constants."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.suggesting.candidates import Draft, Rule
from mltrace.checks.suggesting.history import num_values
from mltrace.profiles.shapes import CUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mltrace.checks.suggesting.history import ColumnHistory, TableHistory
    from mltrace.records import ColumnProfile

_MOST: Final = 50
"""A set of more values is not closed, but what happened to come."""
_MOST_NUMBERS: Final = 12
"""Numbers with more different values are measured, not chosen from a list."""
_FEW: Final = 0.1
"""Where fewer values differ from the most frequent one, a time may come when none does."""
_MOST_MISSED: Final = 1e-4
"""A category that a sample of rows misses more often by chance is not always there."""
_LEAST_ROWS: Final = 10
"""Each value must have come so many times on average, for the values to be categories."""


def closed_sets(history: TableHistory) -> list[Rule]:
    """Find the columns that hold values of a list only, constants among them."""
    return [rule for column in history.columns.values() if (rule := _closed(column)) is not None]


def standing_values(history: TableHistory) -> list[Rule]:
    """Find the categories that every partition has."""
    return [rule for column in history.columns.values() for rule in _standing(column)]


def varied_columns(history: TableHistory) -> list[Rule]:
    """Find the columns that never hold the same value in all rows."""
    rules = []
    for column in history.columns.values():
        if not column.is_of("number", "text", "time"):
            continue
        kept = [(one.num_distinct or 0) >= 2 for one in column.profiles]
        draft = Draft(
            check="NotConstant",
            arguments={"columns": [column.name]},
            subject="",
            evidence="never one value only",
        )
        is_varied = all(kept) and all(_share_of_others(one) >= _FEW for one in column.profiles)
        rules.append(Rule("varied", kept, draft if column.is_always_there and is_varied else None))
    return rules


def _share_of_others(profile: ColumnProfile) -> float:
    """Tell how many values are others than the most frequent one."""
    most = max((one.count for one in profile.top), default=0)
    return 1 - most / max(num_values(profile), 1)


def _closed(column: ColumnHistory) -> Rule | None:
    filled = column.filled
    sets = values_by_partition(filled) if column.is_of("text", "number") else None
    if not sets or not is_list(replace(filled, profiles=filled.profiles[:1]), sets[0]):
        return None
    family = f"set of {filled.profiles[0].kind}s"
    seen = Counter(value for one in sets for value in one)
    known: set[Any] = set()
    kept = []
    for one in sets:
        kept.append(not known or one <= known)
        known |= one
    is_one_kind = len({one.kind for one in filled.profiles}) == 1
    is_always_so = is_one_kind and column.is_always_there and is_list(filled, known)
    if len(sets) < 2 or not is_always_so:
        return Rule(family, kept)
    num_once = sum(count == 1 for count in seen.values())
    return Rule(family, kept, _set_draft(column.name, seen, len(sets)), num_once / len(sets))


def _set_draft(column: str, seen: Counter[Any], num_partitions: int) -> Draft:
    values = sorted(seen)
    rarest = min(seen, key=lambda value: (seen[value], str(value)))
    if len(values) == 1:
        evidence = "no other value"
    elif seen[rarest] == num_partitions:
        evidence = f"no value but these {len(values)}"
    else:
        evidence = f"no value but these {len(values)}, the rarest {seen[rarest]} times"
    return Draft(
        check="InSet",
        arguments={"columns": [column], "allowed": values},
        subject=column,
        evidence=evidence,
    )


def _standing(column: ColumnHistory) -> Iterator[Rule]:
    sets = values_by_partition(column.filled) if column.is_of("text", "boolean") else None
    if not sets or not 2 <= len(set.union(*sets)) <= _MOST:
        return
    for value in sorted(sets[0]):
        kept = [value in one for one in sets]
        fewest = min(_count_of(value, one) for one in column.filled.profiles)
        draft = Draft(
            check="ClassBalance",
            arguments={"label": column.name, "min_share": 0.0, "classes": [value]},
            subject=column.name,
            evidence="none of them missing",
        )
        missed = math.exp(-fewest / 2)
        is_standing = all(kept) and column.is_always_there and missed < _MOST_MISSED
        yield Rule("standing", kept, draft if is_standing else None, missed)


def _count_of(value: Any, profile: ColumnProfile) -> int:
    return sum(one.count for one in profile.top if one.value == value)


def is_list(column: ColumnHistory, values: set[Any]) -> bool:
    """Tell whether values are few enough, and each frequent enough, to be those of a list."""
    most = _MOST_NUMBERS if column.is_of("number") else _MOST
    rows = float(column.num_values.sum())
    return len(values) <= most and rows >= _LEAST_ROWS * len(values)


def values_by_partition(column: ColumnHistory) -> Sequence[set[Any]] | None:
    """List the values of each partition; None where they are not known in full."""
    sets = [_values(one) for one in column.profiles]
    return None if None in sets else [one for one in sets if one is not None]


def _values(profile: ColumnProfile) -> set[Any] | None:
    if profile.top_error or sum(one.count for one in profile.top) != num_values(profile):
        return None
    values = {one.value for one in profile.top}
    return None if any(isinstance(one, str) and one.endswith(CUT) for one in values) else values
