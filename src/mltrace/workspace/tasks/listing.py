"""Lists the tasks of a store, and what was logged of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

import msgspec
from sqlalchemy import func, select

from mltrace.errors import unknown
from mltrace.records import RecordList
from mltrace.records.tasks import TaskKind, TaskStatus
from mltrace.store.database import schema
from mltrace.store.lake import layout
from mltrace.store.lake.reading import LakeReader
from mltrace.store.lake.segments import is_live, is_logged, live_segments
from mltrace.times import to_datetime

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Row

_segment: Final = schema.segment
_TASKS: Final = select(schema.task).order_by(schema.task.c.at.desc(), schema.task.c.name)
_KEPT: Final = (
    select(_segment.c.task, _segment.c.kind)
    .add_columns(func.min(_segment.c.first_at).label("first_at"))
    .add_columns(func.max(_segment.c.last_at).label("last_at"))
    .where(is_live)
    .group_by(_segment.c.task, _segment.c.kind)
)
_LOGGED: Final = (
    select(_segment.c.task, _segment.c.kind, func.sum(_segment.c.num_rows).label("num_rows"))
    .where(is_logged)
    .group_by(_segment.c.task, _segment.c.kind)
)


def list_tasks(connection: Connection, lake: Path) -> RecordList[TaskStatus]:
    """List the tasks that are declared, the one declared last first.

    Notes
    -----
    Numbers and times come from the list of segments; models are read from the rows.
    """
    logged = {(row.task, row.kind): int(row.num_rows) for row in connection.execute(_LOGGED)}
    kept = {(row.task, row.kind): row for row in connection.execute(_KEPT)}
    reader = LakeReader(connection, lake)
    statuses = [
        msgspec.structs.replace(
            _status(row, kept.get((row.name, "predictions")), kept.get((row.name, "feedback"))),
            num_predictions=logged.get((row.name, "predictions"), 0),
            num_feedback=logged.get((row.name, "feedback"), 0),
            models=_models(reader, row.name),
        )
        for row in connection.execute(_TASKS).all()
        if row.kind in get_args(TaskKind)
    ]
    return RecordList(statuses, of=TaskStatus)


def find_task(connection: Connection, name: str) -> TaskStatus:
    """Find a task by its name; its rows are not counted, nor its models read.

    Raises
    ------
    UnknownNameError
        If there is none; the message has the nearest.
    """
    row = connection.execute(_TASKS.where(schema.task.c.name == name)).first()
    if row is None or row.kind not in get_args(TaskKind):
        known = connection.execute(select(schema.task.c.name)).scalars().all()
        hint = "Log its predictions first: mt.Task(NAME, kind=…).log_predictions(ids, …)."
        raise unknown("task", name, known, hint=hint)
    of_task = _KEPT.where(_segment.c.task == name)
    kept = {row.kind: row for row in connection.execute(of_task)}
    return _status(row, kept.get("predictions"), kept.get("feedback"))


def _status(row: Row[Any], predictions: Row[Any] | None, feedback: Row[Any] | None) -> TaskStatus:
    return TaskStatus(
        name=row.name,
        kind=row.kind,
        settings=msgspec.json.decode(row.settings),
        first_prediction_at=to_datetime(predictions.first_at) if predictions else None,
        last_prediction_at=to_datetime(predictions.last_at) if predictions else None,
        last_feedback_at=to_datetime(feedback.last_at) if feedback else None,
    )


def _models(reader: LakeReader, task: str) -> tuple[str, ...]:
    found: set[str] = set()
    for segment in live_segments(reader.connection, task, "predictions"):
        for table in reader.tables(segment, columns=[layout.MODEL]):
            if layout.MODEL in table.column_names:
                found.update(table.column(layout.MODEL).unique().to_pylist())
    return tuple(sorted(one for one in found if one))
