"""Classes as text: what a model tells apart, the same in every process and every library.

Values that Python holds equal have the same text, and others do not. Texts stand for themselves
unless they could be taken for something else; those are quoted::

    late     the text "late"          1      the number 1, 1.0 or True
    "1"      the text "1"             1/3    the fraction
    [1, "a"] the tuple (1, "a")       2024-05-01   the date
    <Color.RED>                       the member of an enumeration, or another value by its repr
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from numbers import Complex, Number
from typing import TYPE_CHECKING, Any, Final

from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

_OTHER: Final = re.compile(r'[\s\d"+\-\[<{]|\Z')
"""How the texts of all that is no text begin."""
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?(e[+-]\d+)?\Z")
_MISSING_TYPES: Final = frozenset({"NAType", "NaTType", "MaskedConstant"})
_ADDRESS: Final = re.compile(r" at 0x[0-9a-f]+")


def class_text(value: object) -> str | None:
    """Write a class as text; None for a missing value: None, NaN, NaT or NA.

    Raises
    ------
    ArgumentError
        If it cannot be a class: it is not hashable, or nothing but its address in memory tells it
        from others.

    Examples
    --------
    >>> class_text("late"), class_text(True), class_text(1.0), class_text("1")
    ('late', '1', '1', '"1"')
    >>> class_text((1, "a")), class_text(float("nan"))
    ('[1, "a"]', None)
    """
    if isinstance(value, str):
        return _quoted(value) if _OTHER.match(value) else str.__str__(value)
    if is_missing(value):
        return None
    if _is_numpy_scalar(value):
        return _of_numpy(value)
    for cls, write in _WRITERS:
        if isinstance(value, cls):
            return write(value)
    return _of_other(value)


def class_value(text: str) -> Any:
    """Bring a class back that is a text, a number, a date or a tuple; others stay as text.

    Examples
    --------
    >>> class_value("late"), class_value("1"), class_value('"1"'), class_value("0.5")
    ('late', 1, '1', 0.5)
    >>> class_value('[1, "a"]'), class_value("<Color.RED>")
    ((1, 'a'), '<Color.RED>')
    """
    if not _OTHER.match(text):
        return text
    if _NUMBER.match(text):
        return float(text) if "." in text or "e" in text else int(text)
    if text[:1] == '"':
        return json.loads(text)
    try:
        return _read_other(text)
    except ValueError:
        return text


def is_missing(value: object) -> bool:
    """Tell whether a value stands for none: None, NaN, NaT or NA.

    Examples
    --------
    >>> is_missing(None), is_missing(float("nan")), is_missing(0)
    (True, True, False)
    """
    if value is None or type(value).__name__ in _MISSING_TYPES:
        return True
    if isinstance(value, Decimal):
        return value.is_nan()
    if isinstance(value, Complex) or _is_numpy_scalar(value):
        return bool(value != value)  # noqa: PLR0124 (so NaN and NaT are known)
    return False


def _read_other(text: str) -> Any:
    if text[:1] == "[":
        return tuple(_tupled(json.loads(text)))
    if "/" in text:
        return Fraction(text)
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _tupled(items: list[Any]) -> list[Any]:
    return [tuple(_tupled(item)) if isinstance(item, list) else item for item in items]


def _item(value: object) -> str:
    """Write an item of a tuple, where texts are always quoted."""
    if isinstance(value, str):
        return _quoted(value)
    text = class_text(value)
    return "null" if text is None else text


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _is_numpy_scalar(value: object) -> bool:
    return type(value).__module__ == "numpy" and getattr(value, "shape", None) == ()


def _of_number(value: Any) -> str:
    if isinstance(value, Complex) and value.imag == 0:
        value = value.real
    if isinstance(value, complex):
        return f"<{value!r}>"
    if math.isinf(value):
        return "+inf" if value > 0 else "-inf"
    exact = Fraction(value)
    if exact.denominator == 1:
        return str(exact.numerator)
    try:
        near = float(exact)
    except OverflowError:
        return str(exact)
    return repr(near) if Fraction(near) == exact else str(exact)


def _of_numpy(value: Any) -> str:
    if value.dtype.kind == "M" and value.dtype != "datetime64[D]":
        value = value.astype("datetime64[us]")
    found = value.item() if value.dtype.kind in "biufcMSU" else value
    text = None if _is_numpy_scalar(found) else class_text(found)
    return text if text is not None else _of_other(value)


def _of_date(value: date) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC)
    return value.isoformat()


def _of_enumeration(value: Enum) -> str:
    return f"<{type(value).__name__}.{value.name}>"


def _of_tuple(value: tuple[Any, ...]) -> str:
    return f"[{', '.join(map(_item, value))}]"


def _of_set(value: frozenset[Any]) -> str:
    return f"{{{', '.join(sorted(map(_item, value)))}}}"


def _of_other(value: object) -> str:
    try:
        hash(value)
    except TypeError as error:
        raise ArgumentError(
            f"A {type(value).__name__} cannot be a class; classes are texts, numbers or other "
            "hashable values."
        ) from error
    said = repr(bytes(value)) if isinstance(value, bytes) else repr(value)
    if type(value).__repr__ is object.__repr__ or _ADDRESS.search(said):
        raise ArgumentError(
            f"A {type(value).__name__} cannot be a class: only its address tells it from others. "
            "Give its name, or a type with a __repr__ of its own."
        )
    return f"<{said}>"


_WRITERS: Final[tuple[tuple[type, Callable[[Any], str]], ...]] = (
    (Number, _of_number),
    (tuple, _of_tuple),
    (frozenset, _of_set),
    (Enum, _of_enumeration),
    (date, _of_date),
)
