"""What came of each monitor, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import case, func, select

from mltrace.store.database import schema
from mltrace.times import to_datetime

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_seen, _alert = schema.observation, schema.alert
_OBSERVATIONS: Final = select(
    _seen.c.monitor,
    func.count().label("num_observations"),
    func.sum(case((_seen.c.state == "bad", 1), else_=0)).label("num_bad"),
    func.count(_seen.c.subject.distinct()).label("num_subjects"),
    func.max(_seen.c.made_at).label("latest_at"),
    func.max(_seen.c.at).label("observed_at"),
).group_by(_seen.c.monitor)
_UNRESOLVED: Final = (
    select(_alert.c.monitor, func.count().label("num"))
    .where(_alert.c.state.in_(("open", "acknowledged", "snoozed")))
    .group_by(_alert.c.monitor)
)


class Tally(NamedTuple):
    """What came of a monitor; the names are those of `MonitorStatus`."""

    num_observations: int = 0
    num_bad: int = 0
    num_subjects: int = 0
    num_open: int = 0
    latest_at: datetime | None = None
    observed_at: datetime | None = None


def load_tallies(connection: Connection) -> dict[str, Tally]:
    """Count what came of each monitor that measured something."""
    unresolved = {row.monitor: row.num for row in connection.execute(_UNRESOLVED)}
    return {
        row.monitor: Tally(
            num_observations=row.num_observations,
            num_bad=int(row.num_bad),
            num_subjects=row.num_subjects,
            num_open=unresolved.get(row.monitor, 0),
            latest_at=to_datetime(row.latest_at),
            observed_at=to_datetime(row.observed_at),
        )
        for row in connection.execute(_OBSERVATIONS)
    }
