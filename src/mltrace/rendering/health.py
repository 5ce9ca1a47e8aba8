"""Draws how a store fares: what wants something done first, then the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.rendering.fitting import cells, cut_middle, wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.wording import age, count, size, took

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mltrace.records import Finding, Health, PendingFacts
    from mltrace.rendering.lines import Style
    from mltrace.rendering.view import View

_GLYPHS: Final[dict[str, tuple[str, Style]]] = {"problem": ("✗", "failed"), "notice": ("·", "dim")}
_LABEL_CELLS: Final = 12
_BY_ITSELF: Final = ("default", "the command or the place")
"""Origins of settings that nobody need be told."""


def draw_health(health: Health, view: View) -> list[Line]:
    """Draw the findings with what to do, then sizes, counts and settings."""
    num_problems = sum(finding.severity == "problem" for finding in health.findings)
    verdict = (
        Span(f"✗ {count(num_problems, 'problem')}", "failed")
        if num_problems
        else Span("✓ no problem", "added")
    )
    lines = [line(Span(cut_middle(health.store, view.width), "strong")), line(verdict)]
    for finding in health.findings:
        lines += _draw_finding(finding, view)
    lines.append(())
    for label, text in _facts(health, view):
        lines += _draw_pair(label, text, view)
    chosen = [setting for setting in health.settings if setting.origin not in _BY_ITSELF]
    lines += [(), line(Span("Settings", "strong"))] if chosen else []
    for setting in chosen:
        said = f"{setting.name} = {setting.value} ({setting.origin})"
        lines += [line(f"  {text}") for text in wrap(said, view.width - 2)]
    return lines


def _draw_finding(finding: Finding, view: View) -> list[Line]:
    glyph, style = _GLYPHS[finding.severity]
    said = wrap(f"{finding.about}: {finding.message}", view.width - 4)
    lines = [line("  ", Span(glyph, style), " ", said[0])]
    lines += [line("    ", text) for text in said[1:]]
    remedy = wrap(finding.remedy, view.width - 6) if finding.remedy else []
    return lines + [
        line("    ", Span("→ " if not at else "  ", "dim"), Span(text, "dim"))
        for at, text in enumerate(remedy)
    ]


def _draw_pair(label: str, text: str, view: View) -> Iterator[Line]:
    for at, part in enumerate(wrap(text, view.width - _LABEL_CELLS - 2)):
        head = label if not at else ""
        yield line(Span(head + " " * (_LABEL_CELLS + 2 - cells(head)), "dim"), part)


def _facts(health: Health, view: View) -> Iterator[tuple[str, str]]:
    database = health.database or "no database yet"
    version = "" if health.schema_version is None else f", schema version {health.schema_version}"
    access = ", read-only here" if health.is_read_only else ""
    yield "catalog", f"{database}{version}{access}{_sized(health.catalog_bytes)}"
    yield "mltrace", f"{health.mltrace_version}, Python {health.python_version}"
    if health.num_runs is not None:
        left = health.num_left_running
        yield "runs", count(health.num_runs, "run") + (f", {left:,} left running" if left else "")
    if health.pending is not None:
        yield "pending", _pending(health.pending, view)
    if health.num_values is not None:
        yield "values", f"{count(health.num_values, 'value')}{_sized(health.values_bytes)} stored"
    if health.num_predictions:
        said = f"{health.num_predictions:,} predictions and labels{_sized(health.lake_bytes)}"
        yield "lake", f"{said} in {count(health.num_segments or 0, 'segment')}"
    for label in ("skipped", "dropped", "not_kept", "faults", "not_profiled"):
        counts: dict[str, int] = getattr(health, label)
        said = ", ".join(f"{reason} {number:,}" for reason, number in sorted(counts.items()))
        yield label.replace("_", " "), said or "none"
    if health.overhead_per_run_seconds is not None:
        total = f"{took(health.overhead_seconds)} in {count(health.num_measured_runs, 'run')}"
        yield "overhead", f"{took(health.overhead_per_run_seconds)} a run, {total}"
    if health.profiles:
        said = ", ".join(f"{number:,} {mode}" for mode, number in sorted(health.profiles.items()))
        yield "profiles", f"{said}, {took(health.profiling_seconds)} of CPU"
    if health.clock_difference_seconds:
        yield "clocks", f"differ by at least {took(health.clock_difference_seconds)}"
    if health.free_bytes is not None:
        yield "disk", f"{size(health.free_bytes)} free"


def _pending(pending: PendingFacts, view: View) -> str:
    writers = f"{count(pending.num_alive, 'file')} being written"
    if not pending.num_facts:
        return f"nothing; {writers}"
    since = "" if pending.oldest_at is None else f", the oldest {age(pending.oldest_at, view.now)}"
    files = f"{size(pending.num_bytes)} in {count(pending.num_files, 'file')}"
    gone = f", {pending.num_dead:,} of writers that are gone" if pending.num_dead else ""
    return f"{count(pending.num_facts, 'fact')}, {files}{since}; {writers}{gone}"


def _sized(num_bytes: int | None) -> str:
    return "" if num_bytes is None else f", {size(num_bytes)}"
