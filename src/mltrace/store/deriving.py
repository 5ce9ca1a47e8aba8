"""Derives lineage: which run wrote what another run read.

Nothing is declared. A read belongs to the run that wrote the same content: under the same name
first, else under any name unless the content is trivial, the latest before the read; else to the
latest writer of that name that had finished before the read began. The answer depends on the facts
only, not on the order in which they came: a write that comes late takes over the reads after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, union, update

from mltrace.store.schema import read, run, version, write

if TYPE_CHECKING:
    from sqlalchemy import Connection, ScalarSelect, Select

    from mltrace.store.applying import Applied


_LATEST: Final = (write.c.at.desc(), run.c.uid.desc())
"""Of writes at the same time, that of the run with the greater id counts."""


def derive_producers(connection: Connection, applied: Applied) -> None:
    """Find the producers of the new reads, and again of the reads that new writes may change."""
    changed = union(
        select(read.c.id).where(read.c.id >= applied.first_read),
        _reads_of_same_content(applied.first_write),
        _reads_of_same_name(applied),
    )
    producer = func.coalesce(_same_version(), _same_content(), _same_name())
    connection.execute(update(read).where(read.c.id.in_(changed)).values(producer_id=producer))


def _reads_of_same_content(first_write: int) -> Select[Any]:
    written, same = version.alias("written"), version.alias("same")
    return (
        select(read.c.id)
        .select_from(write)
        .join(written, written.c.id == write.c.version_id)
        .join(same, (same.c.digest == written.c.digest) & (written.c.digest != ""))
        .join(read, (read.c.version_id == same.c.id) & (read.c.at >= write.c.at))
        .where(write.c.id >= first_write)
    )


def _reads_of_same_name(applied: Applied) -> Select[Any]:
    """Select the reads after a new write, and after a write whose run is now known to be over."""
    concerned = write.c.id >= applied.first_write
    if applied.finished:
        concerned |= write.c.run_id.in_(applied.finished)
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
    mine, same = version.alias("mine"), version.alias("same")
    return (
        select(write.c.run_id)
        .select_from(mine)
        .join(same, (same.c.digest == mine.c.digest) & (mine.c.digest != ""))
        .join(write, write.c.version_id == same.c.id)
        .join(run, run.c.id == write.c.run_id)
        .where(
            mine.c.id == read.c.version_id,
            mine.c.is_trivial.is_(False),
            write.c.at <= read.c.at,
            write.c.run_id != read.c.run_id,
        )
        .order_by(*_LATEST)
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
