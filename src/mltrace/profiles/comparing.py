"""Says in which columns two profiles differ most: a look, no test of drift."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from mltrace.records import ColumnDifference, RecordList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mltrace.profiles.tables import Profile
    from mltrace.records import ColumnProfile

ALIKE: Final = 0.005
"""Differences below it are said as none."""


def compare(left: Profile, right: Profile) -> RecordList[ColumnDifference]:
    """Compare two profiles column by column, those that differ most first.

    Notes
    -----
    The difference of a column is the largest of three: that of the shares of nulls; of numbers and
    times, the mean distance of the nine quantiles, of what the two span from the second to the
    eighth; of other values, half the sum of the distances of the shares of the most frequent ones.

    Examples
    --------
    >>> from mltrace.profiles.reading import profile_data
    >>> left = profile_data({"delay": [1, 2, 3, 4], "carrier": ["AA", "AA", "UA", "UA"]})
    >>> right = profile_data({"delay": [1, 2, 3, 4], "carrier": ["AA", "UA", "UA", "UA"]})
    >>> [(one.name, one.difference, one.reason) for one in compare(left, right)]
    [('carrier', 0.25, 'values'), ('delay', 0.0, '')]
    """
    names = dict.fromkeys((*left.columns, *right.columns))
    found = [_difference(name, left.columns.get(name), right.columns.get(name)) for name in names]
    found.sort(key=lambda one: -one.difference)
    return RecordList(found, of=ColumnDifference)


def _difference(
    name: str, left: ColumnProfile | None, right: ColumnProfile | None
) -> ColumnDifference:
    difference, reason = 1.0, "removed" if right is None else "added"
    if left is not None and right is not None:
        difference, reason = max(_differences(left, right), key=lambda one: one[0])
    return ColumnDifference(
        name=name,
        difference=difference,
        reason=reason if difference >= ALIKE else "",
        left=left,
        right=right,
    )


def _differences(left: ColumnProfile, right: ColumnProfile) -> Iterator[tuple[float, str]]:
    yield abs(_share(left, left.num_nulls) - _share(right, right.num_nulls)), "nulls"
    if left.kind != right.kind:
        is_empty = "null" in {left.kind, right.kind}
        yield (0.0 if is_empty else 1.0), "kind"
    elif left.kind in {"number", "time"}:
        yield _of_quantiles(left, right), "values"
    else:
        yield _of_shares(left, right), "values"


def _share(column: ColumnProfile, number: int) -> float:
    return number / column.num_rows if column.num_rows else 0.0


def _of_quantiles(left: ColumnProfile, right: ColumnProfile) -> float:
    places = [place for place in left.quantiles if place in right.quantiles]
    if not places:
        return 0.0
    ours = [_number(left.quantiles[place]) for place in places]
    theirs = [_number(right.quantiles[place]) for place in places]
    inner = slice(1, -1) if len(places) > 2 else slice(None)
    span = max(*ours[inner], *theirs[inner]) - min(*ours[inner], *theirs[inner])
    if span <= 0:
        return 0.0 if ours == theirs else 1.0
    distances = (abs(one - other) for one, other in zip(ours[inner], theirs[inner], strict=True))
    return min(sum(distances) / len(ours[inner]) / span, 1.0)


def _of_shares(left: ColumnProfile, right: ColumnProfile) -> float:
    ours, theirs = _shares(left), _shares(right)
    return sum(abs(ours.get(one, 0.0) - theirs.get(one, 0.0)) for one in ours | theirs) / 2


def _shares(column: ColumnProfile) -> dict[Any, float]:
    num_values = column.num_rows - column.num_nulls
    return {str(one.value): one.count / num_values for one in column.top} if num_values else {}


def _number(value: Any) -> float:
    return value.timestamp() if isinstance(value, datetime) else float(value)
