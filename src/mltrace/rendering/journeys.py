"""Draws the journey of one record: its values at each step, and where the trail ends."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from mltrace.rendering.fitting import cells, cut_end, cut_line, cut_middle, wrap
from mltrace.rendering.lines import Line, Span, Style, line
from mltrace.rendering.wording import count, names_text, short_digest, short_ids, value_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltrace.records.journeys import Journey, JourneyEnd, JourneyStep, ValueChange
    from mltrace.rendering.view import View

_LINES: Final = 3
"""Lines for the columns that are as they were; a complete view shows all."""
_LONGEST: Final = 48
_LISTED: Final = 12
_FOUND_BY: Final = {
    "given": "as asked",
    "id": "the output id",
    "declared": "declared",
    "carried": "as before",
    "shared": "in both",
    "content": "by its values",
}
_ENDS: Final[dict[str, tuple[str, Style]]] = {
    "dropped": ("✗", "failed"),
    "source": ("◇", ""),
    "not read": ("◇", ""),
}


def draw_journey(journey: Journey, view: View) -> list[Line]:
    """Draw a journey, nearest step first; `view.is_complete` shows every value."""
    way = "back through" if journey.direction == "backward" else "on through"
    head = line(
        "Journey of ",
        Span(_record_text(journey), "strong"),
        Span(f"  {way} {count(len(journey.steps), 'table')}", "dim"),
    )
    lines = [cut_line(head, view.width)]
    ids = short_ids([step.run_id for step in journey.steps if step.run_id])
    for step in journey.steps:
        lines += [(), *_step_lines(step, journey.steps, ids, view)]
    if journey.predictions:
        most = len(journey.predictions) if view.is_complete else _LISTED
        said = names_text(journey.predictions, most=most)
        lines += [(), line(Span("Predictions", "strong"), f"  {len(journey.predictions):,}")]
        lines += [line("  ", one) for one in wrap(said, view.width - 2)]
    if journey.ends:
        lines += [(), line(Span("Where the trail ends", "strong"))]
    order = [*_ENDS]
    ends = sorted(journey.ends, key=lambda end: [*order, end.reason].index(end.reason))
    drawn = Counter(_end_text(end, view) for end in ends)
    shown = [*drawn.items()][: None if view.is_complete else _LISTED]
    for (glyph, said), num in shown:
        first, *rest = wrap(f"{said}, in {num} runs" if num > 1 else said, view.width - 4)
        lines.append(line("  ", glyph, f" {first}"))
        lines += [line("    ", one) for one in rest]
    if len(drawn) > len(shown):
        lines.append(line(Span(f"  … {len(drawn) - len(shown):,} more", "dim")))
    return lines


def pairs_text(values: Mapping[str, Any]) -> str:
    """Say columns with their values.

    Examples
    --------
    >>> pairs_text({"origin": "EWR", "temp": 60.5, "delay": None})
    'origin=EWR, temp=60.5, delay=null'
    """
    return ", ".join(f"{name}={cell_text(value)}" for name, value in values.items())


def cell_text(value: Any) -> str:
    """Say a value of a row briefly.

    Examples
    --------
    >>> cell_text(0.003527585938136464), cell_text("EWR"), cell_text(None)
    ('0.00352759', 'EWR', 'null')
    """
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, datetime):
        text = value.isoformat(" ")
        return text.removesuffix("+00:00").removesuffix(" 00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    return cut_end(value_text(value), _LONGEST)


def _record_text(journey: Journey) -> str:
    return f"{journey.target} {pairs_text(journey.key)}".rstrip()


def _step_lines(
    step: JourneyStep, steps: Sequence[JourneyStep], ids: Mapping[str, str], view: View
) -> list[Line]:
    found = wrap(_found(step, steps), view.width - 2)
    lines = [_heading(step, ids, view), *(line("  ", Span(one, "dim")) for one in found)]
    if not step.values:
        return lines
    row = step.values[0]
    lines += _values("+", "added", {name: row[name] for name in step.added}, view)
    for change in step.changed:
        said = _change_text(change)
        lines += _points("~", "stale", said, view)
    for typed in step.retyped:
        source = cut_middle(typed.artifact.rpartition("/")[2], _LONGEST)
        said = f"{typed.column} is of type {typed.after}, was {typed.before} in {source}"
        lines += _points("~", "stale", said, view)
    if step.removed:
        most = len(step.removed) if view.is_complete else _LISTED
        lines += _points("-", "removed", names_text(step.removed, most=most), view)
    told = {*step.added, *(change.column for change in step.changed)}
    lines += _values("=", "dim", {name: row[name] for name in row if name not in told}, view)
    return [*lines, *_other_rows(step, view)]


def _change_text(change: ValueChange) -> str:
    before, after = cell_text(change.before), cell_text(change.after)
    if before != after:
        return f"{change.column} {before} → {after}"
    is_retyped = type(change.before) is not type(change.after)
    how = "now of another type" if is_retyped else "changed beyond what is shown"
    return f"{change.column} {before}, {how}"


def _heading(step: JourneyStep, ids: Mapping[str, str], view: View) -> Line:
    made = f"  {ids[step.run_id]}" if step.run_id else ""
    mark = "● " if step.component else "◇ "
    name = f"@{short_digest(step.artifact.digest)}"
    who = step.component or "source"
    room = view.width - cells(f"{mark}{who}{made}  {name}")
    head = line(
        mark,
        Span(who, "strong" if step.component else ""),
        Span(made, "dim"),
        f"  {cut_middle(step.artifact.name, max(room, 12))}",
        Span(name, "dim"),
    )
    return cut_line(head, view.width)


def _other_rows(step: JourneyStep, view: View) -> list[Line]:
    lines = [
        line("    ", Span(cut_end(pairs_text(other), view.width - 4), "dim"))
        for other in step.values[1:]
    ]
    if step.num_left_out and lines:
        lines.append(line(Span(f"    … {count(step.num_left_out, 'more row')}", "dim")))
    return lines


def _found(step: JourneyStep, steps: Sequence[JourneyStep]) -> str:
    rows = count(step.num_rows, "row")
    by = f" by {' and '.join(step.keys)}" if step.keys else ""
    how = f", {_FOUND_BY[step.found_by]}" if step.keys else ""
    for link in step.links[:1]:
        if link.keys != link.other_keys:
            other = steps[link.step].artifact.name.rpartition("/")[2]
            how += f", {' and '.join(link.other_keys)} of {other}"
    return f"{rows}{by}{how}"


def _values(glyph: str, style: Style, values: Mapping[str, Any], view: View) -> list[Line]:
    return _points(glyph, style, pairs_text(values), view) if values else []


def _points(glyph: str, style: Style, text: str, view: View) -> list[Line]:
    limit = None if view.is_complete else _LINES
    first, *rest = wrap(text, view.width - 4, limit=limit)
    return [line("  ", Span(f"{glyph} ", style), first), *(line("    ", more) for more in rest)]


def _end_text(end: JourneyEnd, view: View) -> tuple[Span, str]:
    glyph, style = _ENDS.get(end.reason, ("·", "dim"))
    rows = f" ({count(end.num_rows, 'row')})" if end.num_rows is not None else ""
    is_told = not end.component or end.message.startswith(f"{end.component} ")
    by = "" if is_told else f"{end.component}: "
    name = cut_middle(end.artifact, view.width // 2)
    return Span(glyph, style), f"{name}  {end.reason}, {by}{end.message}{rows}"
