"""Train/test overlap: rows of the test data that the model was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from mltrace.checks.arguments import as_rate, as_variable
from mltrace.checks.check import Check, NotApplicable, Unmet
from mltrace.checks.column_values import MIN_ROWS, too_few
from mltrace.checks.columns import as_columns, as_share, percent
from mltrace.checks.distances import share_noise
from mltrace.checks.measures import table_of
from mltrace.checks.registered import library
from mltrace.checks.rows import row_hashes
from mltrace.checks.vectors import variable_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mltrace.checks.measures import Table
    from mltrace.records import Severity


@library.register("TrainTestOverlap")
class TrainTestOverlap(Check):
    """Fails if rows of the test data are among the training data as well.

    Parameters
    ----------
    train, test : str, default 'train' and 'test'
        The variables that hold the two data frames.
    keys : sequence of str, optional
        The columns that identify what must not be in both, such as a customer; whole rows, over the
        columns that both have, if left out.
    max_share : float, default 0
        The share of the test rows that may be in both.
    false_alarm_rate : float, default 0.001
        Without keys: how often the check may fail although the split was random.
    severity
        As in `Check`.

    Raises
    ------
    ArgumentError
        If an argument cannot be.

    Notes
    -----
    Its value is the share of the test rows that are in both. Rows of a few coarse columns repeat by
    chance. After a random split, a test row finds its like in the training data as often as a
    training row finds it among the others; so much, and noise, is allowed without keys. It is
    skipped with fewer than 30 rows in either. Null and NaN are one; 5 and 5.0 are.

    References
    ----------
    Elangovan et al., Memorization vs. generalization, 2021, https://arxiv.org/abs/2102.01818

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"delay": range(200)})
    >>> variables = {"train": frame[:150], "test": frame[140:]}
    >>> run_checks([TrainTestOverlap()], "before", variables)[0].message
    '10 of 60 rows of test are in train, 16.7 %, expected at most 0 %'
    """

    def __init__(
        self,
        *,
        train: str = "train",
        test: str = "test",
        keys: Sequence[str] | None = None,
        max_share: float = 0.0,
        false_alarm_rate: float = 0.001,
        severity: Severity | None = None,
    ) -> None:
        super().__init__(severity=severity)
        self.train = as_variable("TrainTestOverlap", "train", train)
        self.test = as_variable("TrainTestOverlap", "test", test)
        self.keys = as_columns("TrainTestOverlap", keys)
        self.max_share = as_share("TrainTestOverlap", "max_share", max_share)
        self.false_alarm_rate = as_rate("TrainTestOverlap", false_alarm_rate)

    @property
    def wanted(self) -> Sequence[str]:
        """The two data frames."""
        return (self.train, self.test)

    def test_overlap(self, **variables: Any) -> float:
        """Measure the share of the test rows that are in both."""
        train, test = (_table(variables, name) for name in (self.train, self.test))
        fewest = min(train.num_rows, test.num_rows)
        if fewest < MIN_ROWS:
            raise too_few(fewest)
        columns = self._columns(train, test)
        known, asked = row_hashes(train, columns), row_hashes(test, columns)
        num_both = int(numpy.isin(asked, known).sum())
        share, by_chance = num_both / len(asked), 0.0
        if self.keys is None:
            by_chance = _share_repeated(known)
            if by_chance:
                by_chance += share_noise(fewest, by_chance, rate=self.false_alarm_rate / 2) * 2
        if share > self.max_share + by_chance:
            what = "rows" if self.keys is None else f"rows by {', '.join(self.keys)}"
            raise Unmet(
                f"{num_both:,} of {len(asked):,} {what} of {test.name} are in {train.name}, "
                f"{percent(share)}, expected at most {percent(self.max_share + by_chance)}",
                value=share,
            )
        return share

    def _columns(self, train: Table, test: Table) -> list[str]:
        for table in (train, test):
            lacking = [column for column in self.keys or () if column not in table.columns]
            if lacking:
                raise Unmet(f"{table.name}: no column {lacking[0]!r}")
        shared = [column for column in train.columns if column in test.columns]
        if not shared:
            raise NotApplicable(f"{train.name} and {test.name} have no column in common")
        return self.keys or shared


def _share_repeated(hashes: NDArray[numpy.uint64]) -> float:
    counts = numpy.unique(hashes, return_counts=True)[1]
    return float(counts[counts > 1].sum() / len(hashes))


def _table(variables: Mapping[str, Any], name: str) -> Table:
    value = variable_named(variables, name)
    table = table_of(name, value)
    if table is None:
        raise Unmet(f"{name} is a {type(value).__name__}, expected a data frame")
    return table
