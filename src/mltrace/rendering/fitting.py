"""Makes text fit a number of terminal cells."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from mltrace.rendering.lines import Line, Span, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def cells(text: str) -> int:
    """Count the terminal cells of a text: two for wide East Asian characters, none for accents.

    Examples
    --------
    >>> cells("naïve"), cells("予測")
    (5, 4)
    """
    return len(text) if text.isascii() else sum(map(_cell_width, text))


def line_cells(spans: Line) -> int:
    """Count the terminal cells of a line."""
    return sum(cells(span.text) for span in spans)


def cut_end(text: str, width: int) -> str:
    r"""Cut a text at its end, measured with its control characters escaped, as it is drawn.

    Examples
    --------
    >>> cut_end("no column dep_delay", 10), cut_end("\x1b[31mred", 8)
    ('no column…', '\\x1b[31…')
    """
    text = printable(text)
    if cells(text) <= width:
        return text
    return f"{_head(text, width - 1).rstrip()}…" if width > 0 else ""


def cut_middle(text: str, width: int) -> str:
    """Cut a text in its middle, a path before its last folders, which tell it from its like.

    Examples
    --------
    >>> cut_middle("/data/2013/flights/week-07/predictions.parquet", 32)
    '…/week-07/predictions.parquet'
    >>> cut_middle("data/week-07/features.csv", 17)
    '…-07/features.csv'
    >>> cut_middle("weather_join_of_everything", 12)
    'weathe…thing'
    """
    text = printable(text)
    if cells(text) <= width:
        return text
    if width <= 4:
        return cut_end(text, width)
    name = text[text.rfind("/") :]
    if "/" in text and 1 < cells(name) < width:
        end = _tail(text, width - 1)
        boundary = end.find("/")
        return f"…{end[boundary:]}" if "/" in end[boundary + 1 :] else f"…{end}"
    tail = (width - 1) // 2
    return f"{_head(text, width - 1 - tail)}…{_tail(text, tail)}"


def cut_line(spans: Line, width: int) -> Line:
    """Cut a line at its end; what is left keeps its styles."""
    if line_cells(spans) <= width:
        return spans
    kept: list[Span] = []
    left = width
    for span in spans:
        if cells(span.text) >= left:
            kept.append(Span(cut_end(f"{span.text}  ", left), span.style))
            break
        kept.append(span)
        left -= cells(span.text)
    return tuple(kept)


def pad_line(spans: Line, width: int, *, is_right: bool = False) -> Line:
    """Fill a line with blanks up to a width."""
    blank = width - line_cells(spans)
    if blank <= 0:
        return spans
    return (Span(" " * blank), *spans) if is_right else (*spans, Span(" " * blank))


def wrap(text: str, width: int, *, limit: int | None = None) -> list[str]:
    """Break a text into lines at its blanks; with a `limit` the last line says it is cut.

    Examples
    --------
    >>> wrap("features was 42 days old when it was read", 20)
    ['features was 42 days', 'old when it was read']
    """
    lines = list(_wrapped(map(printable, text.split()), max(width, 8)))
    if limit is None or len(lines) <= limit:
        return lines
    return [*lines[: limit - 1], cut_end(" ".join(lines[limit - 1 :]), width)]


def fold(text: str, width: int) -> list[str]:
    """Break a text into pieces of a width, wherever that is; nothing is left out.

    Examples
    --------
    >>> fold("predictions", 4)
    ['pred', 'icti', 'ons']
    """
    if text.isascii():
        return [text[at : at + width] for at in range(0, len(text), width)] or [""]
    pieces, piece, used = [], "", 0
    for char in text:
        used += _cell_width(char)
        if used > width and piece:
            pieces.append(piece)
            piece, used = "", _cell_width(char)
        piece += char
    return [*pieces, piece]


def _wrapped(words: Iterable[str], width: int) -> Iterator[str]:
    current = ""
    for word in words:
        joined = f"{current} {word}" if current else word
        if cells(joined) <= width:
            current = joined
            continue
        if current:
            yield current
        current = cut_middle(word, width)
    if current:
        yield current


def _cell_width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _tail(text: str, width: int) -> str:
    return _head(text[::-1], width)[::-1]


def _head(text: str, width: int) -> str:
    if text.isascii():
        return text[: max(width, 0)]
    used = 0
    for position, char in enumerate(text):
        used += _cell_width(char)
        if used > width:
            return text[:position]
    return text
