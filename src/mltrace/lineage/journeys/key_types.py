"""What columns hold by which rows are found: which kinds of values, and which are whole numbers.

A key that is an integer in one table is a float in the next, where a null came into its column, or
a text, where it was read or written so. Such columns are compared by value where that cannot be
wrong: of floats if all are whole, and small enough to be exact; of texts if all are whole numbers,
written in one way, so that '05' and 5 are two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.profiles.layouts import is_bytes, is_text
from mltrace.profiles.times import is_time

if TYPE_CHECKING:
    import pyarrow

    from mltrace.records.journeys import KeyType

NUMBERS: Final = frozenset({"integer", "decimal", "float"})
_EXACT_BELOW: Final = {16: 2.0**11, 32: 2.0**24, 64: 2.0**53}
"""Below which all whole numbers are exact as floats of so many bits."""
_NULL: Final = "^(|nan|NaN|None|<NA>|null)$"
"""Texts that pandas and others make of a null."""
_WHOLE: Final = "^(0|-?[1-9][0-9]{0,17})$"
_WHOLE_FLOAT: Final = r"^(0|-?[1-9][0-9]{0,14})\.0$"


def plain_type(kind: pyarrow.DataType) -> pyarrow.DataType:
    """Take off what only wraps the values of an Arrow type: extensions, dictionaries, runs."""
    from pyarrow import types

    while True:
        if hasattr(kind, "storage_type"):
            kind = kind.storage_type
        elif types.is_dictionary(kind) or types.is_run_end_encoded(kind):
            kind = kind.value_type
        else:
            return kind


def key_type(kind: pyarrow.DataType) -> KeyType:
    """Tell which kind of values an Arrow type holds.

    Examples
    --------
    >>> import pyarrow
    >>> key_type(pyarrow.int8()), key_type(pyarrow.dictionary(pyarrow.int8(), pyarrow.string()))
    ('integer', 'text')
    """
    from pyarrow import types

    kind = plain_type(kind)
    of_type: dict[KeyType, bool] = {
        "boolean": types.is_boolean(kind),
        "integer": types.is_integer(kind),
        "decimal": types.is_decimal(kind),
        "float": types.is_floating(kind),
        "text": is_text(kind),
        "time": is_time(kind),
        "bytes": is_bytes(kind),
    }
    return next((name for name, is_it in of_type.items() if is_it), "other")


def whole_ways(column: pyarrow.ChunkedArray) -> tuple[bool, bool]:
    """Tell whether all values are whole numbers: written without a fraction, or all with '.0'.

    Numbers are either, as no text is. Nulls, and texts that stand for them, are passed over.

    Examples
    --------
    >>> import pyarrow
    >>> whole_ways(pyarrow.array([5.0, None])), whole_ways(pyarrow.array([5.5]))
    ((True, True), (False, False))
    >>> whole_ways(pyarrow.array(["5", "7"])), whole_ways(pyarrow.array(["5.0", "nan"]))
    ((True, False), (False, True))
    >>> whole_ways(pyarrow.array(["05", "7"]))
    (False, False)
    """
    name = key_type(column.type)
    if name == "float":
        is_whole = _are_whole_floats(column)
        return is_whole, is_whole
    if name == "text":
        known = _known_texts(column)
        return _all_match(known, _WHOLE), _all_match(known, _WHOLE_FLOAT)
    is_whole = name == "integer"
    return is_whole, is_whole


def numbers_of_texts(column: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    """Read texts that are whole numbers as these; those that stand for nulls as nulls.

    Examples
    --------
    >>> import pyarrow
    >>> numbers_of_texts(pyarrow.array(["5.0", "nan"])).to_pylist()
    [5, None]
    """
    import pyarrow
    from pyarrow import compute

    texts = _texts(column)
    is_null = compute.match_substring_regex(texts, _NULL)
    texts = compute.if_else(is_null, pyarrow.scalar(None, texts.type), texts)
    return compute.replace_substring_regex(texts, r"\.0$", "").cast(pyarrow.int64())


def whole_text(text: str) -> str | None:
    """Write a text that is a whole number without '.0'; None if it is none.

    Examples
    --------
    >>> whole_text("5.0"), whole_text("5"), whole_text("05"), whole_text("5.5")
    ('5', '5', None, None)
    """
    import re

    for pattern in (_WHOLE, _WHOLE_FLOAT):
        if re.fullmatch(pattern, text):
            return text.removesuffix(".0")
    return None


def _are_whole_floats(column: pyarrow.ChunkedArray) -> bool:
    kind = plain_type(column.type)
    values = numpy.asarray(_decoded(column).drop_null())
    values = values[~numpy.isnan(values)]
    is_exact = numpy.abs(values) < _EXACT_BELOW[kind.bit_width]
    return bool(is_exact.all()) and bool((values == numpy.floor(values)).all())


def _known_texts(column: pyarrow.ChunkedArray) -> Any:
    from pyarrow import compute

    texts = _texts(column).drop_null()
    return texts.filter(compute.invert(compute.match_substring_regex(texts, _NULL)))


def _all_match(texts: Any, pattern: str) -> bool:
    from pyarrow import compute

    found: bool | None = compute.all(compute.match_substring_regex(texts, pattern)).as_py()
    return found is not False


def _texts(column: pyarrow.ChunkedArray) -> Any:
    import pyarrow

    return _decoded(column).cast(pyarrow.large_string())


def _decoded(column: pyarrow.ChunkedArray) -> Any:
    from pyarrow import compute, types

    if types.is_run_end_encoded(column.type):
        column = compute.run_end_decode(column)
    return column.cast(plain_type(column.type))
