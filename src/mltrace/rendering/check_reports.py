"""Draws what the checks of a component said of data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, Span, Style, line
from mltrace.rendering.wording import count, metric_text, value_text

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
    lines = [line(Span(report.component, "strong"))]
    for name, file in report.data.items():
        lines += [line("  ", Span(one, "dim")) for one in wrap(f"{name}: {file}", view.width - 2)]
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
    value = "" if result.value is None else f"  {_short(result.value)}"
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


def _short(value: Any) -> str:
    return metric_text(float(f"{value:.3g}")) if isinstance(value, float) else value_text(value)
