"""Lists what checks said of the runs of a component over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import or_, select

from mltrace.errors import unknown
from mltrace.lineage.listing import check_limit, component_key, num_left_out
from mltrace.records import RecordList
from mltrace.records.check_history import LoggedResult
from mltrace.store.database import schema
from mltrace.store.database.keys import uid_text
from mltrace.times import parse_moment, to_datetime

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Connection

    Moment = datetime | str | timedelta

_run, _result = schema.run, schema.check_result
_decode: Final = msgspec.json.decode
_MAX_KNOWN: Final = 10_000
"""Results that are looked through for the names that there are."""


def check_history(
    connection: Connection,
    component: str,
    *,
    check: str | None = None,
    test: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    limit: int | None = 50,
) -> RecordList[LoggedResult]:
    """List the results of the checks of a component; see `mltrace.check_history`."""
    key = component_key(connection, component)
    wanted = _named(check, test)
    is_of_run = _result.c.run_id == _run.c.id
    latest = _run.c.started_at.desc(), _run.c.id.desc()
    runs = (
        select(_run.c.id)
        .where(
            _run.c.component_id == key, select(_result.c.run_id).where(is_of_run, *wanted).exists()
        )
        .order_by(*latest)
        .limit(check_limit(limit))
    )
    if since is not None:
        runs = runs.where(_run.c.started_at >= parse_moment(since))
    if until is not None:
        runs = runs.where(_run.c.started_at < parse_moment(until))
    query = (
        select(_run.c.uid, _run.c.started_at, _result)
        .join(_result, is_of_run)
        .where(_run.c.id.in_(runs), *wanted)
        .order_by(*latest, _result.c.position)
    )
    found = [_to_record(component, row) for row in connection.execute(query)]
    if not found:
        _refuse_unknown(connection, key, check, test)
    return RecordList(found, of=LoggedResult, notes=_left_out(connection, component))


def _left_out(connection: Connection, component: str) -> list[str]:
    """Say that sampling left runs out, for those whose checks fail are logged all the same."""
    number = num_left_out(connection, component)
    said = f"sampling left {number:,} runs out of the log"
    return [f"{said}; all outcomes are counted: mltrace activity {component}"] if number else []


def _named(check: str | None, test: str | None) -> list[ColumnElement[bool]]:
    """Choose results by a check's name, in full or without its columns and number, and by test."""
    named: list[ColumnElement[bool]] = []
    if check is not None:
        name = _result.c.check_name
        begins = [name.startswith(f"{check}{sign}", autoescape=True) for sign in ("(", " #")]
        named.append(or_(name == check, *begins))
    if test is not None:
        named.append(_result.c.test == test)
    return named


def _refuse_unknown(connection: Connection, key: int, check: str | None, test: str | None) -> None:
    for noun, name, column in (
        ("check", check, _result.c.check_name),
        ("test", test, _result.c.test),
    ):
        if name is None:
            continue
        of_component = (
            select(column.label("name"))
            .join(_run, _run.c.id == _result.c.run_id)
            .where(_run.c.component_id == key)
            .limit(_MAX_KNOWN)
            .subquery()
        )
        known = set(connection.execute(select(of_component.c.name).distinct()).scalars())
        short = {one.partition(" #")[0].partition("(")[0] for one in known}
        if name not in known | short:
            raise unknown(noun, name, sorted(known), hint="See `mltrace check history NAME`.")


def _to_record(component: str, row: Any) -> LoggedResult:
    return LoggedResult(
        component=component,
        run=uid_text(row.uid),
        at=to_datetime(row.started_at),
        check=row.check_name,
        test=row.test,
        when=row.at_boundary,
        status=row.status,
        severity=row.severity,
        message=row.message,
        value=None if row.value is None else _decode(row.value),
        seconds=row.seconds,
    )
