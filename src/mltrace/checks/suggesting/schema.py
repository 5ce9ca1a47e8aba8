"""The columns of a table and what kinds of types they have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mltrace.checks.suggesting.candidates import Draft, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.checks.suggesting.history import ColumnHistory, TableHistory
    from mltrace.records import ColumnProfile

_ANY: Final = "any"
_NAMES: Final = (
    ("integer", re.compile(r"u?int\d+")),
    ("float", re.compile(r"float\d*|halffloat|double")),
    ("number", re.compile(r"decimal.*")),
    ("duration", re.compile(r"duration.*|timedelta.*")),
    ("date", re.compile(r"date|date32.*|date64.*")),
    ("datetime", re.compile(r"timestamp.*|datetime.*")),
)
"""What the types that readers of numbers and times name are called in a schema."""


def schema(history: TableHistory) -> list[Rule]:
    """Find the columns that are always there, of the same kind of type; at best no others are."""
    filled = [profile for profile in history.profiles if profile.num_profiled_rows]
    if not filled:
        return []
    types = {name: _type_of(column) for name, column in history.columns.items()}
    names = [set(profile.columns) for profile in filled]
    if all(one == names[0] for one in names) and None not in types.values():
        return [Rule("schema", [True] * len(filled), _draft(types))]
    return [_column(column, types[name]) for name, column in history.columns.items()]


def _column(column: ColumnHistory, its_type: str | None) -> Rule:
    """Judge a column alone, where others come and go."""
    types = [_type(one) for one in column.profiles]
    kept = [one in (types[0], _ANY) for one in types]
    kept += [False] * (column.num_partitions - len(kept))
    is_kept = all(kept) and its_type is not None
    return Rule(
        "schema", kept, _draft({column.name: its_type}, allow_added=True) if is_kept else None
    )


def _draft(types: dict[str, str | None], **options: bool) -> Draft:
    return Draft("Schema", {"columns": types, **options}, "", "the same columns and types")


def _type_of(column: ColumnHistory) -> str | None:
    """Name the type that a column always had; None if there are several."""
    if any(one.kind == "null" for one in column.profiles):
        return _ANY
    found = sorted({_type(one) for one in column.profiles})
    if len(found) == 1:
        return found[0]
    return "number" if set(found) <= {"integer", "float", "number"} else None


def _type(profile: ColumnProfile) -> str:
    if profile.kind in ("text", "boolean"):
        return profile.kind
    if profile.kind not in ("number", "time"):
        return _ANY
    named: Sequence[str] = [
        name for name, pattern in _NAMES if pattern.fullmatch(profile.dtype.lower())
    ]
    return named[0] if named else _ANY
