"""Statistics of all outcomes, collected at once, and changed when outcomes change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy

from mltrace.tasks.delays.counts import DelayCounts, count_labels, count_predictions
from mltrace.tasks.matching.series import Grid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from mltrace.tasks.matching.outcomes import Matching, Outcomes
    from mltrace.tasks.matching.pairing import Meaning
    from mltrace.tasks.matching.rows import Times
    from mltrace.tasks.matching.series import Series

THREADS: Final = 2
_CHUNK: Final = 1 << 18
_NANOSECONDS: Final = 1_000
_HOURS: Final = Grid(3_600_000_000)


@dataclass(slots=True)
class Collected:
    """Statistics of the same outcomes: series, and how late labels came.

    Attributes
    ----------
    meaning : Meaning
        What values mean.
    series : dict of Grid to Series
        Statistics by time and slice.
    delays : DelayCounts
        Of all outcomes.
    """

    meaning: Meaning
    series: dict[Grid, Series] = field(default_factory=dict)
    delays: DelayCounts = field(default_factory=partial(count_predictions, ()))

    def add(self, matching: Matching, texts: Sequence[str]) -> None:
        """Add outcomes, in threads, some at a time; none may be in already.

        Parameters
        ----------
        matching : Matching
            What the outcomes are made of.
        texts : sequence of str
            What codes of values stand for.
        """
        matching = matching.in_order()
        parts = _whole_buckets(matching.predictions.at, next(iter(self.series), _HOURS))
        with ThreadPoolExecutor(THREADS) as threads:
            for delays in threads.map(partial(self._add_part, matching, texts), parts):
                self.delays = self.delays.merged(delays)

    def _add_part(self, matching: Matching, texts: Sequence[str], part: slice) -> DelayCounts:
        """Add some outcomes to all series; count how late their labels came."""
        outcomes = matching.outcomes(part)
        for series in self.series.values():
            series.add(outcomes, self.meaning, texts)
        return count_delays(outcomes)

    def change(
        self,
        gone: Outcomes,
        new: Outcomes,
        *,
        texts: Sequence[str],
        made_in: Callable[[NDArray[numpy.int64]], Outcomes],
    ) -> None:
        """Take outcomes away and add others.

        Counts are subtracted. Statistics cannot all be: where pairs are gone, those of their
        buckets are collected anew.

        Parameters
        ----------
        gone, new : Outcomes
        texts : sequence of str
            What codes of values stand for.
        made_in : callable
            Finds all outcomes of some spans of time, as they are now.
        """
        fewer = count_delays(gone)
        fewer = replace(fewer, num_predictions=-fewer.num_predictions, num_labels=-fewer.num_labels)
        self.delays = self.delays.merged(fewer).merged(count_delays(new))
        for grid, series in self.series.items():
            corrected = numpy.array(sorted(series.subtract_counts(gone, self.meaning)), int)
            is_clean = ~numpy.isin(grid.buckets(new.predictions.at), corrected)
            series.add(new.take(is_clean), self.meaning, texts)
            if len(corrected):
                series.forget(corrected.tolist())
                series.add(made_in(grid.spans(corrected)), self.meaning, texts)


def _whole_buckets(at: Times, grid: Grid) -> Iterator[slice]:
    """Cut times that ascend where buckets begin, unless these are large."""
    start = 0
    while start < len(at):
        end = min(start + _CHUNK, len(at))
        if end < len(at):
            bucket = int(grid.buckets(at[end : end + 1])[0])
            begins = grid.offset + bucket * grid.width
            end = int(numpy.searchsorted(at, begins))
            if end <= start:  # the bucket is large
                end = start + _CHUNK
        yield slice(start, end)
        start = end


def count_delays(outcomes: Outcomes) -> DelayCounts:
    """Count how late labels came."""
    at, is_labelled = outcomes.predictions.at, outcomes.is_labelled
    made = at * _NANOSECONDS
    known_at = outcomes.first_known_at[is_labelled] * _NANOSECONDS
    return count_predictions(made).merged(count_labels(made[is_labelled], known_at))
