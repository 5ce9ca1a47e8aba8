"""Examines the kept values, the disk they lie on, and the file about retractions."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from mltrace.errors import StoreCorruptError
from mltrace.store.examining.report import numbered
from mltrace.store.kept.inventory import old_parts, total_bytes
from mltrace.store.kept.reading import ValueReader

if TYPE_CHECKING:
    from pathlib import Path

    from mltrace.store.examining.report import Report
    from mltrace.store.kept.blobs import Blobs
    from mltrace.store.progress import Progress
    from mltrace.store.touched import TouchedVersions

LITTLE_BYTES: Final = 100 * 1024 * 1024
"""Less room than this is told as a problem."""
_NUM_NAMED: Final = 3


def examine_values(report: Report, blobs: Blobs, *, is_deep: bool, on_progress: Progress) -> None:
    """Count what is kept; if it is to be deep, read all of it."""
    digests = list(blobs.kept())
    report.say(num_values=len(digests), values_bytes=total_bytes(blobs))
    if not is_deep:
        return
    damaged: list[str] = []
    for number, digest in enumerate(digests, start=1):
        try:
            _read_whole(blobs, digest)
        except StoreCorruptError as error:
            damaged.append(str(error))
        on_progress("Checking values", number, len(digests))
    if damaged:
        shown = " ".join(damaged[:_NUM_NAMED])
        report.problem(
            "values",
            f"Damaged: {len(damaged):,} of {len(digests):,} kept values. {shown}",
            "Run their components again, or merge a copy of the store that has them whole.",
        )


def examine_disk(report: Report, *places: Path) -> None:
    """Tell how much room there is where the store is written."""
    free = min(shutil.disk_usage(_existing(place)).free for place in places)
    report.say(free_bytes=free)
    if free < LITTLE_BYTES and not report.said.get("is_read_only"):
        report.problem(
            "disk",
            f"There is room for {free // 1_000_000:,} MB only.",
            "Make room; mltrace gc tells what old runs take up.",
        )


def examine_retractions(report: Report, touched: TouchedVersions) -> None:
    """Look whether the file that writers read about retractions is whole."""
    try:
        found = touched.look()
    except StoreCorruptError as error:
        report.problem("retraction", str(error), "mltrace retracted")
        return
    if found:
        report.notice(
            "retraction",
            f"{numbered(len(found), 'version is', 'versions are')} touched by retracted data "
            "subjects.",
            "mltrace retracted",
        )


def _read_whole(blobs: Blobs, digest: str) -> None:
    """Read a value and all its chunks, each against its checksum."""
    value = blobs.value(digest)
    if value is None:
        return
    with ValueReader(blobs, value) as reader:
        for chunk in value.chunks():
            reader.read_chunk(chunk)
    for part in old_parts(value):
        if blobs.part_path(part).exists():
            blobs.open(part).close()


def _existing(place: Path) -> Path:
    return next(folder for folder in (place, *place.parents) if folder.exists())
