"""Draws a unified diff as it is, or with the two texts side by side."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from mltrace.rendering.fitting import cut_end, fold, pad_line
from mltrace.rendering.lines import Line, Span, line, printable
from mltrace.rendering.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mltrace.rendering.lines import Style
    from mltrace.rendering.view import View

CODE_LINES: Final = 40
_HUNK: Final = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)")
_STYLES: Final[dict[str, Style]] = {"-": "removed", "+": "added", "@": "dim", " ": ""}
_MARGIN: Final = 4
_GAP: Final = 2


def draw_unified(text: str, view: View) -> list[Line]:
    """Draw a unified diff; what did not change is cut where it is too long, unless complete."""
    lines: list[Line] = []
    for at, row in enumerate(text.splitlines()):
        sign = row[:1] if at > 1 else "@"
        style, margin = _STYLES.get(sign, ""), " " * _MARGIN
        first, *rest = _fitted(row[1:], view.width - _MARGIN - 1, sign=sign, view=view)
        lines.append(line(margin, Span(f"{row[:1]}{first}", style)))
        lines += [line(f"{margin} ", Span(more, style)) for more in rest]
    return _shortened(lines, view)


def draw_side_by_side(text: str, view: View) -> list[Line]:
    """Draw a unified diff with the two texts beside each other and their lines numbered."""
    rows = list(_rows(text.splitlines()[2:]))
    digits = max(len(str(cell.number)) for row in rows for cell in row if cell is not None)
    width = (view.width - _MARGIN - _GAP) // 2
    lines: list[Line] = []
    for left, right in rows:
        if left is None and right is None:
            lines.append(line(" " * _MARGIN, Span("…", "dim")))
            continue
        sides = (_cell_lines(cell, digits, width, view=view) for cell in (left, right))
        for mine, other in zip_longest(*sides, fillvalue=()):
            lines.append((*line(" " * _MARGIN), *pad_line(mine, width + _GAP), *other))
    return _shortened(lines, view)


class _Cell(NamedTuple):
    number: int
    sign: str
    text: str


def _rows(diff: Sequence[str]) -> Iterator[tuple[_Cell | None, _Cell | None]]:
    """Put the lines of a diff side by side; two Nones stand for what lies between two hunks."""
    numbers = [0, 0]
    gone: list[_Cell] = []
    come: list[_Cell] = []
    for row in diff:
        sign, text = row[:1] or " ", row[1:]
        if sign in "-+":
            at = int(sign == "+")
            (come if at else gone).append(_Cell(numbers[at], sign, text))
            numbers[at] += 1
            continue
        yield from zip_longest(gone, come)
        gone, come = [], []
        if hunk := _HUNK.match(row):
            if any(numbers):
                yield None, None
            numbers = [int(number) for number in hunk.groups()]
        else:
            yield _Cell(numbers[0], " ", text), _Cell(numbers[1], " ", text)
            numbers = [number + 1 for number in numbers]
    yield from zip_longest(gone, come)


def _cell_lines(cell: _Cell | None, digits: int, width: int, *, view: View) -> list[Line]:
    if cell is None:
        return [()]
    first, *rest = _fitted(cell.text, width - digits - 3, sign=cell.sign, view=view)
    style = _STYLES[cell.sign]
    head = line(Span(f"{cell.number:>{digits}} ", "dim"), Span(f"{cell.sign} {first}", style))
    return [head, *(line(" " * (digits + 3), Span(more, style)) for more in rest)]


def _fitted(text: str, width: int, *, sign: str, view: View) -> list[str]:
    """Fold a line that changed, since what changed may stand at its end; cut any other."""
    text = printable(text.expandtabs(4))
    is_whole = view.is_complete or sign in "-+"
    return fold(text, width) if is_whole else [cut_end(text, width)]


def _shortened(lines: list[Line], view: View) -> list[Line]:
    if view.is_complete or len(lines) <= CODE_LINES + 1:
        return lines
    rest = count(len(lines) - CODE_LINES, "more line")
    return [*lines[:CODE_LINES], line(" " * _MARGIN, Span(f"… {rest}", "dim"))]
