"""What was delivered, as it is stored, and which incidents notifiers may owe something of."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, case, func, or_, select

from mltrace.notifiers.delivering import Outbox
from mltrace.records.notices import RECEIVER, Delivery
from mltrace.store.alert_facts import DeliveryFact
from mltrace.store.database.chosen import CHOSEN_TEXTS, choose_texts
from mltrace.store.database.schema import alert, delivery
from mltrace.times import NANOSECONDS, to_datetime, to_nanoseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row

    from mltrace.notifiers.notifier import Notifier

_HOUR: Final = 3600 * NANOSECONDS
_IS_END: Final = and_(delivery.c.what == "resolved", delivery.c.status != "failed")
_NOT_ENDED: Final = (
    select(delivery.c.incident)
    .where(delivery.c.notifier.in_(CHOSEN_TEXTS), delivery.c.incident.is_not(None))
    .group_by(delivery.c.notifier, delivery.c.incident)
    .having(func.max(delivery.c.at) > func.coalesce(func.max(case((_IS_END, delivery.c.at))), 0))
)
"""The incidents of which the end is not the latest that was told."""


def find_incidents(
    connection: Connection, notifiers: Sequence[Notifier], *, ended_since: int
) -> list[str]:
    """List the ids of incidents of which something may be owed.

    They are those that are not resolved; those whose end was not told to somebody who was told of
    them; and for who is told of ends only, those that ended since a time.
    """
    is_open = alert.c.state != "resolved"
    if any("opened" not in one.on for one in notifiers):
        is_open = or_(is_open, alert.c.resolved_at >= ended_since)
    found = connection.execute(select(alert.c.incident).where(is_open).distinct())
    names = [one.name for one in notifiers if "resolved" in one.on]
    left = connection.execute(_NOT_ENDED, choose_texts(names))
    return sorted({*found.scalars(), *left.scalars()})


def load_outbox(
    connection: Connection, notifier: str, incidents: Iterable[str], *, now: int
) -> Outbox:
    """Load what a notifier delivered of incidents, and how much within the last hour."""
    is_by = delivery.c.notifier == notifier
    of_incidents = select(delivery).where(is_by, delivery.c.incident.in_(CHOSEN_TEXTS))
    is_message = and_(
        delivery.c.at > now - _HOUR, delivery.c.num_attempts > 0, delivery.c.status != "failed"
    )
    others = select(delivery).where(is_by, or_(is_message, delivery.c.notice == RECEIVER))
    by_incident: defaultdict[str, list[Delivery]] = defaultdict(list)
    for row in connection.execute(of_incidents, choose_texts(incidents)):
        by_incident[row.incident].append(_delivery(row))
    beside = [_delivery(row) for row in connection.execute(others)]
    return Outbox(
        by_incident=by_incident,
        messages=[one for one in beside if one.notice != RECEIVER],
        receiver=next((one for one in beside if one.notice == RECEIVER), None),
    )


def delivery_fact(one: Delivery) -> DeliveryFact:
    """Make the fact of a delivery."""
    return DeliveryFact(
        notifier=one.notifier,
        notice=one.notice,
        at=to_nanoseconds(one.at),
        status=one.status,
        attempts=one.attempts,
        next=None if one.next_at is None else to_nanoseconds(one.next_at),
        incident=one.incident,
        what=one.what,
        error=one.error,
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        notifier=row.notifier,
        notice=row.notice,
        at=to_datetime(row.at),
        status=row.status,
        attempts=row.num_attempts,
        next_at=None if row.next_at is None else to_datetime(row.next_at),
        incident=row.incident or "",
        what=row.what,
        error=row.error,
    )
