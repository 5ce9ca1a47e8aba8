"""Moves facts from the spool into the catalog, each exactly once.

The offset up to which a spool file was read is committed in the same transaction as its rows, so a
reader that dies on the way changes nothing. Readers that race wait for each other.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from mltrace.store import spool
from mltrace.store.applying import apply_facts
from mltrace.store.deriving import derive_producers
from mltrace.store.keys import ensure, insert_ignoring
from mltrace.store.schema import process, run, spool_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence, Set
    from pathlib import Path

    from sqlalchemy import Connection

    from mltrace.store.catalog import Catalog
    from mltrace.store.facts import AnyFact
    from mltrace.store.spool import SpoolFile

_BATCH_BYTES: Final = 4 * 1024 * 1024
_BATCH_FILES: Final = 2_000


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
        """Move all that is pending; return how much that was.

        Where the store is read-only, what is pending stays where it is.
        """
        num_facts = num_skipped = 0
        pending = self._pending() if not self._catalog.is_read_only else []
        while pending:
            batch = self._drain_batch(pending[:_BATCH_FILES])
            num_facts += batch.num_facts
            num_skipped += batch.num_skipped
            # As large as they were found: a busy writer must not keep its reader here for ever.
            pending = [file for file in pending if batch.leaves(file)]
        return Drained(num_facts, num_skipped)

    def _pending(self) -> list[SpoolFile]:
        """List the files with new bytes, and those of writers that are gone."""
        files = spool.list_files(self._folder)
        seen = self._seen = {file.name: self._seen.get(file.name, 0) for file in files}
        return [
            file for file in files if file.size > seen[file.name] or not spool.is_written(file.path)
        ]

    def _drain_batch(self, files: Sequence[SpoolFile]) -> _Batch:
        """Read up to a batch of bytes in one transaction."""
        batch = _Batch()
        with self._catalog.write() as connection:
            offsets = _offsets(connection, [file.name for file in files])
            for file in files:
                batch.read(file, offsets.get(file.name, 0))
                if batch.num_bytes >= _BATCH_BYTES:
                    break
            num_unfit = _apply(connection, batch.facts)
            _save_offsets(connection, batch, is_known=offsets.__contains__)
            self._retire(connection, batch.finished)
        self._seen.update({name: end for name, (_, end) in batch.stretches.items()})
        for file in batch.finished:
            _remove(file.path)
        batch.num_facts = len(batch.facts) - num_unfit
        batch.num_skipped += num_unfit
        return batch

    def _retire(self, connection: Connection, finished: Iterable[SpoolFile]) -> None:
        """Mark the unfinished runs of processes that are gone as aborted."""
        gone = {file.process for file in finished}
        if not gone:
            return
        present = spool.list_files(self._folder)
        _forget_files(connection, {file.name for file in present})
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


@dataclass(slots=True)
class _Batch:
    """What one transaction moves.

    Attributes
    ----------
    stretches : dict of str to (int, int)
        From which offset to which the files were read, by name.
    skipped : dict of str to int
        Lines that were cut or corrupt, by file name.
    finished : list of SpoolFile
        The files that are read to the end and that nobody writes any more.
    """

    facts: list[AnyFact] = field(default_factory=list)
    stretches: dict[str, tuple[int, int]] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    finished: list[SpoolFile] = field(default_factory=list)
    num_bytes: int = 0
    num_facts: int = 0
    num_skipped: int = 0

    def read(self, file: SpoolFile, start: int) -> None:
        """Read whole lines of a file, as far as the batch has room."""
        # Asked before reading: what a writer appends later is for the next drain.
        is_gone = not spool.is_written(file.path)
        try:
            lines, end = spool.read_lines(file.path, start, _BATCH_BYTES - self.num_bytes)
        except FileNotFoundError:
            lines, end = [], start
        facts = [fact for line in lines if (fact := spool.parse(line)) is not None]
        num_skipped = len(lines) - len(facts)
        size = _size(file.path)
        if is_gone and end == start < size:
            # All that is left is a line that its writer did not live to finish.
            num_skipped, end = 1, size
        self.facts += facts
        self.stretches[file.name] = start, end
        self.num_bytes += end - start
        if num_skipped:
            self.skipped[file.name] = num_skipped
            self.num_skipped += num_skipped
        if is_gone and end >= size:
            self.finished.append(file)

    def leaves(self, file: SpoolFile) -> bool:
        """Tell whether a file has more to read: it had no turn, or its turn was too short."""
        if file.name not in self.stretches:
            return True
        start, end = self.stretches[file.name]
        return start < end < file.size


def _apply(connection: Connection, facts: Sequence[AnyFact]) -> int:
    """Apply facts, and leave out those that cannot be; return how many these are.

    A fact that no catalog can hold must not keep back the others for ever, so a batch that fails
    is halved until the culprit stands alone.
    """
    if not facts:
        return 0
    try:
        with connection.begin_nested():
            derive_producers(connection, apply_facts(connection, facts))
    except (ValueError, TypeError, LookupError, OverflowError, StatementError) as error:
        if isinstance(error, DBAPIError) and not isinstance(error, DataError | IntegrityError):
            raise  # the fault is with the store, not with a fact
        if len(facts) == 1:
            return 1
        middle = len(facts) // 2
        return _apply(connection, facts[:middle]) + _apply(connection, facts[middle:])
    return 0


def _offsets(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    query = select(spool_file.c.name, spool_file.c.offset).where(spool_file.c.name.in_(names))
    return {row.name: row.offset for row in connection.execute(query)}


def _save_offsets(
    connection: Connection, batch: _Batch, *, is_known: Callable[[str], bool]
) -> None:
    """Note how far the files are read, and mark the processes whose lines were skipped."""
    new = [name for name in batch.stretches if not is_known(name)]
    insert_ignoring(connection, spool_file, [{"name": name, "offset": 0} for name in new])
    mine = spool_file.c.name == bindparam("file")
    ends = [{"file": name, "end": end} for name, (_, end) in batch.stretches.items()]
    moved = update(spool_file).where(mine).values(offset=bindparam("end"))
    connection.execute(moved, ends)
    if batch.skipped:
        counts: Counter[str] = Counter()
        for name, count in batch.skipped.items():
            counts[spool.process_of(name)] += count
        keys = ensure(connection, process.c.uid, counts)
        total = process.c.num_skipped + bindparam("count")
        rows = [{"key": keys[uid], "count": count} for uid, count in counts.items()]
        marked = update(process).where(process.c.id == bindparam("key")).values(num_skipped=total)
        connection.execute(marked, rows)


def _forget_files(connection: Connection, present: Set[str]) -> None:
    """Forget the offsets of files that are not there any more."""
    known = connection.execute(select(spool_file.c.name)).scalars()
    rows = [{"file": name} for name in known if name not in present]
    if rows:
        connection.execute(delete(spool_file).where(spool_file.c.name == bindparam("file")), rows)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
