"""Draws a review: what is flagged, and the suspect runs grouped by rank."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.listings import draw_flags
from mltrace.rendering.wording import age, attention, count, short_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records import Review, Suspect
    from mltrace.rendering.view import View

FLAGS: Final = 10
GROUPS: Final = 10
GROUP_RUNS: Final = 6
_NOTHING: Final = (
    'Nothing to review: no output is flagged. Flag one: mltrace flag OUTPUT --reason "…"'
)


def draw_review(review: Review, view: View) -> list[Line]:
    """Draw a review; `view.is_complete` shows every flag, rank and run."""
    if not review.flagged:
        return [line(_NOTHING)]
    flags = review.flagged if view.is_complete else review.flagged[:FLAGS]
    lines = [line(Span(count(len(review.flagged), "flagged output"), "strong"))]
    lines += draw_flags(flags, view, indent=2)
    if len(review.flagged) > len(flags):
        lines.append(line(Span(f"  … {len(review.flagged) - len(flags):,} more", "dim")))
    lines.append(())
    if not review.suspects:
        return [*lines, line("No run made them, so there is no suspect.")]
    return [*lines, *_suspect_lines(review, view)]


def _suspect_lines(review: Review, view: View) -> list[Line]:
    groups = [list(group) for _, group in groupby(review.suspects, key=lambda one: one.rank)]
    shown = groups if view.is_complete else groups[:GROUPS]
    ids = short_ids([suspect.run.id for group in shown for suspect in group])
    lines = [
        line(
            Span("Suspect runs", "strong"),
            Span("  score 1: all flagged outputs depend on it, and no other", "dim"),
        )
    ]
    for group in shown:
        lines += [(), _rank_line(group[0], review), *_group_lines(group, ids, view)]
    rest = sum(len(group) for group in groups[len(shown) :])
    if rest:
        lines += [(), line(Span(f"… {count(rest, 'run')} more, ranked lower", "dim"))]
    return lines


def _rank_line(suspect: Suspect, review: Review) -> Line:
    others = f", {suspect.num_unflagged:,} of {review.num_unflagged:,} others"
    # Flags on what no run made are listed but not scored, so the total follows from the share.
    total = round(suspect.num_flagged / suspect.coverage) if suspect.coverage else 0
    return line(
        f"{suspect.rank:>2}. ",
        Span(f"score {suspect.score:.2f}", "strong"),
        f"  in {suspect.num_flagged:,} of {total:,} flagged{others}",
    )


def _group_lines(group: Sequence[Suspect], ids: dict[str, str], view: View) -> list[Line]:
    shown = group if view.is_complete else group[:GROUP_RUNS]
    lines: list[Line] = []
    for suspect in shown:
        run = suspect.run
        parts: list[Span] = [
            Span("    "),
            Span(run.component, "strong"),
            Span(f"  {ids[run.id]}  {age(run.started_at, view.now)}"),
        ]
        for notice in attention(run):
            parts += [Span("  "), notice]
        lines.append(line(*parts))
        said = [suspect.attribute] if suspect.attribute else []
        for evidence in dict.fromkeys([*said, *suspect.evidence]):
            first, *rest = wrap(evidence, view.width - 8)
            lines.append(line("      ", Span("· ", "dim"), first))
            lines += [line("        ", more) for more in rest]
    if len(group) > len(shown):
        more = len(group) - len(shown)
        lines.append(line(Span(f"    … {count(more, 'run')} more of this rank", "dim")))
    return lines
