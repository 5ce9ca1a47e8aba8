"""Takes Arrow columns apart into buffers in which an edit moves nothing but itself, and back.

Validity and truth values take a byte each, texts and lists have lengths instead of offsets; so rows
that are inserted or deleted leave all other bytes as they are. What has no such form (maps, unions,
views) is one Arrow stream.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy
import pyarrow
import pyarrow.types as arrow_types

from mltrace.values.arrow_columns import (
    is_plain_text,
    is_present,
    lengths_and_content,
    list_lengths,
)
from mltrace.values.described import Buffer, Content

if TYPE_CHECKING:
    from mltrace.values.kinds import KeptPart

_Node = dict[str, Any]
_MAX_OFFSET = 2**31 - 1


def take_apart(values: Any) -> Content:
    """Take a column apart: an Arrow array or chunked array, or a NumPy array."""
    column = as_one(values)
    buffers: list[Buffer] = []
    node = _split(column, buffers)
    kind = pyarrow.schema([pyarrow.field("", column.type)]).serialize().to_pybytes()
    return Content({"type": kind, "rows": len(column), "node": node}, buffers)


def put_together(part: KeptPart, begin: int = 0, end: int | None = None) -> Any:
    """Put the rows of a column together again, from `begin` up to `end`, as a chunked array."""
    kind = pyarrow.ipc.read_schema(pyarrow.py_buffer(part.meta["type"])).field(0).type
    end = part.meta["rows"] if end is None else end
    joined = _Joiner(part).join(part.meta["node"], kind, begin, end)
    return joined if isinstance(joined, pyarrow.ChunkedArray) else pyarrow.chunked_array([joined])


def as_one(values: Any) -> Any:
    """Make a column one Arrow array; one of very long texts may have another type then."""
    if isinstance(values, numpy.ndarray):
        return pyarrow.array(values)
    if not isinstance(values, pyarrow.ChunkedArray):
        return values
    if arrow_types.is_dictionary(values.type):
        values = values.unify_dictionaries()
    if values.num_chunks == 1:
        return values.chunk(0)
    if values.nbytes > _MAX_OFFSET:
        values = values.cast(_wide(values.type))
    return values.combine_chunks()


def _wide(kind: Any) -> Any:
    if arrow_types.is_string(kind):
        return pyarrow.large_string()
    return pyarrow.large_binary() if arrow_types.is_binary(kind) else kind


def _split(array: Any, buffers: list[Buffer]) -> _Node:
    """Add the buffers of an array to the list, and tell how they are laid out."""
    for is_of, split in _SPLITTERS:
        if is_of(array.type):
            return split(array, buffers)
    return _split_values(array, buffers)


def _split_extension(array: Any, buffers: list[Buffer]) -> _Node:
    return {"layout": "extension", "child": _split(array.storage, buffers)}


def _split_codes(array: Any, buffers: list[Buffer]) -> _Node:
    words = array.dictionary
    codes = _split(array.indices, buffers)
    node = {"layout": "coded", "codes": codes, "num_words": len(words)}
    return node | {"words": _split(words, buffers)}


def _split_values(array: Any, buffers: list[Buffer]) -> _Node:
    if array.null_count == len(array):
        return {"layout": "null"}
    for is_of, split in _VALUE_SPLITTERS:
        if is_of(array.type):
            return split(array, buffers)
    return _split_stream(array, buffers)


def _split_text(array: Any, buffers: list[Buffer]) -> _Node:
    lengths, content = lengths_and_content(array)
    node = {"layout": "text", "first": len(buffers), "lengths": lengths.dtype.str}
    buffers += [Buffer(_bytes(lengths), lengths.itemsize), Buffer(content.cast("B"))]
    return node


def _split_list(array: Any, buffers: list[Buffer]) -> _Node:
    node = {"layout": "list", "first": len(buffers), "lengths": "<i4"}
    buffers.append(Buffer(_bytes(list_lengths(array)), 4))
    return node | {"child": _split(array.flatten(), buffers)}


def _split_vectors(array: Any, buffers: list[Buffer]) -> _Node:
    if array.null_count:
        return _split_stream(array, buffers)
    return {"layout": "vector", "child": _split(array.flatten(), buffers)}


def _split_struct(array: Any, buffers: list[Buffer]) -> _Node:
    node = _validity(array, "struct", buffers)
    return node | {"fields": [_split(field, buffers) for field in array.flatten()]}


def _split_truth(array: Any, buffers: list[Buffer]) -> _Node:
    node = _validity(array, "truth", buffers)
    filled = array.fill_null(fill_value=False) if array.null_count else array
    buffers.append(Buffer(_bytes(filled.to_numpy(zero_copy_only=False))))
    return node


def _split_plain(array: Any, buffers: list[Buffer]) -> _Node:
    node = _validity(array, "plain", buffers)
    width = array.type.bit_width // 8
    begin = array.offset * width
    data = memoryview(array.buffers()[1]).cast("B")[begin : begin + len(array) * width]
    buffers.append(Buffer(data, width))
    return node


def _split_stream(array: Any, buffers: list[Buffer]) -> _Node:
    node = {"layout": "stream", "first": len(buffers)}
    target = pyarrow.BufferOutputStream()
    table = pyarrow.table({"": array})
    with pyarrow.ipc.new_stream(target, table.schema) as writer:
        writer.write_table(table)
    buffers.append(Buffer(memoryview(target.getvalue()).cast("B")))
    return node


def _validity(array: Any, layout: str, buffers: list[Buffer]) -> _Node:
    node = {"layout": layout, "first": len(buffers), "has_nulls": bool(array.null_count)}
    if array.null_count:
        buffers.append(Buffer(_bytes(is_present(array))))
    return node


def _bytes(array: Any) -> memoryview:
    return numpy.ascontiguousarray(array).view(numpy.uint8).data.cast("B")


def _is_plain(kind: Any) -> bool:
    """Tell whether all values of a type have the same number of bytes."""
    return bool(
        arrow_types.is_primitive(kind)
        or arrow_types.is_decimal(kind)
        or arrow_types.is_fixed_size_binary(kind)
    )


_Splitters = tuple[tuple[Callable[[Any], bool], Callable[[Any, list[Buffer]], _Node]], ...]
_SPLITTERS: _Splitters = (
    (lambda kind: isinstance(kind, pyarrow.BaseExtensionType), _split_extension),
    (arrow_types.is_dictionary, _split_codes),
)
_VALUE_SPLITTERS: _Splitters = (
    (is_plain_text, _split_text),
    (arrow_types.is_boolean, _split_truth),
    (_is_plain, _split_plain),
    (lambda kind: arrow_types.is_list(kind) or arrow_types.is_large_list(kind), _split_list),
    (arrow_types.is_fixed_size_list, _split_vectors),
    (arrow_types.is_struct, _split_struct),
)


class _Joiner:
    """Puts arrays together from the buffers of a part."""

    def __init__(self, part: KeptPart) -> None:
        self._part = part

    def join(self, node: _Node, kind: Any, begin: int, end: int) -> Any:
        return getattr(self, f"_{node['layout']}")(node, kind, begin, end)

    def _null(self, _node: _Node, kind: Any, begin: int, end: int) -> Any:
        return pyarrow.nulls(end - begin, kind)

    def _plain(self, node: _Node, kind: Any, begin: int, end: int) -> Any:
        width = kind.bit_width // 8
        mask, number = self._mask(node, begin, end)
        data = self._part.read(number, begin * width, end * width)
        return pyarrow.Array.from_buffers(kind, end - begin, [mask, pyarrow.py_buffer(data)])

    def _truth(self, node: _Node, _kind: Any, begin: int, end: int) -> Any:
        mask, number = self._mask(node, begin, end)
        truth = numpy.frombuffer(self._part.read(number, begin, end), numpy.bool_)
        bits = pyarrow.array(truth).buffers()[1]
        return pyarrow.Array.from_buffers(pyarrow.bool_(), end - begin, [mask, bits])

    def _text(self, node: _Node, kind: Any, begin: int, end: int) -> Any:
        lengths, start = self._lengths(node, begin, end)
        num_bytes = int(numpy.maximum(lengths, 0).sum(dtype=numpy.int64))
        is_large = arrow_types.is_large_string(kind) or arrow_types.is_large_binary(kind)
        if num_bytes > _MAX_OFFSET and not is_large:
            middle = (begin + end) // 2
            halves = [self._text(node, kind, *half) for half in ((begin, middle), (middle, end))]
            chunks = [chunk for half in halves for chunk in getattr(half, "chunks", [half])]
            return pyarrow.chunked_array(chunks)
        content = self._part.read(node["first"] + 1, start, start + num_bytes)
        ends = _ends(lengths, numpy.int64 if is_large else numpy.int32)
        buffers = [_bitmap(lengths >= 0), pyarrow.py_buffer(ends), pyarrow.py_buffer(content)]
        return pyarrow.Array.from_buffers(kind, end - begin, buffers)

    def _list(self, node: _Node, kind: Any, begin: int, end: int) -> Any:
        lengths, start = self._lengths(node, begin, end)
        is_large = arrow_types.is_large_list(kind)
        ends = _ends(lengths, numpy.int64 if is_large else numpy.int32)
        child = self.join(node["child"], kind.value_type, start, start + int(ends[-1]))
        buffers = [_bitmap(lengths >= 0), pyarrow.py_buffer(ends)]
        return pyarrow.Array.from_buffers(kind, end - begin, buffers, children=[_one(child)])

    def _vector(self, node: _Node, kind: Any, begin: int, end: int) -> Any:
        size = kind.list_size
        child = self.join(node["child"], kind.value_type, begin * size, end * size)
        return pyarrow.Array.from_buffers(kind, end - begin, [None], children=[_one(child)])

    def _coded(self, node: _Node, kind: Any, begin: int, end: int) -> Any:
        codes = self.join(node["codes"], kind.index_type, begin, end)
        words = self.join(node["words"], kind.value_type, 0, node["num_words"])
        return pyarrow.DictionaryArray.from_arrays(codes, _one(words), ordered=kind.ordered)

    def _struct(self, node: _Node, kind: Any, begin: int, end: int) -> Any:
        mask, _ = self._mask(node, begin, end)
        fields = [
            _one(self.join(child, kind.field(place).type, begin, end))
            for place, child in enumerate(node["fields"])
        ]
        return pyarrow.Array.from_buffers(kind, end - begin, [mask], children=fields)

    def _extension(self, node: _Node, kind: Any, begin: int, end: int) -> Any:
        storage = self.join(node["child"], kind.storage_type, begin, end)
        return pyarrow.ExtensionArray.from_storage(kind, _one(storage))

    def _stream(self, node: _Node, _kind: Any, begin: int, end: int) -> Any:
        column = read_stream(self._part.read(node["first"]))
        return column.slice(begin, end - begin)

    def _mask(self, node: _Node, begin: int, end: int) -> tuple[Any, int]:
        """Return the bits of which rows are there, and the number of the buffer of values."""
        first = node["first"]
        if not node["has_nulls"]:
            return None, first
        present = numpy.frombuffer(self._part.read(first, begin, end), numpy.bool_)
        return _bitmap(present), first + 1

    def _lengths(self, node: _Node, begin: int, end: int) -> tuple[Any, int]:
        """Return the lengths of some rows, and the sum of those before them."""
        first = node["first"]
        dtype = numpy.dtype(node["lengths"])
        lengths = numpy.frombuffer(self._part.read(first, 0, end * dtype.itemsize), dtype)
        before = numpy.maximum(lengths[:begin], 0).sum(dtype=numpy.int64)
        return lengths[begin:], int(before)


def read_stream(content: bytes | bytearray) -> Any:
    """Read the one column of an Arrow stream."""
    return pyarrow.ipc.open_stream(pyarrow.py_buffer(content)).read_all().column(0)


def _ends(lengths: Any, dtype: Any) -> Any:
    ends = numpy.zeros(len(lengths) + 1, dtype)
    numpy.cumsum(numpy.maximum(lengths, 0), out=ends[1:], dtype=dtype)
    return ends


def _bitmap(present: Any) -> Any:
    return None if present.all() else pyarrow.array(present).buffers()[1]


def _one(array: Any) -> Any:
    return array.combine_chunks() if isinstance(array, pyarrow.ChunkedArray) else array
