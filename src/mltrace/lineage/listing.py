"""Lists runs, components and tags."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final, get_args

from sqlalchemy import func, select

from mltrace.errors import ArgumentError, unknown
from mltrace.lineage.loading import load_runs
from mltrace.records import Component, RecordList, Run, RunStatus, Tag
from mltrace.store.database import schema
from mltrace.times import NANOSECONDS, parse_moment, to_datetime, to_nanoseconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from mltrace.config import Settings

    Moment = datetime | str | timedelta

_run, _component, _tag = schema.run, schema.component, schema.component_tag
_interval = schema.run_interval
_PATTERN: Final = re.compile(r"[*?\[]")
_STATUSES: Final[tuple[str, ...]] = get_args(RunStatus)


def list_runs(
    connection: Connection,
    settings: Settings,
    *,
    limit: int | None = 20,
    since: Moment | None = None,
    until: Moment | None = None,
    status: str | None = None,
    component: str | None = None,
) -> RecordList[Run]:
    """List runs that started in a period, newest first.

    Parameters
    ----------
    limit : int or None
        How many at most; None for all.
    since, until : datetime, ISO 8601 text or age such as "7d", or None
        The first moment of the period, and the first one after it.

    Raises
    ------
    ArgumentError
        If `limit` is no positive number, `status` no status or a moment no time.
    UnknownNameError
        If there is no such component.
    """
    query = select(_run.c.id).order_by(_run.c.started_at.desc(), _run.c.id.desc())
    query = query.limit(check_limit(limit))
    if component is not None:
        query = query.where(_run.c.component_id == component_key(connection, component))
    if status is not None:
        query = query.where(_run.c.status == _check_status(status))
    if since is not None:
        query = query.where(_run.c.started_at >= parse_moment(since))
    if until is not None:
        query = query.where(_run.c.started_at < parse_moment(until))
    ids = connection.execute(query).scalars().all()
    runs = list(load_runs(connection, ids, settings).values())
    is_filtered = any(one is not None for one in (since, until, status, component))
    kind = "MatchingRun" if is_filtered else "Run"
    return RecordList(runs, of=Run, drawn_as=kind, notes=_left_out(connection, runs, until))


def _left_out(connection: Connection, runs: Sequence[Run], until: Moment | None) -> list[str]:
    """Say how many runs sampling left out, of the components listed and since the first run."""
    if not runs:
        return []
    since = to_nanoseconds(min(run.started_at for run in runs))
    query = (
        select(_component.c.name, func.sum(_interval.c.num_runs))
        .join(_interval, _interval.c.component_id == _component.c.id)
        .where(
            _component.c.name.in_({run.component for run in runs}),
            _interval.c.started_at >= since - since % (60 * NANOSECONDS),
        )
        .group_by(_component.c.name)
        .order_by(_component.c.name)
    )
    if until is not None:
        query = query.where(_interval.c.started_at < parse_moment(until))
    return [
        f"sampling left {number:,} more runs of {name} out of the log in this time: "
        f"mltrace activity {name}"
        for name, number in connection.execute(query)
    ]


def list_components(
    connection: Connection, *, owner: str | None = None, tag: str | None = None
) -> RecordList[Component]:
    """List components, the one that ran last first; only those of an owner or with a tag."""
    left_out = select(
        _interval.c.component_id,
        func.sum(_interval.c.num_runs).label("num_left_out"),
        func.max(_interval.c.started_at).label("last_at"),
    ).group_by(_interval.c.component_id)
    counted = left_out.subquery()
    last_run_at = (
        select(func.max(_run.c.started_at))
        .where(_run.c.component_id == _component.c.id)
        .scalar_subquery()
    )
    query = (
        select(
            _component,
            func.coalesce(counted.c.num_left_out, 0).label("num_left_out"),
            last_run_at.label("last_run_at"),
            counted.c.last_at.label("last_left_out_at"),
        )
        .outerjoin(counted, counted.c.component_id == _component.c.id)
        .where(
            (_component.c.num_runs > 0)
            | (_component.c.declared_at > 0)
            | counted.c.component_id.is_not(None)
        )
    )
    if owner is not None:
        query = query.where(_component.c.owner == owner)
    if tag is not None:
        bearers = select(_tag.c.component_id).where(_tag.c.tag == tag)
        query = query.where(_component.c.id.in_(bearers))
    tags = _tags_of_components(connection)
    rows = connection.execute(query).all()
    found = [_to_component(row, tags.get(row.id, ())) for row in rows]
    never = to_datetime(0)
    found.sort(key=lambda one: one.name)
    found.sort(key=lambda one: one.last_run_at or never, reverse=True)
    return RecordList(
        found,
        of=Component,
        drawn_as="Component" if owner is None and tag is None else "MatchingComponent",
    )


def num_left_out(connection: Connection, component: str) -> int:
    """Count the runs of a component that sampling left out of the log."""
    query = (
        select(func.coalesce(func.sum(_interval.c.num_runs), 0))
        .join(_component, _component.c.id == _interval.c.component_id)
        .where(_component.c.name == component)
    )
    return int(connection.execute(query).scalar_one())


def list_tags(connection: Connection) -> RecordList[Tag]:
    """List tags in alphabetical order, each with the components that bear it."""
    query = (
        select(_tag.c.tag, _component.c.name)
        .join(_component, _component.c.id == _tag.c.component_id)
        .order_by(_tag.c.tag, _component.c.name)
    )
    tags: dict[str, list[str]] = {}
    for tag, name in connection.execute(query):
        tags.setdefault(tag, []).append(name)
    return RecordList(
        (Tag(name=tag, components=tuple(names)) for tag, names in tags.items()), of=Tag
    )


def component_key(connection: Connection, name: str) -> int:
    """Find the row id of a component by its exact name.

    Raises
    ------
    UnknownNameError
        If there is none; the message lists the nearest matches.
    """
    query = select(_component.c.id).where(_component.c.name == name)
    found: int | None = connection.execute(query).scalar() if isinstance(name, str) else None
    if found is None:
        known = connection.execute(select(_component.c.name)).scalars()
        raise unknown("component", str(name), known, hint="See `mltrace components`.")
    return found


def component_keys(connection: Connection, pattern: str | None) -> dict[str, int]:
    """Find the row ids of components by name: of one, of those that fit a pattern, or of all.

    Raises
    ------
    UnknownNameError
        If there is no component of that name; that none fits a pattern is no error.
    """
    if pattern is not None and not _PATTERN.search(pattern):
        return {pattern: component_key(connection, pattern)}
    rows = connection.execute(
        select(_component.c.name, _component.c.id).order_by(_component.c.name)
    )
    return {name: key for name, key in rows if pattern is None or fnmatchcase(name, pattern)}


def latest_succeeded(connection: Connection) -> list[int]:
    """List the latest succeeded run of every component, newest first."""
    latest = (
        select(_run.c.id)
        .where(_run.c.component_id == _component.c.id, _run.c.status == "succeeded")
        .order_by(_run.c.started_at.desc(), _run.c.id.desc())
        .limit(1)
        .correlate(_component)
        .scalar_subquery()
    )
    newest_first = (_run.c.started_at.desc(), _run.c.id.desc())
    each = select(latest).select_from(_component)
    query = select(_run.c.id).where(_run.c.id.in_(each)).order_by(*newest_first)
    return list(connection.execute(query).scalars())


def check_limit(limit: int | None) -> int | None:
    """Return a limit that is positive, or None for no limit.

    Raises
    ------
    ArgumentError
        If it is anything else.

    Examples
    --------
    >>> check_limit(0)
    Traceback (most recent call last):
    mltrace.errors.ArgumentError: limit=0 is no positive whole number; give one, or None for all.
    """
    if limit is None:
        return None
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise ArgumentError(
            f"limit={limit!r} is no positive whole number; give one, or None for all."
        )
    return limit


def _check_status(status: str) -> str:
    if status not in _STATUSES:
        accepted = ", ".join(_STATUSES)
        raise ArgumentError(f"status={status!r} is no run status; accepted: {accepted}.")
    return status


def _tags_of_components(connection: Connection) -> dict[int, tuple[str, ...]]:
    tags: dict[int, tuple[str, ...]] = {}
    query = select(_tag.c.component_id, _tag.c.tag).order_by(_tag.c.tag)
    for key, tag in connection.execute(query):
        tags[key] = (*tags.get(key, ()), tag)
    return tags


def _to_component(row: Any, tags: tuple[str, ...]) -> Component:
    moments = [one for one in (row.last_run_at, row.last_left_out_at) if one is not None]
    return Component(
        name=row.name,
        owner=row.owner,
        description=row.description,
        tags=tags,
        num_runs=row.num_runs + row.num_left_out,
        num_left_out=row.num_left_out,
        last_run_at=to_datetime(max(moments)) if moments else None,
        anonymising=row.is_anonymising,
    )
