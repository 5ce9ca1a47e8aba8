"""The profiles of the versions of an artifact, over time."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (msgspec reads the annotations)
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mltrace.records.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.records.profiles import ColumnProfile

_COUNTS: Final = (
    "num_rows", "num_nulls", "num_nan", "num_inf", "num_zeros", "num_negative", "num_empty",
    "num_distinct",
)  # fmt: skip
_MOMENTS: Final = ("mean", "std", "skewness", "kurtosis")
_ENDS: Final = ("min", "max")


class VersionProfile(Record, frozen=True, kw_only=True):
    """The profile of one making of an artifact.

    `at` is when a run wrote the content, or first read what no run wrote; `produced_by` the run
    that wrote it and `component` the component of that. Of a sample, `num_profiled_rows` is less
    than `num_rows`. `profile` is the `Profile`, which merges with others; `columns` describes it.
    """

    name: str
    digest: str
    at: datetime
    produced_by: str | None = None
    component: str | None = None
    num_rows: int
    num_profiled_rows: int
    profile: Any

    @property
    def columns(self) -> Mapping[str, ColumnProfile]:
        """The statistics of each column."""
        columns: Mapping[str, ColumnProfile] = self.profile.columns
        return columns

    def to_dict(self) -> dict[str, Any]:
        """Turn the record into plain JSON-ready values, its columns in full."""
        plain: dict[str, Any] = msgspec.to_builtins(
            {name: getattr(self, name) for name in self.__struct_fields__ if name != "profile"}
        )
        return {**plain, "columns": [column.to_dict() for column in self.columns.values()]}

    @classmethod
    def row_names(cls) -> tuple[str, ...]:
        """Name the columns of the rows."""
        of_version = ("name", "digest", "at", "produced_by", "component")
        return (*of_version, "column", "kind", "dtype", *_row_of_nothing())

    def rows(self) -> list[dict[str, Any]]:
        """List a row for each column, with those of its statistics that are one number or text.

        The ends of numbers are `min` and `max`, those of times and texts `first` and `last`.
        """
        mine = {
            "name": self.name,
            "digest": self.digest,
            "at": self.at,
            "produced_by": self.produced_by,
            "component": self.component,
        }
        return [{**mine, **column_row(column)} for column in self.profile.summaries.values()]


class StatisticPoint(Record, frozen=True, kw_only=True):
    """One statistic of one column in the profile of one version."""

    name: str
    digest: str
    at: datetime
    produced_by: str | None = None
    column: str
    statistic: str
    value: float | None = None


def column_row(column: ColumnProfile) -> dict[str, Any]:
    """Tell the statistics of a column that are one number or text."""
    row = {"column": column.name, "kind": column.kind, "dtype": column.dtype, **_row_of_nothing()}
    for name in (*_COUNTS, *_MOMENTS):
        row[name] = getattr(column, name)
    row["null_share"] = column.num_nulls / column.num_rows if column.num_rows else None
    is_number = column.kind in ("number", "boolean")
    for end, name in zip(_ENDS if is_number else ("first", "last"), _ENDS, strict=True):
        row[end] = _end(getattr(column, name), is_number=is_number)
    if column.kind == "number":
        for probability, value in column.quantiles.items():
            row[f"q{probability}"] = value
    return row


def _row_of_nothing() -> dict[str, Any]:
    names = (*_COUNTS, "null_share", *_MOMENTS, *_ENDS, "first", "last")
    return dict.fromkeys(names)


def _end(value: Any, *, is_number: bool) -> Any:
    if value is None:
        return None
    if is_number:
        return float(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
