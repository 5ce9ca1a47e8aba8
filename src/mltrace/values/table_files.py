"""Tables and arrays in files: which formats are known by their endings, and how to read and write.

Of a Parquet file only the columns and row groups are read that are wanted; other formats are read
as a whole. Texts may be compressed.
"""

from __future__ import annotations

import os
import tempfile
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar, cast

from mltrace.compression import compression_of, table_ending, unpack
from mltrace.errors import ArgumentError, MltraceError, UnreadableDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mltrace.values.wanted import Wanted

Format = TypeVar("Format")
_IN_MEMORY: Final = 1 << 26
"""Bytes of an unpacked file that are held in memory; larger ones are put on the disk."""


def read_table_file(stream: BinaryIO, name: str, wanted: Wanted) -> Any:
    """Read the table, as Arrow has it, or the array of a file with a name.

    Raises
    ------
    ArgumentError
        If the ending of the name is of no known format.
    UnknownNameError
        If the table lacks a column that is wanted.
    UnreadableDataError
        If it is not of that format; or compressed, and a ZIP of several files or too large.
    """
    ending = table_ending(name)
    read = _format_of(ending, _READERS, (name, "read"))
    if not compression_of(name):
        return _read_as(ending, name, partial(read, stream, wanted))
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spooled:
        unpacked = cast("BinaryIO", spooled)
        unpack(stream, name, unpacked)
        return _read_as(ending, name, partial(read, unpacked, wanted))


def _read_as(ending: str, name: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except MltraceError:
        raise
    except (OSError, ValueError, NotImplementedError) as error:
        raise UnreadableDataError.of(name, ending, error) from error


def write_table_file(value: Any, path: str, target: BinaryIO) -> None:
    """Write an Arrow table or column, or an array, in the format that a path ends in.

    Raises
    ------
    ArgumentError
        If the ending is of no known format, or of one that cannot hold the value.
    """
    write = _format_of(_ending(path), _WRITERS, (path, "written"))
    if type(value).__module__.startswith("pyarrow") and not hasattr(value, "column_names"):
        import pyarrow

        value = pyarrow.table({"value": value})
    try:
        write(value, target)
    except (ValueError, NotImplementedError) as error:
        raise ArgumentError(
            f"A value of type {type(value).__qualname__} cannot be written as {_ending(path)}: "
            f"{error}; accepted: arrays without objects as .npy, tables and columns of any type as "
            ".parquet."
        ) from error


def check_writable(path: str) -> None:
    """Refuse a path that does not end as a table or array does that can be written.

    Raises
    ------
    ArgumentError
        If it does not.
    """
    _format_of(_ending(path), _WRITERS, (path, "written"))


def is_table_file(path: str) -> bool:
    """Tell whether a path ends as tables or arrays do that can be read.

    Examples
    --------
    >>> is_table_file("rows.parquet"), is_table_file("raw.csv.gz"), is_table_file("model.joblib")
    (True, True, False)
    """
    return table_ending(path) in _READERS


def _read_parquet(stream: BinaryIO, wanted: Wanted) -> Any:
    import pyarrow.parquet

    file = pyarrow.parquet.ParquetFile(stream)
    names = file.schema_arrow.names
    columns = [names[place] for place in wanted.places(names)]
    begin, end = wanted.bounds(file.metadata.num_rows)
    groups, skipped, first = [], 0, 0
    for group in range(file.metadata.num_row_groups):
        last = first + file.metadata.row_group(group).num_rows
        if last <= begin:
            skipped = last
        elif first < end:
            groups.append(group)
        first = last
    table = file.read_row_groups(groups, columns=columns)
    return table.slice(begin - skipped, end - begin)


def _read_csv(stream: BinaryIO, wanted: Wanted, delimiter: str = ",") -> Any:
    import pyarrow.csv

    options = pyarrow.csv.ParseOptions(delimiter=delimiter)
    return _narrowed(pyarrow.csv.read_csv(stream, parse_options=options), wanted)


def _read_tsv(stream: BinaryIO, wanted: Wanted) -> Any:
    return _read_csv(stream, wanted, "\t")


def _read_arrow(stream: BinaryIO, wanted: Wanted) -> Any:
    import pyarrow.feather

    return _narrowed(pyarrow.feather.read_table(stream), wanted)


def _read_npy(stream: BinaryIO, wanted: Wanted) -> Any:
    import numpy

    wanted.refuse_columns("An array")
    array = numpy.lib.format.read_array(stream, allow_pickle=False)
    return wanted.rows_of(array)


def _narrowed(table: Any, wanted: Wanted) -> Any:
    begin, end = wanted.bounds(table.num_rows)
    return table.select(wanted.places(table.column_names)).slice(begin, end - begin)


def _write_parquet(table: Any, target: BinaryIO) -> None:
    import pyarrow.parquet

    pyarrow.parquet.write_table(table, target)


def _write_csv(table: Any, target: BinaryIO, delimiter: str = ",") -> None:
    import pyarrow.csv

    pyarrow.csv.write_csv(table, target, pyarrow.csv.WriteOptions(delimiter=delimiter))


def _write_tsv(table: Any, target: BinaryIO) -> None:
    _write_csv(table, target, "\t")


def _write_arrow(table: Any, target: BinaryIO) -> None:
    import pyarrow

    with pyarrow.ipc.new_file(target, table.schema) as writer:
        writer.write_table(table)


def _write_npy(array: Any, target: BinaryIO) -> None:
    import numpy

    if not isinstance(array, numpy.ndarray):
        raise ValueError("it is no array")
    numpy.lib.format.write_array(target, array, allow_pickle=False)


_READERS: dict[str, Callable[[BinaryIO, Wanted], Any]] = {
    ".parquet": _read_parquet,
    ".csv": _read_csv,
    ".tsv": _read_tsv,
    ".arrow": _read_arrow,
    ".feather": _read_arrow,
    ".npy": _read_npy,
}
_WRITERS: dict[str, Callable[[Any, BinaryIO], None]] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".tsv": _write_tsv,
    ".arrow": _write_arrow,
    ".feather": _write_arrow,
    ".npy": _write_npy,
}


def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _format_of(ending: str, formats: Mapping[str, Format], asked: tuple[str, str]) -> Format:
    found = formats.get(ending)
    if found is None:
        path, done = asked
        raise ArgumentError(
            f"{path!r} does not end as a table or array does that can be {done}: "
            f"{', '.join(formats)}."
        )
    return found
