"""A detector of any drift method: a history is put together as one reference, or taken as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from msgspec.structs import replace

from mltrace.errors import ArgumentError
from mltrace.monitors.drift.methods.method import methods
from mltrace.monitors.drift.summaries import MIN_HISTORY
from mltrace.monitors.drift.two_samples import compare
from mltrace.monitors.drift.whole_tables import compare_with_history
from mltrace.profiles.tables import Profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records.drift import DriftResult

TWO_SAMPLE: Final = "two-sample"


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
        self._method = None if name == TWO_SAMPLE else methods.get(name)
        scope = "column" if self._method is None else self._method.scope
        if scope == "table":
            raise ArgumentError(
                f"The drift method {name!r} needs rows, and profiles have none; choose one that "
                "compares columns or histories, or compare with mltrace.drift."
            )
        self._false_alarm_rate = false_alarm_rate
        self._history: Sequence[Profile] = ()
        self.min_history = MIN_HISTORY if scope == "history" else 1

    def fit(self, history: Sequence[Profile]) -> Self:
        """Take partitions as what to compare with."""
        self._history = history
        return self

    def score(self, partition: Profile, *, name: str | None = None) -> DriftResult:
        """Compare a partition with them."""
        if self._method is not None and self._method.scope == "history":
            return compare_with_history(
                partition,
                self._history,
                method=self._method,
                false_alarm_rate=self._false_alarm_rate,
                partition=name,
            )
        told = compare(
            partition,
            Profile.merge_all(self._history),
            method=None if self._method is None else self._method.name,
            false_alarm_rate=self._false_alarm_rate,
            partition=name,
        )
        return replace(told, num_history=len(self._history))
