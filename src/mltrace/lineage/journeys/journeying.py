"""Answers what one record came from, or what was made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from mltrace.errors import ArgumentError
from mltrace.lineage.journeys.following import Following
from mltrace.lineage.journeys.prediction_ids import MOST_ROWS, find_ids, some_ids
from mltrace.lineage.journeys.starting import (
    Start,
    no_rows,
    start_of_artifact,
    start_of_id,
    start_of_run,
    start_upstream,
)
from mltrace.lineage.journeys.stepping import make_steps
from mltrace.lineage.refs import load_refs
from mltrace.lineage.walking import walk_downstream, walk_upstream
from mltrace.records.journeys import Journey, JourneyEnd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from mltrace.config import Settings
    from mltrace.lineage.journeys.opening import Tables
    from mltrace.lineage.targets import Target
    from mltrace.records import Run, Trace

    Key = Mapping[str, Any]


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
    starts, dropped = _starts(connection, target, key, trace=trace, tables=tables)
    upstream = {step.run.id: step.run for step in trace.steps}
    runs = upstream
    if direction == "forward":
        runs = _downstream(connection, target, settings)
        runs = {**upstream, **runs} if dropped else runs
    following = Following(tables, runs, upstream)
    for start in starts:
        following.begin(*start)
    for run, start in dropped:
        following.drop(start.ref, run, len(start.places))
    predictions: dict[int, tuple[str, ...]] = {}
    if direction == "backward":
        following.go_backward()
    else:
        predictions = _go_forward(connection, following)
    steps = make_steps(following, predictions, limit=limit)
    ends = list(following.ends.values())
    if target.kind == "id" and not starts:
        ends.append(_unfound(target))
    return Journey(
        target=target.label,
        direction=direction,
        key=dict(key),
        steps=steps,
        ends=tuple(ends),
        predictions=_distinct(one for step in steps for one in step.predictions),
    )


def _go_forward(connection: Connection, following: Following) -> dict[int, tuple[str, ...]]:
    """Follow rows forward, and find the output ids that each run made of those of a table."""
    predictions: dict[int, tuple[str, ...]] = {}
    for run, visits in following.go_forward():
        if not any(ref.kind == "ids" for ref in run.outputs):
            continue
        for visit in visits:
            found = find_ids(connection, run, visit)
            predictions[id(visit)] = (*predictions.get(id(visit), ()), *found)
            if len(visit.places) > MOST_ROWS:
                said = f"ids of {MOST_ROWS:,} of its {len(visit.places):,} rows were looked up"
                following.end(visit.ref, run, "limit", said)
    return predictions


def _starts(
    connection: Connection, target: Target, key: Key, *, trace: Trace, tables: Tables
) -> tuple[list[Start], list[tuple[Run, Start]]]:
    """Find the rows to begin with, and the runs that dropped them where they are upstream only."""
    maker = next((step.run for step in trace.steps if step.depth == 0), None)
    if target.kind == "id":
        if key:
            raise ArgumentError("An output id says which record is meant; leave out key= (--key).")
        return _starts_of_id(connection, target, maker, tables), []
    if target.kind == "artifact":
        version_id = target.version_id or 0
        start = start_of_artifact(tables, load_refs(connection, [version_id])[version_id], key)
        starts = [start] if len(start.places) else []
    else:
        if not key:
            raise ArgumentError(
                f"{target.label!r} is a run; say which record by key={{column: value}} (--key "
                "COLUMN=VALUE), or name an output id or a table."
            )
        starts = start_of_run(tables, () if maker is None else maker.outputs, key)
    if starts:
        return starts, []
    found = start_upstream(tables, trace.steps, key)
    if not found:
        raise no_rows(target.label, key)
    return [start for _, start in found], [(step.run, start) for step, start in found]


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
