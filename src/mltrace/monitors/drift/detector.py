"""The default detector: tells partitions that are unusual beside what their own history does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

import numpy
from msgspec import structs

from mltrace.errors import ArgumentError, unknown
from mltrace.monitors.drift.comparing.two_samples import compare
from mltrace.monitors.drift.history.blame import Blame, find_fault
from mltrace.monitors.drift.history.expectation import Expectation
from mltrace.monitors.drift.history.measuring import Measures
from mltrace.monitors.drift.history.reasons import Wording
from mltrace.monitors.drift.history.statistic import Scales
from mltrace.monitors.drift.history.summaries import summarize
from mltrace.monitors.drift.history.surprise import Cells, Tails
from mltrace.profiles.reading import profile_data
from mltrace.profiles.tables import Profile
from mltrace.records.drift import ColumnDrift, DriftResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from mltrace.monitors.drift.history.summaries import TableSummary

    Array = NDArray[numpy.float64]

MIN_HISTORY: Final = 8
"""With fewer partitions nothing is known of how they vary."""
MOST_HISTORY: Final = 180
"""Of a longer history only the newest partitions are learnt from."""
MOST_LATER: Final = 30
_NEARLY: Final = 0.7
"""Columns are named whose surprise is at least this part of the largest."""
_MOST_SURPRISE: Final = 1e6
_MAX_REASONS: Final = 3
_METHOD: Final = "history of profiles"


class History:
    """What is known of a table from partitions of it.

    Parameters
    ----------
    history : sequence of TableSummary
        Oldest first.
    """

    def __init__(self, history: Sequence[TableSummary]) -> None:
        self.num_partitions = len(history)
        self.measures = Measures(history)
        found = [self.measures.measure(one, at) for at, one in enumerate(history)]
        values, errors = (numpy.array(part) for part in zip(*found, strict=True))
        self.statistics = self.measures.statistics
        self.scales = Scales(self.statistics, values, errors)
        self.low, self.high = _ends(values)
        turned = self.scales.turn(values, errors)
        self.expectation = Expectation(self.statistics, turned, self.scales.least)
        distances = self.expectation.leave_one_out(turned.errors)
        self.cells = Cells(self.statistics, self.expectation.is_lively)
        start = max(len(history) // 2, len(history) - MOST_LATER)
        later = self.expectation.look_back(turned.errors, start)
        self.tails = Tails(self.cells.largest(distances), self.cells.largest(later))

    def judge(self, table: TableSummary) -> Judged:
        """Compare a partition with the history."""
        measured = self.measures.measure(table)
        distances = self.expectation.judge(self.scales.turn(*measured))
        surprises = self.tails.surprises(self.cells.largest(distances)).clip(0, _MOST_SURPRISE)
        return Judged(self, table, measured, surprises)

    def surprises_without(
        self, columns: frozenset[str], table: TableSummary, measured: tuple[Array, Array]
    ) -> Array:
        """Tell how surprising each statistic is as if some columns were not beside the others."""
        if columns:
            measured = self.measures.leave_out(columns, table, measured)
        distances = self.expectation.judge(self.scales.turn(*measured))
        surprises = self.tails.surprises_of(distances, self.cells).clip(0, _MOST_SURPRISE)
        surprises[[one.column in columns for one in self.statistics]] = 0
        return surprises


class Judged:
    """A partition beside a history.

    Parameters
    ----------
    history : History
    table : TableSummary
    measured : tuple of array of float, shape (num_statistics,)
        Values, and their errors.
    surprises : array of float, shape (num_cells,)
    """

    def __init__(
        self,
        history: History,
        table: TableSummary,
        measured: tuple[Array, Array],
        surprises: Array,
    ) -> None:
        self._history, self._table = history, table
        self._measured, self.surprises = measured, surprises
        self.surprise = float(surprises.max())
        self._by_column: dict[str | None, float] = {}
        for column, one in zip(history.cells.columns, surprises.tolist(), strict=True):
            self._by_column[column] = max(one, self._by_column.get(column, 0.0))

    def result(self, limit: float, name: str | None) -> DriftResult:
        """Tell the result, given the surprise from which on it is drift."""
        is_drift = self.surprise > limit
        blame = self._blame(min(limit, _NEARLY * self.surprise)) if is_drift else Blame()
        columns = {
            column: self._column(column, blame, limit)
            for column in dict.fromkeys([*blame.at_fault, *blame.explained, *self._by_column])
            if column is not None
        }
        reasons = self._reasons(None, blame.at_fault.get(None, []))
        reasons += [f"{one.name}: {one.reason}" for one in columns.values() if one.is_drift]
        return DriftResult(
            partition=name,
            score=self.surprise / limit,
            threshold=1.0,
            p_value=self._history.tails.p_value(self.surprise),
            is_drift=is_drift,
            columns=columns,
            method=_METHOD,
            reason="; ".join(reasons) if is_drift else "as usual",
            num_history=self._history.num_partitions,
            notes=self._notes(),
        )

    def _notes(self) -> tuple[str, ...]:
        known = self._history.measures.vocabularies
        new = [repr(name) for name in self._table.columns if name not in known]
        return (f"not in the history, so not judged: {', '.join(new)}",) if new else ()

    def _blame(self, bound: float) -> Blame:
        """Find the columns at fault, of those of which something is beyond a bound."""

        def judge(left_out: frozenset[str]) -> Array:
            return self._history.surprises_without(left_out, self._table, self._measured)

        return find_fault(self._history.statistics, judge, bound)

    def _column(self, name: str, blame: Blame, limit: float) -> ColumnDrift:
        surprise = self._by_column.get(name, 0.0)
        by = blame.explained.get(name)
        reasons = self._reasons(name, blame.at_fault.get(name, []))
        return ColumnDrift(
            name=name,
            method=_METHOD,
            statistic=surprise / limit,
            p_value=self._history.tails.p_value(surprise),
            is_drift=name in blame.at_fault,
            reason="; ".join(reasons) or (f"unusual only beside {by!r}" if by else "as usual"),
            explained_by=by,
        )

    def _reasons(self, column: str | None, places: Sequence[int]) -> list[str]:
        """Say what is unusual of a column, or of the table: at most one of each aspect."""
        history = self._history
        wording = Wording(history.measures.vocabularies, history.num_partitions)
        said: dict[str, str] = {}
        for at in places:
            statistic = history.statistics[at]
            if statistic.aspect not in said and len(said) < _MAX_REASONS:
                said[statistic.aspect] = wording.say(
                    statistic,
                    (float(self._measured[0][at]), float(history.low[at]), float(history.high[at])),
                    name=column,
                    column=self._table.columns.get(column or ""),
                )
        return list(said.values())


class DriftDetector:
    """Tells partitions that drift from those that do what their history does.

    A partition is judged by its profile: how far each statistic of each column is from what the
    history and the other columns of the same partition let expect, beside how far that is at other
    times. So weekdays, storms and seasons, which move many columns together, are no drift, and a
    fault in one column is.

    Parameters
    ----------
    false_alarm_rate : float, default 0.01
        How often a partition without drift may be called drift, over all columns together.
    columns : str or sequence of str, optional
        The columns to look at; all if left out.

    Raises
    ------
    ArgumentError
        If the rate is not between 0 and 0.5.

    Notes
    -----
    Some 60 statistics of each column (nulls, moments, shares of bins and of frequent values, values
    that never were, granularity), the rows, and how columns go together: nulls that coincide, and
    what each column is beside a regression on all others. Each is foretold from the other columns
    by kernel ridge regression over the history; what is left, beside its own history, tells how
    surprising it is. Nothing needs to be set, at any number of rows or columns: what sampling of
    rows alone explains is not surprising. It costs 2 to 3 ms for a profile of 20 columns, some 6 ms
    for 1,000 rows of them, and 12 kB for each partition of the history.

    The rate holds for partitions that vary as those of the history do; for real days, whose future
    is never quite like their past, 2 to 3 % were measured at 1 %.

    References
    ----------
    Shankar et al., Automatic and precise data validation for machine learning, CIKM 2023,
    https://doi.org/10.1145/3583780.3614786; Redyuk et al., Automating data quality validation for
    dynamic data ingestion, EDBT 2021, https://doi.org/10.5441/002/edbt.2021.07.

    Examples
    --------
    >>> import numpy, pandas
    >>> rng = numpy.random.default_rng(7)
    >>> days = [pandas.DataFrame({"delay": rng.normal(10, 3, 500)}) for _ in range(31)]
    >>> detector = DriftDetector().fit(days[:30])
    >>> detector.score(days[30]).is_drift
    False
    >>> result = detector.score(days[30] * 60)
    >>> result.is_drift, list(result.columns)
    (True, ['delay'])
    """

    def __init__(
        self, *, false_alarm_rate: float = 0.01, columns: str | Iterable[str] | None = None
    ) -> None:
        if not 0 < false_alarm_rate < 0.5:
            raise ArgumentError(
                f"false_alarm_rate is {false_alarm_rate!r}; give a number between 0 and 0.5, "
                "such as 0.01."
            )
        self.false_alarm_rate = false_alarm_rate
        listed = (columns,) if isinstance(columns, str) else columns
        self.columns = None if listed is None else tuple(listed)
        self._history: History | None = None
        self._few: tuple[Profile, ...] = ()

    def __repr__(self) -> str:
        known = 0 if self._history is None else self._history.num_partitions
        return f"<DriftDetector of {known or len(self._few)} partitions>"

    def fit(self, history: Iterable[Any]) -> Self:
        """Learn what is usual from partitions without drift.

        Parameters
        ----------
        history : iterable of Profile or of what `mltrace.profile` takes
            Oldest first; a few dozen are enough, such as the last 60, and of more than 180 only the
            newest count. With fewer than eight it is not known how partitions vary: then others are
            compared with all of them together, as `mltrace.drift` compares two tables, and their
            results say so in a note.

        Raises
        ------
        ArgumentError
            If there is none, or one that is no list.
        UnknownNameError
            If no partition has a column that is to be looked at.
        """
        if isinstance(history, str | Profile) or hasattr(history, "columns"):
            raise ArgumentError(
                f"the history is one {type(history).__name__}; give a list of partitions, "
                "oldest first."
            )
        profiles = [_as_profile(one) for one in [*history][-MOST_HISTORY:]]
        if not profiles:
            raise ArgumentError("the history is empty; give at least one partition, better 30.")
        self._check_columns(profiles)
        known = [self._narrowed(one) for one in profiles]
        is_little = len(known) < MIN_HISTORY
        self._few = tuple(known) if is_little else ()
        self._history = None if is_little else History([summarize(one) for one in known])
        return self

    def score(self, partition: Any, *, name: str | None = None) -> DriftResult:
        """Judge a partition that is not part of the history.

        Parameters
        ----------
        partition : Profile, or what `mltrace.profile` takes
        name : str, optional
            What the result calls it.

        Raises
        ------
        ArgumentError
            If the detector has no history yet.
        """
        profile = self._narrowed(_as_profile(partition))
        if self._few:
            return self._compare(profile, name)
        if self._history is None:
            raise ArgumentError("the detector knows no history; call `fit` before `score`.")
        judged = self._history.judge(summarize(profile))
        return judged.result(self._history.tails.limit(self.false_alarm_rate), name)

    def _compare(self, profile: Profile, name: str | None) -> DriftResult:
        num_history = len(self._few)
        result = compare(
            profile,
            Profile.merge_all(self._few),
            false_alarm_rate=self.false_alarm_rate,
            partition=name,
        )
        note = (
            f"the history has only {num_history} of {MIN_HISTORY} partitions, too few to tell how "
            "they vary: compared with all of them as one table, by tests and a least effect size"
        )
        return structs.replace(result, num_history=num_history, notes=(*result.notes, note))

    def _check_columns(self, history: Sequence[Profile]) -> None:
        known = dict.fromkeys(name for one in history for name in one.states)
        for name in self.columns or ():
            if name not in known:
                raise unknown("column", name, known, hint="No partition of the history has it.")

    def _narrowed(self, profile: Profile) -> Profile:
        return profile if self.columns is None else profile.among(self.columns)


def _as_profile(data: Any) -> Profile:
    return data if isinstance(data, Profile) else profile_data(data)


def _ends(values: Array) -> tuple[Array, Array]:
    """Tell the least and the greatest of each statistic; NaN where it never was."""
    is_known = numpy.isfinite(values)
    low = numpy.where(is_known, values, numpy.inf).min(0)
    high = numpy.where(is_known, values, -numpy.inf).max(0)
    is_never = ~is_known.any(0)
    low[is_never] = high[is_never] = numpy.nan
    most = numpy.finfo(numpy.float32).max
    return (
        low.clip(-most, most).astype(numpy.float32),
        high.clip(-most, most).astype(numpy.float32),
    )
