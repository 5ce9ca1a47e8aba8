"""What columns hold by which rows are found: which kinds of values, and what texts stand for.

A key that is an integer in one table is a float in the next, where a null came into its column, or
a text, where it was read or written so; and a time in one is a text in the next. Such columns are
compared by value where that cannot be wrong: of floats if all are whole, and small enough to be
exact; of texts if all are whole numbers or all are times, written in one way, so that '05' and 5
are two.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy

from mltrace.profiles.layouts import is_bytes, is_text
from mltrace.profiles.times import is_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow

    from mltrace.records.journeys import KeyType

Meaning = Literal["number", "time", ""]
NUMBERS: Final = frozenset({"integer", "decimal", "float"})
_EXACT_BELOW: Final = {16: 2.0**11, 32: 2.0**24, 64: 2.0**53}
"""Below which all whole numbers are exact as floats of so many bits."""
_NULL: Final = "^(|nan|NaN|None|<NA>|null)$"
"""Texts that pandas and others make of a null."""
_WHOLE: Final = "^(0|-?[1-9][0-9]{0,17})$"
_WHOLE_FLOAT: Final = r"^(0|-?[1-9][0-9]{0,14})\.0$"
_DAY: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_WAYS: Final[dict[str, Meaning]] = {
    _WHOLE: "number",
    _WHOLE_FLOAT: "number",
    f"^{_DAY}$": "time",
    f"^{_DAY}[ T][0-9]{{2}}:[0-9]{{2}}$": "time",
    rf"^{_DAY}[ T][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,6}})?$": "time",
}
"""Ways to write a value, and what it is."""


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


def meanings(column: pyarrow.ChunkedArray) -> list[Meaning]:
    """Tell as what all values of a column can be compared, for each way to write them one.

    Whole numbers are 'number', times without a zone 'time'. Texts are either if all are such, and
    written in one way. Nulls, and texts that stand for them, are passed over.

    Examples
    --------
    >>> import pyarrow
    >>> meanings(pyarrow.array([5.0, None]))[:2], meanings(pyarrow.array([5.5]))[:2]
    (['number', 'number'], ['', ''])
    >>> meanings(pyarrow.array(["5", "7"]))[:2], meanings(pyarrow.array(["5.0", "nan"]))[:2]
    (['number', ''], ['', 'number'])
    >>> meanings(pyarrow.array(["2013-05-24"]))
    ['', '', 'time', '', '']
    """
    kind = key_type(column.type)
    if kind == "text":
        known = _known_texts(column)
        return [
            meaning if _all_match(known, way) and _can_be(meaning, known) else ""
            for way, meaning in _WAYS.items()
        ]
    is_whole = _are_whole_floats(column) if kind == "float" else kind == "integer"
    is_time = kind == "time" and getattr(plain_type(column.type), "tz", None) is None
    alone: Meaning = "number" if is_whole else "time" if is_time else ""
    return [alone] * len(_WAYS)


def common_meaning(parts: Iterable[pyarrow.ChunkedArray]) -> Meaning:
    """Tell as what all values of the parts of a column can be compared; '' if as nothing else."""
    common: list[Meaning] | None = None
    for part in parts:
        here = meanings(part)
        common = (
            here
            if common is None
            else [one if one == other else "" for one, other in zip(common, here, strict=True)]
        )
        if not any(common):
            return ""
    return next((one for one in common or () if one), "")


def values_of_texts(column: pyarrow.ChunkedArray, meaning: Meaning) -> pyarrow.ChunkedArray:
    """Read texts as what they all stand for; those that stand for nulls as nulls.

    Examples
    --------
    >>> import pyarrow
    >>> values_of_texts(pyarrow.array(["5.0", "nan"]), "number").to_pylist()
    [5, None]
    """
    import pyarrow
    from pyarrow import compute

    texts = _texts(column)
    is_null = compute.match_substring_regex(texts, _NULL)
    texts = compute.if_else(is_null, pyarrow.scalar(None, texts.type), texts)
    if meaning == "time":
        return texts.cast(pyarrow.timestamp("us"))
    return compute.replace_substring_regex(texts, r"\.0$", "").cast(pyarrow.int64())


def whole_text(text: str) -> str | None:
    """Write a text that is a whole number without '.0'; None if it is none.

    Examples
    --------
    >>> whole_text("5.0"), whole_text("5"), whole_text("05"), whole_text("5.5")
    ('5', '5', None, None)
    """
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


def _can_be(meaning: Meaning, texts: Any) -> bool:
    """Tell whether texts that look like times are such: there is no 31st of June."""
    import pyarrow

    if meaning == "time":
        try:
            texts.cast(pyarrow.timestamp("us"))
        except pyarrow.ArrowInvalid:
            return False
    return True


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
