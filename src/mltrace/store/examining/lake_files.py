"""Examines the lake: how much it holds, and whether its files are there and whole."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from mltrace.importing import late
from mltrace.store.database.schema import segment
from mltrace.store.examining.report import numbered
from mltrace.store.kept.sharing import is_shared
from mltrace.store.lake.segments import live_segments
from mltrace.store.lake.sweeping import orphans

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mltrace.store.database.catalog import Catalog
    from mltrace.store.examining.report import Report
    from mltrace.store.lake.segments import Segment
    from mltrace.store.location import Location
    from mltrace.store.progress import Progress

MANY_BATCHES: Final = 1_000
"""From how many batches on it is told that they are not compacted."""
_NUM_NAMED: Final = 3


def examine_lake(
    report: Report, catalog: Catalog, location: Location, *, is_deep: bool, on_progress: Progress
) -> None:
    """Count predictions and labels, and look for files; if it is to be deep, read all of them."""
    with catalog.look() as connection:
        found = live_segments(connection)
        listed = connection.execute(select(segment.c.file).where(segment.c.file.is_not(None)))
        names = set(listed.scalars())
    report.say(
        num_predictions=sum(one.num_rows for one in found),
        num_segments=len(found),
        lake_bytes=sum(one.num_bytes for one in found),
    )
    missing = [one for one in found if one.file and not (location.lake / one.file).exists()]
    _tell_missing(report, location, missing)
    _tell_batches(report, sum(not one.is_compacted for one in found))
    if not is_shared(location):
        _tell_orphans(report, [*orphans(location.lake, names)])
    if is_deep and find_spec("pyarrow") is not None:
        gone = {one.uid for one in missing}
        there = [one for one in found if one.uid not in gone]
        _read_all(report, catalog, location, there, on_progress)


def _tell_missing(report: Report, location: Location, missing: Sequence[Segment]) -> None:
    if not missing:
        return
    num_rows = sum(one.num_rows for one in missing)
    named = ", ".join(f"{one.file} ({one.task})" for one in missing[:_NUM_NAMED])
    is_remote = location.catalog is None
    report.problem(
        "lake",
        f"{numbered(len(missing), 'file is', 'files are')} missing in {location.lake}, with "
        f"{num_rows:,} predictions and labels: {named}.",
        "Set MLTRACE_ARTIFACTS to the folder that the hosts of this store share."
        if is_remote
        else "Put the files back, or merge a copy of the store that has them.",
    )


def _tell_batches(report: Report, num_batches: int) -> None:
    if num_batches >= MANY_BATCHES:
        report.notice(
            "lake",
            f"{num_batches:,} batches of predictions and labels are not compacted.",
            'mltrace sync; that needs pyarrow: pip install "mltrace[frames]"',
        )


def _tell_orphans(report: Report, paths: Sequence[Path]) -> None:
    if paths:
        said = numbered(len(paths), "file is", "files are")
        report.notice("lake", f"{said} left by processes that were killed.", "mltrace gc --yes")


def _read_all(
    report: Report,
    catalog: Catalog,
    location: Location,
    found: Sequence[Segment],
    on_progress: Progress,
) -> None:
    with late():
        from mltrace.store.lake.reading import LakeReader
    with catalog.look() as connection:
        reader = LakeReader(connection, location.lake)
        for number, one in enumerate(found, start=1):
            for _ in reader.tables(one):
                pass
            on_progress("Checking predictions", number, len(found))
    if reader.left_out:
        num_rows = sum(one.num_rows for one in reader.left_out)
        damaged = dict.fromkeys(
            f"{one.segment.file or one.segment.uid} ({one.segment.task})" for one in reader.left_out
        )
        named = ", ".join(list(damaged)[:_NUM_NAMED])
        report.problem(
            "lake",
            f"Damaged: {num_rows:,} predictions and labels, in {named}.",
            "Merge a copy of the store that has them whole.",
        )
