"""Draws monitors, what they measured and which alerts opened and resolved by it."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

from mltrace.rendering.alerts import by_severity, draw_incidents
from mltrace.rendering.fitting import cells, cut_line, wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.tables import Column, draw_table
from mltrace.rendering.wording import age, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records.alerts import Alert, Observation
    from mltrace.records.monitoring import Evaluation, MonitorEvent, MonitorStatus
    from mltrace.rendering.lines import Style
    from mltrace.rendering.view import View

_STATES: Final[dict[str, tuple[str, Style]]] = {
    "ok": ("✓", ""),
    "bad": ("✗", "failed"),
    "learning": ("·", "dim"),
    "unknown": ("·", "dim"),
}
_CHANGES: Final[dict[str, tuple[str, Style]]] = {
    "opened": ("✗", "failed"),
    "reopened": ("✗", "failed"),
    "resolved": ("✓", ""),
    "failed": ("✗", "failed"),
    "recovered": ("✓", ""),
}
_NOT_EVALUATED: Final = "could not be evaluated"
_SHORT_ID: Final = 7
_SHOWN: Final = 20
"""Bad points, and incidents, that are drawn; the view may be complete."""


def draw_monitors(monitors: Sequence[MonitorStatus], view: View) -> list[Line]:
    """Draw which monitors there are as a table."""
    columns = (
        Column("MONITOR", least=min(34, view.width - 24), is_path=True),
        Column("SEVERITY"),
        Column("OWNER", least=6, drop=3),
        Column("EVERY", drop=2),
        Column("DECLARED", least=10, drop=4),
        Column("SUBJECTS", is_right=True, drop=5),
        Column("LATEST POINT", drop=1),
        Column("OPEN", is_right=True),
    )
    rows = [
        (
            line(Span(one.name, "strong")),
            line(one.severity),
            line(one.owner or ""),
            line(_every(one)),
            line(_declared(one)),
            line(f"{one.num_subjects:,}"),
            line(age(one.latest_at, view.now) if one.latest_at else Span("none", "dim")),
            line(Span(f"✗ {one.num_open:,}", "failed") if one.num_open else "0"),
        )
        for one in monitors
    ]
    return draw_table(columns, rows, view.width)


def draw_observations(observations: Sequence[Observation], view: View) -> list[Line]:
    """Draw what was measured as a table."""
    columns = (
        Column("STATE"),
        Column("MONITOR", least=12, is_path=True, drop=2),
        Column("SUBJECT", least=8, is_path=True),
        Column("POINT", least=8, is_path=True, drop=1),
        Column("MESSAGE", least=16),
    )
    rows = [
        (
            line(_state(one)),
            line(one.monitor),
            line(Span(one.subject, "strong")),
            line(one.point),
            line(one.message),
        )
        for one in observations
    ]
    return draw_table(columns, rows, view.width)


def draw_evaluation(
    evaluation: Evaluation, view: View, *, num_open: int | None = None
) -> list[Line]:
    """Draw what an evaluation found: what is bad, or all; which alerts changed, what failed.

    Parameters
    ----------
    num_open : int, optional
        How many alerts of these monitors are open now, where that is known.
    """
    blocks = (
        _measured(evaluation, view),
        _incidents(evaluation, view),
        _other_changes(evaluation, view),
        [*_summary(evaluation, num_open, view), *_fault_lines(evaluation, view)],
    )
    lines: list[Line] = []
    for block in blocks:
        lines += [(), *block] if lines and block else block
    return lines


def _measured(evaluation: Evaluation, view: View) -> list[Line]:
    """Draw all that was measured, or the latest of what is bad."""
    if view.is_complete:
        shown, num_more = evaluation.observations, 0
    else:
        bad = tuple(one for one in evaluation.observations if one.state == "bad")
        shown, num_more = bad[:_SHOWN], len(bad) - _SHOWN
    return [*draw_observations(shown, view), *_more(num_more, "--all")] if shown else []


def _incidents(evaluation: Evaluation, view: View) -> list[Line]:
    ordered = by_severity(evaluation.incidents)
    shown = ordered if view.is_complete else ordered[:_SHOWN]
    return [*draw_incidents(shown, view), *_more(len(ordered) - len(shown), "mltrace alerts")]


def _more(number: int, where: str) -> list[Line]:
    return [line(Span(f"… {number:,} more: {where}", "dim"))] if number > 0 else []


def _other_changes(evaluation: Evaluation, view: View) -> list[Line]:
    """Draw the alerts that changed and are of no incident that is open."""
    told = {alert.id for one in evaluation.incidents for alert in (one.cause, *one.consequences)}
    alerts = {one.id: one for one in evaluation.alerts if one.id not in told}
    return [
        one
        for what in ("opened", "reopened", "resolved")
        for key in getattr(evaluation, what)
        if key in alerts
        for one in _change_lines(what, alerts[key], view)
    ]


def draw_event(event: MonitorEvent) -> Line:
    """Draw what changed while monitors were watched as one line, for a log."""
    glyph, style = _CHANGES[event.what]
    at = event.at.astimezone(UTC)
    alert = event.alert
    of = f"{alert.severity} {alert.id[:_SHORT_ID]}  " if alert is not None else ""
    of += f"{event.monitor}: " if event.monitor is not None else ""
    if alert is not None and alert.subject not in alert.monitor:
        of += f"{alert.subject}: "
    said = " ".join(event.message.split())
    return line(f"{at:%Y-%m-%d %H:%M:%S}Z  ", Span(f"{glyph} {event.what}", style), f"  {of}{said}")


def _change_lines(what: str, alert: Alert, view: View) -> list[Line]:
    glyph, style = _CHANGES[what]
    message = alert.latest_message or alert.message
    if what == "resolved":
        message = alert.reason or message
    said = f"{alert.severity} {alert.id[:_SHORT_ID]}  {alert.monitor}"
    if alert.subject not in alert.monitor:
        said += f"  {alert.subject}"
    first = cut_line(line(Span(f"{glyph} {what}", style), f"  {said}"), view.width)
    return [first, *[line("    ", Span(one, "dim")) for one in wrap(message, view.width - 4)]]


def _summary(evaluation: Evaluation, num_open: int | None, view: View) -> list[Line]:
    num_bad = sum(one.state == "bad" for one in evaluation.observations)
    told = [
        count(len(evaluation.observations), "new point"),
        f"{num_bad:,} bad" if num_bad else "",
        *(
            f"{count(len(ids), 'alert')} {what}"
            for what in ("opened", "reopened", "resolved")
            if (ids := getattr(evaluation, what))
        ),
    ]
    said = ", ".join(part for part in told if part)
    said = f"{count(len(evaluation.monitors), 'monitor')} evaluated: {said}"
    now = "" if num_open is None else "nothing is open"
    if num_open:
        now = f"{count(num_open, 'alert')} open: mltrace alerts"
    both = f"{said}; {now}" if now else said
    if cells(both) <= view.width or not now:
        return [line(text) for text in wrap(both, view.width)]
    return [line(text) for part in (said, now) for text in wrap(part, view.width)]


def _fault_lines(evaluation: Evaluation, view: View) -> list[Line]:
    said = [f"{one.monitor} {_NOT_EVALUATED}: {one.message}" for one in evaluation.faults]
    return [line(Span(one, "failed")) for text in said for one in wrap(text, view.width)]


def _state(one: Observation) -> Span:
    glyph, style = _STATES[one.state]
    return Span(f"{glyph} {one.state}", style)


def _every(one: MonitorStatus) -> str:
    return ", ".join(
        [*([one.every] if one.every else []), *(["run end"] if one.at_run_end else [])]
    )


def _declared(one: MonitorStatus) -> str:
    if one.declared_in is None:
        return "remembered"
    return one.declared_in.rpartition("/")[2].partition(": ")[0]
