"""Draws which keys were lost on the way to an output, and which values they had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.rendering.fitting import cut_line, cut_middle, wrap
from mltrace.rendering.journeys import cell_text, pairs_text
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.wording import count, short_ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.records.journeys import Loss, Losses
    from mltrace.rendering.view import View

_GROUPS: Final = 5


def draw_losses(losses: Losses, view: View) -> list[Line]:
    """Draw losses, most upstream first; `view.is_complete` shows all groups."""
    lines = [line("Losses on the way to ", Span(losses.target, "strong"))]
    if not losses.steps:
        lines += [(), line("No run on the way read and wrote kept tables that share a key.")]
    ids = short_ids([loss.run_id for loss in losses.steps])
    for loss in losses.steps:
        lines += [(), *_loss_lines(loss, ids, view)]
    if losses.ends:
        lines += [(), line(Span("Of these nothing can be told", "strong"))]
        for end in losses.ends:
            said = f"{cut_middle(end.artifact, view.width // 2)}  {end.component}: {end.message}"
            first, *rest = wrap(said, view.width - 4)
            lines += [line("  · ", first), *(line("    ", one) for one in rest)]
    return lines


def _loss_lines(loss: Loss, ids: Mapping[str, str], view: View) -> list[Line]:
    read, written = (ref.name.rpartition("/")[2] for ref in (loss.input, loss.output))
    by = f"by {' and '.join(loss.keys)}"
    if loss.output_keys != loss.keys:
        by += f" = {' and '.join(loss.output_keys)}"
    head = line(
        Span(loss.component, "strong"),
        Span(f"  {ids[loss.run_id]}", "dim"),
        f"  {read} → {written}",
    )
    lines = [cut_line(head, view.width)]
    told = [
        f"{loss.num_rows_in:,} → {count(loss.num_rows_out, 'row')}",
        by,
        _share(loss),
        *([f"{count(loss.num_added, 'key')} added"] if loss.num_added else []),
        *([f"{count(loss.num_repeated, 'key')} repeated"] if loss.num_repeated else []),
    ]
    lines += [line("  ", one) for one in wrap("; ".join(told), view.width - 2)]
    shown = loss.groups if view.is_complete else loss.groups[:_GROUPS]
    if shown:
        groups = ", ".join(
            f"{cell_text(one.value)} {one.num_lost:,} of {one.num_keys:,}" for one in shown
        )
        more = len(loss.groups) - len(shown)
        rest = f" and {more:,} more" if more else ""
        said = f"lost by {loss.by}: {groups}{rest}"
        lines += [line("  ", Span(one, "removed")) for one in wrap(said, view.width - 2)]
    if loss.examples:
        said = f"such as {'; '.join(pairs_text(one) for one in loss.examples)}"
        lines += [line("  ", Span(one, "dim")) for one in wrap(said, view.width - 2, limit=2)]
    return lines


def _share(loss: Loss) -> str:
    if not loss.num_lost:
        return "no key lost"
    share = f"{100 * loss.lost_share:.1f} %" if loss.num_lost < loss.num_keys_in else "all"
    return f"{share} of {count(loss.num_keys_in, 'key')} lost"
