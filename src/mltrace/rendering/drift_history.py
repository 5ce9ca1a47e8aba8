"""Draws how the partitions of a table were judged: one of them in words, or all over time."""

from __future__ import annotations

import shlex
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from mltrace.rendering.fitting import cells, cut_end, cut_middle, line_cells, wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.sparklines import sparkline
from mltrace.rendering.tables import Column, draw_table
from mltrace.rendering.wording import age, count, short_digest, short_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mltrace.records.drift import ColumnDrift, DriftResult
    from mltrace.records.drift_history import DriftJudgement
    from mltrace.rendering.lines import Style
    from mltrace.rendering.view import View

_STATES: Final[dict[str, tuple[str, Style]]] = {
    "ok": ("✓", ""),
    "blocked": ("✗", "failed"),
    "accepted": ("◇", ""),
    "learning": ("·", "dim"),
}
_MOST_COLUMNS: Final = 8
_WIDEST_NAME: Final = 20
_CHART: Final = 30
_SHORTEST: Final = 6
_RECENT: Final = 30
_SMALLEST: Final = 0.0001


def draw_judgements(judgements: Sequence[DriftJudgement], view: View) -> list[Line]:
    """Draw the judgements of each monitor under its table, the latest partition first."""
    groups: dict[tuple[str, str], list[DriftJudgement]] = {}
    for one in judgements:
        groups.setdefault((one.table, one.monitor), []).append(one)
    shown = short_ids([one.run_id for one in judgements if one.run_id])
    lines: list[Line] = []
    for group in groups.values():
        lines += [()] if lines else []
        lines += [_heading(group, view), *_table(group, shown, view)]
        lines += _alarm_lines(group, view)
    return lines


def draw_judgement(
    judgement: DriftJudgement, view: View, *, history: Sequence[DriftJudgement] = ()
) -> list[Line]:
    """Draw one judgement in words.

    Parameters
    ----------
    history : sequence of DriftJudgement
        Of this monitor, this one and those before it, the latest first: what charts are drawn of.
    """
    made = f"made {age(judgement.at, view.now)}"
    run = f" by run {judgement.run_id[:13]}" if judgement.run_id else ""
    name = cut_middle(judgement.partition, max(view.width - cells(made + run) - 16, 12))
    lines = [line(_state(judgement), "  ", Span(name, "strong"), Span(f"  {made}{run}", "dim"))]
    result = judgement.result
    if result is not None:
        lines += draw_result(result, view, before=list(reversed(history)))
    else:
        lines += _dim(judgement.notes, view)
    lines += _alarm_lines(history or [judgement], view)
    return [*lines, *_dim(_next_step(judgement, history), view)]


def draw_warnings(warnings: Iterable[str], view: View) -> list[Line]:
    """Draw what is wrong with a table beside what was judged of it."""
    lines: list[Line] = []
    for warning in warnings:
        first, *rest = wrap(warning, view.width - 2)
        lines += [line(Span("✗ ", "failed"), first), *(line("  ", text) for text in rest)]
    return lines


def draw_result(
    result: DriftResult, view: View, *, before: Sequence[DriftJudgement] = ()
) -> list[Line]:
    """Draw what was told of a partition: its score, the columns at fault, what is as usual."""
    lines = [_score_line(result, before, view)]
    columns = _worst_first(result.columns.values())
    at_fault = [one for one in columns if one.is_drift]
    explained = [one for one in columns if one.explained_by is not None]
    of_table = _reason_of_table(result, at_fault)
    told = at_fault or [one for one in columns if one.reason and result.is_drift and not of_table]
    if of_table:
        lines += [(), *(line("  ", text) for text in wrap(of_table, view.width - 2))]
    shown = told if view.is_complete else told[:_MOST_COLUMNS]
    wide = min(max((cells(one.name) for one in shown), default=0), _WIDEST_NAME)
    for one in shown:
        lines += [(), *_column_lines(one, wide, before, view)]
    if len(told) > len(shown):
        more = count(len(told) - len(shown), "more column")
        lines += [(), line(Span(f"  … {more} at fault", "dim"))]
    if explained:
        lines += [(), *_explained_lines(explained, view)]
    usual = [one.name for one in result.columns.values() if one not in (*told, *explained)]
    if usual:
        lines += [(), *_usual_lines(usual, view)]
    return [*lines, *_dim(result.notes, view)]


def _reason_of_table(result: DriftResult, at_fault: Sequence[ColumnDrift]) -> str:
    """Take what is told of the table as a whole: the reason before that of the first column."""
    if not result.is_drift:
        return ""
    starts = [result.reason.find(f"{one.name}: ") for one in at_fault]
    end = min((start for start in starts if start >= 0), default=-1)
    return result.reason if not at_fault else result.reason[: max(end, 0)].rstrip("; ")


def _heading(group: Sequence[DriftJudgement], view: View) -> Line:
    latest = group[0]
    name = latest.table if latest.monitor == "drift" else f"{latest.table}  {latest.monitor}"
    scores = _scores(list(reversed(group)), latest.method)[-max(view.width - 60, _CHART) :]
    room = max(view.width - len(scores) - 9, 12)
    chart = (
        f"  score {sparkline(scores, limit=latest.threshold)}"
        if any(score is not None for score in scores)
        else ""
    )
    return line(Span(cut_end(name, room), "strong"), Span(chart, "dim"))


def _table(group: Sequence[DriftJudgement], shown: dict[str, str], view: View) -> list[Line]:
    columns = (
        Column("STATE"),
        Column("PARTITION", least=12, is_path=True),
        Column("DIGEST", drop=4),
        Column("MADE", drop=1),
        Column("RUN"),
        Column("SCORE", is_right=True),
        Column("LIMIT", is_right=True, drop=3),
        Column("AGAINST", is_right=True, drop=2),
        Column("UNUSUAL", least=12),
    )
    has_names = any(not one.table.endswith(one.partition) for one in group)
    rows = [
        (
            line(_state(one)),
            line(one.partition if has_names else ""),
            line(short_digest(one.digest)),
            line(age(one.at, view.now)),
            line(shown.get(one.run_id or "", "")),
            line(_number(one.score)),
            line(_number(one.threshold)),
            line("" if one.score is None else f"{one.num_history:,}"),
            _unusual(one),
        )
        for one in group
    ]
    return draw_table(columns, rows, view.width)


def _state(judgement: DriftJudgement) -> Span:
    glyph, style = _STATES[judgement.state]
    return Span(f"{glyph} {judgement.state}", style)


def _unusual(judgement: DriftJudgement) -> Line:
    """Name the columns at fault, or what is; and with a mark those that creep."""
    names = [one.name for one in _worst_first(judgement.columns.values()) if one.is_drift]
    at_fault = ", ".join(names) or judgement.reason if judgement.is_drift else ""
    creeping = ", ".join(alarm.partition(": ")[0] for alarm in judgement.alarms)
    if not creeping:
        return line(at_fault)
    return line(f"{at_fault}  " if at_fault else "", Span("◷ ", "stale"), f"{creeping} creeps")


def _worst_first(columns: Iterable[ColumnDrift]) -> list[ColumnDrift]:
    """Order columns: those that drifted as they come, the most suspect first; others by chance."""
    return sorted(
        columns,
        key=lambda one: (
            not one.is_drift,
            1.0 if one.is_drift or one.p_value is None else one.p_value,
        ),
    )


def _scores(before: Sequence[DriftJudgement], method: str) -> list[float | None]:
    """Take the scores that one method has given, for others mean something else."""
    return [one.score for one in before if one.method == method]


def _score_line(result: DriftResult, before: Sequence[DriftJudgement], view: View) -> Line:
    is_any = any(one.is_drift for one in result.columns.values())
    verb = "drifted" if result.is_drift else "differs" if is_any else "as usual"
    limit = "" if result.threshold is None else f", limit {_number(result.threshold)}"
    chance = "" if result.p_value is None else f", {_chance(result.p_value)}"
    against = f"  against {count(result.num_history, 'partition')}" if result.num_history else ""
    said = line(
        "  ",
        Span(f"{verb}: score {_number(result.score)}", "strong" if result.is_drift else ""),
        f"{limit}{chance}",
        Span(against, "dim"),
    )
    room = view.width - line_cells(said) - 2
    chart = _chart(_scores(before, result.method), room, limit=result.threshold)
    return (*said, *line(Span(f"  {chart}", "dim"))) if chart else said


def _column_lines(
    column: ColumnDrift, wide: int, before: Sequence[DriftJudgement], view: View
) -> list[Line]:
    """Draw a column: its reason in words, and the statistic over the partitions before."""
    name = cut_end(column.name, wide)
    room = view.width - wide - 4
    reason = column.reason.removeprefix(f"{column.name}: ") or column.method
    first, *rest = wrap(reason, room)
    lines = [line("  ", Span(name, "failed"), " " * (wide - cells(name)), "  ", first)]
    blank = " " * (wide + 4)
    lines += [line(blank, text) for text in rest]
    chart = _chart(_points(column, before), room - 24)
    aside = [
        "" if column.p_value is None else _chance(column.p_value),
        "" if column.effect_size is None else f"effect {_number(column.effect_size)}",
    ]
    said = ", ".join(text for text in aside if text)
    if chart or said:
        gap = "  " if chart and said else ""
        lines.append(line(blank, chart, Span(f"{gap}{said}", "dim")))
    return lines


def _points(column: ColumnDrift, before: Sequence[DriftJudgement]) -> list[float | None]:
    """Take a statistic of a column from the partitions that were judged by it."""
    return [
        one.columns[column.name].statistic
        for one in before
        if column.name in one.columns and one.columns[column.name].method == column.method
    ]


def _chart(points: Sequence[float | None], room: int, *, limit: float | None = None) -> str:
    """Chart numbers over the partitions, the latest at the right."""
    width = min(_CHART, room)
    is_worth_it = width >= _SHORTEST and sum(point is not None for point in points) > 1
    return sparkline(points[-width:], limit=limit) if is_worth_it else ""


def _explained_lines(columns: Sequence[ColumnDrift], view: View) -> list[Line]:
    """Tell which columns are unusual only beside those at fault."""
    by: dict[str, list[str]] = {}
    for one in columns:
        by.setdefault(str(one.explained_by), []).append(one.name)
    said = "; ".join(f"only beside {name}: {', '.join(others)}" for name, others in by.items())
    return [line("  ", Span(text, "dim")) for text in wrap(f"unusual {said}", view.width - 2)]


def _usual_lines(names: Sequence[str], view: View) -> list[Line]:
    said = f"{count(len(names), 'column')} as usual: {', '.join(names)}"
    shown = wrap(said, view.width - 2, limit=None if view.is_complete else 1)
    return [line("  ", Span(text, "dim")) for text in shown]


def _alarm_lines(history: Sequence[DriftJudgement], view: View) -> list[Line]:
    """Draw what creeps by the latest alarm, unless that was long ago."""
    alarmed = next((one for one in history[:_RECENT] if one.alarms), None)
    if alarmed is None:
        return []
    lines: list[Line] = []
    at = "" if alarmed is history[0] else f" (alarm {age(alarmed.at, view.now)})"
    for alarm in alarmed.alarms:
        first, *rest = wrap(f"{alarm}{at}", view.width - 4)
        lines += [line("  ", Span("◷ ", "stale"), first), *(line("    ", text) for text in rest)]
    return lines


def _next_step(judgement: DriftJudgement, history: Sequence[DriftJudgement]) -> list[str]:
    if judgement.state == "blocked":
        return _next_of_blocked(judgement, history)
    if judgement.state == "accepted":
        by = f" by {judgement.accepted_by}" if judgement.accepted_by else ""
        reason = f": {judgement.accepted_reason}" if judgement.accepted_reason else ""
        return [f"Accepted{by}{reason}. Later partitions are compared with it."]
    if judgement.state == "learning":
        before = count(judgement.num_history, "partition")
        return [f"Learnt from in any case: only {before} before it to compare with."]
    return []


def _next_of_blocked(judgement: DriftJudgement, history: Sequence[DriftJudgement]) -> list[str]:
    """Say what to do: judge it again, or accept it, or the first of all that are blocked."""
    streak = list(takewhile(lambda one: one.state == "blocked", history)) or [judgement]
    before = history[len(streak) : len(streak) + 1]
    if (
        before
        and before[0].state == "accepted"
        and before[0].digest[:16] not in judgement.reference
    ):
        return [
            f"{before[0].partition} before it was accepted after this was judged. To judge again "
            f"what is blocked since: mltrace drift replay {shlex.quote(judgement.table)}"
        ]
    first = streak[-1]
    what = first.run_id[:13] if first.run_id else first.digest[:12]
    if len(streak) == 1:
        return [
            "Blocked: later partitions are not compared with it. If it is as it should be: "
            f"mltrace drift accept {what}"
        ]
    return [
        f"Blocked for {len(streak):,} partitions, since {what}. If it is the new normal: "
        f"mltrace drift accept {what} --later"
    ]


def _dim(texts: Sequence[str], view: View) -> list[Line]:
    lines: list[Line] = []
    for text in texts:
        lines += [line("  ", Span(part, "dim")) for part in wrap(text, view.width - 2)]
    return lines


def _number(number: float | None) -> str:
    if number is None:
        return ""
    number += 0.0  # no sign on zero
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.3g}"


def _chance(p_value: float) -> str:
    return f"p < {_SMALLEST}" if p_value < _SMALLEST else f"p = {p_value:.2g}"
