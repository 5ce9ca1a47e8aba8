"""Schemas: how types are named, and how two schemas differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.dtypes import is_number, is_text
from mltrace.errors import ArgumentError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

FAMILIES: Final[dict[str, Callable[[Any], bool]]] = {
    "any": lambda _dtype: True,
    "boolean": lambda dtype: type(dtype).__name__ == "Boolean",
    "category": lambda dtype: type(dtype).__name__ in ("Categorical", "Enum"),
    "date": lambda dtype: type(dtype).__name__ == "Date",
    "datetime": lambda dtype: type(dtype).__name__ == "Datetime",
    "duration": lambda dtype: type(dtype).__name__ == "Duration",
    "float": lambda dtype: bool(dtype.is_float()),
    "integer": lambda dtype: bool(dtype.is_integer()),
    "number": is_number,
    "object": lambda dtype: type(dtype).__name__ == "Object",
    "text": is_text,
}
EXACT: Final = (
    "Int8", "Int16", "Int32", "Int64", "Int128", "UInt8", "UInt16", "UInt32", "UInt64", "UInt128",
    "Float16", "Float32", "Float64", "Decimal", "String", "Categorical", "Enum", "Binary", "Time",
    "List", "Array", "Struct", "Unknown",
)  # fmt: skip
"""Names of types that are taken exactly, as narwhals names them."""
_EXACT: Final = {name.lower(): name for name in EXACT}


def is_of_type(dtype: Any, wanted: str) -> bool:
    """Tell whether a type is, or belongs to, the one that is wanted.

    Examples
    --------
    >>> import narwhals as nw
    >>> [is_of_type(nw.Int64(), wanted) for wanted in ("integer", "int64", "float")]
    [True, True, False]
    """
    family = FAMILIES.get(wanted.lower())
    return family(dtype) if family is not None else type(dtype).__name__.lower() == wanted.lower()


def as_type(check: str, wanted: object) -> str:
    """Return the name of a type, if it is one.

    Raises
    ------
    ArgumentError
        If it is none; the message lists the nearest matches.
    """
    if isinstance(wanted, str) and wanted.lower() in {*FAMILIES, *_EXACT}:
        return wanted
    matches = nearest(str(wanted), [*FAMILIES, *EXACT], limit=1)
    hint = f" Did you mean {matches[0]!r}?" if matches else ""
    families = ", ".join(FAMILIES)
    raise ArgumentError(
        f"{check}: {wanted!r} is no type; give one of {families}, or such as Int64.{hint}"
    )


def schema_changes(
    expected: Mapping[str, Any],
    found: Mapping[str, Any],
    *,
    is_same: Callable[[Any, Any], bool],
    allow_added: bool,
    ordered: bool,
) -> Iterator[str]:
    """Say how the schema that was found differs from the one expected.

    Parameters
    ----------
    expected, found : mapping of str to type
        The columns in order.
    is_same : callable
        Whether the type found is as the one expected.
    allow_added : bool
        Whether there may be more columns.
    ordered : bool
        Whether the columns must have the same order.
    """
    for column in expected:
        if column not in found:
            yield f"removed {column!r}"
    for column in found:
        if column not in expected and not allow_added:
            yield f"added {column!r}"
    for column, dtype in expected.items():
        if column in found and not is_same(found[column], dtype):
            yield f"{column!r} is {found[column]}, expected {dtype}"
    if ordered:
        yield from _reordered(list(expected), list(found))


def _reordered(expected: Sequence[str], found: Sequence[str]) -> Iterator[str]:
    both = [column for column in expected if column in found]
    in_order = [column for column in found if column in expected]
    moved = [new for old, new in zip(both, in_order, strict=True) if old != new]
    if moved:
        yield f"reordered {', '.join(map(repr, moved))}"
