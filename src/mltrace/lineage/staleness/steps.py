"""Loads the bare facts of runs that staleness is told from, and the latest runs of components.

Whole records would cost ten times as much; all that is loaded here survives retention.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import bindparam, func, literal, select

from mltrace.store import schema
from mltrace.store.chosen import CHOSEN, choose
from mltrace.store.retention import NUM_LATEST
from mltrace.store.shared_texts import COLUMNS, DTYPES, PARAMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Select

MOST_LINKS: Final = 200_000
"""Reads, and writes, that are looked at, those of the newest runs; older ones count as unknown."""

_run, _outer = schema.run, schema.run.alias("outer_run")
_read, _write, _version = schema.read, schema.write, schema.version
_artifact = schema.artifact


class Step(NamedTuple):
    """A run by its bare facts; `is_recursion` if it ran inside a run of its own component."""

    key: int
    uid: bytes
    component_id: int
    component: str
    started_at: int
    code: str | None
    params: str | None
    parent_uid: bytes | None
    is_recursion: bool


class Read(NamedTuple):
    """What a run read, and the run that made it."""

    artifact_id: int
    digest: str
    producer_id: int | None


class Write(NamedTuple):
    """What a run wrote; `part` and `position` tell where."""

    part: int
    position: int
    artifact_id: int
    digest: str
    name: str
    columns: str | None
    dtypes: str | None


@dataclass(frozen=True, slots=True)
class Steps:
    """Runs by their row ids, what they read and wrote, and the latest runs of their components.

    Attributes
    ----------
    latest : mapping of int to sequence of Step
        By the row id of a component its succeeded runs, at most `NUM_LATEST`, oldest first.
    reads, writes : mapping of int to sequence
        By the row id of a run; a run that is missing there was not looked at.
    lasting : set of int
        The artifacts that have a place of their own, where a new version replaces the one before:
        files and URIs, not values in memory.
    around : mapping of int to set of bytes
        By the row id of a nested run the ids of the runs that it ran inside of.
    """

    by_key: Mapping[int, Step]
    latest: Mapping[int, Sequence[Step]]
    reads: Mapping[int, Sequence[Read]]
    writes: Mapping[int, Sequence[Write]]
    lasting: set[int]
    around: Mapping[int, set[bytes]]


def _steps() -> Select[Any]:
    return (
        select(
            _run.c.id,
            _run.c.uid,
            _run.c.component_id,
            schema.component.c.name,
            _run.c.started_at,
            schema.source.c.digest,
            PARAMS,
            _run.c.parent_uid,
            func.coalesce(_outer.c.component_id == _run.c.component_id, literal(value=False)),
        )
        .select_from(_run)
        .join(schema.component, schema.component.c.id == _run.c.component_id)
        .outerjoin(schema.source, schema.source.c.id == _run.c.source_id)
        .outerjoin(_outer, _outer.c.uid == _run.c.parent_uid)
    )


_CHOSEN_STEPS: Final = _steps().where(_run.c.id.in_(CHOSEN))
_LATEST_STEPS: Final = (
    _steps()
    .where(_run.c.component_id == bindparam("component"), _run.c.status == "succeeded")
    .order_by(_run.c.started_at.desc(), _run.c.id.desc())
    .limit(NUM_LATEST)
)
_nested = (
    select(_run.c.id.label("run_id"), _run.c.parent_uid)
    .where(_run.c.id.in_(CHOSEN), _run.c.parent_uid.is_not(None))
    .cte("nested", recursive=True)
)
_AROUND: Final = select(
    _nested.union(
        select(_nested.c.run_id, _outer.c.parent_uid)
        .join(_outer, _outer.c.uid == _nested.c.parent_uid)
        .where(_outer.c.parent_uid.is_not(None))
    )
)
_READS: Final = (
    select(
        _read.c.run_id,
        _read.c.artifact_id,
        _version.c.digest,
        _read.c.producer_id,
        _artifact.c.identity,
    )
    .join(_artifact, _artifact.c.id == _read.c.artifact_id)
    .join(_version, _version.c.id == _read.c.version_id)
    .where(_read.c.run_id.in_(CHOSEN))
    .order_by(_read.c.run_id.desc())
    .limit(MOST_LINKS)
)
_WRITES: Final = (
    select(
        _write.c.run_id,
        _write.c.part,
        _write.c.position,
        _write.c.artifact_id,
        _version.c.digest,
        func.coalesce(_write.c.name, _artifact.c.identity),
        COLUMNS,
        DTYPES,
        _artifact.c.identity,
    )
    .join(_artifact, _artifact.c.id == _write.c.artifact_id)
    .join(_version, _version.c.id == _write.c.version_id)
    .where(_write.c.run_id.in_(CHOSEN))
    .order_by(_write.c.run_id.desc(), _write.c.part, _write.c.position)
    .limit(MOST_LINKS)
)


def load_steps(connection: Connection, keys: Iterable[int]) -> Steps:
    """Load runs and the latest runs of their components.

    Notes
    -----
    Cost: three queries, one for each component, and one more if there are nested runs.
    """
    rows = connection.execute(_CHOSEN_STEPS, choose(keys)).all()
    by_key = {row[0]: Step(*row) for row in rows}
    latest: dict[int, list[Step]] = {}
    for component in dict.fromkeys(step.component_id for step in by_key.values()):
        rows = connection.execute(_LATEST_STEPS, {"component": component}).all()
        latest[component] = [by_key.setdefault(row[0], Step(*row)) for row in reversed(rows)]
    lasting: set[int] = set()
    reads: dict[int, list[Read]] = {}
    for run_id, *row, identity in _links(connection, _READS, by_key, reads):
        reads[run_id].append(Read(*row))
        if is_lasting(identity):
            lasting.add(row[0])
    writes: dict[int, list[Write]] = {}
    for run_id, *row, identity in _links(connection, _WRITES, by_key, writes):
        writes[run_id].append(Write(*row))
        if is_lasting(identity):
            lasting.add(row[2])
    nested = [key for key, step in by_key.items() if step.parent_uid is not None]
    around = load_around(connection, nested) if nested else {}
    return Steps(by_key, latest, reads, writes, lasting, around)


def load_around(connection: Connection, keys: Iterable[int]) -> dict[int, set[bytes]]:
    """Load, of the nested ones among runs, the ids of the runs that they ran inside of."""
    around: dict[int, set[bytes]] = {}
    for run_id, uid in connection.execute(_AROUND, choose(keys)):
        around.setdefault(run_id, set()).add(uid)
    return around


def is_lasting(identity: str) -> bool:
    """Tell whether an artifact has a place of its own: it is a file or has a URI."""
    return "/" in identity or "\\" in identity


def _links(
    connection: Connection, query: Select[Any], keys: Iterable[int], links: dict[int, list[Any]]
) -> Sequence[Any]:
    """Ask for the links of runs, and prepare a list for each run whose links are known in full."""
    rows = connection.execute(query, choose(keys)).all()
    links.update((key, []) for key in keys)
    if len(rows) < MOST_LINKS:
        return rows
    cut = rows[-1][0]
    for key in [key for key in links if key <= cut]:
        del links[key]
    return [row for row in rows if row[0] > cut]
