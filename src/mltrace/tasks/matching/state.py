"""What is known of a task's predictions and labels, and what follows when rows are added."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy

from mltrace.tasks.matching.codes import Codes
from mltrace.tasks.matching.collecting import Collected
from mltrace.tasks.matching.matching import match
from mltrace.tasks.matching.outcomes import Matching, find_changes, find_outcomes
from mltrace.tasks.matching.rows import FeedbackRows, PredictionRows
from mltrace.tasks.matching.runs import (
    MOST_ROWS,
    Run,
    all_rows,
    made_in,
    not_among,
    rows_of_keys,
)
from mltrace.tasks.matching.series import MODEL, Grid, Series
from mltrace.tasks.matching.sorting import distinct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mltrace.tasks.delays.counts import DelayCounts
    from mltrace.tasks.matching.matching import Counting
    from mltrace.tasks.matching.outcomes import Outcomes
    from mltrace.tasks.matching.pairing import Meaning

MOST_NEW: Final = 0.25
"""The share of rows from which on statistics are collected anew rather than changed."""
_MOST_SERIES: Final = 12
"""How many series are kept of each way of counting, those asked for last."""
_TIMES_LARGER: Final = 4
"""A run is merged into the one before unless that has so many times its rows."""


@dataclass(slots=True)
class MatchingState:
    """Rows of a task, in runs, and the statistics that were asked for.

    Adding rows a second time changes nothing, and neither does the order in which they are added.

    Attributes
    ----------
    meaning : Meaning
        What values mean.
    counts_all : bool
        Whether all predictions of an id count, not the latest.
    values, models : Codes
        What codes of values and of models stand for.
    slices : tuple of Codes
        What the codes of each slice stand for.
    runs : list of Run
        The rows.
    later : tuple of PredictionRows and FeedbackRows, or None
        Rows that are known later than `now` was when rows were added last.
    collected : dict of Counting to Collected
        The statistics that were asked for last, kept up to date.
    then : dict
        Those of a moment that was asked about, until rows are added.

    Examples
    --------
    >>> from mltrace.tasks.matching.pairing import Meaning
    >>> state = MatchingState(Meaning("binary"), values=Codes(["0", "1"]))
    >>> day = 86_400_000_000
    >>> predictions = PredictionRows.of([7, 8], [1, 0], at=[10, day])
    >>> run = state.add(predictions, FeedbackRows.of([7], [1], known_at=[90]), now=2 * day)
    >>> series = state.series(Grid(day), ["confusion"])
    >>> {cell: counts.tolist()[:2] for cell, counts in series.counts.items()}
    {(0,): [1, 1], (1,): [1, 0]}
    """

    meaning: Meaning
    counts_all: bool = False
    values: Codes = field(default_factory=Codes)
    models: Codes = field(default_factory=Codes)
    slices: tuple[Codes, ...] = ()
    runs: list[Run] = field(default_factory=list)
    later: tuple[PredictionRows, FeedbackRows] | None = None
    collected: dict[Counting, Collected] = field(default_factory=dict)
    then: dict[tuple[Counting, int], Collected] = field(default_factory=dict)

    def __len__(self) -> int:
        """Tell how many rows there are."""
        return sum(map(len, self.runs))

    def span(self, as_of: int | None = None) -> tuple[int, int] | None:
        """Tell when the earliest and the latest prediction was made; None if there is none.

        Parameters
        ----------
        as_of : int or None, default None
            Of those known then, in microseconds.
        """
        made = [
            rows.at if as_of is None else rows.at[rows.known_at <= as_of]
            for rows in (run.predictions for run in self.runs)
        ]
        made = [at for at in made if len(at)]
        if not made:
            return None
        return min(int(at[0]) for at in made), max(int(at[-1]) for at in made)

    @property
    def ranks(self) -> NDArray[numpy.int32] | None:
        """The order of values; None for numbers."""
        return None if self.meaning.kind == "regression" else self.values.ranks()

    def counting(self, by: Sequence[int] = ()) -> Counting:
        """Tell which predictions of an id count."""
        if self.counts_all:
            return "all"
        return "latest of each model" if MODEL in by and len(self.models) > 1 else "latest"

    def add(self, predictions: PredictionRows, feedback: FeedbackRows, *, now: int) -> Run | None:
        """Add rows; those that are known later than now, in microseconds, wait.

        Returns
        -------
        Run or None
            What was new; None if nothing was.
        """
        known = self._now_known(predictions, feedback, now)
        if not any(map(len, known)):
            return None
        self.then.clear()
        if not self.runs or sum(map(len, known)) > MOST_NEW * len(self):
            self.collected.clear()
            self.runs.append(Run.of(*known))
            return self.runs[-1]
        keys = distinct(numpy.concatenate([rows.key for rows in known]))
        before = rows_of_keys(self.runs, keys)
        run = Run.of(not_among(before[0], known[0]), not_among(before[1], known[1]))
        return self.append(run, before) if len(run) else None

    def append(self, run: Run, before: tuple[PredictionRows, FeedbackRows] | None = None) -> Run:
        """Append a run that is known to be new, and bring statistics up to date.

        Parameters
        ----------
        run : Run
        before : tuple of PredictionRows and FeedbackRows, optional
            The rows there were of the keys of the run, if they were found already.
        """
        self.runs.append(run)
        if self.collected and before is None:
            before = rows_of_keys(self.runs[:-1], run.keys())
        for counting, collected in self.collected.items():
            self._change(collected, counting, self.runs, before=before)
        return run

    def _change(
        self,
        collected: Collected,
        counting: Counting,
        runs: Sequence[Run],
        *,
        before: tuple[PredictionRows, FeedbackRows] | None = None,
        as_of: int | None = None,
    ) -> None:
        """Bring statistics of all runs but the last up to date with that."""
        run = runs[-1]
        gone, new = find_changes(
            before or rows_of_keys(runs[:-1], run.keys()),
            (run.predictions, run.feedback),
            counting=counting,
            as_of=as_of,
            ranks=self.ranks,
        )
        made_in = partial(self._made_in, runs, counting=counting, as_of=as_of)
        collected.change(gone, new, texts=self.values.texts, made_in=made_in)

    def _now_known(
        self, predictions: PredictionRows, feedback: FeedbackRows, now: int
    ) -> tuple[PredictionRows, FeedbackRows]:
        """Part what is known now from what waits, with what waited until now."""
        if self.later is not None:
            predictions = PredictionRows.join([self.later[0], predictions])
            feedback = FeedbackRows.join([self.later[1], feedback])
            self.later = None
        both = predictions, feedback
        if all(rows.known_at.max(initial=now) <= now for rows in both):
            return both
        waits = predictions.known_at > now, feedback.known_at > now
        self.later = predictions.take(waits[0]), feedback.take(waits[1])
        return predictions.take(~waits[0]), feedback.take(~waits[1])

    def merge_runs(self) -> int:
        """Merge the last runs with those before that are not much larger.

        Returns
        -------
        int
            How many became one; 0 if none was merged.
        """
        size, num = len(self.runs[-1]) if self.runs else 0, 1
        for run in reversed(self.runs[:-1]):
            if len(run) > min(_TIMES_LARGER * size, MOST_ROWS - size):
                break
            size, num = size + len(run), num + 1
        if num == 1:
            return 0
        parts = self.runs[-num:]
        self.runs[-num:] = [
            Run.of(
                PredictionRows.join([run.predictions for run in parts]),
                FeedbackRows.join([run.feedback for run in parts]),
            )
        ]
        return num

    def series(self, grid: Grid, keys: Sequence[str], *, as_of: int | None = None) -> Series:
        """Give statistics by time and slice; they are kept, and kept up to date, from then on.

        Parameters
        ----------
        grid : Grid
            Which buckets of time, and which slices.
        keys : sequence of str
            Of statistics, such as "confusion".
        as_of : int or None, default None
            What was known then, in microseconds; only the last such answer is kept.

        Notes
        -----
        Nobody may change what is returned; it may have more statistics than were asked for.
        """
        counting = self.counting(grid.by)
        collected = self._known(counting, as_of)
        known = None if collected is None else collected.series.pop(grid, None)
        missing = [key for key in keys if known is None or key not in known.keys]
        if collected is None or known is None or missing:
            new = self._collect(counting, as_of, [Series(grid, tuple(missing))])
            collected = collected or self._remember(counting, as_of, new)
            known = new.series[grid] if known is None else known.joined(new.series[grid])
        collected.series[grid] = known
        if len(collected.series) > _MOST_SERIES:
            del collected.series[next(iter(collected.series))]
        return known

    def delays(self, *, as_of: int | None = None) -> DelayCounts:
        """Count how late labels came, of the predictions that count."""
        counting = self.counting()
        collected = self._known(counting, as_of)
        if collected is None:
            collected = self._remember(counting, as_of, self._collect(counting, as_of, []))
        return collected.delays

    def _known(self, counting: Counting, as_of: int | None) -> Collected | None:
        return self.collected.get(counting) if as_of is None else self.then.get((counting, as_of))

    def _remember(self, counting: Counting, as_of: int | None, new: Collected) -> Collected:
        if as_of is None:
            self.collected[counting] = new
        else:
            self.then = {(counting, as_of): new}
        return new

    def _collect(
        self, counting: Counting, as_of: int | None, series: Sequence[Series]
    ) -> Collected:
        collected = Collected(self.meaning, {one.grid: one for one in series})
        if not self.runs:
            return collected
        first, *others = self.runs
        match_rows = partial(match, counting=counting, as_of=as_of, ranks=self.ranks)
        if sum(map(len, others)) > MOST_NEW * len(first):
            for rows in all_rows(self.runs):
                collected.add(Matching(*rows, match_rows(*rows)), self.values.texts)
            return collected
        rows = first.predictions, first.feedback
        matched = match_rows(*rows, in_order=(first.prediction_keys, first.feedback_keys))
        collected.add(Matching(*rows, matched), self.values.texts)
        for place in range(1, len(self.runs)):
            self._change(collected, counting, self.runs[: place + 1], as_of=as_of)
        return collected

    def outcomes_between(
        self, spans: NDArray[numpy.int64], counting: Counting, *, as_of: int | None = None
    ) -> Outcomes:
        """Find the outcomes of predictions made in spans of time, without a look at all others.

        Parameters
        ----------
        spans : array of int, shape (num_spans, 2)
            From when on, and before when, in microseconds; they do not overlap.
        """
        return self._made_in(self.runs, spans, counting=counting, as_of=as_of)

    def _made_in(
        self,
        runs: Sequence[Run],
        spans: NDArray[numpy.int64],
        *,
        counting: Counting,
        as_of: int | None,
    ) -> Outcomes:
        made = made_in(runs, spans)
        rows = rows_of_keys(runs, distinct(made.key))
        found = find_outcomes(*rows, counting=counting, as_of=as_of, ranks=self.ranks)
        at, bounds = found.predictions.at, spans[numpy.argsort(spans[:, 0])]
        place = numpy.searchsorted(bounds[:, 0], at, side="right") - 1
        return found.take((place >= 0) & (at < bounds[place, 1]))
