"""Lists the versions of an artifact, with the runs that made and read each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import bindparam, distinct, func, select

from mltrace.lineage.refs import PROFILED_ROWS, flagged_versions, known_rows
from mltrace.lineage.targets import resolve_artifact
from mltrace.records import ArtifactRef, ArtifactVersion
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose
from mltrace.store.database.keys import uid_text
from mltrace.store.rows.shared_texts import COLUMNS, DTYPES
from mltrace.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Select

MOST_READERS: Final = 100
"""Runs that are listed of those that read a version."""

_run, _component = schema.run, schema.component
_read, _write, _version = schema.read, schema.write, schema.version
_artifact = schema.artifact
_maker, _earlier = schema.run.alias("maker"), schema.read.alias("earlier")
_decode_names: Final = msgspec.json.Decoder(tuple[str, ...]).decode

_readers = (
    select(_read.c.run_id)
    .join(_version, _version.c.id == _read.c.version_id)
    .where(_version.c.digest == bindparam("digest"))
)
_of_maker = _readers.where(_read.c.producer_id == bindparam("maker"))
_of_nobody = _readers.where(
    _read.c.producer_id.is_(None), _read.c.artifact_id == bindparam("artifact")
)


def _count(readers: Select[Any]) -> Select[Any]:
    num_runs = func.count(distinct(_run.c.id))
    return (
        select(_component.c.name, num_runs.label("num_runs"))
        .join(_component, _component.c.id == _run.c.component_id)
        .where(_run.c.id.in_(readers))
        .group_by(_component.c.name)
        .order_by(num_runs.desc(), _component.c.name)
    )


def _newest(readers: Select[Any]) -> Select[Any]:
    newest_first = (_run.c.started_at.desc(), _run.c.id.desc())
    query = select(_run.c.uid).where(_run.c.id.in_(readers))
    return query.order_by(*newest_first).limit(MOST_READERS)


_COUNTS: Final = {True: _count(_of_maker), False: _count(_of_nobody)}
_NEWEST: Final = {True: _newest(_of_maker), False: _newest(_of_nobody)}


class _Making(NamedTuple):
    """A version as one run made it, or as it was first read of content that no run wrote."""

    at: int
    maker: int | None
    version_id: int
    name: str | None
    reason: str | None


def list_versions(connection: Connection, what: object, *, limit: int | None) -> list[Any]:
    """List the versions of an artifact, newest first; of `name@digest`, the makings of that one.

    Raises
    ------
    UnknownNameError
        If there is no such artifact.

    Notes
    -----
    Cost: a few queries for each version listed, none of which grows with the store.
    """
    target = resolve_artifact(connection, what)
    is_whole = target.is_latest or isinstance(what, ArtifactRef)
    artifact_id, identity = connection.execute(
        select(_artifact.c.id, _artifact.c.identity)
        .join(_version, _version.c.artifact_id == _artifact.c.id)
        .where(_version.c.id == target.version_id)
    ).one()
    makings = _find_makings(
        connection, artifact_id, None if is_whole else target.version_id, limit=limit
    )
    return _to_records(connection, makings, artifact_id, identity)


def _find_makings(
    connection: Connection, artifact_id: int, version_id: int | None, *, limit: int | None
) -> list[_Making]:
    written, seen = select_makings()
    if version_id is not None:
        written = written.where(_write.c.version_id == version_id)
        seen = seen.where(_read.c.version_id == version_id)
    written = written.order_by(_write.c.at.desc(), _write.c.id.desc()).limit(limit)
    seen = seen.order_by(func.min(_read.c.at).desc()).limit(limit)
    chosen = choose([artifact_id])
    found = (connection.execute(query, chosen) for query in (written, seen))
    rows = [_Making(*row) for rows in found for row in rows]
    return sorted(rows, key=lambda row: -row.at)[:limit]


def select_makings(since: int | None = None) -> tuple[Select[Any], Select[Any]]:
    """Select who wrote artifacts, and what was read of them that somebody else wrote or nobody.

    The columns of both are time, run, version, name and reason; the second is grouped by version.
    The artifacts are those bound by `choose`; left out is what came about before a time.
    """
    written = select(
        _write.c.at, _write.c.run_id, _write.c.version_id, _write.c.name, _write.c.reason
    ).where(_write.c.artifact_id.in_(CHOSEN))
    is_written = (
        select(_write.c.id)
        .where(
            _write.c.run_id == _read.c.producer_id,
            _write.c.version_id == _read.c.version_id,
        )
        .correlate(_read)
        .exists()
    )
    seen = (
        select(
            func.min(_read.c.at), _read.c.producer_id, _read.c.version_id, func.min(_read.c.name)
        )
        .add_columns(func.min(_read.c.reason))
        .where(_read.c.artifact_id.in_(CHOSEN), ~is_written)
        .group_by(_read.c.producer_id, _read.c.version_id)
    )
    if since is not None:
        is_older = (
            select(_earlier.c.id)
            .where(_earlier.c.version_id == _read.c.version_id, _earlier.c.at < since)
            .where(_earlier.c.producer_id.is_not_distinct_from(_read.c.producer_id))
            .correlate(_read)
            .exists()
        )
        written = written.where(_write.c.at >= since)
        seen = seen.where(_read.c.at >= since, ~is_older)
    return written, seen


def _to_records(
    connection: Connection, makings: Sequence[_Making], artifact_id: int, identity: str
) -> list[ArtifactVersion]:
    flagged = flagged_versions(connection)
    versions = _load_versions(connection, {one.version_id for one in makings})
    makers = {
        row.id: row
        for row in connection.execute(
            select(_maker.c.id, _maker.c.uid, _component.c.name)
            .join(_component, _component.c.id == _maker.c.component_id)
            .where(_maker.c.id.in_({one.maker for one in makings if one.maker is not None}))
        )
    }
    records = []
    for one in makings:
        row, maker = versions[one.version_id], makers.get(one.maker or 0)
        bound = {"digest": row.digest, "maker": one.maker, "artifact": artifact_id}
        is_made = one.maker is not None
        counted = connection.execute(_COUNTS[is_made], bound)
        readers = {row.name: row.num_runs for row in counted}
        newest = connection.execute(_NEWEST[is_made], bound).scalars()
        records.append(
            ArtifactVersion(
                name=one.name or identity,
                digest=row.digest or None,
                kind=row.kind,
                made_at=to_datetime(one.at),
                produced_by=uid_text(maker.uid) if maker else None,
                component=maker.name if maker else None,
                size_bytes=row.size_bytes,
                num_rows=known_rows(row.num_rows, row.profiled_rows),
                columns=_names(row.columns),
                dtypes=_names(row.dtypes),
                num_readers=sum(readers.values()),
                readers=readers,
                read_by=tuple(uid_text(uid) for uid in newest),
                flagged=one.version_id in flagged,
                has_profile=row.profiled_rows is not None,
                identity=identity,
                reason=one.reason,
            )
        )
    return records


def _load_versions(connection: Connection, ids: set[int]) -> Mapping[int, Any]:
    query = (
        select(_version, COLUMNS, DTYPES, PROFILED_ROWS.label("profiled_rows"))
        .join(_artifact, _artifact.c.id == _version.c.artifact_id)
        .where(_version.c.id.in_(ids))
    )
    return {row.id: row for row in connection.execute(query)}


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else _decode_names(text)
