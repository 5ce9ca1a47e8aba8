"""Pack frames into one part per column, and bring them back.

A column is kept as its buffers under the digest of its values, so that equal columns are kept once,
in the type that came first. The manifest has the types of each frame; loading casts.
"""

from __future__ import annotations

import base64
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy
import pyarrow
import pyarrow.compute

from mltrace.errors import ArgumentError
from mltrace.values.arrow_columns import digest_arrow
from mltrace.values.column_buffers import put_together, read_stream, take_apart
from mltrace.values.described import NOT_KEPT, Part
from mltrace.values.frame_columns import ARROW_ERRORS, Frame, FrameColumn
from mltrace.values.pickles import PICKLING_ERRORS, pickled_part, read_pickle
from mltrace.values.reordering import Reordering, read_reordered
from mltrace.values.wanted import ALL, Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.values.kinds import KeptPart, OpenPart

_COLUMN_CONTAINERS = frozenset({"series", "chunked_array", "array"})
_LABEL_TYPES = (str, int, float, bool, type(None))


class Packed(NamedTuple):
    """A frame as parts and a manifest, or why it is not kept; and its columns by their digests."""

    parts: tuple[Part, ...] = ()
    manifest: dict[str, Any] | None = None
    reason: str | None = None
    reordering: Reordering | None = None
    snapshots: Mapping[str, Any] = {}


def pack(frame: Frame) -> Packed:
    """Take a snapshot of a frame as parts and a manifest, or say why it cannot be kept."""
    packing = _Packing()
    try:
        columns = [packing.column(column) for column in frame.columns]
        index = [packing.column(column) for column in frame.index]
        position = packing.position(frame.position)
    except (*ARROW_ERRORS, *PICKLING_ERRORS) as error:
        return Packed(reason=f"{NOT_KEPT}{type(error).__name__} while packing it")
    manifest = {
        "format": "frame",
        "library": frame.library,
        "container": frame.container,
        "num_rows": frame.num_rows,
        "columns": columns,
        "index": index,
        "position": position,
        "column_names": [_label(name) for name in frame.column_names],
        "schema": base64.b64encode(pyarrow.schema(packing.fields).serialize()).decode("ascii"),
    }
    parts = tuple(packing.parts.values())
    reordering = Reordering(packing.snapshots)
    return Packed(parts, manifest, reordering=reordering, snapshots=packing.snapshots)


class _Packing:
    """What is gathered of a frame while it is packed."""

    def __init__(self) -> None:
        self.parts: dict[str, Part] = {}
        self.fields: list[Any] = []
        self.snapshots: dict[str, Any] = {}

    def column(self, column: FrameColumn) -> dict[str, Any]:
        digest = column.digest.hex()
        entry: dict[str, Any] = {"name": column.name, "dtype": column.dtype, "digest": digest}
        if column.label is not None and column.label != column.name:
            entry["label"] = _label(column.label)
        if isinstance(column.values, list):
            entry["encoding"] = "pickle"
            self.parts[digest] = pickled_part(digest, column.values)
            self.fields.append(pyarrow.field(column.name, pyarrow.null()))
            return entry
        values, kind = _snapshot(column.values)
        self.fields.append(pyarrow.field(column.name, kind))
        self.snapshots[digest] = values
        self.parts[digest] = Part(digest, column.num_bytes, partial(take_apart, values))
        categories = _categories(values) if pyarrow.types.is_dictionary(kind) else None
        if categories is not None:
            # Another frame may have kept this column as plain text, which knows no categories.
            key = digest_arrow(categories).hex()
            entry["categories"] = key
            part = Part(key, categories.nbytes, partial(take_apart, categories))
            self.parts.setdefault(key, part)
        return entry

    def position(self, position: range | FrameColumn | None) -> dict[str, Any] | None:
        if isinstance(position, range):
            return {"start": position.start, "stop": position.stop, "step": position.step}
        return None if position is None else self.column(position)


def _snapshot(values: Any) -> tuple[Any, Any]:
    """Take values that the user may change away from there; return them with their Arrow type."""
    if isinstance(values, pyarrow.ChunkedArray | pyarrow.Array):
        return values, values.type
    if type(values) is numpy.ndarray:
        copied = values.astype(values.dtype.newbyteorder("="), copy=True)
        return copied, pyarrow.from_numpy_dtype(copied.dtype)
    converted = pyarrow.array(values.copy(), from_pandas=True)
    return converted, converted.type


def _categories(values: Any) -> Any:
    if isinstance(values, pyarrow.ChunkedArray):
        if values.num_chunks == 0:
            return None
        values = values.unify_dictionaries().chunk(0)
    return values.dictionary


def _label(label: Any) -> Any:
    if isinstance(label, tuple):
        return [_label(item) for item in label]
    return label if type(label) in _LABEL_TYPES else str(label)


def unpack(manifest: dict[str, Any], open_part: OpenPart, wanted: Wanted) -> Any:
    """Bring a frame back from its manifest and parts, in its own library or as an Arrow table.

    Raises
    ------
    UntrustedValueError
        If a column is kept as a pickle and the value is not trusted.
    UnknownNameError
        If it lacks a column that is wanted.
    ArgumentError
        If it is a column of which none is wanted.
    """
    message = pyarrow.py_buffer(base64.b64decode(manifest["schema"]))
    types = pyarrow.ipc.read_schema(message).types
    manifest, types = _narrowed(manifest, types, wanted)
    entries = [*manifest["columns"], *manifest["index"]]
    position = manifest["position"]
    is_pandas = _is_built(manifest, "pandas", wanted)
    if is_pandas and position is not None and "digest" in position:
        entries.append(position)
    columns = [
        _load_column(entry, kind, open_part, wanted)
        for entry, kind in zip(entries, types, strict=False)
    ]
    if is_pandas:
        from mltrace.values.pandas_frames import build_pandas

        return build_pandas(manifest, columns)
    if _is_built(manifest, "polars", wanted):
        return _build_polars(manifest, columns)
    table = _table(columns, [entry["name"] for entry in entries])
    if wanted.form is not None and manifest["container"] == "series" and len(columns) == 1:
        return table.column(0)
    return _build_arrow(manifest, table)


def _is_built(manifest: dict[str, Any], library: str, wanted: Wanted) -> bool:
    """Tell whether a frame is to be built with the library that it came from."""
    return (
        manifest["library"] == library
        and wanted.form in (None, library)
        and find_spec(library) is not None
    )


def _narrowed(
    manifest: dict[str, Any], types: list[Any], wanted: Wanted
) -> tuple[dict[str, Any], list[Any]]:
    """Leave out of a manifest what is not wanted; return it with the types of its columns."""
    entries = manifest["columns"]
    places = wanted.places([entry["name"] for entry in entries])
    if not places and manifest["container"] in _COLUMN_CONTAINERS:
        raise ArgumentError("A column is loaded whole or by rows; leave out columns=[].")
    begin, end = wanted.bounds(manifest["num_rows"])
    position = manifest["position"]
    if position is not None and "start" in position:
        rows = range(position["start"], position["stop"], position["step"])[begin:end]
        position = {"start": rows.start, "stop": rows.stop, "step": rows.step}
    narrowed = manifest | {
        "columns": [entries[place] for place in places],
        "num_rows": end - begin,
        "position": position,
    }
    return narrowed, [*[types[place] for place in places], *types[len(entries) :]]


def _load_column(entry: dict[str, Any], kind: Any, open_part: OpenPart, wanted: Wanted) -> Any:
    part = open_part(entry["digest"])
    if entry.get("encoding") == "pickle":
        objects = read_pickle(part.stream(), trusted=wanted.trusted)
        return objects if wanted.rows is None else objects[wanted.rows]
    values = _read_column(part, wanted)
    categories = None
    if "categories" in entry and values.type != kind:
        categories = _read_column(open_part(entry["categories"]), ALL)
    return conform(values, kind, categories)


def _read_column(part: KeptPart, wanted: Wanted) -> Any:
    if "order" in part.meta:
        rows = wanted.bounds(part.meta["order"])
        return read_reordered(part.read(), put_together(part.base()), *rows)
    if part.meta:
        return put_together(part, *wanted.bounds(part.meta["rows"]))
    values = read_stream(part.read())  # as an earlier version kept it
    begin, end = wanted.bounds(len(values))
    return values.slice(begin, end - begin)


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


def _table(columns: list[Any], names: list[str]) -> Any:
    arrays = [
        pyarrow.array([str(value) for value in values]) if isinstance(values, list) else values
        for values in columns
    ]
    return pyarrow.Table.from_arrays(arrays, names=names)


def _build_polars(manifest: dict[str, Any], columns: list[Any]) -> Any:
    import polars

    series = []
    for entry, values in zip(manifest["columns"], columns, strict=True):
        name, dtype = entry["name"], entry["dtype"]
        if isinstance(values, list):
            dtype = getattr(polars, dtype, polars.Object)
            series.append(polars.Series(name, values, dtype=dtype))
        else:
            series.append(_polars_series(name, values, dtype))
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
