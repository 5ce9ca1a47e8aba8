"""Draws pins, and what retention removes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.tables import Column, draw_table
from mltrace.rendering.wording import age, count, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records import Collected, Pin
    from mltrace.rendering.view import View


def draw_pins(pins: Sequence[Pin], view: View) -> list[Line]:
    """Draw pinned runs as a table; their ids in full, for they are to be used for long."""
    columns = (
        Column("PINNED", least=12, is_path=True),
        Column("RUN"),
        Column("STARTED", drop=1),
        Column("SINCE", drop=2),
        Column("BY", least=6, drop=3),
        Column("REASON", least=12),
    )
    rows = [
        (
            line(Span(pin.component or "not logged here", "strong")),
            line(pin.run_id),
            line("" if pin.started_at is None else age(pin.started_at, view.now)),
            line(age(pin.pinned_at, view.now)),
            line(pin.pinned_by or ""),
            line(pin.reason),
        )
        for pin in pins
    ]
    return draw_table(columns, rows, view.width)


def draw_collected(collected: Collected, view: View) -> list[Line]:
    """Draw what retention removed, or would remove and how to let it."""
    if not (collected.num_runs or collected.num_values):
        return [line(f"There is nothing to remove from before {collected.before:%Y-%m-%d}.")]
    runs = f"the details of {count(collected.num_runs, 'run')} before {collected.before:%Y-%m-%d}"
    values = f"{count(collected.num_values, 'value')} ({size(collected.num_bytes)})"
    said = (
        f"Removed {runs} and {values}. Traces and staleness answer as before."
        if collected.is_done
        else f"Would remove {runs} and {values}. Nothing is removed yet; add --yes to do it."
    )
    return [line(text) for text in wrap(said, view.width)]
