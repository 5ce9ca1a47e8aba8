"""One type: columns of Python objects that are all of a kind."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Check
from mltrace.checks.columns import Findings, as_columns, columns_among
from mltrace.checks.registered import library

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mltrace.records import Severity


@library.register("OneType")
class OneType(Check):
    """Fails if a column of Python objects mixes types, such as numbers and texts.

    Parameters
    ----------
    columns : str or sequence of str, optional
        The columns to look at; all of them if left out.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If the columns are not names.

    Notes
    -----
    Only pandas has such columns; those of any other type pass. Nulls are left out, whole numbers
    and fractions are one type. Its value is the largest share of values that are not of the most
    frequent type. Cost: one loop in Python over each column of objects.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"flight": [1545, "1714", 1141]})
    >>> run_checks([OneType()], "before", {"flights": frame})[0].message
    "flights: 'flight' mixes types: number 2, str 1"
    """

    def __init__(
        self,
        columns: Sequence[str] | str | None = None,
        *,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.columns = as_columns("OneType", columns)

    def test_one_type(self, **variables: Any) -> float:
        """Measure the largest share of values of a rarer type."""
        findings = Findings()
        for table, column in columns_among(variables, self.on, self.columns):
            if type(table.schema[column]).__name__ != "Object":
                findings.add(0.0)
                continue
            types = _count_types(table.values(column).to_list())
            most = max(types.values(), default=0)
            share = 1 - most / types.total() if most else 0.0
            counted = ", ".join(f"{name} {count:,}" for name, count in types.most_common(8))
            said = f"{table.name}: {column!r} mixes types: {counted}"
            findings.add(share, said if len(types) > 1 else None)
        return findings.worst()


def _count_types(values: Iterable[object]) -> Counter[str]:
    by_type = Counter(type(value) for value in values)
    named: Counter[str] = Counter()
    for kind, count in by_type.items():
        is_number = issubclass(kind, int | float) and kind is not bool
        named["number" if is_number else kind.__name__] += count
    return named
