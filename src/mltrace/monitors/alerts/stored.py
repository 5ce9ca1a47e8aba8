"""Monitors, observations and alerts as they are stored."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import BigInteger, and_, func, literal, select

from mltrace.monitors.alerts.life_cycle import Standing
from mltrace.monitors.alerts.words import (
    CHANGES,
    OBSERVED,
    ROLES,
    VERDICTS,
    known,
)
from mltrace.records.alerts import SEVERITIES, STATES, Alert, AlertChange, Observation
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN_TEXTS, choose_texts
from mltrace.store.database.keys import uid_text
from mltrace.times import now_ns, to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from mltrace.records.alerts import ObservationState

_monitor, _seen = schema.monitor, schema.observation
_alert, _change = schema.alert, schema.alert_change
_NEVER: Final = 2**63 - 1
_decode_names: Final = msgspec.json.Decoder(tuple[str, ...]).decode
_NEXT_MOMENT: Final = timedelta(microseconds=1)
BY_MONITOR: Final = "monitor"
"""Who changes an alert, where it is no person."""
BY_PERSON: Final = "person:"
"""What the changes begin with, by their uids, that a person made."""
_later = _alert.alias("later")
_next_began_at = (
    select(func.min(_later.c.began_at))
    .where(
        _later.c.monitor == _alert.c.monitor,
        _later.c.subject == _alert.c.subject,
        _later.c.began_at > _alert.c.began_at,
    )
    .correlate(_alert)
    .scalar_subquery()
)
BAD_POINTS_OF: Final = and_(
    _seen.c.monitor == _alert.c.monitor,
    _seen.c.subject == _alert.c.subject,
    _seen.c.made_at >= _alert.c.began_at,
    _seen.c.made_at < func.coalesce(_next_began_at, literal(_NEVER, BigInteger)),
    _seen.c.state == "bad",
)
"""Of an alert are the bad points of its subject since it began, up to where a later one began."""


def load_monitors(connection: Connection) -> list[Row[Any]]:
    """List the monitors that were declared and are still in use, by name."""
    query = select(_monitor).where(_monitor.c.is_active).order_by(_monitor.c.name)
    return list(connection.execute(query))


def load_states(
    connection: Connection, monitor: str, subject: str, points: Iterable[str] | None = None
) -> dict[str, ObservationState]:
    """Tell how points of a subject of a monitor stand, by default all."""
    query = select(_seen.c.point, _seen.c.state).where(*_is_of(monitor, subject))
    if points is not None:
        query = query.where(_seen.c.point.in_(CHOSEN_TEXTS))
    rows = connection.execute(query, choose_texts(points or ()))
    return {row.point: row.state for row in rows}


def later(connection: Connection, again: Sequence[Observation]) -> list[Observation]:
    """Let points of a subject that are measured again be measured later, whatever the clock says.

    Else what was measured before would count.
    """
    if not again:
        return []
    query = select(_seen.c.point, _seen.c.at).where(
        *_is_of(again[0].monitor, again[0].subject), _seen.c.point.in_(CHOSEN_TEXTS)
    )
    rows = connection.execute(query, choose_texts(one.point for one in again))
    before = {row.point: to_datetime(row.at) for row in rows}
    return [
        msgspec.structs.replace(
            one, observed_at=max(one.observed_at, before[one.point] + _NEXT_MOMENT)
        )
        for one in again
    ]


def load_latest(connection: Connection, monitor: str) -> dict[str, int]:
    """Tell of which time the latest point of each subject of a monitor is."""
    query = select(_seen.c.subject, func.max(_seen.c.made_at).label("latest")).group_by(
        _seen.c.subject
    )
    rows = connection.execute(query.where(_seen.c.monitor == monitor))
    return {row.subject: row.latest for row in rows}


def load_around(
    connection: Connection, monitor: str, subject: str, *, since: int, num_before: int
) -> list[Observation]:
    """List the points of a subject since a time, and so many that count before it, oldest first."""
    query = select(_seen).where(*_is_of(monitor, subject))
    order = _seen.c.made_at.desc(), _seen.c.point.desc()
    counts = _seen.c.state.in_(("ok", "bad"))
    before = query.where(_seen.c.made_at < since, counts).order_by(*order).limit(num_before)
    after = query.where(_seen.c.made_at >= since).order_by(*order)
    rows = [*connection.execute(after), *connection.execute(before)]
    return [_observation(row) for row in reversed(rows)]


def count_bad(connection: Connection, monitor: str, subject: str, *, since: int, until: int) -> int:
    """Count the bad points of a subject from a time until before another one."""
    query = select(func.count()).where(
        *_is_of(monitor, subject),
        _seen.c.state == "bad",
        _seen.c.made_at >= since,
        _seen.c.made_at < until,
    )
    return connection.execute(query).scalar_one()


def _is_of(monitor: str, subject: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _seen.c.monitor == monitor, _seen.c.subject == subject


def list_observations(
    connection: Connection,
    *,
    monitor: str | None = None,
    subjects: Iterable[str] | None = None,
    state: ObservationState | None = None,
    limit: int | None = None,
) -> list[Observation]:
    """List what was measured, the latest first."""
    query: Select[Any] = select(_seen).order_by(
        _seen.c.made_at.desc(), _seen.c.point.desc(), _seen.c.monitor, _seen.c.subject
    )
    if monitor is not None:
        query = query.where(_seen.c.monitor == monitor)
    if state is not None:
        query = query.where(_seen.c.state == state)
    if subjects is not None:
        query = query.where(_seen.c.subject.in_(CHOSEN_TEXTS))
    rows = connection.execute(query.limit(limit), choose_texts(subjects or ()))
    return [_observation(row) for row in rows]


def load_standings(
    connection: Connection, monitor: str, subjects: Iterable[str]
) -> dict[str, Standing]:
    """Find the alert of each subject that matters: the one that is open, else the latest."""
    query = select(_alert).where(_alert.c.monitor == monitor, _alert.c.subject.in_(CHOSEN_TEXTS))
    of_subject: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(query, choose_texts(subjects)):
        of_subject[row.subject].append(row)
    chosen: dict[str, tuple[Row[Any], tuple[str, ...]]] = {}
    for subject, alerts in of_subject.items():
        is_open = [row for row in alerts if row.state != "resolved"]
        if is_open:
            first, *others = sorted(is_open, key=lambda row: (row.opened_at, row.id))
            chosen[subject] = first, tuple(row.id for row in others)
        else:
            chosen[subject] = max(alerts, key=lambda row: (row.began_at, row.opened_at)), ()
    changes = _load_turns(connection, [row.id for row, _ in chosen.values()])
    return {
        subject: _standing(row, changes.get(row.id, ()), others)
        for subject, (row, others) in chosen.items()
    }


def _load_turns(connection: Connection, alerts: Iterable[str]) -> dict[str, list[Row[Any]]]:
    """Find when alerts were resolved or opened again, in the order of time."""
    query = select(_change).where(
        _change.c.alert.in_(CHOSEN_TEXTS), _change.c.what.in_(("resolved", "reopened"))
    )
    turns: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    ordered = query.order_by(_change.c.at, _change.c.uid)
    for row in connection.execute(ordered, choose_texts(alerts)):
        turns[row.alert].append(row)
    return turns


def _standing(row: Row[Any], turns: Sequence[Row[Any]], others: tuple[str, ...]) -> Standing:
    by_person = [one for one in turns if one.uid.startswith(BY_PERSON)]
    by_monitor = [one for one in turns if not one.uid.startswith(BY_PERSON)]
    resolved = [one.point for one in by_monitor if one.what == "resolved"]
    return Standing(
        id=row.id,
        began=row.began_at,
        is_resolved=row.state == "resolved",
        resolved_point=resolved[-1] if resolved else "",
        decided_at=turns[-1].at if by_person[-1:] == turns[-1:] and turns else None,
        num_changes=len(by_monitor),
        changed_at=max(row.changed_at, *(one.at for one in turns), 0),
        columns=_place(row)["columns"],
        others=others,
    )


def list_alerts(
    connection: Connection,
    *,
    where: Sequence[ColumnElement[bool]] = (),
    ids: Iterable[str] | None = None,
    incidents: Iterable[str] | None = None,
    limit: int | None = None,
) -> list[Alert]:
    """List alerts with their changes, those opened last first."""
    query: Select[Any] = select(_alert).where(*where)
    query = query.order_by(_alert.c.opened_at.desc(), _alert.c.id)
    chosen: Iterable[str] = ()
    if ids is not None:
        query, chosen = query.where(_alert.c.id.in_(CHOSEN_TEXTS)), ids
    elif incidents is not None:
        query, chosen = query.where(_alert.c.incident.in_(CHOSEN_TEXTS)), incidents
    rows = list(connection.execute(query.limit(limit), choose_texts(chosen)))
    changes = load_changes(connection, [row.id for row in rows])
    latest = _latest_bad(connection, [row.id for row in rows])
    now = now_ns()
    return [_to_alert(row, changes.get(row.id, ()), latest.get(row.id), now) for row in rows]


def load_changes(
    connection: Connection, alerts: Sequence[str]
) -> dict[str, tuple[AlertChange, ...]]:
    """Find the changes of alerts, in the order of time."""
    query = (
        select(_change)
        .where(_change.c.alert.in_(CHOSEN_TEXTS))
        .order_by(_change.c.at, _change.c.uid)
    )
    found: defaultdict[str, list[AlertChange]] = defaultdict(list)
    for row in connection.execute(query, choose_texts(alerts)):
        found[row.alert].append(
            AlertChange(
                what=known(row.what, CHANGES, "noted"),
                at=to_datetime(row.at),
                by=row.changed_by,
                reason=row.reason,
                point=row.point,
                until=None if row.until is None else to_datetime(row.until),
                verdict=known(row.verdict, VERDICTS, None),
            )
        )
    return {alert: tuple(changes) for alert, changes in found.items()}


def _latest_bad(connection: Connection, alerts: Sequence[str]) -> dict[str, Any]:
    """Find how many bad points each alert has, and when and what the latest one is."""
    if not alerts:
        return {}
    counted = (
        select(_alert.c.id, func.count().label("num"), func.max(_seen.c.made_at).label("made_at"))
        .select_from(_alert)
        .join(_seen, BAD_POINTS_OF)
        .where(_alert.c.id.in_(CHOSEN_TEXTS))
        .group_by(_alert.c.id)
        .subquery()
    )
    query = (
        select(counted.c.id, counted.c.num, counted.c.made_at, _seen.c.message)
        .select_from(counted)
        .join(_alert, _alert.c.id == counted.c.id)
        .join(_seen, and_(BAD_POINTS_OF, _seen.c.made_at == counted.c.made_at))
    )
    return {row.id: row for row in connection.execute(query, choose_texts(alerts))}


def _observation(row: Row[Any]) -> Observation:
    return Observation(
        monitor=row.monitor,
        subject=row.subject,
        point=row.point,
        at=to_datetime(row.made_at),
        state=known(row.state, OBSERVED, "unknown"),
        value=row.value,
        threshold=row.threshold,
        message=row.message,
        observed_at=to_datetime(row.at),
        **_place(row),
    )


def _to_alert(
    row: Row[Any], changes: tuple[AlertChange, ...], latest: Row[Any] | None, now: int
) -> Alert:
    is_over = row.state == "snoozed" and row.snoozed_until is not None and row.snoozed_until <= now
    return Alert(
        id=row.id,
        monitor=row.monitor,
        kind=row.kind,
        subject=row.subject,
        severity=known(row.severity, SEVERITIES, "info"),
        state="open" if is_over else known(row.state, STATES, "open"),
        opened_at=to_datetime(row.opened_at),
        began_at=to_datetime(row.began_at),
        latest_at=to_datetime(row.began_at if latest is None else latest.made_at),
        resolved_at=None if row.resolved_at is None else to_datetime(row.resolved_at),
        value=row.value,
        threshold=row.threshold,
        message=row.message,
        latest_message=row.message if latest is None else latest.message,
        num_bad=1 if latest is None else latest.num,
        owner=row.owner,
        incident_id=row.incident,
        role=known(row.role, ROLES, "consequence"),
        snoozed_until=None if row.snoozed_until is None else to_datetime(row.snoozed_until),
        changed_by=row.changed_by,
        reason=row.reason,
        verdict=known(row.verdict, VERDICTS, None),
        changes=changes,
        **_place(row),
    )


def _place(row: Row[Any]) -> dict[str, Any]:
    columns = row._mapping["columns"]
    return {
        "component": row.component,
        "artifact": row.artifact,
        "digest": row.digest,
        "columns": _decode_names(columns) if columns else (),
        "run_id": None if row.run_uid is None else uid_text(row.run_uid),
    }
