"""Removes all that a store has of some ids of a task, in an order in which a kill does no harm.

Rows go first, then files that held them, then caches, at last what the catalog's own file has of
what was removed. Each step looks at what is there, whoever did a part of it before, so that the
whole is repeated after a kill; and each one that cannot be done now says so.
"""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from blake3 import blake3
from sqlalchemy import select

from mltrace.errors import StoreError, not_installed
from mltrace.importing import late
from mltrace.lineage.retraction.forgetting import forget_outputs
from mltrace.records import RetractedPredictions
from mltrace.store.blanking import blank_lines
from mltrace.store.database.schema import process, spool_file
from mltrace.store.examining.report import numbered
from mltrace.store.facts import FlagFact, IdsFact
from mltrace.store.kept.sharing import check_not_shared
from mltrace.store.lake.erasures import note_erased
from mltrace.store.lake.tending import turn_to_compact
from mltrace.store.spool import list_files, process_of
from mltrace.store.task_facts import BatchFact, FeedbackFact, PredictionFact
from mltrace.workspace.tasks.state_files import empty_kept

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from mltrace.records.tasks import TaskStatus
    from mltrace.store.facts import AnyFact
    from mltrace.store.lake.erasing import Held
    from mltrace.store.opening import Store

_LOOKS: Final = 10
_LOOK_EVERY_SECONDS: Final = 0.05
"""How often, and how long after one another, it is looked for batches that are just logged."""


def find_predictions(
    store: Store, connection: Connection, task: TaskStatus, ids: Collection[str]
) -> RetractedPredictions:
    """Count the rows that ids of a task have.

    Raises
    ------
    NotEvaluatedError
        If pyarrow is not installed.
    """
    _check_readable()
    with late():
        from mltrace.store.lake.erasing import find_held
    held = find_held(connection, store.location, task.name, ids)
    return RetractedPredictions(
        task=task.name, num_ids=len(ids), left=tuple(_unreadable(held)), **_counts(task, held)
    )


def purge_predictions(store: Store, task: TaskStatus, ids: Collection[str]) -> RetractedPredictions:
    """Remove the rows that ids of a task have, and whatever else the store has of these rows.

    Raises
    ------
    StoreError
        If the store cannot be written, another one shares its files, somebody compacts it for
        minutes, or there is no room; what was removed so far is.
    NotEvaluatedError
        If pyarrow is not installed.
    """
    _check_readable()
    store.catalog.check_writable()
    check_not_shared(store.location)
    with turn_to_compact(store.location) as is_ours:
        if not is_ours:
            raise StoreError(
                f"Another process compacts the store at {store.location.name} for minutes; nothing "
                "was removed. Try again once it is done."
            )
        try:
            return _Purge(store, task, ids).run()
        except OSError as error:
            raise StoreError(
                f"Not all of it could be removed from the store at {store.location.name}: {error}. "
                "What is gone is gone; repeat it for the rest."
            ) from error


class _Purge:
    """Removes ids of a task, and collects in words what is left."""

    def __init__(self, store: Store, task: TaskStatus, ids: Collection[str]) -> None:
        self._store, self._task, self._ids = store, task, frozenset(ids)
        self._left: list[str] = []
        self._elsewhere: list[str] = []

    def run(self) -> RetractedPredictions:
        with late():
            from mltrace.store.lake.erasing import Eraser
        store = self._store
        store.drain()
        eraser = Eraser(store.catalog, store.location, self._task.name, self._ids)
        found, left = eraser.run(store.on_progress)
        self._left += _unreadable(left)
        with store.catalog.write() as connection:
            num_flags = forget_outputs(connection, self._task.name, self._ids)
            erased_at = note_erased(connection, self._task.name)
        self._remove_files()
        self._blank_spools()
        self._empty_caches(erased_at)
        if not store.catalog.scrub():
            self._left.append("the file of the catalog, which another process uses")
        for kind, before in found.rows.items():
            before.subtract(left.rows[kind])
        return RetractedPredictions(
            task=self._task.name,
            num_ids=len(self._ids),
            num_segments=eraser.num_segments,
            num_flags=num_flags,
            is_purged=True,
            left=tuple(self._left),
            elsewhere=tuple(self._elsewhere),
            **_counts(self._task, found),
        )

    def _remove_files(self) -> None:
        with late():
            from mltrace.store.lake.leavings import remove_replaced, remove_unlisted
        store, name = self._store, self._task.name
        lake = store.location.lake
        remove_replaced(store.catalog, lake, name)
        waiting = remove_unlisted(store.catalog, lake, name, self._ids)
        for _ in range(_LOOKS):
            if not waiting:
                return
            time.sleep(_LOOK_EVERY_SECONDS)  # a batch is told of a moment after it is written
            store.drain()
            waiting = remove_unlisted(store.catalog, lake, name, self._ids)
        if waiting:
            files = numbered(len(waiting), "file that nobody lists", "files that nobody lists")
            self._left.append(f"{files} in {lake}, which can go once an hour old")

    def _blank_spools(self) -> None:
        store = self._store
        with store.catalog.read() as connection:
            refused = blank_lines(connection, store.location.spool, self._is_of_rows)
            if store.catalog.is_shared:
                self._elsewhere = _hosts_elsewhere(connection, store)
        if refused:
            files = numbered(len(refused), "spool file", "spool files")
            self._left.append(f"{files} of other users in {store.location.spool}")

    def _is_of_rows(self, fact: AnyFact) -> bool:
        """Tell whether a drained fact may hold rows; what else it holds is in the catalog."""
        if isinstance(fact, PredictionFact | FeedbackFact | BatchFact):
            return fact.task == self._task.name
        if isinstance(fact, IdsFact):
            return fact.name == self._task.name and not self._ids.isdisjoint(fact.ids)
        return isinstance(fact, FlagFact) and fact.kind == "id" and fact.subject in self._ids

    def _empty_caches(self, erased_at: int) -> None:
        location = self._store.location
        folder = location.matched / blake3(self._task.name.encode()).hexdigest(16)
        if not empty_kept(folder, erased_at):
            self._left.append(f"matched labels in {folder}, which another process keeps")
        if location.mirror.is_dir():
            from mltrace.store.mirroring.mirror import remove_stale
            from mltrace.store.mirroring.mirrored import MIRRORED

            with self._store.catalog.read() as connection:
                is_done = remove_stale(location.mirror, connection, MIRRORED["output_ids"])
            if not is_done:
                self._left.append(f"a copy of old rows that is being made in {location.mirror}")


def _check_readable() -> None:
    if find_spec("pyarrow") is None:
        raise not_installed("pyarrow", "find and remove predictions", install='"mltrace[frames]"')


def _counts(task: TaskStatus, held: Held) -> dict[str, Any]:
    predictions, labels = (+held.rows[kind] for kind in ("predictions", "feedback"))
    paired = predictions.keys() & labels.keys()
    counts_all = task.settings.get("repeats") == "all"
    return {
        "num_found": len(predictions.keys() | labels.keys()),
        "num_predictions": predictions.total(),
        "num_labels": labels.total(),
        "num_pairs": sum(predictions[one] for one in paired) if counts_all else len(paired),
    }


def _unreadable(held: Held) -> list[str]:
    if not held.unreadable:
        return []
    said = numbered(len(held.unreadable), "segment", "segments")
    return [f"whatever {said} hold that cannot be read; see mltrace doctor --deep"]


def _hosts_elsewhere(connection: Connection, store: Store) -> list[str]:
    """Tell which hosts have spool files, not yet at their end, that this machine does not see."""
    here = {file.name for file in list_files(store.location.spool)}
    names = connection.execute(select(spool_file.c.name)).scalars()
    writers = {process_of(name) for name in names if name not in here}
    hosts = connection.execute(select(process.c.uid, process.c.host))
    return sorted({row.host or "another machine" for row in hosts if row.uid in writers})
