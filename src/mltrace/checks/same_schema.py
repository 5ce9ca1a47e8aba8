"""Same schema: a data frame that has the columns and types of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Check
from mltrace.checks.columns import Findings, as_variable, other_table
from mltrace.checks.measures import tables_among
from mltrace.checks.registered import library
from mltrace.checks.schemas import schema_changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records import Severity


@library.register("SameSchema")
class SameSchema(Check):
    """Fails if columns were removed, added, retyped or reordered against another data frame.

    Parameters
    ----------
    as_ : str
        The variable that holds the other one, such as an argument of the run.
    allow_added : bool, default False
        Whether there may be more columns.
    ordered : bool, default True
        Whether the columns must be in the same order.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If `as_` is no name.

    Notes
    -----
    Its value is the number of differences; it is skipped where there is no such data frame. Cost:
    as `Schema`.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> flights = pandas.DataFrame({"flight": [1545], "delay": [2.0]})
    >>> variables = {"flights": flights, "result": flights[["delay", "flight"]].astype(str)}
    >>> run_checks([SameSchema("flights")], "after", variables)[0].value
    3
    """

    def __init__(
        self,
        as_: str,
        *,
        allow_added: bool = False,
        ordered: bool = True,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.as_ = as_variable("SameSchema", "as_", as_)
        self.allow_added = allow_added
        self.ordered = ordered

    @property
    def wanted(self) -> Sequence[str]:
        """The variables that it looks at."""
        return (*super().wanted, self.as_)

    def test_same_schema(self, **variables: Any) -> float:
        """Count the differences."""
        other = other_table(variables, self.as_)
        findings = Findings()
        for table in tables_among(variables, self.on):
            changes = list(
                schema_changes(
                    other.schema,
                    table.schema,
                    is_same=lambda found, expected: bool(found == expected),
                    allow_added=self.allow_added,
                    ordered=self.ordered,
                )
            )
            said = f"{table.name}, against {other.name}: {', '.join(changes)}"
            findings.add(len(changes), said if changes else None)
        return findings.total()
