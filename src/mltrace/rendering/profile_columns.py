"""Draws one column of a profile in full."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from mltrace.rendering.fitting import cells, cut_end, cut_line, wrap
from mltrace.rendering.lines import Line, Span, line, printable
from mltrace.rendering.profiles import distinct_text, extremes, share_text, value_text
from mltrace.rendering.wording import moment_text, took

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.profiles.tables import Profile
    from mltrace.records import ColumnProfile, TimeGap, ValueCount
    from mltrace.rendering.view import View

LISTED: Final = 10
"""Values, gaps and correlations that are drawn, unless the view is complete."""
_BAR_WIDTH: Final = 40
_LABEL_WIDTH: Final = 32
_INDENT: Final = "  "


def draw_column(column: ColumnProfile, profile: Profile, view: View) -> list[Line]:
    """Draw all that a profile tells of a column; `view.is_complete` cuts no list."""
    kind = f"  {column.kind}, {column.dtype}" if column.dtype else f"  {column.kind}"
    heading = line(Span(printable(column.name), "strong"), Span(kind, "dim"))
    lines = [cut_line(heading, view.width)]
    lines += _pairs(_counts(column) + _statistics(column), view)
    quantiles = [(f"{float(p):.0%}", value_text(v)) for p, v in column.quantiles.items()]
    for title, drawn in (
        ("Quantiles", _in_a_row(quantiles, view)),
        ("Histogram", _bars(_intervals(column), column.num_rows, view)),
        ("Most frequent", _frequent(column.top, column, view)),
        ("Patterns", _frequent(column.patterns, column, view)),
        ("Gaps", _gaps(column, view)),
        ("Correlations", _correlations(column.name, profile, view)),
    ):
        if drawn:
            lines += [(), line(Span(title, "strong")), *drawn]
    return lines


def _counts(column: ColumnProfile) -> list[tuple[str, str]]:
    counted = (
        ("nulls", column.num_nulls),
        ("NaN", column.num_nan),
        ("infinite", column.num_inf),
        ("zeros", column.num_zeros),
        ("negative", column.num_negative),
        ("empty", column.num_empty),
    )
    pairs = [("rows", f"{column.num_rows:,}"), ("distinct", distinct_text(column))]
    pairs += [
        (name, f"{number:,} ({share_text(number, column.num_rows)})")
        for name, number in counted
        if number
    ]
    if column.num_of_kinds:
        kinds = (f"{number:,} {kind}" for kind, number in column.num_of_kinds.items())
        pairs.append(("kinds", ", ".join(kinds)))
    return pairs


def _statistics(column: ColumnProfile) -> list[tuple[str, str]]:
    least, greatest = extremes(column)
    if isinstance(column.min, datetime):
        least, greatest = moment_text(column.min), moment_text(column.max)
    lengths = column.lengths
    between = f"{lengths.min:,} to {lengths.max:,}" if lengths else ""
    return [
        ("min", least),
        ("max", greatest),
        ("mean", value_text(column.mean)),
        ("std", value_text(column.std)),
        ("skewness", value_text(column.skewness)),
        ("kurtosis", value_text(column.kurtosis)),
        ("lengths", f"{between}, mean {value_text(lengths.mean)}" if lengths else ""),
    ]


def _pairs(pairs: Sequence[tuple[str, str]], view: View) -> list[Line]:
    told = [(name, text) for name, text in pairs if text]
    wide = max(len(name) for name, _ in told)
    lines = []
    for name, text in told:
        first, *rest = wrap(text, view.width - wide - 4)
        lines.append(line(_INDENT, Span(f"{name:<{wide}}  ", "dim"), first))
        lines += [line(" " * (wide + 4), more) for more in rest]
    return lines


def _in_a_row(pairs: Sequence[tuple[str, str]], view: View) -> list[Line]:
    """Draw names above values, in as many rows as the width asks for."""
    lines: list[Line] = []
    waiting = list(pairs)
    while waiting:
        heads, values = _INDENT, _INDENT
        while waiting:
            name, value = waiting[0]
            wide = max(cells(name), cells(value)) + 2
            if heads != _INDENT and len(heads) + wide > view.width:
                break
            heads, values = f"{heads}{name:>{wide - 2}}  ", f"{values}{value:>{wide - 2}}  "
            waiting.pop(0)
        lines += [line(Span(heads, "dim")), line(values)]
    return lines


def _intervals(column: ColumnProfile) -> list[tuple[str, int]]:
    if column.histogram is None:
        return []
    edges: list[Any] = list(column.histogram.edges)
    if column.kind == "time":
        edges = [datetime.fromtimestamp(edge, UTC) for edge in edges]
    texts = [value_text(edge) for edge in edges]
    if len(texts) == 1 + len(column.histogram.counts):
        texts = [f"{low} to {high}" if low != high else low for low, high in pairwise(texts)]
    return list(zip(texts, column.histogram.counts, strict=True))


def _frequent(values: Sequence[ValueCount], column: ColumnProfile, view: View) -> list[Line]:
    shown = values if view.is_complete else values[:LISTED]
    named = [(value_text(one.value) or "(empty)", one.count) for one in shown]
    lines = _bars(named, column.num_rows, view)
    if len(values) > len(shown):
        lines.append(line(Span(f"{_INDENT}… {len(values) - len(shown):,} more", "dim")))
    return lines


def _bars(named: Sequence[tuple[str, int]], num_rows: int, view: View) -> list[Line]:
    """Draw a bar for each count, which ends in its number and its share of the rows."""
    if not named:
        return []
    label = min(max(cells(name) for name, _ in named), _LABEL_WIDTH)
    wide = max(len(f"{number:,}") for _, number in named)
    most = max(number for _, number in named) or 1
    room = max(min(_BAR_WIDTH, view.width - label - wide - 16), 4)
    lines = []
    for name, number in named:
        text = cut_end(name, label)
        bar = "█" * round(room * number / most)
        blank = " " * (label - cells(text))
        share = share_text(number, num_rows)
        lines.append(
            line(
                f"{_INDENT}{text}{blank}  {number:>{wide},}  ",
                Span(f"{share:>7}  ", "dim"),
                bar,
            )
        )
    return lines


def _gaps(column: ColumnProfile, view: View) -> list[Line]:
    shown = column.gaps if view.is_complete else column.gaps[:LISTED]
    return [
        line(f"{_INDENT}{moment_text(gap.start)} to {moment_text(gap.end)}  {_long(gap)}")
        for gap in shown
    ]


def _long(gap: TimeGap) -> str:
    return took((gap.end - gap.start).total_seconds())


def _correlations(name: str, profile: Profile, view: View) -> list[Line]:
    related = [
        (pair.right if pair.left == name else pair.left, pair.r)
        for pair in profile.correlations
        if name in {pair.left, pair.right}
    ]
    related.sort(key=lambda pair: -abs(pair[1]))
    shown = related if view.is_complete else related[:LISTED]
    if not shown:
        return []
    wide = min(max(cells(other) for other, _ in shown), _LABEL_WIDTH)
    return [line(f"{_INDENT}{cut_end(other, wide):<{wide}}  {r:+.2f}") for other, r in shown]
