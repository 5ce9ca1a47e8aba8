"""Draws what a metric would be if all labels were known, and what that rests on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from mltrace.rendering.comparisons import interval_text, number_text
from mltrace.rendering.fitting import cells, wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.tables import Column, draw_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mltrace.records.estimates import Estimate
    from mltrace.rendering.view import View

_COLUMNS: Final = (
    Column("METRIC", least=10),
    Column("WINDOW", least=10, drop=1),
    Column("SLICE", least=8, drop=2),
    Column("ESTIMATE", is_right=True),
    Column("INTERVAL", is_right=True),
    Column("LABELS", is_right=True, drop=3),
    Column("METHOD", drop=4),
)


def draw_estimate(estimate: Estimate, view: View) -> list[Line]:
    """Draw an estimate with its interval, what it was learned from, and what it assumes."""
    window = _window(estimate.window_start, estimate.window_end)
    about = ", ".join(one for one in (window, estimate.slice, estimate.model) if one)
    said = (
        f"{number_text(estimate.value)} {interval_text(estimate.ci_low, estimate.ci_high)}".rstrip()
    )
    title = f"{estimate.metric} of {estimate.task}, estimated: "
    lines = [line(Span(title), Span(said, "strong"))]
    if cells(title) + cells(said) > view.width:
        lines = [line(Span(title)), line("  ", Span(said, "strong"))]
    labels = f"{estimate.num_labels:,} of {estimate.num_predictions:,} labels are known"
    source = (
        f"{estimate.method}, learned from {estimate.num_reference:,} other predictions with labels"
        if estimate.method
        else ""
    )
    since = _window(estimate.reference_start, estimate.reference_end)
    facts = [
        ("window", f"{about}: {labels}" if about else labels),
        ("method", f"{source} ({since})" if source and since else source),
        ("assumes", estimate.assumption),
        ("note", estimate.message),
    ]
    for name, text in facts:
        if text:
            first, *rest = wrap(text, view.width - 11)
            lines.append(line("  ", Span(f"{name:<9}", "dim"), first))
            lines += [line(" " * 11, more) for more in rest]
    return lines


def draw_estimates(estimates: Sequence[Estimate], view: View) -> list[Line]:
    """Draw estimates as a table."""
    rows = [
        tuple(
            line(text)
            for text in (
                one.metric,
                _window(one.window_start, one.window_end),
                one.slice or "",
                number_text(one.value),
                interval_text(one.ci_low, one.ci_high),
                f"{one.num_labels:,} of {one.num_predictions:,}",
                one.method,
            )
        )
        for one in estimates
    ]
    lines = draw_table(_COLUMNS, rows, view.width)
    said = dict.fromkeys(one.assumption for one in estimates if one.assumption)
    return [
        *lines,
        *(line(Span(text, "dim")) for one in said for text in wrap(f"Assumed: {one}", view.width)),
    ]


def _window(start: datetime | None, end: datetime | None) -> str:
    if start is None or end is None:
        return "" if start is None and end is None else _moment(start or end)
    if end - start == timedelta(days=1) and end.hour == end.minute == end.second == 0:
        return _moment(start)
    return f"{_moment(start)} to {_moment(end)}"


def _moment(moment: datetime | None) -> str:
    if moment is None:
        return ""
    is_day = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
    return f"{moment:%Y-%m-%d}" if is_day else f"{moment:%Y-%m-%d %H:%M}"
