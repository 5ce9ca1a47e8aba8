"""By which columns the rows of a table that was written answer to those of one that was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mltrace.lineage.journeys.keyed_tables import is_exact, without_null
from mltrace.profiles.keyed.distinct_rows import ascending, is_among
from mltrace.profiles.keyed.keys import find_keys

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    import numpy
    from numpy.typing import NDArray

    from mltrace.lineage.journeys.keyed_tables import KeyedTable
    from mltrace.profiles.keyed.distinct_rows import DistinctRows
    from mltrace.records.journeys import KeySource

    Hashes = NDArray[numpy.uint64]

ENOUGH: Final = 0.9
"""Which share of the rows has to have a key of its own, or of the values to be found."""
_LOOKED_UP: Final = 1024
"""Keys of a sample that are looked up in another table."""
_MOST_ADDED: Final = 4
"""Columns that are tried to tell all rows apart where those of a sample were."""
_FEWEST: Final = 3
"""Fewer distinct values than these are found in other columns by chance."""


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Columns of an output and of an input whose values are equal in rows that belong together.

    Attributes
    ----------
    written, read : tuple of str
        The columns of the output, and those of the input, in the same order.
    found_by : str
        How they are known.
    """

    written: tuple[str, ...]
    read: tuple[str, ...]
    found_by: KeySource


def find_correspondence(
    output: KeyedTable,
    source: KeyedTable,
    *,
    declared: Sequence[str] = (),
    carried: Sequence[str] = (),
    others: Set[str] = frozenset(),
) -> Correspondence | None:
    """Find the columns by which rows of an output answer to rows of an input.

    Parameters
    ----------
    output, source : KeyedTable
        What a run wrote, and what it read.
    declared : sequence of str
        The key of the input, as the component declares it.
    carried : sequence of str
        The columns by which the record was found in one of the two.
    others : set of str
        The columns of the other inputs: among those that are shared with them is the key of a join.

    Notes
    -----
    In this order: what is declared; the key by which the record came, if it tells the rows of
    either table apart; the fewest shared columns that tell the rows of the input apart, or those of
    the output, if it has one row for many; columns of other names whose values are in both.
    Uniqueness is judged by a sample of 12,288 rows, then for the input by all. Floats are no keys,
    unless the key is declared or carried: then somebody gave them.
    """
    if declared and set(declared) <= set(source.types):
        names = [one if one in output.types else _renamed(output, source, one) for one in declared]
        if None not in names:
            return Correspondence(tuple(filter(None, names)), tuple(declared), "declared")
    in_both = source.types.keys() & output.types.keys()
    if carried and set(carried) <= in_both and _tells_apart(output, source, carried):
        return Correspondence(tuple(carried), tuple(carried), "carried")
    shared = [one for one in source.exact_columns() if _is_shared(output, one)]
    keys = _shared_key(output, source, shared, others) if shared else ()
    if keys:
        return Correspondence(keys, keys, "shared")
    return _by_content(output, source, shared)


def _is_shared(output: KeyedTable, name: str) -> bool:
    return name in output.types and is_exact(name, output.types[name])


def _tells_apart(output: KeyedTable, source: KeyedTable, names: Sequence[str]) -> bool:
    return any(one.uniqueness(names) >= ENOUGH for one in (source, output))


def _shared_key(
    output: KeyedTable, source: KeyedTable, shared: Sequence[str], others: Set[str]
) -> tuple[str, ...]:
    """Find the fewest shared columns that tell rows of either table apart and are in both alike."""
    common = [one for one in shared if one in others]
    for table in (source, output):
        sample = table.sample(shared)
        for names in (common, shared):
            keys = find_keys(sample, names)
            if not keys or table.uniqueness(keys) < ENOUGH:
                continue
            changed = _changed_column(output, source, keys)
            if changed is not None:
                rest = [one for one in shared if one != changed]
                return _shared_key(output, source, rest, others) if rest else ()
            return _sharpened(table, keys, sample) if table is source else keys
    return ()


def _changed_column(output: KeyedTable, source: KeyedTable, keys: Sequence[str]) -> str | None:
    """Find the column of a key without which the tables have keys in common, but not with it."""
    if _overlap(output, source, keys) > 0:
        return None
    rest = {one: [other for other in keys if other != one] for one in keys}
    shares = {one: _overlap(output, source, others) for one, others in rest.items() if others}
    best = max(shares, key=shares.__getitem__, default=None)
    return best if best is not None and shares[best] > 0 else None


def _overlap(one: KeyedTable, other: KeyedTable, keys: Sequence[str]) -> float:
    """Tell which share of the keys of a sample is in the other table, of either."""
    for table, whole in ((one, other), (other, one)):
        wanted = without_null(ascending(table.sample_keys(keys)))[:_LOOKED_UP]
        there = whole.keys(keys)
        found = ascending(there[is_among(there, wanted)])
        if len(found):
            return len(found) / len(wanted)
    return 0.0


def _sharpened(table: KeyedTable, keys: tuple[str, ...], sample: DistinctRows) -> tuple[str, ...]:
    """Add columns to a key that tells the rows of a sample apart, but not as well those of all."""
    if not table.is_sampled:
        return keys
    num_distinct = len(ascending(table.keys(keys)))
    others = [one for one in sample.columns if one not in keys]
    others.sort(key=lambda one: -sample.num_distinct([one]))
    for name in others[:_MOST_ADDED]:
        if num_distinct == table.num_rows:
            break
        more = len(ascending(table.keys([*keys, name])))
        if more > num_distinct:
            keys, num_distinct = (*keys, name), more
    return keys


def _by_content(
    output: KeyedTable, source: KeyedTable, shared: Sequence[str]
) -> Correspondence | None:
    """Find the one pair of columns of other names that have values in common; None if unsure."""
    found = [
        (mine, theirs)
        for theirs in source.exact_columns()
        if theirs not in shared
        for mine in output.exact_columns()
        if mine not in shared and _is_same_content(output, mine, source, theirs)
    ]
    if len(found) != 1:
        return None
    (mine, theirs) = found[0]
    return Correspondence((mine,), (theirs,), "content")


def _is_same_content(output: KeyedTable, mine: str, source: KeyedTable, theirs: str) -> bool:
    """Tell whether a column has the values of another, and either tells rows apart."""
    has_own = [
        table.uniqueness([name]) >= ENOUGH for table, name in ((output, mine), (source, theirs))
    ]
    if not any(has_own) or not _is_contained(output, mine, source, theirs):
        return False
    # Whole numbers are often positions, and small ones in each other by chance.
    return (
        all(has_own) or not _is_number(output, mine) or _is_contained(source, theirs, output, mine)
    )


def _renamed(output: KeyedTable, source: KeyedTable, name: str) -> str | None:
    """Find the column of an output that has the values of a column of an input."""
    found = [
        one
        for one in output.exact_columns()
        if one not in source.types and _is_contained(output, one, source, name)
    ]
    return found[0] if len(found) == 1 else None


def _is_contained(one: KeyedTable, name: str, other: KeyedTable, its: str) -> bool:
    """Tell whether nearly all values of a sample of a column are in another column."""
    if _is_number(one, name) != _is_number(other, its):
        return False
    values = without_null(ascending(one.sample_keys([name])))
    if len(values) < _FEWEST:
        return False
    return float(is_among(values, other.hashes(its)).mean()) >= ENOUGH


def _is_number(table: KeyedTable, name: str) -> bool:
    from pyarrow import types

    kind = table.types[name]
    return bool(types.is_integer(kind) or types.is_boolean(kind) or types.is_decimal(kind))
