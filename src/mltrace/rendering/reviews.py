"""Draws a review: what is flagged, and the suspects grouped by rank."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from mltrace.rendering.fitting import cells, cut_end, wrap
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
GROUP_ATTRIBUTES: Final = 3
ALWAYS_WITH: Final = 4
_NO_CONTRAST: Final = (
    "There is no unflagged output to compare with, so the scores say little. Name good outputs "
    "with good= (--good), or flag only those that are wrong."
)
_NOTHING: Final = (
    'Nothing to review: no output is flagged. Flag one: mltrace flag OUTPUT --reason "…"'
)


def draw_review(review: Review, view: View) -> list[Line]:
    """Draw a review; `view.is_complete` shows every flag, rank and suspect."""
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


def draw_suspect(suspect: Suspect, view: View) -> list[Line]:
    """Draw one suspect in full."""
    view = replace(view, is_complete=True)
    ids = short_ids([suspect.run.id])
    return [_rank_line(suspect), *_group_lines([suspect], ids, view)]


def _suspect_lines(review: Review, view: View) -> list[Line]:
    groups = [list(group) for _, group in groupby(review.suspects, key=lambda one: one.rank)]
    shown = groups if view.is_complete else groups[:GROUPS]
    ids = short_ids([suspect.run.id for group in shown for suspect in group])
    lines = _headings(review)
    if not review.num_unflagged:
        lines += [line(Span(text, "stale")) for text in wrap(_NO_CONTRAST, view.width)]
    for group in shown:
        lines += [(), _rank_line(group[0]), *_group_lines(group, ids, view)]
    rest = [suspect for group in groups[len(shown) :] for suspect in group]
    if rest:
        noun = "run" if all(suspect.attribute is None for suspect in rest) else "suspect"
        lines += [(), line(Span(f"… {count(len(rest), noun)} more, ranked lower", "dim"))]
    if review.num_passed_over:
        lines += [(), *(line(Span(text, "dim")) for text in wrap(_compared(review), view.width))]
    return lines


def _headings(review: Review) -> list[Line]:
    if review.method == "ochiai":
        meaning = "score 1: all flagged outputs depend on it, and no other"
    else:
        meaning = f"scored by {review.method}"
    return [
        line(Span("Suspects", "strong"), Span(f"  {meaning}", "dim")),
        line(Span("          (low-high): its 95 % interval, of which the lower end ranks", "dim")),
    ]


def _compared(review: Review) -> str:
    return (
        f"Compared with the {count(review.num_unflagged, 'unflagged output')} of "
        f"{count(review.num_compared, 'run')}; {count(review.num_passed_over, 'run')} more of the "
        "same components were left out."
    )


def _rank_line(suspect: Suspect) -> Line:
    digits = 2 if suspect.score >= 0.1 else 3
    interval = ""
    if suspect.ci_low is not None and suspect.ci_high is not None:
        interval = f" ({suspect.ci_low:.{digits}f}-{suspect.ci_high:.{digits}f})"
    total = suspect.num_flagged + suspect.num_flagged_without
    num_others = suspect.num_unflagged + suspect.num_unflagged_without
    others = f", {suspect.num_unflagged:,} of {num_others:,} others"
    return line(
        f"{suspect.rank:>2}. ",
        Span(f"score {suspect.score:.{digits}f}", "strong"),
        Span(interval, "dim"),
        f"  in {suspect.num_flagged:,} of {total:,} flagged{others}",
    )


def _group_lines(group: Sequence[Suspect], ids: dict[str, str], view: View) -> list[Line]:
    """Draw a tie: its first runs and its first attributes."""
    lines: list[Line] = []
    runs = [suspect for suspect in group if suspect.attribute is None]
    attributes = [suspect for suspect in group if suspect.attribute is not None]
    for suspects, most, noun, draw in (
        (runs, GROUP_RUNS, "run", _run_lines),
        (attributes, GROUP_ATTRIBUTES, "attribute", _shared_lines),
    ):
        shown = suspects if view.is_complete else suspects[:most]
        for suspect in shown:
            lines += draw(suspect, ids, view)
        if len(suspects) > len(shown):
            more = count(len(suspects) - len(shown), noun)
            lines.append(line(Span(f"    … {more} more of this rank", "dim")))
    return lines


def _run_lines(suspect: Suspect, ids: dict[str, str], view: View) -> list[Line]:
    run = suspect.run
    parts: list[Span] = [
        Span("    "),
        Span(run.component, "strong"),
        Span(f"  {ids[run.id]}  {age(run.started_at, view.now)}"),
    ]
    for notice in attention(run):
        parts += [Span("  "), notice]
    lines = [line(*parts)]
    for evidence in dict.fromkeys(suspect.evidence):
        lines += _point(evidence, view)
    return lines


def _shared_lines(suspect: Suspect, ids: dict[str, str], view: View) -> list[Line]:
    """Draw what runs have in common, and the first of these runs."""
    scope = suspect.scope or "any component"
    text = f"{scope}: {suspect.attribute}"
    since = f"{ids[suspect.run.id]}  {age(suspect.run.started_at, view.now)}"
    runs = f"{count(suspect.num_runs, 'run')} from {since}"
    if cells(text) + cells(runs) + 6 <= view.width:
        lines = [line("    ", Span(text, "strong"), f"  {runs}")]
    else:
        lines = [line("    ", Span(cut_end(text, view.width - 4), "strong")), line(f"      {runs}")]
    others = suspect.always_with if view.is_complete else suspect.always_with[:ALWAYS_WITH]
    if others:
        more = len(suspect.always_with) - len(others)
        rest = f" and {more:,} more" if more else ""
        lines += _point(f"always with {', '.join(others)}{rest}", view)
    return lines


def _point(text: str, view: View) -> list[Line]:
    first, *rest = wrap(text, view.width - 8)
    return [line("      ", Span("· ", "dim"), first), *(line("        ", more) for more in rest)]
