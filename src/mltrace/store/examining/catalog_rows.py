"""Examines a catalog: its database, its version, and what it says of runs and processes."""

from __future__ import annotations

import socket
import sqlite3
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import func, select

from mltrace.store.database.catalog import IF_DAMAGED
from mltrace.store.database.schema import (
    SCHEMA_VERSION,
    process,
    process_health,
    read,
    run,
    skipped,
    spool_file,
    write,
)
from mltrace.store.examining.report import numbered
from mltrace.times import NANOSECONDS, now_ns

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, Connection

    from mltrace.store.database.catalog import Catalog
    from mltrace.store.examining.report import Report

RECENT_SECONDS: Final = 30 * 86_400
"""What was lost by processes that started earlier is told, but is no problem any more."""
_WORST_SKEW: Final = 60 * NANOSECONDS
_NUM_LINKS: Final = 100_000
"""How many of the latest reads are looked at for differences of clocks."""

_WHY_SKIPPED: Final = {
    "damaged": "no match with the checksum; look at the disk",
    "unknown": "written by another version of mltrace; upgrade this one",
    "unfit": "the database cannot hold that",
    "unfinished": "the writer was killed in the middle of the line, before it was acknowledged",
}


def examine_catalog(report: Report, catalog: Catalog) -> dict[str, int] | None:
    """Say what a catalog holds; return how far it has read the spool, None if it does not tell."""
    version = catalog.schema_version()
    report.say(schema_version=version, is_read_only=catalog.is_read_only)
    if version is None:
        report.notice("catalog", "There is no catalog yet.", "The first question makes it.")
        return {}
    with catalog.look() as connection:
        report.say(database=_describe(connection))
    flaws = catalog.flaws()
    if flaws:
        report.problem("catalog", f"The database is damaged: {'; '.join(flaws)}", IF_DAMAGED)
        return None
    if not catalog.is_read_only and (reason := catalog.why_not_writable()):
        report.problem(
            "catalog",
            f"It cannot be written: {reason}",
            "Questions and syncs wait for it. If another process holds it, let that come to an "
            "end; else look at the permissions and the room on the disk.",
        )
    if version > SCHEMA_VERSION:
        report.problem(
            "catalog",
            f"A newer mltrace wrote it (schema version {version}, here {SCHEMA_VERSION}).",
            "pip install --upgrade mltrace",
        )
    elif version < SCHEMA_VERSION:
        report.notice(
            "catalog",
            f"It is of an earlier schema version ({version}, now {SCHEMA_VERSION}).",
            "The next question brings it up to date; older versions cannot open it then.",
        )
    if version != SCHEMA_VERSION:
        return None
    with catalog.look() as connection:
        report.say(num_runs=connection.execute(select(func.count(run.c.id))).scalar_one())
        _examine_skipped(report, connection)
        _examine_health(report, connection)
        _examine_clocks(report, connection)
        offsets = connection.execute(select(spool_file.c.name, spool_file.c.offset))
        return {row.name: row.offset for row in offsets}


def examine_running(report: Report, catalog: Catalog, alive: Collection[str]) -> None:
    """Count the runs that are under way by the catalog, and whose process here is gone."""
    unfinished = (run.c.status == "running") & (process.c.host == socket.gethostname())
    query = (
        select(process.c.uid, func.count(run.c.id).label("num"))
        .join(run, run.c.process_id == process.c.id)
        .where(unfinished)
        .group_by(process.c.uid)
    )
    with catalog.look() as connection:
        left = sum(row.num for row in connection.execute(query) if row.uid not in alive)
    report.say(num_left_running=left)
    if left:
        report.notice(
            "catalog",
            f"{numbered(left, 'run is', 'runs are')} under way by the catalog, but the process "
            "does not write here.",
            "mltrace sync marks those as aborted whose spool file is still there; runs that were "
            "merged from a store in use are brought up to date by merging again.",
        )


def _describe(connection: Connection) -> str:
    if connection.dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    version: tuple[int, ...] = getattr(connection.dialect, "server_version_info", None) or ()
    return f"PostgreSQL {'.'.join(map(str, version))}"


def _is_recent(started_at: ColumnElement[Any]) -> ColumnElement[bool]:
    return started_at > now_ns() - RECENT_SECONDS * NANOSECONDS


def _examine_skipped(report: Report, connection: Connection) -> None:
    joined = skipped.join(process, process.c.id == skipped.c.process_id)
    query = select(
        skipped.c.reason, func.sum(skipped.c.num).label("num"), func.max(process.c.started_at)
    ).select_from(joined)
    total: dict[str, int] = {}
    for reason, number, latest in connection.execute(query.group_by(skipped.c.reason)):
        total[reason] = int(number)
        lines = numbered(int(number), "spool line was", "spool lines were")
        said = f"{lines} skipped: {_WHY_SKIPPED.get(reason, reason)}."
        is_old = 0 < latest < now_ns() - RECENT_SECONDS * NANOSECONDS
        if reason == "unfinished" or is_old:
            report.notice("spool", said)
        else:
            report.problem("spool", said, "All other lines were read; what was skipped is lost.")
    report.say(skipped=total)


def _examine_health(report: Report, connection: Connection) -> None:
    counts: dict[str, Counter[str]] = {name: Counter() for name in _COUNTED}
    recent: dict[str, int] = dict.fromkeys(_COUNTED, 0)
    profiles: Counter[str] = Counter()
    num_runs = overhead = profiling = 0
    for row in connection.execute(select(process_health)):
        num_runs += row.num_runs
        overhead += row.overhead_ns
        profiling += row.profiling_ns
        profiles.update(_counts(row.profiles))
        for name in _COUNTED:
            found = _counts(getattr(row, name))
            counts[name].update(found)
            if row.at > now_ns() - RECENT_SECONDS * NANOSECONDS:
                recent[name] += sum(found.values())
    report.say(num_measured_runs=num_runs, overhead_seconds=overhead / NANOSECONDS)
    report.say(profiles=dict(profiles), profiling_seconds=profiling / NANOSECONDS)
    report.say(**{name: dict(found) for name, found in counts.items()})
    for name, (nouns, remedy, is_problem) in _COUNTED.items():
        total = counts[name].total()
        if total:
            reasons = ", ".join(f"{key} ({num:,})" for key, num in counts[name].most_common(5))
            tell = report.problem if is_problem and recent[name] else report.notice
            tell("capture", f"{numbered(total, *nouns)}: {reasons}.", remedy)


def _counts(text: str | None) -> dict[str, int]:
    return msgspec.json.decode(text or "{}", type=dict[str, int])


_COUNTED: Final = {
    "dropped": (
        ("fact was dropped while it was logged", "facts were dropped while they were logged"),
        "What a run drops is not in the store; make room, or look at the permissions.",
        True,
    ),
    "faults": (
        ("fault of mltrace was swallowed", "faults of mltrace were swallowed"),
        "The log of the process has each kind once; please report them.",
        True,
    ),
    "not_kept": (
        ("value was not kept, only its digest", "values were not kept, only their digests"),
        "Raise MLTRACE_KEEP_LIMIT or the budget that was used up, or accept that they cannot be "
        "loaded.",
        False,
    ),
    "not_profiled": (
        ("table was not profiled", "tables were not profiled"),
        "Where their share of the CPU time was used up, raise MLTRACE_PROFILE_SHARE; "
        "MLTRACE_PROFILE=off takes no profiles.",
        False,
    ),
}


def _examine_clocks(report: Report, connection: Connection) -> None:
    """Find by how much content was read before it was written, by the clocks of two hosts."""
    hosts = select(func.count(process.c.host.distinct())).where(process.c.host != "")
    if connection.execute(hosts).scalar_one() < 2:
        return
    reader, writer = run.alias("reader"), run.alias("writer")
    here, there = process.alias("here"), process.alias("there")
    last = connection.execute(select(func.max(read.c.id))).scalar() or 0
    early = (
        select(func.max(write.c.at - read.c.at))
        .select_from(read)
        .join(write, write.c.run_id == read.c.producer_id)
        .join(reader, reader.c.id == read.c.run_id)
        .join(writer, writer.c.id == read.c.producer_id)
        .join(here, here.c.id == reader.c.process_id)
        .join(there, there.c.id == writer.c.process_id)
        .where(
            read.c.id > last - _NUM_LINKS,
            write.c.version_id == read.c.version_id,
            here.c.host != there.c.host,
        )
    )
    most = max(connection.execute(early).scalar() or 0, 0)
    report.say(clock_difference_seconds=most / NANOSECONDS)
    if most > _WORST_SKEW:
        report.problem(
            "capture",
            f"The clocks of two hosts differ by at least {most / NANOSECONDS:.0f} seconds.",
            "Lineage bears up to 10 minutes; let the hosts synchronise their clocks (NTP).",
        )
