"""Environment variables that every run asks for."""

from __future__ import annotations

import os
from typing import Final

from mltrace.config.reading import read_boolean


class Variable:
    """An environment variable that every run asks for.

    `os.environ.get` takes 1 µs where the variable is not set, for it raises and catches two errors;
    this looks into the mapping behind it, where there is one.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._key = os.fsencode(name)

    def get(self) -> str | None:
        """Return its value now; None if it is not set."""
        value = self.raw()
        return None if value is None else os.fsdecode(value)

    def raw(self) -> str | bytes | None:
        """Return its value now as the system has it; None if it is not set."""
        try:
            return os.environ._data.get(self._key)  # type: ignore[attr-defined, no-any-return]
        except AttributeError:
            return os.environ.get(self.name)


_disabled: Final = Variable("MLTRACE_DISABLED")


def is_disabled() -> bool:
    """Tell whether `MLTRACE_DISABLED` switches everything off."""
    value = _disabled.raw()
    return value is not None and read_boolean(_disabled.name, os.fsdecode(value))
