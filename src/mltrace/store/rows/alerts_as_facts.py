"""Tells monitors, what they measured, alerts and deliveries as facts again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import select

from mltrace.store.alert_facts import (
    AlertFact,
    DeliveryFact,
    MonitorFact,
    ObservationFact,
    Opening,
    Where,
)
from mltrace.store.database import schema
from mltrace.store.database.keys import uid_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Row, Select

    from mltrace.store.facts import AnyFact

_ROWS: Final = 1_000
_decode_opening: Final = msgspec.json.Decoder(Opening).decode
_decode_names: Final = msgspec.json.Decoder(tuple[str, ...]).decode


def alert_facts(connection: Connection) -> Iterator[AnyFact]:
    """Tell all there is of monitors and alerts."""
    for row in _stream(connection, select(schema.monitor)):
        yield MonitorFact(
            name=row.name,
            at=row.at,
            kind=row.kind,
            settings=row.settings,
            is_active=row.is_active,
            by=row.declared_by,
        )
    for row in _stream(connection, select(schema.observation)):
        yield ObservationFact(
            monitor=row.monitor,
            subject=row.subject,
            point=row.point,
            at=row.at,
            made=row.made_at,
            state=row.state,
            value=row.value,
            threshold=row.threshold,
            message=row.message,
            where=read_where(row),
        )
    yield from _change_facts(connection)
    for row in _stream(connection, select(schema.delivery)):
        yield DeliveryFact(
            notifier=row.notifier,
            notice=row.notice,
            at=row.at,
            status=row.status,
            attempts=row.num_attempts,
            next=row.next_at,
            incident=row.incident or "",
            what=row.what,
            error=row.error,
        )


def read_where(row: Row[Any]) -> Where:
    """Read where something shows from the row of an observation or an alert."""
    columns = row._mapping["columns"]
    return Where(
        component=row.component or "",
        artifact=row.artifact or "",
        digest=row.digest or "",
        columns=_decode_names(columns) if columns else (),
        run="" if row.run_uid is None else uid_text(row.run_uid),
    )


def _change_facts(connection: Connection) -> Iterator[AnyFact]:
    for row in _stream(connection, select(schema.alert_change)):
        yield AlertFact(
            alert=row.alert,
            uid=row.uid,
            at=row.at,
            what=row.what,
            by=row.changed_by,
            reason=row.reason,
            point=row.point,
            until=row.until,
            verdict=row.verdict,
            incident=row.incident or "",
            role=row.role,
            opening=None if row.opening is None else _decode_opening(row.opening),
        )


def _stream(connection: Connection, query: Select[Any]) -> Iterator[Row[Any]]:
    yield from connection.execute(query.execution_options(yield_per=_ROWS))
