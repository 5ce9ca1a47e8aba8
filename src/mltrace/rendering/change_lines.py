"""Draws the changes of two runs: values beside each other where there is room, else stacked."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from mltrace.rendering.change_words import WIDEST_LABEL, label_of, values_of
from mltrace.rendering.code_diffs import draw_side_by_side, draw_unified
from mltrace.rendering.fitting import cells, cut_middle, fold, line_cells, pad_line, wrap
from mltrace.rendering.lines import Line, Span, line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mltrace.records import Change
    from mltrace.rendering.view import View

WIDE: Final = 110
"""From so many columns on, A and B are drawn side by side."""

CHANGES: Final = 30
COLUMNS: Final = 20
VALUE_LINES: Final = 6
_LABEL: Final = 26
_GAP: Final = 2


def draw_changes(changes: Sequence[Change], view: View) -> list[Line]:
    """Draw changes of one pair of runs; `view.is_complete` cuts nothing."""
    shown = changes if view.is_complete else changes[:CHANGES]
    labels = [_label(change, view) for change in shown if not _is_block(change)]
    wide = min(max(map(cells, labels), default=0), WIDEST_LABEL)
    lines = [
        drawn
        for change in shown
        for drawn in (
            _draw_block(change, view) if _is_block(change) else _draw_values(change, view, wide)
        )
    ]
    if len(changes) > len(shown):
        lines.append(line(Span(f"  … {len(changes) - len(shown):,} more changes", "dim")))
    return lines


def is_wide(view: View) -> bool:
    """Tell whether A and B stand beside each other."""
    return view.width >= WIDE


def beside(label: Span, sides: tuple[Line, Line], view: View) -> Line:
    """Put what A and B have into their columns, beside a label."""
    before, after = sides
    head = line(Span(cut_middle(label.text, _LABEL + _GAP), label.style))
    return (
        *pad_line(head, _LABEL + 2 * _GAP),
        *(pad_line(before, value_width(view) + _GAP) if after else before),
        *after,
    )


def value_width(view: View) -> int:
    """Tell how wide the columns of A and B are."""
    return (view.width - _LABEL - 3 * _GAP) // 2


def _is_block(change: Change) -> bool:
    """Tell whether lines of text, or columns, are compared."""
    return change.text.startswith("--- ") or (
        change.aspect == "columns" and isinstance(change.before, Mapping)
    )


def _draw_block(change: Change, view: View) -> list[Line]:
    if change.aspect == "columns":
        return _draw_columns(change, view)
    draw = draw_side_by_side if is_wide(view) else draw_unified
    return [line("  ", _label(change, view)), *draw(change.text, view)]


def _draw_columns(change: Change, view: View) -> list[Line]:
    names = list(dict.fromkeys([*change.before, *change.after]))
    shown = names if view.is_complete else names[:COLUMNS]
    lines = [] if is_wide(view) else [line("  ", _label(change, view))]
    for name in shown:
        before, after = (
            f"{name}  {types[name]}".rstrip() if name in types else ""
            for types in (change.before, change.after)
        )
        if is_wide(view):
            label = "" if lines else f"  {label_of(change, _LABEL)}"
            cut = [line(cut_middle(text, value_width(view))) for text in (before, after)]
            lines.append(beside(Span(label), (cut[0], cut[1]), view))
            continue
        lines += [line("    ", Span(f"- {before}", "removed"))] if before else []
        lines += [line("    ", Span(f"+ {after}", "added"))] if after else []
    if len(names) > len(shown):
        lines.append(line(Span(f"    … {len(names) - len(shown):,} more columns", "dim")))
    return lines


def _draw_values(change: Change, view: View, label_width: int) -> list[Line]:
    remark = [line("    ", Span(text, "stale")) for text in wrap(change.text, view.width - 4)]
    draw = _draw_beside if is_wide(view) else _draw_stacked
    return [*draw(change, view, label_width), *remark]


def _draw_beside(change: Change, view: View, _label_width: int) -> list[Line]:
    sides = values_of(change, is_complete=view.is_complete)
    before, after = (_value_lines(value, value_width(view), view) for value in sides)
    label = f"  {_label(change, view)}"
    is_long = cells(label) > _LABEL + _GAP
    rows = [
        beside(Span("" if at or is_long else label), pair, view)
        for at, pair in enumerate(zip_longest(before, after, fillvalue=()))
    ]
    return [*([line(label)] if is_long else []), *rows]


def _label(change: Change, view: View) -> str:
    if view.is_complete:
        return label_of(change, len(change.aspect) + 2 + 2 * len(change.name))
    return label_of(change, _LABEL) if is_wide(view) else label_of(change)


def _draw_stacked(change: Change, view: View, label_width: int) -> list[Line]:
    """Draw values in one line if they fit, else below each other."""
    label, (before, after) = _label(change, view), values_of(change, is_complete=view.is_complete)
    blank = " " * max(label_width - cells(label), 0)
    single = line(f"  {label}{blank}  ", before, " → ", after)
    if line_cells(single) <= view.width:
        return [single]
    return [
        *(line("  ", text) for text in fold(label, view.width - 2)),
        *_signed("-", Span(before.text, "removed"), view),
        *_signed("+", Span(after.text, "added"), view),
    ]


def _signed(sign: str, value: Span, view: View) -> Iterator[Line]:
    for at, text in enumerate(_value_lines(value, view.width - 6, view)):
        yield (*line("    ", Span(" " if at else sign, value.style), " "), *text)


def _value_lines(value: Span, width: int, view: View) -> list[Line]:
    if view.is_complete:
        return [line(Span(text, value.style)) for text in fold(value.text, width)]
    return [
        line(Span(text, value.style)) for text in wrap(value.text, width, limit=VALUE_LINES)
    ] or [()]
