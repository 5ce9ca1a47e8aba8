"""How the checks of the latest runs of a component went: read narrowly, for monitors.

A component whose runs are sampled is told minute by minute, with the runs that were only counted.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import case, func, select

from mltrace.lineage.outcomes import ENDED_AT, LONGEST, MINUTE, latest_minutes, minute_of
from mltrace.store.database import schema
from mltrace.store.database.keys import uid_text
from mltrace.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

_run, _result, _counted = schema.run, schema.check_result, schema.check_interval
_num_bad = func.sum(case((_result.c.status.in_(("failed", "error")), 1), else_=0))
_num = func.sum(case((_result.c.status == "skipped", 0), else_=1))

Test = tuple[str, str]
"""The name of a check, and of one of its tests."""


class Results(NamedTuple):
    """How many results there are, and how many did not pass."""

    num: int
    num_bad: int


class Checked(NamedTuple):
    """How the checks of a run went, or of all runs of a minute.

    Attributes
    ----------
    at : int
        When it ended, in nanoseconds.
    point : str
        The id of the run, or the minute.
    run_id : str or None
    results : mapping
        By check and test.
    """

    at: int
    point: str
    run_id: str | None
    results: Mapping[Test, Results]


def list_checked(connection: Connection, component_id: int, limit: int) -> list[Checked]:
    """List how the checks of the latest runs went, in the order in which these ended.

    Notes
    -----
    Cost: two queries, and some 3 µs for each result.
    """
    minutes = latest_minutes(connection, component_id, limit)
    if minutes:
        return _by_minute(connection, component_id, minutes)
    runs = (
        select(_run.c.id, _run.c.uid, ENDED_AT.label("at"))
        .where(_run.c.component_id == component_id, _run.c.status != "running")
        .order_by(_run.c.started_at.desc(), _run.c.id.desc())
        .limit(limit)
        .subquery()
    )
    results: defaultdict[int, dict[Test, Results]] = defaultdict(dict)
    query = (
        select(runs.c.id, _result.c.check_name, _result.c.test)
        .add_columns(_num.label("num"), _num_bad.label("num_bad"))
        .join(_result, _result.c.run_id == runs.c.id)
        .group_by(runs.c.id, _result.c.check_name, _result.c.test)
    )
    for run, check, test, num, num_bad in connection.execute(query):
        if num:
            results[run][check, test] = Results(int(num), int(num_bad))
    found = [
        Checked(row.at, uid_text(row.uid), uid_text(row.uid), results.get(row.id, {}))
        for row in connection.execute(select(runs))
    ]
    return sorted(found, key=lambda one: (one.at, one.point))


def _by_minute(connection: Connection, component_id: int, minutes: Sequence[int]) -> list[Checked]:
    sums: dict[int, defaultdict[Test, list[int]]] = {
        minute: defaultdict(lambda: [0, 0]) for minute in minutes
    }
    counted = select(_counted).where(
        _counted.c.component_id == component_id,
        _counted.c.started_at.between(minutes[0], minutes[-1] + MINUTE - 1),
    )
    for row in connection.execute(counted):
        one = sums[row.started_at // MINUTE * MINUTE][row.check_name, row.test]
        one[0] += row.num_passed + row.num_failed + row.num_errors
        one[1] += row.num_failed + row.num_errors
    minute = minute_of(ENDED_AT)
    logged = (
        select(minute.label("minute"), _result.c.check_name, _result.c.test)
        .add_columns(_num.label("num"), _num_bad.label("num_bad"))
        .join(_run, _run.c.id == _result.c.run_id)
        .where(_run.c.component_id == component_id, _run.c.status != "running")
        .where(_run.c.started_at.between(minutes[0] - LONGEST, minutes[-1] + MINUTE))
        .group_by(minute, _result.c.check_name, _result.c.test)
    )
    for start, check, test, num, num_bad in connection.execute(logged):
        if start * MINUTE in sums:
            one = sums[start * MINUTE][check, test]
            one[0], one[1] = one[0] + int(num), one[1] + int(num_bad)
    return [
        Checked(
            at=start + MINUTE,
            point=f"minute {to_datetime(start):%Y-%m-%d %H:%M}",
            run_id=None,
            results={test: Results(*one) for test, one in tests.items() if one[0]},
        )
        for start, tests in sums.items()
    ]
