"""Incidents, made of the alerts that belong together: pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from mltrace.records.alerts import SEVERITIES, STATES, Incident
from mltrace.rendering.alert_chains import upstream_of
from mltrace.rendering.wording import names_text, place_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mltrace.records.alerts import Alert

_WORDS: Final = {"join": "mismatch", "volume": "number of rows"}
"""What the alerts of kinds are about, where the name of the kind does not say it."""


def make_incidents(alerts: Iterable[Alert]) -> dict[str, Incident]:
    """Make incidents of alerts, by their ids.

    Examples
    --------
    >>> make_incidents([])
    {}
    """
    grouped: defaultdict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        grouped[alert.incident_id].append(alert)
    return {name: _incident(name, group) for name, group in grouped.items()}


def _incident(name: str, alerts: Sequence[Alert]) -> Incident:
    depths = _depths(alerts)
    ordered = sorted(
        alerts, key=lambda one: (one.role != "cause", depths[one.id], one.began_at, one.id)
    )
    cause, *consequences = ordered
    resolved = [one.resolved_at for one in alerts if one.resolved_at is not None]
    columns = rank_columns(cause, consequences)
    state = min((one.state for one in alerts), key=STATES.index)
    return Incident(
        id=name,
        state=state,
        severity=max((one.severity for one in alerts), key=SEVERITIES.index),
        opened_at=min(one.opened_at for one in alerts),
        resolved_at=max(resolved) if state == "resolved" and resolved else None,
        title=_title(cause, columns),
        component=cause.component,
        owner=cause.owner,
        artifact=cause.artifact,
        columns=columns,
        cause=cause,
        consequences=tuple(consequences),
    )


def _depths(alerts: Sequence[Alert]) -> dict[str, int]:
    """Count how many alerts each is downstream of, one behind the other."""
    before = {one.id: upstream_of(one) for one in alerts}
    depths: dict[str, int] = {}
    for name in list(before):
        way: list[str] = []
        behind = name
        while behind in before and behind not in depths and behind not in way:
            way.append(behind)
            behind = before[behind]
        depth = depths.get(behind, -1)
        for one in reversed(way):
            depth += 1
            depths[one] = depth
    return depths


def rank_columns(cause: Alert, consequences: Iterable[Alert]) -> tuple[str, ...]:
    """Order the columns of a cause by how many alerts name them; equals stay as they were."""
    named = Counter(column for one in consequences for column in one.columns)
    return tuple(sorted(cause.columns, key=lambda column: -named[column]))


def _title(cause: Alert, columns: Sequence[str]) -> str:
    """Say what is wrong where; how, the message of the cause says."""
    kind = _WORDS.get(cause.kind, cause.kind.replace("_", " ").replace("-", " "))
    named = f" in {names_text(columns)}" if columns else ""
    return f"{kind}{named} of {place_text(cause.artifact, cause.component, cause.subject)}"
