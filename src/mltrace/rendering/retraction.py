"""Draws retractions: what they touch, what was rebuilt, and what to run again."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.tables import Column, draw_table
from mltrace.rendering.wording import age, count, moment_text, short_digest, short_ids

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mltrace.records import (
        RetractedPredictions,
        Retraction,
        RetractionReport,
        SubjectSet,
        TouchedVersion,
    )
    from mltrace.rendering.view import View

LISTED: Final = 12
_UNKNOWN: Final = (
    "No artifact is known to hold this label. Say whose data an artifact holds: "
    "mltrace subject LABEL --on ARTIFACT"
)


def draw_retraction(report: RetractionReport, view: View) -> list[Line]:
    """Draw a report in full; `view.is_complete` lists every version and prediction."""
    lines = _heading(report, view)
    if not report.touched:
        if report.is_retracted or report.retracted_at is not None:
            lines += [line(text) for text in wrap(_UNKNOWN, view.width)]
        return lines
    lines += [line(_summary(report)), *_kept_lines(report, view)]
    pending = [one for one in report.touched if one.state == "pending"]
    rebuilt = [one for one in report.touched if one.state == "rebuilt"]
    if pending:
        lines += [(), line(Span("Still to be rebuilt", "strong"), ", most upstream first")]
        lines += _pending_lines(pending, view)
    if rebuilt:
        lines += [(), line(Span("Rebuilt without the label", "strong"))]
        lines += _rebuilt_lines(rebuilt, view)
    return [*lines, *_prediction_lines(report, view)]


def draw_purge(report: RetractedPredictions, view: View) -> list[Line]:
    """Draw what went of ids of a task, or would go; the ids are not among it."""
    found = f"  {count(report.num_ids, 'id')}, {report.num_found:,} with rows"
    rows = [
        count(report.num_predictions, "prediction"),
        count(report.num_labels, "label"),
        f"{count(report.num_pairs, 'pair')} of both",
    ]
    said = [f"{'Removed for good' if report.is_purged else 'Would go'}: {', '.join(rows)}."]
    if report.is_purged:
        also = f"; {count(report.num_flags, 'flag')} went as well" if report.num_flags else ""
        said[0] += f" Of the lake, {count(report.num_segments, 'segment')} changed{also}."
    if report.num_found:
        verb = "are" if report.is_purged else "would be"
        said.append(
            f"Metrics of the past {verb} without them, those as of an earlier moment as well: they "
            "are then not exactly what was reported."
        )
    if report.is_purged and not report.left:
        said.append(
            f"Nothing of these rows is left in the store{' here' * bool(report.elsewhere)}."
        )
    if report.elsewhere:
        hosts = ", ".join(report.elsewhere)
        said.append(f"Processes on other machines have spools of their own; repeat it on {hosts}.")
    lines = [line(Span(report.task, "strong"), found)]
    lines += [line(text) for one in said for text in wrap(one, view.width)]
    if report.left:
        title = "Still there; repeat the command later" if report.is_purged else "Not looked at"
        lines += [(), line(Span(title, "stale"))]
        lines += [line("  ", text) for one in report.left for text in wrap(one, view.width - 2)]
    return lines


def draw_retractions(retractions: Sequence[Retraction], view: View) -> list[Line]:
    """Draw retractions as a table."""
    columns = (
        Column("LABEL", least=12),
        Column("RETRACTED"),
        Column("TOUCHED", is_right=True),
        Column("PENDING", is_right=True),
        Column("PREDICTIONS", is_right=True, drop=2),
        Column("RUNS", least=8, drop=1),
        Column("BY", least=4, drop=4),
        Column("REASON", least=12, drop=3),
    )
    rows = [
        (
            line(Span(one.label, "strong")),
            line(age(one.retracted_at, view.now) if one.retracted_at else ""),
            line(f"{one.num_touched:,}"),
            line(Span(f"{one.num_pending:,}", "stale" if one.num_pending else "")),
            line(f"{one.num_predictions:,}" if one.num_predictions else ""),
            line(_rule(one, view.now)),
            line(one.retracted_by or ""),
            line(one.reason),
        )
        for one in retractions
    ]
    return draw_table(columns, rows, view.width)


def draw_subject_set(subject: SubjectSet, _view: View) -> list[Line]:
    """Draw what was said of an artifact version."""
    digest = f"@{short_digest(subject.digest)}" if subject.digest else ""
    holders = count(subject.num_labels, "data subject")
    said = f" holds data of {holders}, besides those named before."
    lines = [line(Span(f"{subject.name}{digest}", "strong"), said)]
    if subject.num_missing:
        lines.append(line(f"{count(subject.num_missing, 'missing label')} left out."))
    return lines


def _heading(report: RetractionReport, view: View) -> list[Line]:
    name = Span(report.label, "strong")
    if not report.is_retracted:
        return [line(name, "  is not retracted")]
    by = f" by {report.retracted_by}" if report.retracted_by else ""
    since = f"  retracted {age(report.retracted_at, view.now)}{by}" if report.retracted_at else ""
    lines = [line(name, since)]
    if report.reason:
        lines += [line("  ", text) for text in wrap(report.reason, view.width - 2)]
    if report.policy == "warn":
        is_vain = report.block_from != report.retracted_at
        but = "; the policy warn knows no grace period" if is_vain else ""
        return [*lines, line(f"Runs that read its data warn{but}.")]
    if report.block_from is not None and report.block_from > view.now:
        until = moment_text(report.block_from)
        return [*lines, line(f"Runs that read its data warn; from {until} on they are blocked.")]
    return [*lines, line("Runs that read its data are blocked.")]


def _summary(report: RetractionReport) -> str:
    touched = f"Touched: {count(report.num_touched, 'version')} of artifacts"
    return f"{touched}, {report.num_rebuilt:,} rebuilt, {report.num_pending:,} pending."


def _kept_lines(report: RetractionReport, view: View) -> list[Line]:
    parts = []
    if report.num_purged:
        parts.append(f"Kept copies purged: {report.num_purged:,}.")
    if report.num_profiles_purged:
        parts.append(f"Profiles purged: {report.num_profiles_purged:,}.")
    if report.num_kept:
        kept = f"Copies kept in the store: {report.num_kept:,}"
        parts.append(f"{kept}; --purge removes those of rebuilt versions.")
    return [line(text) for text in wrap(" ".join(parts), view.width)] if parts else []


def _rule(one: Retraction, now: datetime) -> str:
    if one.policy == "warn":
        return "warn"
    if one.block_from is not None and one.block_from > now:
        return f"block from {one.block_from:%Y-%m-%d}"
    return "blocked"


def _pending_lines(versions: Sequence[TouchedVersion], view: View) -> list[Line]:
    columns = (
        Column("ARTIFACT", least=16, is_path=True),
        Column("LATEST", drop=2),
        Column("VERSIONS", is_right=True, drop=3),
        Column("KIND", drop=4),
        Column("MADE", drop=1),
        Column("TO DO", least=16),
    )
    rows = []
    for _, group in groupby(versions, key=lambda one: (one.identity or one.name, one.component)):
        latest = list(group)
        last = latest[-1]
        rows.append(
            (
                line(Span(last.name or "(a value in no run)", "strong")),
                line(short_digest(last.digest)),
                line(f"{len(latest):,}"),
                line(last.kind),
                line(age(last.at, view.now) if last.at else ""),
                line(_to_do(last)),
            )
        )
    return _cut_table(columns, rows, view)


def _to_do(version: TouchedVersion) -> str:
    if version.holds_label:
        again = f", then run {version.component}" if version.component else ""
        return f"take the label out{again}"
    return f"run {version.component} again" if version.component else "make it again"


def _rebuilt_lines(versions: Sequence[TouchedVersion], view: View) -> list[Line]:
    columns = (
        Column("ARTIFACT", least=16, is_path=True),
        Column("VERSION"),
        Column("KIND", drop=2),
        Column("REBUILT", drop=1),
        Column("BY", least=8),
    )
    shown = short_ids([one.rebuilt_by for one in versions if one.rebuilt_by])
    rows = [
        (
            line(Span(one.name, "strong")),
            line(short_digest(one.digest)),
            line(one.kind),
            line(age(one.rebuilt_at, view.now) if one.rebuilt_at else ""),
            line(f"run {shown[one.rebuilt_by]}" if one.rebuilt_by else "no run"),
        )
        for one in versions
    ]
    return _cut_table(columns, rows, view)


def _cut_table(
    columns: Sequence[Column], rows: Sequence[tuple[Line, ...]], view: View
) -> list[Line]:
    shown = rows if view.is_complete else rows[:LISTED]
    lines = draw_table(columns, shown, view.width, indent=2)
    if len(rows) > len(shown):
        lines.append(line(Span(f"  … {len(rows) - len(shown):,} more", "dim")))
    return lines


def _prediction_lines(report: RetractionReport, view: View) -> list[Line]:
    if not report.num_predictions:
        return []
    shown = report.predictions if view.is_complete else report.predictions[:LISTED]
    text = ", ".join(shown)
    if report.num_predictions > len(shown):
        text += f", … {report.num_predictions - len(shown):,} more"
    pending = f"{report.num_predictions_pending:,} to be made again"
    title = count(report.num_predictions, "prediction")
    return [
        (),
        line(Span(title, "strong"), f", {pending}"),
        *(line("  ", one) for one in wrap(text, view.width - 2)),
    ]
