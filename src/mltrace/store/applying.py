"""Turns facts into rows, so that applying a fact twice, or late, changes nothing more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import bindparam, delete, select, update

from mltrace.store import schema
from mltrace.store.facts import (
    AnyFact,
    BeginFact,
    ComponentFact,
    EndFact,
    EnvironmentFact,
    FlagFact,
    GitFact,
    IdsFact,
    MoreFact,
    NoteFact,
    ProcessFact,
    SourceFact,
    VersionFact,
)
from mltrace.store.keys import ensure, insert, insert_ignoring, next_id, uid_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

LOST: Final = "(lost)"
"""The component of a run whose start was lost."""

_to_json = msgspec.json.Encoder().encode


@dataclass(slots=True)
class RunDraft:
    """What a batch says of one run."""

    begin: BeginFact | None = None
    end: EndFact | None = None
    params: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    reads: list[VersionFact] = field(default_factory=list)
    writes: list[VersionFact] = field(default_factory=list)
    unread: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch changed that lineage is derived from.

    Attributes
    ----------
    first_read, first_write : int
        The row ids from which the new reads and writes start.
    finished : tuple of int
        The runs known before that the batch finished.
    """

    first_read: int
    first_write: int
    finished: tuple[int, ...] = ()


def apply_facts(connection: Connection, facts: Sequence[AnyFact]) -> Applied:
    """Apply a batch of facts inside a write transaction.

    Notes
    -----
    Cost: a constant number of statements per batch, each over all its rows.
    """
    by_kind: dict[type, list[Any]] = {}
    for fact in facts:
        by_kind.setdefault(type(fact), []).append(fact)
    _apply_processes(connection, by_kind.get(ProcessFact, []))
    _apply_environments(connection, by_kind.get(EnvironmentFact, []))
    _apply_git(connection, by_kind.get(GitFact, []))
    _apply_sources(connection, by_kind.get(SourceFact, []))
    _apply_components(connection, by_kind.get(ComponentFact, []))
    drafts = _draft_runs(facts)
    ids_facts: list[IdsFact] = by_kind.get(IdsFact, [])
    first_run = next_id(connection, schema.run)
    run_ids = _apply_runs(connection, drafts, extra=[fact.run for fact in ids_facts])
    first_read, first_write = _apply_versions(connection, drafts, run_ids)
    _apply_checks(connection, drafts, run_ids)
    _apply_ids(connection, ids_facts, run_ids)
    _apply_notes(connection, by_kind.get(NoteFact, []))
    _apply_flags(connection, by_kind.get(FlagFact, []))
    finished = [run_ids[uid] for uid, draft in drafts.items() if draft.end is not None]
    return Applied(first_read, first_write, tuple(key for key in finished if key < first_run))


def _apply_processes(connection: Connection, facts: Iterable[ProcessFact]) -> None:
    rows = [
        {
            "key": fact.id,
            "host": fact.host,
            "pid": fact.pid,
            "python": fact.python,
            "user": fact.user,
            "started_at": fact.at,
        }
        for fact in facts
    ]
    if rows:
        ensure(connection, schema.process.c.uid, [row["key"] for row in rows])
        table = schema.process
        connection.execute(update(table).where(table.c.uid == bindparam("key")), rows)


def _apply_environments(connection: Connection, facts: Sequence[EnvironmentFact]) -> None:
    if not facts:
        return
    insert_ignoring(
        connection,
        schema.environment,
        [
            {
                "digest": fact.digest,
                "python": fact.python,
                "packages": _to_json(fact.packages).decode(),
            }
            for fact in facts
        ],
    )
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


def _apply_git(connection: Connection, facts: Sequence[GitFact]) -> None:
    if not facts:
        return
    processes = ensure(connection, schema.process.c.uid, [fact.process for fact in facts])
    rows: list[dict[str, Any]] = [
        {
            "process": processes[fact.process],
            "number": fact.key,
            "commit_hash": fact.commit,
            "is_dirty": fact.is_dirty,
            "diff_digest": fact.diff_digest,
        }
        for fact in facts
    ]
    _ensure_git(connection, [(row["process"], row["number"]) for row in rows])
    table = schema.git_state
    mine = (table.c.process_id == bindparam("process")) & (table.c.key == bindparam("number"))
    connection.execute(update(table).where(mine), rows)


def _ensure_git(
    connection: Connection, keys: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], int]:
    table = schema.git_state
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        return {}
    rows = [{"process_id": process, "key": key} for process, key in wanted]
    insert_ignoring(connection, table, rows)
    query = select(table.c.id, table.c.process_id, table.c.key).where(
        table.c.process_id.in_({process for process, _ in wanted})
    )
    return {(row.process_id, row.key): row.id for row in connection.execute(query)}


def _apply_sources(connection: Connection, facts: Sequence[SourceFact]) -> None:
    if not facts:
        return
    ensure(connection, schema.source.c.digest, [fact.digest for fact in facts])
    table = schema.source
    connection.execute(
        update(table).where(table.c.digest == bindparam("key")),
        [{"key": fact.digest, "text": fact.text} for fact in facts],
    )


def _apply_components(connection: Connection, facts: Sequence[ComponentFact]) -> None:
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
                "declared_at": fact.at,
            }
            for key, fact in newer.items()
        ],
    )
    tags = schema.component_tag
    connection.execute(tags.delete().where(tags.c.component_id.in_(newer)))
    rows = [{"tag": tag, "component_id": key} for key, fact in newer.items() for tag in fact.tags]
    insert_ignoring(connection, tags, rows)


def _draft_runs(facts: Iterable[AnyFact]) -> dict[bytes, RunDraft]:
    drafts: dict[bytes, RunDraft] = {}
    for fact in facts:
        if isinstance(fact, BeginFact):
            draft = drafts.setdefault(uid_bytes(fact.run), RunDraft())
            draft.begin = fact
            draft.params = {**fact.params, **draft.params}
            draft.reads.extend(fact.reads)
        elif isinstance(fact, MoreFact):
            draft = drafts.setdefault(uid_bytes(fact.run), RunDraft())
            draft.params.update(fact.params)
            draft.metrics.update(fact.metrics)
            draft.reads.extend(fact.reads)
            draft.writes.extend(fact.writes)
        elif isinstance(fact, EndFact):
            draft = drafts.setdefault(uid_bytes(fact.run), RunDraft())
            draft.end = fact
            draft.unread.update(fact.unread)
            draft.reads.extend(fact.reads)
            draft.writes.extend(fact.writes)
    return drafts


def _apply_runs(
    connection: Connection, drafts: dict[bytes, RunDraft], *, extra: Iterable[str]
) -> dict[bytes, int]:
    """Insert or complete the runs of a batch; return the row id of each."""
    table = schema.run
    uids = list(dict.fromkeys([*drafts, *(uid_bytes(run) for run in extra)]))
    known = ensure(connection, table.c.uid, uids, create=False)
    links = _Links(connection, [draft.begin for draft in drafts.values() if draft.begin])
    new_rows: list[dict[str, Any]] = []
    following = next_id(connection, table)
    for uid in uids:
        draft = drafts.get(uid, RunDraft())
        if uid in known:
            _complete_run(connection, known[uid], draft, links)
            continue
        known[uid] = following + len(new_rows)
        new_rows.append({"id": known[uid], "uid": uid, **links.columns(draft)})
    insert(connection, table, new_rows)
    return known


class _Links:
    """Resolves the names in the starts of a batch to row ids, a table at a time."""

    def __init__(self, connection: Connection, begins: Sequence[BeginFact]) -> None:
        names = [*(begin.component for begin in begins), LOST]
        self._components = ensure(connection, schema.component.c.name, names)
        processes = [begin.process for begin in begins]
        self._processes = ensure(connection, schema.process.c.uid, processes)
        codes = [begin.code for begin in begins if begin.code]
        self._sources = ensure(connection, schema.source.c.digest, codes)
        keys = [
            (self._processes[begin.process], begin.git) for begin in begins if begin.git is not None
        ]
        self._git = _ensure_git(connection, keys)

    def columns(self, draft: RunDraft) -> dict[str, Any]:
        """Make the row of a run that is new, whatever part of it is known."""
        begin, end = draft.begin, draft.end
        row: dict[str, Any] = {
            "component_id": self._components[LOST],
            "status": "running",
            "started_at": end.at - end.nanoseconds if end else 0,
            "process_id": None,
            "parent_uid": None,
            "source_id": None,
            "git_id": None,
            "params": _json_or_none(draft.params),
            "metrics": _json_or_none(draft.metrics),
            **_end_columns(end),
        }
        if begin is not None:
            row.update(self.begin_columns(begin))
        return row

    def begin_columns(self, begin: BeginFact) -> dict[str, Any]:
        """Make the part of a row that the start of a run tells."""
        process = self._processes[begin.process]
        return {
            "component_id": self._components[begin.component],
            "started_at": begin.at,
            "process_id": process,
            "parent_uid": uid_bytes(begin.parent) if begin.parent else None,
            "source_id": self._sources[begin.code] if begin.code else None,
            "git_id": self._git[process, begin.git] if begin.git is not None else None,
        }


def _end_columns(end: EndFact | None) -> dict[str, Any]:
    error = end.error if end and end.error else (None, None, None)
    return {
        **({"status": end.status} if end else {}),
        "ended_at": end.at if end else None,
        "nanoseconds": end.nanoseconds if end else None,
        "error_type": error[0],
        "error_message": error[1],
        "error_traceback": error[2],
    }


def _complete_run(connection: Connection, key: int, draft: RunDraft, links: _Links) -> None:
    table = schema.run
    changes: dict[str, Any] = {}
    if draft.begin is not None:
        changes.update(links.begin_columns(draft.begin))
    if draft.end is not None:
        changes.update(_end_columns(draft.end))
    if draft.params or draft.metrics:
        query = select(table.c.params, table.c.metrics).where(table.c.id == key)
        stored = connection.execute(query).one()
        for name, more in (("params", draft.params), ("metrics", draft.metrics)):
            before = msgspec.json.decode(getattr(stored, name) or "{}")
            changes[name] = _json_or_none({**before, **more})
    if changes:
        connection.execute(update(table).where(table.c.id == key).values(changes))


def _apply_versions(
    connection: Connection, drafts: dict[bytes, RunDraft], run_ids: dict[bytes, int]
) -> tuple[int, int]:
    """Insert the reads and writes of a batch; return the row ids from which they start."""
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
    _remove_unread(connection, drafts, run_ids)
    return first_read, first_write


def _remove_unread(
    connection: Connection, drafts: dict[bytes, RunDraft], run_ids: dict[bytes, int]
) -> None:
    """Take back the inputs that an earlier batch inserted and that were never read."""
    rows = [
        {"run": run_ids[uid], "place": position}
        for uid, draft in drafts.items()
        for position in draft.unread
        if draft.begin is None
    ]
    if rows:
        table = schema.read
        mine = (table.c.run_id == bindparam("run")) & (table.c.position == bindparam("place"))
        connection.execute(delete(table).where(mine), rows)


_VersionKey = tuple[str, str, str]


def _version_key(fact: VersionFact) -> _VersionKey:
    return (fact.identity or fact.name, fact.digest, fact.kind)


def _link_row(
    fact: VersionFact, run_id: int, versions: dict[_VersionKey, tuple[int, int]]
) -> dict[str, Any]:
    version_id, artifact_id = versions[_version_key(fact)]
    return {
        "run_id": run_id,
        "position": fact.position,
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
    rows = [
        {
            "artifact_id": artifacts[key[0]],
            "digest": fact.digest,
            "kind": fact.kind,
            "size_bytes": fact.size,
            "num_rows": fact.rows,
            "columns": _json_or_none(fact.columns),
            "dtypes": _json_or_none(fact.dtypes),
            "is_trivial": fact.trivial,
        }
        for key, fact in wanted.items()
    ]
    insert_ignoring(connection, schema.version, rows)
    table = schema.version
    found: dict[tuple[int, str, str], int] = {}
    digests = list(dict.fromkeys(key[1] for key in wanted if key[1]))
    for condition in _version_conditions(artifacts, wanted, digests):
        query = select(table.c.id, table.c.artifact_id, table.c.digest, table.c.kind)
        for row in connection.execute(query.where(condition)):
            found[row.artifact_id, row.digest, row.kind] = row.id
    return {key: (found[artifacts[key[0]], key[1], key[2]], artifacts[key[0]]) for key in wanted}


def _version_conditions(
    artifacts: dict[str, int], wanted: Iterable[_VersionKey], digests: Sequence[str]
) -> Iterable[Any]:
    """Select the wanted versions by digest, and those without a digest by artifact."""
    table = schema.version
    step = 5_000
    for start in range(0, len(digests), step):
        yield table.c.digest.in_(digests[start : start + step])
    bare = sorted({artifacts[key[0]] for key in wanted if not key[1]})
    for start in range(0, len(bare), step):
        yield (table.c.digest == "") & table.c.artifact_id.in_(bare[start : start + step])


def _apply_checks(
    connection: Connection, drafts: dict[bytes, RunDraft], run_ids: dict[bytes, int]
) -> None:
    rows = [
        {
            "run_id": run_ids[uid],
            "position": position,
            "check_name": fact.check,
            "test": fact.test,
            "at_boundary": fact.when,
            "status": fact.status,
            "severity": fact.severity,
            "message": fact.message,
            "value": None if fact.value is None else _to_json(fact.value).decode(),
            "seconds": fact.seconds,
        }
        for uid, draft in drafts.items()
        if draft.end is not None
        for position, fact in enumerate(draft.end.checks)
    ]
    insert_ignoring(connection, schema.check_result, rows)


def _apply_ids(connection: Connection, facts: Sequence[IdsFact], run_ids: dict[bytes, int]) -> None:
    versions = _ensure_versions(
        connection,
        [
            VersionFact(
                name=fact.name, at=fact.at, digest=fact.digest, kind="ids", rows=len(fact.ids)
            )
            for fact in facts
        ],
    )
    for fact in facts:
        version_id, _ = versions[fact.name, fact.digest, "ids"]
        run_id = run_ids[uid_bytes(fact.run)]
        rows = [
            {"output": output, "run_id": run_id, "version_id": version_id, "at": fact.at}
            for output in fact.ids
        ]
        insert_ignoring(connection, schema.output_id, rows)


def _apply_notes(connection: Connection, facts: Iterable[NoteFact]) -> None:
    rows = [
        {"uid": fact.id, "run_uid": uid_bytes(fact.run), "at": fact.at, "text": fact.text}
        for fact in facts
    ]
    insert_ignoring(connection, schema.note, rows)


def _apply_flags(connection: Connection, facts: Iterable[FlagFact]) -> None:
    table = schema.flag
    for fact in facts:
        key = {"kind": fact.kind, "subject": fact.subject, "digest": fact.digest}
        state = {
            "at": fact.at,
            "is_flagged": fact.is_flagged,
            "reason": fact.reason,
            "flagged_by": fact.by,
        }
        insert_ignoring(connection, table, [{**key, **state}])
        mine = (
            (table.c.kind == fact.kind)
            & (table.c.subject == fact.subject)
            & (table.c.digest == fact.digest)
            & (table.c.at < fact.at)
        )
        connection.execute(update(table).where(mine).values(state))


def _json_or_none(value: object) -> str | None:
    return _to_json(value).decode() if value else None
