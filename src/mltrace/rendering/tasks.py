"""Draws tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.tables import Column, draw_table
from mltrace.rendering.wording import age

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mltrace.records.tasks import TaskStatus
    from mltrace.rendering.view import View


def draw_tasks(tasks: Sequence[TaskStatus], view: View) -> list[Line]:
    """Draw which tasks there are as a table."""
    columns = (
        Column("TASK", least=12, is_path=True),
        Column("KIND"),
        Column("OWNER", least=6, drop=3),
        Column("PREDICTIONS", is_right=True),
        Column("LATEST", drop=1),
        Column("LABELS", is_right=True),
        Column("LATEST", drop=1),
        Column("MODELS", is_right=True, drop=2),
    )
    rows = [
        (
            line(Span(one.name, "strong")),
            line(one.kind),
            line(str(one.settings.get("owner") or "")),
            line(f"{one.num_predictions:,}"),
            line(_latest(one.last_prediction_at, view)),
            line(f"{one.num_feedback:,}"),
            line(_latest(one.last_feedback_at, view)),
            line(f"{len(one.models):,}"),
        )
        for one in tasks
    ]
    return draw_table(columns, rows, view.width)


def _latest(at: datetime | None, view: View) -> Span | str:
    return Span("none", "dim") if at is None else age(at, view.now)
