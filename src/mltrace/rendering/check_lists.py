"""Draws which checks there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.wording import value_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records.check_lists import ComponentCheck, LibraryCheck
    from mltrace.rendering.view import View


def draw_library(checks: Sequence[LibraryCheck], view: View) -> list[Line]:
    """Draw each check of the library with its arguments, and what it fails for below it."""
    lines: list[Line] = []
    for check in checks:
        first, *more = wrap(f"{check.name}({', '.join(check.arguments)})", view.width - 4)
        lines.append(line(Span(check.name, "strong"), first.removeprefix(check.name)))
        lines += [line("    ", said) for said in more]
        lines += [line("    ", Span(said, "dim")) for said in wrap(check.summary, view.width - 4)]
    return lines


def draw_component_checks(checks: Sequence[ComponentCheck], view: View) -> list[Line]:
    """Draw each check of a component with its arguments, where it stands and what speaks for it."""
    lines: list[Line] = []
    for check in checks:
        marks = "  blocks" if check.severity == "block" else ""
        place = f"{check.file}:{check.line or 1}" if check.file else "declared in code"
        lines.append(line(Span(check.check, "strong"), f"  {check.when}{marks}"))
        for said in (place, *_details(check)):
            lines += [line("    ", Span(one, "dim")) for one in wrap(said, view.width - 4)]
    return lines


def _details(check: ComponentCheck) -> list[str]:
    arguments = [f"{name} = {value_text(value)}" for name, value in check.arguments.items()]
    details = [", ".join(arguments), check.evidence]
    if check.accepted_at or check.accepted_by:
        at = f" on {check.accepted_at}" if check.accepted_at else ""
        by = f" by {check.accepted_by}" if check.accepted_by else ""
        details.append(f"accepted{at}{by}")
    if check.retired_at:
        details.append(f"retired from {check.retired_at} on")
    if check.reason:
        details.append(check.reason)
    return [said for said in details if said]
