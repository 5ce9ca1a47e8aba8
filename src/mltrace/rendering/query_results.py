"""Draws what a query in SQL answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.tables import Column, draw_table
from mltrace.rendering.wording import count

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records.query_results import Result
    from mltrace.rendering.view import View

SHOWN: Final = 40
"""Rows that are drawn unless all are asked for."""
_LEAST: Final = 8
_LONGEST: Final = 1000
"""Characters of a cell that are looked at."""
_NUMBERS: Final = ("int", "uint", "float", "double", "halffloat", "decimal")


def draw_result(result: Result, view: View) -> list[Line]:
    """Draw the rows as a table; numbers at the right, times in UTC."""
    if not result.columns or not len(result):
        named = f" Columns: {', '.join(result.columns)}." if result.columns else ""
        return [line(Span(text, "dim")) for text in wrap(f"No rows.{named}", view.width)]
    shown = len(result) if view.is_complete else min(len(result), SHOWN)
    columns = [
        Column(name, least=_LEAST, is_right=kind.startswith(_NUMBERS), drop=at)
        for at, (name, kind) in enumerate(zip(result.columns, result.types, strict=True))
    ]
    rows = [[_cell(value) for value in result[at].values()] for at in range(shown)]
    lines = draw_table(columns, rows, view.width)
    drawn = {span.text for span in lines[0]}
    notes = []
    if shown < len(result):
        notes.append(f"… {count(len(result) - shown, 'more row')}")
    if hidden := [name for name in result.columns if name not in drawn and name.strip()]:
        notes.append(f"… no room for {', '.join(hidden)}")
    folded = [text for note in notes for text in wrap(note, view.width, limit=3)]
    return [*lines, *(line(Span(text, "dim")) for text in folded)]


def cell_text(value: Any) -> str:
    """Say a value as a cell of a table.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> cell_text(0.1 + 0.2), cell_text(datetime(2013, 1, 1, 9, 30, tzinfo=UTC)), cell_text(True)
    ('0.3', '2013-01-01 09:30:00', 'true')
    """
    for kind, say in _WORDS:
        if isinstance(value, kind):
            return say(value)
    return "null" if value is None else str(value)


def _time_text(at: datetime) -> str:
    at = at.astimezone(UTC) if at.tzinfo else at
    return f"{at:%Y-%m-%d %H:%M:%S}" if at.time() != at.time().min else f"{at:%Y-%m-%d}"


_WORDS: Final[tuple[tuple[type, Callable[[Any], str]], ...]] = (
    (bool, lambda value: str(value).lower()),
    (float, lambda value: f"{value:.6g}"),
    (datetime, _time_text),
    (
        dict,
        lambda value: f"{{{', '.join(f'{key}: {cell_text(one)}' for key, one in value.items())}}}",
    ),
    (list, lambda value: f"[{', '.join(map(cell_text, value))}]"),
    (bytes, bytes.hex),
)


def _cell(value: Any) -> Line:
    text = cell_text(value)[:_LONGEST]
    return line(Span(text or " ", "dim" if value is None else ""))
