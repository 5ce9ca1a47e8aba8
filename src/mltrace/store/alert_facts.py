"""Facts of monitors: how they are declared, what they measured, alerts, and what was delivered."""

from __future__ import annotations

from typing import Literal

import msgspec

from mltrace.records.alerts import (  # noqa: TC001 (msgspec reads the annotations)
    AlertRole,
    AlertSeverity,
    AlertVerdict,
    ChangeKind,
    ObservationState,
)
from mltrace.store.fact import Fact


class MonitorFact(Fact, frozen=True, tag="monitor", kw_only=True):
    """A monitor as it is declared, or no longer; the latest fact of a name counts."""

    name: str
    at: int
    kind: str
    settings: str = "{}"
    is_active: bool = True
    by: str = ""


class Where(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Where something shows: a component, a version of an artifact, its columns, a run."""

    component: str = ""
    artifact: str = ""
    digest: str = ""
    columns: tuple[str, ...] = ()
    run: str = ""


class ObservationFact(Fact, frozen=True, tag="observation", kw_only=True):
    """What a monitor measured of a subject at one point; the latest fact of each counts.

    It is of the time `made`, and was measured `at`.
    """

    monitor: str
    subject: str
    point: str
    at: int
    made: int
    state: ObservationState
    value: float | None = None
    threshold: float | None = None
    message: str = ""
    where: Where = Where()


class Opening(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What an alert is of: a subject of a monitor, and what was measured of it first."""

    monitor: str
    kind: str
    subject: str
    severity: AlertSeverity
    made: int
    owner: str = ""
    value: float | None = None
    threshold: float | None = None
    message: str = ""
    where: Where = Where()


class AlertFact(Fact, frozen=True, tag="alert", kw_only=True):
    """One change of an alert, which is known by its `alert` id and its own `uid`.

    The change that opens an alert says what that is of. A `grouped` one names the incident that the
    alert is part of, and its role there.
    """

    alert: str
    uid: str
    at: int
    what: ChangeKind
    by: str = ""
    reason: str = ""
    point: str = ""
    until: int | None = None
    verdict: AlertVerdict | None = None
    incident: str = ""
    role: AlertRole | None = None
    opening: Opening | None = None


class DeliveryFact(Fact, frozen=True, tag="delivery", kw_only=True):
    """How it went to tell a notice by a notifier; the latest fact of each counts.

    `next` is when it is tried again.
    """

    notifier: str
    notice: str
    at: int
    status: Literal["sent", "failed", "given up"]
    attempts: int = 1
    next: int | None = None
    incident: str = ""
    what: str = ""
    error: str = ""
