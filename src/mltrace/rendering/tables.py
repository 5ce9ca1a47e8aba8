"""Lays out tables that fit a terminal: columns shrink, then the least needed go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mltrace.rendering.fitting import cut_line, cut_middle, line_cells, pad_line
from mltrace.rendering.lines import Line, Span, line

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP: Final = 2
_COMFORTABLE: Final = 28
"""Cells that a name keeps as long as other columns can shrink or go."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    title : str
        The heading.
    least : int or None
        The width down to which it may shrink; None: it never shrinks.
    is_right : bool
        Whether its cells are aligned at the right, as numbers are.
    is_path : bool
        Whether its cells are cut in the middle rather than at the end.
    drop : int
        The column of the highest number goes first where there is no room; 0 never goes.
    """

    title: str
    least: int | None = None
    is_right: bool = False
    is_path: bool = False
    drop: int = 0


def draw_table(
    columns: Sequence[Column], rows: Sequence[Sequence[Line]], width: int, *, indent: int = 0
) -> list[Line]:
    """Draw a table; a column without any content is left out."""
    shown = [at for at in range(len(columns)) if any(row[at] for row in rows)]
    widths = _fit_widths(columns, rows, shown, width - indent)
    shown = [at for at in shown if at in widths]
    margin = Span(" " * indent)
    head = [line(Span(columns[at].title, "dim")) for at in shown]
    lines = [_draw_row([columns[at] for at in shown], head, [widths[at] for at in shown], margin)]
    for row in rows:
        cells = [row[at] for at in shown]
        lines.append(
            _draw_row([columns[at] for at in shown], cells, [widths[at] for at in shown], margin)
        )
    return lines


def _draw_row(
    columns: Sequence[Column], cells: Sequence[Line], widths: Sequence[int], margin: Span
) -> Line:
    drawn: list[Span] = [margin] if margin.text else []
    for at, (column, cell, width) in enumerate(zip(columns, cells, widths, strict=True)):
        if at:
            drawn.append(Span(" " * _GAP))
        fitted = cell
        if line_cells(cell) > width:
            is_whole = column.is_path and len(cell) == 1
            fitted = (
                (Span(cut_middle(cell[0].text, width), cell[0].style),)
                if is_whole
                else cut_line(cell, width)
            )
        is_last = at == len(columns) - 1
        drawn.extend(
            fitted
            if is_last and not column.is_right
            else pad_line(fitted, width, is_right=column.is_right)
        )
    return tuple(drawn)


def _fit_widths(
    columns: Sequence[Column], rows: Sequence[Sequence[Line]], shown: list[int], width: int
) -> dict[int, int]:
    natural = {
        at: max(len(columns[at].title), *(line_cells(row[at]) for row in rows)) for at in shown
    }
    while True:
        widths = _shrunk(columns, natural, width, comfort=_COMFORTABLE)
        if sum(widths.values()) + _GAP * (len(widths) - 1) <= width:
            return widths
        droppable = [at for at in natural if columns[at].drop]
        if not droppable:
            return _shrunk(columns, natural, width)
        del natural[max(droppable, key=lambda at: columns[at].drop)]


def _shrunk(
    columns: Sequence[Column], natural: dict[int, int], width: int, *, comfort: int = 0
) -> dict[int, int]:
    """Take cells from the widest columns; names keep `comfort` cells."""
    widths = dict(natural)
    excess = sum(widths.values()) + _GAP * (len(widths) - 1) - width
    while excess > 0:
        flexible = [at for at in widths if widths[at] > _least(columns[at], widths[at], comfort)]
        if not flexible:
            break
        widest = max(flexible, key=lambda at: widths[at])
        widths[widest] -= 1
        excess -= 1
    return widths


def _least(column: Column, width: int, comfort: int) -> int:
    if column.least is None:
        return width
    return max(column.least, len(column.title), comfort if column.is_path else 0)
