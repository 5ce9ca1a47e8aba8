"""Reads the values of settings; what cannot be is an error that names where it was set."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from mltrace.errors import ArgumentError, ConfigurationError, unknown_option
from mltrace.sizes import parse_size
from mltrace.times import parse_age

if TYPE_CHECKING:
    from collections.abc import Mapping

TRUE: Final = frozenset({"1", "true", "yes", "on"})
FALSE: Final = frozenset({"", "0", "false", "no", "off"})
_NEVER: Final = "never"


def check_keys(kind: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Refuse a table with a key that is not known."""
    for key in table:
        if key not in known:
            raise ConfigurationError(str(unknown_option(kind, key, known)))


def read_age(key: str, given: Any) -> float | None:
    """Read an age in seconds, or None for never."""
    if given == _NEVER:
        return None
    try:
        return parse_age(str(given))
    except ArgumentError as error:
        raise ConfigurationError(
            f"{key} = {given!r} is not an age; write for example '7d', '12h' or '{_NEVER}'."
        ) from error


def read_boolean(name: str, text: str) -> bool:
    """Read a yes or no."""
    folded = text.strip().casefold()
    if folded in TRUE:
        return True
    if folded in FALSE:
        return False
    raise ConfigurationError(f"{name}={text!r} is neither yes nor no; set it to 1 or 0.")


def read_size(name: str, from_file: Any) -> int | None:
    """Read a size in bytes, from the variable of that name or else from the file."""
    given = os.environ.get(name) or from_file
    if given is None:
        return None
    try:
        return int(given) if str(given).isdecimal() else parse_size(given)
    except ArgumentError as error:
        raise ConfigurationError(
            f"{name}={given!r} is not a size; give bytes, or for example '500 MiB' or '1 GB'."
        ) from error
