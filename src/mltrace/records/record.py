"""What all records share: they print well and turn into dictionaries and frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from mltrace import rendering

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The base of all records; they form no cycles, so the garbage collector skips them."""

    def to_dict(self) -> dict[str, Any]:
        """Turn the record into plain JSON-ready values; times become ISO 8601 text."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built

    @classmethod
    def row_names(cls) -> tuple[str, ...]:
        """Name the columns of the rows, which an answer without rows has as well."""
        return cls.__struct_fields__

    def rows(self) -> list[dict[str, Any]]:
        """List the rows that the record makes as a frame, by default one row of its own fields."""
        return [{name: _cell(getattr(self, name)) for name in self.__struct_fields__}]

    def to_arrow(self) -> pyarrow.Table:
        """Turn the record into an Arrow table."""
        return _to_arrow(self.rows(), self.row_names())

    def to_pandas(self) -> pandas.DataFrame:
        """Turn the record into a pandas data frame."""
        return _to_pandas(self.rows(), self.row_names())

    def to_polars(self) -> polars.DataFrame:
        """Turn the record into a polars data frame."""
        return _to_polars(self.rows(), self.row_names())

    def __str__(self) -> str:
        return rendering.record_text(self)

    def _repr_pretty_(self, printer: Any, _is_cycle: bool) -> None:  # noqa: FBT001
        printer.text(str(self))


R = TypeVar("R", bound=Record)


class RecordList(list[R], Generic[R]):
    """A list of records of one kind, newest first unless the verb says otherwise.

    Parameters
    ----------
    records : iterable of Record
        The records.
    of : type
        Their type, which an empty list has as well.
    drawn_as : str, default the name of the type
        What they are as text: the answer to another question may be drawn in another way.
    notes : sequence of str, default ()
        What is to be known about the answer, which stands below it as text.
    """

    def __init__(
        self,
        records: Iterable[R] = (),
        *,
        of: type[Record] = Record,
        drawn_as: str = "",
        notes: Sequence[str] = (),
    ) -> None:
        super().__init__(records)
        self.of = of
        self.drawn_as = drawn_as or of.__name__
        self.notes = tuple(notes)

    def to_dict(self) -> list[dict[str, Any]]:
        """Turn the records into plain JSON-ready values."""
        return [record.to_dict() for record in self]

    def rows(self) -> list[dict[str, Any]]:
        """List the rows that the records make as a frame."""
        return [row for record in self for row in record.rows()]

    def to_arrow(self) -> pyarrow.Table:
        """Turn the records into an Arrow table."""
        return _to_arrow(self.rows(), self.of.row_names())

    def to_pandas(self) -> pandas.DataFrame:
        """Turn the records into a pandas data frame."""
        return _to_pandas(self.rows(), self.of.row_names())

    def to_polars(self) -> polars.DataFrame:
        """Turn the records into a polars data frame."""
        return _to_polars(self.rows(), self.of.row_names())

    def __str__(self) -> str:
        return rendering.records_text(self, self.drawn_as)

    # What a prompt or a notebook shows of an answer is the table, not the fields of each record.
    __repr__ = __str__

    def _repr_pretty_(self, printer: Any, _is_cycle: bool) -> None:  # noqa: FBT001
        printer.text(str(self))


def _cell(value: Any) -> Any:
    if isinstance(value, Mapping):
        return msgspec.json.encode(value).decode()
    if isinstance(value, tuple | Record):
        return msgspec.to_builtins(value)
    return value


def _to_arrow(rows: list[dict[str, Any]], names: tuple[str, ...]) -> pyarrow.Table:
    import pyarrow

    if not rows:
        return pyarrow.table({name: pyarrow.nulls(0) for name in names})
    return pyarrow.Table.from_pylist(rows)


def _to_pandas(rows: list[dict[str, Any]], names: tuple[str, ...]) -> pandas.DataFrame:
    import pandas

    return pandas.DataFrame.from_records(rows, columns=None if rows else list(names))


def _to_polars(rows: list[dict[str, Any]], names: tuple[str, ...]) -> polars.DataFrame:
    import polars

    if not rows:
        return polars.DataFrame({name: [] for name in names})
    return polars.DataFrame(rows, infer_schema_length=None)
