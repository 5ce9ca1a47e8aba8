"""Draws lists of records as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mltrace.rendering.activity import draw_activity
from mltrace.rendering.alerts import draw_alerts, draw_incidents
from mltrace.rendering.check_history import draw_check_history
from mltrace.rendering.check_lists import draw_component_checks, draw_library
from mltrace.rendering.deliveries import draw_deliveries
from mltrace.rendering.drift_history import draw_judgements
from mltrace.rendering.estimates import draw_estimates
from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.metrics import draw_metrics
from mltrace.rendering.monitors import draw_monitors, draw_observations
from mltrace.rendering.profile_history import draw_points, draw_profiles
from mltrace.rendering.retention import draw_pins
from mltrace.rendering.retraction import draw_retractions
from mltrace.rendering.suggestions import draw_suggestions
from mltrace.rendering.tables import Column, draw_table
from mltrace.rendering.tasks import draw_tasks
from mltrace.rendering.wording import (
    age,
    attention,
    count,
    short_digest,
    short_ids,
    size,
    status,
    took,
    value_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mltrace.records import ArtifactRef, ArtifactVersion, Component, Flag, Record, Run, Tag
    from mltrace.rendering.view import View

_EMPTY: Final = {
    "Run": "No runs yet. Put @mt.component on a function of your pipeline and call it.",
    "Component": "No components yet. Put @mt.component on a function of your pipeline.",
    "Activity": "No run of this component ended in this period.",
    "LoggedResult": "No check ran in this time. Bind some: @mt.component(before=[…]).",
    "Tag": 'No tags yet. Declare some: @mt.component(tags=["…"]).',
    "Flag": 'Nothing is flagged. Mark a bad output: mltrace flag OUTPUT --reason "…"',
    "VersionProfile": "No version of it has a profile: mltrace doctor says what was not profiled.",
    "JudgedNow": "Nothing new to judge.",
    "DriftJudgement": "Nothing is judged yet. Judge a table: mltrace drift NAME",
    "MonitorStatus": "No monitor is declared. Declare some in mltrace.toml under [[monitors]].",
    "TaskStatus": "No task yet. Log predictions: mltrace.Task(NAME, kind=…).log_predictions(…)",
    "Delivery": "No notifier is declared. Declare some in mltrace.toml as [notifiers.NAME].",
    "Observation": "Nothing new to measure.",
    "Incident": "No incident: nothing that is watched was other than it should be.",
    "Alert": "No alert: nothing that is watched was other than it should be.",
    "MetricRow": "No predictions answer to that: none was logged of this time, slice or model.",
    "Pin": "Nothing is pinned. Let retention leave a run alone: mltrace pin RUN|OUTPUT",
    "Retraction": "Nothing is retracted. Retract a data subject: mltrace retract LABEL",
    "Suggestion": "Nothing to suggest: no check is left that history speaks for.",
    "MatchingRun": "No run matches; leave out a filter to see more.",
    "MatchingComponent": "No component matches; leave out a filter to see more.",
    "StaleRun": "Nothing is stale: no input was too old, made anew or replaced, and nothing "
    "changed since. Inputs that no run made are not judged by age.",
}


_PATH_MARK: Final = " (path: "
"""What stands between a reason and the path along which it spread; the path has its own lines."""


def draw_records(records: Sequence[Record], kind: str, view: View) -> list[Line]:
    """Draw records of one kind as a table, or say what to do where there are none."""
    notes = draw_notes(getattr(records, "notes", ()), view)
    if not records:
        told = wrap(_EMPTY.get(kind, "Nothing to show yet."), view.width)
        return [*(line(text) for text in told), *notes]
    draw = _TABLES.get(kind) or _TABLES.get(type(records[0]).__name__, draw_any)
    return [*draw(records, view), *notes]


def draw_notes(notes: Sequence[str], view: View) -> list[Line]:
    """Draw what is to be known about an answer, below it."""
    return [line(Span(one, "dim")) for note in notes for one in wrap(f"Note: {note}", view.width)]


def draw_runs(runs: Sequence[Run], view: View, *, indent: int = 0) -> list[Line]:
    """Draw runs as a table."""
    columns = (
        Column("STATUS"),
        Column("COMPONENT", least=12, is_path=True),
        Column("RUN"),
        Column("STARTED", drop=1),
        Column("TOOK", is_right=True, drop=2),
        Column("IN→OUT", is_right=True, drop=3),
        Column("NOTICE", least=10),
    )
    shown = short_ids([run.id for run in runs])
    rows = [
        (
            line(status(run.status)),
            line(Span(run.component, "strong")),
            line(shown[run.id]),
            line(age(run.started_at, view.now)),
            line(took(run.duration_seconds)),
            line(f"{len(run.inputs):,}→{len(run.outputs):,}"),
            joined(attention(run), ", "),
        )
        for run in runs
    ]
    return draw_table(columns, rows, view.width, indent=indent)


def draw_stale(runs: Sequence[Run], view: View, *, notes: Sequence[str] = ()) -> list[Line]:
    """Draw stale runs, each with all its reasons in full, and notes on the settings."""
    noted = draw_notes(notes, view)
    if not runs:
        return [*draw_records((), "StaleRun", view), *noted]
    shown = short_ids([run.id for run in runs])
    lines: list[Line] = []
    for run in runs:
        started = age(run.started_at, view.now)
        lines.append(line(Span(run.component, "strong"), f"  {shown[run.id]}  {started}"))
        for reason in run.stale:
            said, mark, path = reason.rpartition(_PATH_MARK)
            first, *rest = wrap(said if mark else reason, view.width - 4)
            lines.append(line("  ", Span(f"◷ {first}", "stale")))
            lines += [line("    ", Span(more, "stale")) for more in rest]
            if mark:
                along = wrap(f"{mark.strip()} {path}", view.width - 4)
                lines += [line("    ", Span(more, "dim")) for more in along]
    return [*lines, *noted]


def draw_components(components: Sequence[Component], view: View) -> list[Line]:
    """Draw components as a table."""
    columns = (
        Column("COMPONENT", least=12, is_path=True),
        Column("OWNER", least=8, drop=1),
        Column("RUNS", is_right=True),
        Column("LAST RUN"),
        Column("TAGS", least=8),
        Column("DESCRIPTION", least=16, drop=2),
    )
    rows = [
        (
            line(Span(one.name, "strong")),
            line(one.owner or ""),
            line(_num_runs(one)),
            line(age(one.last_run_at, view.now) if one.last_run_at else "never"),
            line(", ".join(one.tags)),
            line(one.description.strip().partition("\n")[0]),
        )
        for one in components
    ]
    return draw_table(columns, rows, view.width)


def draw_tags(tags: Sequence[Tag], view: View) -> list[Line]:
    """Draw tags as a table."""
    rows = [(line(Span(tag.name, "strong")), line(", ".join(tag.components))) for tag in tags]
    return draw_table((Column("TAG", least=8), Column("COMPONENTS", least=20)), rows, view.width)


def draw_flags(flags: Sequence[Flag], view: View, *, indent: int = 0) -> list[Line]:
    """Draw flagged outputs as a table."""
    columns = (
        Column("FLAGGED OUTPUT", least=20, is_path=True),
        Column("SINCE", drop=1),
        Column("BY", least=6, drop=3),
        Column("MADE BY RUN", drop=2),
        Column("REASON", least=16),
    )
    shown = short_ids([flag.produced_by for flag in flags if flag.produced_by])
    rows = [
        (
            line(Span(f"⚑ {flag.output}", "flagged")),
            line(age(flag.flagged_at, view.now)),
            line(flag.flagged_by or ""),
            line(shown.get(flag.produced_by or "", "")),
            line(flag.reason),
        )
        for flag in flags
    ]
    return draw_table(columns, rows, view.width, indent=indent)


def draw_artifacts(
    refs: Sequence[ArtifactRef], view: View, *, indent: int = 0, has_maker: bool = True
) -> list[Line]:
    """Draw artifact versions as a table, with or without the runs that made them."""
    columns = (
        Column("NAME", least=20, is_path=True),
        Column("DIGEST"),
        Column("KIND", drop=2),
        Column("CONTENT", drop=1),
        Column("SIZE", is_right=True, drop=1),
        Column("MADE BY RUN"),
        Column("NOTICE", least=12),
    )
    shown = short_ids([ref.produced_by for ref in refs if ref.produced_by and has_maker])
    rows = [
        (
            line(Span(ref.name, "strong")),
            line(short_digest(ref.digest)),
            line(ref.kind),
            line(_content(ref)),
            line("" if ref.size_bytes is None else size(ref.size_bytes)),
            line(shown.get(ref.produced_by or "", "")),
            joined(
                [
                    *([Span("⚑ flagged", "flagged")] if ref.flagged else []),
                    *([Span(ref.reason, "dim")] if ref.reason else []),
                ],
                ", ",
            ),
        )
        for ref in refs
    ]
    return draw_table(columns, rows, view.width, indent=indent)


def draw_versions(versions: Sequence[ArtifactVersion], view: View) -> list[Line]:
    """Draw the versions of one artifact as a table under its name."""
    columns = (
        Column("DIGEST"),
        Column("MADE"),
        Column("MADE BY", least=10, is_path=True),
        Column("RUN"),
        Column("CONTENT", drop=2),
        Column("SIZE", is_right=True, drop=1),
        Column("READ BY", least=12),
        Column("NOTICE", least=9),
    )
    shown = short_ids([one.produced_by for one in versions if one.produced_by])
    rows = [
        (
            line(Span(short_digest(one.digest) or "no digest", "strong")),
            line(age(one.made_at, view.now)),
            line(one.component or Span("no run", "dim")),
            line(shown.get(one.produced_by or "", "")),
            line(_content(one)),
            line("" if one.size_bytes is None else size(one.size_bytes)),
            line(", ".join(_times(name, number) for name, number in one.readers.items())),
            joined([Span("⚑ flagged", "flagged")] if one.flagged else [], ", "),
        )
        for one in versions
    ]
    return [line(Span(versions[0].name, "strong")), *draw_table(columns, rows, view.width)]


def _times(name: str, number: int) -> str:
    return name if number == 1 else f"{name} \N{MULTIPLICATION SIGN}{number:,}"


def draw_any(records: Sequence[Record], view: View) -> list[Line]:
    """Draw records without a table of their own: one column per field."""
    names = records[0].__struct_fields__
    columns = [Column(name.upper(), least=10, drop=at) for at, name in enumerate(names)]
    rows = [
        [line("" if cell is None else value_text(cell)) for cell in _cells(record, names)]
        for record in records
    ]
    return draw_table(columns, rows, view.width)


def joined(spans: Sequence[Span], separator: str) -> Line:
    """Put spans side by side."""
    parts: list[Span] = []
    for span in spans:
        if parts:
            parts.append(Span(separator))
        parts.append(span)
    return line(*parts)


def _content(ref: ArtifactRef | ArtifactVersion) -> str:
    if ref.num_rows is None:
        return ""
    if ref.columns is None:
        return count(ref.num_rows, "id" if ref.kind == "ids" else "row")
    return f"{ref.num_rows:,} \N{MULTIPLICATION SIGN} {len(ref.columns)}"


def _num_runs(component: Component) -> str:
    """Say how many runs there were, and how many of them were logged if sampling left some out."""
    if not component.num_left_out:
        return f"{component.num_runs:,}"
    return f"{component.num_runs:,} ({component.num_runs - component.num_left_out:,} logged)"


def _cells(record: Record, names: Sequence[str]) -> list[Any]:
    plain = record.to_dict()
    return [plain.get(name) for name in names]


_TABLES: Final[dict[str, Callable[..., list[Line]]]] = {
    "Activity": draw_activity,
    "Alert": draw_alerts,
    "Incident": draw_incidents,
    "Run": draw_runs,
    "Component": draw_components,
    "ComponentCheck": draw_component_checks,
    "LibraryCheck": draw_library,
    "LoggedResult": draw_check_history,
    "Tag": draw_tags,
    "Flag": draw_flags,
    "Pin": draw_pins,
    "ArtifactRef": draw_artifacts,
    "ArtifactVersion": draw_versions,
    "StaleRun": draw_stale,
    "VersionProfile": draw_profiles,
    "StatisticPoint": draw_points,
    "Suggestion": draw_suggestions,
    "TaskStatus": draw_tasks,
    "DriftJudgement": draw_judgements,
    "Estimate": draw_estimates,
    "JudgedNow": draw_judgements,
    "Retraction": draw_retractions,
    "Delivery": draw_deliveries,
    "MetricRow": draw_metrics,
    "MonitorStatus": draw_monitors,
    "Observation": draw_observations,
}
