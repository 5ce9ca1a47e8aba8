"""Whether columns of two tables can be compared as keys, and how many of their values agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy

from mltrace.lineage.journeys.key_types import NUMBERS
from mltrace.lineage.journeys.keyed_tables import without_null
from mltrace.profiles.hashing import NULL_HASH
from mltrace.profiles.keyed.column_hashes import is_comparable
from mltrace.profiles.keyed.distinct_rows import ascending, is_among

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mltrace.lineage.journeys.keyed_tables import KeyedTable

    Places = NDArray[numpy.intp]

ENOUGH: Final = 0.9
"""Which share of the rows has to have a key of its own, or of the values to be found."""
_LOOKED_UP: Final = 1024
"""Keys of a sample that are looked up in another table."""
_FEWEST: Final = 3
"""Fewer distinct values than these are found in other columns by chance."""
_COUNTED: Final = 4096
"""Rows at the beginning by which a column is told to count the rows."""
_MATCHED: Final = 512
"""Rows that are found by a key and compared by other columns."""
_MOST_OTHERS: Final = 8
_FEW_AGREE: Final = 0.5
_NOUNS: Final = {
    "integer": "an integer",
    "decimal": "a decimal",
    "float": "a float",
    "text": "a text",
    "boolean": "a boolean",
    "time": "a time",
    "bytes": "a row of bytes",
    "other": "a value of another type",
}


class Pair(NamedTuple):
    """Columns of an output and of an input, in the same order, by which rows may be found.

    The texts in those at the places `as_values` are compared as the numbers or times that they are.
    """

    output: KeyedTable
    written: tuple[str, ...]
    source: KeyedTable
    read: tuple[str, ...]
    as_values: frozenset[int] = frozenset()


class Agreement(NamedTuple):
    """How many other columns that two tables share have the same values in rows of one key."""

    num_agreeing: int
    num_differing: int

    @property
    def is_contradicted(self) -> bool:
        """Whether no column agrees, though some could."""
        return self.num_differing > 0 and not self.num_agreeing


def pair_up(
    output: KeyedTable, written: Sequence[str], source: KeyedTable, read: Sequence[str]
) -> Pair | None:
    """Pair columns that can be compared by value; None if one cannot be.

    Notes
    -----
    Values of one kind can. A float equals an integer if all floats of its column are whole, and
    small enough to be exact; a text equals a whole number, or a time without a zone, if all texts
    of its column are such, written in one way. A boolean equals booleans only.
    """
    as_values = set()
    for at, (mine, its) in enumerate(zip(written, read, strict=True)):
        sides = ((output, mine), (source, its))
        if not all(is_comparable(table.types[name]) for table, name in sides):
            return None
        kinds = {table.key_type(name) for table, name in sides}
        if len(kinds) == 1 or kinds == {"integer", "decimal"}:
            continue
        if not kinds <= {*NUMBERS, "text", "time"} or kinds == {"decimal", "text"}:
            return None
        known = {table.meaning(name) for table, name in sides if table.key_type(name) != "decimal"}
        if len(known) > 1 or "" in known:
            return None
        if "text" in kinds:
            as_values.add(at)
    return Pair(output, tuple(written), source, tuple(read), frozenset(as_values))


def overlap(pair: Pair) -> float:
    """Tell which share of the keys of a sample is in the other table, of either."""
    sides = ((pair.output, pair.written), (pair.source, pair.read))
    for (table, names), (whole, its) in (sides, sides[::-1]):
        keys = table.sample_keys(names, as_values=pair.as_values)
        wanted = without_null(ascending(keys))[:_LOOKED_UP]
        there = whole.keys(its, as_values=pair.as_values)
        found = ascending(there[is_among(there, wanted)])
        if len(found):
            return len(found) / len(wanted)
    return 0.0


def have_keys_in_common(pair: Pair) -> bool:
    """Tell whether two tables have a key in common; where one has no rows, none is missing."""
    if not pair.output.num_rows or not pair.source.num_rows:
        return True
    here = pair.output.sample_keys(pair.written, as_values=pair.as_values)
    there = pair.source.sample_keys(pair.read, as_values=pair.as_values)
    return bool(is_among(without_null(here), without_null(there)).any()) or overlap(pair) > 0


def is_contained(pair: Pair, *, is_forward: bool = False) -> bool:
    """Tell whether nearly all keys of a sample of the output are in the input, or forward."""
    sides = ((pair.output, pair.written), (pair.source, pair.read))
    (one, names), (other, its) = sides[::-1] if is_forward else sides
    keys = without_null(ascending(one.sample_keys(names, as_values=pair.as_values)))
    if len(keys) < _FEWEST:
        return False
    there = other.keys(its, as_values=pair.as_values)
    return float(is_among(keys, there).mean()) >= ENOUGH


def counts_rows(table: KeyedTable, name: str) -> bool:
    """Tell whether a column numbers the rows from 0 or 1 on, as many do by chance."""
    if table.key_type(name) not in NUMBERS or not table.num_rows:
        return False
    end = min(table.num_rows, _COUNTED)
    column = table.rows.read_span([name], 0, end).column(0)
    if column.null_count:
        return False
    values = numpy.asarray(column.cast("float64", safe=False))
    return values[0] in (0, 1) and bool((numpy.diff(values) == 1).all())


def agreement(pair: Pair) -> Agreement:
    """Compare rows that have one key by the other columns that both tables have.

    A column that hardly varies tells nothing, nor does one whose values cannot be compared. One
    differs if its values are those of other rows: values that the input has nowhere were changed.
    """
    mine, its = _matched(pair)
    agreeing = differing = 0
    others = [one for one in pair.source.types if one in pair.output.types]
    others = [one for one in others if one not in pair.written and one not in pair.read]
    for name in others[:_MOST_OTHERS]:
        same = pair_up(pair.output, [name], pair.source, [name])
        if same is None or len(mine) < _FEWEST:
            continue
        here = same.output.keys([name], mine, as_values=same.as_values)
        there = same.source.keys([name], its, as_values=same.as_values)
        if (here == numpy.roll(here, 1)).mean() < ENOUGH:
            share = (here == there).mean()
            agreeing += int(share >= ENOUGH)
            differing += int(share < _FEW_AGREE and is_contained(same))
    return Agreement(agreeing, differing)


def agree_in(pair: Pair, others: Sequence[Pair]) -> bool:
    """Tell whether rows that a pair of columns puts together agree in other pairs as well."""
    mine, its = _matched(pair)
    if not len(mine):
        return not others
    return all(
        (
            other.output.keys(other.written, mine, as_values=other.as_values)
            == other.source.keys(other.read, its, as_values=other.as_values)
        ).mean()
        >= ENOUGH
        for other in others
    )


def _matched(pair: Pair) -> tuple[Places, Places]:
    """Find rows of both tables that have one key, which no other row has."""
    here = pair.output.keys(pair.written, as_values=pair.as_values)
    there = pair.source.keys(pair.read, as_values=pair.as_values)
    places = numpy.unique(numpy.linspace(0, max(len(here) - 1, 0), _MATCHED, dtype=numpy.intp))
    wanted, first = numpy.unique(here[places[: len(here)]], return_index=True)
    found = numpy.flatnonzero(is_among(there, wanted[wanted != NULL_HASH]))
    keys, at, counts = numpy.unique(there[found], return_index=True, return_counts=True)
    is_only = counts == 1
    mine = places[first[wanted.searchsorted(keys[is_only])]]
    return mine, found[at[is_only]]


def why_apart(written: tuple[str, KeyedTable], read: tuple[str, KeyedTable]) -> str:
    """Say which column that two tables share is no key of theirs, and why; '' if there is none."""
    (there, output), (here, source) = written, read
    for name in source.types:
        if name not in output.types or source.uniqueness([name]) < ENOUGH:
            continue
        before, after = source.key_type(name), output.key_type(name)
        pair = pair_up(output, [name], source, [name])
        if pair is None and before != after:
            return f": {name} is {_NOUNS[before]} in {here}, {_NOUNS[after]} in {there}"
        if pair and "float" not in (before, after) and not have_keys_in_common(pair):
            return f": they have no {name} in common"
    return ""
