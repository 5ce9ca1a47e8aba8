"""Finds alerts and incidents: by id, or by what is said of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs
from sqlalchemy import BigInteger, Integer, and_, bindparam, case, func, literal, select

from mltrace.errors import AmbiguousNameError, ArgumentError, unknown
from mltrace.monitors.alerts import stored
from mltrace.monitors.alerts.incidents import make_incidents
from mltrace.records.alerts import SEVERITIES, STATES, Alert, Incident
from mltrace.store.database import schema
from mltrace.times import now_ns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection

    from mltrace.records.alerts import AlertSeverity, AlertState

_alert = schema.alert
_MOST_KNOWN: Final = 200


def _state_at(now: Any) -> ColumnElement[str]:
    """Tell the state of an alert at a time; one whose snooze is over is open again."""
    is_over = and_(_alert.c.state == "snoozed", _alert.c.snoozed_until <= now)
    return case((is_over, "open"), else_=_alert.c.state)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts or incidents are meant.

    Attributes
    ----------
    states : tuple of str or None
    severity : str or None
        This one, or a higher one.
    owner, component : str or None
    since : int or None
        Opened then or later, in nanoseconds.
    """

    states: tuple[AlertState, ...] | None = None
    severity: AlertSeverity | None = None
    owner: str | None = None
    component: str | None = None
    since: int | None = None

    @property
    def severities(self) -> tuple[AlertSeverity, ...]:
        """The severities that are meant."""
        return SEVERITIES if self.severity is None else at_least(self.severity)


def check_wanted(
    states: AlertState | Iterable[AlertState] | None,
    severity: AlertSeverity | None,
    **others: Any,
) -> Wanted:
    """Return what is wanted, if it can be.

    Raises
    ------
    ArgumentError
        If there is no such state or severity.
    """
    given = (states,) if isinstance(states, str) else None if states is None else tuple(states)
    for one in given or ():
        if one not in STATES:
            raise ArgumentError(f"states={one!r}: accepted: {', '.join(STATES)}.")
    if severity is not None:
        at_least(severity)
    return Wanted(given, severity, **others)


def at_least(severity: AlertSeverity) -> tuple[AlertSeverity, ...]:
    """List a severity and the higher ones.

    Examples
    --------
    >>> at_least("warning")
    ('warning', 'critical')
    """
    if severity not in SEVERITIES:
        raise ArgumentError(f"severity={severity!r}: accepted: {', '.join(SEVERITIES)}.")
    return SEVERITIES[SEVERITIES.index(severity) :]


def list_alerts(connection: Connection, wanted: Wanted, limit: int | None) -> list[Alert]:
    """List alerts, those opened last first."""
    where: list[ColumnElement[bool]] = []
    if wanted.states is not None:
        where.append(_state_at(now_ns()).in_(wanted.states))
    if wanted.severity is not None:
        where.append(_alert.c.severity.in_(wanted.severities))
    if wanted.owner is not None:
        where.append(_alert.c.owner == wanted.owner)
    if wanted.component is not None:
        where.append(_alert.c.component == wanted.component)
    if wanted.since is not None:
        where.append(_alert.c.opened_at >= wanted.since)
    return stored.list_alerts(connection, where=where, limit=limit)


def _of_cause(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.max(case((_alert.c.role == "cause", column), else_=None))


def _rank(column: ColumnElement[Any], words: Sequence[str]) -> ColumnElement[int]:
    return case(
        *((column == word, literal(rank, Integer)) for rank, word in enumerate(words)), else_=0
    )


_INCIDENTS: Final = (
    select(
        _alert.c.incident,
        func.min(_rank(_state_at(bindparam("now", type_=BigInteger)), STATES)).label("state"),
        func.max(_rank(_alert.c.severity, SEVERITIES)).label("severity"),
        _of_cause(_alert.c.owner).label("owner"),
        _of_cause(_alert.c.component).label("component"),
        func.min(_alert.c.opened_at).label("opened_at"),
    )
    .group_by(_alert.c.incident)
    .order_by(func.min(_alert.c.opened_at).desc(), _alert.c.incident)
)


def list_incidents(connection: Connection, wanted: Wanted, limit: int | None) -> list[Incident]:
    """List incidents, those opened last first."""
    rows = connection.execute(_INCIDENTS, {"now": now_ns()})
    names = [
        row.incident
        for row in rows
        if (wanted.states is None or STATES[row.state] in wanted.states)
        and SEVERITIES[row.severity] in wanted.severities
        and (wanted.owner is None or row.owner == wanted.owner)
        and (wanted.component is None or row.component == wanted.component)
        and (wanted.since is None or row.opened_at >= wanted.since)
    ]
    return load_incidents(connection, names[:limit])


def load_incidents(connection: Connection, names: Sequence[str]) -> list[Incident]:
    """Load incidents, in this order."""
    found = make_incidents(stored.list_alerts(connection, incidents=names)) if names else {}
    return [found[name] for name in names if name in found]


def load_joined(connection: Connection, names: Iterable[str]) -> list[Incident]:
    """Load incidents that became part of others, as who was told of them is to hear: over.

    An incident bears the name of one of its alerts, which says where it is now.
    """
    alerts = stored.list_alerts(connection, ids=list(names))
    return [_joined(alert) for alert in alerts if alert.incident_id != alert.id]


def _joined(alert: Alert) -> Incident:
    joined_at = next(one.at for one in reversed(alert.changes) if one.what == "grouped")
    alone = structs.replace(
        alert,
        incident_id=alert.id,
        role="cause",
        state="resolved",
        resolved_at=joined_at,
        changed_by="",
        reason=f"it is part of the incident {alert.incident_id} now",
    )
    (incident,) = make_incidents([alone]).values()
    title = f"{incident.title}, now part of another incident"
    return structs.replace(incident, title=title)


def find_alert(connection: Connection, what: str | Alert) -> str:
    """Find the id of an alert by itself or by the beginning of its id.

    Raises
    ------
    UnknownNameError
        If there is none; an AmbiguousNameError if there are several.
    """
    return what.id if isinstance(what, Alert) else _named(connection, "alert", what)


def find_incident(connection: Connection, what: str | Incident | Alert) -> str:
    """Find the id of an incident by itself, by the beginning of its id, or by one of its alerts.

    Raises
    ------
    UnknownNameError
        If there is none; an AmbiguousNameError if there are several.
    """
    if isinstance(what, Incident):
        return what.id
    if not isinstance(what, Alert) and _starting(connection, _alert.c.incident, what):
        return _named(connection, "incident", what)
    alert = find_alert(connection, what)
    return connection.execute(
        select(_alert.c.incident).where(_alert.c.id == alert)
    ).scalar_one_or_none() or _named(connection, "alert", alert)


def find_alerts(connection: Connection, what: str | Alert | Incident) -> list[str]:
    """Find the alerts that are meant: one, or all of an incident, whose id comes first."""
    if isinstance(what, Incident):
        name = what.id
    elif isinstance(what, str) and _starting(connection, _alert.c.incident, what):
        name = _named(connection, "incident", what)
    elif isinstance(what, str | Alert):
        return [find_alert(connection, what)]
    else:
        raise ArgumentError(
            f"A {type(what).__name__} names no alert; give an Alert, an Incident or an id."
        )
    rows = connection.execute(
        select(_alert.c.id).where(_alert.c.incident == name).order_by(_alert.c.id)
    )
    return list(rows.scalars())


def _starting(connection: Connection, column: ColumnElement[str], text: str) -> list[str]:
    query = select(column).distinct().where(column >= text, column < f"{text}g").limit(6)
    return list(connection.execute(query.order_by(column)).scalars()) if text else []


def _named(connection: Connection, noun: str, text: str) -> str:
    """Find the only id that begins with a text."""
    column = _alert.c.id if noun == "alert" else _alert.c.incident
    found = _starting(connection, column, text)
    if text in found or len(found) == 1:
        return text if text in found else found[0]
    if found:
        shown = ", ".join(found[:5]) + (", …" if len(found) > 5 else "")
        raise AmbiguousNameError(f"{text!r} fits several {noun}s: {shown}. Say more of it.")
    latest = select(_alert.c.id).order_by(_alert.c.opened_at.desc()).limit(_MOST_KNOWN)
    known = connection.execute(latest).scalars()
    raise unknown("alert or incident", text, known, hint="See `mltrace alerts --all`.")
