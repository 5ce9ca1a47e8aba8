"""Which predictions count, and which label each has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy

from mltrace.tasks.matching.rivals import Rivals
from mltrace.tasks.matching.sorting import SortedKeys, sort_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.tasks.matching.rivals import Column
    from mltrace.tasks.matching.rows import FeedbackRows, PredictionRows, Rows, Values

Counting = Literal["latest", "latest of each model", "all"]
"""Which predictions of an id count."""
NO_LABEL: Final = -1
_THREADS: Final = 2
_BLOCK: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class Matched:
    """Of each prediction whether it counts, and its label.

    Attributes
    ----------
    counts : array of bool
        Whether the prediction counts.
    labels : array of int32
        The row of its label in the feedback; `NO_LABEL` where there is none yet. Predictions
        that do not count have one as well.
    """

    counts: NDArray[numpy.bool_]
    labels: NDArray[numpy.int32]

    @property
    def pairs(self) -> NDArray[numpy.int64]:
        """The rows of predictions that count and have a label."""
        return numpy.flatnonzero(self.counts & (self.labels != NO_LABEL))


def match(
    predictions: PredictionRows,
    feedback: FeedbackRows,
    *,
    counting: Counting = "latest",
    as_of: int | None = None,
    ranks: Values | None = None,
) -> Matched:
    """Match labels with the predictions they are of.

    Parameters
    ----------
    predictions : PredictionRows
        In any order. Of those of an id the latest counts: by `at`, then `known_at`, `logged_at`,
        value, score and model. Where all count, those that are equal but for when they were known
        and logged count once: the one known first.
    feedback : FeedbackRows
        In any order. Of an id the label known last counts, and of those the greatest.
    counting : {"latest", "latest of each model", "all"}, default "latest"
        Which predictions of an id count.
    as_of : int or None, default None
        Only rows known at that moment are there; None: all are.
    ranks : array or None, default None
        For codes of classes: the rank of each in the order of values; None: as the codes.

    Returns
    -------
    Matched
        A row for each prediction; what it says does not depend on the order of the rows.

    Notes
    -----
    Both sides are sorted by key, in two threads, and joined in one pass. Beside the rows it takes
    at most 52 bytes for each prediction and 36 for each label. Rows whose key is there once are
    looked at no further. NaN is greater than other values.

    Examples
    --------
    >>> from mltrace.tasks.matching.rows import FeedbackRows, PredictionRows
    >>> predictions = PredictionRows.of([7, 8, 7], [0, 1, 1], at=[10, 20, 30])
    >>> matched = match(predictions, FeedbackRows.of([7], [1], known_at=[90]))
    >>> matched.counts.tolist(), matched.labels.tolist()
    ([False, True, True], [0, -1, 0])
    """
    with ThreadPoolExecutor(_THREADS) as threads:
        mine, theirs = threads.map(partial(_sort_known, as_of=as_of), (predictions, feedback))
        labels = _last_labels(theirs, feedback, ranks)
        counts = numpy.zeros(len(predictions), numpy.bool_)
        counts[mine.rows] = True
        counts[_passed_over(mine, predictions, counting, ranks)] = False
        matched = numpy.full(len(predictions), NO_LABEL, numpy.int32)
        starts = numpy.arange(0, len(mine), _BLOCK)
        list(threads.map(partial(_join, mine, labels, matched), numpy.array_split(starts, 2)))
    return Matched(counts, matched)


def _sort_known(rows: Rows, *, as_of: int | None) -> SortedKeys:
    if as_of is None:
        return sort_keys(rows.key)
    known = numpy.flatnonzero(rows.known_at <= as_of).astype(numpy.uint32)
    made = sort_keys(rows.key[known])
    return SortedKeys(made.keys, known[made.rows])


def _last_labels(theirs: SortedKeys, feedback: FeedbackRows, ranks: Values | None) -> SortedKeys:
    """Keep the last label of each key."""
    losers = Rivals.of(theirs).losers(_column(feedback.known_at), _column(feedback.value, ranks))
    if not len(losers):
        return theirs
    stays = numpy.ones(len(feedback), numpy.bool_)
    stays[losers] = False
    kept = stays[theirs.rows]
    return SortedKeys(theirs.keys[kept], theirs.rows[kept])


def _passed_over(
    mine: SortedKeys, predictions: PredictionRows, counting: Counting, ranks: Values | None
) -> NDArray[numpy.uint32]:
    """Tell the rows of predictions that do not count, for others of their key do."""
    rivals = Rivals.of(mine)
    at, known, logged, value, score, model = (
        _column(values, ranks if values is predictions.value else None)
        for values in (
            predictions.at,
            predictions.known_at,
            predictions.logged_at,
            predictions.value,
            predictions.score,
            predictions.model,
        )
    )
    if counting == "all":
        rivals = rivals.part(at).part(value).part(score).part(model)
        return rivals.losers(lambda rows: -known(rows), lambda rows: -logged(rows))
    if counting == "latest of each model":
        rivals = rivals.part(model)
    return rivals.losers(at, known, logged, value, score, model)


def _column(values: Values, ranks: Values | None = None) -> Column:
    """Tell whole numbers that are equal and in order as the values are; NaN comes last."""

    def of_rows(rows: NDArray[numpy.uint32]) -> NDArray[Any]:
        among = values[rows]
        if among.dtype.kind != "f":
            return among if ranks is None else numpy.where(among < 0, -1, ranks[among])
        bits = numpy.where(numpy.isnan(among), numpy.nan, among + 0.0).view(numpy.int64)
        return numpy.where(bits < 0, bits ^ numpy.int64(2**63 - 1), bits)

    return of_rows


def _join(
    mine: SortedKeys, labels: SortedKeys, matched: NDArray[numpy.int32], starts: NDArray[Any]
) -> None:
    """Write the row of its label to each prediction, by blocks, so that all stays in the cache."""
    for start in starts:
        keys = mine.keys[start : start + _BLOCK]
        first = numpy.searchsorted(labels.keys, keys[0])
        last = numpy.searchsorted(labels.keys, keys[-1], side="right")
        theirs = labels.keys[first:last]
        places = numpy.searchsorted(theirs, keys)
        places[places == len(theirs)] = 0
        found = numpy.flatnonzero(theirs[places] == keys) if len(theirs) else places[:0]
        rows = labels.rows[first:last][places[found]]
        matched[mine.rows[start : start + _BLOCK][found]] = rows
