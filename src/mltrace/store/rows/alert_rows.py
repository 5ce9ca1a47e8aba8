"""Rows of monitors, of what they measured, of alerts and of what was delivered."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import delete, select

from mltrace.store.alert_facts import Opening, Where
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN_TEXTS, choose_texts
from mltrace.store.database.keys import insert, json_or_none, settle, uid_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row

    from mltrace.store.alert_facts import AlertFact, DeliveryFact, MonitorFact, ObservationFact

_alert, _change = schema.alert, schema.alert_change
_CHANGES: Final = (
    select(_change)
    .where(_change.c.alert.in_(CHOSEN_TEXTS))
    .order_by(_change.c.alert, _change.c.at, _change.c.uid)
)
_OLD: Final = delete(_alert).where(_alert.c.id.in_(CHOSEN_TEXTS))
_decode_opening: Final = msgspec.json.Decoder(Opening).decode


def apply_monitors(connection: Connection, facts: Iterable[MonitorFact]) -> None:
    """Declare monitors; the latest declaration of each counts."""
    rows = [
        {
            "name": fact.name,
            "at": fact.at,
            "kind": fact.kind,
            "settings": fact.settings,
            "is_active": fact.is_active,
            "declared_by": fact.by,
        }
        for fact in facts
    ]
    settle(connection, schema.monitor, rows)


def apply_observations(connection: Connection, facts: Iterable[ObservationFact]) -> None:
    """Insert what was measured; the latest measurement of each point counts."""
    rows = [
        {
            "monitor": fact.monitor,
            "subject": fact.subject,
            "point": fact.point,
            "at": fact.at,
            "made_at": fact.made,
            "state": fact.state,
            "value": fact.value,
            "threshold": fact.threshold,
            "message": fact.message,
            **_where(fact.where),
        }
        for fact in facts
    ]
    settle(connection, schema.observation, rows)


def apply_deliveries(connection: Connection, facts: Iterable[DeliveryFact]) -> None:
    """Insert what was told by notifiers; the latest attempt of each notice counts."""
    rows = [
        {
            "notifier": fact.notifier,
            "notice": fact.notice,
            "at": fact.at,
            "status": fact.status,
            "num_attempts": fact.attempts,
            "next_at": fact.next,
            "incident": fact.incident or None,
            "what": fact.what,
            "error": fact.error,
        }
        for fact in facts
    ]
    settle(connection, schema.delivery, rows)


def apply_alerts(connection: Connection, facts: Sequence[AlertFact]) -> None:
    """Add changes of alerts, and work out anew what these are now.

    A change that two processes told at once counts as the earlier one told it.
    """
    rows = [
        {
            "alert": fact.alert,
            "uid": fact.uid,
            "at": fact.at,
            "what": fact.what,
            "changed_by": fact.by,
            "reason": fact.reason,
            "point": fact.point,
            "until": fact.until,
            "verdict": fact.verdict,
            "incident": fact.incident or None,
            "role": fact.role,
            "opening": None if fact.opening is None else msgspec.json.encode(fact.opening).decode(),
        }
        for fact in facts
    ]
    settle(connection, _change, rows, is_first=True)
    touched = list(dict.fromkeys(fact.alert for fact in facts))
    if touched:
        changes = connection.execute(_CHANGES, choose_texts(touched))
        alerts = [
            alert
            for _, group in groupby(changes, key=lambda row: row.alert)
            if (alert := _fold(list(group))) is not None
        ]
        connection.execute(_OLD, choose_texts(touched))
        insert(connection, _alert, alerts)


def _fold(changes: Sequence[Row[Any]]) -> dict[str, Any] | None:
    """Work out what an alert is after its changes; None while it is not known what it is of."""
    first = next((row for row in changes if row.opening is not None), None)
    if first is None:
        return None
    alert = _opened(first)
    for row in changes:
        if row.verdict is not None:
            alert["verdict"] = row.verdict
        if row.what == "grouped":
            alert["incident"], alert["role"] = row.incident, row.role
        elif _is_of_state(alert["state"], row.what):
            alert |= {
                "state": _STATES[row.what],
                "changed_at": row.at,
                "changed_by": row.changed_by,
                "reason": row.reason,
                "snoozed_until": row.until if row.what == "snoozed" else None,
                "resolved_at": row.at if row.what == "resolved" else None,
            }
    return alert


_STATES: Final = {
    "acknowledged": "acknowledged",
    "snoozed": "snoozed",
    "woken": "open",
    "resolved": "resolved",
    "reopened": "open",
}


def _is_of_state(state: str, change: str) -> bool:
    """Tell whether a change does anything in a state; what is resolved can only be opened again."""
    if state == "resolved":
        return change == "reopened"
    return change in _STATES and change != "reopened"


def _opened(row: Row[Any]) -> dict[str, Any]:
    opening = _decode_opening(row.opening)
    return {
        "id": row.alert,
        "monitor": opening.monitor,
        "subject": opening.subject,
        "point": row.point,
        "kind": opening.kind,
        "severity": opening.severity,
        "owner": opening.owner or None,
        **_where(opening.where),
        "value": opening.value,
        "threshold": opening.threshold,
        "message": opening.message,
        "began_at": opening.made,
        "opened_at": row.at,
        "state": "open",
        "changed_at": row.at,
        "changed_by": row.changed_by,
        "reason": row.reason,
        "snoozed_until": None,
        "resolved_at": None,
        "verdict": None,
        "incident": row.alert,
        "role": "cause",
    }


def _where(where: Where) -> dict[str, Any]:
    return {
        "component": where.component or None,
        "artifact": where.artifact or None,
        "digest": where.digest or None,
        "columns": json_or_none(where.columns),
        "run_uid": uid_bytes(where.run) if where.run else None,
    }
