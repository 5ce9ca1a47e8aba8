"""Distribution: columns whose values must be spread as those of a reference are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.arguments import as_rate
from mltrace.checks.check import Check, NotApplicable
from mltrace.checks.column_values import values_of
from mltrace.checks.columns import Findings, as_columns, as_share, columns_among
from mltrace.checks.comparing import compare
from mltrace.checks.references import as_reference, beside, names_of, resolve
from mltrace.checks.registered import library

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.checks.comparing import Comparison
    from mltrace.checks.measures import Table
    from mltrace.checks.references import Reference
    from mltrace.records import Severity


@library.register("Distribution")
class Distribution(Check):
    """Fails if a column is spread otherwise than in a reference, beyond what sampling explains.

    Numbers are compared by the distance of Kolmogorov and Smirnov, categories by the total
    variation: both say which share of the rows lies elsewhere, and count nulls as a value. Times
    are left out.

    Parameters
    ----------
    columns : sequence of str, optional
        The columns to look at; all that both have if left out.
    reference : data frame, Profile, path or str
        What to compare with; a text is a variable of the run, a file, or an artifact's name.
    max_distance : float, default 0.1
        The share of rows that may lie elsewhere, beside noise.
    false_alarm_rate : float, default 0.001
        How often the check may fail, over all columns, although nothing changed.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If an argument cannot be.

    Notes
    -----
    Its value is the largest distance. Columns with fewer than
    30 rows are left out; a profile is compared by its quantiles and most frequent values.

    References
    ----------
    Rabanser et al., Failing loudly, NeurIPS 2019, https://arxiv.org/abs/1810.11953; the noise:
    `mltrace.checks.distances`.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> before = pandas.DataFrame({"carrier": ["AA"] * 500 + ["UA"] * 500})
    >>> after = pandas.DataFrame({"carrier": ["AA"] * 900 + ["UA"] * 100})
    >>> print(run_checks([Distribution(reference=before)], "after", {"result": after})[0].message)
    result: 'carrier' is 0.40 from the reference, allowed are 0.18 (0.10 and 0.08 of noise)
    """

    def __init__(
        self,
        columns: Sequence[str] | None = None,
        *,
        reference: Any,
        max_distance: float = 0.1,
        false_alarm_rate: float = 0.001,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.columns = as_columns("Distribution", columns)
        self.reference = as_reference("Distribution", reference)
        self.max_distance = as_share("Distribution", "max_distance", max_distance)
        self.false_alarm_rate = as_rate("Distribution", false_alarm_rate)

    @property
    def wanted(self) -> Sequence[str]:
        """The variable to look at, and the reference if it is one."""
        return (*super().wanted, *names_of(self.reference))

    def test_distribution(self, **variables: Any) -> float:
        """Measure the distances of the columns."""
        reference = resolve(self.reference, variables)
        others = beside(self.reference, variables)
        shared = [
            (table, column)
            for table, column in columns_among(others, self.on, self.columns)
            if column in reference.columns
        ]
        if not shared:
            raise NotApplicable(f"no column is also in {reference.name}")
        rate = self.false_alarm_rate / len(shared)
        found = [
            (table, compare(column, values_of(table, column), reference.column(column), rate=rate))
            for table, column in shared
        ]
        return self._judge([(table, one) for table, one in found if one is not None], reference)

    def _judge(self, found: Sequence[tuple[Table, Comparison]], reference: Reference) -> float:
        if not found:
            raise NotApplicable(
                f"too few rows, or no columns of numbers or categories, as in {reference.name}"
            )
        findings = Findings()
        for table, one in found:
            said = f"{table.name}: {one.said(reference.name, self.max_distance)}"
            findings.add(one.distance, said if one.is_beyond(self.max_distance) else None)
        return findings.worst()
