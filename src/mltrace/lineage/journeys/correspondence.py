"""By which columns the rows of a table that was written answer to those of one that was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mltrace.lineage.journeys.comparing import (
    ENOUGH,
    agreement,
    counts_rows,
    have_keys_in_common,
    overlap,
    pair_up,
)
from mltrace.lineage.journeys.keyed_tables import is_position
from mltrace.lineage.journeys.narrowing import narrowed
from mltrace.lineage.journeys.renaming import find_by_content, find_renamed
from mltrace.profiles.keyed.distinct_rows import ascending
from mltrace.profiles.keyed.keys import find_keys

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    import numpy
    from numpy.typing import NDArray

    from mltrace.lineage.journeys.comparing import Pair
    from mltrace.lineage.journeys.keyed_tables import KeyedTable
    from mltrace.profiles.keyed.distinct_rows import DistinctRows
    from mltrace.records.journeys import KeySource

    Hashes = NDArray[numpy.uint64]
    Places = NDArray[numpy.intp]

_MOST_ADDED: Final = 4
"""Columns that are tried to tell all rows apart where those of a sample were."""


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Columns of an output and of an input whose values are equal in rows that belong together.

    Attributes
    ----------
    written, read : tuple of str
        The columns of the output, and those of the input, in the same order.
    found_by : str
        How they are known.
    as_values : frozenset of int
        Which of them, by place, hold texts in one table that are the values of the other.
    """

    written: tuple[str, ...]
    read: tuple[str, ...]
    found_by: KeySource
    as_values: frozenset[int] = frozenset()

    @classmethod
    def of(cls, pair: Pair, found_by: KeySource) -> Correspondence:
        """Say how the columns of a pair are known."""
        return cls(pair.written, pair.read, found_by, pair.as_values)

    def written_keys(self, output: KeyedTable, places: Places | None = None) -> Hashes:
        """Hash the keys of rows of the output."""
        return output.keys(self.written, places, as_values=self.as_values)

    def read_keys(self, source: KeyedTable, places: Places | None = None) -> Hashes:
        """Hash the keys of rows of the input."""
        return source.keys(self.read, places, as_values=self.as_values)


def find_correspondence(
    output: KeyedTable,
    source: KeyedTable,
    *,
    declared: Sequence[str] = (),
    carried: Sequence[str] = (),
    others: Sequence[KeyedTable] = (),
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
    others : sequence of KeyedTable
        The other inputs: among the columns that are shared with them is the key of a join.

    Notes
    -----
    In this order: what is declared; the key by which the record came, if it tells the rows of
    either table apart; the fewest shared columns that tell the rows of the input apart, or those of
    the output, if it has one row for many; columns of other names whose values are in both, and
    first if they tell all rows apart, and shared ones do not.
    Uniqueness is judged by a sample of 12,288 rows, then for the input by all. Floats are no keys,
    unless the key is declared or carried, for then somebody gave them, or they are whole numbers
    and nothing else is a key. Columns without a value in common are none, but for declared ones.
    Where other inputs have values of the key, too, columns are added that tell them apart, and
    where rows of the input with its values were left out.
    """
    pair = _declared(output, source, declared)
    if pair is not None:
        return Correspondence.of(pair, "declared")
    pair = _carried(output, source, carried)
    if pair is not None:
        apart = narrowed(pair, others)
        return Correspondence.of(apart, "carried" if apart == pair else "shared")
    for may_be_floats in (False, True):
        shared = _shared_columns(output, source, may_be_floats=may_be_floats)
        pair = _shared_key(output, source, shared, {name for one in others for name in one.types})
        if pair is not None:
            break
    if pair is None or source.uniqueness(pair.read) < 1:
        renamed = find_by_content(output, source, shared)
        if renamed is not None and (pair is None or _is_unique(renamed)):
            return Correspondence.of(narrowed(renamed, others), "content")
    return None if pair is None else Correspondence.of(narrowed(pair, others), "shared")


def _is_unique(pair: Pair) -> bool:
    return pair.output.uniqueness(pair.written) == pair.source.uniqueness(pair.read) == 1


def _declared(output: KeyedTable, source: KeyedTable, names: Sequence[str]) -> Pair | None:
    if not names or not set(names) <= set(source.types):
        return None
    written = [
        one if one in output.types else find_renamed(output, source, one, is_given=True)
        for one in names
    ]
    return None if None in written else pair_up(output, [*filter(None, written)], source, names)


def _carried(output: KeyedTable, source: KeyedTable, names: Sequence[str]) -> Pair | None:
    if not names or not set(names) <= source.types.keys() & output.types.keys():
        return None
    pair = pair_up(output, names, source, names)
    if pair is None:
        return None
    if not any(one.uniqueness(names, but_nulls=True) >= ENOUGH for one in (source, output)):
        return None
    return None if _wrong_column(pair) else pair


def _shared_columns(
    output: KeyedTable, source: KeyedTable, *, may_be_floats: bool
) -> Sequence[str]:
    """List the columns of one name that may be part of a key; two floats only if it is said so."""
    shared = []
    for name in source.types:
        if name not in output.types or is_position(name):
            continue
        if source.key_type(name) == output.key_type(name) == "float":
            is_shared = may_be_floats and source.is_whole(name) and output.is_whole(name)
        else:
            is_shared = pair_up(output, [name], source, [name]) is not None
        shared += [name] if is_shared else []
    return shared


def _shared_key(
    output: KeyedTable, source: KeyedTable, shared: Sequence[str], others: Set[str]
) -> Pair | None:
    """Find the fewest shared columns that tell rows of either table apart and are in both alike."""
    common = [one for one in shared if one in others]
    for table in (source, output) if shared else ():
        sample = table.sample(shared)
        for names in (common, shared):
            keys = find_keys(sample, names)
            if not keys or table.uniqueness(keys) < ENOUGH:
                continue
            pair = pair_up(output, keys, source, keys)
            wrong = None if pair is None else _wrong_column(pair)
            if wrong is not None:
                rest = [one for one in shared if one != wrong]
                return _shared_key(output, source, rest, others)
            if table is source:
                keys = _sharpened(table, keys, sample)
            return pair_up(output, keys, source, keys)
    return None


def _wrong_column(pair: Pair) -> str | None:
    """Find the column of a key that was changed or made anew; None if there is none.

    Without it the tables have keys in common, but not with it; or it counts the rows, and in rows
    of one number the other columns differ.
    """
    keys = pair.read
    if have_keys_in_common(pair):
        is_new = len(keys) == 1 and counts_rows(pair.output, pair.written[0])
        return keys[0] if is_new and agreement(pair).is_contradicted else None
    rest = {one: [other for other in keys if other != one] for one in keys}
    shares = {
        one: overlap(without)
        for one, others in rest.items()
        if others and (without := pair_up(pair.output, others, pair.source, others)) is not None
    }
    return max(shares, key=shares.__getitem__, default=keys[0])


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
