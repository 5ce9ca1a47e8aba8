"""Tells what differs between two runs, or between all that made two outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import select

from mltrace.lineage.diffing.aligning import align, find_distances
from mltrace.lineage.diffing.outlines import find_outlines
from mltrace.lineage.diffing.run_differences import Surroundings, compare_runs, compare_sources
from mltrace.lineage.loading import load_runs
from mltrace.lineage.refs import load_refs
from mltrace.records import Diff, DiffPair
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from mltrace.config import Settings
    from mltrace.lineage.diffing.outlines import Outline
    from mltrace.lineage.targets import Target
    from mltrace.records import Run

_decode_packages: Final = msgspec.json.Decoder(dict[str, str]).decode
_environment = schema.environment
_PACKAGES: Final = select(_environment.c.digest, _environment.c.packages).where(
    _environment.c.id.in_(
        select(schema.process.c.environment_id)
        .join(schema.run, schema.run.c.process_id == schema.process.c.id)
        .where(schema.run.c.id.in_(CHOSEN))
    )
)


def diff_targets(connection: Connection, a: Target, b: Target, *, settings: Settings) -> Diff:
    """Tell what differs between two runs, or between the traces of two outputs.

    Notes
    -----
    If one of the targets is an output, so is the other: a run then stands for all that made it.
    Cost: what both traces have is not loaded; the rest about 50 µs of CPU a run.
    """
    num_shared = 0
    if a.kind == b.kind == "run" and a.run_id is not None and b.run_id is not None:
        pairs = _diff_runs(connection, a.run_id, b.run_id, settings=settings)
    elif a.run_id is None and b.run_id is None:
        pairs = _diff_sources(connection, a, b)
    else:
        outlines = find_outlines(connection, a.run_id, b.run_id)
        pairs = _diff_traces(connection, *outlines, settings=settings)
        num_shared = len(outlines[0].depths.keys() & outlines[1].depths.keys())
    return Diff(
        a=a.label,
        b=b.label,
        kind="runs" if a.kind == b.kind == "run" else "traces",
        differs=any(pair.changes for pair in pairs),
        pairs=tuple(pairs),
        num_shared=num_shared,
    )


def _diff_runs(connection: Connection, a: int, b: int, *, settings: Settings) -> list[DiffPair]:
    runs = load_runs(connection, list({a, b}), settings)
    surroundings = Surroundings(packages=_load_packages(connection, runs))
    return [compare_runs(runs[a], runs[b], surroundings)]


def _diff_traces(
    connection: Connection, a: Outline, b: Outline, *, settings: Settings
) -> list[DiffPair]:
    keys = align(a, b)
    wanted = [key for pair in keys for key in pair if key is not None]
    runs = load_runs(connection, list(dict.fromkeys(wanted)), settings)
    surroundings = Surroundings(
        packages=_load_packages(connection, runs),
        runs_a={runs[key].id for key, _ in keys if key is not None},
        runs_b={runs[key].id for _, key in keys if key is not None},
    )
    pairs = []
    for (ours, theirs), depth in zip(keys, find_distances(keys, a, b), strict=True):
        run_a = None if ours is None else runs[ours]
        run_b = None if theirs is None else runs[theirs]
        pairs.append(replace(compare_runs(run_a, run_b, surroundings), depth=depth))
    return sorted(pairs, key=_most_upstream_first)


def _diff_sources(connection: Connection, a: Target, b: Target) -> list[DiffPair]:
    """Compare two artifacts that no run made."""
    versions = [target.version_id for target in (a, b) if target.version_id is not None]
    refs = load_refs(connection, versions)
    ours, theirs = (refs[version] for version in versions)
    return [compare_sources(ours, theirs)]


def _load_packages(connection: Connection, runs: Mapping[int, Run]) -> dict[str, dict[str, str]]:
    """Load the packages of the environments of runs, by digest, if there are several."""
    if len({run.environment for run in runs.values()}) < 2:
        return {}
    rows = connection.execute(_PACKAGES, choose(runs))
    return {digest: _decode_packages(packages) for digest, packages in rows}


def _most_upstream_first(pair: DiffPair) -> tuple[int, datetime]:
    starts = [run.started_at for run in (pair.run_a, pair.run_b) if run is not None]
    return -pair.depth, min(starts)
