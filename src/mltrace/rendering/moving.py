"""Draws what was moved from one store to another place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, line
from mltrace.rendering.wording import count, size

if TYPE_CHECKING:
    from mltrace.records import Exported, Merged, Synced
    from mltrace.rendering.view import View


def draw_synced(synced: Synced, view: View) -> list[Line]:
    """Draw what a sync read, and what it shipped."""
    said = f"Read {count(synced.num_facts, 'fact')} into the catalog."
    if synced.skipped:
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in synced.skipped.items())
        said += f" Skipped {count(synced.num_skipped, 'line')}: {reasons}."
    lines = [line(text) for text in wrap(said, view.width)]
    return lines if synced.shipped is None else lines + draw_merged(synced.shipped, view)


def draw_merged(merged: Merged, view: View) -> list[Line]:
    """Draw what a merge brought over."""
    is_changed = (
        merged.num_new_runs
        or merged.num_changed_runs
        or merged.num_values
        or merged.num_predictions
    )
    kept = f" ({size(merged.num_bytes)} uncompressed)" if merged.num_values else ""
    rows = f", {merged.num_predictions:,} predictions and labels" if merged.num_predictions else ""
    said = f"Merged {merged.source} into {merged.into}: " + (
        f"{count(merged.num_runs, 'run')}, {merged.num_new_runs:,} of them new, "
        f"{merged.num_changed_runs:,} completed; "
        f"{count(merged.num_values, 'value')}{kept}{rows}."
        if is_changed
        else _nothing_new(merged.num_runs)
    )
    left_out = []
    if merged.num_unfit:
        left_out.append(f"{count(merged.num_unfit, 'fact')} that the database cannot hold")
    if merged.num_damaged:
        are = "is" if merged.num_damaged == 1 else "are"
        left_out.append(f"{count(merged.num_damaged, 'file')} that {are} damaged in the source")
    texts = [said, f"Left out: {', '.join(left_out)}."] if left_out else [said]
    return [line(text) for one in texts for text in wrap(one, view.width)]


def _nothing_new(num_runs: int) -> str:
    if num_runs > 1:
        return f"all of its {num_runs:,} runs were there already."
    return "its one run was there already." if num_runs else "it has no runs."


def draw_exported(exported: Exported, view: View) -> list[Line]:
    """Draw what an export wrote."""
    written = {name: number for name, number in exported.num_rows.items() if number}
    tables = ", ".join(f"{name} ({number:,})" for name, number in written.items())
    said = (
        f"Exported {count(sum(written.values()), 'row')} into {exported.folder} "
        f"({size(exported.num_bytes)}): {tables or 'all tables are empty'}."
    )
    return [line(text) for text in wrap(said, view.width)]
