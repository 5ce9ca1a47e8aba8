"""Draws what is known of slow drift after a partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.tables import Column, draw_table
from mltrace.rendering.wording import count

if TYPE_CHECKING:
    from mltrace.records.sequential import ColumnCreep, SlowDriftResult
    from mltrace.rendering.view import View

_MOST_COLUMNS: Final = 8
_COLUMNS: Final = (
    Column("COLUMN", least=8),
    Column("STATISTIC", least=10),
    Column("BEFORE", is_right=True, drop=2),
    Column("NOW", is_right=True, drop=2),
    Column("SINCE ABOUT", least=10, drop=1),
    Column("EVIDENCE", is_right=True),
)


def draw_slow_drift(result: SlowDriftResult, view: View) -> list[Line]:
    """Draw what creeps in words, then the columns for which there is most evidence."""
    creeping = [one for one in result.columns.values() if one.is_drift]
    said = f"{count(len(creeping), 'column')} creeping" if creeping else "nothing creeps"
    name = result.partition or ("" if result.at is None else f"{result.at:%Y-%m-%d}")
    heading = Span(f"{name}: {said}" if name else said, "failed" if creeping else "strong")
    lines = [line(heading, Span(f"  after {count(result.num_partitions, 'partition')}", "dim"))]
    for one in creeping:
        lines += [line("  ", text) for text in wrap(one.reason, view.width - 2)]
    ranked = sorted(result.columns.values(), key=lambda one: (-one.is_drift, -one.evidence))
    shown = ranked if view.is_complete else ranked[:_MOST_COLUMNS]
    if shown:
        rows = [_row(one) for one in shown]
        lines += [(), *draw_table(_COLUMNS, rows, view.width, indent=2)]
    notes = list(result.notes)
    if result.threshold is not None and shown:
        notes.append(f"A column is raised from evidence of {_number(result.threshold)} on.")
    return [*lines, *(line(Span(text, "dim")) for one in notes for text in wrap(one, view.width))]


def _row(creep: ColumnCreep) -> tuple[Line, ...]:
    texts = (creep.name, creep.statistic, f"{creep.before:.4g}", f"{creep.now:.4g}")
    return (
        *(line(text) for text in texts),
        line(creep.since if creep.since and creep.is_drift else ""),
        line(Span(_number(creep.evidence), "failed" if creep.is_drift else "")),
    )


def _number(evidence: float) -> str:
    return f"{float(f'{evidence:.2g}'):,.0f}" if evidence < 1e9 else f"{evidence:.0e}"
