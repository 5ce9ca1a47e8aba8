"""Incidents as tests of notifiers need them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from msgspec import structs

from mltrace.records.alerts import Alert, Incident
from mltrace.records.notices import Notice, NoticeKind

T0: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)


def make_alert(**fields: Any) -> Alert:
    """Make an alert; what is not given is that of a drift of `clean`."""
    defaults: dict[str, Any] = {
        "id": "a1",
        "monitor": "drift",
        "kind": "drift",
        "subject": "clean.csv",
        "severity": "warning",
        "state": "open",
        "opened_at": T0,
        "began_at": T0 - timedelta(days=1),
        "latest_at": T0,
        "value": 0.42,
        "threshold": 0.1,
        "message": "the mean of dep_delay is 12 standard deviations above that of 30 weeks",
        "component": "clean",
        "owner": "data-eng",
        "artifact": "clean.csv",
        "digest": "abcdef0123456789",
        "columns": ("dep_delay", "arr_delay"),
        "run_id": "0190-run",
        "incident_id": "i1",
    }
    return Alert(**{**defaults, **fields})


def make_incident(**fields: Any) -> Incident:
    """Make an incident; what is not given is that of its cause."""
    given = fields.pop("id", "i1")
    cause = fields.pop("cause", None) or make_alert(incident_id=given, id=f"{given}-cause")
    defaults: dict[str, Any] = {
        "id": given,
        "state": "open",
        "severity": cause.severity,
        "opened_at": cause.opened_at,
        "title": "dep_delay of clean.csv has drifted",
        "component": cause.component,
        "owner": cause.owner,
        "artifact": cause.artifact,
        "columns": cause.columns,
        "cause": cause,
    }
    return Incident(**{**defaults, **fields})


def resolved(incident: Incident, at: datetime) -> Incident:
    """Resolve an incident."""
    return structs.replace(incident, state="resolved", resolved_at=at)


def make_notice(kind: NoticeKind = "opened", **fields: Any) -> Notice:
    """Make a notice of an incident."""
    incident = fields.pop("incident", None) or make_incident()
    defaults: dict[str, Any] = {
        "key": f"{incident.id}/{kind}/0/{incident.severity}/{incident.cause.id}",
        "kind": kind,
        "incident": incident,
        "at": incident.opened_at,
    }
    return Notice(**{**defaults, **fields})
