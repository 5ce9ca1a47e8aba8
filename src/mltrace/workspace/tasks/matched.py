"""Matched labels of a task, brought up to date with what was logged, and kept for the next time."""

from __future__ import annotations

import contextlib
import os
import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from mltrace.errors import StoreCorruptError
from mltrace.store.lake.changes import segment_changes
from mltrace.store.lake.erasures import erased_at
from mltrace.store.lake.reading import LakeReader
from mltrace.store.location import make_folder
from mltrace.store.turns import hold_turn
from mltrace.tasks.matching.runs import MOST_ROWS
from mltrace.tasks.matching.state import MOST_NEW
from mltrace.times import now_ns
from mltrace.workspace.tasks.filling import read_rows
from mltrace.workspace.tasks.rows import (
    FEEDBACK_COLUMNS,
    feedback_rows,
    new_state,
    no_rows,
    prediction_columns,
    prediction_rows,
)
from mltrace.workspace.tasks.state_files import TURN, StateFiles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from mltrace.records.tasks import TaskStatus
    from mltrace.store.lake.reading import LeftOut
    from mltrace.store.lake.segments import Segment
    from mltrace.store.location import Location
    from mltrace.store.opening import Store
    from mltrace.tasks.matching.rows import FeedbackRows, PredictionRows
    from mltrace.tasks.matching.runs import Run
    from mltrace.tasks.matching.state import MatchingState

_TURN_SECONDS: Final = 30.0
"""How long it is waited for another process; then nothing is kept of what is found."""
_MOST_OPEN: Final = 16
"""How many tasks a process remembers, those asked for last."""
_opened: dict[str, MatchedTask] = {}
_opening = threading.Lock()


@contextmanager
def open_matched(
    store: Store, connection: Connection, task: TaskStatus, slices: Sequence[str] = ()
) -> Iterator[MatchedTask]:
    """Match what was logged of a task, and keep what is asked for the next time.

    Parameters
    ----------
    store : Store
    connection : Connection
        Reads its catalog.
    task : TaskStatus
    slices : sequence of str, optional
        The features by which statistics are wanted. If the task does not declare them all, its rows
        are read anew, and nothing is kept.

    Yields
    ------
    MatchedTask
        Its `state` answers. Other threads wait meanwhile.
    """
    declared = tuple(task.settings.get("slices", ()))
    if set(slices) <= set(declared):
        matched = _remembered(MatchedTask(store.location, task, declared))
    else:
        matched = MatchedTask(store.location, task, slices, is_kept=False)
    with matched.lock:
        matched.refresh(connection, is_writable=store.is_writable)
        yield matched
        matched.keep()


def _remembered(matched: MatchedTask) -> MatchedTask:
    """Give the one of the same name, if this process has it."""
    with _opening:
        known = _opened.pop(matched.name, matched)
        _opened[matched.name] = known
        if len(_opened) > _MOST_OPEN:
            del _opened[next(iter(_opened))]
    return known


def _forget_all() -> None:
    """Start afresh in a forked child: threads that it lacks may hold the locks, and write."""
    global _opened, _opening
    _opened, _opening = {}, threading.Lock()


os.register_at_fork(after_in_child=_forget_all)


class MatchedTask:
    """What is known of the labels of a task.

    Parameters
    ----------
    location : Location
        The store.
    task : TaskStatus
    slices : sequence of str
        The features by which statistics are wanted.
    is_kept : bool, default True
        Whether to look for what was matched before, and keep what is matched now.

    Attributes
    ----------
    state : MatchingState
        Answers what is known, after `refresh`.
    slices : tuple of str
        The features of its slices, in their order.
    left_out : list of LeftOut
        What could not be read of the lake the last time.
    """

    def __init__(
        self, location: Location, task: TaskStatus, slices: Sequence[str], *, is_kept: bool = True
    ) -> None:
        self.slices = tuple(slices)
        self.left_out: list[LeftOut] = []
        self.lock = threading.RLock()
        self._task = task
        self._lake = location.lake
        folder = location.matched / blake3(task.name.encode()).hexdigest(16)
        about = (task.name, task.kind, *sorted(task.settings.items()), self.slices)
        self._files = StateFiles(folder, about)
        self._is_kept = self._is_writable = is_kept
        self._writer: threading.Thread | None = None
        self._erased_at = 0
        self.name = f"{folder}\n{about}"
        self._begin()

    def _begin(self) -> None:
        self.state: MatchingState = new_state(self._task, len(self.slices))
        self._seen: frozenset[str] = frozenset()

    def refresh(
        self, connection: Connection, *, is_writable: bool = True, now: int | None = None
    ) -> None:
        """Bring the state up to date with all that the catalog lists.

        Parameters
        ----------
        connection : Connection
            Reads the catalog.
        is_writable : bool, default True
            Whether to keep what is found.
        now : int, optional
            The present moment, in microseconds; what is known later waits.
        """
        self._is_writable = self._is_kept and is_writable
        self._erased_at = erased_at(connection, self._task.name) if self._is_kept else 0
        with self._turn() as is_ours:
            if self._is_kept:
                self._load()
            now = now_ns() // 1_000 if now is None else now
            self._follow(connection, now, is_ours=is_ours)
            if is_ours:
                self._save()

    def keep(self) -> None:
        """Keep statistics that were asked for since, unless somebody else kept anything."""
        if self._files.has_statistics(self.state):
            return
        with self._turn() as is_ours:
            if is_ours and not self._files.are_others_news():
                self._save()

    def _load(self) -> None:
        """Take over what others have kept since, if it is whole."""
        if not self._files.are_others_news():
            return
        self._begin()
        try:
            self._seen = self._files.read_into(self.state)
        except StoreCorruptError:
            self._begin()

    def _save(self) -> None:
        """Keep what is small at once; what is large is written while the caller goes on."""
        large = self._files.unsaved(self.state)
        if not large:
            with contextlib.suppress(OSError):  # a full disk: then the next one begins anew
                self._files.save(self.state, self._seen)
        elif self._writer is None or not self._writer.is_alive():
            self._writer = threading.Thread(target=self._write, args=(large, self._erased_at))
            self._writer.start()

    def _write(self, runs: Sequence[Run], as_of: int) -> None:
        with contextlib.suppress(OSError, StoreCorruptError):
            names = self._files.save_runs(runs)
            with self.lock, self._turn() as is_ours:
                if not is_ours or as_of != self._erased_at:
                    self._files.remove(names)  # rows may have been removed since
                elif not self._files.are_others_news():
                    self._files.spill(self.state)
                    self._files.save(self.state, self._seen)

    def settle(self) -> None:
        """Wait until all that is being kept is written."""
        if self._writer is not None:
            self._writer.join()

    def _follow(self, connection: Connection, now: int, *, is_ours: bool) -> None:
        changes = segment_changes(connection, self._task.name, self._seen)
        if changes.are_rows_gone or changes.num_repeated > MOST_NEW * len(self.state):
            self._begin()
            changes = segment_changes(connection, self._task.name, ())
        if changes.new:
            self._files.prefetch()
        reader = LakeReader(connection, self._lake)
        portions = _portions(changes.new)
        for place, segments in enumerate(portions):
            self.state.add(*self._rows(reader, segments), now=now)
            self.state.merge_runs()
            if is_ours and place + 1 < len(portions):
                with contextlib.suppress(OSError, StoreCorruptError):
                    self._files.spill(self.state)
        if not changes.new and self.state.later is not None:
            self.state.add(*no_rows(self.state), now=now)
        self.left_out = reader.left_out
        self._seen = changes.live.difference(one.segment.uid for one in reader.left_out)

    def _rows(
        self, reader: LakeReader, segments: Sequence[Segment]
    ) -> tuple[PredictionRows, FeedbackRows]:
        predictions, feedback = no_rows(self.state)
        mine = [segment for segment in segments if segment.kind == "predictions"]
        theirs = [segment for segment in segments if segment.kind == "feedback"]
        columns = prediction_columns(self.state, self.slices)
        make = partial(prediction_rows, state=self.state, slices=self.slices)
        make_labels = partial(feedback_rows, state=self.state)
        return (
            read_rows(reader, mine, columns, make, like=predictions),
            read_rows(reader, theirs, FEEDBACK_COLUMNS, make_labels, like=feedback),
        )

    @contextmanager
    def _turn(self) -> Iterator[bool]:
        """Wait for the turn of this process; False if nothing can be kept, or may be."""
        with contextlib.ExitStack() as stack:
            is_ours = False
            if self._is_writable:
                with contextlib.suppress(OSError):
                    make_folder(self._files.folder)
                    turn = hold_turn(self._files.folder / TURN, seconds=_TURN_SECONDS)
                    is_ours = stack.enter_context(turn) and self._files.is_as_of(self._erased_at)
            yield is_ours


def _portions(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Part segments such that the rows of each part are not too many to be held."""
    portions: list[list[Segment]] = []
    num_rows = MOST_ROWS
    for segment in segments:
        if num_rows + segment.num_rows > MOST_ROWS:
            portions.append([])
            num_rows = 0
        portions[-1].append(segment)
        num_rows += segment.num_rows
    return portions
