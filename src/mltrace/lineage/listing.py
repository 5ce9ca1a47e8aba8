"""Lists runs, components and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

from sqlalchemy import func, select

from mltrace.errors import ArgumentError, unknown
from mltrace.lineage.loading import load_runs
from mltrace.records import Component, RecordList, Run, RunStatus, Tag
from mltrace.store import schema
from mltrace.times import parse_moment, to_datetime

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from mltrace.config import Settings

    Moment = datetime | str | timedelta

_run, _component, _tag = schema.run, schema.component, schema.component_tag
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
    is_filtered = any(one is not None for one in (since, until, status, component))
    kind = "MatchingRun" if is_filtered else "Run"
    return RecordList(load_runs(connection, ids, settings).values(), of=Run, drawn_as=kind)


def list_components(
    connection: Connection, *, owner: str | None = None, tag: str | None = None
) -> RecordList[Component]:
    """List components, the one that ran last first; only those of an owner or with a tag."""
    query = (
        select(
            _component,
            func.count(_run.c.id).label("num_runs"),
            func.max(_run.c.started_at).label("last_run_at"),
        )
        .outerjoin(_run, _run.c.component_id == _component.c.id)
        .group_by(_component.c.id)
        .having((func.count(_run.c.id) > 0) | (_component.c.declared_at > 0))
        .order_by(func.coalesce(func.max(_run.c.started_at), 0).desc(), _component.c.name)
    )
    if owner is not None:
        query = query.where(_component.c.owner == owner)
    if tag is not None:
        bearers = select(_tag.c.component_id).where(_tag.c.tag == tag)
        query = query.where(_component.c.id.in_(bearers))
    tags = _tags_of_components(connection)
    rows = connection.execute(query).all()
    return RecordList(
        (_to_component(row, tags.get(row.id, ())) for row in rows),
        of=Component,
        drawn_as="Component" if owner is None and tag is None else "MatchingComponent",
    )


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
    return Component(
        name=row.name,
        owner=row.owner,
        description=row.description,
        tags=tags,
        num_runs=row.num_runs,
        last_run_at=None if row.last_run_at is None else to_datetime(row.last_run_at),
        anonymising=row.is_anonymising,
    )
