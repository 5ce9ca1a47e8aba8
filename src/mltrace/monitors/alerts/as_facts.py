"""Monitors, observations and changes of alerts as facts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from mltrace.monitors.alerts.stored import BY_MONITOR
from mltrace.store.alert_facts import AlertFact, MonitorFact, ObservationFact, Opening, Where
from mltrace.times import now_ns, to_nanoseconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.monitors.alerts.life_cycle import Change
    from mltrace.records.alerts import Observation


def monitor_fact(name: str, table: Mapping[str, Any], *, by: str, after: int = 0) -> MonitorFact:
    """Make the fact that declares a monitor, later than the one before it."""
    settings = msgspec.json.encode(table).decode()
    at = max(now_ns(), after + 1)
    return MonitorFact(name=name, at=at, kind=table["kind"], settings=settings, by=by)


def observation_fact(one: Observation) -> ObservationFact:
    """Make the fact of an observation."""
    return ObservationFact(
        monitor=one.monitor,
        subject=one.subject,
        point=one.point,
        at=to_nanoseconds(one.observed_at),
        made=to_nanoseconds(one.at),
        state=one.state,
        value=_finite(one.value),
        threshold=_finite(one.threshold),
        message=one.message,
        where=_where(one),
    )


def change_fact(change: Change, *, at: int, kind: str, severity: Any, owner: str = "") -> AlertFact:
    """Make the fact of a change by a monitor, with what the alert is of where that opens it."""
    one = change.because
    opening = None
    if change.what == "opened":
        opening = Opening(
            monitor=one.monitor,
            kind=kind,
            subject=one.subject,
            severity=severity,
            made=to_nanoseconds(one.at),
            owner=owner,
            value=_finite(one.value),
            threshold=_finite(one.threshold),
            message=one.message,
            where=_where(one),
        )
    return AlertFact(
        alert=change.alert,
        uid=change.uid,
        at=at,
        what=change.what,
        by=BY_MONITOR,
        reason=one.message,
        point=one.point,
        opening=opening,
    )


def _finite(number: float | None) -> float | None:
    """Leave out what JSON and catalogs cannot hold."""
    return float(number) if number is not None and math.isfinite(number) else None


def _where(one: Observation) -> Where:
    return Where(
        component=one.component or "",
        artifact=one.artifact or "",
        digest=one.digest or "",
        columns=one.columns,
        run=one.run_id or "",
    )
