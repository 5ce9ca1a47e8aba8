"""What drift detection tells: of a partition, and of its columns."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (msgspec reads the annotations)
from typing import Any

from mltrace.records.record import Record


class ColumnDrift(Record, frozen=True, kw_only=True):
    """How far one column of a partition is from what is usual.

    `method` names what was compared, `statistic` is its value and `p_value` how often it is that
    large by chance; `effect_size` says how large the difference is whatever the number of rows,
    where the method has one. `reason` says it in words. A column that is unusual only beside one
    that drifted is `explained_by` it, and did not drift itself.
    """

    name: str
    method: str
    statistic: float | None = None
    p_value: float | None = None
    effect_size: float | None = None
    is_drift: bool = False
    reason: str = ""
    explained_by: str | None = None


class DriftResult(Record, frozen=True, kw_only=True):
    """What is told of one partition: the larger `score`, the farther it is from what is usual.

    `p_value` is how often a partition without drift has such a score; `threshold` is the score
    above which it `is_drift`. `columns` maps names to what is told of each, first those that
    drifted, the most suspect one first; `reason` says in words what is unusual, of the whole table
    as well. `num_history` partitions were compared with, and `notes` say what limits the answer.
    """

    partition: str | None = None
    score: float
    threshold: float | None = None
    p_value: float | None = None
    is_drift: bool = False
    columns: Mapping[str, ColumnDrift] = {}
    method: str = ""
    reason: str = ""
    num_history: int = 0
    notes: tuple[str, ...] = ()

    @classmethod
    def row_names(cls) -> tuple[str, ...]:
        """Name the columns of the rows, of which there is one for each column of the data."""
        return ("partition", *ColumnDrift.__struct_fields__)

    def rows(self) -> list[dict[str, Any]]:
        """List a row for each column of the data."""
        mine = {"partition": self.partition}
        return [{**mine, **column.rows()[0]} for column in self.columns.values()]
