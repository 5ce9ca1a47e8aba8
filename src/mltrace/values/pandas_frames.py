"""Bring pandas frames back from Arrow columns, with the dtypes, labels and index they had."""

from __future__ import annotations

from typing import Any

import pandas


def build_pandas(manifest: dict[str, Any], columns: list[Any]) -> Any:
    """Build the frame or series of a manifest from its columns, index columns last."""
    entries = manifest["columns"]
    index = _build_index(manifest, columns[len(entries) :])
    series = [
        _series(values, entry["dtype"], index)
        for entry, values in zip(entries, columns, strict=False)
    ]
    labels = [_label(entry) for entry in entries]
    if manifest["container"] == "series":
        return series[0].rename(None if labels[0] == "" else labels[0])
    frame = pandas.DataFrame(dict(enumerate(series)), index=index)
    frame.columns = _column_index(labels, manifest["column_names"])
    return frame


def _series(values: Any, dtype: str, index: Any) -> Any:
    if isinstance(values, list):
        series = _boxed(values, index)
        return series if dtype == "object" else series.astype(dtype)
    if dtype == "object":
        return _boxed(values.to_pylist(), index)
    kind = _extension_type(values, dtype)
    if kind is not None:
        return pandas.Series(kind.__from_arrow__(values), index=index)
    series = values.to_pandas()
    series.index, series.name = index, None
    return series if str(series.dtype) == dtype else series.astype(dtype)


def _boxed(objects: list[Any], index: Any) -> Any:
    return pandas.Series(objects, index=index, dtype=object)


def _extension_type(values: Any, dtype: str) -> Any:
    if dtype.endswith("[pyarrow]") and not dtype.startswith("string"):
        return pandas.ArrowDtype(values.type)
    try:
        kind = pandas.api.types.pandas_dtype(dtype)
    except (TypeError, ValueError):
        return None
    is_plain = isinstance(kind, pandas.CategoricalDtype | pandas.DatetimeTZDtype)
    return kind if hasattr(kind, "__from_arrow__") and not is_plain else None


def _build_index(manifest: dict[str, Any], columns: list[Any]) -> Any:
    position = manifest["position"]
    if position is not None and "start" in position:
        return pandas.RangeIndex(position["start"], position["stop"], position["step"])
    entries = manifest["index"] or ([position] if position is not None else [])
    places = pandas.RangeIndex(manifest["num_rows"])
    if not entries:
        return places
    levels = [
        pandas.Index(_series(values, entry["dtype"], places), name=_index_name(entry))
        for entry, values in zip(entries, columns, strict=True)
    ]
    return levels[0] if len(levels) == 1 else pandas.MultiIndex.from_arrays(levels)


def _index_name(entry: dict[str, Any]) -> Any:
    if "label" in entry:
        return _label(entry)
    return None if entry["name"].startswith("__index_level_") else entry["name"]


def _label(entry: dict[str, Any]) -> Any:
    label = entry.get("label", entry["name"])
    return tuple(label) if isinstance(label, list) else label


def _column_index(labels: list[Any], names: list[Any]) -> Any:
    if len(names) > 1:
        return pandas.MultiIndex.from_tuples(labels, names=names)
    return pandas.Index(labels, name=names[0] if names else None)
