"""The profile of a table: mergeable statistics that take the place of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec
import zstandard

from mltrace.errors import ArgumentError
from mltrace.profiles.columns import Column
from mltrace.profiles.rows import RowSample

if TYPE_CHECKING:
    from mltrace.records import ColumnProfile, RowOverlap

FORMAT: Final = 1
_LEVEL: Final = 3


@dataclass(frozen=True)
class Profile:
    """Statistics of the rows of a table, by column.

    Attributes
    ----------
    num_rows : int
        Rows of the table.
    num_profiled_rows : int
        Those that were looked at; less than all of them in a sample.
    states : mapping of str to Column
        What was collected, by column.
    rows : RowSample
        The sample of the rows.

    Examples
    --------
    >>> import pyarrow
    >>> from mltrace.profiles.profiling import profile_table
    >>> first = profile_table(pyarrow.table({"delay": [1.0, None]}))
    >>> both = first.merge(profile_table(pyarrow.table({"delay": [3.0]})))
    >>> both.num_rows, both.columns["delay"].num_nulls
    (3, 1)
    >>> Profile.from_bytes(both.to_bytes()).columns["delay"] == both.columns["delay"]
    True
    """

    num_rows: int = 0
    num_profiled_rows: int = 0
    states: Mapping[str, Column] = field(default_factory=dict)
    rows: RowSample = field(default_factory=RowSample)

    @property
    def columns(self) -> Mapping[str, ColumnProfile]:
        """The statistics of each column, in the order of the table."""
        return _Described(self.states)

    @property
    def num_duplicate_rows(self) -> int:
        """How many rows are equal to one before: exact up to 1,024 distinct rows, else estimated.

        Of the rows that were looked at.
        """
        return self.rows.num_duplicates

    def overlap(self, other: Profile) -> RowOverlap:
        """Estimate which part of the rows two tables share.

        Parameters
        ----------
        other : Profile
            The profile of a table with the same columns, in any order.

        Examples
        --------
        >>> import pyarrow
        >>> from mltrace.profiles.profiling import profile_table
        >>> monday = profile_table(pyarrow.table({"day": [1, 1], "delay": [5, 7]}))
        >>> replayed = profile_table(pyarrow.table({"delay": [5, 7, 9], "day": [1, 1, 1]}))
        >>> monday.overlap(replayed).share
        1.0
        """
        return self.rows.overlap(other.rows)

    def merge(self, other: Profile) -> Profile:
        """Put together the profiles of two partitions of a table; neither changes.

        Parameters
        ----------
        other : Profile
            The profile of other rows.
        """
        states = dict(self.states)
        for name, column in other.states.items():
            states[name] = states[name].merge(column) if name in states else column
        return Profile(
            self.num_rows + other.num_rows,
            self.num_profiled_rows + other.num_profiled_rows,
            states,
            self.rows.merge(other.rows),
        )

    @classmethod
    def merge_all(cls, profiles: Iterable[Profile]) -> Profile:
        """Put together the profiles of any number of partitions."""
        merged = cls()
        for profile in profiles:
            merged = merged.merge(profile)
        return merged

    def to_bytes(self) -> bytes:
        """Turn the profile into bytes, compressed."""
        plain = {
            "format": FORMAT,
            "num_rows": self.num_rows,
            "num_profiled_rows": self.num_profiled_rows,
            "columns": [[name, column.to_plain()] for name, column in self.states.items()],
            "rows": self.rows.to_plain(),
        }
        return zstandard.ZstdCompressor(_LEVEL).compress(msgspec.msgpack.encode(plain))

    @classmethod
    def from_bytes(cls, data: bytes) -> Profile:
        """Make a profile again from the bytes of `to_bytes`.

        Raises
        ------
        ArgumentError
            If the bytes are not those of a profile, or of a later format.
        """
        try:
            plain = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(data))
        except (zstandard.ZstdError, msgspec.DecodeError) as error:
            raise ArgumentError(f"these {len(data)} bytes are no profile: {error}") from error
        if plain["format"] != FORMAT:
            raise ArgumentError(
                f"the profile has format {plain['format']}, this mltrace reads {FORMAT}; update it."
            )
        states = {name: Column.from_plain(column) for name, column in plain["columns"]}
        rows = RowSample.from_plain(plain["rows"])
        return cls(plain["num_rows"], plain["num_profiled_rows"], states, rows)


class _Described(Mapping[str, Any]):
    """Describes columns as they are asked for."""

    def __init__(self, states: Mapping[str, Column]) -> None:
        self._states = states
        self._known: dict[str, ColumnProfile] = {}

    def __getitem__(self, name: str) -> ColumnProfile:
        if name not in self._known:
            self._known[name] = self._states[name].describe(name)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)
