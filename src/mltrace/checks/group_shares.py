"""Group shares: a step must not change the shares of groups between its input and its output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.arguments import as_variable
from mltrace.checks.check import Check, NotApplicable
from mltrace.checks.column_values import MIN_ROWS, too_few
from mltrace.checks.columns import Findings, as_columns, as_share, percent
from mltrace.checks.groups import groups_by_key, groups_of, input_with, output_of
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltrace.checks.measures import Table
    from mltrace.records import Severity


@library.register("GroupShares")
class GroupShares(Check):
    """Fails if the share of a group among the rows changes between input and output of a run.

    It runs after a run. A filter or a join that has nothing to do with the groups can change their
    shares all the same, so that the model that is trained next treats them otherwise.

    Parameters
    ----------
    columns : sequence of str
        The columns whose values are the groups, for example of age or gender; each on its own.
    max_change : float, default 0.05
        By how much the share of a group may change: 0.05 from 30 % to 25 %.
    before : str, optional
        The argument to compare with; the first data frame with the column if left out.
    key : sequence of str, optional
        Columns that tell rows apart, by which groups are found where the output lacks the column.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If an argument cannot be.

    Notes
    -----
    Its value is the largest change of a share. It is skipped with fewer than 30 rows before or
    after.

    References
    ----------
    Grafberger et al., mlinspect: a data distribution debugger for machine learning pipelines,
    SIGMOD 2021, https://doi.org/10.1145/3448016.3452759

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> people = pandas.DataFrame({"age": ["young", "old"] * 100, "pay": [1.0, 2.0] * 100})
    >>> rich = people[(people["pay"] > 1) | (people.index < 50)]
    >>> variables = {"people": people, "result": rich}
    >>> run_checks([GroupShares(["age"])], "after", variables)[0].message
    "result: 'age' is 'young' in 20 % of the rows, in 50 % of people, allowed is a change of 5 %"
    """

    def __init__(
        self,
        columns: Sequence[str],
        *,
        max_change: float = 0.05,
        before: str | None = None,
        key: Sequence[str] | None = None,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        names = as_columns("GroupShares", columns)
        if names is None:
            raise ArgumentError("GroupShares(None): give a list of column names.")
        self.columns = names
        self.max_change = as_share("GroupShares", "max_change", max_change)
        self.before = None if before is None else as_variable("GroupShares", "before", before)
        self.key = as_columns("GroupShares", key)

    @property
    def wanted(self) -> Sequence[str]:
        """The variables to compare."""
        return (*super().wanted, *(() if self.before is None else (self.before,)))

    def test_shares(self, **variables: Any) -> float:
        """Measure the largest change of the share of a group."""
        after = output_of(variables, self.on)
        findings = Findings()
        for column in self.columns:
            before = input_with(variables, column, named=self.before, output=after.name)
            groups, groups_after = groups_of(before, column), self._groups(before, after, column)
            fewest = min(sum(groups.values()), sum(groups_after.values()))
            if fewest < MIN_ROWS:
                raise too_few(fewest)
            group, was, now = _most_changed(groups, groups_after)
            change = abs(now - was)
            said = (
                f"{after.name}: {column!r} is {group!r} in {percent(now)} of the rows, in "
                f"{percent(was)} of {before.name}, allowed is a change of "
                f"{percent(self.max_change)}"
            )
            findings.add(change, said if change > self.max_change else None)
        return findings.worst()

    def _groups(self, before: Table, after: Table, column: str) -> Mapping[str | None, int]:
        if column in after.columns:
            return groups_of(after, column)
        if self.key is None:
            raise NotApplicable(
                f"{after.name} has no column {column!r}; give key= to find the groups of its rows"
            )
        return groups_by_key(before, after, column, key=self.key)


def _most_changed(
    groups: Mapping[str | None, int], after: Mapping[str | None, int]
) -> tuple[str | None, float, float]:
    total, total_after = sum(groups.values()), sum(after.values())
    shares = {
        group: (groups.get(group, 0) / total, after.get(group, 0) / total_after)
        for group in {**groups, **after}
    }
    most = max(shares, key=lambda group: _lost(*shares[group]))
    return most, *shares[most]


def _lost(was: float, now: float) -> tuple[float, float]:
    """Order changes by size; of two groups that trade places, the one that loses comes first."""
    return round(abs(now - was), 9), was - now
