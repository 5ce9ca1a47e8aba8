"""Outcomes of a task that are chosen by time, features and model, for comparisons and estimates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy

from mltrace.errors import ArgumentError
from mltrace.monitors.rules.periods import read_period
from mltrace.tasks.matching.outcomes import Outcomes, find_outcomes
from mltrace.tasks.matching.pairing import FINE
from mltrace.tasks.matching.rows import PredictionRows
from mltrace.tasks.matching.runs import all_rows
from mltrace.tasks.matching.series import MODEL as MODEL_PLACE
from mltrace.tasks.matching.series import Grid
from mltrace.tasks.windows import to_microseconds
from mltrace.times import now_ns, parse_moment, to_datetime
from mltrace.workspace.tasks.question import unknown_feature
from mltrace.workspace.tasks.summing import Apart

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from mltrace.tasks.matching.matching import Counting
    from mltrace.tasks.matching.state import MatchingState
    from mltrace.tasks.pairs import Pairs
    from mltrace.workspace.opened import Moment
    from mltrace.workspace.tasks.matched import MatchedTask
    from mltrace.workspace.tasks.question import Question

Span = tuple[int, int]
"""From when on, and before when, in microseconds."""
NANOSECONDS = 1_000
"""Of a microsecond."""
ALL_TIME: Span = (-(1 << 62), 1 << 62)


@dataclass(frozen=True, slots=True)
class Selection:
    """Chooses outcomes of a task.

    Attributes
    ----------
    state : MatchingState
    features : tuple of str
        The features of its slices, in their order.
    where : mapping of str to str or None
        Which values of features, or of the model, count.
    as_of : int or None
        What was known then, in microseconds.
    """

    state: MatchingState
    features: Sequence[str]
    where: Mapping[str, str | None]
    as_of: int | None

    @property
    def apart(self) -> Apart:
        """What is chosen by, as slices are said."""
        return Apart.of(self.state, tuple(self.where), self.features, by=(), where=self.where)

    @property
    def known_at(self) -> datetime:
        """The moment whose knowledge is told."""
        return to_datetime(now_ns() if self.as_of is None else self.as_of * NANOSECONDS)

    @property
    def slice(self) -> str | None:
        """What is chosen, in words; None if all are."""
        return self.apart.text(self._codes)

    @property
    def model(self) -> str | None:
        """The model that is chosen, if one is."""
        return self.apart.model(self._codes)

    @property
    def _codes(self) -> tuple[int, ...]:
        return tuple(-1 if one is None else one for one in self.apart.chosen)

    def outcomes(self, span: Span, *, by_model: bool = False) -> Outcomes:
        """Find those that can be measured, in the order in which they were predicted.

        Parameters
        ----------
        span : tuple of int
        by_model : bool, default False
            Whether of an id the latest prediction of each model counts.
        """
        apart = self.apart
        counting = self.state.counting((*apart.places, *((MODEL_PLACE,) if by_model else ())))
        found = self._found(span, counting)
        is_chosen = self.state.meaning.exclusions(found) == FINE
        codes = Grid(1, 0, apart.places).cells(found.predictions)[:, 1:]
        for place, code in enumerate(apart.chosen):
            is_chosen &= codes[:, place] == code
        found = found.take(is_chosen)
        return found.take(numpy.argsort(found.predictions.at, kind="stable"))

    def _found(self, span: Span, counting: Counting) -> Outcomes:
        if span != ALL_TIME:  # only what was made then is looked at, and what has its ids
            return self.state.outcomes_between(numpy.array([span]), counting, as_of=self.as_of)
        parts = [
            find_outcomes(*rows, counting=counting, as_of=self.as_of, ranks=self.state.ranks)
            for rows in all_rows(self.state.runs)
        ]
        if len(parts) == 1:
            return parts[0]
        return Outcomes(
            PredictionRows.join([part.predictions for part in parts]),
            numpy.concatenate([part.label for part in parts]),
            numpy.concatenate([part.first_known_at for part in parts]),
        )

    def pairs(self, outcomes: Outcomes) -> Pairs:
        """Make pairs of outcomes that have a label."""
        return self.state.meaning.pairs(outcomes, self.state.values.texts)

    def values_of(self, feature: str, outcomes: Outcomes) -> NDArray[Any]:
        """Give a feature of each outcome: numbers if all its values are ones, else texts."""
        place = self.features.index(feature)
        texts = [*self.state.slices[place].texts, ""]
        codes = outcomes.predictions.slices[:, place]
        try:
            return numpy.array([float(text) if text else numpy.nan for text in texts])[codes]
        except ValueError:
            return numpy.array(texts)[codes]


def selected(matched: MatchedTask, question: Question, features: Sequence[str] = ()) -> Selection:
    """Choose what a question is about from what is matched of a task.

    Raises
    ------
    ArgumentError
        If no prediction is known.
    UnknownNameError
        If none has a feature that is chosen by or among `features`.
    """
    if matched.state.span(question.as_of) is None:
        raise ArgumentError(
            "No prediction of the task is known yet, only labels; log what was predicted, too."
        )
    for name, codes in zip(matched.slices, matched.state.slices, strict=True):
        if name in (*question.where, *features) and not len(codes):
            raise unknown_feature(name, [one for one in matched.slices if one != name])
    return Selection(matched.state, matched.slices, question.where, question.as_of)


def span_of(question: Question) -> Span:
    """Tell of which time a question without windows is."""
    low, high = ALL_TIME
    return (
        low if question.since is None else question.since,
        high if question.until is None else question.until,
    )


def read_span(text: Any, *, now: int | None = None) -> Span | None:
    """Read a window: two times, as text ISO 8601's 2026-11-01/2026-11-08; None if it is none.

    A week, day, month or hour will do as well, or two with dots between, both included, as monitors
    tell windows: 2026-W45, 2026-11-01..2026-11-07. Ages are counted from `now`, in nanoseconds.

    Raises
    ------
    ArgumentError
        If it ends before it begins.

    Examples
    --------
    >>> read_span("1970-01-01/1970-01-02"), read_span("model-a")
    ((0, 86400000000), None)
    >>> read_span("1970-01-01..1970-01-02"), read_span("1970-01-02")
    ((0, 172800000000), (86400000000, 172800000000))
    """
    if isinstance(text, str) and "/" not in text:
        return _read_periods(text)
    parts = text.split("/") if isinstance(text, str) else text
    if not isinstance(parts, list | tuple) or len(parts) != 2:
        return None
    try:
        start, end = (
            _moment(part.strip() if isinstance(part, str) else part, now) for part in parts
        )
    except ArgumentError:
        if isinstance(text, str):
            return None
        raise
    return _checked(text, start, end)


def _read_periods(text: str) -> Span | None:
    first, dots, last = text.strip().partition("..")
    begin = read_period(first)
    end = read_period(last) if dots else begin
    if begin is None or end is None:
        return None
    return _checked(text, *(_moment(one) for one in (begin.begin, end.end)))


def _checked(text: Any, start: int, end: int) -> Span:
    if start >= end:
        raise ArgumentError(f"The window {text!r} does not end after it begins.")
    return start, end


def _moment(moment: Moment, now: int | None = None) -> int:
    return to_microseconds(parse_moment(moment, now=now))
