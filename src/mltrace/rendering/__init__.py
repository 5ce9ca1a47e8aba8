"""Draws records as text for people, in a notebook, a log or a terminal.

A drawing is a list of lines of styled spans; whoever prints it decides on colour and encoding.
Records are told apart by the name of their class, since they lie on the floor above.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records import Diff, Impact, Record, Trace
    from mltrace.records.lineage import Walk
    from mltrace.records.query_results import Result


def record_text(record: Record) -> str:
    """Draw one record in full, as wide as the terminal (80 columns without one)."""
    from mltrace.rendering.details import draw_record
    from mltrace.rendering.lines import to_text
    from mltrace.rendering.view import View

    return to_text(draw_record(record, View(width=terminal_width())))


def records_text(records: Sequence[Record], kind: str) -> str:
    """Draw records of one kind as a table, or say what to do where there are none."""
    from mltrace.rendering.lines import to_text
    from mltrace.rendering.listings import draw_records
    from mltrace.rendering.view import View

    return to_text(draw_records(records, kind, View(width=terminal_width())))


def result_text(result: Result) -> str:
    """Draw the rows that a query answers as a table."""
    from mltrace.rendering.lines import to_text
    from mltrace.rendering.query_results import draw_result
    from mltrace.rendering.view import View

    return to_text(draw_result(result, View(width=terminal_width())))


def lineage_text(lineage: Walk, *, width: int, is_upstream: bool) -> str:
    """Draw a trace or impact as a tree in which each run appears once in full."""
    from mltrace.rendering.lines import to_text
    from mltrace.rendering.trees import draw_tree
    from mltrace.rendering.view import View

    walked = cast("Trace | Impact", lineage)
    return to_text(draw_tree(walked, View(width=width), is_upstream=is_upstream))


def diff_text(diff: Diff, *, width: int) -> str:
    """Draw what differs side by side where there is room, else stacked."""
    from mltrace.rendering.differences import draw_diff
    from mltrace.rendering.lines import to_text
    from mltrace.rendering.view import View

    return to_text(draw_diff(diff, View(width=width)))


def terminal_width() -> int:
    """Tell how many columns there are to draw on: those of the terminal, else 80."""
    return max(shutil.get_terminal_size((80, 24)).columns, 40)
