"""Draws incidents and alerts: as a list, or one with all that is known of it."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Final

from mltrace.rendering.alert_chains import draw_chain
from mltrace.rendering.fitting import cells, cut_end, cut_line, cut_middle, wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.sparklines import sparkline
from mltrace.rendering.tables import Column, draw_table
from mltrace.rendering.wording import (
    age,
    count,
    metric_text,
    moment_text,
    names_text,
    place_text,
    short_digest,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from mltrace.records.alerts import (
        Alert,
        AlertChange,
        AlertSeverity,
        Incident,
        Observation,
    )
    from mltrace.rendering.lines import Style
    from mltrace.rendering.view import View

GLYPHS: Final[dict[str, tuple[str, Style]]] = {
    "critical": ("✗", "failed"),
    "warning": ("◷", "stale"),
    "info": ("●", ""),
}
MESSAGE_LINES: Final = 2
CHANGES: Final = 20
CHART: Final = 40
LEAST_CHART: Final = 8
NAMED: Final = 3
RUN: Final = 18
"""Characters of the id of a run in commands to type: its moment, and a bit of chance."""


def draw_incidents(incidents: Sequence[Incident], view: View) -> list[Line]:
    """Draw incidents, each in a few lines: where, since when, what, and what follows from it."""
    lines: list[Line] = []
    for one in incidents:
        lines += [*([()] if lines else []), *_incident_lines(one, view)]
    return lines


def draw_alerts(alerts: Sequence[Alert], view: View) -> list[Line]:
    """Draw alerts as a table."""
    columns = (
        Column("SEVERITY"),
        Column("STATE", drop=1),
        Column("ALERT"),
        Column("WHERE", least=12),
        Column("COLUMNS", least=8, drop=3),
        Column("SINCE", drop=4),
        Column("MESSAGE", least=16, drop=2),
    )
    rows = [
        (
            line(severity(one.severity)),
            line(one.state),
            line(one.id),
            line(_where(one)),
            line(names_text(one.columns)),
            line(age(one.opened_at, view.now)),
            line(one.latest_message or one.message),
        )
        for one in alerts
    ]
    return draw_table(columns, rows, view.width)


def draw_incident(
    incident: Incident, view: View, *, points: Sequence[Observation] = ()
) -> list[Line]:
    """Draw an incident in full.

    Parameters
    ----------
    points : sequence of Observation
        What was measured of the subject of the cause, the latest first: what is charted.
    """
    cause = incident.cause
    lines = [
        *_headed(incident.severity, incident.title, view),
        *_facts(
            [
                ("incident", f"{incident.id}, {_state(incident, view)}"),
                ("owner", incident.owner or "nobody is named"),
                ("monitor", cause.monitor),
                ("run", cause.run_id or ""),
                ("artifact", _version(cause)),
            ],
            view,
        ),
        *_measured(cause, points, view),
    ]
    if incident.consequences:
        told = count(len(incident.consequences), "consequence")
        lines += [*_section("Chain", f"{told} along lineage"), *draw_chain(incident, view)]
    lines += [*_section("History"), *draw_changes([cause, *incident.consequences], view)]
    fitted = [cut_line(one, view.width) for one in lines]
    return [*fitted, *_section("Next"), *_next(incident, points)]  # to be copied whole


def draw_alert(alert: Alert, view: View, *, points: Sequence[Observation] = ()) -> list[Line]:
    """Draw an alert in full."""
    incident = "" if alert.role == "cause" else f"consequence in incident {alert.incident_id}"
    state = f"{alert.state} since {moment_text(alert.opened_at, view.now)}"
    lines = [
        *_headed(alert.severity, _where(alert), view),
        *_facts(
            [
                ("alert", f"{alert.id}, {state}"),
                ("part", incident),
                ("owner", alert.owner or ""),
                ("monitor", alert.monitor),
                ("columns", names_text(alert.columns, most=8)),
                ("run", alert.run_id or ""),
                ("artifact", _version(alert)),
            ],
            view,
        ),
        *_measured(alert, points, view),
        *_section("History"),
        *draw_changes([alert], view),
    ]
    return [cut_line(one, view.width) for one in lines]


def draw_changes(alerts: Sequence[Alert], view: View) -> list[Line]:
    """Draw the changes of alerts, the latest first: what people did, and monitors.

    Where consequences belong is left out, unless the view is complete: their chain says it.
    """
    changes = [
        (one, change)
        for one in alerts
        for change in reversed(one.changes)
        if view.is_complete or one.role == "cause" or change.what != "grouped"
    ]
    shown = changes if view.is_complete else _foremost(changes)
    shown = sorted(shown, key=lambda pair: pair[1].at, reverse=True)
    columns = (
        Column("WHEN", drop=1),
        Column("WHAT"),
        Column("ALERT", drop=4),
        Column("WHERE", least=10, drop=3),
        Column("BY", least=6, drop=2),
        Column("REASON", least=16),
    )
    is_one = len(alerts) == 1
    rows = [
        (
            line(age(change.at, view.now)),
            line(change.what),
            line("" if is_one else one.id),
            line("" if is_one else _where(one)),
            line(change.by),
            line(_reason(change)),
        )
        for one, change in shown
    ]
    lines = draw_table(columns, rows, view.width, indent=2) if rows else []
    more = len(changes) - len(shown)
    return [*lines, *([line(Span(f"  … {more:,} more: --all", "dim"))] if more else [])]


def _foremost(changes: Sequence[tuple[Alert, AlertChange]]) -> Sequence[tuple[Alert, AlertChange]]:
    """Choose the latest changes; those of causes first, which in a storm are few among many."""
    newest = sorted(changes, key=lambda pair: pair[1].at, reverse=True)
    return sorted(newest, key=lambda pair: pair[0].role != "cause")[:CHANGES]


def by_severity(incidents: Iterable[Incident]) -> list[Incident]:
    """Order incidents: the unsettled first, of these the most severe, then the newest."""
    ranks = {name: rank for rank, name in enumerate(GLYPHS)}
    newest = sorted(incidents, key=lambda one: (-one.opened_at.timestamp(), one.id))
    return sorted(newest, key=lambda one: (one.state == "resolved", ranks[one.severity]))


def severity(word: str) -> Span:
    """Say a severity by glyph and word."""
    glyph, style = GLYPHS.get(word, ("·", ""))
    return Span(f"{glyph} {word}", style)


def _incident_lines(incident: Incident, view: View) -> list[Line]:
    cause = incident.cause
    state = "" if incident.state == "open" else f"{incident.state}, "
    aside = f"  {state}{age(incident.opened_at, view.now)}"
    owner = cut_end(f"  {incident.owner}", 24) if incident.owner else ""
    mark = severity(incident.severity)
    room = view.width - cells(mark.text) - len(incident.id) - cells(aside) - 4
    where = cut_middle(_where(cause), max(room - cells(owner), 16))
    head = line(mark, "  ", incident.id, "  ", Span(where, "strong"), owner, Span(aside, "dim"))
    told = wrap(_said(incident), view.width - 4, limit=MESSAGE_LINES)
    lines = [cut_line(head, view.width), *(line("    ", text) for text in told)]
    if incident.consequences:
        number = count(len(incident.consequences), "consequence")
        places = list(dict.fromkeys(_where(one) for one in incident.consequences))
        follows = cut_end(f"→ {number}: {names_text(places, most=NAMED)}", view.width - 4)
        lines.append(line("    ", Span(follows, "dim")))
    return lines


def _said(incident: Incident) -> str:
    """Say what was measured: of the first column, where there are several, what is said of it."""
    cause = incident.cause
    said = cause.latest_message or cause.message or incident.title
    if not incident.columns:
        return said
    first, *others = incident.columns
    of_first = [part for part in said.split("; ") if part.startswith(f"{first}: ")]
    if not of_first:
        also = said.partition("; also ")[2].split(", ")
        is_named = said.startswith(incident.columns) or set(incident.columns) & {*also}
        return said if is_named else f"{names_text(incident.columns)}: {said}"
    return of_first[0] + (f" (also {names_text(others)})" if others else "")


def _where(alert: Alert) -> str:
    return place_text(alert.artifact, alert.component, alert.subject)


def _state(incident: Incident, view: View) -> str:
    since = f"since {moment_text(incident.opened_at, view.now)}"
    if incident.state == "resolved" and incident.resolved_at is not None:
        return f"resolved {age(incident.resolved_at, view.now)}, opened {since[6:]}"
    until = max((one for one in _snoozes(incident)), default=None)
    if incident.state == "snoozed" and until is not None:
        return f"snoozed until {moment_text(until)}, open {since}"
    return f"{incident.state} {since}" if incident.state == "open" else f"{incident.state}, {since}"


def _snoozes(incident: Incident) -> Iterable[datetime]:
    for one in (incident.cause, *incident.consequences):
        if one.snoozed_until is not None:
            yield one.snoozed_until


def _version(alert: Alert) -> str:
    if not alert.artifact:
        return ""
    return f"{alert.artifact}@{short_digest(alert.digest)}" if alert.digest else alert.artifact


def _facts(pairs: Iterable[tuple[str, str]], view: View) -> list[Line]:
    return [
        line("  ", Span(f"{name:<9}", "dim"), cut_middle(text, view.width - 11))
        for name, text in pairs
        if text
    ]


def _headed(how_bad: AlertSeverity, title: str, view: View) -> list[Line]:
    """Draw how bad something is, and what it is called, in as many lines as that takes."""
    begin = severity(how_bad)
    indent = cells(begin.text) + 2
    first, *rest = wrap(title, view.width - indent) or [""]
    return [
        line(begin, "  ", Span(first, "strong")),
        *(line(" " * indent, Span(part, "strong")) for part in rest),
    ]


def _section(title: str, aside: str = "") -> list[Line]:
    return [(), line(Span(title, "strong"), Span(f"  {aside}" if aside else "", "dim"))]


def _measured(alert: Alert, points: Sequence[Observation], view: View) -> list[Line]:
    """Draw what was measured: in words, as a chart with its threshold, and how often it was bad."""
    lines = _section("Measured", f"{count(alert.num_bad, 'bad point')} since {alert.began_at:%F}")
    told = [alert.message]
    if alert.latest_message not in ("", alert.message):
        told.append(f"Latest: {alert.latest_message}")
    lines += [line("  ", text) for one in told for text in wrap(one, view.width - 2)]
    num_charted = min(CHART, max(view.width - 40, LEAST_CHART))
    values = [one.value for one in reversed(points)][-num_charted:]
    if sum(value is not None for value in values) > 1:
        threshold = next((one.threshold for one in points if one.threshold is not None), None)
        limit = "" if threshold is None else f", threshold {metric_text(round(threshold, 4))}"
        latest = next(value for value in reversed(values) if value is not None)
        said = f"  latest {metric_text(round(latest, 4))}{limit}"
        marks = [
            Span(bar, "failed" if one.state == "bad" else "")
            for bar, one in zip(
                sparkline(values, limit=threshold),
                list(reversed(points))[-len(values) :],
                strict=True,
            )
        ]
        lines.append(line("  ", *marks, Span(said, "dim")))
    return lines


def _reason(change: AlertChange) -> str:
    parts = [
        f"until {moment_text(change.until)}" if change.until is not None else "",
        change.verdict or "",
        change.reason,
    ]
    return ": ".join(part for part in parts if part)


def _next(incident: Incident, points: Sequence[Observation]) -> list[Line]:
    """Say what to type next."""
    cause = incident.cause
    last_good = next(
        (
            one.run_id
            for one in points
            if one.state == "ok" and one.run_id and one.at < cause.began_at
        ),
        None,
    )
    commands = []
    if cause.run_id or cause.digest:
        commands.append(f"mltrace trace {quote(_version(cause) or str(cause.run_id))}")
    if cause.kind == "drift" and cause.artifact:
        commands.append(f"mltrace drift {quote(cause.subject)}")
    if last_good and cause.run_id and last_good != cause.run_id:
        commands.append(f"mltrace diff {last_good[:RUN]} {cause.run_id[:RUN]}")
    if incident.state == "resolved":
        commands.append(f'mltrace alerts reopen {incident.id} --reason "…"')
        return [line("  ", one) for one in commands]
    if cause.kind == "drift" and cause.run_id:
        later = " --later" if cause.num_bad > 1 else ""
        commands.append(f'mltrace drift accept {cause.run_id[:RUN]}{later} --reason "…"')
    if incident.state == "open":
        commands.append(f'mltrace alerts ack {incident.id} --reason "…"')
    commands.append(f'mltrace alerts resolve {incident.id} --false-alarm --reason "…"')
    return [line("  ", one) for one in commands]
