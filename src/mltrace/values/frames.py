"""Data frames, tables and columns in memory: pandas, polars, Arrow and what narwhals can read.

Frames with equal values in equally named columns have equal digests, whichever library holds them.
Null and NaN are one in columns of floats, for pandas cannot tell them apart. An unnamed integer
index of pandas is a position, not content; any other index counts as further columns.
"""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from mltrace.values.described import Described, Part, UndigestibleError, over_limit
from mltrace.values.kinds import OpenPart, ValueKind, kinds
from mltrace.values.pickles import PICKLING_ERRORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.values.wanted import Wanted

# Package and class, found among the base classes, to the reader in frame_columns.
READERS = {
    ("pandas", "DataFrame"): "pandas_frame",
    ("pandas", "Series"): "pandas_series",
    ("polars", "DataFrame"): "polars_frame",
    ("polars", "Series"): "polars_series",
    ("pyarrow", "Table"): "arrow_table",
    ("pyarrow", "RecordBatch"): "arrow_table",
    ("pyarrow", "ChunkedArray"): "arrow_column",
    ("pyarrow", "Array"): "arrow_column",
    ("narwhals", "DataFrame"): "narwhals_frame",
    ("narwhals", "Series"): "narwhals_frame",
    ("modin", "DataFrame"): "narwhals_frame",
    ("modin", "Series"): "narwhals_frame",
    ("cudf", "DataFrame"): "narwhals_frame",
    ("cudf", "Series"): "narwhals_frame",
}


def reader_of(cls: type) -> str | None:
    """Return the name of the reader for a type of frame, or None for any other type."""
    for base in cls.__mro__:
        reader = READERS.get((base.__module__.partition(".")[0], base.__name__))
        if reader:
            return reader
    return None


class FrameKind(ValueKind):
    """Frames, tables and columns in memory."""

    key = "frame"
    kind = "data"

    def handles(self, cls: type) -> bool:
        """Tell whether a type is a frame or a column of a known library."""
        return reader_of(cls) is not None

    def describe(self, value: Any, keep_limit_bytes: int | None = None) -> Described:
        """Describe a frame by its columns, their types and their content."""
        try:
            from mltrace.values.frame_columns import read_frame, rows_of
        except ModuleNotFoundError:
            return _undescribed(value)
        try:
            frame = read_frame(value)
        except UndigestibleError as error:
            return Described(self.kind, reason=str(error))
        except PICKLING_ERRORS as error:
            return Described(self.kind, reason=f"{type(error).__name__}: not readable as a frame")
        is_kept = keep_limit_bytes is not None and frame.num_bytes <= keep_limit_bytes
        reason = frame.reason
        parts: tuple[Part, ...] = ()
        manifest = reordering = None
        snapshots: Mapping[str, Any] = {}
        if is_kept and reason is None:
            from mltrace.values.frame_storage import pack

            parts, manifest, reason, reordering, snapshots = pack(frame)
        elif keep_limit_bytes is not None and not is_kept:
            reason = reason or over_limit(frame.num_bytes, keep_limit_bytes)
        return Described(
            self.kind,
            digest=frame.digest,
            size_bytes=frame.num_bytes,
            num_rows=frame.num_rows,
            columns=tuple(column.name for column in frame.columns),
            dtypes=tuple(column.dtype for column in frame.columns),
            trivial=frame.num_rows == 0 or not frame.columns,
            reason=reason,
            parts=parts,
            manifest=manifest,
            reordering=reordering,
            rows=partial(rows_of, frame, snapshots),
            are_rows_safe=bool(snapshots) or frame.library in ("polars", "pyarrow"),
        )

    def load(self, manifest: dict[str, Any], open_part: OpenPart, wanted: Wanted) -> Any:
        """Bring a frame back, in its own library if that is installed, else as an Arrow table."""
        from mltrace.values.converting import convert
        from mltrace.values.frame_storage import unpack

        return convert(unpack(manifest, open_part, wanted), wanted.form)


def _undescribed(value: Any) -> Described:
    shape = getattr(value, "shape", None)
    names = getattr(value, "columns", None)
    reason = "install mltrace[frames] (pyarrow) to digest data frames"
    if find_spec("pyarrow") is not None:
        reason = "ImportError: pyarrow cannot be imported"
    return Described(
        "data",
        num_rows=int(shape[0]) if shape else None,
        columns=tuple(map(str, names)) if names is not None else None,
        reason=reason,
    )


kinds.add(FrameKind.key, FrameKind())
