"""Runs: rows that came together, in the order of time, and by their keys as well.

A run is never changed. What is known of a task is a sequence of runs; each tells its rows of given
keys, and those made in given times, without a look at others.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import numpy

from mltrace.tasks.matching.rivals import Rivals, column_of
from mltrace.tasks.matching.rows import FeedbackRows, PredictionRows, Rows
from mltrace.tasks.matching.sorting import SortedKeys, distinct, sort_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from mltrace.tasks.matching.rows import Keys

RowsT = TypeVar("RowsT", bound=Rows)
_THREADS: Final = 2
MOST_ROWS: Final = 1 << 25
"""How many rows are matched at once, so that memory is bounded."""


@dataclass(frozen=True, slots=True)
class Run:
    """Rows of predictions, ascending by `at`, and of feedback, each with its keys in order."""

    predictions: PredictionRows
    feedback: FeedbackRows
    prediction_keys: SortedKeys
    feedback_keys: SortedKeys

    @classmethod
    def of(cls, predictions: PredictionRows, feedback: FeedbackRows) -> Self:
        """Make a run of rows in any order.

        Examples
        --------
        >>> late = FeedbackRows.of([7], [1], known_at=[90])
        >>> run = Run.of(PredictionRows.of([9, 7], [0, 1], at=[20, 10]), late)
        >>> run.predictions.key.tolist(), run.prediction_keys.rows.tolist()
        ([7, 9], [0, 1])
        """
        at = predictions.at
        if (at[1:] < at[:-1]).any():
            predictions = predictions.take(numpy.argsort(at, kind="stable"))
        with ThreadPoolExecutor(_THREADS) as threads:
            keys = list(threads.map(sort_keys, (predictions.key, feedback.key)))
        return cls(predictions, feedback, *keys)

    def __len__(self) -> int:
        """Tell how many rows of both kinds there are."""
        return len(self.predictions) + len(self.feedback)

    def keys(self) -> Keys:
        """Tell its keys, sorted and distinct."""
        return distinct(numpy.concatenate([self.prediction_keys.keys, self.feedback_keys.keys]))

    def made_between(self, start: int, end: int) -> slice:
        """Tell the rows of predictions made from one time on and before another."""
        return slice(*numpy.searchsorted(self.predictions.at, (start, end)).tolist())


def rows_of_keys(runs: Sequence[Run], keys: Keys) -> tuple[PredictionRows, FeedbackRows]:
    """Find the rows of some keys, which are sorted and distinct."""
    return (
        PredictionRows.join([run.predictions.take(run.prediction_keys.find(keys)) for run in runs]),
        FeedbackRows.join([run.feedback.take(run.feedback_keys.find(keys)) for run in runs]),
    )


def all_rows(runs: Sequence[Run]) -> Iterator[tuple[PredictionRows, FeedbackRows]]:
    """Yield the rows of all runs, all of a key at once, as many as are matched at once."""
    if not runs:
        return
    num_parts = -(-sum(map(len, runs)) // MOST_ROWS)
    if num_parts == 1:
        yield (
            PredictionRows.join([run.predictions for run in runs]),
            FeedbackRows.join([run.feedback for run in runs]),
        )
        return
    bounds = [numpy.uint64((part << 64) // num_parts) for part in range(num_parts)]
    for low, high in zip(bounds, [*bounds[1:], None], strict=True):
        yield (
            PredictionRows.join(
                [run.predictions.take(run.prediction_keys.between(low, high)) for run in runs]
            ),
            FeedbackRows.join(
                [run.feedback.take(run.feedback_keys.between(low, high)) for run in runs]
            ),
        )


def made_in(runs: Sequence[Run], spans: NDArray[Any]) -> PredictionRows:
    """Find the predictions made in some spans of time: from each start on and before its end."""
    return PredictionRows.join(
        [
            run.predictions.take(run.made_between(start, end))
            for run in runs
            for start, end in spans.tolist()
        ]
    )


def not_among(known: RowsT, rows: RowsT) -> RowsT:
    """Leave out rows that are known already or come twice, with all their values.

    Examples
    --------
    >>> known = FeedbackRows.of([7], [1], known_at=[90])
    >>> not_among(known, FeedbackRows.of([7, 7, 7], [1, 0, 0], [90, 90, 90])).value.tolist()
    [0]
    """
    among = type(rows).join([known, rows])
    rivals = Rivals.of(sort_keys(among.key))
    for column in among.columns():
        rivals = rivals.part(column_of(column))
    is_new = numpy.ones(len(among), numpy.bool_)
    is_new[rivals.rows] = False
    is_new[rivals.rows[rivals.starts]] = True
    return rows.take(is_new[len(known) :])
