"""Rows of what processes sum up: their runs by interval, and how they fared with logging."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select, update

from mltrace.store.database import schema
from mltrace.store.database.keys import ensure, insert_ignoring, json_or_none, settle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from mltrace.store.facts import HealthFact, IntervalFact

_interval, _check = schema.run_interval, schema.check_interval
_KEY = ("component_id", "started_at", "process_id")
_is_mine = (
    (_interval.c.component_id == bindparam("component"))
    & (_interval.c.started_at == bindparam("start"))
    & (_interval.c.process_id == bindparam("process"))
)


def apply_intervals(connection: Connection, facts: Iterable[IntervalFact]) -> None:
    """Insert or raise the totals of intervals; the fact with the most runs of each counts."""
    fullest: dict[tuple[str, int, str], IntervalFact] = {}
    for fact in facts:
        key = fact.component, fact.at, fact.process
        if key not in fullest or fullest[key].runs <= fact.runs:
            fullest[key] = fact
    if not fullest:
        return
    components = ensure(connection, schema.component.c.name, [name for name, _, _ in fullest])
    processes = ensure(connection, schema.process.c.uid, [process for _, _, process in fullest])
    keys = {
        key: {"component": components[key[0]], "start": key[1], "process": processes[key[2]]}
        for key in fullest
    }
    newer = {
        key: fact for key, fact in fullest.items() if fact.runs >= _num_known(connection, keys[key])
    }
    rows = [{**_named(keys[key]), **_totals(fact)} for key, fact in newer.items()]
    insert_ignoring(connection, _interval, rows)
    totals = [{**keys[key], **_totals(fact)} for key, fact in newer.items()]
    if totals:
        connection.execute(update(_interval).where(_is_mine), totals)
    for key, fact in newer.items():
        _replace_checks(connection, _named(keys[key]), list(_check_rows(fact)))


def _num_known(connection: Connection, key: dict[str, Any]) -> int:
    return connection.execute(select(_interval.c.num_runs).where(_is_mine), key).scalar() or 0


def _named(key: dict[str, Any]) -> dict[str, Any]:
    return dict(zip(_KEY, key.values(), strict=True))


def _totals(fact: IntervalFact) -> dict[str, Any]:
    return {
        "seconds": fact.seconds,
        "num_runs": fact.runs,
        "num_failed": fact.failed,
        "total_ns": fact.total,
        "min_ns": fact.least,
        "max_ns": fact.most,
        "durations": json_or_none(fact.durations),
        "errors": json_or_none(fact.errors),
    }


def _check_rows(fact: IntervalFact) -> Iterator[dict[str, Any]]:
    for count in fact.checks:
        yield {
            "check_name": count.check,
            "test": count.test,
            "num_passed": count.passed,
            "num_failed": count.failed,
            "num_errors": count.errors,
            "num_skipped": count.skipped,
        }


def _replace_checks(
    connection: Connection, key: dict[str, Any], rows: Sequence[dict[str, Any]]
) -> None:
    if not rows:
        return
    mine = [_check.c[name] == value for name, value in key.items()]
    connection.execute(delete(_check).where(*mine))
    insert_ignoring(connection, _check, [{**key, **row} for row in rows])


def apply_health(connection: Connection, facts: Sequence[HealthFact]) -> None:
    """Note how processes fared; the latest fact of each counts."""
    processes = ensure(connection, schema.process.c.uid, (fact.process for fact in facts))
    rows = [
        {
            "process_id": processes[fact.process],
            "at": fact.at,
            "num_runs": fact.runs,
            "overhead_ns": fact.overhead,
            "dropped": json_or_none(fact.dropped),
            "faults": json_or_none(fact.faults),
            "not_kept": json_or_none(fact.not_kept),
            "profiling_ns": fact.profiling,
            "profiles": json_or_none(fact.profiles),
            "not_profiled": json_or_none(fact.not_profiled),
        }
        for fact in facts
    ]
    settle(connection, schema.process_health, rows)
