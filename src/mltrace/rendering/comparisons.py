"""Draws whether two models or windows differ, by how much and how surely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.metrics import PROVISIONAL
from mltrace.rendering.tables import Column, draw_table
from mltrace.rendering.wording import count

if TYPE_CHECKING:
    from mltrace.records.comparisons import Comparison
    from mltrace.rendering.lines import Style
    from mltrace.rendering.view import View


def draw_comparison(comparison: Comparison, view: View) -> list[Line]:
    """Draw both values, the difference with its interval, and what follows in words."""
    style: Style = "strong" if comparison.is_different else ""
    lines = [line(Span(text, style)) for text in wrap(comparison.conclusion, view.width)]
    one, interval = comparison, interval_text(comparison.ci_low, comparison.ci_high)
    rows = (
        (one.a, number_text(one.value_a), one.is_provisional_a, _known_by(one, "a")),
        (one.b, number_text(one.value_b), one.is_provisional_b, _known_by(one, "b")),
        ("difference", number_text(one.difference, "+"), False, interval),
    )
    columns = (
        Column(comparison.metric.upper(), least=10, is_path=True),
        Column("VALUE", is_right=True),
        Column(""),
        Column(""),
    )
    table = [
        (line(name), line(value), line(PROVISIONAL) if is_marked else line(), line(about))
        for name, value, is_marked, about in rows
    ]
    lines += [(), *draw_table(columns, table, view.width, indent=2), ()]
    return [*lines, *(line(Span(text, "dim")) for text in wrap(_by(comparison), view.width))]


def _known_by(comparison: Comparison, side: Literal["a", "b"]) -> str:
    is_a = side == "a"
    num_pairs = comparison.num_pairs_a if is_a else comparison.num_pairs_b
    coverage = comparison.label_coverage_a if is_a else comparison.label_coverage_b
    covered = "" if coverage is None else f", {coverage:.0%} labelled"
    return f"{count(num_pairs, 'pair')}{covered}"


def _by(comparison: Comparison) -> str:
    if not comparison.method:
        return "There are no pairs of both to compare."
    rows = "the same ids" if comparison.is_paired else "different ids"
    told = f"{comparison.method} on {rows}, {comparison.confidence:.0%} interval"
    if comparison.p_value is not None:
        told += f", p-value {comparison.p_value:.2g}"
    if comparison.e_value is not None:
        told += f", e-value {comparison.e_value:.3g}; it may be looked at again as labels come"
    return f"By {told}."


def number_text(value: float | None, sign: str = "") -> str:
    """Say a metric to four digits, with its sign if `sign` is "+".

    Examples
    --------
    >>> number_text(0.123456), number_text(0.5, "+"), number_text(None)
    ('0.1235', '+0.5', 'not defined')
    """
    return "not defined" if value is None else f"{value:{sign}.4g}"


def interval_text(low: float | None, high: float | None) -> str:
    """Say a confidence interval; nothing where there is none."""
    return "" if low is None or high is None else f"({low:.4g} to {high:.4g})"
