"""Segments as Parquet: small, read column by column, and checked page by page.

Encodings are those that DuckDB, Polars and Spark read as well: lengths of ids apart from their
letters, times as differences, floats byte by byte; then zstd.
"""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any, Final

import pyarrow
import pyarrow.compute
import pyarrow.parquet
from pyarrow import types

from mltrace.store.lake import layout

if TYPE_CHECKING:
    from collections.abc import Sequence

PARQUET: Final = ".parquet"
"""What names of compacted segments end with."""
_GROUP_ROWS: Final = 131_072
"""Rows of a row group: enough to compress well, few enough to be passed over by their times."""
_LEVEL: Final = 1
"""Of zstd: higher ones take twice the time, and nothing less room once values are encoded well."""
_FALSE_SHARE: Final = 0.05
"""The share of row groups that are looked into in vain for an id."""
_CAN_FILTER: Final = (
    "bloom_filter_options" in signature(pyarrow.parquet.ParquetWriter.__init__).parameters
)
_SAMPLE_ROWS: Final = 65_536
"""Rows on which encodings are tried."""
_BY_DICTIONARY: Final = None
_OF_TEXTS: Final = ("DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY")
_OF_FLOATS: Final = (_BY_DICTIONARY, "BYTE_STREAM_SPLIT", "PLAIN")
_OF_INTEGERS: Final = (_BY_DICTIONARY, "DELTA_BINARY_PACKED", "PLAIN")


def parquet_bytes(table: pyarrow.Table, task: str) -> pyarrow.Buffer:
    """Write rows of a task, whose name is a column as well, as Parquet.

    Notes
    -----
    About 0.1 µs of CPU for each row of ids, values, scores and times.
    """
    sink = pyarrow.BufferOutputStream()
    names = pyarrow.DictionaryArray.from_arrays(
        pyarrow.repeat(pyarrow.scalar(0, pyarrow.int32()), table.num_rows), [task]
    )
    table = table.append_column(layout.TASK, names)
    empty = [field.name for field in table.schema if types.is_null(field.type)]
    table = _without_unused_texts(table.drop_columns(empty))
    encodings = {
        _path(field): encoding
        for field in table.schema
        if (encoding := _encoding(field.name, table.column(field.name))) is not None
    }
    pyarrow.parquet.write_table(
        table,
        sink,
        row_group_size=_GROUP_ROWS,
        compression="zstd",
        compression_level=_LEVEL,
        use_dictionary=[field.name for field in table.schema if _path(field) not in encodings],
        column_encoding=encodings,
        write_page_checksum=True,
        **_filters(table.num_rows),
    )
    return sink.getvalue()


def _without_unused_texts(table: pyarrow.Table) -> pyarrow.Table:
    """Leave texts out that no row has: pyarrow writes whole dictionaries, also of parts of tables.

    Else a text would be in files that its row is not in, or not any more.
    """
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if not types.is_dictionary(field.type) or not column.num_chunks:
            continue
        chunks = column.unify_dictionaries().chunks
        texts = chunks[0].dictionary
        codes = pyarrow.chunked_array([chunk.indices for chunk in chunks])
        used = pyarrow.compute.unique(codes).drop_null()
        if len(used) < len(texts):
            new = [pyarrow.compute.index_in(chunk.indices, used) for chunk in chunks]
            kept = texts.take(used)
            parts = [pyarrow.DictionaryArray.from_arrays(one, kept) for one in new]
            table = table.set_column(place, field, pyarrow.chunked_array(parts, field.type))
    return table


def _filters(num_rows: int) -> dict[str, Any]:
    """Have Bloom filters of ids written, of a byte for each row, where pyarrow can."""
    if not _CAN_FILTER:
        return {}
    num_ids = max(1, min(num_rows, _GROUP_ROWS))
    return {"bloom_filter_options": {layout.ID: {"ndv": num_ids, "fpp": _FALSE_SHARE}}}


def _encoding(name: str, column: pyarrow.ChunkedArray) -> str | None:
    """Choose how a column is written; None: by a dictionary of its values."""
    kind = column.type
    if types.is_timestamp(kind):
        return "DELTA_BINARY_PACKED"
    if types.is_list(kind):
        return "BYTE_STREAM_SPLIT"
    if types.is_boolean(kind):
        return "RLE"
    if name == layout.ID:
        return _smallest(column, _OF_TEXTS)
    if types.is_floating(kind):
        return _smallest(column, _OF_FLOATS)
    return _smallest(column, _OF_INTEGERS) if types.is_integer(kind) else _BY_DICTIONARY


def _path(field: pyarrow.Field) -> str:
    """Tell what Parquet calls a column."""
    return f"{field.name}.list.element" if types.is_list(field.type) else field.name


def _smallest(column: pyarrow.ChunkedArray, encodings: Sequence[str | None]) -> str | None:
    """Choose the encoding by which some of the rows are smallest."""
    sample = pyarrow.table({"": column.slice(0, _SAMPLE_ROWS)})
    sizes = [_size(sample, encoding) for encoding in encodings]
    return encodings[sizes.index(min(sizes))]


def _size(sample: pyarrow.Table, encoding: str | None) -> int:
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(
        sample,
        sink,
        compression="zstd",
        compression_level=_LEVEL,
        use_dictionary=encoding is _BY_DICTIONARY,
        column_encoding=encoding,
        write_statistics=False,
    )
    return int(sink.tell())
