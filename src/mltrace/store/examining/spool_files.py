"""Examines what is pending: how much it is, whose it is, whether it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mltrace.records import PendingFacts
from mltrace.store import spool
from mltrace.store.drain import read_offsets
from mltrace.store.examining.report import numbered
from mltrace.store.spool import SkipReason
from mltrace.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mltrace.store.database.catalog import Catalog
    from mltrace.store.examining.report import Report


class _Read(NamedTuple):
    num_facts: int
    num_damaged: int
    oldest_at: int | None


def examine_spool(report: Report, folder: Path, offsets: Mapping[str, int] | None) -> set[str]:
    """Count what is pending; return the processes that write now.

    Parameters
    ----------
    offsets : mapping of str to int, or None
        How far the catalog has read the files; None if that is not known.
    """
    files = spool.list_files(folder)
    alive = {file.name for file in files if spool.is_written(file.path)}
    pending = [file for file in files if file.size > (offsets or {}).get(file.name, 0)]
    read = [_read(file.path, (offsets or {}).get(file.name, 0)) for file in pending]
    oldest = min((one.oldest_at for one in read if one.oldest_at is not None), default=None)
    found = PendingFacts(
        num_files=len(pending),
        num_bytes=sum(file.size - (offsets or {}).get(file.name, 0) for file in pending),
        num_facts=sum(one.num_facts for one in read),
        num_damaged=sum(one.num_damaged for one in read),
        num_alive=len(alive),
        num_dead=len(files) - len(alive),
        oldest_at=None if oldest is None else to_datetime(oldest),
    )
    report.say(pending=found, spool_bytes=sum(file.size for file in files))
    _judge(report, found, is_known=offsets is not None)
    return {file.process for file in files if file.name in alive}


def count_pending(catalog: Catalog, folder: Path) -> int:
    """Count the facts in a spool that its catalog has not read."""
    files = spool.list_files(folder)
    offsets: dict[str, int] = {}
    if catalog.is_there:
        with catalog.look() as connection:
            offsets = read_offsets(connection, [file.name for file in files])
    return sum(_read(file.path, offsets.get(file.name, 0)).num_facts for file in files)


def examine_shipping(report: Report, failed: Path) -> None:
    """Tell why what was logged could not be sent to the server."""
    try:
        reason = failed.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return
    report.problem("spool", f"What was logged here could not be sent: {reason}", "mltrace sync")


def examine_run_ends(report: Report, failed: Path) -> None:
    """Tell why monitors could not be evaluated after runs ended."""
    try:
        reason = failed.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return
    report.problem(
        "spool",
        f"Monitors could not be evaluated after a run ended: {reason}",
        "mltrace monitor run",
    )


def _judge(report: Report, pending: PendingFacts, *, is_known: bool) -> None:
    if pending.num_damaged:
        report.problem(
            "spool",
            numbered(pending.num_damaged, "pending line does", "pending lines do")
            + " not match the checksum: damaged.",
            "What is damaged will be skipped and counted, all else is read; look at the disk.",
        )
    if not is_known and pending.num_facts:
        report.notice(
            "spool",
            "How far the spool has been read is not known without the catalog; all of it is "
            "counted as pending.",
        )
    elif pending.num_facts and not report.said.get("is_read_only"):
        report.notice(
            "spool",
            f"{numbered(pending.num_facts, 'fact is', 'facts are')} not in the catalog yet.",
            "The next question reads them, or: mltrace sync",
        )
    elif pending.num_facts:
        report.notice(
            "spool",
            f"{numbered(pending.num_facts, 'fact is', 'facts are')} pending in a store that is "
            "read-only here.",
            "Bring them into a store that can be written: mltrace merge",
        )


def _read(path: str, offset: int) -> _Read:
    num_facts = num_damaged = 0
    oldest: int | None = None
    for line in spool.lines_of(path, offset):
        fact = spool.parse(line)
        if fact is SkipReason.DAMAGED:
            num_damaged += 1
        else:
            num_facts += 1
            at = getattr(fact, "at", None)
            oldest = at if oldest is None else min(oldest, at or oldest)
    return _Read(num_facts, num_damaged, oldest)
