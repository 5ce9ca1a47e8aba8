"""Styled text: a drawing is a list of lines, a line a tuple of spans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

Style = Literal["", "strong", "dim", "failed", "stale", "flagged", "running", "added", "removed"]

_CODES: Final[dict[Style, str]] = {
    "strong": "1",
    "dim": "2",
    "failed": "31",
    "stale": "33",
    "flagged": "35",
    "running": "36",
    "added": "32",
    "removed": "31",
}
_ASCII: Final = str.maketrans(
    {
        "✓": "+", "✗": "x", "◌": "o", "⊘": "/", "●": "*", "◇": "o", "◷": "~", "⚑": "!",
        "│": "|", "├": "|", "└": "`", "─": "-", "…": "...", "→": "->", "↑": "^", "·": "-",
        "▁": "_", "▂": ".", "▃": "-", "▄": "=", "▅": "+", "▆": "*", "▇": "%", "█": "#",
        "←": "<-", "\N{MULTIPLICATION SIGN}": "x", "µ": "u", "±": "+-",
    }
)  # fmt: skip


class Span(NamedTuple):
    """A stretch of text in one style."""

    text: str
    style: Style = ""


Line = tuple[Span, ...]


def line(*parts: str | Span) -> Line:
    r"""Make a line; control characters in it are escaped, so that a name cannot steer a terminal.

    Examples
    --------
    >>> to_text([line("a\x1b[31m", Span("b", "strong"))])
    'a\\x1b[31mb'
    """
    spans = (Span(part) if isinstance(part, str) else part for part in parts)
    return tuple(
        span if span.text.isprintable() else Span(printable(span.text), span.style)
        for span in spans
        if span.text
    )


def printable(text: str) -> str:
    r"""Escape control characters.

    Lines do so by themselves; a text that is to fit a width must be measured as it will be drawn.

    Examples
    --------
    >>> printable("a\tb")
    'a\\tb'
    """
    return text if text.isprintable() else _escape(text)


def to_text(lines: Iterable[Line], *, is_coloured: bool = False) -> str:
    """Join lines to plain text, or to text with the terminal's own colours."""
    if is_coloured:
        return "\n".join("".join(map(_coloured, spans)) for spans in lines)
    return "\n".join("".join(span.text for span in spans).rstrip() for spans in lines)


def to_ascii(text: str) -> str:
    """Replace the signs that drawings use by ASCII ones, for a terminal without Unicode.

    Examples
    --------
    >>> to_ascii("├─✗ failed")
    '|-x failed'
    """
    return text.translate(_ASCII)


def _coloured(span: Span) -> str:
    return f"\x1b[{_CODES[span.style]}m{span.text}\x1b[0m" if span.style else span.text


def _escape(text: str) -> str:
    return "".join(
        char if char.isprintable() else ascii(char)[1:-1].replace("\\\\", "\\") for char in text
    )
