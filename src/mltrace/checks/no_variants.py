"""Variants: texts that differ in case or white space alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Check
from mltrace.checks.columns import Findings, as_columns, columns_among
from mltrace.checks.dtypes import is_text
from mltrace.checks.registered import library

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mltrace.records import Severity


@library.register("NoVariants")
class NoVariants(Check):
    """Fails if texts of a column differ in case or white space alone, such as 'JFK' and 'jfk '.

    Parameters
    ----------
    columns : str or sequence of str, optional
        The columns to look at; all those of texts if left out.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If the columns are not names.

    Notes
    -----
    Nulls are left out; columns that hold no texts pass. Its value is the number of different texts
    that are a variant of another. Cost: one hash of each column, and a pass over its different
    texts.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"origin": ["JFK", "jfk ", "EWR", "JFK"]})
    >>> run_checks([NoVariants()], "before", {"flights": frame})[0].message
    "flights: 1 of 3 different values of 'origin' differs from another in case or white space alone"
    """

    def __init__(
        self,
        columns: Sequence[str] | str | None = None,
        *,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.columns = as_columns("NoVariants", columns)

    def test_no_variants(self, **variables: Any) -> float:
        """Count the different texts that are a variant of another."""
        findings = Findings()
        for table, column in columns_among(variables, self.on, self.columns, is_text):
            if not is_text(table.schema[column]):
                continue
            texts = table.unique(column).to_list()
            bad = len(texts) - _num_without_variants(texts)
            verb = "differs" if bad == 1 else "differ"
            said = (
                f"{table.name}: {bad:,} of {len(texts):,} different values of {column!r} {verb} "
                "from another in case or white space alone"
            )
            findings.add(bad, said if bad else None)
        return findings.total()


def _num_without_variants(texts: Iterable[str]) -> int:
    return len({" ".join(text.split()).casefold() for text in texts})
