"""What a query in SQL answers: rows, held as Arrow."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from mltrace import rendering

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas
    import polars
    import pyarrow


class Result:
    """The rows that a query answers; it prints as a table.

    Parameters
    ----------
    rows : pyarrow.Table
        The rows.

    Examples
    --------
    >>> import mltrace as mt
    >>> result = mt.sql("SELECT 1 AS number, 'one' AS word")
    >>> result.columns, len(result), list(result)
    (('number', 'word'), 1, [{'number': 1, 'word': 'one'}])
    """

    __slots__ = ("_rows",)

    def __init__(self, rows: pyarrow.Table) -> None:
        self._rows = rows

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self._rows.column_names)

    @property
    def types(self) -> tuple[str, ...]:
        """The types of the columns, as Arrow names them."""
        return tuple(str(field.type) for field in self._rows.schema)

    def to_arrow(self) -> pyarrow.Table:
        """Give the rows as an Arrow table, which is not copied."""
        return self._rows

    def to_pandas(self) -> pandas.DataFrame:
        """Turn the rows into a pandas data frame."""
        frame: pandas.DataFrame = self._rows.to_pandas()
        return frame

    def to_polars(self) -> polars.DataFrame:
        """Turn the rows into a polars data frame."""
        import polars

        frame = polars.from_arrow(self._rows)
        assert isinstance(frame, polars.DataFrame)
        return frame

    def to_dicts(self) -> list[dict[str, Any]]:
        """List the rows as dictionaries of Python values."""
        rows: list[dict[str, Any]] = self._rows.to_pylist()
        return rows

    def to_dict(self) -> list[dict[str, Any]]:
        """List the rows as plain JSON-ready values; times become ISO 8601 text."""
        plain: list[dict[str, Any]] = msgspec.to_builtins(self.rows())
        return plain

    def rows(self) -> list[dict[str, Any]]:
        """List the rows as records do: as dictionaries, decimal numbers as floats."""
        return [{name: _number(value) for name, value in row.items()} for row in self]

    def row_names(self) -> tuple[str, ...]:
        """Name the columns, as records do."""
        return self.columns

    def __len__(self) -> int:
        return int(self._rows.num_rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for batch in self._rows.to_batches(max_chunksize=1000):
            yield from batch.to_pylist()

    def __getitem__(self, at: int) -> dict[str, Any]:
        found: dict[str, Any] = self._rows.slice(range(len(self))[at], 1).to_pylist()[0]
        return found

    def __str__(self) -> str:
        return rendering.result_text(self)

    __repr__ = __str__

    def _repr_pretty_(self, printer: Any, _is_cycle: bool) -> None:  # noqa: FBT001
        printer.text(str(self))


def _number(value: Any) -> Any:
    """Turn decimal numbers in a value into floats, as JSON has them."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [_number(one) for one in value]
    if isinstance(value, dict):
        return {name: _number(one) for name, one in value.items()}
    return value
