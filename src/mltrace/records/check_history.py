"""What checks said of the runs of a component over time."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (msgspec reads the annotations)
from typing import Any

from mltrace.records.runs import CheckResult


class LoggedResult(CheckResult, frozen=True, kw_only=True):
    """What one test of one check said of a run, with the run's id and when it started.

    In frames `value` is a number or null, so that it can be charted; texts stay in the record.
    """

    component: str
    run: str
    at: datetime

    def rows(self) -> list[dict[str, Any]]:
        """List the record as one row, with its value if that is a number."""
        (row,) = super().rows()
        is_number = isinstance(self.value, int | float)
        return [{**row, "value": float(self.value) if is_number else None}]
