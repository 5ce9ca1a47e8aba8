"""Reads labels of data subjects from a file: lines of text, or a column of a table."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from mltrace.errors import ArgumentError, unknown

if TYPE_CHECKING:
    from pathlib import Path

_PARQUET = b"PAR1"


def read_labels(path: Path, column: str | None = None) -> list[Any]:
    """Read one label a line, blank lines left out; or a column of a CSV or Parquet file.

    What a column lacks is None.

    Raises
    ------
    ArgumentError
        If the file is no text in UTF-8, or a table and no column is named.
    UnknownNameError
        If there is no such column; the message lists the nearest matches.
    """
    with path.open("rb") as file:
        is_parquet = file.read(len(_PARQUET)) == _PARQUET
    if is_parquet:
        return _read_parquet(path, column)
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            if column is None and path.suffix.lower() != ".csv":
                return [line.strip() for line in text if line.strip()]
            rows = csv.DictReader(text)
            column = _checked(path, column, list(rows.fieldnames or ()))
            return [row[column] or None for row in rows]
    except UnicodeDecodeError as error:
        raise ArgumentError(f"{path} is no text in UTF-8: {error}") from error


def _read_parquet(path: Path, column: str | None) -> list[Any]:
    import pyarrow.parquet

    names = pyarrow.parquet.read_schema(path).names
    column = _checked(path, column, names)
    found: list[Any] = pyarrow.parquet.read_table(path, columns=[column])[column].to_pylist()
    return found


def _checked(path: Path, column: str | None, names: list[str]) -> str:
    if column is None:
        known = ", ".join(names[:10])
        raise ArgumentError(f"{path} is a table; say which --column holds the labels: {known}.")
    if column not in names:
        raise unknown(f"column of {path}", column, names)
    return column
