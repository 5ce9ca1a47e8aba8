"""What the checks of a component say of data that are not of a run."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (msgspec reads the annotations)
from typing import Any

from mltrace.records.record import Record
from mltrace.records.runs import CheckStatus, CheckWhen, Severity  # noqa: TC001


class GateResult(Record, frozen=True, kw_only=True):
    """What one test of one check said.

    `file` and `line` tell where the check stands in a file of checks; a check that is declared in
    code has neither, and `rule` is the name that it has in the library, or its class or function.
    `seen` are the variables that it could look at, and `summary` says what it fails for.
    """

    check: str
    test: str
    when: CheckWhen
    status: CheckStatus
    severity: Severity = "warn"
    message: str = ""
    value: Any = None
    seconds: float = 0.0
    rule: str = ""
    summary: str = ""
    arguments: Mapping[str, Any] = {}
    seen: tuple[str, ...] = ()
    file: str | None = None
    line: int | None = None


class CheckReport(Record, frozen=True, kw_only=True):
    """What all checks of a component said of data.

    `data` tells which file, or artifact version, each variable was.
    """

    component: str
    data: Mapping[str, str] = {}
    results: tuple[GateResult, ...] = ()

    def of_status(self, *statuses: CheckStatus) -> list[GateResult]:
        """List the results with one of these statuses."""
        return [result for result in self.results if result.status in statuses]

    @classmethod
    def row_names(cls) -> tuple[str, ...]:
        """Name the columns of the rows."""
        return ("component", *GateResult.__struct_fields__)

    def rows(self) -> list[dict[str, Any]]:
        """List the results, one row each."""
        return [{"component": self.component, **row} for one in self.results for row in one.rows()]
