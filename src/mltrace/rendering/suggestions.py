"""Draws checks that are suggested: each with its bound, its false alarms and what speaks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.tables import Column, draw_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records import Suggestion
    from mltrace.rendering.view import View

_INDENT = "    "


def draw_suggestions(suggestions: Sequence[Suggestion], view: View) -> list[Line]:
    """Draw suggestions as a table, the evidence for each in full below it."""
    columns = (
        Column("CHECK", least=20),
        Column("WHEN"),
        Column("BOUND", least=16),
        Column("FALSE ALARMS", is_right=True),
    )
    rows = [
        (
            line(Span(one.name, "strong")),
            line(one.when),
            line(f"{one.was} → {one.bound}" if one.was else one.bound),
            line(share_of_runs(one.false_alarms)),
        )
        for one in suggestions
    ]
    head, *drawn = draw_table(columns, rows, view.width)
    lines = [head]
    for row, one in zip(drawn, suggestions, strict=True):
        lines.append(row)
        told = wrap(one.evidence, view.width - len(_INDENT))
        lines += [line(_INDENT, Span(text, "dim")) for text in told]
    return lines


def share_of_runs(share: float) -> str:
    """Say how often something happens, by runs.

    Examples
    --------
    >>> share_of_runs(0.0004), share_of_runs(0.00000012)
    ('0.04 %', '< 0.001 %')
    """
    return "< 0.001 %" if share < 1e-5 else f"{float(f'{100 * share:.2g}'):g} %"
