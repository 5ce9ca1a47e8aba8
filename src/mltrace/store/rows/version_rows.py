"""Rows of artifacts: their versions, and which run read and wrote them."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, select, tuple_

from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, CHOSEN_TEXTS, choose, choose_texts
from mltrace.store.database.keys import (
    CHUNK,
    ensure,
    insert_ignoring,
    insert_numbered,
    json_or_none,
    next_id,
    uid_bytes,
)
from mltrace.store.facts import IdsFact, VersionFact
from mltrace.store.rows.shared_texts import ensure_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from mltrace.store.rows.run_rows import RunDraft


class Links(NamedTuple):
    """What a batch changed of reads and writes.

    Attributes
    ----------
    first_read, first_write : int
        The row ids from which the new ones start.
    unread : tuple of int
        The versions of which reads were taken back.
    """

    first_read: int
    first_write: int
    unread: tuple[int, ...]


def apply_versions(
    connection: Connection, drafts: dict[bytes, RunDraft], run_ids: dict[bytes, int]
) -> Links:
    """Insert the reads and writes of a batch."""
    facts = [fact for draft in drafts.values() for fact in (*draft.reads, *draft.writes)]
    versions = _ensure_versions(connection, facts)
    first_read, first_write = next_id(connection, schema.read), next_id(connection, schema.write)
    reads: list[dict[str, Any]] = []
    writes: list[dict[str, Any]] = []
    for uid, draft in drafts.items():
        for fact in draft.reads:
            if fact.position in draft.unread:
                continue
            row = _link_row(fact, run_ids[uid], versions)
            reads.append({"id": first_read + len(reads), **row})
        for fact in draft.writes:
            row = _link_row(fact, run_ids[uid], versions)
            writes.append({"id": first_write + len(writes), **row, "in_place": fact.in_place})
    insert_ignoring(connection, schema.read, reads)
    insert_ignoring(connection, schema.write, writes)
    return Links(first_read, first_write, _remove_unread(connection, drafts, run_ids))


def _remove_unread(
    connection: Connection, drafts: dict[bytes, RunDraft], run_ids: dict[bytes, int]
) -> tuple[int, ...]:
    """Take back the inputs that an earlier batch inserted and that were never read.

    Returns
    -------
    tuple of int
        The versions that are read less often now.
    """
    places = [
        (run_ids[uid], *_place(number))
        for uid, draft in drafts.items()
        if not draft.is_new
        for number in draft.unread
    ]
    table = schema.read
    versions: list[int] = []
    for start in range(0, len(places), CHUNK):
        mine = tuple_(table.c.run_id, table.c.part, table.c.position).in_(
            places[start : start + CHUNK]
        )
        versions += connection.execute(select(table.c.version_id).where(mine)).scalars().all()
        connection.execute(delete(table).where(mine))
    return tuple(dict.fromkeys(versions))


def _place(number: int) -> tuple[int, int]:
    """Turn the number that a fact gives a link into its part and its position there."""
    return (schema.WHOLE, number) if number >= 0 else (schema.MEMBER, -1 - number)


_VersionKey = tuple[str, str, str]
_Place = tuple[int, str, str]


def _version_key(fact: VersionFact) -> _VersionKey:
    return (fact.identity or fact.name, fact.digest, fact.kind)


def _link_row(
    fact: VersionFact, run_id: int, versions: dict[_VersionKey, tuple[int, int]]
) -> dict[str, Any]:
    version_id, artifact_id = versions[_version_key(fact)]
    part, position = _place(fact.position)
    return {
        "run_id": run_id,
        "part": part,
        "position": position,
        "version_id": version_id,
        "artifact_id": artifact_id,
        "name": fact.name if fact.identity and fact.identity != fact.name else None,
        "at": fact.at,
        "reason": fact.reason,
    }


def _ensure_versions(
    connection: Connection, facts: Sequence[VersionFact]
) -> dict[_VersionKey, tuple[int, int]]:
    """Find or insert the artifact and version of each fact; return their row ids."""
    wanted: dict[_VersionKey, VersionFact] = {_version_key(fact): fact for fact in facts}
    artifacts = ensure(connection, schema.artifact.c.identity, [key[0] for key in wanted])
    places = {key: (artifacts[key[0]], key[1], key[2]) for key in wanted}
    known = _find_versions(connection, places.values())
    new = {place: wanted[key] for key, place in places.items() if place not in known}
    schemas = {place: _schema_of(fact) for place, fact in new.items()}
    texts = ensure_texts(connection, chain(*schemas.values()))
    rows = [
        {
            "artifact_id": place[0],
            "digest": fact.digest,
            "kind": fact.kind,
            "size_bytes": fact.size,
            "num_rows": fact.rows,
            "columns_id": texts.get(schemas[place][0]),
            "dtypes_id": texts.get(schemas[place][1]),
            "is_trivial": fact.trivial,
        }
        for place, fact in new.items()
    ]
    known.update(zip(new, insert_numbered(connection, schema.version, rows), strict=True))
    return {key: (known[place], place[0]) for key, place in places.items()}


def _find_versions(connection: Connection, places: Iterable[_Place]) -> dict[_Place, int]:
    """Find the row ids of versions by artifact, digest and kind."""
    table = schema.version
    places = set(places)
    digests = sorted({digest for _, digest, _ in places if digest})
    bare = sorted({artifact for artifact, digest, _ in places if not digest})
    query = select(table.c.id, table.c.artifact_id, table.c.digest, table.c.kind)
    found: dict[_Place, int] = {}
    for condition, chosen in (
        (table.c.digest.in_(CHOSEN_TEXTS), choose_texts(digests)),
        ((table.c.digest == "") & table.c.artifact_id.in_(CHOSEN), choose(bare)),
    ):
        for row in connection.execute(query.where(condition), chosen):
            found[row.artifact_id, row.digest, row.kind] = row.id
    return found


def _schema_of(fact: VersionFact) -> tuple[str | None, str | None]:
    return json_or_none(fact.columns), json_or_none(fact.dtypes)


def apply_ids(connection: Connection, facts: Sequence[IdsFact], run_ids: dict[bytes, int]) -> None:
    """Insert the output ids of runs."""
    versions = _ensure_versions(
        connection,
        [
            VersionFact(
                name=fact.name, at=fact.at, digest=fact.digest, kind="ids", rows=len(fact.ids)
            )
            for fact in facts
        ],
    )
    rows = [
        {
            "output": output,
            "run_id": run_ids[uid_bytes(fact.run)],
            "version_id": versions[fact.name, fact.digest, "ids"][0],
            "at": fact.at,
        }
        for fact in facts
        for output in fact.ids
    ]
    insert_ignoring(connection, schema.output_id, rows)
