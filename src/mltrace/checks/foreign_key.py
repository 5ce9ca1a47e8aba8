"""Referential integrity: keys of one data frame that must stand in another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Check, Unmet
from mltrace.checks.columns import (
    Findings,
    as_columns,
    as_share,
    as_variable,
    listed,
    other_table,
    percent,
    tables_with,
)
from mltrace.checks.dtypes import is_number, is_ordered_with, is_text
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals.stable.v2 as nw

    from mltrace.checks.measures import Table
    from mltrace.records import Severity


@library.register("ForeignKey")
class ForeignKey(Check):
    """Fails if rows have a key that is in no row of another data frame.

    Parameters
    ----------
    columns : str or sequence of str
        The column, or those that together are a key.
    references : str or data frame
        The other one: the variable that holds it, such as an argument of the run, or itself.
    to : str or sequence of str, optional
        What the columns are called there; by default the same.
    max_share : float, default 0
        The share of the rows with a key that may refer to nothing.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If columns are not names, or not as many there.

    Notes
    -----
    Rows with a null in the key refer to nothing and are not counted, as in SQL. Its value is the
    largest share of rows whose key is not there. The two may be of different libraries. It is
    skipped where there is no such variable. Cost: one hash join of the keys.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> flights = pandas.DataFrame({"dest": ["IAH", "MIA", "XXX"]})
    >>> airports = pandas.DataFrame({"faa": ["IAH", "MIA"]})
    >>> check = ForeignKey("dest", "airports", to="faa", on="flights")
    >>> run_checks([check], "before", {"flights": flights, "airports": airports})[0].message
    "flights: 1 of 3 keys 'dest' is not in airports"
    """

    def __init__(
        self,
        columns: Sequence[str] | str,
        references: Any,
        *,
        to: Sequence[str] | str | None = None,
        max_share: float = 0.0,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        named = as_columns("ForeignKey", columns)
        if named is None:
            raise ArgumentError("ForeignKey(None): give a list of column names.")
        self.columns = named
        self.references = as_variable("ForeignKey", "references", references, or_frame=True)
        self.to = as_columns("ForeignKey", to)
        self.max_share = as_share("ForeignKey", "max_share", max_share)
        if self.to is not None and len(self.to) != len(self.columns):
            raise ArgumentError(
                f"ForeignKey(to={to!r}): give as many columns as {listed(self.columns)}."
            )

    @property
    def wanted(self) -> Sequence[str]:
        """The variables that it looks at."""
        named = (self.references,) if isinstance(self.references, str) else ()
        return (*super().wanted, *named)

    def test_foreign_key(self, **variables: Any) -> float:
        """Measure the largest share of rows whose key is not in the other frame."""
        other = other_table(variables, self.references)
        others = self.to or self.columns
        missing = [column for column in others if column not in other.columns]
        if missing:
            raise Unmet(f"{other.name}: no column {listed(missing)}")
        if self.on is None and "result" not in variables and isinstance(self.references, str):
            variables = {name: one for name, one in variables.items() if name != self.references}
        findings = Findings()
        for table in tables_with(variables, self.on, self.columns):
            rows = table.num_complete(*self.columns)
            bad = _num_orphans(table, self.columns, other, others) if rows else 0
            most = f", expected at most {percent(self.max_share)}" if self.max_share else ""
            verb = "is" if bad == 1 else "are"
            of = f"{bad:,} of {rows:,} keys {listed(self.columns)}"
            said = f"{table.name}: {of} {verb} not in {other.name}{most}"
            findings.add(bad / rows if rows else 0.0, said if bad > self.max_share * rows else None)
        return findings.worst()


def _num_orphans(table: Table, columns: Sequence[str], other: Table, others: Sequence[str]) -> int:
    import narwhals.stable.v2 as nw

    keys, known = [], []
    for column, there in zip(columns, others, strict=True):
        here, beyond = table.schema[column], other.schema[there]
        if not other.num_complete(there):
            return table.num_complete(*columns)
        dtype = _shared_type(here, beyond) if is_ordered_with(here, beyond) else None
        is_lost = dtype and not (_fits(table, column, dtype) and _fits(other, there, dtype))
        if is_lost or not is_ordered_with(here, beyond):
            raise Unmet(
                f"{table.name}: {column!r} is of type {here}, {there!r} of {other.name} {beyond}"
            )
        keys.append(nw.col(column).cast(dtype) if dtype else nw.col(column))
        known.append((nw.col(there).cast(dtype) if dtype else nw.col(there)).alias(column))
    wanted = table.complete(*columns).select(*keys)
    there_too = other.complete(*others).select(*known).unique()
    if there_too.implementation is not wanted.implementation:
        there_too = nw.from_arrow(
            there_too.to_arrow().select(columns), backend=wanted.implementation
        )
    if wanted.implementation.is_pyarrow():  # which joins no texts of another width
        fitting = there_too.to_native().cast(wanted.to_native().schema)
        there_too = nw.from_native(fitting, eager_only=True)
        if len(columns) == 1:  # three times as fast as a join
            key = columns[0]
            return len(wanted) - int(wanted[key].is_in(there_too[key].to_native()).sum() or 0)
    return len(wanted.join(there_too, on=list(columns), how="anti"))


def _fits(table: Table, column: str, dtype: Any) -> bool:
    """Tell whether the whole numbers of a column stay what they are in another type."""
    extremes = table.extremes(column) if table.schema[column].is_integer() else None
    largest = 2**63 - 1 if dtype.is_integer() else 2**53
    return extremes is None or (-largest <= extremes[0] and extremes[1] <= largest)


def _shared_type(here: Any, beyond: Any) -> nw.dtypes.DType | None:
    """Choose the type in which keys are compared; None if it is the same already."""
    import narwhals.stable.v2 as nw

    if here == beyond and not is_text(here):
        return None
    if is_text(here):
        return nw.String()
    if is_number(here):
        is_whole = here.is_integer() and beyond.is_integer()
        return nw.Int64() if is_whole else nw.Float64()
    return None
