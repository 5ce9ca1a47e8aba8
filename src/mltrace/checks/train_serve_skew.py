"""Train-serving skew: what a model is asked must look like what it was trained on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mltrace.checks.arguments import as_number, as_rate
from mltrace.checks.check import Check, NotApplicable
from mltrace.checks.column_values import MIN_ROWS, ColumnValues
from mltrace.checks.columns import Findings, as_columns, as_share, percent
from mltrace.checks.distances import normal_quantile, share_noise, total_variation_noise
from mltrace.checks.references import Reference, as_reference, names_of, resolve
from mltrace.checks.registered import library

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TypeAlias

    from mltrace.records import ColumnProfile, Severity

    Known: TypeAlias = ColumnValues | ColumnProfile


@library.register("TrainServeSkew")
class TrainServeSkew(Check):
    """Fails if the data that a model is asked about differ from those that it was trained on.

    Four tests: a column is missing, or holds numbers here and categories there; it has more or
    fewer nulls; the mean of its numbers moved; it has categories that were not there in training.

    Parameters
    ----------
    train, serve : data frame, Profile, path or str, default 'train' and 'serve'
        The data; a text is a variable of the run, a file, or an artifact's name.
    columns : sequence of str, optional
        The columns to look at; all of the training data if left out. Leave out the label.
    max_nulls : float, default 0.05
        By how much the share of nulls may differ, beside noise.
    max_shift : float, default 0.25
        By how many standard deviations of the training data a mean may differ, beside noise.
    max_unseen : float, default 0.01
        The share of the values that may be of categories that training did not see, beside noise.
    false_alarm_rate : float, default 0.001
        How often each test may fail, over all columns, although nothing differs.
    severity
        As in `Check`.

    Raises
    ------
    ArgumentError
        If an argument cannot be.

    Notes
    -----
    The values are the number of columns that do not fit, and the largest difference, shift and
    share. Noise of means is normal. Columns with fewer than 30 rows are left out. A profile tells
    its most frequent categories only, so that it is not asked about unseen ones.

    References
    ----------
    Breck et al., Data validation for machine learning, MLSys 2019; Baylor et al., TFX, 2017,
    https://doi.org/10.1145/3097983.3098021

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> train = pandas.DataFrame({"delay": [10.0, 20.0, 30.0] * 100})
    >>> results = run_checks([TrainServeSkew()], "before", {"train": train, "serve": train * 60})
    >>> [(one.test, one.message) for one in results if one.status == "failed"]
    [('test_means', "serve: the mean of 'delay' is 1200, in train 20: 144.28 standard deviations")]
    """

    def __init__(
        self,
        *,
        train: Any = "train",
        serve: Any = "serve",
        columns: Sequence[str] | None = None,
        max_nulls: float = 0.05,
        max_shift: float = 0.25,
        max_unseen: float = 0.01,
        false_alarm_rate: float = 0.001,
        severity: Severity | None = None,
    ) -> None:
        super().__init__(severity=severity)
        self.train = as_reference("TrainServeSkew", train)
        self.serve = as_reference("TrainServeSkew", serve)
        self.columns = as_columns("TrainServeSkew", columns)
        self.max_nulls = as_share("TrainServeSkew", "max_nulls", max_nulls)
        self.max_shift = as_number("TrainServeSkew", "max_shift", max_shift, least=0) or 0.0
        self.max_unseen = as_share("TrainServeSkew", "max_unseen", max_unseen)
        self.false_alarm_rate = as_rate("TrainServeSkew", false_alarm_rate)

    @property
    def wanted(self) -> Sequence[str]:
        """The data, as far as they are variables."""
        return (*names_of(self.train), *names_of(self.serve))

    def test_columns(self, **variables: Any) -> int:
        """Count the columns that are missing or of another kind."""
        train, serve = self._data(variables)
        findings = Findings()
        for column in self._wanted_columns(train):
            lacking = [one.name for one in (train, serve) if column not in one.columns]
            findings.add(len(lacking), f"{lacking[0]}: no column {column!r}" if lacking else None)
        for column, was, now in self._pairs(train, serve):
            kinds = _kind(was), _kind(now)
            wrong = (
                f"{serve.name}: {column!r} holds {kinds[1]} values, in {train.name} {kinds[0]} ones"
            )
            is_wrong = kinds[0] != kinds[1] and "null" not in kinds
            findings.add(int(is_wrong), wrong if is_wrong else None)
        return int(findings.total())

    def test_nulls(self, **variables: Any) -> float:
        """Measure the largest difference of the shares of nulls."""
        train, serve = self._data(variables)
        pairs = self._large_pairs(train, serve)
        findings, rate = Findings(), self.false_alarm_rate / len(pairs)
        for column, was, now in pairs:
            counts = [[_num_nulls(one), one.num_rows - _num_nulls(one)] for one in (was, now)]
            before, after = (one[0] / sum(one) for one in counts)
            change = abs(after - before)
            said = (
                f"{serve.name}: {percent(after)} of {column!r} are null, in {train.name} "
                f"{percent(before)}"
            )
            is_beyond = change > self.max_nulls + total_variation_noise(*counts, rate=rate)
            findings.add(change, said if is_beyond else None)
        return findings.worst()

    def test_means(self, **variables: Any) -> float:
        """Measure the largest shift of a mean, in standard deviations of the training data."""
        train, serve = self._data(variables)
        found = [
            (column, *moments)
            for column, was, now in self._large_pairs(train, serve)
            if (moments := _moments(was, now)) is not None
        ]
        if not found:
            raise NotApplicable("no column of numbers that differ in both")
        findings, rate = Findings(), self.false_alarm_rate / len(found)
        for column, was, now, spread in found:
            noise = normal_quantile(rate / 2) * spread
            shift = abs(now - was[0]) / was[1]
            said = (
                f"{serve.name}: the mean of {column!r} is {now:.4g}, in {train.name} {was[0]:.4g}: "
                f"{shift:.2f} standard deviations"
            )
            findings.add(shift, said if shift > self.max_shift + noise / was[1] else None)
        return findings.worst()

    def test_categories(self, **variables: Any) -> float:
        """Measure the largest share of values of categories that training did not see."""
        train, serve = self._data(variables)
        found = [
            (column, was.counts, now.counts)
            for column, was, now in self._large_pairs(train, serve)
            if isinstance(was, ColumnValues) and isinstance(now, ColumnValues)
            if was.kind == now.kind == "category"
        ]
        if not found:
            raise NotApplicable("no column of categories in both")
        findings, rate = Findings(), self.false_alarm_rate / len(found)
        for column, was, now in found:
            share, by_chance, num_new = _unseen(was, now, rate=rate)
            allowed = self.max_unseen + by_chance
            noise = share_noise(sum(now.values()), allowed, rate=rate)
            noun = "a category" if num_new == 1 else f"{num_new:,} categories"
            said = f"{serve.name}: {percent(share)} of {column!r} are of {noun} new to training"
            findings.add(share, said if share > allowed + noise else None)
        return findings.worst()

    def _data(self, variables: Mapping[str, Any]) -> tuple[Reference, Reference]:
        return resolve(self.train, variables), resolve(self.serve, variables)

    def _wanted_columns(self, train: Reference) -> list[str]:
        return train.columns if self.columns is None else self.columns

    def _pairs(self, train: Reference, serve: Reference) -> Iterator[tuple[str, Known, Known]]:
        for column in self._wanted_columns(train):
            if column in train.columns and column in serve.columns:
                was, now = train.column(column), serve.column(column)
                if was is not None and now is not None:
                    yield column, was, now

    def _large_pairs(self, train: Reference, serve: Reference) -> list[tuple[str, Known, Known]]:
        pairs = [
            one
            for one in self._pairs(train, serve)
            if min(one[1].num_rows, one[2].num_rows) >= MIN_ROWS
        ]
        if not pairs:
            fewest = min(train.num_rows, serve.num_rows)
            raise NotApplicable(
                f"no column that both have, with {MIN_ROWS} rows (there are {fewest:,})"
            )
        return pairs


def _kind(known: Known) -> str:
    return "category" if known.kind in ("text", "boolean") else known.kind


def _num_nulls(known: Known) -> int:
    if isinstance(known, ColumnValues):
        return known.num_nulls
    return known.num_nulls + known.num_nan + known.num_inf


def _moments(was: Known, now: Known) -> tuple[tuple[float, float], float, float] | None:
    """Return the mean and deviation before, the mean now, and the standard error of the change."""
    before, after = _mean(was), _mean(now)
    if before is None or after is None or before[1] <= 1e-12 * abs(before[0]):
        return None
    spread = math.hypot(before[1] / math.sqrt(before[2]), after[1] / math.sqrt(after[2]))
    return (before[0], before[1]), after[0], spread


def _mean(known: Known) -> tuple[float, float, int] | None:
    num_values = known.num_rows - _num_nulls(known)
    if known.kind != "number" or num_values < MIN_ROWS:
        return None
    if isinstance(known, ColumnValues):
        return float(known.finite.mean()), float(known.finite.std(ddof=1)), num_values
    return None if known.std is None else (float(known.mean or 0.0), known.std, num_values)


def _unseen(
    was: Mapping[str | None, int], now: Mapping[str | None, int], *, rate: float
) -> tuple[float, float, int]:
    """Measure the share of new categories, and bound what it would be without any change.

    The share of values that a sample has once estimates that of the categories which it lacks (Good
    and Turing).
    """
    new = {name: count for name, count in now.items() if name is not None and name not in was}
    rows, rows_now = sum(was.values()), sum(now.values())
    unseen = sum(count == 1 for count in was.values()) / rows
    unseen += share_noise(rows, unseen, rate=rate) if unseen else 0.0
    return sum(new.values()) / rows_now, unseen, len(new)
