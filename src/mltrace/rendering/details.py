"""Draws one record in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mltrace.rendering.alerts import draw_alert, draw_incident
from mltrace.rendering.backtests import draw_backtest
from mltrace.rendering.check_reports import draw_check_report
from mltrace.rendering.comparisons import draw_comparison
from mltrace.rendering.differences import draw_diff
from mltrace.rendering.drift_history import draw_judgement, draw_result
from mltrace.rendering.estimates import draw_estimate
from mltrace.rendering.fitting import cells, cut_line, wrap
from mltrace.rendering.health import draw_health
from mltrace.rendering.journeys import draw_journey
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.listings import draw_artifacts
from mltrace.rendering.losses import draw_losses
from mltrace.rendering.monitors import draw_evaluation
from mltrace.rendering.moving import draw_exported, draw_merged, draw_synced
from mltrace.rendering.profile_history import draw_profiles
from mltrace.rendering.profiles import draw_profile
from mltrace.rendering.retention import draw_collected
from mltrace.rendering.retraction import draw_purge, draw_retraction, draw_subject_set
from mltrace.rendering.reviews import draw_review, draw_suspect
from mltrace.rendering.slow_drift import draw_slow_drift
from mltrace.rendering.trees import draw_tree
from mltrace.rendering.wording import (
    attention,
    metric_text,
    moment_text,
    short_digest,
    status,
    took,
    value_text,
    versioned,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import ArtifactRef, CheckResult, Record, Run
    from mltrace.rendering.view import View

CODE_LINES: Final = 15
TRACEBACK_LINES: Final = 10
LISTED: Final = 20
SHORT_REASON: Final = 16
"""Characters of a reason that the table of artifacts shows in whole at any width."""


def draw_record(record: Record, view: View) -> list[Line]:
    """Draw one record in full."""
    draw = _DRAWINGS.get(type(record).__name__, _draw_fields)
    return draw(record, view)


def draw_run(run: Run, view: View) -> list[Line]:
    """Draw a run in full; `view.is_complete` shows the whole of its code and lists."""
    lines = [_heading(run), *_pairs(_facts(run, view), view)]
    if run.stale:
        lines += _section("Stale")
        for reason in run.stale:
            lines += _item(Span("◷", "stale"), reason, view)
    lines += _error_lines(run, view)
    for title, values, say in (
        ("Parameters", run.params, value_text),
        ("Metrics", run.metrics, metric_text),
    ):
        if values:
            pairs = [(name, say(value)) for name, value in values.items()]
            lines += [*_section(title), *_pairs(pairs, view)]
    for title, refs in (("Inputs", run.inputs), ("Outputs", run.outputs)):
        if refs:
            shown = refs if view.is_complete else refs[:LISTED]
            is_read = title == "Inputs"
            lines += [*_section(title), *draw_artifacts(shown, view, indent=2, has_maker=is_read)]
            lines += _more(len(refs) - len(shown))
            lines += _reason_lines(shown, view)
            lines += _profile_lines(shown, view)
    if run.checks:
        lines += _section("Checks")
        for check in run.checks:
            lines += _check_lines(check, view)
    if run.notes:
        lines += _section("Notes")
        for note in run.notes:
            lines += _item(Span("·", "dim"), note, view)
    return [*lines, *_code_lines(run, view)]


def draw_source(run: Run) -> list[Line]:
    """Draw the source text of a run, as it is."""
    if not run.code:
        return [line("The source text of this run is not known.")]
    return [line(text.expandtabs(4)) for text in run.code.rstrip().splitlines()]


def _heading(run: Run) -> Line:
    parts: list[Span] = [Span(run.component, "strong"), Span("  "), status(run.status)]
    for notice in attention(run):
        parts += [Span("  "), notice]
    return line(*parts)


def _facts(run: Run, view: View) -> list[tuple[str, str]]:
    ended = moment_text(run.ended_at) if run.ended_at else ""
    if run.ended_at and run.duration_seconds is not None:
        ended += f", took {took(run.duration_seconds)}"
    dirty = {True: ", with uncommitted changes", False: "", None: ""}[run.git_dirty]
    diff = f" ({short_digest(run.git_diff_digest)})" if run.git_diff_digest else ""
    process = [
        part
        for part in (
            run.host,
            None if run.pid is None else f"process {run.pid}",
            run.python_version and f"Python {run.python_version}",
            run.environment and f"environment {short_digest(run.environment)}",
        )
        if part
    ]
    facts = [
        ("id", run.id),
        ("started", moment_text(run.started_at, view.now)),
        ("ended", ended),
        ("called by", run.parent_id or ""),
        ("upstream", _upstream(run)),
        ("git", f"{(run.git_commit or '')[:12]}{dirty}{diff}"),
        ("where", ", ".join(process)),
        ("details", _removed(run)),
        ("pinned", "yes: retention leaves it and all it depends on alone" if run.pinned else ""),
    ]
    return [(name, text) for name, text in facts if text]


def _removed(run: Run) -> str:
    if run.details_removed_at is None:
        return ""
    return f"removed on {run.details_removed_at:%Y-%m-%d} by retention (mltrace gc)"


def _upstream(run: Run) -> str:
    more = f" +{len(run.upstream) - 2} more" if len(run.upstream) > 2 else ""
    return f"{', '.join(run.upstream[:2])}{more}"


def _check_lines(check: CheckResult, view: View) -> list[Line]:
    name = ".".join(dict.fromkeys(part for part in (check.check, check.test) if part))
    blocking = ", blocking" if check.severity == "block" else ""
    aside = f"  {check.when}{blocking}, {took(check.seconds)}"
    lines = [line("  ", status(check.status), "  ", name, Span(aside, "dim"))]
    return [*lines, *(line("    ", text) for text in wrap(check.message, view.width - 4))]


def _error_lines(run: Run, view: View) -> list[Line]:
    if run.error is None:
        return []
    lines = _section("Error")
    lines += _item(Span("✗", "failed"), f"{run.error.type}: {run.error.message}", view)
    tail = run.error.traceback.rstrip().splitlines()[:-1]  # the last line repeats the message
    hidden = 0 if view.is_complete else max(len(tail) - TRACEBACK_LINES, 0)
    lines += _more(hidden, "earlier line")
    return [*lines, *(_verbatim(Span(f"    {text}", "dim"), view) for text in tail[hidden:])]


def _code_lines(run: Run, view: View) -> list[Line]:
    if not run.code:
        return []
    source = run.code.rstrip().splitlines()
    shown = source if view.is_complete else source[:CODE_LINES]
    lines = _section("Code", short_digest(run.code_digest))
    lines += [_verbatim(Span(f"  {text.expandtabs(4)}"), view) for text in shown]
    return [*lines, *_more(len(source) - len(shown), "line")]


def _verbatim(span: Span, view: View) -> Line:
    """Draw a line of source or traceback; one that is too long is cut, not folded."""
    return line(span) if view.is_complete else cut_line(line(span), view.width)


def _draw_fields(record: Record, view: View) -> list[Line]:
    pairs = [
        (name.replace("_", " "), _plain(getattr(record, name), view))
        for name in record.__struct_fields__
    ]
    return _pairs([(name, text) for name, text in pairs if text], view, indent=0)


def _plain(value: Any, view: View) -> str:
    if isinstance(value, datetime):
        return moment_text(value, view.now)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return value_text(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_plain(one, view) for one in value)
    name = _NAMES.get(type(value).__name__, str)
    return "" if value is None else name(value)


def _section(title: str, aside: str = "") -> list[Line]:
    return [(), line(Span(title, "strong"), Span(f"  {aside}" if aside else "", "dim"))]


def _pairs(pairs: Sequence[tuple[str, str]], view: View, *, indent: int = 2) -> list[Line]:
    if not pairs:
        return []
    wide = min(max(cells(name) for name, _ in pairs), view.width // 2)
    lines: list[Line] = []
    for name, text in pairs:
        wrapped = wrap(text, view.width - indent - wide - 2) or [""]
        blank = " " * max(wide - cells(name), 0)
        lines.append(line(" " * indent, Span(f"{name}{blank}  ", "dim"), wrapped[0]))
        lines += [line(" " * (indent + wide + 2), rest) for rest in wrapped[1:]]
    return lines


def _item(glyph: Span, text: str, view: View) -> list[Line]:
    first, *rest = wrap(text, view.width - 4) or [""]
    return [line("  ", glyph, f" {first}"), *(line("    ", more) for more in rest)]


def _reason_lines(refs: Sequence[ArtifactRef], view: View) -> list[Line]:
    """Say in full why artifacts are not digested or not kept, where a table has no room for it."""
    names: dict[str, list[str]] = {}
    for ref in refs:
        if ref.reason is not None and len(ref.reason) > SHORT_REASON:
            names.setdefault(ref.reason, []).append(ref.name)
    lines: list[Line] = []
    for reason, named in names.items():
        more = f" and {len(named) - 1:,} more" if len(named) > 1 else ""
        lines += _item(Span("·", "dim"), f"{named[0]}{more}: {reason}", view)
    return lines


def _profile_lines(refs: Sequence[ArtifactRef], view: View) -> list[Line]:
    """Say of which artifacts a profile is stored, and how to see one."""
    profiled = [ref for ref in refs if ref.has_profile]
    if not profiled:
        return []
    names = ", ".join(dict.fromkeys(ref.name for ref in profiled))
    said = f"profiled: {names} (mltrace profile {versioned(profiled[0])})"
    return _item(Span("▂", "dim"), said, view)


def _more(number: int, noun: str = "") -> list[Line]:
    if number <= 0:
        return []
    plural = "" if number == 1 or not noun else "s"
    return [line(Span(f"  … {number:,} more{' ' if noun else ''}{noun}{plural}", "dim"))]


_NAMES: Final[dict[str, Callable[[Any], str]]] = {
    "Run": lambda run: f"{run.component} {run.id}",
    "ArtifactRef": versioned,
    "Change": lambda change: f"{change.aspect} {change.name}".rstrip(),
}
"""What stands for a record inside another one."""

_DRAWINGS: Final[dict[str, Callable[..., list[Line]]]] = {
    "Alert": draw_alert,
    "Backtest": draw_backtest,
    "Comparison": draw_comparison,
    "CheckReport": draw_check_report,
    "Evaluation": draw_evaluation,
    "Incident": draw_incident,
    "DriftJudgement": draw_judgement,
    "DriftResult": draw_result,
    "Estimate": draw_estimate,
    "SlowDriftResult": draw_slow_drift,
    "Run": draw_run,
    "Review": draw_review,
    "Suspect": draw_suspect,
    "Diff": draw_diff,
    "Trace": partial(draw_tree, is_upstream=True),
    "Impact": partial(draw_tree, is_upstream=False),
    "Journey": draw_journey,
    "Losses": draw_losses,
    "Collected": draw_collected,
    "RetractedPredictions": draw_purge,
    "RetractionReport": draw_retraction,
    "SubjectSet": draw_subject_set,
    "Health": draw_health,
    "VersionProfile": lambda one, view: draw_profiles([one], view),
    "Exported": draw_exported,
    "Merged": draw_merged,
    "Synced": draw_synced,
    "Profile": draw_profile,
}
