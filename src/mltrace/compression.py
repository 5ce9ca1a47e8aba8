"""Compressed files of text: which endings name them, and unpacking that stays within bounds.

What a small file may hold is no matter of its size: a few megabytes can be made to unpack to many
gigabytes. So there is a limit on what is unpacked.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from mltrace.errors import MltraceError, UnreadableDataError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

MAX_BYTES: Final = 1 << 30
"""What is unpacked of a file, at most."""
TEXTS: Final = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson")
"""Endings of tables that are texts, which are compressed as wholes."""
BY_ARROW: Final = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd", ".lz4": "lz4", ".br": "brotli"}
"""Endings of what Arrow unpacks as it reads, and what it calls that."""
COMPRESSIONS: Final = (*BY_ARROW, ".xz", ".zip")
_AT_ONCE: Final = 1 << 20
_DAMAGED: Final = (
    *(OSError, EOFError, ValueError, RuntimeError, NotImplementedError),
    *(zlib.error, lzma.LZMAError, zipfile.BadZipFile),
)
"""What is raised where a file is damaged, encrypted or compressed in an unknown way."""
_ALONGSIDE: Final = "__MACOSX/"


def table_ending(path: str | os.PathLike[str]) -> str:
    """Tell the ending by which a file is known as a table, without that of its compression.

    Examples
    --------
    >>> table_ending("raw/flights.csv"), table_ending("flights.CSV.zip"), table_ending("logs.gz")
    ('.csv', '.csv', '.gz')
    """
    endings = [ending.lower() for ending in PurePath(path).suffixes[-2:]]
    if len(endings) > 1 and endings[1] in COMPRESSIONS and endings[0] in TEXTS:
        return endings[0]
    return endings[-1] if endings else ""


def compression_of(path: str | os.PathLike[str]) -> str:
    """Tell by which ending a table is compressed; '' if it is not.

    Examples
    --------
    >>> compression_of("flights.csv"), compression_of("flights.csv.gz"), compression_of("logs.gz")
    ('', '.gz', '')
    """
    ending = PurePath(path).suffix.lower()
    return ending if table_ending(path) != ending else ""


def table_stem(path: str | os.PathLike[str]) -> str:
    """Name a table as its file, without folder and endings.

    Examples
    --------
    >>> table_stem("raw/flights.csv.gz"), table_stem("flights.2013.parquet")
    ('flights', 'flights.2013')
    """
    stem = PurePath(path).stem
    return PurePath(stem).stem if compression_of(path) else stem


def unpack(source: BinaryIO, path: str, target: BinaryIO) -> None:
    """Write into a file what a compressed one holds, whose name ends as its compression does.

    Raises
    ------
    UnreadableDataError
        If it is damaged, is a ZIP of several files, or holds more than 1 GiB.

    Examples
    --------
    >>> import io
    >>> target = io.BytesIO()
    >>> unpack(io.BytesIO(gzip.compress(b"origin,delay")), "flights.csv.gz", target)
    >>> target.read()
    b'origin,delay'
    """
    num_bytes = 0
    try:
        with _opened(source, compression_of(path)) as packed:
            while piece := packed.read(_AT_ONCE):
                num_bytes += len(piece)
                if num_bytes > MAX_BYTES:
                    break
                target.write(piece)
    except MltraceError:
        raise
    except _DAMAGED as error:
        raise UnreadableDataError.of(path, "a compressed file", error) from error
    if num_bytes > MAX_BYTES:
        raise UnreadableDataError(
            f"{path!r} holds more than {MAX_BYTES >> 30} GiB, which is the most that is unpacked; "
            "unpack it yourself, or write it as Parquet."
        )
    target.seek(0)


@contextmanager
def _opened(source: BinaryIO, ending: str) -> Iterator[Any]:
    if ending == ".zip":
        with zipfile.ZipFile(source) as archive, archive.open(_only_member(archive)) as packed:
            yield packed
        return
    by_python: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
    if ending in by_python:
        with by_python[ending](source) as packed:
            yield packed
        return
    import pyarrow

    with pyarrow.input_stream(pyarrow.PythonFile(source, "r"), BY_ARROW[ending]) as packed:
        yield packed


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [
        one
        for one in archive.infolist()
        if not one.is_dir() and not one.filename.startswith(_ALONGSIDE)
    ]
    if len(members) != 1:
        raise ValueError(f"it holds {len(members)} files; one is read as a table")
    return members[0]
