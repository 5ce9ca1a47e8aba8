"""Moves facts from the spool into the catalog, each exactly once.

The offset up to which a spool file was read is committed in the same transaction as its rows, so a
reader that dies on the way changes nothing. Readers that race wait for each other.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, select, update

from mltrace.store import spool
from mltrace.store.collector import collector_paused
from mltrace.store.database.keys import ensure, insert_ignoring
from mltrace.store.database.schema import process, skipped, spool_file
from mltrace.store.progress import no_progress
from mltrace.store.rows.batches import apply_batch, end_processes
from mltrace.store.spool import SkipReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence, Set
    from pathlib import Path

    from sqlalchemy import Connection

    from mltrace.store.database.catalog import Catalog
    from mltrace.store.facts import AnyFact
    from mltrace.store.progress import Progress
    from mltrace.store.spool import SpoolFile

_BATCH_BYTES: Final = 4 * 1024 * 1024
_BATCH_FILES: Final = 2_000


@dataclass(frozen=True, slots=True)
class Drained:
    """What a drain moved: facts, and lines that were skipped, by reason."""

    num_facts: int = 0
    skipped: Mapping[SkipReason, int] = field(default_factory=dict)


class Drain:
    """Drains one spool folder into one catalog.

    It remembers how far it has read, so that a drain with nothing new costs a look at the folder.

    Parameters
    ----------
    catalog : Catalog
        Where the facts go.
    folder : Path
        The spool folder.
    on_progress : Progress
        Is told how many bytes of how many are drained.
    is_taking : bool
        Whether the files of writers that are gone are removed once they are drained.
    """

    def __init__(
        self,
        catalog: Catalog,
        folder: Path,
        on_progress: Progress = no_progress,
        *,
        is_taking: bool = True,
    ) -> None:
        self._catalog = catalog
        self._folder = folder
        self._is_taking = is_taking
        self._on_progress = on_progress
        self._seen: dict[str, int] = {}
        self._num_opened = 0

    def run(self) -> Drained:
        """Move all that is pending; return how much that was.

        Where the store is read-only, what is pending stays where it is.
        """
        num_facts = 0
        total: Counter[SkipReason] = Counter()
        pending = self._pending() if not self._catalog.is_read_only else []
        done, size = 0, sum(file.size - self._seen[file.name] for file in pending)
        while pending:
            batch = self._drain_batch(pending[:_BATCH_FILES])
            num_facts += batch.num_facts
            done += batch.num_bytes
            self._on_progress("Reading what was logged", min(done, size), size)
            for (_, reason), number in batch.skipped.items():
                total[reason] += number
            # As large as they were found: a busy writer must not keep its reader here for ever.
            pending = [file for file in pending if batch.leaves(file)]
        return Drained(num_facts, total)

    def _pending(self) -> list[SpoolFile]:
        """List the files with new bytes, and those of writers that are gone."""
        self._catalog.prepare()
        if self._num_opened != self._catalog.num_opened:
            self._num_opened = self._catalog.num_opened
            self._seen = {}  # that was read into another catalog
        files = spool.list_files(self._folder)
        seen = self._seen = {file.name: self._seen.get(file.name, 0) for file in files}
        return [
            file
            for file in files
            if file.size != seen[file.name] or not spool.is_written(file.path)
        ]

    @collector_paused()
    def _drain_batch(self, files: Sequence[SpoolFile]) -> _Batch:
        """Read up to a batch of bytes in one transaction."""
        batch = _Batch()
        with self._catalog.write() as connection:
            offsets = read_offsets(connection, [file.name for file in files])
            for file in files:
                batch.read(file, offsets.get(file.name, 0))
                if batch.num_bytes >= _BATCH_BYTES:
                    break
            batch.leave_out(apply_batch(connection, list(chain(*batch.facts.values()))))
            _save_offsets(connection, batch, is_known=offsets.__contains__)
            _save_skipped(connection, batch.skipped)
            self._retire(connection, batch.finished)
        self._seen.update({name: end for name, (_, end) in batch.stretches.items()})
        if self._is_taking:
            self._remove(batch.finished)
        return batch

    def _remove(self, finished: Sequence[SpoolFile]) -> None:
        """Remove files that are read to the end, and forget them where others drain as well."""
        for file in finished:
            _remove(file.path)
        if finished:
            spool.remove_unborn(self._folder)
        if finished and self._catalog.is_shared:
            with self._catalog.write() as connection:
                _forget_files(connection, [file.name for file in finished])

    def _retire(self, connection: Connection, finished: Iterable[SpoolFile]) -> None:
        """Mark the unfinished runs of processes that are gone as aborted."""
        gone = {file.process for file in finished}
        if not gone:
            return
        present = spool.list_files(self._folder)
        if not self._catalog.is_shared:
            _forget_missing_files(connection, {file.name for file in present})
        names = {file.name for file in finished}
        gone -= {file.process for file in present if file.name not in names}
        end_processes(connection, gone)


@dataclass(slots=True)
class _Batch:
    """What one transaction moves.

    Attributes
    ----------
    facts : dict of str to list
        The facts of the files, by name.
    stretches : dict of str to (int, int)
        From which offset to which the files were read, by name.
    skipped : Counter of (str, SkipReason)
        Lines that were skipped, by the process that wrote them and the reason.
    finished : list of SpoolFile
        The files that are read to the end and that nobody writes any more.
    """

    facts: dict[str, list[AnyFact]] = field(default_factory=dict)
    stretches: dict[str, tuple[int, int]] = field(default_factory=dict)
    skipped: Counter[tuple[str, SkipReason]] = field(default_factory=Counter)
    finished: list[SpoolFile] = field(default_factory=list)
    num_bytes: int = 0

    @property
    def num_facts(self) -> int:
        """How many facts it moves."""
        return sum(map(len, self.facts.values()))

    def read(self, file: SpoolFile, start: int) -> None:
        """Read whole lines of a file, as far as the batch has room."""
        # Asked before reading: what a writer appends later is for the next drain.
        is_gone = not spool.is_written(file.path)
        if start > _size(file.path):
            start = 0  # someone cut it short, and facts may well be applied twice
        try:
            lines, end = spool.read_lines(file.path, start, _BATCH_BYTES - self.num_bytes)
        except FileNotFoundError:
            lines, end = [], start
        facts = self.facts[file.name] = []
        for line in lines:
            parsed = spool.parse(line)
            if isinstance(parsed, SkipReason):
                self.skipped[file.process, parsed] += 1
            else:
                facts.append(parsed)
        size = _size(file.path)
        if is_gone and end == start < size:
            # All that is left is a line that its writer did not live to finish.
            self.skipped[file.process, SkipReason.UNFINISHED] += 1
            end = size
        self.stretches[file.name] = start, end
        self.num_bytes += end - start
        if is_gone and end >= size:
            self.finished.append(file)

    def leave_out(self, unfit: Iterable[AnyFact]) -> None:
        """Take note of facts that no catalog can hold."""
        left_out = {id(fact) for fact in unfit}
        for name, facts in self.facts.items() if left_out else ():
            fit = [fact for fact in facts if id(fact) not in left_out]
            if len(fit) < len(facts):
                writer = spool.process_of(name)
                self.skipped[writer, SkipReason.UNFIT] += len(facts) - len(fit)
                self.facts[name] = fit

    def leaves(self, file: SpoolFile) -> bool:
        """Tell whether a file has more to read: it had no turn, or its turn was too short."""
        if file.name not in self.stretches:
            return True
        start, end = self.stretches[file.name]
        return start < end < file.size


def read_offsets(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    """Tell how far spool files were read, by name."""
    query = select(spool_file.c.name, spool_file.c.offset).where(spool_file.c.name.in_(names))
    return {row.name: row.offset for row in connection.execute(query)}


def _save_offsets(
    connection: Connection, batch: _Batch, *, is_known: Callable[[str], bool]
) -> None:
    """Note how far the files are read."""
    new = [name for name in batch.stretches if not is_known(name)]
    insert_ignoring(connection, spool_file, [{"name": name, "offset": 0} for name in new])
    mine = spool_file.c.name == bindparam("file")
    ends = [{"file": name, "end": end} for name, (_, end) in batch.stretches.items()]
    moved = update(spool_file).where(mine).values(offset=bindparam("end"))
    connection.execute(moved, ends)


def save_skipped_at_least(
    connection: Connection, lines: Mapping[tuple[str, SkipReason], int]
) -> None:
    """Let no fewer lines count as skipped than another catalog has counted."""
    if not lines:
        return
    keys = ensure(connection, process.c.uid, [uid for uid, _ in lines])
    rows = [
        {"process_id": keys[uid], "reason": reason, "num": number}
        for (uid, reason), number in lines.items()
    ]
    insert_ignoring(connection, skipped, rows)
    for row in rows:
        mine = (skipped.c.process_id == row["process_id"]) & (skipped.c.reason == row["reason"])
        fewer = skipped.c.num < row["num"]
        connection.execute(update(skipped).where(mine, fewer).values(num=row["num"]))


def _save_skipped(connection: Connection, lines: Mapping[tuple[str, SkipReason], int]) -> None:
    """Count the lines that were skipped, by the process that wrote them and the reason."""
    if not lines:
        return
    keys = ensure(connection, process.c.uid, [uid for uid, _ in lines])
    rows = [
        {"process": keys[uid], "why": reason, "more": number}
        for (uid, reason), number in lines.items()
    ]
    new = [{"process_id": row["process"], "reason": row["why"], "num": 0} for row in rows]
    insert_ignoring(connection, skipped, new)
    mine = (skipped.c.process_id == bindparam("process")) & (skipped.c.reason == bindparam("why"))
    counted = update(skipped).where(mine).values(num=skipped.c.num + bindparam("more"))
    connection.execute(counted, rows)


def _forget_missing_files(connection: Connection, present: Set[str]) -> None:
    """Forget the offsets of files that are not there any more."""
    known = connection.execute(select(spool_file.c.name)).scalars()
    _forget_files(connection, [name for name in known if name not in present])


def _forget_files(connection: Connection, names: Sequence[str]) -> None:
    rows = [{"file": name} for name in names]
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
