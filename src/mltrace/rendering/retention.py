"""Draws pins, and what retention removes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, Span, Style, line
from mltrace.rendering.tables import Column, draw_table
from mltrace.rendering.wording import age, count, short_ids, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records import Collected, Pin
    from mltrace.rendering.view import View


def draw_pins(pins: Sequence[Pin], view: View) -> list[Line]:
    """Draw pinned runs as a table."""
    columns = (
        Column("PINNED", least=12, is_path=True),
        Column("RUN"),
        Column("STARTED", drop=1),
        Column("SINCE", drop=2),
        Column("BY", least=6, drop=3),
        Column("REASON", least=12),
    )
    shown = short_ids([pin.run_id for pin in pins])
    rows = [
        (
            line(Span(pin.component or "not logged here", "strong")),
            line(shown[pin.run_id]),
            line("" if pin.started_at is None else age(pin.started_at, view.now)),
            line(age(pin.pinned_at, view.now)),
            line(pin.pinned_by or ""),
            line(pin.reason),
        )
        for pin in pins
    ]
    return draw_table(columns, rows, view.width)


_RUN_REASONS: Final = {
    "pinned": "pinned",
    "needed by pinned": "a pinned run depends on them",
    "flagged": "they made a flagged output",
    "needed by flagged": "a flagged output depends on them",
    "running": "under way",
    "latest": "the latest, or the latest that succeeded, of their component",
    "last": "among the last of their component",
    "recent": "younger than the age from which details go",
}
_VALUE_REASONS: Final = {
    "needed": "of runs that are pinned, flagged, under way or the latest",
    "used": "of other runs that keep their details",
    "recent": "used more recently than the age from which they go",
    "in use": "kept or asked for within the last hour",
    "unknown": "no run is known that read or wrote them",
    "blocked": "a file is damaged, see below",
}


def draw_collected(collected: Collected, view: View) -> list[Line]:
    """Draw what retention removed, or would remove and how to let it, and why the rest stays."""
    said = f"{_said(collected)}{_said_of_limit(collected)}"
    lines = [line(text) for text in wrap(said, view.width)]
    for title, num_gone, staying, words in (
        ("Runs that keep their details", collected.num_gone, collected.staying, _RUN_REASONS),
        ("Kept values that stay", 0, collected.staying_values, _VALUE_REASONS),
    ):
        if staying or num_gone:
            lines += [(), line(Span(title, "strong"), f"  {sum(staying.values()):,}")]
            counted = [(number, words[reason]) for reason, number in staying.items() if number]
            lines += [_counted(number, text) for number, text in sorted(counted, reverse=True)]
        if num_gone:
            lines.append(_counted(num_gone, "more have lost them before", style="dim"))
    noted = [text for note in collected.notes for text in wrap(f"Note: {note}", view.width)]
    return [*lines, *([()] if noted else []), *(line(Span(text, "dim")) for text in noted)]


def _said(collected: Collected) -> str:
    going = [
        f"the details of {count(collected.num_runs, 'run')}",
        f"{count(collected.num_values, 'value')} ({size(collected.num_bytes)})",
        count(collected.num_intervals, "interval of sampled runs"),
        f"{count(collected.num_orphans, 'shared row')} that no run refers to",
        f"{collected.num_predictions:,} predictions and labels",
        f"{count(collected.num_files, 'file')} of predictions ({size(collected.num_bytes_files)})",
    ]
    numbers = (
        collected.num_runs,
        collected.num_values,
        collected.num_intervals,
        collected.num_orphans,
        collected.num_predictions,
        collected.num_files,
    )
    said = [text for text, number in zip(going, numbers, strict=True) if number]
    if not said:
        return "There is nothing to remove."
    listed = " and ".join([", ".join(said[:-1]), said[-1]] if said[:-1] else said)
    if collected.is_done:
        smaller = size(collected.num_bytes_catalog)
        shrank = f" The catalog is {smaller} smaller." if collected.num_bytes_catalog else ""
        return f"Removed {listed}.{shrank} Traces and staleness answer as before."
    return f"Would remove {listed}. Nothing is removed yet; add --yes to do it."


def _said_of_limit(collected: Collected) -> str:
    limit, kept = collected.max_bytes, collected.num_bytes_kept
    if limit is None or kept is None or kept <= limit:
        return ""
    verb = "still take up" if collected.is_done else "would still take up"
    why = "; below is why they stay" if collected.staying_values else ""
    return f" The values left {verb} {size(kept)}, more than max_size, {size(limit)}{why}."


def _counted(number: int, text: str, *, style: Style = "") -> Line:
    return line(Span(f"  {number:>11,}  {text}", style))
