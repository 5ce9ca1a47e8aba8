"""Hashes of the values of columns by which two tables are compared: equal values, equal hashes.

An integer equals the float that a join with nulls made of it, a text its category, a time the same
moment in another unit or zone. NaN is a null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.profiles.columns import column_of
from mltrace.profiles.hashing import NULL_HASH, hash_numbers
from mltrace.profiles.layouts import simplify
from mltrace.profiles.nested import hash_values
from mltrace.profiles.times import hash_times, is_time

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

    Hashes = NDArray[numpy.uint64]

_NAN_HASH: Final = hash_numbers(numpy.array([numpy.nan]))[0]


def hash_column(values: Any, *, is_single: bool = False) -> Hashes:
    """Hash each value of a column; those of nulls and of NaN are 0.

    Parameters
    ----------
    values : pyarrow.Array or pyarrow.ChunkedArray, shape (num_rows,)
        The values, of any type that is not nested.
    is_single : bool, default False
        Whether floats are compared as those of single precision.

    Examples
    --------
    >>> import pyarrow
    >>> whole, floats = pyarrow.array([1, 2]), pyarrow.array([1.0, None])
    >>> (hash_column(whole) == hash_column(floats)).tolist(), int(hash_column(floats)[1])
    ([True, False], 0)
    """
    import pyarrow

    if isinstance(values, pyarrow.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pyarrow.ChunkedArray):  # no chunks, or too many bytes of text for one
        parts = [hash_column(one, is_single=is_single) for one in values.chunks]
        return numpy.concatenate([numpy.zeros(0, numpy.uint64), *parts])
    if isinstance(values, pyarrow.UnionArray):
        return column_of(values)[1]
    values = simplify(values)
    if is_single and pyarrow.types.is_floating(values.type):
        values = values.cast(pyarrow.float32())
    hashes = numpy.full(len(values), NULL_HASH, numpy.uint64)
    is_valid = slice(None)
    if values.null_count:
        is_valid = values.is_valid().to_numpy(zero_copy_only=False)
        values = values.drop_null()
    hashes[is_valid] = _hash_valid(values)
    return hashes


def is_comparable(kind: pyarrow.DataType) -> bool:
    """Tell whether the values of an Arrow type are compared: not those that hold others."""
    from pyarrow import types

    while hasattr(kind, "storage_type"):
        kind = kind.storage_type
    if types.is_dictionary(kind) or types.is_run_end_encoded(kind):
        return is_comparable(kind.value_type)
    return types.is_union(kind) or not types.is_nested(kind)


def _hash_valid(values: pyarrow.Array) -> Hashes:
    from pyarrow import types

    if types.is_dictionary(values.type):
        codes = values.indices.to_numpy(zero_copy_only=False).astype(numpy.intp, copy=False)
        known: Hashes = hash_values(values.dictionary)[codes]
        return known
    if is_time(values.type):
        return hash_times(values)
    hashes = hash_values(values)
    if types.is_floating(values.type):
        hashes[hashes == _NAN_HASH] = NULL_HASH
    return hashes
