"""Draws two profiles side by side, the columns that differ most first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.rendering.fitting import cells, cut_end
from mltrace.rendering.lines import Line, Span, line, printable
from mltrace.rendering.profiles import (
    COLUMNS,
    distinct_text,
    draw_heading,
    extremes,
    shape_text,
    share_text,
    value_text,
)
from mltrace.rendering.tables import Column, draw_table
from mltrace.rendering.wording import count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mltrace.profiles.tables import Profile
    from mltrace.records import ColumnDifference, ColumnProfile
    from mltrace.rendering.view import View

_BARS: Final = 8
_SHAPE_WIDTH: Final = 16
_TABLE: Final = (
    Column("COLUMN", least=10),
    Column("DIFFERS", is_right=True),
    Column("BY"),
    Column("NULLS", is_right=True, drop=3),
    Column("DISTINCT", is_right=True, drop=5),
    Column("RANGE", drop=6),
    Column("MEDIAN", is_right=True, drop=4),
    Column("VALUES", least=19),
)


def draw_differences(
    differences: Sequence[ColumnDifference], profiles: Sequence[tuple[str, Profile]], view: View
) -> list[Line]:
    """Draw how the columns of two profiles, each with its name, differ."""
    shown = differences if view.is_complete else differences[:COLUMNS]
    lines: list[Line] = []
    for letter, (name, profile) in zip("AB", profiles, strict=True):
        lines += draw_heading(profile, view, title=f"{letter}  {name}")
    if shown:
        rows = [[line(*parts) for parts in _cells(one)] for one in shown]
        lines += [(), *draw_table(_TABLE, rows, view.width)]
    if len(differences) > len(shown):
        more = count(len(differences) - len(shown), "column")
        lines.append(line(Span(f"… {more} more, which differ less", "dim")))
    return lines


def _cells(one: ColumnDifference) -> list[list[str | Span]]:
    left, right = one.left, one.right
    return [
        [Span(printable(one.name), "strong")],
        [f"{one.difference:.0%}".replace("%", " %") if one.reason else ""],
        [Span(one.reason, "stale")],
        [_pair(left, right, _nulls)],
        [_pair(left, right, distinct_text)],
        [_pair(left, right, _range)],
        [_pair(left, right, _median)],
        [_shapes(left, right)],
    ]


def _pair(
    left: ColumnProfile | None, right: ColumnProfile | None, say: Callable[[ColumnProfile], str]
) -> str:
    """Say something of both columns, once if it is the same."""
    ours, theirs = (say(one) if one is not None else "" for one in (left, right))
    if ours == theirs or left is None or right is None:
        return ours or theirs
    return f"{ours or 'none'} → {theirs or 'none'}"


def _nulls(column: ColumnProfile) -> str:
    return share_text(column.num_nulls, column.num_rows)


def _range(column: ColumnProfile) -> str:
    least, greatest = extremes(column)
    is_ordered = column.kind in {"number", "time"} and least
    return f"{least} to {greatest}" if is_ordered else ""


def _median(column: ColumnProfile) -> str:
    return value_text(column.quantiles.get("0.5")) if column.kind == "number" else ""


def _shapes(left: ColumnProfile | None, right: ColumnProfile | None) -> str:
    shapes = []
    for column in (left, right):
        shape = shape_text(column, _BARS) if column is not None else ""
        is_drawn = column is not None and column.histogram is not None
        shapes.append(shape if is_drawn else shape.partition(",")[0])
    if not any(shapes):
        return ""
    ours, theirs = (cut_end(shape, _SHAPE_WIDTH) or "-" for shape in shapes)
    return f"{ours}{' ' * (_BARS - cells(ours))} → {theirs}"
