"""Rows of the lake as frames of Spark: which predictions count, and the last label of each id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow

from mltrace.store.lake import layout
from mltrace.store.lake.parquet import PARQUET
from mltrace.store.lake.segments import live_segments
from mltrace.store.lake.tables import join_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records.tasks import TaskKind, TaskStatus
    from mltrace.store.lake.reading import LakeReader
    from mltrace.tasks.matching.matching import Counting

LABEL: Final = "label"
LABEL_KNOWN_AT: Final = "label_known_at"
TIMES: Final = (layout.AT, layout.KNOWN_AT, layout.LOGGED_AT)


class LakeFrames:
    """Reads segments as frames of Spark: Parquet where it lies, the others by way of Arrow."""

    def __init__(self, session: Any, reader: LakeReader, task: TaskStatus) -> None:
        self._session, self._reader, self._task = session, reader, task

    def frame(self, kind: Any, columns: Sequence[str]) -> Any:
        """Give the wanted columns of all rows of a kind; of no value where there are none."""
        segments = live_segments(self._reader.connection, self._task.name, kind)
        files = [one for one in segments if (one.file or "").endswith(PARQUET)]
        others = [one for one in segments if one not in files]
        frames = []
        if files:
            paths = [str(self._reader.folder / str(one.file)) for one in files]
            frames.append(self._session.read.option("mergeSchema", "true").parquet(*paths))
        tables = [part for one in others for part in self._reader.tables(one, columns=columns)]
        rows = join_tables(tables) if tables else None
        if rows is not None and rows.num_rows:
            frames.append(self._session.createDataFrame(_plain(rows)))
        if not frames:
            return self._session.createDataFrame(_none(columns, self._task.kind))
        return _united([self._shaped(frame, columns) for frame in frames])

    def _shaped(self, frame: Any, columns: Sequence[str]) -> Any:
        there = set(frame.columns)
        empty = _none(columns, self._task.kind).schema
        types = {"timestamp[us, tz=UTC]": "timestamp", "list<item: double>": "array<double>"}
        chosen = []
        for column in empty:
            value = _quoted(column.name) if column.name in there else "null"
            kind = types.get(str(column.type), str(column.type))
            if column.name.startswith(layout.FEATURE) and column.name in there:
                chosen.append(value)
            else:
                chosen.append(f"cast({value} as {kind}) as {_quoted(column.name)}")
        return frame.selectExpr(*chosen)


def _none(columns: Sequence[str], kind: TaskKind) -> pyarrow.Table:
    """Give no rows, with columns of the types that Spark is to give them."""
    time = pyarrow.timestamp("us", "UTC")
    number, text = pyarrow.float64(), pyarrow.string()
    types = dict.fromkeys(TIMES, time)
    types[layout.VALUE] = number if kind == "regression" else text
    types |= {layout.SCORE: number, layout.SCORES: pyarrow.list_(number)}
    return pyarrow.schema([(name, types.get(name, text)) for name in columns]).empty_table()


def _plain(table: pyarrow.Table) -> pyarrow.Table:
    """Give texts as they are, not as codes."""
    return table.cast(
        pyarrow.schema(
            [
                pyarrow.field(
                    field.name,
                    field.type.value_type
                    if pyarrow.types.is_dictionary(field.type)
                    else pyarrow.string()
                    if pyarrow.types.is_null(field.type)
                    else field.type,
                )
                for field in table.schema
            ]
        )
    )


def _united(frames: Sequence[Any]) -> Any:
    whole = frames[0]
    for frame in frames[1:]:
        whole = whole.unionByName(frame)
    return whole


def _quoted(name: str) -> str:
    """Write the name of a column, whatever is in it, so that nothing else is read from it.

    Examples
    --------
    >>> _quoted("feature_a`b")
    '`feature_a``b`'
    """
    return "`" + name.replace("`", "``") + "`"


def micros(name: str) -> str:
    """Write a time in microseconds."""
    return f"unix_micros({name})"


def timed(predictions: Any) -> Any:
    """Give times in microseconds; a prediction is known from when it was made, or logged."""
    at, logged, known = (micros(name) for name in (layout.AT, layout.LOGGED_AT, layout.KNOWN_AT))
    others = [f"`{name}`" for name in predictions.columns if name not in TIMES]
    return predictions.selectExpr(
        *others,
        f"{at} as {layout.AT}",
        f"coalesce({known}, least({at}, {logged}), {at}) as {layout.KNOWN_AT}",
        f"coalesce({logged}, {at}) as {layout.LOGGED_AT}",
    )


def latest_predictions(predictions: Any, counting: Counting) -> Any:
    """Keep the predictions that count."""
    from pyspark.sql import Window, functions

    col, same = functions.col, [layout.ID]
    model = functions.coalesce(col(layout.MODEL), functions.lit(""))
    order = [col(name).desc_nulls_last() for name in (*TIMES, layout.VALUE, layout.SCORE)]
    if counting == "all":
        same += [layout.AT, layout.VALUE, layout.SCORE]
        order = [col(layout.KNOWN_AT), col(layout.LOGGED_AT)]
    parted = Window.partitionBy(*same, *([] if counting == "latest" else [model]))
    place = functions.row_number().over(parted.orderBy(*order, model.desc()))
    return predictions.withColumn("place", place).where("place = 1").drop("place")


def last_labels(feedback: Any) -> Any:
    """Keep the last label of each id, and when the first one was known."""
    from pyspark.sql import Window, functions

    known, value = functions.col(layout.KNOWN_AT), functions.col(layout.VALUE)
    of_id = Window.partitionBy(layout.ID)
    order = of_id.orderBy(known.desc(), value.desc_nulls_last())
    return (
        feedback.withColumn("place", functions.row_number().over(order))
        .withColumn("first", functions.min(known).over(of_id))
        .where("place = 1")
        .selectExpr(
            layout.ID,
            f"{layout.VALUE} as {LABEL}",
            f"{micros('first')} as {LABEL_KNOWN_AT}",
        )
    )
