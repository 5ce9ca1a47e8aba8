"""Rows that many runs share: processes, environments, repositories, sources and components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from mltrace.store.database import schema
from mltrace.store.database.keys import (
    ensure,
    insert_ignoring,
    insert_numbered,
    json_or_none,
    next_id,
    to_json,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from mltrace.store.facts import (
        ComponentFact,
        EnvironmentFact,
        GitFact,
        ProcessFact,
        SourceFact,
    )


def apply_processes(connection: Connection, facts: Iterable[ProcessFact]) -> tuple[int, ...]:
    """Insert or complete the rows of processes; return those that were known by their id only."""
    rows = [
        {
            "key": fact.id,
            "host": fact.host,
            "pid": fact.pid,
            "python": fact.python,
            "user": fact.user,
            "started_at": fact.at,
            "is_gone": False,
        }
        for fact in facts
    ]
    if not rows:
        return ()
    table = schema.process
    uids = [row["key"] for row in rows]
    nameless = select(table.c.id).where(table.c.uid.in_(uids), table.c.host == "")
    introduced = connection.execute(nameless).scalars().all()
    ensure(connection, table.c.uid, uids)
    connection.execute(update(table).where(table.c.uid == bindparam("key")), rows)
    return tuple(introduced)


def runs_of_processes(connection: Connection, processes: Sequence[int]) -> Sequence[int]:
    """List the runs of processes, by row ids."""
    if not processes:
        return ()
    query = select(schema.run.c.id).where(schema.run.c.process_id.in_(processes))
    return connection.execute(query).scalars().all()


def apply_environments(connection: Connection, facts: Sequence[EnvironmentFact]) -> None:
    """Insert environments and say which processes have them."""
    if not facts:
        return
    by_digest = {fact.digest: fact for fact in facts}
    known = ensure(connection, schema.environment.c.digest, by_digest, create=False)
    rows = [
        {"digest": digest, "python": fact.python, "packages": to_json(fact.packages).decode()}
        for digest, fact in by_digest.items()
        if digest not in known
    ]
    insert_numbered(connection, schema.environment, rows)
    processes = ensure(connection, schema.process.c.uid, [fact.process for fact in facts])
    environments = ensure(connection, schema.environment.c.digest, [fact.digest for fact in facts])
    table = schema.process
    connection.execute(
        update(table).where(table.c.id == bindparam("process")),
        [
            {"process": processes[fact.process], "environment_id": environments[fact.digest]}
            for fact in facts
        ],
    )


def apply_git(connection: Connection, facts: Sequence[GitFact]) -> Sequence[int]:
    """Insert or complete the states of repositories; return the runs that had one before."""
    if not facts:
        return ()
    processes = ensure(connection, schema.process.c.uid, [fact.process for fact in facts])
    rows: list[dict[str, Any]] = [
        {
            "process": processes[fact.process],
            "number": fact.key,
            "commit_hash": fact.commit or None,
            "is_dirty": fact.is_dirty,
            "diff_digest": fact.diff_digest,
        }
        for fact in facts
    ]
    table = schema.git_state
    first = next_id(connection, table)
    states = ensure_git(connection, [(row["process"], row["number"]) for row in rows])
    known = [state for state in states.values() if state < first]
    mine = (table.c.process_id == bindparam("process")) & (table.c.key == bindparam("number"))
    connection.execute(update(table).where(mine), rows)
    if not known:
        return ()
    query = select(schema.run.c.id).where(schema.run.c.git_id.in_(known))
    return connection.execute(query).scalars().all()


def ensure_git(
    connection: Connection, keys: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], int]:
    """Map process and repository numbers to row ids; create the rows that are missing."""
    table = schema.git_state
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        return {}
    query = select(table.c.id, table.c.process_id, table.c.key).where(
        table.c.process_id.in_({process for process, _ in wanted})
    )
    known = {(row.process_id, row.key): row.id for row in connection.execute(query)}
    missing = [pair for pair in wanted if pair not in known]
    rows = [{"process_id": process, "key": key} for process, key in missing]
    known.update(zip(missing, insert_numbered(connection, table, rows), strict=True))
    return known


def apply_sources(connection: Connection, facts: Sequence[SourceFact]) -> None:
    """Insert or complete source texts."""
    if not facts:
        return
    ensure(connection, schema.source.c.digest, [fact.digest for fact in facts])
    table = schema.source
    connection.execute(
        update(table).where(table.c.digest == bindparam("key")),
        [{"key": fact.digest, "text": fact.text} for fact in facts],
    )


def apply_components(connection: Connection, facts: Sequence[ComponentFact]) -> None:
    """Declare components; the latest declaration of each counts."""
    latest: dict[str, ComponentFact] = {}
    for fact in facts:
        if fact.name not in latest or latest[fact.name].at <= fact.at:
            latest[fact.name] = fact
    if not latest:
        return
    ids = ensure(connection, schema.component.c.name, list(latest))
    table = schema.component
    query = select(table.c.id, table.c.declared_at).where(table.c.id.in_(ids.values()))
    declared_at = {row.id: row.declared_at for row in connection.execute(query)}
    newer = {ids[name]: fact for name, fact in latest.items() if declared_at[ids[name]] <= fact.at}
    if not newer:
        return
    connection.execute(
        update(table).where(table.c.id == bindparam("key")),
        [
            {
                "key": key,
                "owner": fact.owner,
                "description": fact.description,
                "is_anonymising": fact.anonymising,
                "table_keys": json_or_none(fact.keys),
                "declared_at": fact.at,
            }
            for key, fact in newer.items()
        ],
    )
    tags = schema.component_tag
    connection.execute(tags.delete().where(tags.c.component_id.in_(newer)))
    rows = [{"tag": tag, "component_id": key} for key, fact in newer.items() for tag in fact.tags]
    insert_ignoring(connection, tags, rows)
