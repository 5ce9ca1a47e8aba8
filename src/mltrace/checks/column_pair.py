"""Column pairs: two columns of which one bounds or equals the other in each row."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.check import Check, Unmet
from mltrace.checks.columns import Findings, as_columns, as_share, percent, tables_with
from mltrace.checks.dtypes import is_ordered_with, is_text
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.checks.measures import Table
    from mltrace.records import Severity

RELATIONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}


@library.register("ColumnPair")
class ColumnPair(Check):
    """Fails if a relation of two columns, such as departure before arrival, does not hold in a row.

    Parameters
    ----------
    left : str
        The column to the left of the relation.
    relation : {'<', '<=', '==', '!=', '>=', '>'}
        What must hold.
    right : str
        The column to the right of it.
    max_share : float, default 0
        The share of the rows in which it need not hold.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If a column is no name, or the relation is unknown.

    Notes
    -----
    Rows with a null in one of the two are not counted. Its value is the largest share of rows in
    which it does not hold. Cost: one pass over both columns.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"departure": [517, 533], "arrival": [830, 450]})
    >>> check = ColumnPair("departure", "<=", "arrival")
    >>> run_checks([check], "before", {"flights": frame})[0].message
    "flights: 'departure' <= 'arrival' does not hold in 1 of 2 rows"
    """

    def __init__(
        self,
        left: str,
        relation: str,
        right: str,
        *,
        max_share: float = 0.0,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        as_columns("ColumnPair", [left, right])
        if relation not in RELATIONS:
            raise ArgumentError(
                f"ColumnPair(relation={relation!r}): give one of {' '.join(RELATIONS)}."
            )
        self.left = left
        self.relation = relation
        self.right = right
        self.max_share = as_share("ColumnPair", "max_share", max_share)

    @property
    def subject(self) -> str:
        """What its name says that it looks at."""
        return f"{self.left} {self.relation} {self.right}"

    def test_column_pair(self, **variables: Any) -> float:
        """Measure the largest share of rows in which the relation does not hold."""
        findings = Findings()
        for table in tables_with(variables, self.on, [self.left, self.right]):
            rows = table.num_complete(self.left, self.right)
            bad = self._num_bad(table) if rows else 0
            most = f", expected at most {percent(self.max_share)}" if self.max_share else ""
            pair = f"{self.left!r} {self.relation} {self.right!r}"
            said = f"{table.name}: {pair} does not hold in {bad:,} of {rows:,} rows{most}"
            findings.add(bad / rows if rows else 0.0, said if bad > self.max_share * rows else None)
        return findings.worst()

    def _num_bad(self, table: Table) -> int:
        import narwhals.stable.v2 as nw

        types = table.schema[self.left], table.schema[self.right]
        if not is_ordered_with(*types):
            left_is = f"{self.left!r} is of type {types[0]}"
            raise Unmet(f"{table.name}: {left_is}, {self.right!r} of type {types[1]}")
        frame = table.complete(self.left, self.right)
        left, right = frame[self.left], frame[self.right]
        if is_text(types[0]):
            left, right = left.cast(nw.String()), right.cast(nw.String())
        return len(frame) - int(RELATIONS[self.relation](left, right).sum() or 0)
