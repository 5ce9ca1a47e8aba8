"""Pack frames into one part per column, and bring them back.

A column is kept as an Arrow stream under the digest of its values, so that equal columns are kept
once, in the type that came first. The manifest has the types of each frame; loading casts.
"""

from __future__ import annotations

import base64
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy
import pyarrow
import pyarrow.compute

from mltrace.values.arrow_columns import digest_arrow
from mltrace.values.described import Part
from mltrace.values.frame_columns import ARROW_ERRORS, Frame, FrameColumn
from mltrace.values.pickles import PICKLING_ERRORS, pickled_part, read_pickle

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.values.kinds import OpenPart

Packed = tuple[tuple[Part, ...], dict[str, Any] | None, str | None]
_LABEL_TYPES = (str, int, float, bool, type(None))


def pack(frame: Frame) -> Packed:
    """Take a snapshot of a frame as parts and a manifest, or say why it cannot be kept."""
    parts: dict[str, Part] = {}
    fields: list[Any] = []
    try:
        columns = [_pack_column(column, parts, fields) for column in frame.columns]
        index = [_pack_column(column, parts, fields) for column in frame.index]
        position = _pack_position(frame.position, parts, fields)
    except (*ARROW_ERRORS, *PICKLING_ERRORS) as error:
        return (), None, f"content not kept: {type(error).__name__} while packing it"
    manifest = {
        "format": "frame",
        "library": frame.library,
        "container": frame.container,
        "num_rows": frame.num_rows,
        "columns": columns,
        "index": index,
        "position": position,
        "column_names": [_label(name) for name in frame.column_names],
        "schema": base64.b64encode(pyarrow.schema(fields).serialize()).decode("ascii"),
    }
    return tuple(parts.values()), manifest, None


def _pack_column(column: FrameColumn, parts: dict[str, Part], fields: list[Any]) -> dict[str, Any]:
    digest = column.digest.hex()
    entry: dict[str, Any] = {"name": column.name, "dtype": column.dtype, "digest": digest}
    if column.label is not None and column.label != column.name:
        entry["label"] = _label(column.label)
    if isinstance(column.values, list):
        entry["encoding"] = "pickle"
        parts[digest] = pickled_part(digest, column.values)
        fields.append(pyarrow.field(column.name, pyarrow.null()))
        return entry
    values = _snapshot(column.values)
    fields.append(pyarrow.field(column.name, values.type))
    parts[digest] = Part(digest, column.num_bytes, _writer(values))
    categories = _categories(values)
    if categories is not None:
        # Another frame may have kept this column as plain text, which knows no categories.
        key = digest_arrow(categories).hex()
        entry["categories"] = key
        parts.setdefault(key, Part(key, categories.nbytes, _writer(categories)))
    return entry


def _pack_position(
    position: range | FrameColumn | None, parts: dict[str, Part], fields: list[Any]
) -> dict[str, Any] | None:
    if isinstance(position, range):
        return {"start": position.start, "stop": position.stop, "step": position.step}
    return None if position is None else _pack_column(position, parts, fields)


def _snapshot(values: Any) -> Any:
    if isinstance(values, pyarrow.ChunkedArray | pyarrow.Array):
        return values
    if type(values) is not numpy.ndarray:
        return pyarrow.array(values.copy(), from_pandas=True)
    return pyarrow.array(values.astype(values.dtype.newbyteorder("="), copy=True))


def _categories(values: Any) -> Any:
    if not pyarrow.types.is_dictionary(values.type):
        return None
    if isinstance(values, pyarrow.ChunkedArray):
        if values.num_chunks == 0:
            return None
        values = values.unify_dictionaries().chunk(0)
    return values.dictionary


def _label(label: Any) -> Any:
    if isinstance(label, tuple):
        return [_label(item) for item in label]
    return label if type(label) in _LABEL_TYPES else str(label)


def _writer(values: Any) -> Callable[[BinaryIO], None]:
    def write(stream: BinaryIO) -> None:
        table = pyarrow.table({"": values})
        options = pyarrow.ipc.IpcWriteOptions(compression="zstd")
        with pyarrow.ipc.new_stream(stream, table.schema, options=options) as writer:
            writer.write_table(table)

    return write


def unpack(manifest: dict[str, Any], open_part: OpenPart, *, trusted: bool) -> Any:
    """Bring a frame back from its manifest and parts.

    Raises
    ------
    UntrustedValueError
        If a column is kept as a pickle and `trusted` is false.
    """
    message = pyarrow.py_buffer(base64.b64decode(manifest["schema"]))
    schema = pyarrow.ipc.read_schema(message)
    entries = [*manifest["columns"], *manifest["index"]]
    position = manifest["position"]
    if position is not None and "digest" in position:
        entries.append(position)
    columns = [
        _load_column(entry, schema.field(place).type, open_part, trusted)
        for place, entry in enumerate(entries)
    ]
    library = manifest["library"]
    if library == "pandas" and find_spec("pandas") is not None:
        from mltrace.values.pandas_frames import build_pandas

        return build_pandas(manifest, columns)
    table = _table(columns, schema)
    if library == "polars" and find_spec("polars") is not None:
        return _build_polars(manifest, columns, table)
    return _build_arrow(manifest, table)


def _load_column(entry: dict[str, Any], kind: Any, open_part: OpenPart, trusted: bool) -> Any:  # noqa: FBT001
    with open_part(entry["digest"]) as stream:
        if entry.get("encoding") == "pickle":
            return read_pickle(stream, trusted=trusted)
        values = _read_stream(stream)
    categories = None
    if "categories" in entry and values.type != kind:
        with open_part(entry["categories"]) as stream:
            categories = _read_stream(stream)
    return conform(values, kind, categories)


def _read_stream(stream: BinaryIO) -> Any:
    return pyarrow.ipc.open_stream(stream.read()).read_all().column(0)


def conform(values: Any, kind: Any, categories: Any = None) -> Any:
    """Cast a kept column to the type it had in another frame of equal values."""
    if values.type == kind:
        return values
    if values.null_count == len(values):
        return pyarrow.chunked_array([pyarrow.nulls(len(values), kind)])
    if pyarrow.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pyarrow.types.is_dictionary(kind):
        return _encode(conform(values, kind.value_type), kind, categories)
    if pyarrow.types.is_floating(values.type) and not pyarrow.types.is_floating(kind):
        is_nan = pyarrow.compute.is_nan(values)
        missing = pyarrow.scalar(None, values.type)
        values = pyarrow.compute.if_else(is_nan, missing, values)
        if values.null_count == len(values):
            return pyarrow.chunked_array([pyarrow.nulls(len(values), kind)])
    return values.cast(kind)


def _encode(values: Any, kind: Any, categories: Any) -> Any:
    if categories is None:
        return values.dictionary_encode().cast(kind)
    known = categories.cast(kind.value_type).combine_chunks()
    codes = pyarrow.compute.index_in(values, value_set=known).cast(kind.index_type)
    chunks = [
        pyarrow.DictionaryArray.from_arrays(chunk, known, ordered=kind.ordered)
        for chunk in codes.chunks
    ]
    return pyarrow.chunked_array(chunks, kind)


def _table(columns: list[Any], schema: Any) -> Any:
    arrays = [
        values if not isinstance(values, list) else [str(value) for value in values]
        for values in columns
    ]
    return pyarrow.Table.from_arrays(
        [array if hasattr(array, "type") else pyarrow.array(array) for array in arrays],
        names=schema.names if columns else [],
    )


def _build_polars(manifest: dict[str, Any], columns: list[Any], table: Any) -> Any:
    import polars

    series = []
    for entry, values, name in zip(manifest["columns"], columns, table.column_names, strict=True):
        if isinstance(values, list):
            dtype = getattr(polars, entry["dtype"], polars.Object)
            series.append(polars.Series(name, values, dtype=dtype))
        else:
            series.append(_polars_series(name, values, entry["dtype"]))
    return series[0] if manifest["container"] == "series" else polars.DataFrame(series)


def _polars_series(name: str, values: Any, dtype: str) -> Any:
    import polars

    series = polars.Series(name, values)
    if str(series.dtype) != dtype and dtype.startswith("Enum"):
        return series.cast(polars.Enum(values.unify_dictionaries().chunk(0).dictionary.to_pylist()))
    if str(series.dtype) != dtype and hasattr(polars, dtype):
        return series.cast(getattr(polars, dtype))
    return series


def _build_arrow(manifest: dict[str, Any], table: Any) -> Any:
    container = manifest["container"]
    if container == "chunked_array":
        return table.column(0)
    if container == "array":
        combined = table.column(0).combine_chunks()
        return combined.combine_chunks() if hasattr(combined, "chunks") else combined
    if container == "record_batch":
        batches = table.combine_chunks().to_batches()
        return batches[0] if batches else pyarrow.RecordBatch.from_pylist([], table.schema)
    return table
