"""Files of tables by the ending of their names; folders and patterns of Parquet files."""

from __future__ import annotations

import glob
import os
from typing import TYPE_CHECKING, Final

from mltrace.compression import table_ending
from mltrace.errors import ArgumentError, UnreadableDataError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mltrace.profiles.sources.source import InMemory, Stream

    Reader = Callable[[str, Sequence[str] | None], "InMemory | Stream"]

_WILD: Final = frozenset("*?[")


def is_path(text: str) -> bool:
    """Tell whether a text names files that are there, or is a pattern of files."""
    return os.path.exists(text) or (not _WILD.isdisjoint(text) and bool(_matches(text)))


def read_path(value: str | os.PathLike[str], columns: Sequence[str] | None) -> InMemory | Stream:
    """Read the file at a path, or the Parquet files in a folder or of a pattern.

    Raises
    ------
    ArgumentError
        If there is nothing, or the ending is of no format that is known.
    UnreadableDataError
        If the content is not of that format.
    """
    path = os.fspath(value)
    if os.path.isdir(path):
        return _read_parquet(_in_folder(path), columns)
    if os.path.isfile(path):
        return _reader_of(path)(path, columns)
    found = [] if _WILD.isdisjoint(path) else _matches(path)
    if not found:
        raise ArgumentError(missing_file(path))
    if len(found) == 1:
        return read_path(found[0], columns)
    other = [one for one in found if table_ending(one) not in _PARQUET]
    if other:
        raise ArgumentError(
            f"{path!r} fits {len(found)} files, of which {other[0]!r} is no Parquet file; "
            "profile files of other formats one by one and merge their profiles."
        )
    return _read_parquet(found, columns)


def _reader_of(path: str) -> Reader:
    ending = table_ending(path)
    if ending in _PARQUET:
        return _parquet_file
    reader = _READERS.get(ending)
    if reader is None:
        raise ArgumentError(
            f"{path!r} does not end as tables do that can be profiled: "
            f"{', '.join(sorted((*_PARQUET, *_READERS)))}; load it yourself and profile the frame."
        )
    return reader


def _matches(pattern: str) -> list[str]:
    return sorted(one for one in glob.glob(pattern, recursive=True) if os.path.isfile(one))


def _in_folder(folder: str) -> list[str]:
    """List the Parquet files of a folder, as Spark and others write them."""
    paths = [
        os.path.join(root, name)
        for root, folders, names in os.walk(folder)
        for name in names
        if table_ending(name) in _PARQUET and not name.startswith((".", "_"))
    ]
    if not paths:
        raise ArgumentError(
            f"The folder {folder!r} holds no Parquet file; name a file, or a folder that does."
        )
    return sorted(paths)


def missing_file(path: str) -> str:
    """Say that there is no such file, and which are near."""
    folder, name = os.path.split(path)
    said = f"There is no file {path!r}."
    if not os.path.isdir(folder or os.curdir):
        return f"{said} The folder {folder!r} is not there either."
    near = nearest(name, os.listdir(folder or os.curdir))
    return f"{said} Did you mean {' or '.join(map(repr, near))}?" if near else said


def _read_parquet(paths: Sequence[str], columns: Sequence[str] | None) -> Stream:
    from mltrace.profiles.sources.parquet import read_parquet

    return read_parquet(paths, columns)


def _parquet_file(path: str, columns: Sequence[str] | None) -> Stream:
    return _read_parquet([path], columns)


def _csv(path: str, columns: Sequence[str] | None) -> Stream:
    from mltrace.profiles.sources.csv_files import read_csv

    return read_csv(
        path, columns, delimiter="\t" if table_ending(path) in {".tsv", ".tab"} else ","
    )


def _json_lines(path: str, columns: Sequence[str] | None) -> Stream:
    from mltrace.profiles.sources.json_lines import read_json_lines

    return read_json_lines(path, columns)


def _arrow(path: str, columns: Sequence[str] | None) -> InMemory | Stream:
    from mltrace.profiles.sources.arrow_files import read_arrow_file

    return read_arrow_file(path, columns)


def _npy(path: str, columns: Sequence[str] | None) -> InMemory:
    import numpy

    from mltrace.profiles.sources.arrays import read_array

    try:
        array = numpy.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise UnreadableDataError.of(path, "an array of NumPy", error) from error
    return read_array(array, columns)


_PARQUET: Final = frozenset({".parquet", ".pq", ".parq"})
_READERS: Final[dict[str, Reader]] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".tab": _csv,
    ".arrow": _arrow,
    ".feather": _arrow,
    ".ipc": _arrow,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".npy": _npy,
}
