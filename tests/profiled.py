"""Tables for tests of profiles, and in what profiles differ."""

from __future__ import annotations

import datetime
import math
from typing import TYPE_CHECKING, Any

import numpy
import pyarrow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mltrace.profiles.tables import Profile


def table_of_all_kinds(num_rows: int = 2100) -> pyarrow.Table:
    """Make a table that every library holds: numbers, texts, booleans, times, with nulls."""
    random = numpy.random.default_rng(5)
    is_null = random.random(num_rows) < 0.1
    start = datetime.datetime(2013, 1, 1, tzinfo=datetime.UTC)
    columns: dict[str, Any] = {
        "flight": pyarrow.array(random.integers(1, 9000, num_rows)),
        "dep_delay": pyarrow.array(random.normal(12, 40, num_rows), mask=is_null),
        "carrier": pyarrow.array(random.choice(["AA", "UA", "DL", "予測"], num_rows), mask=is_null),
        "tailnum": pyarrow.array([f"N{number}" for number in random.integers(0, 900, num_rows)]),
        "is_late": pyarrow.array(random.random(num_rows) < 0.3, mask=is_null),
        "scheduled_at": pyarrow.array(
            [start + datetime.timedelta(minutes=7 * row) for row in range(num_rows)],
            pyarrow.timestamp("us", "UTC"),
        ),
    }
    return pyarrow.table(columns)


def differences(left: Profile, right: Profile) -> list[str]:
    """List in what two profiles differ, apart from the names of types and estimated counts."""
    found = [
        f"{name}: {getattr(left, name)} and {getattr(right, name)}"
        for name in ("num_rows", "num_profiled_rows", "num_duplicate_rows")
        if getattr(left, name, None) != getattr(right, name, None)
    ]
    if list(left.columns) != list(right.columns):
        return [*found, f"columns: {list(left.columns)} and {list(right.columns)}"]
    for name in left.columns:
        one, other = left.columns[name].to_dict(), right.columns[name].to_dict()
        for record in (one, other):
            record["patterns"] = [pattern["value"] for pattern in record["patterns"][:1]]
            estimated = ("top",) if record["top_error"] else ()
            for field in ("dtype", "top_error", *estimated):
                del record[field]
        found += _unlike(one, other, name)
    return found


def _unlike(one: Any, other: Any, where: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one | other:
            yield from _unlike(one.get(key), other.get(key), f"{where}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, pair in enumerate(zip(one, other, strict=True)):
            yield from _unlike(*pair, f"{where}[{place}]")
    elif not _is_like(one, other):
        yield f"{where}: {one!r} and {other!r}"


def _is_like(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return bool(one == other)
