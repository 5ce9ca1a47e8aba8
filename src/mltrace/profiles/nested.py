"""Hashes of values of any type: lists, structs, maps and bytes, beside numbers and texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.profiles.hashing import NULL_HASH, combine_rows, hash_numbers, hash_texts, mix
from mltrace.profiles.layouts import is_bytes, is_list, is_text, list_items, simplify
from mltrace.profiles.number_arrays import as_array, is_number

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

    Hashes = NDArray[numpy.uint64]

_BYTES: Final = 1
_OTHER: Final = 2
_STEP: Final = numpy.uint64(0x9E3779B97F4A7C15)


def hash_values(values: pyarrow.Array) -> Hashes:
    """Hash values of any type; nulls hash as 0.

    Examples
    --------
    >>> import pyarrow
    >>> lists = pyarrow.array([[1, 2], [2, 1], [1.0, 2.0], None])
    >>> hashes = hash_values(lists)
    >>> bool(hashes[0] == hashes[2]), bool(hashes[0] == hashes[1]), int(hashes[3])
    (True, False, 0)
    """
    values = simplify(values)
    if not values.null_count:
        return _hash_valid(values)
    hashes = numpy.full(len(values), NULL_HASH, numpy.uint64)
    is_valid = values.is_valid().to_numpy(zero_copy_only=False)
    hashes[is_valid] = _hash_valid(values.drop_null())
    return hashes


def _hash_valid(values: pyarrow.Array) -> Hashes:
    from pyarrow import types

    kind = values.type
    if is_number(kind) or types.is_boolean(kind):
        return hash_numbers(as_array(values))
    if is_text(kind) or is_bytes(kind):
        return hash_texts(values, seed=_BYTES if is_bytes(kind) else 0)
    if types.is_nested(kind) and not types.is_union(kind):
        return _hash_lists(values) if is_list(kind) else _hash_structs(values)
    if types.is_dictionary(kind):
        return hash_values(values.dictionary_decode())
    texts = [str(value).encode(errors="surrogatepass") for value in values]
    return hash_texts(_binary(texts), seed=_OTHER)


def _hash_structs(values: Any) -> Hashes:
    fields = zip((field.name for field in values.type), values.flatten(), strict=True)
    return combine_rows(((name, hash_values(field)) for name, field in fields), len(values))


def _hash_lists(values: Any) -> Hashes:
    lengths, items = list_items(values)
    ends = numpy.concatenate((numpy.zeros(1, numpy.int64), numpy.cumsum(lengths)))
    places = numpy.arange(1, len(items) + 1) - numpy.repeat(ends[:-1], lengths)
    placed = mix(hash_values(items) + places.astype(numpy.uint64) * _STEP)
    sums = numpy.concatenate((numpy.zeros(1, numpy.uint64), numpy.cumsum(placed)))
    return mix(sums[ends[1:]] - sums[ends[:-1]] + lengths.astype(numpy.uint64))


def _binary(values: list[bytes]) -> pyarrow.Array:
    import pyarrow

    return pyarrow.array(values, pyarrow.large_binary())
