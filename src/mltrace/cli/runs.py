"""Verbs about runs and components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from mltrace.cli.completing import component_names, run_ids, tag_names
from mltrace.cli.verbs import Answer, Verb, limit_option, verb, window_options

if TYPE_CHECKING:
    from mltrace.records import Activity, Component, Record, RecordList, Run, Tag
    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View
    from mltrace.workspace import Workspace


@verb(
    "recent",
    "mltrace recent",
    "mltrace recent --since 1d --status failed",
    section="Runs",
)
@click.option("--component", metavar="NAME", shell_complete=component_names, help="Only of it.")
@click.option(
    "--status",
    type=click.Choice(["running", "succeeded", "failed", "aborted"]),
    help="Only with this status.",
)
@window_options
@limit_option(20)
def recent_runs(workspace: Workspace, *, limit: int, **filters: Any) -> RecordList[Run] | Answer:
    """List the latest runs of all components."""
    runs = workspace.recent(limit, **filters)
    return runs if runs or not any(filters.values()) else _unmatched(runs, "run")


@verb(
    "history",
    "mltrace history train",
    "mltrace history train --since 2013-07-01 --limit 50",
    section="Runs",
)
@click.argument("component", metavar="NAME", shell_complete=component_names)
@window_options
@limit_option(10)
def component_history(
    workspace: Workspace, *, component: str, limit: int, **window: str | None
) -> RecordList[Run] | Answer:
    """List the latest runs of one component."""
    runs = workspace.history(component, limit, **window)
    return runs if runs or not any(window.values()) else _unmatched(runs, "run")


@verb(
    "inspect",
    "mltrace inspect 01938b5e-8c00",
    "mltrace inspect 01938b5e-8c00 --code",
    section="Runs",
)
@click.argument("run", metavar="RUN", shell_complete=run_ids)
@click.option("--code", is_flag=True, help="Print the source text of the run, nothing else.")
@click.option("--all", "is_complete", is_flag=True, help="Leave nothing out, however long.")
def inspect_run(
    workspace: Workspace, *, run: str, code: bool, is_complete: bool
) -> Record | Answer:
    """Show everything known of a run, by its id or a prefix of it."""
    found = workspace.run(run)

    def draw(view: View) -> list[Line]:
        from dataclasses import replace

        from mltrace.rendering.details import draw_run, draw_source
        from mltrace.rendering.listings import draw_notes

        if code:
            return draw_source(found)
        drawn = draw_run(found, replace(view, is_complete=is_complete))
        return [*drawn, *draw_notes(_left_out(workspace, found.component), view)]

    return Answer(found, draw)


@verb(
    "components",
    "mltrace components",
    "mltrace components --owner data-eng --tag flights",
    section="Runs",
)
@click.option("--owner", metavar="NAME", help="Only those of this owner.")
@click.option("--tag", metavar="TAG", shell_complete=tag_names, help="Only those with this tag.")
def list_components(workspace: Workspace, **filters: str | None) -> RecordList[Component] | Answer:
    """List the components, their owners and how often they ran."""
    components = workspace.components(**filters)
    is_found = components or not any(filters.values())
    return components if is_found else _unmatched(components, "component")


@verb(
    "activity",
    "mltrace activity predict",
    "mltrace activity predict --since 1d --every 1h",
    section="Runs",
)
@click.argument("component", metavar="NAME", shell_complete=component_names)
@click.option("--since", metavar="TIME", help="Ended at or after: an ISO 8601 time or an age.")
@click.option("--until", metavar="TIME", help="Ended before; written the same way.")
@click.option("--every", metavar="AGE", help="A row for each so long time, such as 15m or 1h.")
def component_activity(
    workspace: Workspace, *, component: str, **period: str | None
) -> RecordList[Activity]:
    """Show how often a component ran, how long that took and how it ended."""
    return workspace.activity(component, **period)


@verb("tags", "mltrace tags", section="Runs")
def list_tags(workspace: Workspace) -> RecordList[Tag]:
    """List the tags and the components that bear them."""
    return workspace.tags()


@verb(
    "note",
    'mltrace note 01938b5e-8c00 "The feed was down that morning."',
    section="Runs",
)
@click.argument("run", metavar="RUN", shell_complete=run_ids)
@click.argument("text")
def note_run(workspace: Workspace, *, run: str, text: str) -> Record:
    """Put a note on a run."""
    workspace.note(run, text)
    return workspace.run(run)


def _left_out(workspace: Workspace, component: str) -> list[str]:
    number = workspace.num_left_out(component)
    said = f"sampling left {number:,} runs of {component} out of the log"
    return [f"{said}: mltrace activity {component}"] if number else []


def _unmatched(records: RecordList[Any], noun: str) -> Answer:
    def draw(_view: View) -> list[Line]:
        from mltrace.rendering.lines import line

        return [line(f"No {noun} matches all these options; leave some out to see more.")]

    return Answer(records, draw)


VERBS: Final[tuple[Verb, ...]] = (
    recent_runs,
    component_history,
    inspect_run,
    note_run,
    component_activity,
    list_components,
    list_tags,
)
