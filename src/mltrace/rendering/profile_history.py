"""Draws the profiles of the versions of an artifact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.sparklines import sparkline
from mltrace.rendering.tables import Column, draw_table
from mltrace.rendering.wording import age, metric_text, short_digest, short_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records import StatisticPoint, VersionProfile
    from mltrace.rendering.view import View


_BESIDE: Final = 56
"""Cells that a chart leaves to the other columns."""


def draw_profiles(profiles: Sequence[VersionProfile], view: View) -> list[Line]:
    """Draw the profiles of a table, a row for each version; one name they share stands above."""
    names = {one.name for one in profiles}
    columns = (
        Column("NAME", least=12, is_path=True),
        Column("DIGEST"),
        Column("MADE"),
        Column("MADE BY", least=10, is_path=True),
        Column("RUN", drop=1),
        Column("ROWS", is_right=True),
        Column("LOOKED AT", is_right=True, drop=2),
        Column("COLUMNS", is_right=True),
        Column("NULLS", is_right=True),
    )
    shown = short_ids([one.produced_by for one in profiles if one.produced_by])
    rows = [
        (
            line(one.name if len(names) > 1 else ""),
            line(Span(short_digest(one.digest), "strong")),
            line(age(one.at, view.now)),
            line(one.component or Span("no run", "dim")),
            line(shown.get(one.produced_by or "", "")),
            line(f"{one.num_rows:,}"),
            line("all" if one.num_profiled_rows == one.num_rows else f"{one.num_profiled_rows:,}"),
            line(f"{len(one.profile.summaries):,}"),
            line(_nulls(one)),
        )
        for one in profiles
    ]
    heading = [line(Span(profiles[0].name, "strong"))] if len(names) == 1 else []
    return [*heading, *draw_table(columns, rows, view.width)]


def draw_points(points: Sequence[StatisticPoint], view: View) -> list[Line]:
    """Chart each statistic of each column, the newest version at the right."""
    charts: dict[tuple[str, str], list[float | None]] = {}
    for point in points:
        charts.setdefault((point.column, point.statistic), []).insert(0, point.value)
    columns = (
        Column("COLUMN", least=10),
        Column("STATISTIC"),
        Column("LEAST", is_right=True, drop=1),
        Column("MOST", is_right=True, drop=1),
        Column("LATEST", is_right=True),
        Column("OVER TIME"),
    )
    rows = []
    for (column, statistic), values in charts.items():
        known = [value for value in values if value is not None]
        ends = (min(known), max(known), values[-1])
        rows.append(
            (
                line(Span(column, "strong")),
                line(statistic),
                *(line("" if end is None else _short(end)) for end in ends),
                line(sparkline(values[-max(view.width - _BESIDE, 10) :])),
            )
        )
    return [line(Span(points[0].name, "strong")), *draw_table(columns, rows, view.width)]


def _short(number: float) -> str:
    number = float(number)
    return metric_text(number if number.is_integer() else float(f"{number:.4g}"))


def _nulls(one: VersionProfile) -> str:
    num_cells = one.num_profiled_rows * len(one.profile.summaries)
    num_nulls = sum(column.num_nulls for column in one.profile.summaries.values())
    return f"{num_nulls / num_cells:.1%}" if num_nulls else ""
