"""One column of a profile: its nulls and types, and what is collected of its values by kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.profiles.booleans import Booleans, is_boolean
from mltrace.profiles.hashing import NULL_HASH
from mltrace.profiles.layouts import is_text, simplify
from mltrace.profiles.number_arrays import is_number
from mltrace.profiles.numbers import Numbers
from mltrace.profiles.others import Others
from mltrace.profiles.texts import Texts
from mltrace.profiles.times import Times, is_time
from mltrace.records import ColumnProfile, ProfileKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow
    from numpy.typing import NDArray

    from mltrace.profiles.kinds import KindState

KINDS: Final[tuple[tuple[Callable[[Any], bool], type[KindState]], ...]] = (
    (is_number, Numbers),
    (is_text, Texts),
    (is_time, Times),
    (is_boolean, Booleans),
)
"""Which Arrow types are of which kind; the first that fits counts."""
_CLASSES: Final[tuple[type[KindState], ...]] = (*(one for _, one in KINDS), Others)
_STATES: Final[Mapping[ProfileKind, type[KindState]]] = {one.kind: one for one in _CLASSES}


@dataclass(frozen=True, slots=True)
class Column:
    """What is known of one column.

    Attributes
    ----------
    num_rows, num_nulls : int
        Rows that were looked at, and those of them without a value.
    dtypes : mapping of str to int
        The types under which the column came, with their rows.
    states : mapping of str to KindState
        What is collected of the values, by their kind; more than one where partitions differ.
    """

    num_rows: int = 0
    num_nulls: int = 0
    dtypes: Mapping[str, int] = field(default_factory=dict)
    states: Mapping[ProfileKind, KindState] = field(default_factory=dict)

    def merge(self, other: Column) -> Column:
        """Put together what two batches hold; neither changes."""
        dtypes = dict(self.dtypes)
        for dtype, rows in other.dtypes.items():
            dtypes[dtype] = dtypes.get(dtype, 0) + rows
        states = dict(self.states)
        for kind, state in other.states.items():
            mine = states.get(kind)
            states[kind] = state if mine is None else mine.merge(state)
        return Column(
            self.num_rows + other.num_rows, self.num_nulls + other.num_nulls, dtypes, states
        )

    def without_states(self) -> Column:
        """Leave only counts and types."""
        return Column(self.num_rows, self.num_nulls, self.dtypes)

    def describe(self, name: str, *, is_summary: bool = False) -> ColumnProfile:
        """Tell the statistics: those of the kind that most values are of.

        Parameters
        ----------
        name : str
            That of the column.
        is_summary : bool, default False
            Whether what is long is left out: histogram, top values and the like.
        """
        sizes = {kind: state.num_values for kind, state in self.states.items()}
        kind: ProfileKind = max(sorted(sizes), key=sizes.__getitem__, default="null")
        fields: dict[str, Any] = {}
        if kind in self.states:
            state = self.states[kind]
            fields = state.summarize() if is_summary else state.describe()
        return ColumnProfile(
            name=name,
            kind=kind,
            dtype=" | ".join(sorted(self.dtypes, key=lambda dtype: (-self.dtypes[dtype], dtype))),
            num_rows=self.num_rows,
            num_nulls=self.num_nulls,
            num_of_kinds=sizes if len(sizes) > 1 else {},
            **fields,
        )

    def to_plain(self) -> list[Any]:
        """Turn the column into lists, dictionaries, numbers, text and bytes."""
        states = {kind: state.to_plain() for kind, state in self.states.items()}
        return [self.num_rows, self.num_nulls, dict(self.dtypes), states]

    @classmethod
    def from_plain(cls, plain: Any) -> Column:
        """Make the column again from what `to_plain` gave."""
        num_rows, num_nulls, dtypes, states = plain
        made = {kind: _STATES[kind].from_plain(state) for kind, state in states.items()}
        return cls(num_rows, num_nulls, dtypes, made)


def column_of(values: pyarrow.Array, dtype: str = "") -> tuple[Column, NDArray[numpy.uint64]]:
    """Collect what an Arrow array holds; also hash the value of each row.

    Parameters
    ----------
    values : pyarrow.Array, shape (num_rows,)
        The values; nulls are counted and left out.
    dtype : str, default that of Arrow
        The type of the column where it came from.
    """
    if hasattr(values, "type_codes"):
        return _union_of(values, dtype)
    dtypes = {dtype or str(values.type): len(values)}
    values = simplify(values)
    num_nulls = values.null_count
    if num_nulls == len(values):
        hashes = numpy.full(len(values), NULL_HASH, numpy.uint64)
        return Column(len(values), num_nulls, dtypes), hashes
    state, hashes = _state_class(values.type).of(values.drop_null() if num_nulls else values)
    if num_nulls:
        spread = numpy.full(len(values), NULL_HASH, numpy.uint64)
        spread[values.is_valid().to_numpy(zero_copy_only=False)] = hashes
        hashes = spread
    return Column(len(values), num_nulls, dtypes, {state.kind: state}), hashes


def _union_of(values: pyarrow.Array, dtype: str) -> tuple[Column, NDArray[numpy.uint64]]:
    """Collect values of several kinds, those of each kind by themselves."""
    if values.offset:  # the offsets of a slice begin with those of the whole
        values = values.take(numpy.arange(len(values)))
    codes = values.type_codes.to_numpy()
    hashes = numpy.empty(len(values), numpy.uint64)
    merged = Column()
    for code in range(values.type.num_fields):
        rows = numpy.flatnonzero(codes == code)
        is_dense = values.type.mode == "dense"
        members = values.field(code).take(values.offsets.take(rows) if is_dense else rows)
        column, hashes[rows] = column_of(members, dtype or "mixed")
        merged = merged.merge(column)
    return merged, hashes


def _state_class(kind: Any) -> type[KindState]:
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    for is_of, state in KINDS:
        if is_of(kind):
            return state
    return Others
