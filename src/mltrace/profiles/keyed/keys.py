"""Finds the columns that are the key of a table, among those that it shares with another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.profiles.keyed.distinct_rows import DistinctRows

_ENOUGH: Final = 0.9
"""Which share of the distinct rows has to have a key of its own."""


def find_keys(rows: DistinctRows, *candidates: Sequence[str]) -> tuple[str, ...]:
    """Find a few columns that tell the rows of a table apart.

    Parameters
    ----------
    rows : DistinctRows
        The table.
    *candidates : sequence of str
        Columns among which they are looked for, the best first.

    Returns
    -------
    tuple of str
        In the order of the candidates; none if no candidates tell the rows apart.

    Notes
    -----
    The first candidates by which nine of ten rows are told apart count. Those without which as
    many are told apart are left out, the ones with the fewest distinct values first; of equals,
    the last.

    Examples
    --------
    >>> import pyarrow
    >>> from mltrace.profiles.keyed.distinct_rows import gather
    >>> weather = {"origin": ["EWR", "JFK"] * 2, "hour": [1, 1, 2, 2], "day": [1] * 4}
    >>> rows = gather([pyarrow.table(weather)], [])
    >>> find_keys(rows, ["day"], ["origin", "hour", "day"])
    ('origin', 'hour')
    """
    for names in candidates:
        if names and rows.num_distinct(names) >= _ENOUGH * len(rows):
            return _least(rows, names)
    return ()


def _least(rows: DistinctRows, names: Sequence[str]) -> tuple[str, ...]:
    left, num_distinct = list(names), rows.num_distinct(names)
    sizes = {name: rows.num_distinct([name]) for name in reversed(names)}
    for name in sorted(sizes, key=sizes.__getitem__):
        rest = [one for one in left if one != name]
        if rest and name != rows.anchor and rows.num_distinct(rest) == num_distinct:
            left = rest
    return tuple(left)
