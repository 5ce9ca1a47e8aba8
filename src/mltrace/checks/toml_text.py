"""Writes TOML and changes it in place, so that comments and order stay; tomllib reads it.

A text is parted into statements (a header, a key with its value, a blank or comment line), which
takes no parser: the lines of a statement are those up to which it parses alone.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final

from mltrace.errors import ArgumentError

MAX_LINE: Final = 100
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Statement:
    """A piece of a TOML text that stands for itself.

    Attributes
    ----------
    line : int
        The line on which it begins, from 1.
    text : str
        Its lines, the last with its end.
    table : mapping
        What it says; empty for a blank or comment line.
    """

    line: int
    text: str
    table: Mapping[str, Any]

    @property
    def is_header(self) -> bool:
        """Whether it begins a table."""
        return self.text.lstrip().startswith("[")

    @property
    def is_list_header(self) -> bool:
        """Whether it begins another table of a list."""
        return self.text.lstrip().startswith("[[")

    @property
    def is_comment(self) -> bool:
        """Whether it is a comment alone."""
        return self.text.lstrip().startswith("#")


def statements(text: str) -> list[Statement]:
    r"""Part a TOML text, which must parse as a whole, into statements.

    Examples
    --------
    >>> [one.line for one in statements("[[a]]\nx = [\n  1,\n]\ny = 2\n")]
    [1, 2, 5]
    """
    found, piece, begin = [], "", 1
    for number, one in enumerate(_LINE.findall(text), 1):
        piece += one
        try:
            table = tomllib.loads(piece)
        except tomllib.TOMLDecodeError:
            continue  # it goes on
        found.append(Statement(begin, piece, table))
        piece, begin = "", number + 1
    return found


def key_text(*keys: str) -> str:
    """Write a dotted key.

    Examples
    --------
    >>> print(key_text("components", "clean v2", "after"))
    components."clean v2".after
    """
    return ".".join(key if _BARE.fullmatch(key) else _string(key) for key in keys)


def assignment(key: str, value: Any) -> str:
    """Write a key and its value, on one line if that is short and else an element a line.

    Examples
    --------
    >>> print(assignment("columns", ["delay", "origin"]), end="")
    columns = ["delay", "origin"]
    """
    line = f"{key_text(key)} = {value_text(value)}\n"
    if len(line) <= MAX_LINE or not isinstance(value, list):
        return line
    elements = "".join(f"    {value_text(one)},\n" for one in value)
    return f"{key_text(key)} = [\n{elements}]\n"


def reassignment(old: Statement, key: str, value: Any) -> str:
    """Write another value of a key, with the comment that stood behind the old one."""
    line = old.text.rstrip("\n")
    new = assignment(key, value)
    for place in (at for at, char in enumerate(line) if char == "#"):
        try:
            is_behind = tomllib.loads(line[:place]) == old.table
        except tomllib.TOMLDecodeError:
            continue
        if is_behind and "\n" not in line and new.count("\n") == 1:
            return f"{new.rstrip()}  {line[place:]}\n"
    return new


def value_text(value: Any) -> str:
    r"""Write a value on one line.

    Raises
    ------
    ArgumentError
        If TOML has no such value.

    Examples
    --------
    >>> print(value_text({"pattern": r"\d+", "share": 0.5, "is_strict": True}))
    { pattern = '\d+', share = 0.5, is_strict = true }
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key_text(key)} = {value_text(one)}" for key, one in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(value_text(one) for one in value)}]"
    raise ArgumentError(f"TOML holds no {type(value).__name__}; accepted: plain values.")


def _string(text: str) -> str:
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ArgumentError(f"{text!r} is no text that TOML can hold: {error}") from error
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
