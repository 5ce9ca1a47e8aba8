"""Points of what is measured now and not of a partition or run: a moment, to the minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from mltrace.records.alerts import ObservationState
    from mltrace.workspace.monitors.known import Known
    from mltrace.workspace.monitors.monitor import Monitor

TELL_AGAIN_AFTER: Final = timedelta(hours=1)


class Moment(NamedTuple):
    """A minute, as the time and the name of a point; the same for all that measure within it."""

    at: datetime
    point: str


def moment_of(at: datetime) -> Moment:
    """Cut a time to its minute.

    Examples
    --------
    >>> moment_of(datetime(2013, 7, 1, 12, 30, 59, tzinfo=UTC)).point
    '2013-07-01T12:30Z'
    """
    minute = at.astimezone(UTC).replace(second=0, microsecond=0)
    return Moment(minute, f"{minute:%Y-%m-%dT%H:%M}Z")


def is_news(
    monitor: Monitor, known: Known, subject: str, *, state: ObservationState, now: Moment
) -> bool:
    """Tell whether a moment is to be told: where nothing changes, it is so once an hour."""
    latest = known.latest(subject)
    if latest is None or now.at - latest >= TELL_AGAIN_AFTER:
        return True
    needs_rows = max(monitor.open_after, monitor.resolve_after) > 1
    return needs_rows or known.state(subject, moment_of(latest).point) != state
