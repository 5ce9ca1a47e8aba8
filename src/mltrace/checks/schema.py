"""Schema: the columns that a data frame must have, with their types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Check
from mltrace.checks.columns import Findings
from mltrace.checks.measures import tables_among
from mltrace.checks.registered import library
from mltrace.checks.schemas import as_type, is_of_type, schema_changes
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from mltrace.records import Severity


@library.register("Schema")
class Schema(Check):
    """Fails if columns are missing, added, of another type or, where that counts, in another order.

    Parameters
    ----------
    columns : mapping of str to str, or sequence of str
        The columns with their types: 'integer', 'float', 'number', 'text', 'boolean', 'date',
        'datetime', 'duration', 'category', 'object', 'any', or exactly, such as 'Int64' or
        'String'. A sequence is of columns of any type.
    allow_added : bool, default False
        Whether there may be more columns.
    ordered : bool, default False
        Whether the columns must be in this order.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If no column is named, or a type is unknown.

    Notes
    -----
    Its value is the number of differences. Types are told alike in every library. Cost: it reads
    no data, unless pandas has columns of objects.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"flight": ["1545"], "tail": ["N14228"]})
    >>> check = Schema({"flight": "integer", "delay": "float"})
    >>> run_checks([check], "before", {"flights": frame})[0].message
    "flights: removed 'delay', added 'tail', 'flight' is String, expected integer"
    """

    def __init__(
        self,
        columns: Mapping[str, str] | Sequence[str],
        *,
        allow_added: bool = False,
        ordered: bool = False,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.columns = _as_schema(columns)
        self.allow_added = allow_added
        self.ordered = ordered

    def test_schema(self, **variables: Any) -> float:
        """Count the differences."""
        findings = Findings()
        for table in tables_among(variables, self.on):
            changes = list(
                schema_changes(
                    self.columns,
                    table.schema,
                    is_same=is_of_type,
                    allow_added=self.allow_added,
                    ordered=self.ordered,
                )
            )
            findings.add(len(changes), f"{table.name}: {', '.join(changes)}" if changes else None)
        return findings.total()


def _as_schema(columns: object) -> dict[str, str]:
    if isinstance(columns, Sequence) and not isinstance(columns, str):
        columns = dict.fromkeys(columns, "any")
    if not isinstance(columns, Mapping) or not columns:
        raise ArgumentError(
            f"Schema({columns!r}): give columns and types, such as {{'delay': 'float'}}."
        )
    return {column: as_type(f"Schema({column!r})", wanted) for column, wanted in columns.items()}
