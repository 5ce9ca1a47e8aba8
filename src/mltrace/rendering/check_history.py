"""Draws what each test said over time: a chart of its values, and whether it passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.sparklines import sparkline
from mltrace.rendering.wording import STATUS_GLYPHS, age, count, metric_text, status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records.check_history import LoggedResult
    from mltrace.rendering.view import View

_ASIDE: Final = 40
"""Cells that are left for words beside a chart."""


def draw_check_history(results: Sequence[LoggedResult], view: View) -> list[Line]:
    """Draw each test at each boundary, the latest run at the right of its chart."""
    tests: dict[tuple[str, str, str], list[LoggedResult]] = {}
    for result in results:
        tests.setdefault((result.check, result.test, result.when), []).append(result)
    lines: list[Line] = []
    for newest_first in tests.values():
        lines += _test_lines(newest_first, view)
    return lines


def _test_lines(newest_first: Sequence[LoggedResult], view: View) -> list[Line]:
    latest = newest_first[0]
    name = ".".join(dict.fromkeys(part for part in (latest.check, latest.test) if part))
    blocking = ", blocking" if latest.severity == "block" else ""
    lines = [line(status(latest.status), "  ", name, Span(f"  {latest.when}{blocking}", "dim"))]
    shown = list(reversed(newest_first[: max(view.width - _ASIDE, 10)]))
    numbers = [_number(result) for result in shown]
    if any(number is not None for number in numbers):
        lines.append(line("    ", sparkline(numbers), Span(f"  {_range(numbers)}", "dim")))
    marks = (Span(*STATUS_GLYPHS[result.status]) for result in shown)
    lines.append(line("    ", *marks, Span(f"  {_outcomes(shown)}", "dim")))
    bad = next((one for one in newest_first if one.status in ("failed", "error")), None)
    if bad is not None:
        said = f"failed {age(bad.at, view.now)}: {bad.message}"
        lines += [line("    ", text) for text in wrap(said, view.width - 4)]
    return lines


def _number(result: LoggedResult) -> float | None:
    value = result.value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def _range(numbers: Sequence[float | None]) -> str:
    known = [number for number in numbers if number is not None]
    least, greatest = (_short(bound) for bound in (min(known), max(known)))
    if least == greatest:
        return f"always {least}"
    return f"last {_short(known[-1])}, from {least} to {greatest}"


def _short(number: float) -> str:
    return metric_text(number if number.is_integer() else float(f"{number:.3g}"))


def _outcomes(shown: Sequence[LoggedResult]) -> str:
    bad = sum(result.status in ("failed", "error") for result in shown)
    runs = count(len(shown), "run")
    return f"{bad} of {runs} did not pass" if bad else f"{runs} without a failure"
