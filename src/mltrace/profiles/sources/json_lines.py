"""Files of JSON lines, each a row."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mltrace.errors import UnreadableDataError
from mltrace.profiles.sources.arrays import read_records
from mltrace.profiles.sources.counted import CountedFile
from mltrace.profiles.sources.source import Stream, choose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow

_BATCH_ROWS: Final = 1 << 16


def read_json_lines(path: str, columns: Sequence[str] | None) -> Stream:
    """Read a file; a column may hold values of several kinds, and is null where a line lacks it.

    Raises
    ------
    UnreadableDataError
        If a line is no JSON object.
    UnknownNameError
        If no line has a column that is wanted.
    """
    file = CountedFile(path)

    def tables() -> Iterator[pyarrow.Table]:
        known: dict[str, None] = {}
        rows = _rows(file)
        while batch := list(islice(rows, _BATCH_ROWS)):
            whole = read_records(batch, None)
            known |= dict.fromkeys(whole.dtypes)
            here = [name for name in whole.dtypes if columns is None or name in columns]
            yield whole.read(0, len(batch)).select(here)
        choose(list(known), columns)

    return Stream(tables, share=file.share)


def _rows(file: CountedFile) -> Iterator[dict[str, Any]]:
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    try:
        with file.open() as stream:
            for number, text in enumerate(_lines(stream), 1):
                file.count(len(text))
                if text.strip():
                    yield _row(decode, text, f"{file.path}:{number}")
    except OSError as error:
        raise UnreadableDataError.of(file.path, "JSON lines", error) from error


def _row(decode: Any, text: bytes, where: str) -> dict[str, Any]:
    try:
        row: dict[str, Any] = decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnreadableDataError.of(where, "a line of JSON", error) from error
    return row


def _lines(stream: Any) -> Iterator[bytes]:
    rest = b""
    while block := stream.read(1 << 20):
        *lines, rest = (rest + block).split(b"\n")
        yield from lines
    if rest:
        yield rest
