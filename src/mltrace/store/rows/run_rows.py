"""Rows of runs: each put together from its start, its end and what came between."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import bindparam, select, update

from mltrace.store.database import schema
from mltrace.store.database.keys import (
    ensure,
    insert,
    insert_ignoring,
    json_or_none,
    next_id,
    to_json,
    uid_bytes,
)
from mltrace.store.facts import AnyFact, BeginFact, EndFact, MoreFact, NoteFact, VersionFact
from mltrace.store.rows.shared_rows import ensure_git
from mltrace.store.rows.shared_texts import MAX_OWN_PARAMS, PARAMS, ensure_texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Connection

LOST: Final = "(lost)"
"""The component of a run whose start was lost."""


@dataclass(slots=True)
class RunDraft:
    """What a batch says of one run.

    Attributes
    ----------
    is_new : bool
        Whether the batch is the first to speak of the run.
    params : dict
        The parameters that came after its start.
    """

    is_new: bool = True
    begin: BeginFact | None = None
    end: EndFact | None = None
    params: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, float | None] = field(default_factory=dict)
    reads: list[VersionFact] = field(default_factory=list)
    writes: list[VersionFact] = field(default_factory=list)
    unread: set[int] = field(default_factory=set)

    def all_params(self) -> str | None:
        """Encode the parameters that are known of the run, from its start and after."""
        first = self.begin.params if self.begin is not None else {}
        return json_or_none({**first, **self.params})


def draft_runs(facts: Iterable[AnyFact]) -> dict[bytes, RunDraft]:
    """Gather what a batch of facts says of each run."""
    drafts: dict[bytes, RunDraft] = {}
    for fact in facts:
        if isinstance(fact, BeginFact):
            draft = drafts.setdefault(uid_bytes(fact.run), RunDraft())
            draft.begin = fact
            draft.reads.extend(fact.reads)
        elif isinstance(fact, MoreFact):
            draft = drafts.setdefault(uid_bytes(fact.run), RunDraft())
            draft.params.update(fact.params)
            draft.metrics.update(fact.metrics)
            draft.reads.extend(fact.reads)
            draft.writes.extend(fact.writes)
        elif isinstance(fact, EndFact):
            draft = drafts.setdefault(uid_bytes(fact.run), RunDraft())
            # A forked child that leaves the run of its parent ends it too; the last end counts.
            if draft.end is None or draft.end.at <= fact.at:
                draft.end = fact
            draft.unread.update(fact.unread)
            draft.reads.extend(fact.reads)
            draft.writes.extend(fact.writes)
    return drafts


def apply_runs(
    connection: Connection, drafts: dict[bytes, RunDraft], *, extra: Iterable[str]
) -> dict[bytes, int]:
    """Insert or complete the runs of a batch; return the row id of each."""
    table = schema.run
    uids = list(dict.fromkeys([*drafts, *(uid_bytes(run) for run in extra)]))
    known = ensure(connection, table.c.uid, uids, create=False)
    links = _Links(connection, drafts.values())
    new_rows: list[dict[str, Any]] = []
    moved: Counter[int] = Counter()
    following = next_id(connection, table)
    for uid in uids:
        draft = drafts.get(uid, RunDraft())
        if uid in known:
            draft.is_new = False
            moved.update(_complete_run(connection, known[uid], draft, links))
            continue
        known[uid] = following + len(new_rows)
        new_rows.append({"id": known[uid], "uid": uid, **links.columns(draft)})
    insert(connection, table, new_rows)
    moved.update(row["component_id"] for row in new_rows)
    _count_runs(connection, moved)
    return known


def _count_runs(connection: Connection, moved: Mapping[int, int]) -> None:
    """Count the runs that came to components, or that turned out to be of another one."""
    table = schema.component
    rows = [{"key": key, "more": more} for key, more in moved.items() if more]
    if rows:
        total = table.c.num_runs + bindparam("more")
        counted = update(table).where(table.c.id == bindparam("key")).values(num_runs=total)
        connection.execute(counted, rows)


class _Links:
    """Resolves the names in the starts of a batch to row ids, a table at a time."""

    def __init__(self, connection: Connection, drafts: Collection[RunDraft]) -> None:
        self._connection = connection
        begins = [draft.begin for draft in drafts if draft.begin is not None]
        names = [begin.component for begin in begins]
        self._components = ensure(connection, schema.component.c.name, names)
        processes = [begin.process for begin in begins]
        self._processes = ensure(connection, schema.process.c.uid, processes)
        codes = [begin.code for begin in begins if begin.code]
        self._sources = ensure(connection, schema.source.c.digest, codes)
        keys = [
            (self._processes[begin.process], begin.git) for begin in begins if begin.git is not None
        ]
        self._git = ensure_git(connection, keys)
        texts = [draft.all_params() for draft in drafts]
        self._texts = ensure_texts(connection, filter(_is_shared, texts))

    def columns(self, draft: RunDraft) -> dict[str, Any]:
        """Make the row of a run that is new, whatever part of it is known."""
        begin, end = draft.begin, draft.end
        row: dict[str, Any] = {
            "component_id": None if begin is not None else self._lost(),
            "status": "running" if begin is not None else "aborted",
            "started_at": end.at - end.nanoseconds if end else 0,
            "process_id": None,
            "parent_uid": None,
            "source_id": None,
            "git_id": None,
            **self.params_columns(draft.all_params()),
            "metrics": json_or_none(draft.metrics),
            "unread": _positions(draft),
            **_end_columns(end),
        }
        if begin is not None:
            row.update(self.begin_columns(begin))
        return row

    def params_columns(self, params: str | None) -> dict[str, Any]:
        """Make the part of a row that holds the parameters."""
        if not _is_shared(params):
            return {"params": params, "params_id": None}
        if params not in self._texts:
            self._texts.update(ensure_texts(self._connection, [params]))
        return {"params": None, "params_id": self._texts[params]}

    def _lost(self) -> int:
        return ensure(self._connection, schema.component.c.name, [LOST])[LOST]

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


def _is_shared(params: str | None) -> bool:
    return params is not None and len(params) > MAX_OWN_PARAMS


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


def _positions(draft: RunDraft) -> str | None:
    return json_or_none(sorted(draft.unread))


def _complete_run(
    connection: Connection, key: int, draft: RunDraft, links: _Links
) -> dict[int, int]:
    """Add what a batch says to a run that is known, in whatever order its facts come.

    Returns
    -------
    dict of int to int
        How many runs components have more or less; none unless its component was not known.
    """
    table = schema.run
    columns = (table.c[name] for name in ("component_id", "metrics", "unread", "ended_at"))
    stored = connection.execute(
        select(PARAMS, *columns, table.c.process_id).where(table.c.id == key)
    ).one()
    begin, end = draft.begin, draft.end
    changes: dict[str, Any] = {}
    if begin is not None:
        changes.update(links.begin_columns(begin))
        if stored.process_id is None and stored.ended_at is None:
            changes["status"] = "running"
    if end is not None and (stored.ended_at is None or stored.ended_at <= end.at):
        changes.update(_end_columns(end))
        if begin is None and stored.process_id is None:
            changes["started_at"] = end.at - end.nanoseconds
    if begin is not None or draft.params:
        known = _decoded(stored.params, {})
        first = begin.params if begin is not None else {}
        params = json_or_none({**first, **known, **draft.params})
        changes.update(links.params_columns(params))
    if draft.metrics:
        changes["metrics"] = json_or_none({**_decoded(stored.metrics, {}), **draft.metrics})
    draft.unread.update(_decoded(stored.unread, []))
    changes["unread"] = _positions(draft)
    connection.execute(update(table).where(table.c.id == key).values(changes))
    component = changes.get("component_id", stored.component_id)
    return {} if component == stored.component_id else {stored.component_id: -1, component: 1}


def _decoded(stored: str | None, default: Any) -> Any:
    return default if stored is None else msgspec.json.decode(stored)


def apply_checks(
    connection: Connection, drafts: dict[bytes, RunDraft], run_ids: dict[bytes, int]
) -> None:
    """Insert the results of checks."""
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
            "value": None if fact.value is None else to_json(fact.value).decode(),
            "seconds": fact.seconds,
        }
        for uid, draft in drafts.items()
        if draft.end is not None
        for position, fact in enumerate(draft.end.checks)
    ]
    insert_ignoring(connection, schema.check_result, rows)


def apply_notes(connection: Connection, facts: Iterable[NoteFact]) -> None:
    """Insert notes."""
    rows = [
        {"uid": fact.id, "run_uid": uid_bytes(fact.run), "at": fact.at, "text": fact.text}
        for fact in facts
    ]
    insert_ignoring(connection, schema.note, rows)
