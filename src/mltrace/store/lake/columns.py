"""Columns of batches: values as bytes, in as few steps as NumPy allows.

Nothing here needs pyarrow; but texts that pyarrow holds already are taken over as they are.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
import numpy

from mltrace.escaping import encodable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    Values: TypeAlias = "Sequence[Any] | NDArray[Any] | Same | Coded"

Form = Literal["same", "coded", "float", "int", "bool", "time", "text", "json"]
"""How the values of a column are kept; 'time' are microseconds, 'json' any other plain value."""
DTYPES: Final[Mapping[str, str]] = {"float": "<f8", "int": "<i8", "bool": "?", "time": "<i8"}
_FORMS: Final[Mapping[str, Form]] = {"f": "float", "i": "int", "u": "int", "b": "bool", "M": "time"}
_NO_TIME: Final = numpy.iinfo(numpy.int64).min
_ASCII: Final = 128


class Same(msgspec.Struct, frozen=True):
    """A column in which every row has the same value; None is no value."""

    value: Any


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of few distinct texts: for each row, the place of its text among them.

    Attributes
    ----------
    texts : sequence of str
        The distinct texts.
    codes : array of int, shape (num_rows,)
        The places, from 0 on; -1 where a row has no value.
    """

    texts: Sequence[str]
    codes: NDArray[Any]


class Column(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """The values of a column: bytes of numbers, or texts end to end with the length of each.

    `valid` has a byte for each row, 0 where it has no value; empty: all have one. `width` is the
    number of values of each row, where these are vectors. `same` is the value of all rows, or the
    texts that codes of four bytes stand for.
    """

    form: Form
    data: bytes = b""
    lengths: bytes = b""
    valid: bytes = b""
    same: Any = None
    width: int = 0


def make_column(values: Values) -> Column:
    r"""Lay a column out.

    Parameters
    ----------
    values : sequence, array, Same or Coded
        The values of the rows: lists of plain values, None for none; NumPy arrays of any dtype (of
        numbers, of two dimensions as well); Arrow arrays of texts.

    Raises
    ------
    TypeError
        If a value is no plain value.

    Examples
    --------
    >>> make_column(["a", "bc"])
    Column(form='text', data=b'abc', lengths=b'\x01\x00\x00\x00\x02\x00\x00\x00', ...
    >>> make_column(numpy.array(["a", "bc"])) == make_column(["a", "bc"])
    True
    >>> make_column([True, None]).valid
    b'\x01\x00'
    """
    if isinstance(values, Same):
        return Column("same", same=values.value)
    if isinstance(values, Coded):
        return _coded(values)
    if isinstance(values, numpy.ndarray):
        return _of_array(values)
    if _is_arrow_text(values):
        return _of_arrow(values)
    return _of_list(values if isinstance(values, list) else list(values))


def _coded(values: Coded) -> Column:
    codes = numpy.ascontiguousarray(values.codes, "<i4")
    valid = _validity(codes >= 0)
    return Column("coded", codes.tobytes(), valid=valid, same=[*map(encodable, values.texts)])


def _validity(is_valid: NDArray[numpy.bool_]) -> bytes:
    return b"" if is_valid.all() else is_valid.tobytes()


def _of_array(values: NDArray[Any]) -> Column:
    kind = values.dtype.kind
    if kind == "u" and values.itemsize == 8 and len(values) and values.max() > -(_NO_TIME + 1):
        values = values.astype("U20")
        kind = "U"
    if kind in _FORMS:
        return _numbers(values)
    if kind in "US" and values.itemsize and len(values):
        return _of_fixed_width(values)
    return _of_list(values.tolist())


def _numbers(values: NDArray[Any]) -> Column:
    form, valid = _FORMS[values.dtype.kind], b""
    if form == "time":
        values = values.astype("datetime64[us]").view(numpy.int64)
        valid = _validity(values != _NO_TIME)
    width = values.shape[1] if values.ndim == 2 else 0
    data = numpy.ascontiguousarray(values, DTYPES[form]).tobytes()
    return Column(form, data, valid=valid, width=width)


def _of_fixed_width(values: NDArray[Any]) -> Column:
    """Take texts of NumPy's own: rows of letters, each as wide as the longest."""
    dtype = numpy.dtype(numpy.uint32 if values.dtype.kind == "U" else numpy.uint8)
    native = numpy.ascontiguousarray(values, values.dtype.newbyteorder("="))
    letters = native.view(dtype).reshape(len(values), -1)
    if letters.max() >= _ASCII:
        return _of_list([_decoded(item) for item in values.tolist()])
    letters = letters.astype(numpy.uint8)
    width = letters.shape[1]
    if letters[:, -1].all():
        return Column("text", letters.tobytes(), numpy.full(len(values), width, "<u4").tobytes())
    ends = numpy.where(letters.any(axis=1), width - (letters[:, ::-1] != 0).argmax(axis=1), 0)
    inside = numpy.arange(width) < ends[:, None]
    return Column("text", letters[inside].tobytes(), ends.astype("<u4").tobytes())


def _decoded(item: str | bytes) -> str:
    return item if isinstance(item, str) else item.decode("utf-8", "surrogateescape")


def _of_list(items: list[Any]) -> Column:
    types = set(map(type, items))
    valid = b""
    if type(None) in types:
        types.discard(type(None))
        valid = bytes([item is not None for item in items])
    if not types and valid:
        return Column("same")
    if types == {str}:
        return _texts([item or "" for item in items] if valid else items, valid)
    if (types and types <= {int, float}) or types == {bool}:
        try:
            filled = [item or 0 for item in items] if valid else items
            dtype = bool if types == {bool} else float if float in types else numpy.int64
            return msgspec.structs.replace(_numbers(numpy.array(filled, dtype)), valid=valid)
        except OverflowError:
            pass  # an integer of any length stays exact as JSON
    if types == {list} and (vectors := _vectors(items)) is not None:
        return msgspec.structs.replace(_numbers(vectors), valid=valid)
    return Column("json", data=msgspec.json.encode(items), valid=valid)


def _vectors(items: list[list[Any] | None]) -> NDArray[numpy.float64] | None:
    """Make an array of lists of numbers that are all as long; None if they are not."""
    width = len(next(item for item in items if item is not None))
    nothing = [numpy.nan] * width
    filled = [nothing if item is None else item for item in items]
    if not width or not all(
        len(item) == width and set(map(type, item)) <= {float, int} for item in filled
    ):
        return None
    return numpy.array(filled, numpy.float64)


def _texts(items: Sequence[str], valid: bytes) -> Column:
    joined = "".join(items)
    if joined.isascii():
        lengths = numpy.fromiter(map(len, items), "<u4", len(items))
        return Column("text", joined.encode("ascii"), lengths.tobytes(), valid)
    encoded = [encodable(item).encode() for item in items]
    lengths = numpy.fromiter(map(len, encoded), "<u4", len(encoded))
    return Column("text", b"".join(encoded), lengths.tobytes(), valid)


def _is_arrow_text(values: Any) -> bool:
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is None or not isinstance(values, pyarrow.Array | pyarrow.ChunkedArray):
        return False
    kinds = pyarrow.string(), pyarrow.large_string(), pyarrow.string_view()
    return values.type in kinds


def _of_arrow(values: Any) -> Column:
    pyarrow = sys.modules["pyarrow"]
    if isinstance(values, pyarrow.ChunkedArray):
        values = values.combine_chunks()
    if values.type != pyarrow.large_string():
        values = values.cast(pyarrow.large_string())
    valid = b""
    if values.null_count:
        valid = values.is_valid().to_numpy(zero_copy_only=False).tobytes()
        values = values.fill_null("")
    _, places, data = values.buffers()
    if not len(values) or data is None:
        return Column("text", lengths=bytes(4 * len(values)), valid=valid)
    offsets = numpy.frombuffer(places, numpy.int64)[values.offset : values.offset + len(values) + 1]
    held = memoryview(data)[int(offsets[0]) : int(offsets[-1])]
    return Column("text", bytes(held), numpy.diff(offsets).astype("<u4").tobytes(), valid)
