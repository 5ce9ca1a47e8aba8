"""Finds the sources that were replaced: what a run read, and no run wrote, has a newer version.

A source is a file or URI. That it was replaced is known once a run reads or writes another version
of it. A variable in memory is none: its name proves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import func, literal, select

from mltrace.lineage.edges import find_depths
from mltrace.lineage.staleness.links import MOST_LINKS
from mltrace.lineage.staleness.reasons import Finding, day_text, newer_text, short_uid
from mltrace.lineage.staleness.steps import load_around
from mltrace.lineage.staleness.upstream import MOST_UPSTREAM, load_upstream
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Select

    from mltrace.lineage.staleness.steps import Step, Steps

_read, _write = schema.read, schema.write
_member = schema.read.alias("member")

_is_of_runs = (
    select(literal(1))
    .where(
        _member.c.run_id == _read.c.run_id,
        _member.c.part == schema.MEMBER,
        _member.c.producer_id.is_not(None),
    )
    .correlate(_read)
    .exists()
)
_SOURCES: Final = (
    select(
        _read.c.run_id,
        _read.c.artifact_id,
        func.coalesce(_read.c.name, schema.artifact.c.identity).label("name"),
        schema.version.c.digest,
        schema.version.c.kind,
        _read.c.at,
    )
    .join(schema.artifact, schema.artifact.c.id == _read.c.artifact_id)
    .join(schema.version, schema.version.c.id == _read.c.version_id)
    .where(
        _read.c.run_id.in_(CHOSEN),
        _read.c.producer_id.is_(None),
        _read.c.part == schema.WHOLE,
        schema.version.c.digest != "",
        (schema.version.c.kind != "folder") | ~_is_of_runs,
    )
    .order_by(_read.c.run_id.desc(), _read.c.position)
    .limit(MOST_LINKS)
)


class _Latest(NamedTuple):
    """The latest time that a run read or wrote an artifact.

    `origin` is the run that made the version, if one did.
    """

    artifact_id: int
    at: int
    digest: str
    kind: str
    run_id: int
    uid: bytes
    component: str
    origin: int | None
    verb: str


def _latest(link: Any, origin: Any, verb: str) -> Select[Any]:
    """Select the latest reads, or writes, of the chosen artifacts."""
    each = CHOSEN.subquery("each_artifact")
    latest = (
        select(link.c.id)
        .where(link.c.artifact_id == each.c.value, link.c.part != schema.CHILD)
        .order_by(link.c.at.desc(), link.c.id.desc())
        .limit(1)
        .correlate(each)
        .scalar_subquery()
    )
    return (
        select(
            link.c.artifact_id,
            link.c.at,
            schema.version.c.digest,
            schema.version.c.kind,
            link.c.run_id,
            schema.run.c.uid,
            schema.component.c.name,
            origin,
            literal(verb),
        )
        .select_from(each)
        .join(link, link.c.id == latest)
        .join(schema.version, schema.version.c.id == link.c.version_id)
        .join(schema.run, schema.run.c.id == link.c.run_id)
        .join(schema.component, schema.component.c.id == schema.run.c.component_id)
    )


_LATEST: Final = (
    _latest(_read, _read.c.producer_id, "read"),
    _latest(_write, _write.c.run_id, "made"),
)


def find_replaced_sources(
    connection: Connection, steps: Steps, keys: Iterable[int]
) -> dict[int, list[Finding]]:
    """Find the runs among `keys` that read sources which were replaced since.

    What a run itself made of a source, or a run inside or around it, or one that depends on it,
    replaces nothing in its eyes. Where the component went on to another version, the reason does
    not spread: `replacing` tells whether that run did the job again or another one.

    Notes
    -----
    Cost: three queries, and three more if any version is newer.
    """
    read: dict[int, list[Any]] = {}
    for row in connection.execute(_SOURCES, choose(keys)):
        if row.artifact_id in steps.links.lasting and row.run_id in steps.by_key:
            read.setdefault(row.run_id, []).append(row)
    latest = _load_latest(connection, {row.artifact_id for rows in read.values() for row in rows})
    newer = {
        key: [(row, latest[row.artifact_id]) for row in rows if _is_newer(row, latest)]
        for key, rows in read.items()
    }
    pairs = [pair for some in newer.values() for pair in some]
    if not pairs:
        return {}
    own = _OwnWork(connection, steps, [one for _, one in pairs])
    found = {}
    for key, some in newer.items():
        step = steps.by_key[key]
        foreign = [(row, one) for row, one in some if not own.includes(step, one)]
        if foreign:
            spreading = [pair for pair in foreign if not _went_on(step, pair[0], steps)]
            found[key] = [_finding(step, foreign, spreading)]
    return found


def _load_latest(connection: Connection, artifacts: Collection[int]) -> dict[int, _Latest]:
    found: dict[int, _Latest] = {}
    for query in _LATEST if artifacts else ():
        for row in connection.execute(query, choose(artifacts)):
            one = _Latest(*row)
            if one.artifact_id not in found or one.at > found[one.artifact_id].at:
                found[one.artifact_id] = one
    return found


def _is_newer(row: Any, latest: Mapping[int, _Latest]) -> bool:
    one = latest.get(row.artifact_id)
    if one is None or one.at <= row.at or one.kind != row.kind:
        return False
    return one.digest not in {"", row.digest}


class _OwnWork:
    """Tells whether a newer version comes from the run that read the older one."""

    def __init__(self, connection: Connection, steps: Steps, newer: Sequence[_Latest]) -> None:
        self._steps = steps
        self._around = load_around(connection, {one.run_id for one in newer})
        origins = {one.origin for one in newer if one.origin is not None}
        self._neighbours = load_upstream(connection, origins) if origins else {}
        self._upstream: dict[int, Collection[int]] = {}

    def includes(self, reader: Step, newer: _Latest) -> bool:
        """Tell whether a version was read or made within the reader, or depends on it."""
        if newer.run_id == reader.key or reader.uid in self._around.get(newer.run_id, ()):
            return True
        if newer.uid in self._steps.around.get(reader.key, ()):
            return True
        return newer.origin is not None and self._depends(newer.origin, reader.key)

    def _depends(self, origin: int, key: int) -> bool:
        if len(self._neighbours) >= MOST_UPSTREAM:
            return True  # not known, so nothing is claimed
        if origin not in self._upstream:
            self._upstream[origin] = find_depths(self._neighbours, [origin])
        return key in self._upstream[origin]


def _went_on(reader: Step, row: Any, steps: Steps) -> bool:
    """Tell whether a later run of the reader's component read another version of a source."""
    return any(
        read.artifact_id == row.artifact_id and read.digest != row.digest
        for step in steps.latest.get(reader.component_id, ())
        if step.started_at > reader.started_at
        for read in steps.links.reads(step.key)
    )


def _finding(
    step: Step, pairs: Sequence[tuple[Any, _Latest]], spreading: Sequence[tuple[Any, _Latest]]
) -> Finding:
    reader = f"{step.component} {short_uid(step.uid)}"
    seen = _text(spreading, reader) if spreading else ""
    return Finding("superseded", _text(pairs, "it"), seen, pairs[0][0].name)


def _text(pairs: Sequence[tuple[Any, _Latest]], reader: str) -> str:
    row, one = max(pairs, key=lambda pair: pair[1].at)
    names = sorted({row.name for row, _ in pairs})
    latest = "the latest " if len(names) > 1 else ""
    by = f"{one.verb} by {one.component} {short_uid(one.uid)} on {day_text(one.at, row.at)}"
    before = f"({reader} read that of {day_text(row.at, one.at)})"
    return f"{newer_text(names)}: {latest}{by} {before}"
