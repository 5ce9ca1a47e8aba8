"""The statistics of a profile as pandas, polars, DuckDB and DataSketches compute them.

Each takes the table in its own form, made beforehand, and returns what it is called with later.
What a peer cannot do is left out: DataSketches has neither moments nor exact counts, and none but
DataSketches makes anything that merges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable

QUANTILES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


def by_pandas(table: pa.Table) -> Callable[[], object]:
    frame = table.to_pandas()

    def run() -> object:
        numbers = frame.select_dtypes("number")
        found: list[Any] = [numbers.corr(), frame.duplicated().sum(), frame.isna().sum()]
        for name, column in frame.items():
            found += [column.nunique(), column.value_counts().head(10)]
            if name in numbers:
                found += [column.min(), column.max(), column.mean(), column.std()]
                found += [column.skew(), column.kurt(), column.quantile(QUANTILES)]
                found += [(column == 0).sum(), (column < 0).sum(), (column % 1 == 0).sum()]
                found.append(np.histogram(column.dropna(), bins=40))
            elif column.dtype.kind == "M":
                found += [column.min(), column.max(), column.quantile(QUANTILES)]
            elif column.dtype.kind != "b":
                lengths = column.str.len()
                found += [lengths.min(), lengths.max(), lengths.mean(), lengths.std()]
        return found

    return run


def by_polars(table: pa.Table) -> Callable[[], object]:
    import polars as pl

    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)

    def run() -> object:
        terms: list[pl.Expr] = []
        for name, kind in frame.schema.items():
            column = pl.col(name)
            found = [
                column.null_count(),
                column.n_unique(),
                column.value_counts(sort=True, name="times").head(10).implode(),
            ]
            if kind.is_numeric():
                found += [column.min(), column.max(), column.mean(), column.std()]
                found += [column.skew(), column.kurtosis()]
                found += [(column == 0).sum(), (column < 0).sum(), (column % 1 == 0).sum()]
                found.append(column.hist(bin_count=40).implode())
            if kind.is_numeric() or kind.is_temporal():
                found += [column.quantile(share) for share in QUANTILES]
            if kind == pl.String:
                lengths = column.str.len_chars()
                found += [lengths.min(), lengths.max(), lengths.mean(), lengths.std()]
            terms += [term.alias(f"{name} {at}") for at, term in enumerate(found)]
        numbers = [name for name, kind in frame.schema.items() if kind.is_numeric()]
        pairs = [(a, b) for at, a in enumerate(numbers) for b in numbers[:at]]
        terms += [pl.corr(a, b).alias(f"{a} {b}") for a, b in pairs]
        return frame.select(terms), frame.is_duplicated().sum()

    return run


def by_duckdb(table: pa.Table) -> Callable[[], object]:
    """Let DuckDB estimate distinct values, quantiles and the most frequent values."""
    import duckdb

    connection = duckdb.connect()
    connection.register("rows_", table)
    terms: list[str] = []
    for field in table.schema:
        column = f'"{field.name}"'
        terms += [
            f"count({column})",
            f"approx_count_distinct({column})",
            f"approx_top_k({column}, 10)",
        ]
        is_number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
        if is_number:
            for function in ("min", "max", "avg", "stddev", "skewness", "kurtosis"):
                terms.append(f"{function}({column})")
            for test in ("= 0", "< 0", "% 1 = 0"):
                terms.append(f"count(*) filter ({column} {test})")
        if is_number or pa.types.is_timestamp(field.type):
            terms.append(f"approx_quantile({column}, {list(QUANTILES)})")
        if pa.types.is_string(field.type):
            for function in ("min", "max", "avg", "stddev"):
                terms.append(f"{function}(length({column}))")
    statement = f"select {', '.join(terms)} from rows_"
    return lambda: connection.sql(statement).fetchall()


def by_datasketches(table: pa.Table) -> Callable[[], object]:
    """Sketch quantiles of the numeric columns alone, by KLL of its default size."""
    import datasketches

    numbers = [
        column.combine_chunks().drop_null().to_numpy(zero_copy_only=False).astype(np.float64)
        for column, field in zip(table.columns, table.schema, strict=True)
        if pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
    ]

    def run() -> object:
        found = []
        for values in numbers:
            sketch = datasketches.kll_doubles_sketch(200)
            sketch.update(values)
            found.append(sketch)
        return found

    return run
