"""Loads artifact versions as runs read and wrote them, many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import case, func, select, union

from mltrace.records import ArtifactRef
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose
from mltrace.store.database.keys import uid_text
from mltrace.store.rows.shared_texts import load_texts
from mltrace.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Select, Table

_decode_names: Final = msgspec.json.Decoder(tuple[str, ...]).decode

_read, _write, _version = schema.read, schema.write, schema.version
_artifact, _output, _flag = schema.artifact, schema.output_id, schema.flag
_profile = schema.profile

_FLAGGED: Final = union(
    select(_version.c.id)
    .join(_artifact, _artifact.c.id == _version.c.artifact_id)
    .join(
        _flag,
        (_flag.c.subject == _artifact.c.identity) & (_flag.c.digest == _version.c.digest),
    )
    .where(_flag.c.kind == "version", _flag.c.is_flagged),
    select(_output.c.version_id)
    .join(_flag, _flag.c.subject == _output.c.output)
    .where(_flag.c.kind == "id", _flag.c.is_flagged),
)


_UIDS: Final = select(schema.run.c.id, schema.run.c.uid).where(schema.run.c.id.in_(CHOSEN))


PROFILED_ROWS: Final = (
    select(
        case(
            (
                (_profile.c.num_profiled_rows == _profile.c.num_rows)
                | _artifact.c.identity.like("%.parquet"),
                _profile.c.num_rows,
            ),
            else_=-1,
        )
    )
    .where(_profile.c.digest == _version.c.digest)
    .correlate(_version, _artifact)
    .scalar_subquery()
)
"""How many rows a version has by the profile of its content; -1 where not all were counted, null
where no profile is stored. Needs the artifact among what is selected from."""


def _select_links(link: Table, maker: Any) -> Select[Any]:
    """Select links of runs or versions, in the order in which `_Refs.make` unpacks them."""
    return (
        select(
            link.c.run_id,
            link.c.part,
            maker,
            func.coalesce(link.c.name, _artifact.c.identity),
            _artifact.c.identity,
            _version.c.id,
            _version.c.digest,
            _version.c.kind,
            _version.c.size_bytes,
            _version.c.num_rows,
            _version.c.columns_id,
            _version.c.dtypes_id,
            link.c.at,
            link.c.reason,
            PROFILED_ROWS,
        )
        .join(_version, _version.c.id == link.c.version_id)
        .join(_artifact, _artifact.c.id == link.c.artifact_id)
    )


def _select_of_runs(link: Table, maker: Any) -> Select[Any]:
    links = _select_links(link, maker).where(link.c.run_id.in_(CHOSEN))
    return links.order_by(link.c.run_id, link.c.part, link.c.position)


def _select_latest(link: Table, maker: Any) -> Select[Any]:
    """Select the latest link of each chosen version."""
    each, one = CHOSEN.subquery("each_version"), link.alias("one")
    latest = (
        select(one.c.id)
        .where(one.c.version_id == each.c.value)
        .order_by(one.c.at.desc(), one.c.run_id.desc(), one.c.part.desc(), one.c.position.desc())
        .limit(1)
        .correlate(each)
        .scalar_subquery()
    )
    return _select_links(link, maker).join(each, link.c.id == latest)


_READS: Final = _select_of_runs(_read, _read.c.producer_id)
_WRITES: Final = _select_of_runs(_write, _write.c.run_id)
_LATEST_READS: Final = _select_latest(_read, _read.c.producer_id)
_LATEST_WRITES: Final = _select_latest(_write, _write.c.run_id)

Links = dict[int, list[ArtifactRef]]
"""What runs read, or wrote, by the row ids of the runs."""


def load_links(
    connection: Connection, ids: Sequence[int], uids: Mapping[int, str]
) -> tuple[Links, Links]:
    """Load what runs read and what they wrote.

    Parameters
    ----------
    uids : mapping of int to str
        The ids of runs that are known, by their row ids.

    Notes
    -----
    Cost: three queries, one for the schemas of tables and one if other runs made an input.
    """
    chosen = choose(ids)
    reads = connection.execute(_READS, chosen).all()
    writes = connection.execute(_WRITES, chosen).all()
    refs = _Refs(connection, [*reads, *writes], uids)
    return _gather(reads, refs, is_read=True), _gather(writes, refs, is_read=False)


def load_refs(connection: Connection, version_ids: Iterable[int]) -> dict[int, ArtifactRef]:
    """Load artifact versions as they were written last, or else read last."""
    wanted = list(version_ids)
    writes = connection.execute(_LATEST_WRITES, choose(wanted)).all()
    written = {row[5] for row in writes}
    unwritten = [key for key in wanted if key not in written]
    reads = connection.execute(_LATEST_READS, choose(unwritten)).all() if unwritten else []
    refs = _Refs(connection, [*reads, *writes], {})
    return {row[5]: refs.make(row) for row in (*reads, *writes)}


def known_rows(num_rows: int | None, profiled_rows: int | None) -> int | None:
    """Tell how many rows a version has, by itself or by its profile; None if neither tells.

    Examples
    --------
    >>> known_rows(None, 12), known_rows(None, -1), known_rows(3, None)
    (12, None, 3)
    """
    if num_rows is not None or profiled_rows in (None, -1):
        return num_rows
    return profiled_rows


def flagged_versions(connection: Connection) -> frozenset[int]:
    """List the versions that are flagged, or that hold flagged output ids."""
    return frozenset(connection.execute(_FLAGGED).scalars())


class _Refs:
    """Makes references of rows, with what many rows share loaded once."""

    def __init__(
        self, connection: Connection, rows: Sequence[Any], uids: Mapping[int, str]
    ) -> None:
        makers = {row[2] for row in rows} - uids.keys() - {None}
        found = connection.execute(_UIDS, choose(makers)) if makers else ()
        self._makers: dict[int | None, str | None] = {None: None}
        self._makers.update(uids.items())
        self._makers.update((key, uid_text(uid)) for key, uid in found)
        texts = load_texts(connection, {key for row in rows for key in row[10:12]} - {None})
        self._names: dict[int | None, tuple[str, ...] | None] = {None: None}
        self._names.update((key, _decode_names(text)) for key, text in texts.items())
        self._flagged = flagged_versions(connection)

    def make(self, row: Sequence[Any]) -> ArtifactRef:
        """Make the reference of a row."""
        _, _, maker, name, identity, version_id, digest, kind, size, num_rows, *more = row
        columns, dtypes, at, reason, profiled_rows = more
        return ArtifactRef(
            name=name,
            digest=digest or None,
            kind=kind,
            size_bytes=size,
            num_rows=known_rows(num_rows, profiled_rows),
            columns=self._names[columns],
            dtypes=self._names[dtypes],
            produced_by=self._makers[maker],
            flagged=version_id in self._flagged,
            identity=identity,
            at=to_datetime(at),
            reason=reason,
            has_profile=profiled_rows is not None,
        )


def _gather(rows: Iterable[Any], refs: _Refs, *, is_read: bool) -> Links:
    """Make the inputs or outputs of runs.

    Files of a folder that was read or written as a whole are left out, unless they were read and
    another run made them than the folder.
    """
    links: Links = {}
    inside: Links = {}
    for row in rows:
        run_id, part, maker = row[:3]
        if part == schema.MEMBER and (maker is None or not is_read):
            continue
        (inside if part == schema.MEMBER else links).setdefault(run_id, []).append(refs.make(row))
    for run_id, members in inside.items():
        mine = links.setdefault(run_id, [])
        makers = {ref.produced_by for ref in mine}
        mine += [ref for ref in members if ref.produced_by not in makers]
    return links
