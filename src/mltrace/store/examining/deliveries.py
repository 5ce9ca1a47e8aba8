"""Examines what notifiers delivered: receivers that fail, and what was given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from mltrace.records.notices import RECEIVER
from mltrace.store.database.schema import delivery
from mltrace.store.examining.report import numbered
from mltrace.times import NANOSECONDS, now_ns

if TYPE_CHECKING:
    from mltrace.store.database.catalog import Catalog
    from mltrace.store.examining.report import Report

_RECENT: Final = 7 * 86_400 * NANOSECONDS
_REMEDY: Final = "mltrace monitor test {name} tries it; look at its table in mltrace.toml."


def examine_deliveries(report: Report, catalog: Catalog) -> None:
    """Tell of notifiers that could not tell of incidents within the last week."""
    is_recent = delivery.c.at > now_ns() - _RECENT
    failing = (
        select(delivery.c.notifier, delivery.c.num_attempts, delivery.c.error)
        .where(delivery.c.notice == RECEIVER, delivery.c.status == "failed", is_recent)
        .order_by(delivery.c.notifier)
    )
    given_up = (
        select(
            delivery.c.notifier,
            func.count().label("num"),
            func.max(delivery.c.error).label("error"),
        )
        .where(delivery.c.status == "given up", is_recent)
        .group_by(delivery.c.notifier)
        .order_by(delivery.c.notifier)
    )
    with catalog.look() as connection:
        for row in connection.execute(failing):
            times = numbered(row.num_attempts, "time", "times in a row")
            _tell(report, row.notifier, f"could not tell, {times}: {row.error}")
        for row in connection.execute(given_up):
            notices = numbered(row.num, "notice", "notices")
            _tell(report, row.notifier, f"gave up on {notices} within a week: {row.error}")


def _tell(report: Report, notifier: str, what: str) -> None:
    said = f"The notifier {notifier!r} {what.rstrip('.')}."
    report.problem("notifiers", said, _REMEDY.format(name=notifier))
