"""A detector of any drift method: a history is put together as one reference, or taken as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from mltrace.errors import ArgumentError
from mltrace.monitors.drift.answering import Question, scope_of
from mltrace.monitors.drift.samples.summaries import MIN_HISTORY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.profiles.tables import Profile
    from mltrace.records.drift import DriftResult


class MethodDetector:
    """Judges by a drift method.

    Parameters
    ----------
    name : str
        The name of the method; 'two-sample' chooses one by the type of each column.
    false_alarm_rate : float
        How often a partition without drift may be taken for one with it. Of a method that compares
        columns, that is so if its rows were drawn at random from the same population as those of
        the history; those of real partitions mostly are not.

    Raises
    ------
    UnknownNameError
        If there is no such method.
    ArgumentError
        If it needs the rows, of which monitors know only the profiles.

    Attributes
    ----------
    min_history : int
        So many partitions it needs to judge one.
    """

    def __init__(self, name: str, *, false_alarm_rate: float) -> None:
        scope = scope_of(name)
        if scope == "table":
            raise ArgumentError(
                f"The drift method {name!r} needs rows, and profiles have none; choose one that "
                "compares columns or histories, or compare with mltrace.drift."
            )
        self._method = name
        self._false_alarm_rate = false_alarm_rate
        self._history: Sequence[Profile] = ()
        self.min_history = MIN_HISTORY if scope == "history" else 1

    def fit(self, history: Sequence[Profile]) -> Self:
        """Take partitions as what to compare with."""
        self._history = history
        return self

    def score(self, partition: Profile, *, name: str | None = None) -> DriftResult:
        """Compare a partition with them."""
        question = Question(
            method=self._method, false_alarm_rate=self._false_alarm_rate, partition=name
        )
        return question.answer(partition, None, self._history)
