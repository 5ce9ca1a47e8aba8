"""The profile of a table: mergeable statistics that take the place of its rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from mltrace import rendering
from mltrace.profiles.ordered import PROBABILITIES
from mltrace.profiles.pearson import Comoments
from mltrace.profiles.rows import RowSample
from mltrace.profiles.storing import Described, read, told_as_argument, write
from mltrace.records import ColumnProfile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas
    import polars
    import pyarrow

    from mltrace.profiles.columns import Column
    from mltrace.records import Correlation, Record, RowOverlap


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
    comoments : Comoments
        What correlations are told from, and relations of columns that are no numbers.
    row_sample : RowSample
        What duplicates and shared rows are told from.
    has_unread : bool
        Whether time was up before all rows were read; `num_rows` then counts at least those that
        were, from the beginning.

    Examples
    --------
    >>> import pyarrow
    >>> from mltrace.profiles.profiling import profile_table
    >>> first = profile_table(pyarrow.table({"delay": [1.0, None]}))
    >>> both = first.merge(profile_table(pyarrow.table({"delay": [3.0]})))
    >>> both.num_rows, both.columns["delay"].num_nulls, both.columns["delay"].mean
    (3, 1, 2.0)
    >>> Profile.from_bytes(both.to_bytes()).columns["delay"] == both.columns["delay"]
    True
    """

    num_rows: int = 0
    num_profiled_rows: int = 0
    states: Mapping[str, Column] = field(default_factory=dict)
    comoments: Comoments = field(default_factory=Comoments)
    row_sample: RowSample = field(default_factory=RowSample)
    has_unread: bool = False

    @cached_property
    def columns(self) -> Mapping[str, ColumnProfile]:
        """The statistics of each column, in the order of the table."""
        return Described(self.states)

    @property
    def correlations(self) -> tuple[Correlation, ...]:
        """Pearson's r of each pair of numeric columns among the first 32 columns by name."""
        return self.comoments.correlations()

    @property
    def num_duplicate_rows(self) -> int:
        """How many rows are equal to one before: exact up to 1,024 distinct rows, else estimated.

        Of the rows that were looked at.
        """
        return self.row_sample.num_duplicates

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
        return self.row_sample.overlap(other.row_sample)

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
            self.comoments.merge(other.comoments),
            self.row_sample.merge(other.row_sample),
            self.has_unread or other.has_unread,
        )

    def among(self, columns: Iterable[str]) -> Profile:
        """Leave out all columns but some; of the rows as wholes all is told as before.

        Parameters
        ----------
        columns : iterable of str
            Their names; those that the table lacks are left out.
        """
        wanted = frozenset(columns)
        names = [name for name in self.states if name in wanted]
        entries = tuple(entry for entry in self.comoments.entries if entry.name in wanted)
        states = {name: self.states[name] for name in names}  # others may be damaged
        narrow = replace(self, states=states, comoments=self.comoments.among(entries))
        if "summaries" in vars(self):  # those stored may know more than the states
            vars(narrow)["summaries"] = {name: self.summaries[name] for name in names}
        return narrow

    @classmethod
    def merge_all(cls, profiles: Iterable[Profile]) -> Profile:
        """Put together the profiles of any number of partitions."""
        merged = cls()
        for profile in profiles:
            merged = merged.merge(profile)
        return merged

    @cached_property
    def summaries(self) -> Mapping[str, ColumnProfile]:
        """The statistics of each column without what is long: histogram, top values and the like.

        They are read from a stored profile without reading the rest of it.
        """
        return Described(self.states, is_summary=True)

    def to_bytes(self, *, max_bytes: int | None = None) -> bytes:
        """Turn the profile into bytes, compressed.

        Parameters
        ----------
        max_bytes : int, optional
            How many bytes there may be. Of columns for which there is no room, the last ones, only
            `summaries` are written; they do not merge.
        """
        table = {
            "num_rows": self.num_rows,
            "num_profiled_rows": self.num_profiled_rows,
            "has_unread": self.has_unread,
            "comoments": self.comoments.to_plain(),
            "row_sample": self.row_sample.to_plain(),
        }
        data = write(table, self.summaries, self.states)
        num_whole = len(self.states)
        while max_bytes is not None and len(data) > max_bytes and num_whole:
            num_whole = min(num_whole - 1, int(num_whole * max_bytes / len(data)))
            states = {
                name: column if place < num_whole else column.without_states()
                for place, (name, column) in enumerate(self.states.items())
            }
            data = write(table, self.summaries, states)
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> Profile:
        """Make a profile again from the bytes of `to_bytes`; each column when it is asked for.

        Raises
        ------
        ArgumentError
            If the bytes are not those of a profile, or of a later format; of the bytes of a
            column when it is asked for.
        """
        table, states, summaries = read(data)
        with told_as_argument(data):
            profile = cls(
                int(table["num_rows"]),
                int(table["num_profiled_rows"]),
                states,
                Comoments.from_plain(table["comoments"]),
                RowSample.from_plain(table["row_sample"]),
                bool(table["has_unread"]),
            )
        vars(profile)["summaries"] = summaries
        return profile

    def to_dict(self) -> dict[str, Any]:
        """Turn all statistics into plain JSON-ready values; times become ISO 8601 text."""
        return {
            "num_rows": self.num_rows,
            "num_profiled_rows": self.num_profiled_rows,
            "has_unread": self.has_unread,
            "num_duplicate_rows": self.num_duplicate_rows,
            "columns": [column.to_dict() for column in self.columns.values()],
            "correlations": [pair.to_dict() for pair in self.correlations],
        }

    def rows(self) -> list[dict[str, Any]]:
        """List the statistics of each column that a frame can hold, a row per column."""
        return [_as_row(column) for column in self.columns.values()]

    @staticmethod
    def row_names() -> tuple[str, ...]:
        """Name the columns of the rows, which a profile without columns has as well."""
        return tuple(_as_row(ColumnProfile(name="", kind="null", dtype="", num_rows=0)))

    def to_arrow(self) -> pyarrow.Table:
        """Turn the statistics into an Arrow table, a row per column."""
        import pyarrow

        return pyarrow.Table.from_pylist(self.rows())

    def to_pandas(self) -> pandas.DataFrame:
        """Turn the statistics into a pandas data frame, a row per column."""
        import pandas

        return pandas.DataFrame.from_records(self.rows())

    def to_polars(self) -> polars.DataFrame:
        """Turn the statistics into a polars data frame, a row per column."""
        import polars

        return polars.DataFrame(self.rows(), infer_schema_length=None)

    def __str__(self) -> str:
        return rendering.record_text(cast("Record", self))


_AS_TEXT: Final = ("min", "max")
_AS_JSON: Final = ("top", "lengths", "patterns", "gaps", "histogram", "num_of_kinds")


def _as_row(column: ColumnProfile) -> dict[str, Any]:
    """Lay out a column: quantiles of numbers apart, what differs between kinds as text."""
    row: dict[str, Any] = {}
    for name in column.__struct_fields__:
        value = getattr(column, name)
        if name == "quantiles":
            is_number = column.kind == "number"
            row |= {f"q{p}": value.get(str(p)) if is_number else None for p in PROBABILITIES}
        elif name in _AS_TEXT:
            row[name] = None if value is None else str(value)
        elif name in _AS_JSON:
            row[name] = msgspec.json.encode(value).decode()
        else:
            row[name] = value
    return row
