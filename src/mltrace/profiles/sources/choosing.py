"""Finds the reader of a value by its type, without importing its library."""

from __future__ import annotations

import functools
import importlib
import os
from typing import TYPE_CHECKING, Any, Final

from mltrace.errors import ArgumentError
from mltrace.importing import late

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mltrace.profiles.sources.source import InMemory, Stream

_READERS: Final = {
    ("pandas", "DataFrame"): "pandas_frames.read_pandas",
    ("pandas", "Series"): "pandas_frames.read_pandas",
    ("pandas", "Index"): "pandas_frames.read_pandas",
    ("polars", "DataFrame"): "polars_frames.read_polars",
    ("polars", "Series"): "polars_frames.read_polars",
    ("polars", "LazyFrame"): "polars_frames.read_lazy_polars",
    ("pyarrow", "Table"): "arrow_tables.read_arrow",
    ("pyarrow", "RecordBatch"): "arrow_tables.read_arrow",
    ("pyarrow", "ChunkedArray"): "arrow_tables.read_arrow",
    ("pyarrow", "Array"): "arrow_tables.read_arrow",
    ("pyarrow", "RecordBatchReader"): "arrow_tables.read_batches",
    ("pyarrow", "Dataset"): "arrow_tables.read_dataset",
    ("duckdb", "DuckDBPyRelation"): "duckdb_relations.read_duckdb",
    ("_duckdb", "DuckDBPyRelation"): "duckdb_relations.read_duckdb",
    ("numpy", "ndarray"): "arrays.read_array",
    ("builtins", "dict"): "arrays.read_columns",
    ("builtins", "list"): "arrays.read_records",
    ("builtins", "tuple"): "arrays.read_records",
}
"""Readers by package and class, found among the base classes."""
_ACCEPTED: Final = (
    "frames and series of pandas, polars, Spark or any library that narwhals reads, tables, "
    "batches, readers and datasets of Arrow, relations of DuckDB, arrays of NumPy, lists of "
    "dictionaries, dictionaries of lists, and paths of files"
)


def source_of(data: Any, columns: Sequence[str] | None) -> InMemory | Stream:
    """Find how to read a value.

    Raises
    ------
    ArgumentError
        If it is nothing that has rows and columns.
    """
    if isinstance(data, str | os.PathLike):
        from mltrace.profiles.sources.files import read_path

        return read_path(data, columns)
    cls: type = type(data)
    reader = _reader_of(cls)
    if reader is None:
        raise ArgumentError(
            f"A value of type {cls.__qualname__} cannot be profiled; accepted: {_ACCEPTED}."
        )
    return reader(data, columns)


@functools.lru_cache(maxsize=256)
def is_spark(cls: type) -> bool:
    """Tell whether a type is a data frame of Spark."""
    return any(
        base.__module__.startswith("pyspark.sql.") and base.__name__ == "DataFrame"
        for base in cls.__mro__
    )


@functools.lru_cache(maxsize=256)
def _reader_of(cls: type) -> Callable[[Any, Any], InMemory | Stream] | None:
    for base in cls.__mro__:
        name = _READERS.get((base.__module__.partition(".")[0], base.__name__))
        if name is not None:
            return _loaded(name)
    if _is_known_to_narwhals(cls):
        return _loaded("narwhals_frames.read_narwhals")
    if hasattr(cls, "__arrow_c_stream__"):
        return _loaded("arrow_tables.read_batches")
    return None


def _loaded(name: str) -> Callable[[Any, Any], InMemory | Stream]:
    module, _, function = name.partition(".")
    with late():
        loaded = importlib.import_module(f"mltrace.profiles.sources.{module}")
    reader: Callable[[Any, Any], InMemory | Stream] = getattr(loaded, function)
    return reader


def _is_known_to_narwhals(cls: type) -> bool:
    packages = {base.__module__.partition(".")[0] for base in cls.__mro__}
    known = {"narwhals", "modin", "cudf", "dask", "dask_expr", "ibis", "sqlframe"}
    return hasattr(cls, "__narwhals_dataframe__") or not packages.isdisjoint(known)
