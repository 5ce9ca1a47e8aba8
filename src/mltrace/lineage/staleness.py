"""Says in words why a run worked with stale inputs.

An input is stale if too much time lay between its making and its use, or if fresher runs of the
component that made it had begun before the run that used it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, func, literal, select

from mltrace.store import schema
from mltrace.store.chosen import CHOSEN, choose
from mltrace.times import NANOSECONDS, describe_seconds, to_datetime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from mltrace.config import Settings

MOST_COUNTED: Final = 1_000
"""Fresher runs are counted up to here; beyond it the number says no more."""

_FRESH: Final = ("succeeded", "running")
_read, _write, _artifact = schema.read, schema.write, schema.artifact
_reader, _maker = schema.run.alias("reader"), schema.run.alias("maker")
_fresher, _outer = schema.run.alias("fresher"), schema.run.alias("outer_run")

_written_at = (
    select(func.max(_write.c.at))
    .where(
        _write.c.run_id == _read.c.producer_id,
        _write.c.version_id == _read.c.version_id,
        _write.c.at <= _read.c.at,
    )
    .correlate(_read)
    .scalar_subquery()
)
_OLD: Final = (
    select(
        _read.c.run_id,
        func.coalesce(_read.c.name, _artifact.c.identity).label("name"),
        _read.c.at,
        func.coalesce(_written_at, _maker.c.ended_at, _maker.c.started_at).label("made_at"),
        schema.component.c.name.label("component"),
        _maker.c.uid,
    )
    .join(_maker, _maker.c.id == _read.c.producer_id)
    .join(schema.component, schema.component.c.id == _maker.c.component_id)
    .join(_artifact, _artifact.c.id == _read.c.artifact_id)
    .where(
        _read.c.run_id.in_(CHOSEN),
        _read.c.part != schema.MEMBER,  # not each file of a folder
        _read.c.at - _maker.c.started_at > bindparam("limit"),
    )
    .order_by(_read.c.run_id, _read.c.part, _read.c.position)
)

# A run that reads from several runs of a component is as fresh as the newest of them.
_newest = (
    select(
        _read.c.run_id,
        _maker.c.component_id,
        func.max(_maker.c.started_at).label("began_at"),
    )
    .join(_maker, _maker.c.id == _read.c.producer_id)
    .where(_read.c.run_id.in_(CHOSEN))
    .group_by(_read.c.run_id, _maker.c.component_id)
    .subquery("newest")
)
_is_recursion = (
    select(literal(1))
    .where(_outer.c.uid == _fresher.c.parent_uid, _outer.c.component_id == _fresher.c.component_id)
    .correlate(_fresher)
    .exists()
)
_counted = (
    select(literal(1).label("one"))
    .select_from(_fresher)
    .where(
        _fresher.c.component_id == _newest.c.component_id,
        _fresher.c.started_at > _newest.c.began_at,
        _fresher.c.started_at < _reader.c.started_at,
        _fresher.c.status.in_(_FRESH),
        ~_is_recursion,
    )
    .limit(MOST_COUNTED)
    .correlate(_newest, _reader)
    .subquery()
)
_num_fresher = select(func.count()).select_from(_counted).scalar_subquery()
_counts = (
    select(
        _newest.c.run_id,
        _newest.c.component_id,
        _newest.c.began_at,
        _reader.c.started_at,
        _reader.c.parent_uid,
        schema.component.c.name.label("component"),
        _num_fresher.label("num_fresher"),
    )
    .join(_reader, _reader.c.id == _newest.c.run_id)
    .join(schema.component, schema.component.c.id == _newest.c.component_id)
    .subquery("counts")
)
_OVERTAKEN: Final = (
    select(_counts).where(_counts.c.num_fresher > 0).order_by(_counts.c.run_id, _counts.c.began_at)
)

_nested = (
    select(_reader.c.id.label("run_id"), _reader.c.parent_uid)
    .where(_reader.c.id.in_(CHOSEN), _reader.c.parent_uid.is_not(None))
    .cte("nested", recursive=True)
)
_nested = _nested.union(
    select(_nested.c.run_id, _outer.c.parent_uid)
    .join(_outer, _outer.c.uid == _nested.c.parent_uid)
    .where(_outer.c.parent_uid.is_not(None))
)
_ANCESTORS: Final = (
    select(_nested.c.run_id, _outer.c.component_id, _outer.c.started_at)
    .join(_outer, _outer.c.uid == _nested.c.parent_uid)
    .where(_outer.c.status.in_(_FRESH))
)


def find_stale(
    connection: Connection, ids: Sequence[int], settings: Settings
) -> dict[int, tuple[str, ...]]:
    """Find the runs with stale inputs among `ids`, each with its reasons.

    Notes
    -----
    Cost: two queries, and one more if nested runs were overtaken. Age counts from the writing of
    the version that was read, or from the end of the run that made it if it wrote another.
    """
    reasons: dict[int, dict[str, None]] = {}
    for run_id, reason in _find_old(connection, ids, settings.stale_after_seconds):
        reasons.setdefault(run_id, {})[reason] = None
    for run_id, reason in _find_overtaken(connection, ids):
        reasons.setdefault(run_id, {})[reason] = None
    return {run_id: tuple(found) for run_id, found in reasons.items()}


def _find_old(
    connection: Connection, ids: Sequence[int], limit_seconds: float
) -> list[tuple[int, str]]:
    limit = int(limit_seconds * NANOSECONDS)
    found = []
    for row in connection.execute(_OLD, choose(ids, limit=limit)):
        age = row.at - row.made_at
        if age > limit:
            found.append((row.run_id, _old_text(row, age / NANOSECONDS, limit_seconds)))
    return found


def _old_text(row: Any, age_seconds: float, limit_seconds: float) -> str:
    maker = row.uid.hex()
    return (
        f"{row.name} was {describe_seconds(age_seconds)} old when read (made by {row.component} "
        f"{maker[:8]}-{maker[8:12]} on {_day(row.made_at, row.at)}; "
        f"the limit is {describe_seconds(limit_seconds)})"
    )


def _find_overtaken(connection: Connection, ids: Sequence[int]) -> list[tuple[int, str]]:
    rows = connection.execute(_OVERTAKEN, choose(ids)).all()
    nested = {row.run_id for row in rows if row.parent_uid is not None}
    around: dict[int, list[Any]] = {}
    if nested:
        # A run inside a fresher run of that component is part of it, not overtaken by it.
        for outer in connection.execute(_ANCESTORS, choose(nested)):
            around.setdefault(outer.run_id, []).append(outer)
    found = []
    for row in rows:
        count = row.num_fresher - sum(
            outer.component_id == row.component_id
            and row.began_at < outer.started_at < row.started_at
            for outer in around.get(row.run_id, ())
        )
        if count > 0:
            found.append((row.run_id, _overtaken_text(row, count)))
    return found


def _overtaken_text(row: Any, count: int) -> str:
    number = f"{MOST_COUNTED} or more" if count >= MOST_COUNTED else str(count)
    runs = "run" if count == 1 else "runs"
    made = _day(row.began_at, row.started_at)
    return (
        f"{number} fresher {runs} of {row.component} began before this run "
        f"(it read what {row.component} made on {made})"
    )


def _day(moment: int, seen_from: int) -> str:
    """Name the day of a moment, with the time if that is needed to tell the two apart."""
    at = to_datetime(moment)
    if at.date() == to_datetime(seen_from).date():
        return f"{at:%Y-%m-%d} at {at:%H:%M:%S} UTC"
    return f"{at:%Y-%m-%d}"
