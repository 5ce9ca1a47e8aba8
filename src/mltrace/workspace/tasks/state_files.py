"""The files in which what was matched is kept, so that it need not be matched again.

A folder for each task has a manifest, runs of rows, and series of statistics. Nothing in it is
changed: files are added, then a manifest in the place of the old one says which there are, and the
others are removed. All of it is a cache; whatever is not as expected is not believed.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mltrace.errors import StoreCorruptError
from mltrace.store.lake import id_hashes
from mltrace.store.lake.cache_files import boot_id, prefetch, read_checked, write_checked
from mltrace.store.location import make_folder
from mltrace.store.turns import hold_turn
from mltrace.workspace.tasks.run_files import read_later, read_run, write_later, write_run
from mltrace.workspace.tasks.series_files import read_statistics, write_statistics

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mltrace.tasks.matching.codes import Codes
    from mltrace.tasks.matching.runs import Run
    from mltrace.tasks.matching.state import MatchingState

_VERSION: Final = f"1, ids {id_hashes.VERSION}"
_MANIFEST: Final = "manifest"
TURN: Final = "turn"
"""The file that is locked by whoever keeps something."""
ERASED: Final = "erased"
"""The file that says as of which removal of rows the others are (`mltrace.store.lake.erasures`)."""
_TURN_SECONDS: Final = 30.0
_MOST_BEHIND: Final = 100_000
"""How many rows may be in runs and not in the statistics that are kept."""
_LARGE_ROWS: Final = 1_000_000
_SURELY_LEFT_SECONDS: Final = 600
"""Files of this age that no manifest speaks of are of writers that were killed."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a task.

    Attributes
    ----------
    about : str
        Of what it was made: what the task is, on which boot, by which version.
    segments : tuple of str
        The segments of the lake whose rows are in.
    runs : tuple of str
        The files of runs, in their order.
    texts : tuple of list of str
        The texts of values, of models, and of each slice, in the order of their codes.
    later : str
        The file of rows that are not known yet; empty if there are none.
    statistics : str
        The file of series; empty if there are none.
    num_followed : int
        How many of the runs are in the series.
    """

    about: str
    segments: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    texts: tuple[list[str], ...] = ()
    later: str = ""
    statistics: str = ""
    num_followed: int = 0

    @property
    def files(self) -> set[str]:
        """The names of all files that it speaks of."""
        return {*self.runs, self.later, self.statistics}


_decode_time: Final = msgspec.msgpack.Decoder(int).decode
_decode_manifest: Final = msgspec.msgpack.Decoder(Manifest).decode


class StateFiles:
    """The files of the state of one task.

    Parameters
    ----------
    folder : Path
    about : object
        Of what the state is made; a state of anything else, of another version or another boot of
        the machine is not believed.
    """

    def __init__(self, folder: Path, about: object) -> None:
        self.folder = folder
        self._about = f"{_VERSION}\n{boot_id()}\n{about}"
        self._forget()

    def _forget(self) -> None:
        self._manifest: Manifest | None = None
        self._runs: list[tuple[Run, str]] = []
        self._fetched: set[str] = set()
        self._later: tuple[Any, str] = (None, "")
        self._kept = frozenset[Any]()

    def is_as_of(self, erased_at: int) -> bool:
        """Tell whether what is read as of a removal of rows may be kept; empty an older folder.

        It is for whoever has the turn.
        """
        kept = _erased_at(self.folder)
        if kept < erased_at:
            _empty(self.folder, erased_at)
            self._forget()
        return kept <= erased_at

    def remove(self, names: Iterable[str]) -> None:
        """Remove files that were written ahead and may not be kept."""
        for name in names:
            (self.folder / name).unlink(missing_ok=True)
        self._forget()

    def are_others_news(self) -> bool:
        """Tell whether somebody else has kept something that is whole at first sight."""
        try:
            found = read_checked(self.folder / _MANIFEST, _decode_manifest)
        except StoreCorruptError:
            found = None
        self._found = found if found is not None and found.about == self._about else None
        if self._found == self._manifest:
            return False
        if self._found is None:
            self._forget()  # what was kept is no longer there
        return self._found is not None

    def read_into(self, state: MatchingState) -> frozenset[str]:
        """Bring a state without rows to what was found to be kept.

        Returns
        -------
        frozenset of str
            The segments of the lake that are in.

        Raises
        ------
        StoreCorruptError
            If a file is damaged or missing.
        """
        found = self._found
        self._forget()
        if found is None:
            return frozenset()
        for codes, texts in zip(_codes(state), found.texts, strict=True):
            codes.add(texts)
        runs = [read_run(self.folder / name) for name in found.runs]
        state.runs += runs[: found.num_followed]
        if found.statistics:
            read_statistics(self.folder / found.statistics, state)
        for run in runs[found.num_followed :]:
            state.append(run)
        if found.later:
            state.later = read_later(self.folder / found.later)
        self._manifest, self._runs = found, list(zip(state.runs, found.runs, strict=True))
        self._later, self._kept = (state.later, found.later), _asked(state)
        return frozenset(found.segments)

    def has_statistics(self, state: MatchingState) -> bool:
        """Tell whether all statistics that were asked for are kept."""
        return self._kept == _asked(state)

    def save(self, state: MatchingState, segments: frozenset[str]) -> None:
        """Keep a state; what is kept already is not written again.

        Parameters
        ----------
        state : MatchingState
        segments : frozenset of str
            The segments of the lake that are in.

        Raises
        ------
        OSError
            If it cannot be written; then what was kept before stays so.
        """
        was, files = self._manifest or Manifest(about=self._about), self._save_runs(state)
        statistics, num_followed = was.statistics, was.num_followed
        num_behind = sum(map(len, state.runs[num_followed:]))
        is_followed = files[:num_followed] == was.runs[:num_followed]
        if not is_followed or num_behind > _MOST_BEHIND or not self.has_statistics(state):
            statistics = write_statistics(self.folder, state) if state.collected else ""
            num_followed = len(files)
        if state.later is not self._later[0]:
            name = "" if state.later is None else write_later(self.folder, state.later)
            self._later = state.later, name
        manifest = Manifest(
            about=self._about,
            segments=tuple(sorted(segments)),
            runs=files,
            texts=tuple(codes.texts for codes in _codes(state)),
            later=self._later[1],
            statistics=statistics,
            num_followed=num_followed,
        )
        if manifest != was:
            write_checked(self.folder / _MANIFEST, manifest)
            self._manifest, self._kept = manifest, _asked(state)
            self._sweep(was, manifest)

    def prefetch(self) -> None:
        """Prepare for looking many keys up in the runs that were mapped."""
        for run, name in self._runs:
            if len(run) >= _LARGE_ROWS and name not in self._fetched:
                prefetch(run.prediction_keys.keys)
                self._fetched.add(name)

    def unsaved(self, state: MatchingState) -> list[Run]:
        """List the runs that have no file yet and are so large that writing them takes long."""
        saved = {id(run) for run, _ in self._runs}
        return [run for run in state.runs if id(run) not in saved and len(run) >= _LARGE_ROWS]

    def save_runs(self, runs: Iterable[Run]) -> list[str]:
        """Write runs ahead, which takes long; an OSError if one cannot be written."""
        written = [(run, write_run(self.folder, run)) for run in runs]
        self._runs += written
        return [name for _, name in written]

    def spill(self, state: MatchingState) -> None:
        """Write the runs that have no file yet, and hold them no longer, but map them.

        Raises
        ------
        OSError
            If one cannot be written.
        StoreCorruptError
            If one cannot be read again.
        """
        for place, name in enumerate(self._save_runs(state)):
            state.runs[place] = read_run(self.folder / name)
            self._runs[place] = (state.runs[place], name)

    def _save_runs(self, state: MatchingState) -> tuple[str, ...]:
        """Write the runs that have no file yet."""
        names = {id(run): name for run, name in self._runs}
        self._runs = [
            (run, names.get(id(run)) or write_run(self.folder, run)) for run in state.runs
        ]
        return tuple(name for _, name in self._runs)

    def _sweep(self, was: Manifest, kept: Manifest) -> None:
        """Remove what is no longer kept, and what killed writers left long ago."""
        latest = time.time() - _SURELY_LEFT_SECONDS
        for path in self.folder.iterdir():
            if path.name not in {_MANIFEST, TURN, ERASED, *kept.files}:
                with contextlib.suppress(OSError):
                    if path.name in was.files or path.stat().st_mtime < latest:
                        path.unlink(missing_ok=True)


def empty_kept(folder: Path, erased_at: int) -> bool:
    """Remove all that is kept of a task, rows of which were removed; False if it is in use.

    Raises
    ------
    OSError
        If a file cannot be removed.
    """
    make_folder(folder)
    with hold_turn(folder / TURN, seconds=_TURN_SECONDS) as is_ours:
        if is_ours:
            _empty(folder, erased_at)
    return is_ours


def _empty(folder: Path, erased_at: int) -> None:
    for path in folder.iterdir():
        if path.name not in {TURN, ERASED}:
            path.unlink(missing_ok=True)
    write_checked(folder / ERASED, erased_at)  # last: the next one does what was begun


def _erased_at(folder: Path) -> int:
    try:
        return read_checked(folder / ERASED, _decode_time)
    except StoreCorruptError:
        return 0


def _codes(state: MatchingState) -> list[Codes]:
    return [state.values, state.models, *state.slices]


def _asked(state: MatchingState) -> frozenset[Any]:
    """Tell which statistics a state has."""
    asked = {
        (counting, grid, series.keys)
        for counting, collected in state.collected.items()
        for grid, series in collected.series.items()
    }
    return frozenset((*asked, *state.collected))
