"""Draws which checks there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, Span, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records.check_lists import LibraryCheck
    from mltrace.rendering.view import View


def draw_library(checks: Sequence[LibraryCheck], view: View) -> list[Line]:
    """Draw each check of the library with its arguments, and what it fails for below it."""
    lines: list[Line] = []
    for check in checks:
        lines.append(line(Span(check.name, "strong"), f"({', '.join(check.arguments)})"))
        lines += [line("    ", Span(said, "dim")) for said in wrap(check.summary, view.width - 4)]
    return lines
