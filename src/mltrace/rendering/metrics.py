"""Draws metrics of tasks: each over time, and each window with how sure it is."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain, groupby, pairwise
from typing import TYPE_CHECKING, Final

from mltrace.rendering.fitting import cells, wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.sparklines import sparkline
from mltrace.rendering.tables import Column, draw_table
from mltrace.rendering.wording import count, took

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mltrace.records.tasks import MetricRow
    from mltrace.rendering.view import View

_Window = tuple["datetime | None", "datetime | None"]
_BESIDE: Final = 54
"""Cells that a chart leaves to the other columns."""
_LEAST: Final = 12
_MOST_EMPTY: Final = 3
"""So many bars that are missing are drawn in a chart one by one."""
_FEW: Final = 2
"""Of so few windows nobody can tell whether others are between them."""
PROVISIONAL: Final = Span("◌", "stale")
MOST_WINDOWS: Final = 12
"""How many windows are drawn row by row; charts have all."""


def draw_metrics(
    rows: Sequence[MetricRow], view: View, *, most_windows: int = MOST_WINDOWS
) -> list[Line]:
    """Draw metric rows, the newest window first: a chart of each metric, then the windows."""
    series: dict[tuple[str, str], list[MetricRow]] = {}
    for row in rows:
        series.setdefault((row.metric, row.slice or ""), []).append(row)
    windows = list(dict.fromkeys((row.window_start, row.window_end) for row in rows))
    lines = _draw_title(rows, view)
    if len(windows) > 1:
        lines += [*_draw_series(series, windows, view), line()]
    shown = set(windows[:most_windows])
    drawn = [row for row in rows if (row.window_start, row.window_end) in shown]
    lines += _draw_windows(drawn, view, has_times=len(windows) > 1)
    if len(windows) > most_windows:
        left_out = count(len(windows) - most_windows, "earlier window")
        lines.append(line(Span(f"and {left_out}", "dim")))
    said = dict.fromkeys(row.message for row in drawn if row.message)
    if any(row.is_provisional for row in drawn):
        lines.append(line(PROVISIONAL, Span(" provisional: labels are still to come", "dim")))
    return [*lines, *(line(Span(one, "dim")) for text in said for one in wrap(text, view.width))]


def _draw_title(rows: Sequence[MetricRow], view: View) -> list[Line]:
    task = rows[0].task
    indent = cells(task) + 2
    first, *more = wrap(_about(rows), view.width - indent)
    return [line(Span(task, "strong"), f"  {first}"), *(line(" " * indent, one) for one in more)]


def _draw_series(
    series: dict[tuple[str, str], list[MetricRow]], windows: Sequence[_Window], view: View
) -> list[Line]:
    columns = (
        Column("METRIC", least=8, is_path=True),
        Column("SLICE", least=8, is_path=True),
        Column("LEAST", is_right=True, drop=2),
        Column("MOST", is_right=True, drop=2),
        Column("LATEST", is_right=True),
        Column("OVER TIME"),
        Column(""),
    )
    num_bars = max(view.width - _BESIDE, _LEAST)
    made = (row for rows in series.values() for row in rows if row.num_predictions)
    used = {row.window_start for row in made if row.window_start}
    starts = [start for start, _ in reversed(windows) if start in used]
    step = _usual_step(starts)
    drawn = []
    for (metric, slice_), newest_first in series.items():
        values = {row.window_start: row.value for row in newest_first}
        over_time = [(start, values.get(start)) for start in starts]
        known = [value for _, value in over_time if value is not None]
        settled = [row for row in newest_first if row.value is not None]
        drawn.append(
            (
                line(Span(metric, "strong")),
                line(slice_),
                line(number_text(min(known, default=None))),
                line(number_text(max(known, default=None))),
                line(number_text(settled[0].value if settled else None)),
                line(_chart(over_time[-num_bars:], step)[-num_bars:]),
                line(PROVISIONAL) if settled and settled[0].is_provisional else line(),
            )
        )
    return draw_table(columns, drawn, view.width)


def _chart(over_time: Sequence[tuple[datetime, float | None]], step: timedelta) -> str:
    """Draw values of windows as bars, and longer steps than usual as spaces, or as `…`."""
    bars = sparkline([value for _, value in over_time])
    gaps = (later - earlier for (earlier, _), (later, _) in pairwise(over_time))
    empty = (gap // step - 1 for gap in gaps)
    marks = (" " * num if num <= _MOST_EMPTY else "…" for num in empty)
    return "".join(f"{mark}{bar}" for mark, bar in zip(chain([""], marks), bars, strict=False))


def _usual_step(starts: Sequence[datetime]) -> timedelta:
    """Tell how much later the next window with predictions usually begins: the lower median."""
    steps = sorted(later - earlier for earlier, later in pairwise(starts))
    return steps[(len(steps) - 1) // 2] if steps else timedelta.max


def _draw_windows(rows: Sequence[MetricRow], view: View, *, has_times: bool) -> list[Line]:
    columns = (
        Column("FROM"),
        Column("TO", drop=3),
        Column("METRIC", least=16, is_path=True),
        Column("SLICE", least=8, is_path=True),
        Column("VALUE", is_right=True),
        Column(""),
        Column(f"{rows[0].confidence:.0%} INTERVAL"),
        Column("LABELS", is_right=True),
        Column("OF", is_right=True, drop=2),
        Column("COVERED", is_right=True, drop=1),
        Column("LEFT OUT", is_right=True, drop=4),
    )
    drawn = []
    for _, window in groupby(rows, key=lambda row: (row.window_start, row.window_end)):
        for number, row in enumerate(window):
            is_first = number == 0 and has_times
            drawn.append(
                (
                    line(moment_text(row.window_start) if is_first else ""),
                    line(moment_text(row.window_end) if is_first else ""),
                    line(row.metric),
                    line(row.slice or ""),
                    line(Span(number_text(row.value), "strong")),
                    line(PROVISIONAL) if row.is_provisional else line(),
                    line(_interval(row)),
                    line(f"{row.num_labels:,}"),
                    line(f"{row.num_predictions:,}"),
                    line("" if row.label_coverage is None else f"{row.label_coverage:.0%}"),
                    line(f"{row.num_excluded:,}" if row.num_excluded else ""),
                )
            )
    return draw_table(columns, drawn, view.width)


def number_text(value: float | None) -> str:
    """Write a metric with four digits; nothing where there is none.

    Examples
    --------
    >>> number_text(0.91234), number_text(None), number_text(1234.56)
    ('0.9123', '', '1,235')
    """
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def moment_text(moment: datetime | None) -> str:
    """Write the edge of a window: a day alone where it is midnight.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> moment_text(datetime(2013, 6, 3, tzinfo=UTC))
    '2013-06-03'
    """
    if moment is None:
        return ""
    is_day = (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)
    return f"{moment:%Y-%m-%d}" if is_day else f"{moment:%Y-%m-%d %H:%M}"


def _interval(row: MetricRow) -> str:
    if row.ci_low is None or row.ci_high is None:
        return ""
    return f"{number_text(row.ci_low)} to {number_text(row.ci_high)}"


def _about(rows: Sequence[MetricRow]) -> str:
    known = f"as known on {rows[0].known_at:%Y-%m-%d %H:%M} UTC"
    spans = {
        (row.window_start, row.window_end)
        for row in rows
        if row.window_start is not None and row.window_end is not None
    }
    lengths = {end - start for start, end in spans}
    if len(spans) == 1:
        start, end = spans.pop()
        return f"from {moment_text(start)} to {moment_text(end)}, {known}"
    if len(lengths) != 1:
        return known
    length = lengths.pop()
    starts = sorted(start for start, _ in spans)
    step = min(later - earlier for earlier, later in pairwise(starts))
    is_plain = step == length or (step > length and len(starts) == _FEW)
    every = "" if is_plain else f" every {_length(step.total_seconds())}"
    return f"windows of {_length(length.total_seconds())}{every}, {known}"


def _length(seconds: float) -> str:
    """Say how long a window is.

    Examples
    --------
    >>> _length(86_400), _length(7 * 86_400), _length(3_600)
    ('1 day', '7 days', '1 h')
    """
    days, rest = divmod(seconds, 86_400)
    return took(seconds).replace(".0 ", " ") if rest else count(int(days), "day")
