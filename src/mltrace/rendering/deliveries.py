"""Draws how it went to tell notices by notifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, Span, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records.notices import Delivery
    from mltrace.rendering.lines import Style
    from mltrace.rendering.view import View

_STATUS: Final[dict[str, tuple[str, Style]]] = {
    "sent": ("✓", ""),
    "failed": ("✗", "failed"),
    "given up": ("✗", "failed"),
}


def draw_deliveries(deliveries: Sequence[Delivery], view: View) -> list[Line]:
    """Draw a line for each delivery, and under it what went wrong, in full."""
    width = max(len(one.notifier) for one in deliveries)
    lines = []
    for one in deliveries:
        glyph, style = _STATUS[one.status]
        told = f"{one.what} {one.status}" + (f" to {one.to}" if one.to else "")
        first, *rest = wrap(told, max(view.width - width - 4, 20))
        name = Span(f"{one.notifier:<{width}}", "strong")
        lines.append(line(Span(f"{glyph} ", style), name, f"  {first}"))
        lines += [line(" " * (width + 4), more) for more in rest]
        lines += [line("  ", Span(part, style)) for part in wrap(one.error, view.width - 2) if part]
    return lines
