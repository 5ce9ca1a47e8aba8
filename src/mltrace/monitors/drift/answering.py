"""Answers whether data has drifted: from a reference or a history, by the method asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec import structs

from mltrace.errors import ArgumentError, unknown
from mltrace.monitors.drift.comparing.two_samples import TWO_SAMPLE, compare
from mltrace.monitors.drift.comparing.whole_tables import compare_rows, compare_with_history
from mltrace.monitors.drift.detector import DriftDetector
from mltrace.monitors.drift.methods.method import methods
from mltrace.profiles.reading import profile_data
from mltrace.profiles.tables import Profile
from mltrace.records import VersionProfile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.monitors.drift.methods.false_discovery import Correction
    from mltrace.monitors.drift.methods.method import Scope
    from mltrace.records.drift import DriftResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How to tell whether data has drifted; see `mltrace.drift` for each field.

    Attributes
    ----------
    partition : str or None
        The name of the current data.
    """

    method: str | None = None
    columns: list[str] | None = None
    false_alarm_rate: float = 0.01
    correction: Correction = "benjamini-hochberg"
    min_effect: float | None = None
    partition: str | None = None

    def answer(self, current: Any, reference: Any, history: Iterable[Any] | None) -> DriftResult:
        """Compare with a reference or a history, one of which is None.

        Raises
        ------
        ArgumentError
            If neither or both are None, or something else cannot be.
        """
        if (reference is None) == (history is None):
            given = "Neither reference= nor history= is" if history is None else "Both are"
            raise ArgumentError(
                f"{given} given; give reference=, a table to compare with, or history=, a list of "
                "earlier partitions, oldest first."
            )
        if history is not None:
            return self._by_history(as_profile(current), _past(history))
        if scope_of(self.method) == "table":
            return compare_rows(
                current,
                reference,
                method=methods.get(str(self.method)),
                columns=self.columns,
                false_alarm_rate=self.false_alarm_rate,
                min_effect=self.min_effect,
                partition=self.partition,
            )
        return self._by_columns(as_profile(current), as_profile(reference))

    def _by_columns(self, current: Profile, reference: Profile) -> DriftResult:
        return compare(
            current,
            reference,
            method=self.method,
            columns=self.columns,
            false_alarm_rate=self.false_alarm_rate,
            correction=self.correction,
            min_effect=self.min_effect,
            partition=self.partition,
        )

    def _by_history(self, current: Profile, history: list[Profile]) -> DriftResult:
        if scope_of(self.method) == "table":
            raise ArgumentError(
                f"The drift method {self.method!r} compares the rows of two tables; give "
                "reference= in place of history=."
            )
        if self.method is not None and scope_of(self.method) == "column":
            told = self._by_columns(current, Profile.merge_all(history))
            return structs.replace(told, num_history=len(history))
        if self.min_effect is not None:
            raise ArgumentError(
                f"min_effect={self.min_effect!r} is of comparisons of columns, not of how they "
                "vary in a history; leave it out, or name a method that compares columns: 'psi'."
            )
        current, *past = _only(self.columns, [current, *history])
        if self.method is None:
            detector = DriftDetector(false_alarm_rate=self.false_alarm_rate)
            return detector.fit(past).score(current, name=self.partition)
        return compare_with_history(
            current,
            past,
            method=methods.get(self.method),
            false_alarm_rate=self.false_alarm_rate,
            partition=self.partition,
        )


def scope_of(method: str | None) -> Scope:
    """Tell what a method compares: columns, tables by their rows, or a history.

    Raises
    ------
    UnknownNameError
        If there is no such method.
    """
    return "column" if method in (None, TWO_SAMPLE) else methods.get(str(method)).scope


def as_names(columns: str | Iterable[str]) -> list[str]:
    """List the names of columns, of which one may be given as it is."""
    return [columns] if isinstance(columns, str) else list(columns)


def as_profile(data: Any) -> Profile:
    """Take the profile of data that has one, or profile it."""
    if isinstance(data, VersionProfile):
        data = data.profile
    return data if isinstance(data, Profile) else profile_data(data)


def _past(history: Iterable[Any]) -> list[Profile]:
    """Profile the partitions of a history, oldest first; those of versions know their time."""
    if isinstance(history, str) or not isinstance(history, Sequence | Iterator):
        raise ArgumentError(
            f"history= is of type {type(history).__name__}; give a list of earlier partitions, "
            "oldest first, such as mt.profiled(name), or reference= a single table."
        )
    given = list(history)
    if given and all(isinstance(one, VersionProfile) for one in given):
        given.sort(key=lambda one: one.at)
    return [as_profile(one) for one in given]


def _only(columns: list[str] | None, profiles: list[Profile]) -> list[Profile]:
    """Leave the columns that are wanted, of the current profile and of those before it."""
    if columns is None:
        return profiles
    known = dict.fromkeys(name for one in profiles[1:] for name in one.states)
    for name in columns:
        if name not in known:
            raise unknown("column", name, known)
    return [one.among(columns) for one in profiles]
