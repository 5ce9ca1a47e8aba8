"""How the latest runs of a component ended, and how long they took: read narrowly, for monitors.

A component whose runs are sampled is told minute by minute, with the runs that were only counted.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import case, func, select

from mltrace.durations import merged, quantile
from mltrace.store.database import schema
from mltrace.store.database.keys import uid_text
from mltrace.times import NANOSECONDS, now_ns, to_datetime

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row, Select

MINUTE: Final = 60 * NANOSECONDS
LONGEST: Final = 60 * MINUTE
"""Runs of sampled components take no longer; else their minute may lack them."""
IN_THE_MAKING: Final = 5 * NANOSECONDS
"""So long after a minute its counts may still change."""
_run, _interval = schema.run, schema.run_interval
ENDED_AT: Final = func.coalesce(_run.c.ended_at, _run.c.started_at)
_decode_counts: Final = msgspec.json.Decoder(dict[int, int]).decode
_decode_errors: Final = msgspec.json.Decoder(dict[str, int]).decode


class Outcome(NamedTuple):
    """How a run ended, or all runs of a minute.

    Attributes
    ----------
    at : int
        When, in nanoseconds.
    point : str
        The id of the run, or the minute.
    run_id : str or None
        The run; None of a minute.
    num, num_bad : int
        How many runs it is, and how many failed or were aborted.
    nanoseconds : float or None
        How long it took; of a minute the median of those that were only counted.
    errors : mapping of str to int
        The failed ones by the type of their exception.
    key : int or None
        The row id of the run.
    """

    at: int
    point: str
    run_id: str | None
    num: int
    num_bad: int
    nanoseconds: float | None
    errors: Mapping[str, int]
    key: int | None = None


def list_outcomes(
    connection: Connection, component_id: int, *, limit: int, succeeded: bool = False
) -> list[Outcome]:
    """List how the latest runs of a component ended, in the order in which they did.

    Parameters
    ----------
    limit : int
        How many runs, those that started last, or minutes.
    succeeded : bool
        Whether only runs that succeeded count; minutes count in any case.

    Notes
    -----
    Cost: two queries, and 5 µs for each run.
    """
    minutes = latest_minutes(connection, component_id, limit)
    if minutes:
        return _by_minute(connection, component_id, minutes)
    query = (
        select(_run.c.uid, ENDED_AT.label("at"), _run.c.status, _run.c.error_type)
        .add_columns(_run.c.nanoseconds, _run.c.id)
        .where(_run.c.component_id == component_id, _run.c.status != "running")
        .order_by(_run.c.started_at.desc(), _run.c.id.desc())
        .limit(limit)
    )
    if succeeded:
        query = query.where(_run.c.status == "succeeded")
    found = [_of_run(row) for row in connection.execute(query)]
    return sorted(found, key=lambda one: (one.at, one.point))


def latest_minutes(connection: Connection, component_id: int, limit: int) -> list[int]:
    """List the starts of the latest minutes of which runs were only counted, oldest first.

    A minute that is not over is left out.
    """
    start = minute_of(_interval.c.started_at)
    query = (
        select(start.label("start"))
        .where(_interval.c.component_id == component_id)
        .where(_interval.c.started_at < now_ns() - MINUTE - IN_THE_MAKING)
        .group_by(start)
        .order_by(start.desc())
        .limit(limit)
    )
    return [row.start * MINUTE for row in reversed(connection.execute(query).all())]


def _of_run(row: Row[Any]) -> Outcome:
    run, is_good = uid_text(row.uid), row.status == "succeeded"
    errors = {} if is_good else {row.error_type or row.status: 1}
    return Outcome(row.at, run, run, 1, int(not is_good), row.nanoseconds, errors, row.id)


def _by_minute(connection: Connection, component_id: int, minutes: Sequence[int]) -> list[Outcome]:
    counted: dict[int, list[Row[Any]]] = {minute: [] for minute in minutes}
    query = select(_interval).where(
        _interval.c.component_id == component_id,
        _interval.c.started_at.between(minutes[0], minutes[-1] + MINUTE - 1),
    )
    for row in connection.execute(query):
        counted[row.started_at // MINUTE * MINUTE].append(row)
    logged = {
        row.minute * MINUTE: row
        for row in connection.execute(_select_logged(component_id, minutes))
    }
    return [_of_minute(minute, rows, logged.get(minute)) for minute, rows in counted.items()]


def _of_minute(minute: int, rows: Sequence[Row[Any]], logged: Row[Any] | None) -> Outcome:
    errors: Counter[str] = Counter()
    for row in rows:
        errors.update(_decode_errors(row.errors or "{}"))
    durations = merged(_decode_counts(row.durations or "{}") for row in rows)
    num_failed = sum(row.num_failed for row in rows)
    num_runs = sum(row.num_runs for row in rows)
    if logged is not None:
        num_runs, num_failed = num_runs + logged.num_runs, num_failed + logged.num_failed
    return Outcome(
        at=minute + MINUTE,
        point=f"minute {to_datetime(minute):%Y-%m-%d %H:%M}",
        run_id=None,
        num=num_runs,
        num_bad=num_failed,
        nanoseconds=quantile(durations, 0.5) if durations else None,
        errors=errors,
    )


def _select_logged(component_id: int, minutes: Sequence[int]) -> Select[Any]:
    minute = minute_of(ENDED_AT)
    is_failed = case((_run.c.status == "succeeded", 0), else_=1)
    return (
        select(minute.label("minute"))
        .add_columns(func.count().label("num_runs"), func.sum(is_failed).label("num_failed"))
        .where(_run.c.component_id == component_id, _run.c.status != "running")
        .where(_run.c.started_at.between(minutes[0] - LONGEST, minutes[-1] + MINUTE))
        .group_by(minute)
    )


def minute_of(moment: Any) -> Any:
    """Make the number of the minute that a moment lies in, as the catalog reckons it."""
    return moment // MINUTE
