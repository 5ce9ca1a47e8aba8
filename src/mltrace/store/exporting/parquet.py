"""Writes a catalog as Parquet files, a row group at a time: memory does not grow with the store."""

from __future__ import annotations

import os
import shutil
import uuid
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import func, select

from mltrace.errors import ArgumentError
from mltrace.records import Exported
from mltrace.store.database.keys import uid_text
from mltrace.store.exporting.shapes import SHAPES
from mltrace.times import NANOSECONDS, now_ns, to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow
    from sqlalchemy import Connection

    from mltrace.store.exporting.shapes import Field, Kind, Shape
    from mltrace.store.progress import Progress

ROW_GROUP: Final = 20_000
"""How many rows are held and written at a time."""
LABEL: Final = "mltrace-export.json"
"""The file that says what the folder is, so that a later export may replace it."""
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
    """Write all tables into a folder, which is there once it is complete.

    Raises
    ------
    ArgumentError
        If pyarrow is not installed, or the folder holds anything but an earlier export.
    """
    _check_pyarrow()
    _check_replaceable(folder)
    totals = {shape.name: _num_rows(connection, shape) for shape in SHAPES}
    num_rows: dict[str, int] = {}
    with _whole_folder(folder) as partial:
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


def _check_replaceable(folder: Path) -> None:
    """Refuse a place where something else is."""
    if not folder.exists() and not folder.is_symlink():
        return
    if not folder.is_dir():
        raise ArgumentError(f"{folder} is a file; name a folder to export into.")
    names = set(os.listdir(folder))
    ours = {f"{shape.name}.parquet" for shape in SHAPES} | {LABEL}
    if names and (LABEL not in names or names - ours):
        shown = ", ".join(sorted(names - ours)[:3]) or "no complete export"
        raise ArgumentError(
            f"{folder} holds something else ({shown}), which stays as it is; name a folder that is "
            "new, empty, or an earlier export."
        )


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """Give a hidden folder to write into; it takes the place of `folder` once it is complete."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    target = folder.resolve()
    partial = target.with_name(f".{target.name}-{uuid.uuid4().hex}")
    partial.mkdir()
    stale = partial.with_name(f"{partial.name}-old")
    try:
        yield partial
        if target.exists():
            os.rename(target, stale)
        os.rename(partial, target)
    finally:
        for left in (partial, stale):
            shutil.rmtree(left, ignore_errors=True)


def _num_rows(connection: Connection, shape: Shape) -> int:
    counted = select(func.count()).select_from(shape.source)
    return connection.execute(counted).scalar_one()


def _write_table(connection: Connection, shape: Shape, path: Path, on_rows: Any) -> int:
    from pyarrow import parquet

    layout = _schema(shape.fields)
    num_rows = 0
    result = connection.execute(shape.query(), execution_options={"yield_per": ROW_GROUP})
    with parquet.ParquetWriter(path, layout, compression="zstd") as writer:
        for rows in result.partitions():
            writer.write_table(_to_table(rows, shape.fields, layout))
            num_rows += len(rows)
            on_rows(num_rows)
    return num_rows


def _to_table(rows: Sequence[Any], fields: Sequence[Field], layout: pyarrow.Schema) -> Any:
    import pyarrow

    columns = zip(*rows, strict=True)
    arrays = [
        _array(values, field.kind, layout.field(field.name).type)
        for values, field in zip(columns, fields, strict=True)
    ]
    return pyarrow.Table.from_arrays(arrays, schema=layout)


def _array(values: Sequence[Any], kind: Kind, of: pyarrow.DataType) -> pyarrow.Array:
    import pyarrow

    if kind == "run":
        values = [None if value is None else uid_text(value) for value in values]
    elif kind == "span":
        values = [None if value is None else value / NANOSECONDS for value in values]
    elif kind == "time":
        values = [None if value is None else value // 1_000 for value in values]
    return pyarrow.array(values, of)


def _schema(fields: Sequence[Field]) -> pyarrow.Schema:
    import pyarrow

    types = {
        "text": pyarrow.string(),
        "run": pyarrow.string(),
        "time": pyarrow.timestamp("us", tz="UTC"),
        "span": pyarrow.float64(),
        "int": pyarrow.int64(),
        "float": pyarrow.float64(),
        "bool": pyarrow.bool_(),
    }
    return pyarrow.schema([(field.name, types[field.kind]) for field in fields])
