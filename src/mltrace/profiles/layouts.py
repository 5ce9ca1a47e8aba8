"""Layouts of Arrow arrays: which types are of a kind, and one layout for each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray


def is_text(kind: pyarrow.DataType) -> bool:
    """Tell whether values of an Arrow type are texts."""
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def is_bytes(kind: pyarrow.DataType) -> bool:
    """Tell whether values of an Arrow type are bytes."""
    from pyarrow import types

    return bool(
        types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_binary_view(kind)
        or types.is_fixed_size_binary(kind)
    )


def is_list(kind: pyarrow.DataType) -> bool:
    """Tell whether values of an Arrow type are lists, or maps."""
    from pyarrow import types

    return bool(
        types.is_list(kind)
        or types.is_large_list(kind)
        or types.is_fixed_size_list(kind)
        or types.is_list_view(kind)
        or types.is_large_list_view(kind)
        or types.is_map(kind)
    )


def simplify(values: Any) -> pyarrow.Array:
    """Take off what only wraps values: extension types, runs, views, most dictionaries.

    Parameters
    ----------
    values : pyarrow.Array
        Values of any type. Dictionaries stay if they hold texts, and no null.
    """
    import pyarrow.compute
    from pyarrow import types

    while isinstance(values, pyarrow.ExtensionArray):
        values = values.storage
    kind = values.type
    if types.is_string_view(kind) or types.is_binary_view(kind) or types.is_fixed_size_binary(kind):
        return values.cast(pyarrow.large_string() if is_text(kind) else pyarrow.large_binary())
    if types.is_dictionary(kind) and is_text(kind.value_type) and not values.dictionary.null_count:
        return values
    if _has_views(kind):
        # Arrow can take no rows of them.
        return pyarrow.array(values.to_pylist(), _without_views(kind))
    if types.is_run_end_encoded(kind):
        return simplify(pyarrow.compute.run_end_decode(values))
    if types.is_dictionary(kind) and (not is_text(kind.value_type) or values.dictionary.null_count):
        return simplify(values.dictionary_decode())
    return values


def _has_views(kind: Any) -> bool:
    from pyarrow import types

    if types.is_string_view(kind) or types.is_binary_view(kind):
        return True
    if types.is_dictionary(kind) or types.is_run_end_encoded(kind):
        return _has_views(kind.value_type)
    return any(_has_views(kind.field(place).type) for place in range(kind.num_fields))


def _without_views(kind: Any) -> pyarrow.DataType:
    """Tell a type that holds the same values, without what is laid out in a special way."""
    import pyarrow
    from pyarrow import types

    if types.is_string_view(kind) or types.is_binary_view(kind):
        return pyarrow.large_string() if types.is_string_view(kind) else pyarrow.large_binary()
    if types.is_dictionary(kind) or types.is_run_end_encoded(kind):
        return _without_views(kind.value_type)
    if types.is_map(kind):
        return pyarrow.map_(_without_views(kind.key_type), _without_views(kind.item_type))
    if is_list(kind):
        return pyarrow.large_list(_without_views(kind.value_type))
    if types.is_struct(kind):
        return pyarrow.struct([(field.name, _without_views(field.type)) for field in kind])
    return kind


def as_binary(texts: pyarrow.Array) -> pyarrow.Array:
    """Give texts as bytes, which need not be UTF-8.

    Parameters
    ----------
    texts : pyarrow.Array
        Strings with offsets of any width.
    """
    import pyarrow

    is_large = pyarrow.types.is_large_string(texts.type)
    return texts.cast(pyarrow.large_binary() if is_large else pyarrow.binary())


def text_buffers(values: pyarrow.Array) -> tuple[NDArray[Any], NDArray[numpy.uint8]]:
    """Show where each text of an array begins and ends, and the bytes of all.

    Parameters
    ----------
    values : pyarrow.Array, shape (n,)
        Strings or binary values, with offsets of any width.
    """
    from pyarrow import types

    is_large = types.is_large_string(values.type) or types.is_large_binary(values.type)
    _, places, held = values.buffers()
    if not len(values) or places is None:
        return numpy.zeros(len(values) + 1, numpy.int64), numpy.zeros(0, numpy.uint8)
    offsets = numpy.frombuffer(places, numpy.int64 if is_large else numpy.int32)
    data = numpy.frombuffer(held, numpy.uint8) if held else numpy.zeros(0, numpy.uint8)
    return offsets[values.offset : values.offset + len(values) + 1], data


def list_items(values: Any) -> tuple[NDArray[numpy.int64], pyarrow.Array]:
    """Tell the lengths of lists or maps, and the items of all.

    Parameters
    ----------
    values : pyarrow.Array, shape (n,)
        Lists of any layout, or maps, without nulls.

    Examples
    --------
    >>> import pyarrow
    >>> lengths, items = list_items(pyarrow.array([[1, 2], [], [3]]))
    >>> lengths.tolist(), items.to_pylist()
    ([2, 0, 1], [1, 2, 3])
    """
    import pyarrow.compute

    if pyarrow.types.is_map(values.type):
        pairs = pyarrow.StructArray.from_arrays([values.keys, values.items], ["key", "value"])
        values = pyarrow.ListArray.from_arrays(values.offsets, pairs)
    lengths = pyarrow.compute.list_value_length(values).to_numpy()
    return lengths.astype(numpy.int64, copy=False), values.flatten()
