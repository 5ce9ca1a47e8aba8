"""Draws what was done to a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, line
from mltrace.rendering.wording import count, size

if TYPE_CHECKING:
    from mltrace.records import Collected
    from mltrace.rendering.view import View


def draw_collected(collected: Collected, view: View, *, older_than: str) -> list[Line]:
    """Draw what retention removed, or would remove and how to let it."""
    if not (collected.num_runs or collected.num_values):
        return [line(f"There is nothing to remove of before {collected.before:%Y-%m-%d}.")]
    runs = f"the details of {count(collected.num_runs, 'run')} before {collected.before:%Y-%m-%d}"
    values = f"{count(collected.num_values, 'value')} ({size(collected.num_bytes)})"
    if collected.is_done:
        said = f"Removed {runs} and {values}. Traces and staleness answer as before."
        return [line(text) for text in wrap(said, view.width)]
    said = f"Would remove {runs} and {values}; nothing is removed yet. To do it:"
    return [
        *(line(text) for text in wrap(said, view.width)),
        line(f"  mltrace gc --older-than {older_than} --yes"),
    ]
