"""What monitors measured, the alerts that came of it, and the incidents that group these."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (msgspec reads the annotations)
from typing import Final, Literal

from mltrace.records.record import Record

ObservationState = Literal["ok", "bad", "learning", "unknown"]
AlertSeverity = Literal["info", "warning", "critical"]
AlertState = Literal["open", "acknowledged", "snoozed", "resolved"]
AlertRole = Literal["cause", "consequence"]
AlertVerdict = Literal["real", "false alarm"]
ChangeKind = Literal[
    "opened", "acknowledged", "snoozed", "woken", "resolved", "reopened", "grouped", "noted"
]

SEVERITIES: Final[tuple[AlertSeverity, ...]] = ("info", "warning", "critical")
"""Rising."""
STATES: Final[tuple[AlertState, ...]] = ("open", "acknowledged", "snoozed", "resolved")
"""From the least settled on."""


class Observation(Record, frozen=True, kw_only=True):
    """What a monitor measured of one subject at one point, and whether that is as it should be.

    `point` names what was measured of the subject: a partition, a run, a moment; each is measured
    once. `at` is the time that it is of, `observed_at` when it was measured. While it is
    `learning`, too little is known to judge; it is `unknown` where it could not be measured.
    `component`, `artifact` with its `digest`, `columns` (the most suspect first) and `run_id` say
    where it shows.
    """

    monitor: str
    subject: str
    point: str
    at: datetime
    state: ObservationState
    value: float | None = None
    threshold: float | None = None
    message: str = ""
    component: str | None = None
    artifact: str | None = None
    digest: str | None = None
    columns: tuple[str, ...] = ()
    run_id: str | None = None
    observed_at: datetime


class AlertChange(Record, frozen=True, kw_only=True):
    """One change of an alert: what, when, by whom (a person or the monitor) and why.

    `until` is when a snooze ends; `point` names the observation behind a change by the monitor, and
    of a change by which an alert is `grouped`, the alert that it is downstream of.
    """

    what: ChangeKind
    at: datetime
    by: str = ""
    reason: str = ""
    point: str = ""
    until: datetime | None = None
    verdict: AlertVerdict | None = None


class Alert(Record, frozen=True, kw_only=True):
    """A subject of a monitor that is not, or was not, as it should be.

    `value`, `threshold`, `message`, `component`, `artifact`, `columns` and `run_id` are of the
    first bad observation, which is of the time `began_at`; `latest_message` is of the latest one,
    of the time `latest_at`, and `num_bad` counts them. `incident_id` names the incident that it is
    part of, as its `cause` or as a `consequence`. A person's `verdict` says whether it was real.
    """

    id: str
    monitor: str
    kind: str
    subject: str
    severity: AlertSeverity
    state: AlertState
    opened_at: datetime
    began_at: datetime
    latest_at: datetime
    resolved_at: datetime | None = None
    value: float | None = None
    threshold: float | None = None
    message: str = ""
    latest_message: str = ""
    num_bad: int = 1
    component: str | None = None
    owner: str | None = None
    artifact: str | None = None
    digest: str | None = None
    columns: tuple[str, ...] = ()
    run_id: str | None = None
    incident_id: str
    role: AlertRole = "cause"
    snoozed_until: datetime | None = None
    changed_by: str = ""
    reason: str = ""
    verdict: AlertVerdict | None = None
    changes: tuple[AlertChange, ...] = ()


class Incident(Record, frozen=True, kw_only=True):
    """What went wrong together along lineage: one cause, the most upstream, and its consequences.

    It is in the state of its least settled alert and of the highest severity of all. `component`,
    `artifact` and `columns` say where the cause is; `owner` is that of the component.
    """

    id: str
    state: AlertState
    severity: AlertSeverity
    opened_at: datetime
    resolved_at: datetime | None = None
    title: str
    component: str | None = None
    owner: str | None = None
    artifact: str | None = None
    columns: tuple[str, ...] = ()
    cause: Alert
    consequences: tuple[Alert, ...] = ()
