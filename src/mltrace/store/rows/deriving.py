"""Derives lineage: which run wrote what another run read.

Nothing is declared. A read belongs to the run that wrote the same content: under the same name
first, else under any name unless the content is trivial, the latest before the read; else to the
latest writer of that name that had finished before the read began. The answer depends on the facts
only, not on the order in which they came: a write that comes late takes over the reads after it.

A file that was read before any run had written its content did not come from one that copied it.

Clocks of hosts differ. Content that another host wrote first and that was read, by its clock, a few
minutes before it was written (`MOST_SKEW`) was written before all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, union, update

from mltrace.store.database.chosen import CHOSEN, choose
from mltrace.store.database.schema import process, read, run, version, write
from mltrace.store.mirroring.marks import note_changed_runs
from mltrace.times import NANOSECONDS

if TYPE_CHECKING:
    from sqlalchemy import Connection, ScalarSelect, Select

    from mltrace.store.rows.applying import Applied


MOST_SKEW: Final = 10 * 60 * NANOSECONDS
"""By how much the clocks of two hosts may differ."""

_LATEST: Final = (write.c.at.desc(), run.c.uid.desc())
"""Of writes at the same time, that of the run with the greater id counts."""


def derive_producers(connection: Connection, applied: Applied) -> None:
    """Find the producers of the new reads, and again of the reads that new writes may change."""
    is_new = read.c.id >= applied.first_read
    changed = union(
        select(read.c.id).where(is_new),
        select(read.c.id).where(read.c.producer_id.in_(select(read.c.run_id).where(is_new))),
        _reads_of_same_content(applied),
        _reads_of_same_name(applied),
        *_reads_by_known_runs(applied),
        _reads_after_new_first(applied),
    )
    producer = func.coalesce(_same_version(), _same_content(), _skewed_content(), _same_name())
    derive = update(read).where(read.c.id.in_(changed)).values(producer_id=producer)
    chosen = choose(applied.completed) if applied.completed else {}
    derived = connection.execute(derive.returning(read.c.run_id), chosen)
    note_changed_runs(connection, derived.scalars())


def _reads_of_same_content(applied: Applied) -> Select[Any]:
    """Select the reads of what was written now, or by runs of which more is known now.

    The end of a run may take reads of it back, and so make it the origin of what seemed a copy.
    """
    concerned = write.c.id >= applied.first_write
    if applied.completed:
        concerned |= write.c.run_id.in_(CHOSEN)
    if applied.introduced:
        concerned |= write.c.run_id.in_(_runs_of(applied.introduced))
    written, same = version.alias("written"), version.alias("same")
    return (
        select(read.c.id)
        .select_from(write)
        .join(written, written.c.id == write.c.version_id)
        .join(same, (same.c.digest == written.c.digest) & (written.c.digest != ""))
        .join(read, (read.c.version_id == same.c.id) & (read.c.at >= write.c.at - MOST_SKEW))
        .where(concerned)
    )


def _reads_by_known_runs(applied: Applied) -> list[Select[Any]]:
    """Select the reads of runs of which only now is known on which host they ran."""
    runs: list[Any] = [_runs_of(applied.introduced)] if applied.introduced else []
    runs += [CHOSEN] if applied.completed else []
    return [select(read.c.id).where(read.c.run_id.in_(some)) for some in runs]


def _reads_after_new_first(applied: Applied) -> Select[Any]:
    """Select the reads of files of which another read is now known to be the first."""
    earlier = read.alias("earlier")
    first_before = (
        select(func.min(earlier.c.at))
        .where(earlier.c.version_id == read.c.version_id, earlier.c.id < applied.first_read)
        .correlate(read)
        .scalar_subquery()
    )
    versions = (
        select(read.c.version_id)
        .join(version, version.c.id == read.c.version_id)
        .where(read.c.id >= applied.first_read, version.c.kind == "file", read.c.at < first_before)
    )
    return select(read.c.id).where(
        read.c.version_id.in_(versions) | read.c.version_id.in_(applied.unread)
    )


def _runs_of(processes: tuple[int, ...]) -> Select[Any]:
    return select(run.c.id).where(run.c.process_id.in_(processes))


def _reads_of_same_name(applied: Applied) -> Select[Any]:
    """Select the reads after a new write, and after a write whose run is now known to be over."""
    concerned = write.c.id >= applied.first_write
    if applied.completed:
        concerned |= write.c.run_id.in_(CHOSEN)
    return (
        select(read.c.id)
        .select_from(write)
        .join(read, (read.c.artifact_id == write.c.artifact_id) & (read.c.at >= write.c.at))
        .where(concerned)
    )


def _same_version() -> ScalarSelect[Any]:
    """Find the latest run that wrote this content under this name before the read."""
    return (
        select(write.c.run_id)
        .join(version, version.c.id == write.c.version_id)
        .join(run, run.c.id == write.c.run_id)
        .where(
            write.c.version_id == read.c.version_id,
            write.c.at <= read.c.at,
            write.c.run_id != read.c.run_id,
            version.c.digest != "",
        )
        .order_by(*_LATEST)
        .limit(1)
        .correlate(read)
        .scalar_subquery()
    )


def _same_content() -> ScalarSelect[Any]:
    """Find the latest run that wrote this content under any name before the read."""
    mine = version.alias("mine")
    return (
        _writers_of_content(mine)
        .where(
            ~_was_there_before(mine),
            write.c.at <= read.c.at,
            write.c.run_id != read.c.run_id,
        )
        .order_by(*_LATEST)
        .limit(1)
        .correlate(read)
        .scalar_subquery()
    )


def _writers_of_content(mine: Any) -> Select[Any]:
    """Select the runs that wrote what was read, which is not trivial, under any name."""
    same = version.alias("same")
    return (
        select(write.c.run_id)
        .select_from(mine)
        .join(same, (same.c.digest == mine.c.digest) & (mine.c.digest != ""))
        .join(write, write.c.version_id == same.c.id)
        .join(run, run.c.id == write.c.run_id)
        .where(mine.c.id == read.c.version_id, mine.c.is_trivial.is_(False))
    )


def _was_there_before(mine: Any) -> Any:
    """Tell whether a file was read before any run wrote its content."""
    seen, made = read.alias("seen"), write.alias("made")
    content = version.alias("content")
    first_read = (
        select(func.min(seen.c.at))
        .where(seen.c.version_id == mine.c.id)
        .correlate(mine)
        .scalar_subquery()
    )
    first_write = (
        select(func.min(made.c.at))
        .select_from(content)
        .join(made, made.c.version_id == content.c.id)
        .where(content.c.digest == mine.c.digest)
        .correlate(mine)
        .scalar_subquery()
    )
    return (mine.c.kind == "file") & (first_read < first_write)


def _skewed_content() -> ScalarSelect[Any]:
    """Find the run of another host that wrote this content first, seemingly just after the read.

    A run that read the content itself did not make it, but a copy.
    """
    mine = version.alias("mine")
    reader, there, here = run.alias("reader"), process.alias("there"), process.alias("here")
    before, known = read.alias("before"), version.alias("known")
    is_copy = (
        select(before.c.id)
        .join(known, known.c.id == before.c.version_id)
        .where(before.c.run_id == write.c.run_id, known.c.digest == mine.c.digest)
        .correlate(write, mine)
        .exists()
    )
    return (
        _writers_of_content(mine)
        .join(there, there.c.id == run.c.process_id)
        .join(reader, reader.c.id == read.c.run_id)
        .join(here, here.c.id == reader.c.process_id)
        .where(
            write.c.at.between(read.c.at, read.c.at + MOST_SKEW),
            there.c.host != here.c.host,
            there.c.host != "",
            here.c.host != "",
            ~is_copy,
        )
        .order_by(write.c.at, run.c.uid)
        .limit(1)
        .correlate(read)
        .scalar_subquery()
    )


def _same_name() -> ScalarSelect[Any]:
    """Find the latest run that wrote this name and had finished when it was read."""
    return (
        select(write.c.run_id)
        .join(run, run.c.id == write.c.run_id)
        .where(
            write.c.artifact_id == read.c.artifact_id,
            write.c.at <= read.c.at,
            write.c.run_id != read.c.run_id,
            write.c.in_place.is_(False),
            run.c.ended_at <= read.c.at,
        )
        .order_by(*_LATEST)
        .limit(1)
        .correlate(read)
        .scalar_subquery()
    )
