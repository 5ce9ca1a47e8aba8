"""What an evaluation of monitors found, and what is known of each monitor."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (msgspec reads the annotations)
from datetime import datetime  # noqa: TC003
from typing import Any, Literal

from mltrace.records.alerts import Alert, AlertSeverity, Incident, Observation
from mltrace.records.record import Record, RecordList

EventKind = Literal["opened", "reopened", "resolved", "failed", "recovered"]


class MonitorFault(Record, frozen=True, kw_only=True):
    """A monitor that could not be evaluated, and why."""

    monitor: str
    message: str


class Evaluation(Record, frozen=True, kw_only=True):
    """What an evaluation of monitors found.

    `observations` are what was measured now, the newest first; `opened`, `reopened` and `resolved`
    the ids of the alerts that did, and `alerts` these as they are now; `incidents` those that are
    open and have one of these alerts. `faults` say which monitors could not be evaluated.
    """

    monitors: tuple[str, ...]
    observations: tuple[Observation, ...] = ()
    opened: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()
    resolved: tuple[str, ...] = ()
    alerts: tuple[Alert, ...] = ()
    incidents: tuple[Incident, ...] = ()
    faults: tuple[MonitorFault, ...] = ()

    def measured(self) -> RecordList[Observation]:
        """List what was measured, with what could not be as notes."""
        notes = [f"{one.monitor}: {one.message}" for one in self.faults]
        return RecordList(self.observations, of=Observation, notes=notes)


class MonitorEvent(Record, frozen=True, kw_only=True):
    """Something that changed while monitors were watched.

    An alert opened, opened again or was resolved; a monitor could not be evaluated, or could be
    again; or none of them could, for the store cannot be used, and then it can be again.
    """

    at: datetime
    what: EventKind
    monitor: str | None = None
    message: str = ""
    alert: Alert | None = None


class MonitorStatus(Record, frozen=True, kw_only=True):
    """A monitor, how it is set, and what came of it.

    `about` is what it looks at. `declared_in` says where the file of settings declares it; None: it
    was evaluated from Python, and the store remembers it. `num_open` counts the alerts that are not
    resolved, `latest_at` is the time that the latest point is of, `observed_at` when one was
    measured last.
    """

    name: str
    kind: str
    severity: AlertSeverity
    about: str = ""
    owner: str | None = None
    every: str | None = None
    at_run_end: bool = False
    settings: Mapping[str, Any] = {}
    declared_in: str | None = None
    num_observations: int = 0
    num_bad: int = 0
    num_subjects: int = 0
    num_open: int = 0
    latest_at: datetime | None = None
    observed_at: datetime | None = None
