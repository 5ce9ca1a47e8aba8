"""Moves facts from the spool into the catalog, each exactly once.

The offset up to which a spool file was read is committed in the same transaction as its rows, so a
reader that dies on the way changes nothing. Readers that race wait for each other.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, update

from mltrace.store import spool
from mltrace.store.applying import apply_facts
from mltrace.store.deriving import derive_producers
from mltrace.store.keys import insert_ignoring
from mltrace.store.schema import process, run, spool_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from mltrace.store.catalog import Catalog
    from mltrace.store.facts import AnyFact
    from mltrace.store.spool import SpoolFile

_BATCH_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Drained:
    """What a drain moved: facts, and lines that were skipped because they are cut or corrupt."""

    num_facts: int = 0
    num_skipped: int = 0


class Drain:
    """Drains one spool folder into one catalog.

    It remembers how far it has read, so that a drain with nothing new costs a look at the folder.
    """

    def __init__(self, catalog: Catalog, folder: Path) -> None:
        self._catalog = catalog
        self._folder = folder
        self._seen: dict[str, int] = {}

    def run(self) -> Drained:
        """Move all that is pending; return how much that was."""
        num_facts = num_skipped = 0
        pending = self._pending()
        while pending:
            facts, skipped = self._drain_batch(pending)
            num_facts += facts
            num_skipped += skipped
            if not facts and not skipped:
                break
            # As large as they were found: a busy writer must not keep its reader here for ever.
            pending = [file for file in pending if self._seen[file.name] < file.size]
        return Drained(num_facts, num_skipped)

    def _pending(self) -> list[SpoolFile]:
        """List the files with new bytes, and those of writers that are gone."""
        files = spool.list_files(self._folder)
        self._seen = {file.name: self._seen.get(file.name, 0) for file in files}
        return [
            file
            for file in files
            if file.size > self._seen[file.name] or not spool.is_written(file.path)
        ]

    def _drain_batch(self, files: Sequence[SpoolFile]) -> tuple[int, int]:
        """Read up to a batch of bytes in one transaction; count the facts and skipped lines."""
        room = _BATCH_BYTES
        facts: list[AnyFact] = []
        num_skipped = 0
        finished: list[SpoolFile] = []
        ends: dict[str, int] = {}
        with self._catalog.write() as connection:
            offsets = _offsets(connection, [file.name for file in files])
            for file in files:
                start = offsets.get(file.name, 0)
                # Asked before reading: what a writer appends later is for the next drain.
                is_gone = not spool.is_written(file.path)
                new, skipped, end = _read_facts(file.path, start, room, is_gone=is_gone)
                facts += new
                num_skipped += skipped
                ends[file.name] = end
                _save_offset(connection, file.name, end, skipped, is_new=file.name not in offsets)
                room -= end - start
                if is_gone and end >= _size(file.path):
                    finished.append(file)
                if room <= 0:
                    break
            if facts:
                derive_producers(connection, apply_facts(connection, facts))
            self._retire(connection, finished)
        self._seen.update(ends)
        for file in finished:
            _remove(file.path)
        return len(facts), num_skipped

    def _retire(self, connection: Connection, finished: Iterable[SpoolFile]) -> None:
        """Mark the unfinished runs of processes that are gone as aborted."""
        gone = {file.process for file in finished}
        if not gone:
            return
        present = spool.list_files(self._folder)
        there = [file.name for file in present]
        connection.execute(delete(spool_file).where(spool_file.c.name.not_in(there)))
        names = {file.name for file in finished}
        gone -= {file.process for file in present if file.name not in names}
        if not gone:
            return
        ids = select(process.c.id).where(process.c.uid.in_(gone))
        connection.execute(
            update(run)
            .where(run.c.process_id.in_(ids), run.c.status == "running")
            .values(status="aborted")
        )
        connection.execute(update(process).where(process.c.uid.in_(gone)).values(is_gone=True))


def _offsets(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    query = select(spool_file.c.name, spool_file.c.offset).where(spool_file.c.name.in_(names))
    return {row.name: row.offset for row in connection.execute(query)}


def _save_offset(
    connection: Connection, name: str, offset: int, skipped: int, *, is_new: bool
) -> None:
    if is_new:
        row = {"name": name, "offset": offset, "num_skipped": skipped}
        insert_ignoring(connection, spool_file, [row])
        return
    connection.execute(
        update(spool_file)
        .where(spool_file.c.name == name)
        .values(offset=offset, num_skipped=spool_file.c.num_skipped + skipped)
    )


def _read_facts(
    path: str, start: int, limit: int, *, is_gone: bool
) -> tuple[list[AnyFact], int, int]:
    """Read whole lines; the cut last line of a writer that is gone counts as skipped."""
    facts: list[AnyFact] = []
    num_skipped, end = 0, start
    try:
        for line, behind in spool.read_lines(path, start, limit):
            end = behind
            fact = spool.parse(line)
            if fact is None:
                num_skipped += 1
            else:
                facts.append(fact)
    except FileNotFoundError:
        return facts, num_skipped, end
    size = _size(path)
    if is_gone and end < size and next(spool.read_lines(path, end, limit), None) is None:
        return facts, num_skipped + 1, size
    return facts, num_skipped, end


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
