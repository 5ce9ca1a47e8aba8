"""Draws what was done to a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, line
from mltrace.rendering.wording import count, size

if TYPE_CHECKING:
    from mltrace.records import Collected
    from mltrace.rendering.view import View


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
