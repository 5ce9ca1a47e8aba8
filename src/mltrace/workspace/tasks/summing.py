"""What is known of the predictions of each window and slice, put together from buckets of time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy

from mltrace.tasks.matching.series import MODEL as MODEL_PLACE
from mltrace.tasks.matching.series import NUM_LABELS, NUM_PREDICTIONS, Grid
from mltrace.tasks.statistics import empty, merge
from mltrace.tasks.windows import MOST_EMPTY
from mltrace.workspace.tasks.question import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.matching.series import Cell, Series
    from mltrace.tasks.statistics import Statistic, Statistics
    from mltrace.tasks.windows import Windows
    from mltrace.workspace.tasks.known import Known

NO_VALUE: Final = "(none)"
"""What a slice without a value is called."""
_NUM_EXCLUDED: Final = slice(3, None)


@dataclass(frozen=True, slots=True)
class Part:
    """Predictions that are counted together: of a window, and of a slice.

    Attributes
    ----------
    window : int
        The number of the window.
    slice : tuple of int
        The codes of what is told apart, in its order.
    counts : array of int
    statistics : mapping
    """

    window: int
    slice: Cell
    counts: NDArray[numpy.int64]
    statistics: Statistics

    @property
    def num_predictions(self) -> int:
        """How many predictions count."""
        return int(self.counts[NUM_PREDICTIONS])

    @property
    def num_labels(self) -> int:
        """How many of them have a label."""
        return int(self.counts[NUM_LABELS])

    @property
    def num_excluded(self) -> int:
        """How many of them metrics leave out."""
        return int(self.counts[_NUM_EXCLUDED].sum())


@dataclass(frozen=True, slots=True)
class Apart:
    """What predictions are told apart by.

    Attributes
    ----------
    names : tuple of str
        Features, and `MODEL`.
    places : tuple of int
        Where the state has them.
    texts : tuple of list of str
        What the codes of each stand for.
    chosen : tuple of int or None
        Of each the code that counts; None: all. -2: none has it.
    shown : tuple of bool
        Whether it is part of the slice, or only chosen by.
    """

    names: tuple[str, ...]
    places: tuple[int, ...]
    texts: tuple[list[str], ...]
    chosen: tuple[int | None, ...]
    shown: tuple[bool, ...]

    @classmethod
    def of(
        cls,
        state: Known,
        names: Sequence[str],
        features: Sequence[str],
        *,
        by: Sequence[str],
        where: Mapping[str, str | None],
    ) -> Apart:
        """Find what is told apart in a state whose slices are of these features."""
        places = tuple(MODEL_PLACE if name == MODEL else features.index(name) for name in names)
        codes = [state.models if place == MODEL_PLACE else state.slices[place] for place in places]
        chosen = tuple(
            _code(where[name], known.places) if name in where else None
            for name, known in zip(names, codes, strict=True)
        )
        shown = tuple(name in by for name in names)
        return cls(tuple(names), places, tuple(one.texts for one in codes), chosen, shown)

    def has(self, codes: Cell) -> bool:
        """Tell whether predictions of these codes count."""
        return all(one in (None, code) for one, code in zip(self.chosen, codes, strict=True))

    def text(self, codes: Cell) -> str | None:
        """Say which predictions have these codes."""
        said = [
            f"{name}={self._value(place, codes[place])}"
            for place, name in enumerate(self.names)
            if self.shown[place] or self.chosen[place] is not None
        ]
        return ", ".join(said) or None

    def model(self, codes: Cell) -> str | None:
        """Say the model that predictions of these codes are of, if models are told apart."""
        if MODEL not in self.names:
            return None
        place = self.names.index(MODEL)
        return self._value(place, codes[place])

    def _value(self, place: int, code: int) -> str:
        return (self.texts[place][code] if code >= 0 else "") or NO_VALUE


def _code(text: str | None, places: Mapping[str, int]) -> int:
    return places.get(text or "", -1 if text is None else -2)


def sum_windows(
    series: Series,
    windows: Windows,
    apart: Apart,
    *,
    kind: TaskKind,
) -> Iterator[Part]:
    """Put the buckets of each window together, the latest window first, slices by their text.

    Windows without predictions come too, if nothing is told apart and they are not too many.
    """
    grid, keys = series.grid, series.keys
    cells: dict[int, list[Cell]] = defaultdict(list)
    for cell, counts in series.counts.items():
        if counts[NUM_PREDICTIONS] and apart.has(cell[1:]):
            cells[cell[0]].append(cell)
    first = (windows.start - grid.offset) // grid.width
    starts = grid.offset + numpy.array(sorted(cells), numpy.int64) * grid.width
    most_empty = 0 if any(apart.shown) else MOST_EMPTY
    runs = windows.holding(starts, starts + grid.width, most_empty=most_empty)
    for window in (number for run in reversed(runs) for number in reversed(run)):
        found: dict[Cell, list[Cell]] = defaultdict(list)
        for bucket in windows.buckets_of(window):
            for cell in cells.get(first + bucket, ()):
                found[cell[1:]].append(cell)
        if not found and not any(apart.shown):
            found[tuple(-1 if one is None else one for one in apart.chosen)] = []
        for codes in sorted(found, key=lambda one: apart.text(one) or ""):
            counts = sum((series.counts[cell] for cell in found[codes]), _NOTHING)
            if counts[NUM_PREDICTIONS] or not any(apart.shown):
                statistics = _merged(series, keys, found[codes], kind)
                yield Part(window, codes, counts, statistics)


_NOTHING: Final = numpy.zeros(7, numpy.int64)


def _merged(
    series: Series, keys: Sequence[str], cells: Sequence[Cell], kind: TaskKind
) -> dict[str, Statistic]:
    known = [series.statistics[cell] for cell in cells if cell in series.statistics]
    return {key: merge([one[key] for one in known]) if known else empty(key, kind) for key in keys}


def grid_of(windows: Windows, apart: Apart) -> Grid:
    """Lay the buckets of which windows are made."""
    return Grid(windows.bucket, windows.first_end % windows.bucket, apart.places)
