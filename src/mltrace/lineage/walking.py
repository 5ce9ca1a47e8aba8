"""Walks lineage: what made an output, and what was made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, or_, select

from mltrace.lineage.edges import find_depths, find_edges
from mltrace.lineage.loading import load_runs
from mltrace.lineage.refs import load_refs
from mltrace.records import Impact, Trace, TraceStep
from mltrace.store.collector import collector_paused
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from mltrace.config import Settings
    from mltrace.lineage.targets import Target
    from mltrace.records import ArtifactRef, Run

_read, _write = schema.read, schema.write
_target, _same = schema.version.alias("target"), schema.version.alias("same")
_made_by_writer = _read.c.producer_id.in_(
    select(_write.c.run_id).where(_write.c.version_id.in_(CHOSEN))
)
_READERS: Final = (
    select(_read.c.run_id)
    .join(_same, _same.c.id == _read.c.version_id)
    .join(
        _target,
        or_(
            _target.c.id == _same.c.id,
            (_target.c.digest == _same.c.digest) & (_target.c.digest != "") & _made_by_writer,
        ),
    )
    .where(_target.c.id.in_(CHOSEN))
    .distinct()
)
_file, _folder, _holder = (
    _write.alias("file"),
    schema.artifact.alias("folder"),
    _write.alias("held"),
)
_INSIDE: Final = (  # the files of a folder that was written as a whole
    select(_file.c.version_id)
    .join(_holder, _holder.c.run_id == _file.c.run_id)
    .join(_folder, _folder.c.id == _holder.c.artifact_id)
    .join(schema.artifact, schema.artifact.c.id == _file.c.artifact_id)
    .where(
        _holder.c.version_id.in_(CHOSEN),
        _file.c.part == schema.MEMBER,
        func.substr(schema.artifact.c.identity, 1, func.length(_folder.c.identity) + 1)
        == _folder.c.identity + "/",
    )
    .distinct()
)
_DIGESTS_READ: Final = (
    select(_read.c.producer_id, _same.c.digest)
    .join(_same, _same.c.id == _read.c.version_id)
    .where(_read.c.producer_id.in_(CHOSEN))
    .distinct()
)


@collector_paused()
def walk_upstream(connection: Connection, target: Target, settings: Settings) -> Trace:
    """Walk from an output or run to everything that made it.

    Notes
    -----
    The run that made the output has depth 0. Cost: a fixed number of queries; 10,000 runs in a
    chain take about a quarter of a second of CPU, nearly all of it to make their records.
    """
    if target.run_id is None:
        refs = load_refs(connection, [target.version_id] if target.version_id else [])
        return Trace(target=target.label, sources=tuple(refs.values()))
    neighbours = find_edges(connection, [target.run_id], is_upstream=True)
    depths = find_depths(neighbours, [target.run_id])
    runs = load_runs(connection, list(depths), settings)
    sources = _distinct(
        ref for run in runs.values() for ref in run.inputs if ref.produced_by is None
    )
    return Trace(target=target.label, steps=_steps(runs, depths), sources=sources)


@collector_paused()
def walk_downstream(connection: Connection, target: Target, settings: Settings) -> Impact:
    """Walk from an output or run to everything that was made from it.

    Notes
    -----
    A run has depth 0 in its own impact; the readers of an artifact have depth 1. Of an output id,
    it is the impact of the artifact that holds it.
    """
    first = 0
    start = [target.run_id] if target.run_id is not None else []
    if target.kind != "run" and target.version_id is not None:
        first = 1
        inside = connection.execute(_INSIDE, choose([target.version_id])).scalars()
        start = list(connection.execute(_READERS, choose([target.version_id, *inside])).scalars())
    neighbours = find_edges(connection, start, is_upstream=False)
    depths = find_depths(neighbours, start, first=first)
    runs = load_runs(connection, list(depths), settings)
    sinks = _sinks(connection, runs)
    return Impact(target=target.label, steps=_steps(runs, depths), sinks=sinks)


def _steps(runs: Mapping[int, Run], depths: Mapping[int, int]) -> tuple[TraceStep, ...]:
    """Make the steps, nearest first and then newest first."""
    ordered = sorted(runs, key=lambda key: (-runs[key].started_at.timestamp(), -key))
    ordered.sort(key=depths.__getitem__)
    return tuple(
        TraceStep(
            run=runs[key], depth=depths[key], reads=runs[key].inputs, writes=runs[key].outputs
        )
        for key in ordered
    )


def _sinks(connection: Connection, runs: Mapping[int, Run]) -> tuple[ArtifactRef, ...]:
    """Find what the runs wrote and no run read."""
    read: dict[int, set[Any]] = {}
    for producer_id, digest in connection.execute(_DIGESTS_READ, choose(runs)):
        read.setdefault(producer_id, set()).add(digest)
    return _distinct(
        ref
        for key, run in runs.items()
        for ref in run.outputs
        if (ref.digest or "") not in read.get(key, ())
    )


def _distinct(refs: Iterable[ArtifactRef]) -> tuple[ArtifactRef, ...]:
    """Keep the first of each version."""
    return tuple({(ref.identity, ref.digest): ref for ref in refs}.values())
