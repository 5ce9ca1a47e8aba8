"""Digests of Arrow columns that depend on their values only.

Chunks, slices, offsets, the bytes under nulls and the layout (dictionary, view, large or run-end
encoded) do not matter. Integers with nulls that a 64-bit float holds exactly have the digest of
those floats, and null is NaN, because pandas makes the one of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy
import pyarrow
import pyarrow.compute
import pyarrow.types as arrow_types

from mltrace.values.canonical import (
    MISSING_TIME,
    digest_floats,
    digest_no_values,
    digest_plain,
    digest_times,
    memory,
)
from mltrace.values.described import UndigestibleError
from mltrace.values.digests import DIGEST_BYTES, digest_of_items, new_hasher

Chunks = Sequence[Any]
_EXACT_IN_FLOAT64 = 2**53
_UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "UCT", "Z", "Zulu", "+00:00", "-00:00"})


def digest_arrow(column: Any) -> bytes:
    """Digest an Arrow array or chunked array by its values.

    Examples
    --------
    >>> whole = pyarrow.chunked_array([[1, 2, None]])
    >>> digest_arrow(whole) == digest_arrow(pyarrow.chunked_array([[1], [2, None]]))
    True
    >>> digest_arrow(pyarrow.array(["a", "b"])) == digest_arrow(pyarrow.array(["ab", ""]))
    False
    """
    chunks = column.chunks if isinstance(column, pyarrow.ChunkedArray) else [column]
    return _digest(chunks, column.type)


def _digest(chunks: Chunks, kind: Any) -> bytes:
    chunks = [chunk for chunk in chunks if len(chunk)]
    num_rows = sum(map(len, chunks))
    num_nulls = sum(chunk.null_count for chunk in chunks)
    if num_nulls == num_rows:
        return digest_no_values(num_rows)
    for is_of, encode in _ENCODERS:
        if is_of(kind):
            return encode(chunks, kind, num_rows)
    raise UndigestibleError(f"Arrow type {kind} has no canonical form")


def _booleans(chunks: Chunks, _kind: Any, num_rows: int) -> bytes:
    arrays = [_numpy(_filled(chunk.cast(pyarrow.uint8()), 2)) for chunk in chunks]
    return digest_plain([array.view(numpy.bool_) for array in arrays], num_rows)


def _integers(chunks: Chunks, kind: Any, num_rows: int) -> bytes:
    if not any(chunk.null_count for chunk in chunks):
        return digest_plain([_numpy(chunk) for chunk in chunks], num_rows)
    arrays = [_numpy(_filled(chunk, 0)) for chunk in chunks]
    present = [is_present(chunk) for chunk in chunks]
    if all(_fits_float64(array) for array in arrays):
        floats = [array.astype(numpy.float64) for array in arrays]
        for values, is_there in zip(floats, present, strict=True):
            values[~is_there] = numpy.nan
        return digest_floats(floats, num_rows)
    return _with_validity(f"nullable {kind}", arrays, present)


def _floats(chunks: Chunks, _kind: Any, num_rows: int) -> bytes:
    arrays = []
    for chunk in chunks:
        array = _numpy(_filled(chunk, 0.0))
        if chunk.null_count:
            array = numpy.where(is_present(chunk), array, array.dtype.type(numpy.nan))
        arrays.append(array)
    return digest_floats(arrays, num_rows)


def _timestamps(chunks: Chunks, kind: Any, num_rows: int) -> bytes:
    zone = kind.tz or ""
    zone = "UTC" if zone in _UTC_NAMES else zone
    return digest_times(
        [_counts(chunk) for chunk in chunks], num_rows, unit=kind.unit, sort=f"timestamp {zone}"
    )


def _dates(chunks: Chunks, _kind: Any, num_rows: int) -> bytes:
    seconds = [_counts(chunk.cast(pyarrow.timestamp("s"))) for chunk in chunks]
    return digest_times(seconds, num_rows, unit="s", sort="timestamp ")


def _durations(chunks: Chunks, kind: Any, num_rows: int) -> bytes:
    counts = [_counts(chunk) for chunk in chunks]
    return digest_times(counts, num_rows, unit=kind.unit, sort="duration")


def _times_of_day(chunks: Chunks, _kind: Any, num_rows: int) -> bytes:
    counts = [_counts(chunk.cast(pyarrow.time64("ns"))) for chunk in chunks]
    return digest_times(counts, num_rows, unit="ns", sort="time")


def _decimals(chunks: Chunks, kind: Any, _num_rows: int) -> bytes:
    is_wide = kind.precision > 38
    same = pyarrow.decimal256(76, kind.scale) if is_wide else pyarrow.decimal128(38, kind.scale)
    width = 32 if is_wide else 16
    arrays = []
    for chunk in chunks:
        values = chunk if chunk.type == same else chunk.cast(same)
        present = is_present(chunk)
        raw = numpy.frombuffer(values.buffers()[1], numpy.uint8).reshape(-1, width)
        rows = raw[values.offset : values.offset + len(values)]
        arrays.append(rows if present.all() else numpy.where(present[:, None], rows, 0))
    return _with_validity(f"decimal {width} {kind.scale}", arrays, list(map(is_present, chunks)))


def _fixed_bytes(chunks: Chunks, _kind: Any, num_rows: int) -> bytes:
    plain = pyarrow.binary()
    return _texts([chunk.cast(plain) for chunk in chunks], plain, num_rows)


def _intervals(chunks: Chunks, kind: Any, _num_rows: int) -> bytes:
    width = kind.bit_width // 8
    arrays, present = [], []
    for chunk in chunks:
        raw = numpy.frombuffer(chunk.buffers()[1], numpy.uint8).reshape(-1, width)
        present.append(is_present(chunk))
        rows = raw[chunk.offset : chunk.offset + len(chunk)]
        arrays.append(numpy.where(present[-1][:, None], rows, 0))
    return _with_validity(str(kind), arrays, present)


def _texts(chunks: Chunks, kind: Any, num_rows: int) -> bytes:
    """Digest texts or bytes: all lengths, -1 for null, then all bytes."""
    is_text = arrow_types.is_string(kind) or arrow_types.is_large_string(kind)
    hasher = new_hasher(f"{'text' if is_text else 'bytes'} {num_rows}")
    contents = []
    for chunk in chunks:
        lengths, content = lengths_and_content(chunk)
        hasher.update(memory(lengths))
        contents.append(content)
    for content in contents:
        hasher.update(content)
    return hasher.digest(length=DIGEST_BYTES)


def lengths_and_content(chunk: Any) -> tuple[numpy.ndarray[Any, Any], memoryview]:
    """Return the length of each text or byte string of an array, -1 for null, and all bytes."""
    ends = _ends(chunk)
    lengths = numpy.diff(ends)
    content = memoryview(chunk.buffers()[2] or b"")[int(ends[0]) : int(ends[-1])]
    if chunk.null_count:
        is_null = ~is_present(chunk)
        if lengths[is_null].any():
            content = lengths_and_content(chunk.drop_null())[1]
        lengths[is_null] = -1
    # A single value of 2 GiB does not fit into 32 bits: its column keeps 64-bit lengths.
    if len(content) < 2**31 or int(lengths.max()) < 2**31:
        lengths = lengths.astype(numpy.int32, copy=False)
    return lengths, content


def _ends(chunk: Any) -> numpy.ndarray[Any, Any]:
    kind = chunk.type
    is_large = arrow_types.is_large_string(kind) or arrow_types.is_large_binary(kind)
    ends = numpy.frombuffer(chunk.buffers()[1], numpy.int64 if is_large else numpy.int32)
    return ends[chunk.offset : chunk.offset + len(chunk) + 1]


def _plain_texts(chunks: Chunks, kind: Any, num_rows: int) -> bytes:
    is_text = arrow_types.is_string_view(kind)
    plain = pyarrow.large_string() if is_text else pyarrow.large_binary()
    return _texts([chunk.cast(plain) for chunk in chunks], plain, num_rows)


def _lists(chunks: Chunks, kind: Any, num_rows: int) -> bytes:
    if arrow_types.is_fixed_size_list(kind):
        sizes = [
            numpy.where(is_present(chunk), numpy.int32(kind.list_size), numpy.int32(-1))
            for chunk in chunks
        ]
    else:
        sizes = [list_lengths(chunk) for chunk in chunks]
    children = [chunk.flatten() for chunk in chunks]
    child = children[0].type if children else kind.value_type
    return digest_of_items(
        f"list {num_rows}", [digest_plain(sizes, num_rows), _digest(children, child)]
    )


def list_lengths(chunk: Any) -> numpy.ndarray[Any, Any]:
    """Return the length of each list of an array, -1 for null."""
    lengths = pyarrow.compute.list_value_length(chunk).cast(pyarrow.int32())
    return _numpy(_filled(lengths, -1))


def _maps(chunks: Chunks, kind: Any, num_rows: int) -> bytes:
    pair = pyarrow.struct([("key", kind.key_type), ("value", kind.item_type)])
    plain = pyarrow.list_(pair)
    return _lists([chunk.cast(plain) for chunk in chunks], plain, num_rows)


def _structs(chunks: Chunks, kind: Any, num_rows: int) -> bytes:
    """Digest a struct: which rows are there, then its fields in the order of their names."""
    fields = [chunk.flatten() for chunk in chunks]
    items = [_validity(list(map(is_present, chunks)))]
    for name, index in sorted((kind.field(index).name, index) for index in range(kind.num_fields)):
        items += [
            name.encode("utf-8", "surrogatepass"),
            _digest([arrays[index] for arrays in fields], kind.field(index).type),
        ]
    return digest_of_items(f"struct {num_rows}", items)


def _dictionaries(chunks: Chunks, kind: Any, _num_rows: int) -> bytes:
    return _digest([chunk.dictionary_decode() for chunk in chunks], kind.value_type)


def _run_ends(chunks: Chunks, kind: Any, _num_rows: int) -> bytes:
    return _digest([pyarrow.compute.run_end_decode(chunk) for chunk in chunks], kind.value_type)


def _extensions(chunks: Chunks, kind: Any, _num_rows: int) -> bytes:
    storage = _digest([chunk.storage for chunk in chunks], kind.storage_type)
    return digest_of_items("extension", [kind.extension_name.encode(), storage])


def _numpy(chunk: Any) -> numpy.ndarray[Any, Any]:
    array: numpy.ndarray[Any, Any] = chunk.to_numpy(zero_copy_only=True)
    return array


def _filled(chunk: Any, value: Any) -> Any:
    if not chunk.null_count:
        return chunk
    return chunk.fill_null(pyarrow.scalar(value, chunk.type))


def _counts(chunk: Any) -> numpy.ndarray[Any, Any]:
    return _numpy(_filled(chunk.view(pyarrow.int64()), MISSING_TIME))


def is_present(chunk: Any) -> numpy.ndarray[Any, Any]:
    """Return for each value of an array whether it is not null."""
    if not chunk.null_count:
        return numpy.ones(len(chunk), numpy.bool_)
    present: numpy.ndarray[Any, Any] = chunk.is_valid().to_numpy(zero_copy_only=False)
    return present


def _fits_float64(array: numpy.ndarray[Any, Any]) -> bool:
    if len(array) == 0 or array.dtype.itemsize < 8:
        return True
    return int(array.max()) <= _EXACT_IN_FLOAT64 and int(array.min()) >= -_EXACT_IN_FLOAT64


def _validity(present: Sequence[numpy.ndarray[Any, Any]]) -> bytes:
    return digest_plain(present, sum(map(len, present)))


def _with_validity(header: str, arrays: Chunks, present: Chunks) -> bytes:
    hasher = new_hasher(f"{header} {sum(map(len, arrays))}")
    hasher.update(_validity(present))
    for array in arrays:
        hasher.update(memory(array))
    return hasher.digest(length=DIGEST_BYTES)


def is_plain_text(kind: Any) -> bool:
    """Tell whether values of a type are texts or byte strings with offsets."""
    return bool(
        arrow_types.is_string(kind)
        or arrow_types.is_large_string(kind)
        or arrow_types.is_binary(kind)
        or arrow_types.is_large_binary(kind)
    )


def _is_list(kind: Any) -> bool:
    return bool(
        arrow_types.is_list(kind)
        or arrow_types.is_large_list(kind)
        or arrow_types.is_fixed_size_list(kind)
        or arrow_types.is_list_view(kind)
        or arrow_types.is_large_list_view(kind)
    )


def _is_text_view(kind: Any) -> bool:
    return bool(arrow_types.is_string_view(kind) or arrow_types.is_binary_view(kind))


_ENCODERS: tuple[tuple[Callable[[Any], bool], Callable[[Chunks, Any, int], bytes]], ...] = (
    (arrow_types.is_floating, _floats),
    (arrow_types.is_integer, _integers),
    (is_plain_text, _texts),
    (arrow_types.is_boolean, _booleans),
    (arrow_types.is_timestamp, _timestamps),
    (arrow_types.is_date, _dates),
    (arrow_types.is_dictionary, _dictionaries),
    (arrow_types.is_duration, _durations),
    (arrow_types.is_time, _times_of_day),
    (arrow_types.is_decimal, _decimals),
    (_is_text_view, _plain_texts),
    (_is_list, _lists),
    (arrow_types.is_map, _maps),
    (arrow_types.is_struct, _structs),
    (arrow_types.is_fixed_size_binary, _fixed_bytes),
    (arrow_types.is_interval, _intervals),
    (arrow_types.is_run_end_encoded, _run_ends),
    (lambda kind: isinstance(kind, pyarrow.BaseExtensionType), _extensions),
)
