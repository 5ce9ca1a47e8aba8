"""Columns as they are to be written, as plain lists; and holders of columns of every library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from mltrace.capture.predictions.declaration import Declaration, declare
from mltrace.store.lake.columns import Coded, Same
from mltrace.store.lake.reading import LakeReader
from mltrace.verbs import default_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mltrace.store.task_facts import RowKind

HOLDERS: Final[Mapping[str, Callable[[list[Any]], Any]]] = {
    "list": list,
    "tuple": tuple,
    "dict values": lambda items: dict(enumerate(items)).values(),
    "array": np.array,
    "array of objects": lambda items: np.array(items, dtype=object),
    "pandas": pd.Series,
    "pandas objects": lambda items: pd.Series(items, dtype=object),
    "pandas nullable": lambda items: pd.Series(items).convert_dtypes(),
    "pandas of Arrow": lambda items: pd.Series(pd.arrays.ArrowExtensionArray(pa.array(items))),
    "pandas categories": lambda items: pd.Series(pd.Categorical(items)),
    "pandas index": pd.Index,
    "polars": pl.Series,
    "Arrow": pa.array,
    "Arrow chunks": lambda items: pa.chunked_array([pa.array(items)[:1], pa.array(items)[1:]]),
    "Arrow dictionary": lambda items: pa.array(items).dictionary_encode(),
    "Arrow dictionary chunks": lambda items: pa.chunked_array(
        [pa.array(items)]
    ).dictionary_encode(),
}


def task(kind: str, **options: Any) -> Declaration:
    """Declare a task."""
    given = {"positive": 1, "classes": None, "threshold": 0.5, "repeats": "latest", "slices": ()}
    return declare("late", kind, **{**given, "owner": None, "description": "", **options})


def listed(values: Any) -> Any:
    """List the values of a column."""
    if isinstance(values, Coded):
        return [values.texts[code] if code >= 0 else None for code in values.codes.tolist()]
    if isinstance(values, Same):
        return values.value
    return values.tolist() if isinstance(values, np.ndarray) else values


def read_rows(kind: RowKind = "predictions", name: str = "late") -> list[dict[str, Any]]:
    """Read the rows of a task from the store in force, in the order of their ids."""
    workspace = default_workspace()
    workspace.sync()
    with workspace.store.reading() as connection:
        found = LakeReader(connection, workspace.store.location.lake).read(name, kind)
    rows: list[dict[str, Any]] = found.to_pylist()
    return sorted(rows, key=lambda row: str(row["id"]))
