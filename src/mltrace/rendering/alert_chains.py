"""Draws the alerts of an incident as a tree: what follows from what along lineage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.rendering.fitting import cells, cut_end, cut_middle
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.wording import names_text, place_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mltrace.records.alerts import Alert, Incident
    from mltrace.rendering.lines import Style
    from mltrace.rendering.view import View

SHOWN: Final = 20
"""Alerts that are drawn; the view may be complete."""
_DEEPEST: Final = 24
_LEAST_MESSAGE: Final = 36
_STYLES: Final[dict[str, Style]] = {"critical": "failed", "warning": "stale"}


def draw_chain(incident: Incident, view: View) -> list[Line]:
    """Draw the cause with its consequences below it, each where it follows."""
    lines: list[Line] = []
    number = 1 + len(incident.consequences)
    for alert, margin in _walk(incident):
        if len(lines) >= SHOWN and not view.is_complete:
            lines.append(line(Span(f"  … {number - len(lines):,} more: --all", "dim")))
            break
        lines.append(_alert_line(alert, margin, view))
    return lines


def upstream_of(alert: Alert) -> str:
    """Name the alert that one was last found to be downstream of; empty if there is none."""
    places = [change.point for change in alert.changes if change.what == "grouped"]
    return places[-1] if places else ""


def _walk(incident: Incident) -> Iterator[tuple[Alert, str]]:
    """Walk the tree from its root, each alert with the margin of its line; nothing recurses."""
    cause = incident.cause
    known = {one.id: one for one in incident.consequences}
    below: dict[str, list[Alert]] = {}
    for one in incident.consequences:
        before = upstream_of(one)
        below.setdefault(before if before in known else cause.id, []).append(one)
    stack = [(cause, "", "")]
    seen = set()
    while stack:
        alert, lead, base = stack.pop()
        if alert.id in seen:
            continue
        seen.add(alert.id)
        yield alert, lead
        after = below.get(alert.id, [])
        deeper = base if len(base) < _DEEPEST else base[:-2]
        rows = [
            (one, f"{deeper}{'└' if one is after[-1] else '├'}─", _base(deeper, one is after[-1]))
            for one in after
        ]
        stack += reversed(rows)


def _base(margin: str, is_last: bool) -> str:  # noqa: FBT001
    return f"{margin}{'  ' if is_last else '│ '}"


def _alert_line(alert: Alert, margin: str, view: View) -> Line:
    where = place_text(alert.artifact, alert.component, alert.subject)
    columns = f"  {names_text(alert.columns, most=2)}" if alert.columns else ""
    state = "" if alert.state == "open" else f"  {alert.state}"
    room = view.width - cells(margin) - 18 - cells(state)
    where = cut_middle(where, max(room - min(cells(columns), 24), 12))
    columns = cut_end(columns, max(room - cells(where), 0))
    message = f"  {alert.latest_message or alert.message}"
    style = _STYLES.get(alert.severity, "") if alert.state != "resolved" else "dim"
    left = room - cells(where) - cells(columns)
    said = cut_end(message, left) if left >= _LEAST_MESSAGE or not columns else ""
    return line(
        "  ",
        Span(margin, "dim"),
        Span("● ", style),
        Span(alert.id, "dim"),
        "  ",
        Span(where, "strong"),
        columns,
        state,
        Span(said, "dim"),
    )
