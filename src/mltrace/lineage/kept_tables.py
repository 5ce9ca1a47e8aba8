"""Tables that runs read and wrote, read again as they were kept, or from a file still the same."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Final

from mltrace.compression import compression_of
from mltrace.errors import ArgumentError
from mltrace.profiles.keyed.rows import Rows, rows_of
from mltrace.values.file_digests import digest_file
from mltrace.values.table_files import is_table_file, read_table_file
from mltrace.values.wanted import ALL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow

    from mltrace.lineage.contents import ArtifactContent
    from mltrace.records import ArtifactRef

_AT_ONCE: Final = 1 << 20
_IN_PIECES: Final = (".parquet",)
"""Files of which rows can be read without all others."""


def may_be_table(ref: ArtifactRef) -> bool:
    """Tell whether an artifact version may be a table that can be read again."""
    is_table = ref.kind == "data" or (ref.kind == "file" and is_table_file(ref.name))
    return is_table and ref.digest is not None


def open_table(content: ArtifactContent) -> Rows:
    """Open the rows of a table that a run read or wrote.

    Raises
    ------
    ValueNotKeptError
        If its content is neither kept nor in its file.
    ArgumentError
        If it is no table.
    UnreadableDataError
        If it is no table of the format that its name says, or too large to be unpacked.
    UntrustedValueError
        If only unpickling could bring it back.
    StoreCorruptError
        If what was kept is damaged.
    """
    ref = content.ref
    if content.manifest is not None:
        return _kept(content)
    if ref.kind == "file" and _is_still(ref):
        return rows_of(_unpacked(ref.identity) if compression_of(ref.identity) else ref.identity)
    return _kept(content)  # which says why it is not there


def _kept(content: ArtifactContent) -> Rows:
    from mltrace.profiles.sources.arrow_tables import chosen

    is_whole = content.ref.kind == "file" and not content.ref.name.endswith(_IN_PIECES)
    if is_whole:
        return rows_of(content.load(as_="pyarrow"))
    whole = content.load(as_="pyarrow", columns=_unpickled(content), rows=(0, 0))
    if not hasattr(whole, "schema"):
        raise ArgumentError(f"{content.ref.name!r} is a single column, no table.")
    types = {field.name: field.type for field in chosen(whole, None).schema}
    # An index of pandas is loaded with all columns only.
    own = content.ref.columns
    is_plain = list(types) == whole.column_names and (own is None or types.keys() <= set(own))
    read_span = partial(_read_span, content, is_plain=is_plain)
    return Rows(types, partial(_pieces, read_span), read_span)


def _unpickled(content: ArtifactContent) -> list[str] | None:
    """List the columns that no unpickling has to bring back; None for all, or if there are none."""
    columns = (content.manifest or {}).get("columns", ())
    names = [one["name"] for one in columns if one.get("encoding") != "pickle"]
    return names if 0 < len(names) < len(columns) else None


def _pieces(
    read_span: Callable[[Sequence[str], int, int], pyarrow.Table], columns: Sequence[str]
) -> Iterator[pyarrow.Table]:
    begin, num_read = 0, _AT_ONCE
    while num_read == _AT_ONCE:
        piece = read_span(columns, begin, begin + _AT_ONCE)
        yield piece
        begin, num_read = begin + _AT_ONCE, piece.num_rows


def _read_span(
    content: ArtifactContent, columns: Sequence[str], begin: int, end: int, *, is_plain: bool
) -> pyarrow.Table:
    from mltrace.profiles.sources.arrow_tables import chosen

    wanted = columns if is_plain else None
    return chosen(content.load(as_="pyarrow", columns=wanted, rows=(begin, end)), columns)


def _unpacked(path: str) -> pyarrow.Table:
    """Read a compressed file as a whole, which has a limit, once."""
    with open(path, "rb") as file:
        return read_table_file(file, path, ALL)


def _is_still(ref: ArtifactRef) -> bool:
    """Tell whether a file still has the content that it had."""
    try:
        return digest_file(ref.identity, os.stat(ref.identity)).digest == ref.digest
    except OSError:
        return False
