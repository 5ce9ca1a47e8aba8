"""Draws what the checks of a component said of data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, Span, Style, line
from mltrace.rendering.wording import count, value_text

if TYPE_CHECKING:
    from mltrace.records.check_reports import CheckReport, GateResult
    from mltrace.rendering.view import View

_GLYPHS: Final[dict[str, tuple[str, Style]]] = {
    "passed": ("✓", "added"),
    "failed": ("✗", "failed"),
    "error": ("✗", "failed"),
    "skipped": ("⊘", "dim"),
}
_WORDS: Final = {
    "passed": "passed",
    "failed": "failed",
    "error": "not evaluated",
    "skipped": "skipped",
}


def draw_check_report(report: CheckReport, view: View) -> list[Line]:
    """Draw each check with what it said, and how many did not pass."""
    data = ", ".join(dict.fromkeys(report.data.values()))
    lines = [line(Span(report.component, "strong"), Span(f"  {data}", "dim"))]
    for result in report.results:
        lines += _result_lines(result, view)
    said = [
        f"{len(found):,} {word}"
        for status, word in _WORDS.items()
        if (found := report.of_status(status))  # type: ignore[arg-type]
    ]
    return [*lines, line(f"{count(len(report.results), 'test')}: {', '.join(said) or 'none'}")]


def _result_lines(result: GateResult, view: View) -> list[Line]:
    glyph, style = _GLYPHS[result.status]
    value = "" if result.value is None else f"  {value_text(result.value)}"
    marks = "  blocks" if result.severity == "block" else ""
    lines = [
        line(
            "  ",
            Span(glyph, style),
            f" {result.check}",
            Span(f"  {result.test}, {result.when}{marks}{value}", "dim"),
        )
    ]
    if result.message:
        lines += [
            line("      ", Span(said, style)) for said in wrap(result.message, view.width - 6)
        ]
    return lines
