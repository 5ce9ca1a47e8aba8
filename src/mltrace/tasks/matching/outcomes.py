"""Outcomes: the predictions that count, each with what is known of its label."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self

import numpy

from mltrace.tasks.matching.matching import NO_LABEL, Matched, match

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.tasks.matching.matching import Counting
    from mltrace.tasks.matching.rows import FeedbackRows, PredictionRows, Times, Values

NEVER: Final = numpy.iinfo(numpy.int64).min
"""When a label was first known that is not there."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Predictions that count, with their labels, row by row.

    Attributes
    ----------
    predictions : PredictionRows
    label : array of float64 or int32
        The label known last; NaN or -1 where there is none, or one that is no value.
    first_known_at : array of int64
        When the first label was known; `NEVER` where there is none.
    """

    predictions: PredictionRows
    label: Values
    first_known_at: Times

    @classmethod
    def of_all(cls, predictions: PredictionRows, feedback: FeedbackRows, matched: Matched) -> Self:
        """Put all predictions together with their labels, those that do not count as well."""
        labels, num = matched.labels, len(predictions)
        if not len(feedback):
            return cls(predictions, _none_of(predictions.value, num), numpy.full(num, NEVER))
        has_label = labels != NO_LABEL
        return cls(
            predictions,
            numpy.where(has_label, feedback.value[labels], _none_of(feedback.value)),
            numpy.where(has_label, matched.first_known_at[labels], NEVER),
        )

    def __len__(self) -> int:
        """Tell how many predictions count."""
        return len(self.label)

    @property
    def is_labelled(self) -> NDArray[numpy.bool_]:
        """Which have a label."""
        found: NDArray[numpy.bool_] = self.first_known_at != NEVER
        return found

    def take(self, rows: NDArray[Any] | slice) -> Self:
        """Keep some: those at places, where a mask says so, or a slice of them."""
        return type(self)(*(_taken(getattr(self, field.name), rows) for field in fields(self)))


def _taken(column: Any, rows: Any) -> Any:
    return column[rows] if isinstance(column, numpy.ndarray) else column.take(rows)


def _none_of(values: Values, num: int = 1) -> Values:
    return numpy.full(num, numpy.nan if values.dtype.kind == "f" else -1, values.dtype)


@dataclass(frozen=True, slots=True)
class Matching:
    """Rows that were matched, of which outcomes are made some at a time."""

    predictions: PredictionRows
    feedback: FeedbackRows
    matched: Matched

    def outcomes(self, rows: slice = slice(None)) -> Outcomes:
        """Put the predictions among some rows that count together with their labels."""
        counts = self.matched.counts[rows]
        part = Matched(counts, self.matched.labels[rows], self.matched.first_known_at)
        made = Outcomes.of_all(self.predictions.take(rows), self.feedback, part)
        return made if counts.all() else made.take(counts)

    def in_order(self) -> Matching:
        """Bring predictions into the order of time."""
        at = self.predictions.at
        if (at[1:] >= at[:-1]).all():
            return self
        order = numpy.argsort(at, kind="stable")
        counts, labels = self.matched.counts[order], self.matched.labels[order]
        matched = Matched(counts, labels, self.matched.first_known_at)
        return Matching(self.predictions.take(order), self.feedback, matched)


def find_outcomes(
    predictions: PredictionRows,
    feedback: FeedbackRows,
    *,
    counting: Counting = "latest",
    as_of: int | None = None,
    ranks: Values | None = None,
) -> Outcomes:
    """Match labels with predictions, and put those that count together with theirs.

    The parameters are those of `match`.
    """
    matched = match(predictions, feedback, counting=counting, as_of=as_of, ranks=ranks)
    return Matching(predictions, feedback, matched).outcomes()


def find_changes(
    before: tuple[PredictionRows, FeedbackRows],
    added: tuple[PredictionRows, FeedbackRows],
    *,
    counting: Counting = "latest",
    as_of: int | None = None,
    ranks: Values | None = None,
) -> tuple[Outcomes, Outcomes]:
    """Tell which outcomes are no longer so, and which are new, when rows are added.

    Parameters
    ----------
    before, added : tuple of PredictionRows and FeedbackRows
        Of each key that rows are added of, all the rows there were; and those that are added.
    counting, as_of, ranks
        As in `match`.

    Returns
    -------
    tuple of Outcomes
        Those that were and are no longer, and those that are and were not. One whose label comes is
        in both.
    """
    num = len(before[0])
    predictions = type(before[0]).join([before[0], added[0]])
    feedback = type(before[1]).join([before[1], added[1]])
    match_rows = partial(match, counting=counting, as_of=as_of, ranks=ranks)
    matched, now_matched = match_rows(*before), match_rows(predictions, feedback)
    were = Outcomes.of_all(*before, matched)
    are = Outcomes.of_all(predictions, feedback, now_matched)
    stays = matched.counts & now_matched.counts[:num] & _same(were, are.take(slice(num)))
    gone, new = matched.counts & ~stays, now_matched.counts.copy()
    new[:num] &= ~stays
    return were.take(gone), are.take(new)


def _same(were: Outcomes, are: Outcomes) -> NDArray[numpy.bool_]:
    are_none = (were.label != were.label) & (are.label != are.label)
    same: NDArray[numpy.bool_] = (were.label == are.label) | are_none
    same &= were.first_known_at == are.first_known_at
    return same
