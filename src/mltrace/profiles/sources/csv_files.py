"""CSV files, streamed; the type of a column is the narrowest that holds all its values."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any, Final

import pyarrow
import pyarrow.csv

from mltrace.errors import UnreadableDataError
from mltrace.profiles.sources.counted import CountedFile
from mltrace.profiles.sources.source import Restart, Stream, choose, unique_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BLOCK_BYTES: Final = 1 << 22
_MAX_RESTARTS: Final = 8
_MISFIT: Final = re.compile(r"In CSV column #(\d+): CSV conversion error to ([\w\[\]]+)")
_WIDER: Final = {
    "null": pyarrow.int64(),
    "int64": pyarrow.float64(),
    "string": pyarrow.binary(),
}


def read_csv(path: str, columns: Sequence[str] | None, *, delimiter: str = ",") -> Stream:
    """Read a file with a line of names; unquoted empty values, NA, null and NaN are null.

    Types are taken from the first 4 MB. Where a later value does not fit, the file is read anew
    with a wider type: numbers with fractions, then text, at last bytes.

    Raises
    ------
    UnreadableDataError
        If it is no CSV file.
    """
    file = CountedFile(path)
    names, num_lines = _header(file, delimiter)
    wanted = [names[place] for place in choose(names, columns)]
    types: dict[str, Any] = {}
    restarts = 0

    def tables() -> Iterator[pyarrow.Table]:
        nonlocal restarts
        try:
            with file.open() as stream:
                reader = pyarrow.csv.open_csv(
                    stream,
                    pyarrow.csv.ReadOptions(
                        block_size=_BLOCK_BYTES, column_names=names, skip_rows=num_lines
                    ),
                    pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
                    pyarrow.csv.ConvertOptions(
                        column_types=types,
                        strings_can_be_null=True,
                        quoted_strings_can_be_null=False,
                        include_columns=wanted,
                    ),
                )
                yield reader.schema.empty_table()
                for batch in reader:
                    file.count(batch.nbytes)
                    yield pyarrow.Table.from_batches([batch])
        except (pyarrow.ArrowException, OSError) as error:
            misfit = _MISFIT.search(str(error))
            if misfit is None:
                if "Empty CSV" in str(error):  # names without rows
                    yield pyarrow.table({name: pyarrow.nulls(0) for name in wanted})
                    return
                raise UnreadableDataError.of(path, "CSV", error) from error
            restarts += 1
            _widen(types, names[int(misfit[1])], misfit[2])
            if restarts == _MAX_RESTARTS:
                types.update({name: pyarrow.string() for name in names if name not in types})
            raise Restart from error

    return Stream(tables, share=file.share)


def _header(file: CountedFile, delimiter: str) -> tuple[list[str], int]:
    """Read the names of the columns, and how many lines they take."""
    try:
        with (
            file.open() as stream,
            io.TextIOWrapper(stream, "utf-8-sig", "replace", newline="") as text,
        ):
            rows = csv.reader(text, delimiter=delimiter)
            names = next(rows, [])
            num_lines = rows.line_num
    except (csv.Error, OSError, pyarrow.ArrowException) as error:
        raise UnreadableDataError.of(file.path, "CSV", error) from error
    if not names:
        raise UnreadableDataError.of(file.path, "CSV", "it has no line with the names of columns")
    return unique_names(names), num_lines


def _widen(types: dict[str, Any], name: str, misfit: str) -> None:
    types[name] = _WIDER.get(misfit, pyarrow.string())
