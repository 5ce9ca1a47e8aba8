"""Says in words why a run worked with stale inputs when it ran.

An input is stale if too much time lay between its making and its use, or if fresher runs of the
component that made it had begun before the run that used it. What is stale now is told by
`spreading`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, func, literal, select

from mltrace.lineage.staleness.reasons import Finding, day_text, short_uid
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose
from mltrace.times import NANOSECONDS, describe_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from mltrace.config import StaleLimit, StalePolicy

MOST_COUNTED: Final = 1_000
"""Fresher runs are counted up to here; beyond it the number says no more."""

_FRESH: Final = ("succeeded", "running")
_read, _write, _artifact = schema.read, schema.write, schema.artifact
_reader, _maker = schema.run.alias("reader"), schema.run.alias("maker")
_fresher, _outer = schema.run.alias("fresher"), schema.run.alias("outer_run")
_reading = schema.component.alias("reading")

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
        _artifact.c.identity,
        _read.c.at,
        func.coalesce(_written_at, _maker.c.ended_at, _maker.c.started_at).label("made_at"),
        schema.component.c.name.label("component"),
        _maker.c.uid,
        _reader.c.uid.label("reader_uid"),
        _reading.c.name.label("reading"),
    )
    .join(_reader, _reader.c.id == _read.c.run_id)
    .join(_reading, _reading.c.id == _reader.c.component_id)
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
        _reader.c.uid.label("reader_uid"),
        _reading.c.name.label("reading"),
        schema.component.c.name.label("component"),
        _num_fresher.label("num_fresher"),
    )
    .join(_reader, _reader.c.id == _newest.c.run_id)
    .join(_reading, _reading.c.id == _reader.c.component_id)
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


def find_findings(
    connection: Connection, ids: Sequence[int], policy: StalePolicy
) -> dict[int, list[Finding]]:
    """Find the runs among `ids` that had stale inputs when they ran, each with its reasons.

    Notes
    -----
    Cost: two queries, and one more if nested runs were overtaken. Age counts from the writing of
    the version that was read, or from the end of the run that made it if it wrote another.
    """
    found: dict[int, dict[Finding, None]] = {}
    for run_id, finding in [*_find_old(connection, ids, policy), *_find_overtaken(connection, ids)]:
        found.setdefault(run_id, {})[finding] = None
    return {run_id: list(findings) for run_id, findings in found.items()}


def _find_old(
    connection: Connection, ids: Sequence[int], policy: StalePolicy
) -> list[tuple[int, Finding]]:
    least = policy.least_seconds()
    if least is None:
        return []
    found = []
    for row in connection.execute(_OLD, choose(ids, limit=int(least * NANOSECONDS))):
        limit = policy.limit(row.component, row.name, row.identity)
        age_seconds = (row.at - row.made_at) / NANOSECONDS
        if limit is not None and age_seconds > limit.seconds:
            found.append((row.run_id, _old_finding(row, age_seconds, limit)))
    return found


def _old_finding(row: Any, age_seconds: float, limit: StaleLimit) -> Finding:
    age = f"{row.name} was {describe_seconds(age_seconds)} old when"
    why = (
        f"(made by {row.component} {short_uid(row.uid)} on {day_text(row.made_at, row.at)}; "
        f"{limit.of} is {describe_seconds(limit.seconds)})"
    )
    seen = f"{age} {_reader_text(row)} read it {why}"
    return Finding("old", f"{age} read {why}", seen, row.name)


def _find_overtaken(connection: Connection, ids: Sequence[int]) -> list[tuple[int, Finding]]:
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
            found.append((row.run_id, _overtaken_finding(row, count)))
    return found


def _overtaken_finding(row: Any, count: int) -> Finding:
    number = f"{MOST_COUNTED} or more" if count >= MOST_COUNTED else str(count)
    runs = "run" if count == 1 else "runs"
    began = f"{number} fresher {runs} of {row.component} began before"
    made = day_text(row.began_at, row.started_at)
    why = f"(it read what {row.component} made on {made})"
    seen = f"{began} {_reader_text(row)} {why}"
    return Finding("overtaken", f"{began} this run {why}", seen, row.component)


def _reader_text(row: Any) -> str:
    return f"{row.reading} {short_uid(row.reader_uid)}"
