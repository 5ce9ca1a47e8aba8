"""The exported tables of tasks: how they are declared, and the segments that hold their rows."""

from __future__ import annotations

from typing import Final

from mltrace.store.database import schema
from mltrace.store.exporting.shape import Shape, plain
from mltrace.store.lake.segments import is_live

TASKS: Final = Shape(
    "tasks",
    (
        *plain(schema.task, "text", "name", "kind", "settings"),
        *plain(schema.task, "time", declared_at="at"),
        *plain(schema.task, "text", "declared_by"),
    ),
    schema.task,
)
SEGMENTS: Final = Shape(
    "segments",
    (
        *plain(schema.segment, "text", "task", "kind", "file", segment_id="uid"),
        *plain(schema.segment, "int", "num_rows", "num_bytes"),
        *plain(schema.segment, "time", "first_at", "last_at", "logged_at"),
    ),
    schema.segment,
    is_live,
)

SHAPES: Final = (TASKS, SEGMENTS)
