"""Pairs of windows and slices, for what statistics do not tell: functions, exact values."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy

from mltrace.tasks.matching.pairing import FINE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.tasks.matching.outcomes import Outcomes
    from mltrace.tasks.matching.series import Cell, Grid
    from mltrace.tasks.pairs import Pairs
    from mltrace.tasks.windows import Windows
    from mltrace.workspace.tasks.known import Known
    from mltrace.workspace.tasks.summing import Apart


class RawPairs:
    """The pairs of some windows, found when they are first asked for.

    Parameters
    ----------
    state : Known
    windows : Windows
    grid : Grid
        As that of the series which tells the slices.
    apart : Apart
    as_of : int or None
        What was known then, in microseconds.
    """

    def __init__(
        self,
        state: Known,
        windows: Windows,
        grid: Grid,
        apart: Apart,
        *,
        as_of: int | None,
    ) -> None:
        self._state, self._windows, self._grid = state, windows, grid
        self._apart, self._as_of = apart, as_of

    @cached_property
    def _measurable(self) -> Outcomes:
        span = numpy.array([[self._windows.start, self._windows.end]])
        found = self._state.outcomes_between(
            span, self._state.counting(self._grid.by), as_of=self._as_of
        )
        is_fine = self._state.meaning.exclusions(found) == FINE
        kept = found.take(found.is_labelled & is_fine)
        return kept.take(numpy.argsort(kept.predictions.at, kind="stable"))

    @cached_property
    def _codes(self) -> NDArray[numpy.int64]:
        return self._grid.cells(self._measurable.predictions)[:, 1:]

    def of(self, window: int, codes: Cell) -> Pairs:
        """Give the pairs of a window and a slice."""
        start, end = self._windows.bounds_of(window)
        found = self._measurable
        rows = numpy.arange(*numpy.searchsorted(found.predictions.at, (start, end)).tolist())
        for place, code in enumerate(codes):
            if self._apart.shown[place] or self._apart.chosen[place] is not None:
                rows = rows[self._codes[rows, place] == code]
        return self._state.meaning.pairs(found, self._state.values.texts, rows)
