"""Answers what one record came from, or what was made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from mltrace.errors import ArgumentError
from mltrace.lineage.journeys.corresponding import Correspondences
from mltrace.lineage.journeys.following import Following, make_end
from mltrace.lineage.journeys.opening import followed, version_key
from mltrace.lineage.journeys.prediction_ids import MOST_ROWS, find_ids, some_ids
from mltrace.lineage.journeys.searching import search_upstream
from mltrace.lineage.journeys.starting import (
    Start,
    no_rows,
    start_of_artifact,
    start_of_id,
    start_of_run,
)
from mltrace.lineage.journeys.stepping import make_steps
from mltrace.lineage.refs import load_refs
from mltrace.lineage.walking import walk_downstream, walk_upstream
from mltrace.records.journeys import Journey, JourneyEnd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from mltrace.config import Settings
    from mltrace.lineage.journeys.opening import Tables
    from mltrace.lineage.targets import Target
    from mltrace.records import ArtifactRef, Run, Trace

    Key = Mapping[str, Any]


class _Beginning(NamedTuple):
    """Rows to begin with, and ends that are known before; of rows that were dropped, upstream."""

    starts: Sequence[Start]
    ends: Sequence[JourneyEnd] = ()
    is_upstream: bool = False


def make_journey(
    connection: Connection,
    target: Target,
    key: Key,
    *,
    direction: Literal["backward", "forward"],
    tables: Tables,
    settings: Settings,
    limit: int,
) -> Journey:
    """Follow a record from a row of a table, or an output id; see `mltrace.journey`."""
    trace = walk_upstream(connection, target, settings)
    runs = upstream = {step.run.id: step.run for step in trace.steps}
    read_by = Correspondences(tables)
    start = _start(connection, target, key, trace=trace, read_by=read_by)
    if direction == "forward":
        runs = _downstream(connection, target, settings)
        runs = {**upstream, **runs} if start.is_upstream else runs
    following = Following(read_by, runs, upstream)
    for one in start.starts:
        following.begin(one)
    predictions: dict[int, tuple[str, ...]] = {}
    if direction == "backward":
        following.go_backward()
    else:
        predictions = _go_forward(connection, following)
    steps = make_steps(following, predictions, limit=limit)
    return Journey(
        target=target.label,
        direction=direction,
        key=dict(key),
        steps=steps,
        ends=tuple({**dict.fromkeys(start.ends), **dict.fromkeys(following.ends.values())}),
        predictions=_distinct(one for step in steps for one in step.predictions),
    )


def _go_forward(connection: Connection, following: Following) -> dict[int, tuple[str, ...]]:
    """Follow rows forward, and find the output ids that each run made of those of a table."""
    predictions: dict[int, tuple[str, ...]] = {}
    for run, read, written in following.go_forward():
        if not any(ref.kind == "ids" for ref in run.outputs):
            continue
        for visit in (read, *written):
            found = find_ids(connection, run, visit)
            predictions[id(visit)] = (*predictions.get(id(visit), ()), *found)
            if len(visit.places) > MOST_ROWS:
                said = f"ids of {MOST_ROWS:,} of its {len(visit.places):,} rows were looked up"
                following.end(visit.ref, run, "limit", said)
    return predictions


def _start(
    connection: Connection, target: Target, key: Key, *, trace: Trace, read_by: Correspondences
) -> _Beginning:
    """Find the rows to begin with: in what is meant, or upstream, if they were dropped."""
    tables = read_by.tables
    maker = next((step.run for step in trace.steps if step.depth == 0), None)
    if target.kind == "id":
        if key:
            raise ArgumentError("An output id says which record is meant; leave out key= (--key).")
        starts = _starts_of_id(connection, target, maker, tables)
        return _Beginning(starts, [] if starts else [_unfound(target)])
    if target.kind == "artifact":
        version_id = target.version_id or 0
        refs = [load_refs(connection, [version_id])[version_id]]
        start = start_of_artifact(tables, refs[0], key)
        starts = [start] if len(start.places) else []
    else:
        if not key:
            raise ArgumentError(
                f"{target.label!r} is a run; say which record by key={{column: value}} (--key "
                "COLUMN=VALUE), or name an output id or a table."
            )
        refs = [*(() if maker is None else maker.outputs)]
        starts = start_of_run(tables, refs, key)
    return _Beginning(starts) if starts else _start_upstream(target, key, refs, trace, read_by)


def _start_upstream(
    target: Target, key: Key, refs: Sequence[ArtifactRef], trace: Trace, read_by: Correspondences
) -> _Beginning:
    """Find the rows in the nearest table upstream that has them, and what became of them since.

    Raises
    ------
    UnknownNameError
        If no table upstream has them.
    """
    runs = {step.run.id: step.run for step in trace.steps}
    found = search_upstream(read_by, runs, refs, key)
    if found.cuts:
        said = f"no row of it has the {' and '.join(key)} that was given"
        ends = [JourneyEnd(artifact=target.label, reason="no row", message=said)]
        return _Beginning([], [*ends, *(make_end(*cut) for cut in found.cuts)])
    if not found.starts:
        raise no_rows(target.label, key)
    onward = Following(read_by, runs, runs)
    for start in found.starts:
        onward.begin(start)
    on_the_way = {version_key(ref) for run in runs.values() for ref in run.inputs}
    on_the_way |= {version_key(ref) for ref in refs}
    for run, _, written in onward.go_forward():
        names = " and ".join(visit.ref.name for visit in written)
        reached = {version_key(visit.ref) for visit in written}
        for ref in followed(run.outputs):
            if written and version_key(ref) in on_the_way - reached:
                onward.end(ref, run, "no row", f"{run.component} wrote it to {names}, not to it")
    ends = [end for end in onward.ends.values() if end.reason != "not read"]
    return _Beginning(onward.last(), ends, is_upstream=True)


def _starts_of_id(
    connection: Connection, target: Target, maker: Run | None, tables: Tables
) -> list[Start]:
    """Find an output id in what its run wrote, or else in what it read."""
    if maker is None:
        return []
    others = some_ids(connection, maker)
    return start_of_id(tables, maker.outputs, target.label, others=others) or start_of_id(
        tables, maker.inputs, target.label, others=others
    )


def _downstream(connection: Connection, target: Target, settings: Settings) -> dict[str, Run]:
    if target.kind == "id":  # whatever its run wrote beside it is followed, too
        target = replace(target, kind="run", version_id=None)
    return {step.run.id: step.run for step in walk_downstream(connection, target, settings).steps}


def _unfound(target: Target) -> JourneyEnd:
    if target.run_id is None:
        return JourneyEnd(artifact=target.label, reason="source", message="no run made it")
    said = "no kept table that its run wrote or read has it in a column of distinct values"
    return JourneyEnd(artifact=target.label, reason="no row", message=said)


def _distinct(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
