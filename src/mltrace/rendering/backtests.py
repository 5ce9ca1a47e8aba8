"""Draws what a monitor would have raised: a strip of points, other thresholds, what is proposed."""

from __future__ import annotations

import math
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from mltrace.rendering.fitting import cells, cut_line, cut_middle, wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.sparklines import BARS
from mltrace.rendering.tables import Column, draw_table
from mltrace.rendering.wording import count, took

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from mltrace.records.backtests import (
        Backtest,
        BacktestCandidate,
        BacktestPoint,
    )
    from mltrace.rendering.lines import Style
    from mltrace.rendering.view import View

_MOST_STRIPS: Final = 3
_MOST_NAMED: Final = 5
_MUCH: Final = 30
"""From such a quotient of the largest and the least number on, heights are of logarithms."""
_TICK: Final = timedelta(microseconds=1)
_NO_BAR: Final = {"learning": "·", "unknown": "?"}
_COLUMNS: Final = (
    Column(""),
    Column("THRESHOLD", is_right=True),
    Column("OPEN AFTER", is_right=True, drop=4),
    Column("RESOLVE AFTER", is_right=True, drop=5),
    Column("FALSE ALARMS", is_right=True),
    Column("A MONTH", is_right=True, drop=2),
    Column("QUIET TIME BAD", is_right=True, drop=6),
    Column("FOUND", is_right=True, drop=1),
    Column("DELAY", least=8, drop=3),
)


def draw_backtest(backtest: Backtest, view: View) -> list[Line]:
    """Draw a backtest; `view.is_complete` draws every subject, incident and alert."""
    lines = [*_headings(backtest, view), *_incident_lines(backtest, view)]
    for strip in _strips(backtest, view):
        lines += [(), *strip]
    if len(backtest.candidates) > 1 or backtest.proposal:
        lines += [(), *_candidate_lines(backtest, view)]
    lines += _proposal_lines(backtest, view)
    notes = [line(Span(text, "dim")) for one in backtest.notes for text in wrap(one, view.width)]
    return [*lines, *([()] if notes else []), *notes]


def _headings(backtest: Backtest, view: View) -> Iterator[Line]:
    since = ""
    if backtest.begin is not None and backtest.end is not None:
        since = f", {_days(backtest.begin, backtest.end)}"
    judged = backtest.num_points - backtest.num_learning - backtest.num_unknown
    of = f"{count(judged, 'judged point')}{since}"
    name = Span(cut_middle(backtest.monitor, max(view.width - cells(of) - 2, 20)), "strong")
    if cells(name.text) + cells(of) + 2 <= view.width:
        yield line(name, Span(f"  {of}", "dim"))
    else:
        yield line(name)
        yield from (line(Span(f"  {text}", "dim")) for text in wrap(of, view.width - 2))
    found = backtest.num_alerts - backtest.num_false_alarms
    said = f"{count(backtest.num_alerts, 'alert')}: {found:,} of incidents, "
    said += count(backtest.num_false_alarms, "false alarm")
    if backtest.false_alarms_per_month is not None:
        low, high = backtest.ci_low or 0.0, backtest.ci_high or 0.0
        said += f" in {count_months(backtest.num_months)} of quiet time"
        said += f", {_rate(backtest.false_alarms_per_month)} a month"
        said += f" (95 %: {_rate(low)} to {_rate(high)})"
    yield from (line("  ", text) for text in wrap(said, view.width - 2))


def count_months(months: float) -> str:
    """Say a number of months.

    Examples
    --------
    >>> count_months(1.0), count_months(5.29), count_months(0.003)
    ('1 month', '5.3 months', '0.003 months')
    """
    text = _rate(months)
    return f"{text} month{'' if text == '1' else 's'}"


def _incident_lines(backtest: Backtest, view: View) -> Iterator[Line]:
    if not backtest.incidents:
        return
    of = count(len(backtest.incidents), "accepted incident")
    yield line(f"  {backtest.num_found:,} of {of} found")
    missed_first = sorted(backtest.incidents, key=lambda one: (one.is_found, one.begin))
    shown = missed_first if view.is_complete else missed_first[:_MOST_NAMED]
    for one in sorted(shown, key=lambda one: one.begin):
        told = Span(_delay_text(one.delay_points, one.delay_seconds))
        if not one.is_found:
            told = Span("missed", "failed")
        shown_at = line(f"    {_days(one.begin, one.end)}  ", told, Span(f"  {one.source}", "dim"))
        yield cut_line(shown_at, view.width)
    if len(shown) < len(missed_first):
        yield line(Span(f"    … {len(missed_first) - len(shown):,} more", "dim"))


def _days(begin: datetime, end: datetime) -> str:
    """Say the first and the last day of a span, whose end at midnight is no part of it."""
    last = end - _TICK if end > begin else end
    return f"{begin:%Y-%m-%d} to {last:%Y-%m-%d}"


def _delay_text(points: float | None, seconds: float | None) -> str:
    if points is None:
        return ""
    if not points:
        return "at once"
    text = f"{points:.1f}".removesuffix(".0")
    late = f" ({took(seconds)})" if seconds else ""
    return f"{text} point{'' if text == '1' else 's'} late{late}"


def _strips(backtest: Backtest, view: View) -> Iterator[list[Line]]:
    """Draw the points of the subjects that matter most over time."""
    by_subject: dict[str, list[BacktestPoint]] = {}
    for one in backtest.points:
        by_subject.setdefault(one.subject, []).append(one)
    ranked = sorted(
        by_subject.items(), key=lambda pair: -sum(one.state == "bad" for one in pair[1])
    )
    shown = ranked if view.is_complete else ranked[:_MOST_STRIPS]
    for subject, points in shown:
        title = [line(Span(f"  {subject}", "dim"))] if len(ranked) > 1 else []
        yield [*title, *_strip(backtest, points, view)]
    if len(shown) < len(ranked):
        yield [line(Span(f"  … {count(len(ranked) - len(shown), 'subject')} more", "dim"))]


class _Heights(NamedTuple):
    """How high points are drawn: in the upper row from the threshold on, in the lower up to it."""

    height: Callable[[float], float]
    least: float
    limit: float
    most: float

    def upper(self, number: float) -> str:
        return _bar(self.height(number), self.limit, self.most)

    def lower(self, number: float) -> str:
        return _bar(self.height(number), self.least, self.limit)


def _bar(height: float, low: float, high: float) -> str:
    share = (height - low) / (high - low) if high > low else float(height > high)
    return BARS[round(min(max(share, 0.0), 1.0) * (len(BARS) - 1))]


def _strip(backtest: Backtest, points: Sequence[BacktestPoint], view: View) -> list[Line]:
    numbers = [_number(backtest, one) for one in points]
    judged = [
        number
        for one, number in zip(points, numbers, strict=True)
        if number is not None and one.state in ("ok", "bad")
    ]
    limit = 1.0 if backtest.is_relative else _limit(points)
    heights = None
    if backtest.direction is not None and judged and limit is not None:
        heights = _heights([*judged, limit], limit, is_above=backtest.direction == "above")
    labels = ["", "" if limit is None or heights is None else _brief(limit)]
    if heights is not None:
        worst = max(judged) if backtest.direction == "above" else min(judged)
        labels[0] = _brief(worst)
    margin = max(map(cells, labels)) + 4
    groups = _groups(len(points), view.width - margin)
    drawn = [[(points[at], numbers[at]) for at in group] for group in groups]
    rows = [
        (labels[0], [_upper(one, heights) for one in drawn]),
        (labels[1], [_lower(one, heights) for one in drawn]),
        ("", [_mark(one) for one in drawn]),
    ]
    lines: list[Line] = []
    for label, signs in rows:
        if any(sign.text != " " for sign in signs):
            axis = " ┤" if label else " │"
            lines.append(line(Span(f"  {label:>{margin - 4}}{axis}", "dim"), *_joined(signs)))
    first, last = f"{points[0].at:%Y-%m-%d}", f"{points[-1].at:%Y-%m-%d}"
    gap = max(len(groups) - len(first) - len(last), 2)
    lines.append(line(Span(f"{' ' * margin}{first}{' ' * gap}{last}", "dim")))
    return lines


def _limit(points: Sequence[BacktestPoint]) -> float | None:
    """Tell the threshold: that of good points, for what is bad may be so by another bound."""
    known = sorted((one for one in points if one.state in ("ok", "bad")), key=_is_bad)
    return next((one.threshold for one in known if one.threshold is not None), None)


def _is_bad(one: BacktestPoint) -> bool:
    return one.state == "bad"


def _number(backtest: Backtest, one: BacktestPoint) -> float | None:
    if one.value is None or not math.isfinite(one.value):
        return None
    if backtest.is_relative:
        return one.value / one.threshold if one.threshold else None
    return one.value


def _heights(numbers: Sequence[float], limit: float, *, is_above: bool) -> _Heights:
    sign = 1.0 if is_above else -1.0
    is_log = min(numbers) > 0 and max(numbers) > _MUCH * min(numbers)

    def height(number: float) -> float:
        if not is_log:
            return sign * number
        return sign * (math.log(number) if number > 0 else -math.inf)

    found = [height(one) for one in numbers]
    return _Heights(height, min(found), height(limit), max(found))


def _groups(num: int, width: int) -> list[range]:
    """Part points into as many groups as there is room for."""
    places = min(num, max(width, 10))
    bounds = [round(at * num / places) for at in range(places + 1)]
    return [range(low, high) for low, high in pairwise(bounds)]


_Group = list[tuple["BacktestPoint", float | None]]


def _worst(group: _Group, heights: _Heights) -> float | None:
    known = [number for one, number in group if number is not None and one.state in ("ok", "bad")]
    return max(known, key=heights.height, default=None)


def _upper(group: _Group, heights: _Heights | None) -> Span:
    """Draw how far bad points are beyond the threshold."""
    if not any(one.state == "bad" for one, _ in group):
        return Span(" ")
    worst = None if heights is None else _worst(group, heights)
    return Span(BARS[-1] if worst is None or heights is None else heights.upper(worst), "failed")


def _lower(group: _Group, heights: _Heights | None) -> Span:
    is_bad = any(one.state == "bad" for one, _ in group)
    worst = None if heights is None else _worst(group, heights)
    if heights is not None and worst is not None:
        return Span(heights.lower(worst), "failed" if is_bad else "")
    if is_bad:
        return Span(BARS[-1], "failed")
    return Span(_NO_BAR.get(group[0][0].state, BARS[0]), "dim")


def _mark(group: _Group) -> Span:
    """Mark accepted incidents, and where alerts open."""
    is_incident = any(one.incident is not None for one, _ in group)
    if any(one.raised for one, _ in group):
        return Span("▲", "strong" if is_incident else "stale")
    return Span("─" if is_incident else " ")


def _joined(signs: Sequence[Span]) -> Iterator[Span]:
    """Join neighbours of one style."""
    at = 0
    while at < len(signs):
        end = at
        while end < len(signs) and signs[end].style == signs[at].style:
            end += 1
        yield Span("".join(one.text for one in signs[at:end]), signs[at].style)
        at = end


def _candidate_lines(backtest: Backtest, view: View) -> list[Line]:
    rows = [_row(backtest, one) for one in backtest.candidates]
    return draw_table(_COLUMNS, rows, view.width, indent=2)


def _row(backtest: Backtest, one: BacktestCandidate) -> tuple[Line, ...]:
    proposed = backtest.proposal is not None and one == backtest.proposal.candidate
    mark = "proposed" if proposed else "now" if one.is_present else ""
    style: Style = "strong" if proposed or one.is_present else ""
    all_ = backtest.candidates
    shows_open = len({each.open_after for each in all_}) > 1
    shows_resolve = len({each.resolve_after for each in all_}) > 1
    texts = (
        mark,
        "" if one.threshold is None else _brief(one.threshold),
        str(one.open_after) if shows_open else "",
        str(one.resolve_after) if shows_resolve else "",
        f"{one.num_false_alarms:,}",
        "" if one.false_alarms_per_month is None else _rate(one.false_alarms_per_month),
        f"{100 * one.num_bad_quiet / max(backtest.num_quiet, 1):.0f} %",
        f"{one.num_found} of {len(backtest.incidents)}" if backtest.incidents else "",
        _delay_text(one.delay_points, one.delay_seconds),
    )
    return tuple(line(Span(text, style)) if text else () for text in texts)


def _proposal_lines(backtest: Backtest, view: View) -> Iterator[Line]:
    proposal = backtest.proposal
    if proposal is None:
        return
    said = f"Proposed: {proposal.reason}."
    if proposal.largest_quiet is not None and proposal.smallest_incident is not None:
        said += (
            f" The threshold is between {_brief(proposal.largest_quiet)} in quiet time and "
            f"{_brief(proposal.smallest_incident)}, the mildest incident."
        )
    if not proposal.toml:
        said += " No option of the monitor sets that."
    yield ()
    yield from (line(text) for text in wrap(said, view.width))
    if proposal.toml:
        yield ()
        yield from (line(f"  {text}") for text in proposal.toml.splitlines())


def _rate(number: float) -> str:
    return f"{number:.2g}"


def _brief(number: float) -> str:
    """Say a number with three digits.

    Examples
    --------
    >>> _brief(0.0131428), _brief(6543.0), _brief(1e-06), _brief(0.0)
    ('0.0131', '6,543', '1e-06', '0')
    """
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"
