"""Incidents, made of the alerts that belong together: pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from mltrace.records.alerts import SEVERITIES, STATES, Incident

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mltrace.records.alerts import Alert

_MOST_COLUMNS: Final = 3


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
    ordered = sorted(alerts, key=lambda one: (one.role != "cause", one.began_at, one.id))
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


def rank_columns(cause: Alert, consequences: Iterable[Alert]) -> tuple[str, ...]:
    """Order the columns of a cause by how many alerts name them; equals stay as they were."""
    named = Counter(column for one in consequences for column in one.columns)
    return tuple(sorted(cause.columns, key=lambda column: -named[column]))


def label(alert: Alert) -> str:
    """Say in a few words where an alert is.

    Examples
    --------
    >>> label_of("batches/2013-W22/weather.parquet", "ingest", "weather")
    'weather.parquet by ingest'
    """
    return label_of(alert.artifact, alert.component, alert.subject)


def label_of(artifact: str | None, component: str | None, subject: str) -> str:
    """Say in a few words where something is: the end of a path, by a component."""
    if not artifact:
        return component or subject
    name = artifact.rpartition("/")[2] or artifact
    return name if component in (None, name) else f"{name} by {component}"


def _title(cause: Alert, columns: Sequence[str]) -> str:
    """Say what is wrong where; how, the message of the cause says."""
    kind = cause.kind.replace("_", " ").replace("-", " ")
    if not columns:
        return f"{kind} of {label(cause)}"
    more = len(columns) - _MOST_COLUMNS
    shown = ", ".join(columns[:_MOST_COLUMNS]) + (f" and {more} more" if more > 0 else "")
    return f"{kind} in {shown} of {label(cause)}"
