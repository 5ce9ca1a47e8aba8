"""Measures how far a table agrees with those that it was made of, by the columns they share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.monitors.joins.agreement import NONE, Agreement, Part
from mltrace.profiles.hashing import NULL_HASH
from mltrace.profiles.keyed.column_hashes import is_comparable
from mltrace.profiles.keyed.distinct_rows import (
    MAX_ROWS,
    DistinctRows,
    add_up,
    ascending,
    first_places,
    gather,
    is_among,
)
from mltrace.profiles.keyed.keys import find_keys
from mltrace.profiles.keyed.rows import Rows, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Hashes = NDArray[numpy.uint64]
    Flags = NDArray[numpy.bool_]

_FEW: Final = 1024
"""Fewer values of a column than these are no sample."""
_MOST: Final = 0.9
_ROWS_OF_A_VALUE: Final = 20
"""Values explain rows that are lost if they explain so many of them, and each so many."""
_PANDAS_INDEX: Final = "__index_level_"
"""How columns begin that hold an index of pandas without a name: mostly positions."""


def measure_agreement(
    output: Any,
    inputs: Mapping[str, Any],
    *,
    keys: Mapping[str, Sequence[str]] | None = None,
    max_rows: int = MAX_ROWS,
) -> tuple[Agreement, ...]:
    """Measure how far a table agrees with each of those that it was made of.

    Parameters
    ----------
    output : Rows, frame, table or path
        What was written.
    inputs : mapping of str to Rows, frame, table or path
        What was read, by name.
    keys : mapping of str to sequence of str, optional
        The columns by which rows of an input are matched, by its name. By default those that tell
        its rows apart: of the columns that another input has as well, or else of all that it shares
        with the output, floats left out.
    max_rows : int
        Distinct rows of a table that are compared, at most; of more, a sample.

    Returns
    -------
    tuple of Agreement
        For each input that shares a column with the output.

    Notes
    -----
    Only columns of the same name are compared; those that hold lists or structs are not. Equal
    values agree whatever holds them: an int and a float, a text and a category, times in several
    units or zones; NaN is a null, and nulls are equal. It does not matter how rows are ordered.

    Cost: for each input, about 15 ns for each value of the columns shared, and 0.1 µs for each row.

    Examples
    --------
    >>> flights = {"flight": [1, 2, 3], "hour": [7, 7, 8]}
    >>> weather = {"hour": [7, 8, 9], "temp": [60.5, 61.5, 62.5]}
    >>> joined = {**flights, "temp": [60.5, 60.5, 62.5]}
    >>> agreement = measure_agreement(joined, {"flights": flights, "weather": weather})[1]
    >>> agreement.keys, agreement.differing
    (('hour',), {'temp': Part(num=1, of=3)})
    """
    written = _rows(output)
    read = {name: _rows(one) for name, one in inputs.items()}
    measured = []
    for name, rows in read.items():
        shared = [one for one in rows.types if _is_shared(one, rows, written)]
        others = {one for other, its in read.items() if other != name for one in its.types}
        if shared:
            pair = _Pair(written, rows, shared, max_rows)
            given = None if keys is None else keys.get(name)
            measured.append(pair.measure(name, _usable(given, shared), others))
    return tuple(measured)


def _rows(data: Any) -> Rows:
    return data if isinstance(data, Rows) else rows_of(data)


def _is_shared(name: str, one: Rows, other: Rows) -> bool:
    if name.startswith(_PANDAS_INDEX):
        return False
    return name in other.types and all(is_comparable(rows.types[name]) for rows in (one, other))


def _usable(given: Sequence[str] | None, shared: Sequence[str]) -> Sequence[str] | None:
    return given if given is not None and set(given) <= set(shared) else None


class _Pair:
    """An output and an input with the columns that they share."""

    def __init__(self, output: Rows, source: Rows, shared: list[str], max_rows: int) -> None:
        self._output = output
        self._input = source
        self._shared = shared
        self._max_rows = max_rows
        pairs = [(name, (output.types[name], source.types[name])) for name in shared]
        self._singles = {name for name, types in pairs if _has_single(*types)}
        self._is_float = {name: _is_float(types[1]) for name, types in pairs}

    def measure(self, name: str, keys: Sequence[str] | None, others: set[str]) -> Agreement:
        """Read both, match their rows and count what does not agree."""
        exact = [one for one in self._shared if not self._is_float[one]]
        common = [one for one in exact if one in others]
        there = self._gather(self._input, keys or common or exact or self._shared)
        if keys is None:
            keys = find_keys(there, common, exact)
        here = self._gather(self._output, self._anchors(there, keys))
        anchor, rate = there.anchor or here.anchor, min(here.rate, there.rate)
        if anchor is not None:
            here, there = here.sampled(anchor, rate), there.sampled(anchor, rate)
        own = [one for one in self._shared if one not in others and one not in keys]
        agreement = _compare(name, (here, there), keys=tuple(keys), own=own)
        return replace(agreement, columns=self._columns())

    def _columns(self) -> frozenset[tuple[str, str]]:
        read, written = self._input.types, self._output.types
        return frozenset([*(("input", one) for one in read), *(("output", one) for one in written)])

    def _anchors(self, there: DistinctRows, keys: Sequence[str]) -> Sequence[str]:
        """Tell by which column the output is sampled: by none if all have few values."""
        if there.anchor is not None:
            return [there.anchor]
        names = keys or self._shared
        return [name for name in names if there.num_distinct([name]) >= _FEW]

    def _gather(self, rows: Rows, anchors: Sequence[str]) -> DistinctRows:
        return gather(
            rows.read(self._shared), anchors, singles=self._singles, max_rows=self._max_rows
        )


def _compare(
    table: str,
    pair: tuple[DistinctRows, DistinctRows],
    *,
    keys: tuple[str, ...],
    own: Sequence[str],
) -> Agreement:
    """Compare an output with an input; `own` are the columns that no other input has."""
    here, there = pair
    shared = list(there.columns)
    is_there = is_among(here.among(shared), there.among(shared))
    is_matched = is_there | ~_all_null(here, own if keys else ())
    mine, theirs = here.among(keys or shared), there.among(keys or shared)
    has_key = is_among(mine, theirs)
    if keys:
        differing = _by_key(here, there, keys, numpy.flatnonzero(is_matched & has_key))
    else:
        differing = _by_others(here, there, is_there)
    repeated, lost, vanished = NONE, NONE, ""
    if here.is_by_key:
        repeated = Part(_num_repeated(here, mine, there, theirs), here.num_rows)
        is_lost = ~is_among(theirs, mine)
        lost, vanished = _part(there, is_lost), _vanished(here, there.take(is_lost))
    return Agreement(
        table=table,
        keys=keys,
        num_rows=here.num_rows,
        num_input_rows=there.num_rows,
        unmatched=_part(here, ~is_matched),
        absent=_part(here, ~is_there, is_matched),
        unkeyed=_part(here, ~has_key, is_matched),
        repeated=repeated,
        lost=lost,
        vanished=vanished,
        differing=dict(sorted(differing.items(), key=lambda one: -one[1].share)),
    )


def _by_key(
    here: DistinctRows, there: DistinctRows, keys: Sequence[str], rows: NDArray[numpy.intp]
) -> dict[str, Part]:
    """Count by column the rows with a value that no row of the same key has."""
    compared = here.take(rows)
    differing = {}
    for name in there.columns:
        if name not in keys:
            names = [*keys, name]
            is_equal = is_among(compared.among(names), there.among(names))
            differing[name] = _part(compared, ~is_equal)
    return differing


def _by_others(here: DistinctRows, there: DistinctRows, is_there: Flags) -> dict[str, Part]:
    """Count by column the rows that are in the other table but for the value of that column."""
    differing = {}
    for name in there.columns:
        others = [one for one in there.columns if one != name]
        is_near = is_among(here.among(others), there.among(others))
        differing[name] = _part(here, ~is_there, is_near)
    return differing


def _vanished(here: DistinctRows, lost: DistinctRows) -> str:
    """Find the column whose few values explain which rows were lost."""
    explaining = {}
    for name, values in lost.columns.items():
        is_gone = ~is_among(values, here.columns[name])
        num_values = len(ascending(values[is_gone]))
        is_most = lost.counts[is_gone].sum() >= _MOST * lost.num_rows
        if is_most and 0 < num_values * _ROWS_OF_A_VALUE <= lost.num_rows:
            explaining[name] = num_values
    return min(explaining, key=explaining.__getitem__, default="")


def _num_repeated(here: DistinctRows, mine: Hashes, there: DistinctRows, theirs: Hashes) -> int:
    """Count the rows that are more than the other table has of their key."""
    keys, num_there = _totals(theirs, there.counts)
    found, num_here = _totals(mine, here.counts)
    if not len(keys):
        return 0
    places = keys.searchsorted(found).clip(max=len(keys) - 1)
    is_key = keys[places] == found
    return int((num_here - num_there[places])[is_key].clip(min=0).sum())


def _totals(hashes: Hashes, counts: NDArray[numpy.int64]) -> tuple[Hashes, NDArray[numpy.int64]]:
    order = hashes.argsort()
    ordered = hashes[order]
    begins = first_places(ordered)
    return ordered[begins], add_up(counts[order], begins)


def _all_null(rows: DistinctRows, names: Sequence[str]) -> Flags:
    is_null = numpy.full(len(rows), bool(names))
    for name in names:
        is_null &= rows.columns[name] == NULL_HASH
    return is_null


def _part(rows: DistinctRows, which: Flags, among: Flags | None = None) -> Part:
    if among is None:
        return Part(int(rows.counts[which].sum()), rows.num_rows)
    return Part(int(rows.counts[which & among].sum()), int(rows.counts[among].sum()))


def _is_float(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_floating(kind))


def _has_single(*kinds: Any) -> bool:
    from pyarrow import types

    return any(types.is_float32(kind) or types.is_float16(kind) for kind in kinds)
