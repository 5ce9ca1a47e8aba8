"""Parameters as plain values: small, JSON-ready and without secrets."""

from __future__ import annotations

import functools
import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TEXT: Final = 4_096
MAX_ITEMS: Final = 256
MAX_DEPTH: Final = 4
HIDDEN: Final = "(hidden)"
_SECRET: Final = re.compile(
    r"passw|passphrase|secret|api_?key|access_?key|private_?key|credential|(^|_)(auth_?)?token$",
    re.IGNORECASE,
)
_TEXTUAL: Final = (datetime, date, time, timedelta, Decimal, UUID, PurePath, range, complex)


def plain_param(name: str, value: object) -> Any:
    """Turn a parameter into a JSON-ready value; one whose name speaks of a secret is hidden.

    Examples
    --------
    >>> plain_param("month", 3), plain_param("api_key", "abc")
    (3, '(hidden)')
    >>> plain_param("limits", (0.5, None)), plain_param("model", object())
    ([0.5, None], '<object>')
    """
    return HIDDEN if is_secret(name) else plain(value)


@functools.lru_cache(maxsize=4096)
def param_name(name: str) -> tuple[str, bool]:
    """Tell under which name to log a parameter, and whether its value is hidden.

    Examples
    --------
    >>> param_name("month"), param_name("api_key")
    (('month', False), ('api_key', True))
    """
    return text(name), is_secret(name)


@functools.lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Tell whether a name speaks of a secret.

    Examples
    --------
    >>> is_secret("AWS_SECRET_ACCESS_KEY"), is_secret("token"), is_secret("tokens")
    (True, True, False)
    """
    return _SECRET.search(name) is not None


def plain(value: Any, depth: int = 0) -> Any:
    """Turn a value into JSON-ready ones as far as it is small; say its type where it is not."""
    cls = type(value)
    if value is None or cls is bool:
        return value
    if cls in _SCALARS:
        return _SCALARS[cls](value)
    if issubclass(cls, Enum):
        return text(f"{cls.__name__}.{value.name}")
    if issubclass(cls, _TEXTUAL):
        return text(str(value))
    if cls in (list, tuple, set, frozenset, dict):
        return _plain_container(value, depth)
    return _plain_other(value, cls)


def text(value: str) -> str:
    """Cut a long text, and write what UTF-8 cannot hold as escapes."""
    if len(value) > MAX_TEXT:
        value = f"{value[:MAX_TEXT]}… ({len(value)} characters)"
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()


def _integer(value: int) -> int | str:
    return value if -(2**63) <= value < 2**64 else text(hex(value))


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


_SCALARS: Final[dict[type, Callable[[Any], Any]]] = {int: _integer, float: _number, str: text}


def type_name(cls: type) -> str:
    """Name a type with its module, as `<module.Class>`; built-ins without."""
    module = getattr(cls, "__module__", "")
    name = getattr(cls, "__qualname__", cls.__name__)
    return f"<{name}>" if module == "builtins" else f"<{module}.{name}>"


def _plain_container(value: Any, depth: int) -> Any:
    cls = type(value)
    if len(value) > MAX_ITEMS or depth >= MAX_DEPTH:
        return f"<{cls.__name__} of {len(value)} items>"
    if cls is dict:
        return {
            text(str(key)) if isinstance(key, str | int | float) else type_name(type(key)): (
                HIDDEN if isinstance(key, str) and is_secret(key) else plain(item, depth + 1)
            )
            for key, item in value.items()
        }
    items = [plain(item, depth + 1) for item in value]
    return items if cls in (list, tuple) else sorted(items, key=str)


def _plain_other(value: object, cls: type) -> Any:
    if cls.__module__ == "numpy" and hasattr(cls, "item") and getattr(value, "ndim", None) == 0:
        return plain(value.item())  # type: ignore[attr-defined]
    if cls in (bytes, bytearray, memoryview):
        return f"<{cls.__name__} of {len(value)} bytes>"  # type: ignore[arg-type]
    if isinstance(value, type) or (callable(value) and hasattr(cls, "__code__")):
        return type_name(value) if isinstance(value, type) else type_name(cls)
    if cls.__name__ in ("function", "builtin_function_or_method", "method"):
        return text(f"<function {getattr(value, '__qualname__', '?')}>")
    return text(type_name(cls))
