"""The view of profiles: a row for each column of each version that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from mltrace.errors import ArgumentError
from mltrace.profiles.tables import Profile
from mltrace.query.view import Asked, View, ViewColumn, described, table_of
from mltrace.records.profile_history import column_row
from mltrace.store.database.schema import profile
from mltrace.store.mirroring.mirror import Pieces
from mltrace.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mltrace.records import ColumnProfile

_COUNTS: Final = frozenset(
    {"num_table_rows", "num_rows", "num_nulls", "num_nan", "num_inf", "num_zeros", "num_negative"}
    | {"num_empty"}
)
_TEXTS: Final = frozenset({"digest", "column_name", "kind", "dtype", "first", "last"})
_ABOUT: Final = """
    digest: the digest of the content that was profiled
    profiled_at: when it was profiled
    num_table_rows: how many rows the table has
    column_name: the column
    kind: what its values are: 'number', 'boolean', 'time', 'text' …
    dtype: its type
    num_rows: how many rows were looked at
    num_nulls: nulls
    num_nan: NaN
    num_inf: infinities
    num_zeros: zeros
    num_negative: numbers below zero
    num_empty: empty texts
    num_distinct: different values, estimated where there are many
    null_share: the share of nulls
    mean: the mean of numbers
    std: their standard deviation
    skewness: their skewness
    kurtosis: their excess kurtosis
    min: the least number
    max: the greatest number
    first: the first time or text, in order
    last: the last time or text, in order
    p01: the number below which 1 % of them are
    p05: 5 %
    p10: 10 %
    p25: 25 %
    p50: the median
    p75: 75 %
    p90: 90 %
    p95: 95 %
    p99: 99 %
"""


def _type(name: str) -> str:
    if name == "profiled_at":
        return "TIMESTAMP WITH TIME ZONE"
    return "VARCHAR" if name in _TEXTS else "BIGINT" if name in _COUNTS else "DOUBLE"


class ProfileRows:
    """The rows of profiles, read from the states that the catalog keeps."""

    def read(self, asked: Asked) -> Pieces:
        """Read the rows, of some digests where that is asked for."""
        return Pieces((), table_of(PROFILES, list(_rows(asked))))


def _rows(asked: Asked) -> Iterator[dict[str, Any]]:
    query = select(profile.c.digest, profile.c.at, profile.c.content)
    if "digest" in asked.equals:
        query = query.where(profile.c.digest.in_(asked.equals["digest"]))
    num_rows = 0
    for digest, at, content in asked.connection.execute(query):
        found = Profile.from_bytes(content)
        mine = {
            "digest": digest,
            "profiled_at": to_datetime(at),
            "num_table_rows": found.num_rows,
        }
        for column in found.summaries.values():
            row = column_row(column)
            row["column_name"] = row.pop("column")
            yield {**row, **_quantiles(column), **mine}
            num_rows += 1
        if num_rows > asked.most_rows:
            raise ArgumentError(
                f"The table profiles has more than {asked.most_rows:,} rows that a query has to "
                "read; ask for some by an equality of digest."
            )


def _quantiles(column: ColumnProfile) -> dict[str, float]:
    if column.kind != "number":
        return {}
    return {f"p{float(place) * 100:02.0f}": value for place, value in column.quantiles.items()}


PROFILES: Final = View(
    "profiles",
    "the profile of a column of a version",
    tuple(ViewColumn(name, _type(name), about) for name, about in described(_ABOUT).items()),
    ProfileRows(),
    {},
)

VIEWS: Final = (PROFILES,)
