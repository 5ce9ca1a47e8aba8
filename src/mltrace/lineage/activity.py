"""What a component did over time: its runs in the catalog, and those that were only counted.

The two are disjoint, so that their sums are exact: an interval counts what sampling left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import func, select

from mltrace.durations import bucket_of, merged, quantile
from mltrace.errors import ArgumentError
from mltrace.lineage.listing import component_key
from mltrace.records import Activity, RecordList
from mltrace.store.database import schema
from mltrace.times import NANOSECONDS, now_ns, parse_age, parse_moment, to_datetime

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Connection

    Moment = datetime | str | timedelta

LEAST_SECONDS: Final = 60
"""Runs that are only counted are counted by the minute."""
_run, _result = schema.run, schema.check_result
_interval, _check = schema.run_interval, schema.check_interval
_ended_at = func.coalesce(_run.c.ended_at, _run.c.started_at)
_decode_counts: Final = msgspec.json.Decoder(dict[int, int]).decode
_decode_errors: Final = msgspec.json.Decoder(dict[str, int]).decode


@dataclass(slots=True)
class _Period:
    """The sums of one period."""

    num_runs: int = 0
    num_failed: int = 0
    num_logged: int = 0
    num_timed: int = 0
    total_ns: int = 0
    least_ns: int | None = None
    most_ns: int = 0
    durations: dict[int, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    checks: dict[str, dict[str, int]] = field(default_factory=dict)

    def add_times(self, count: int, total: int, least: int, most: int) -> None:
        self.num_timed += count
        self.total_ns += total
        self.least_ns = least if self.least_ns is None else min(self.least_ns, least)
        self.most_ns = max(self.most_ns, most)

    def add_check(self, name: str, status: str, count: int) -> None:
        if count:
            counts = self.checks.setdefault(name, {})
            counts[status] = counts.get(status, 0) + count

    def seconds_at(self, share: float) -> float | None:
        """Estimate a quantile of the durations; no estimate is beyond the extremes."""
        if self.least_ns is None:
            return None
        estimate = quantile(self.durations, share)
        return min(max(estimate, self.least_ns), self.most_ns) / NANOSECONDS


def activity(
    connection: Connection,
    component: str,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    every: str | timedelta | None = None,
) -> RecordList[Activity]:
    """Sum up the runs of a component that ended in a period; see `mltrace.activity`."""
    key = component_key(connection, component)
    length = None if every is None else _length(every)
    start = None if since is None else parse_moment(since)
    end = now_ns() + 1 if until is None else parse_moment(until)
    periods = _Periods(length)
    for of in (_add_runs, _add_intervals, _add_results, _add_check_intervals):
        of(connection, key, (start, end), periods)
    records = [
        _to_record(component, period, *periods.bounds(number, start, end))
        for number, period in sorted(periods.found.items(), reverse=True)
    ]
    return RecordList(records, of=Activity)


class _Periods:
    """The periods that hold anything, by their numbers since 1970; or all as one."""

    def __init__(self, length: int | None) -> None:
        self.length = length
        self.found: dict[int, _Period] = {}
        self._first: int | None = None

    def at(self, moment: int) -> _Period:
        """Return the period that a moment lies in."""
        self._first = moment if self._first is None else min(self._first, moment)
        return self.found.setdefault(moment // self.length if self.length else 0, _Period())

    def number(self, moment: ColumnElement[int]) -> ColumnElement[int]:
        """Make the number of the period that a moment lies in, as the catalog reckons it."""
        return moment // self.length if self.length else moment * 0

    def bounds(self, number: int, start: int | None, end: int) -> tuple[int, int]:
        """Tell the first moment of a period and the one after it, within what was asked for."""
        if self.length is None:
            return start if start is not None else self._first or end, end
        first, last = number * self.length, (number + 1) * self.length
        return max(first, start or first), min(last, end)


_Window = tuple[int | None, int]


def _within(moment: ColumnElement[Any], window: _Window) -> list[ColumnElement[bool]]:
    start, end = window
    return [moment < end, *([moment >= start] if start is not None else [])]


def _add_runs(connection: Connection, key: int, window: _Window, periods: _Periods) -> None:
    query = select(_ended_at, _run.c.status, _run.c.nanoseconds, _run.c.error_type).where(
        _run.c.component_id == key, _run.c.status != "running", *_within(_ended_at, window)
    )
    for ended_at, status, nanoseconds, error_type in connection.execute(query):
        period = periods.at(ended_at)
        period.num_runs += 1
        period.num_logged += 1
        if status != "succeeded":
            period.num_failed += 1
            name = error_type or status
            period.errors[name] = period.errors.get(name, 0) + 1
        if nanoseconds is not None:
            period.add_times(1, nanoseconds, nanoseconds, nanoseconds)
            bucket = bucket_of(nanoseconds)
            period.durations[bucket] = period.durations.get(bucket, 0) + 1


def _add_intervals(connection: Connection, key: int, window: _Window, periods: _Periods) -> None:
    columns = _interval.c
    query = select(_interval).where(
        columns.component_id == key, *_within(columns.started_at, window)
    )
    for row in connection.execute(query):
        period = periods.at(row.started_at)
        period.num_runs += row.num_runs
        period.num_failed += row.num_failed
        period.add_times(row.num_runs, row.total_ns, row.min_ns, row.max_ns)
        period.durations = merged([period.durations, _decode_counts(row.durations or "{}")])
        for name, count in _decode_errors(row.errors or "{}").items():
            period.errors[name] = period.errors.get(name, 0) + count


def _add_results(connection: Connection, key: int, window: _Window, periods: _Periods) -> None:
    number = periods.number(_ended_at).label("number")
    query = (
        select(
            func.min(_ended_at).label("at"),
            _result.c.check_name,
            _result.c.test,
            _result.c.status,
            func.count().label("count"),
        )
        .join(_run, _run.c.id == _result.c.run_id)
        .where(_run.c.component_id == key, _run.c.status != "running", *_within(_ended_at, window))
        .group_by(number, _result.c.check_name, _result.c.test, _result.c.status)
    )
    for at, check, test, status, count in connection.execute(query):
        periods.at(at).add_check(f"{check}.{test}", status, count)


def _add_check_intervals(
    connection: Connection, key: int, window: _Window, periods: _Periods
) -> None:
    columns = _check.c
    query = select(_check).where(columns.component_id == key, *_within(columns.started_at, window))
    for row in connection.execute(query):
        period = periods.at(row.started_at)
        name = f"{row.check_name}.{row.test}"
        period.add_check(name, "passed", row.num_passed)
        period.add_check(name, "failed", row.num_failed)
        period.add_check(name, "error", row.num_errors)
        period.add_check(name, "skipped", row.num_skipped)


def _to_record(component: str, period: _Period, start: int, end: int) -> Activity:
    seconds = max(end - start, 1) / NANOSECONDS
    is_timed = period.num_timed > 0
    return Activity(
        component=component,
        started_at=to_datetime(start),
        seconds=seconds,
        num_runs=period.num_runs,
        num_failed=period.num_failed,
        num_logged=period.num_logged,
        runs_per_second=period.num_runs / seconds,
        mean_seconds=period.total_ns / period.num_timed / NANOSECONDS if is_timed else None,
        p50_seconds=period.seconds_at(0.5),
        p95_seconds=period.seconds_at(0.95),
        p99_seconds=period.seconds_at(0.99),
        max_seconds=period.most_ns / NANOSECONDS if is_timed else None,
        errors=period.errors,
        checks=period.checks,
    )


def _length(every: str | timedelta) -> int:
    seconds = parse_age(every)
    if seconds < LEAST_SECONDS or seconds % LEAST_SECONDS:
        raise ArgumentError(
            f"every={every!r} is no number of whole minutes, by which runs are counted; "
            "give for example '1m', '15m', '1h' or '1d'."
        )
    return int(seconds) * NANOSECONDS
