"""A notice that says that a notifier works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.records.alerts import Alert, Incident
from mltrace.records.notices import Notice

if TYPE_CHECKING:
    from datetime import datetime


def example_notice(now: datetime) -> Notice:
    """Make a notice of an incident that there is none of, which says so.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> example_notice(datetime(2026, 7, 1, tzinfo=UTC)).incident.title
    'this is a test of mltrace, nothing is wrong'
    """
    cause = Alert(
        id="test",
        monitor="test",
        kind="test",
        subject="test",
        severity="info",
        state="open",
        opened_at=now,
        began_at=now,
        latest_at=now,
        message="what you would read here is what a monitor found",
        incident_id="test",
    )
    incident = Incident(
        id="test",
        state="open",
        severity=cause.severity,
        opened_at=now,
        title="this is a test of mltrace, nothing is wrong",
        cause=cause,
    )
    return Notice(key=f"test/{now.isoformat()}", kind="test", incident=incident, at=now)
