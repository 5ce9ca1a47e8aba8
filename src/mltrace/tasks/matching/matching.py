"""Which predictions count, and which label each has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy

from mltrace.tasks.matching.rivals import Rivals, column_of
from mltrace.tasks.matching.sorting import SortedKeys, sort_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.tasks.matching.rows import FeedbackRows, PredictionRows, Rows, Times, Values

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
    first_known_at : array of int64
        Of each row of the feedback, when the first label of its key was known.
    """

    counts: NDArray[numpy.bool_]
    labels: NDArray[numpy.int32]
    first_known_at: Times


def match(
    predictions: PredictionRows,
    feedback: FeedbackRows,
    *,
    counting: Counting = "latest",
    as_of: int | None = None,
    ranks: Values | None = None,
    in_order: tuple[SortedKeys, SortedKeys] | None = None,
) -> Matched:
    """Match labels with the predictions they are of.

    Parameters
    ----------
    predictions : PredictionRows
        In any order. Of those of an id the latest counts: by `at`, then `known_at`, `logged_at`,
        value, scores, model and slices. Where all count, those that are equal in value, scores,
        model and `at` count once: the one known first.
    feedback : FeedbackRows
        In any order. Of an id the label known last counts, and of those the greatest.
    counting : {"latest", "latest of each model", "all"}, default "latest"
        Which predictions of an id count.
    as_of : int or None, default None
        Only rows known at that moment are there; None: all are.
    ranks : array or None, default None
        For codes of classes: the rank of each in the order of values; None: as the codes.

    in_order : tuple of SortedKeys, optional
        The keys of both, if they are sorted already.

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
        mine, theirs = threads.map(
            partial(_sort_known, as_of=as_of), (predictions, feedback), in_order or (None, None)
        )
        labels, first_known_at = _last_labels(theirs, feedback, ranks)
        counts = numpy.ones(len(predictions), numpy.bool_)
        if as_of is not None:
            counts = predictions.known_at <= as_of
        counts[_passed_over(mine, predictions, counting, ranks)] = False
        matched = numpy.full(len(predictions), NO_LABEL, numpy.int32)
        starts = numpy.arange(0, len(mine), _BLOCK)
        list(threads.map(partial(_join, mine, labels, matched), numpy.array_split(starts, 2)))
    return Matched(counts, matched, first_known_at)


def _sort_known(rows: Rows, made: SortedKeys | None, *, as_of: int | None) -> SortedKeys:
    """Sort the keys of the rows that were known at a moment."""
    made = made or sort_keys(rows.key)
    if as_of is None:
        return made
    is_known = (rows.known_at <= as_of)[made.rows]
    return SortedKeys(made.keys[is_known], made.rows[is_known])


def _last_labels(
    theirs: SortedKeys, feedback: FeedbackRows, ranks: Values | None
) -> tuple[SortedKeys, Times]:
    """Keep the last label of each key, and tell when the first one was known."""
    known, rivals = column_of(feedback.known_at), Rivals.of(theirs)
    if not len(rivals.rows):
        return theirs, feedback.known_at
    stays = numpy.ones(len(feedback), numpy.bool_)
    stays[rivals.losers(known, column_of(feedback.value, ranks))] = False
    kept = stays[theirs.rows]
    first_known_at = feedback.known_at.copy()
    first_known_at[rivals.rows] = rivals.least(known)
    return SortedKeys(theirs.keys[kept], theirs.rows[kept]), first_known_at


def _passed_over(
    mine: SortedKeys, predictions: PredictionRows, counting: Counting, ranks: Values | None
) -> NDArray[numpy.uint32]:
    """Tell the rows of predictions that do not count, for others of their key do."""
    rivals = Rivals.of(mine)
    at, known, logged = map(
        column_of, (predictions.at, predictions.known_at, predictions.logged_at)
    )
    scores = numpy.atleast_2d(predictions.score.T)
    said = [column_of(predictions.value, ranks), *map(column_of, scores)]
    model, slices = column_of(predictions.model), map(column_of, predictions.slices.T)
    if counting == "all":
        for column in (at, *said, model):
            rivals = rivals.part(column)
        return rivals.losers(lambda rows: -known(rows), lambda rows: -logged(rows), *slices)
    if counting == "latest of each model":
        rivals = rivals.part(model)
    return rivals.losers(at, known, logged, *said, model, *slices)


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
