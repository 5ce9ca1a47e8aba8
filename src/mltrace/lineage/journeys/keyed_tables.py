"""Kept tables of which rows are found by the values of columns, each column read once."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.lineage.journeys.key_types import common_meaning, key_type, values_of_texts
from mltrace.lineage.journeys.plain_values import plain_rows
from mltrace.profiles.hashing import NULL_HASH, combine_rows
from mltrace.profiles.keyed.column_hashes import hash_column, is_comparable
from mltrace.profiles.keyed.distinct_rows import ascending, gather, is_among

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    import pyarrow
    from numpy.typing import NDArray

    from mltrace.lineage.journeys.key_types import Meaning
    from mltrace.profiles.keyed.distinct_rows import DistinctRows
    from mltrace.profiles.keyed.rows import Rows
    from mltrace.records.journeys import KeyType

    Hashes = NDArray[numpy.uint64]
    Places = NDArray[numpy.intp]

_SPAN: Final = 4096
"""Rows at the beginning, in the middle and at the end that are a sample."""
_PANDAS_INDEX: Final = "__index_level_"
_FEW: Final = 64
"""Rows beyond which reading them one by one costs more than reading all between them."""


class HashCache:
    """Hashes of columns, the latest that were used, up to a size together.

    Examples
    --------
    >>> cache = HashCache(max_bytes=20)
    >>> for key in (1, 2, 1, 3):
    ...     _ = cache.get(key, lambda: numpy.zeros(1, numpy.uint64))
    >>> sorted(cache.held)
    [1, 3]
    """

    def __init__(self, max_bytes: int = 1 << 30) -> None:
        self.held: OrderedDict[object, Hashes] = OrderedDict()
        self._num_free = max_bytes

    def get(self, key: object, make: Callable[[], Hashes]) -> Hashes:
        """Return the hashes of a column, made anew if they are not held."""
        if key not in self.held:
            hashes = make()
            self._num_free -= hashes.nbytes
            while self._num_free < 0 and self.held:
                self._num_free += self.held.popitem(last=False)[1].nbytes
            self.held[key] = hashes
        self.held.move_to_end(key)
        return self.held[key]


@dataclass(slots=True, eq=False)
class KeyedTable:
    """A kept table.

    Attributes
    ----------
    rows : Rows
        What it is read from.
    num_known_rows : int or None
        How many rows it has, where that is known without reading.
    cache : HashCache
        Where hashes of its columns are held; it may be shared.
    """

    rows: Rows
    num_known_rows: int | None = None
    cache: HashCache = field(default_factory=HashCache)
    _samples: dict[tuple[str, bool], Hashes] = field(default_factory=dict)
    _meanings: dict[str, Meaning] = field(default_factory=dict)

    @property
    def types(self) -> Mapping[str, pyarrow.DataType]:
        """The columns."""
        return self.rows.types

    @property
    def is_sampled(self) -> bool:
        """Whether a sample has not all of its rows."""
        return self.num_rows > 4 * _SPAN

    @property
    def num_rows(self) -> int:
        """How many rows it has."""
        if self.num_known_rows is None:
            cheapest = min(self.types, key=lambda name: _width(self.types[name]), default=None)
            self.num_known_rows = 0 if cheapest is None else len(self.hashes(cheapest))
        return self.num_known_rows

    def key_type(self, name: str) -> KeyType:
        """Tell which kind of values a column holds."""
        return key_type(self.types[name])

    def is_whole(self, name: str) -> bool:
        """Tell whether all values of a column are whole numbers, or texts of these in one way."""
        return self.meaning(name) == "number"

    def meaning(self, name: str) -> Meaning:
        """Tell as what all values of a column can be compared with those of other types."""
        if name not in self._meanings:
            spans = (self.rows.read_span([name], *span) for span in self._spans())
            found = common_meaning(table.column(0) for table in spans)
            if found and self.is_sampled:
                found = common_meaning(table.column(0) for table in self.rows.read([name]))
            self._meanings[name] = found
        return self._meanings[name]

    def hashes(self, name: str, *, as_value: bool = False) -> Hashes:
        """Hash the values of a column; texts as the values that they stand for, if said so."""
        as_value = as_value and self.key_type(name) == "text"
        return self.cache.get(
            (id(self), name, as_value), lambda: self._hash(name, as_value=as_value)
        )

    def keys(
        self,
        names: Sequence[str],
        places: Places | None = None,
        *,
        as_values: Collection[int] = (),
    ) -> Hashes:
        """Hash the values of some columns together, in their order, whatever they are called.

        Texts in the columns at the places `as_values` are the values that they stand for.
        """
        chosen = [self.hashes(name, as_value=at in as_values) for at, name in enumerate(names)]
        return combined(chosen if places is None else [one[places] for one in chosen])

    def find(
        self, names: Sequence[str], wanted: Hashes, *, as_values: Collection[int] = ()
    ) -> Places:
        """Find the rows whose values of some columns are among those that are wanted."""
        keys = self.keys(names, as_values=as_values)
        return numpy.flatnonzero(is_among(keys, without_null(wanted)))

    def sample(self, names: Iterable[str]) -> DistinctRows:
        """Take the distinct rows of some columns in a sample: from beginning, middle and end."""
        import pyarrow

        names = [*names]
        spans = self._spans()
        table = pyarrow.concat_tables([self.rows.read_span(names, *span) for span in spans])
        return gather([table], names)

    def uniqueness(self, names: Sequence[str], *, but_nulls: bool = False) -> float:
        """Tell which share of the rows of a sample have values of some columns of their own.

        Of all rows, or of those that have values.
        """
        keys = self.sample_keys(names)
        keys = without_null(keys) if but_nulls else keys
        return len(ascending(keys)) / len(keys) if len(keys) else 0.0

    def sample_keys(self, names: Sequence[str], *, as_values: Collection[int] = ()) -> Hashes:
        """Hash the values of some columns together in the sample."""
        chosen = []
        for at, name in enumerate(names):
            as_value = at in as_values and self.key_type(name) == "text"
            if (name, as_value) not in self._samples:
                spans = [self.rows.read_span([name], *span) for span in self._spans()]
                parts = [self._hash_part(one, name, as_value=as_value) for one in spans]
                self._samples[name, as_value] = numpy.concatenate(parts)
            chosen.append(self._samples[name, as_value])
        return combined(chosen)

    def values(self, places: Places, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Read rows as plain values, those at some places, in rising order."""
        names = list(self.types) if columns is None else [*columns]
        if not len(places):
            return []
        first, last = int(places[0]), int(places[-1])
        if last - first < max(_FEW, 4 * len(places)):
            table = self.rows.read_span(names, first, last + 1).take(places - first)
            return plain_rows(table)
        if len(places) <= _FEW:
            spans = (self.rows.read_span(names, int(at), int(at) + 1) for at in places)
            return [row for table in spans for row in plain_rows(table)]
        found, begin = list[dict[str, Any]](), 0
        for table in self.rows.read(names):
            end = begin + table.num_rows
            inside = places[(places >= begin) & (places < end)]
            found += plain_rows(table.take(inside - begin))
            begin = end
        return found

    def _hash(self, name: str, *, as_value: bool) -> Hashes:
        parts = [
            self._hash_part(table, name, as_value=as_value) for table in self.rows.read([name])
        ]
        return numpy.concatenate([numpy.zeros(0, numpy.uint64), *parts])

    def _hash_part(self, table: pyarrow.Table, name: str, *, as_value: bool) -> Hashes:
        column = table.column(0)
        return hash_column(values_of_texts(column, self.meaning(name)) if as_value else column)

    def _spans(self) -> list[tuple[int, int]]:
        if not self.is_sampled:
            return [(0, self.num_rows)]
        middle = self.num_rows // 2
        starts = (0, middle, self.num_rows - _SPAN)
        return [(start, start + _SPAN) for start in starts]


def is_position(name: str) -> bool:
    """Tell whether a column is an index of pandas, of positions, which were kept with the rows."""
    return name.startswith(_PANDAS_INDEX)


def is_exact(name: str, kind: pyarrow.DataType) -> bool:
    """Tell whether a column may be part of a key."""
    return is_comparable(kind) and key_type(kind) != "float" and not is_position(name)


def combined(columns: Sequence[Hashes]) -> Hashes:
    """Hash rows by the hashes of their columns, in that order; a row of nulls only is null."""
    if len(columns) == 1:
        return columns[0]
    hashes = combine_rows([(str(at), one) for at, one in enumerate(columns)], len(columns[0]))
    is_null = reduce(numpy.logical_and, (one == NULL_HASH for one in columns))
    hashes[is_null] = NULL_HASH
    return hashes


def without_null(hashes: Hashes) -> Hashes:
    """Leave nulls out, which answer to nothing."""
    known: Hashes = hashes[hashes != NULL_HASH]
    return known


def _width(kind: pyarrow.DataType) -> int:
    try:
        return int(kind.bit_width)
    except ValueError:
        return 1 << 20
