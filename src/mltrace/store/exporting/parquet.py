"""Writes a catalog as Parquet files, a row group at a time: memory does not grow with the store."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import func, select

from mltrace.errors import ArgumentError
from mltrace.records import Exported
from mltrace.store.exporting.arrow import schema_of, to_table
from mltrace.store.exporting.folder import LABEL, check_replaceable, filling
from mltrace.store.exporting.shapes import SHAPES
from mltrace.times import now_ns, to_datetime

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from mltrace.store.exporting.shape import Shape
    from mltrace.store.progress import Progress

LAYOUT: Final = 1
"""The version of the layout: raised if a column ever has to change its name or meaning."""


class Label(msgspec.Struct, frozen=True):
    """What the file `LABEL` says."""

    layout: int
    mltrace: str
    store: str
    exported_at: str
    num_rows: dict[str, int]


def export_parquet(
    connection: Connection, folder: Path, *, store: str, on_progress: Progress
) -> Exported:
    """Write all tables into a folder, in which they are once all are complete.

    Raises
    ------
    ArgumentError
        If pyarrow is not installed, or the folder holds anything but an earlier export or cannot
        be written.
    """
    _check_pyarrow()
    check_replaceable(folder)
    totals = {shape.name: _num_rows(connection, shape) for shape in SHAPES}
    num_rows: dict[str, int] = {}
    with filling(folder) as partial:
        for shape in SHAPES:
            done, total = sum(num_rows.values()), sum(totals.values())
            num_rows[shape.name] = _write_table(
                connection,
                shape,
                partial / f"{shape.name}.parquet",
                lambda rows, done=done, total=total: on_progress("Exporting", done + rows, total),
            )
        label = Label(
            layout=LAYOUT,
            mltrace=version("mltrace"),
            store=store,
            exported_at=to_datetime(now_ns()).isoformat(),
            num_rows=num_rows,
        )
        (partial / LABEL).write_bytes(msgspec.json.format(msgspec.json.encode(label)) + b"\n")
        num_bytes = sum(path.stat().st_size for path in partial.iterdir())
    return Exported(folder=str(folder), num_rows=num_rows, num_bytes=num_bytes)


def _check_pyarrow() -> None:
    try:
        import pyarrow.parquet  # noqa: F401 (asked for before anything is written)
    except ImportError as error:
        raise ArgumentError(
            "An export to Parquet needs pyarrow, which is not installed: pip install pyarrow."
        ) from error


def _num_rows(connection: Connection, shape: Shape) -> int:
    counted = select(func.count()).select_from(shape.source)
    return connection.execute(counted).scalar_one()


def _write_table(connection: Connection, shape: Shape, path: Path, on_rows: Any) -> int:
    from pyarrow import parquet

    layout = schema_of(shape.fields)
    num_rows = 0
    result = connection.execute(shape.query(), execution_options={"yield_per": shape.rows})
    with parquet.ParquetWriter(path, layout, compression="zstd") as writer:
        for rows in result.partitions():
            writer.write_table(to_table(rows, shape.fields, layout))
            num_rows += len(rows)
            on_rows(num_rows)
    return num_rows
