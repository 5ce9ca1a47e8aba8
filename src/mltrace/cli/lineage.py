"""Verbs that follow artifacts up and down the lineage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mltrace.cli.completing import artifact_names
from mltrace.cli.verbs import Answer, Verb, limit_option, verb
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from mltrace.records import ArtifactVersion, Impact, RecordList, Trace
    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View
    from mltrace.workspace import Workspace

_TARGET = "OUTPUT is a name, name@digest, an output id or a run id."
_at_option = click.option(
    "--at", metavar="TIME", help="As it was then: an ISO 8601 time or an age like 7d."
)


@verb(
    "trace",
    "mltrace trace model.joblib",
    "mltrace trace predictions.parquet@3f2a91c0 --all",
    section="Lineage",
)
@click.argument("output", metavar="OUTPUT", shell_complete=artifact_names)
@_at_option
@click.option("--all", "is_complete", is_flag=True, help="Draw every run, however many.")
def trace_output(workspace: Workspace, *, output: str, at: str | None, is_complete: bool) -> Answer:
    """Draw everything that made an output, back to its sources."""
    return _tree(workspace.trace(output, at=at), is_complete=is_complete)


@verb(
    "impact",
    "mltrace impact raw.csv",
    "mltrace impact 01938b5e-8c00",
    section="Lineage",
)
@click.argument("output", metavar="OUTPUT", shell_complete=artifact_names)
@_at_option
@click.option("--all", "is_complete", is_flag=True, help="Draw every run, however many.")
def impact_output(
    workspace: Workspace, *, output: str, at: str | None, is_complete: bool
) -> Answer:
    """Draw everything that was made from an output."""
    return _tree(workspace.impact(output, at=at), is_complete=is_complete)


@verb(
    "versions",
    "mltrace versions model.joblib",
    "mltrace versions features.parquet --limit 50",
    section="Lineage",
)
@click.argument("name", metavar="NAME", shell_complete=artifact_names)
@limit_option(20)
def list_artifact_versions(
    workspace: Workspace, *, name: str, limit: int
) -> RecordList[ArtifactVersion]:
    """List the versions of an artifact: who made each, when, and who read it."""
    return workspace.versions(name, limit)


@verb(
    "artifact",
    "mltrace artifact model.joblib",
    "mltrace artifact features.parquet@3f2a91c0 --save then.parquet",
    "mltrace artifact features --columns user,age --rows 0:1000 --save head.csv",
    section="Lineage",
)
@click.argument("output", metavar="OUTPUT", shell_complete=artifact_names)
@click.option(
    "--save",
    "path",
    metavar="PATH",
    type=click.Path(exists=False, dir_okay=False, path_type=Path),
    help="Write the content to a new file; a table or array as the path ends: .parquet, .csv, "
    ".tsv, .arrow, .feather, .npy.",
)
@click.option("--columns", metavar="A,B", help="Save these columns of a table only.")
@click.option("--rows", metavar="START:STOP", help="Save these rows only, such as 0:10 or -5:.")
@_at_option
def show_artifact(
    workspace: Workspace,
    *,
    output: str,
    path: Path | None,
    columns: str | None,
    rows: str | None,
    at: str | None,
) -> Answer:
    """Show what is known of one version of an artifact, or bring its content back."""
    names = None if columns is None else tuple(name.strip() for name in columns.split(","))
    if path is None and (columns is not None or rows is not None):
        raise ArgumentError("--columns and --rows say what to save; add --save PATH.")
    content = workspace.artifact(output, at=at)
    if path is not None:
        from mltrace.cli.saving import parse_rows, save

        save(content, path, columns=names, rows=parse_rows(rows))

    def draw(view: View) -> list[Line]:
        from mltrace.rendering.details import draw_record
        from mltrace.rendering.lines import line

        kept = "kept" if content.manifest is not None else "not kept"
        saved = [line(f"Saved as {path}")] if path is not None else []
        return [*draw_record(content.ref, view), line(f"The content is {kept}."), *saved]

    return Answer(content.ref, draw)


def _tree(lineage: Trace | Impact, *, is_complete: bool) -> Answer:
    def draw(view: View) -> list[Line]:
        from dataclasses import replace

        from mltrace.rendering.details import draw_record

        return draw_record(lineage, replace(view, is_complete=is_complete))

    return Answer(lineage, draw)


for _verb in (trace_output, impact_output, show_artifact):
    _verb.help = f"{_verb.help}\n\n{_TARGET}"

VERBS: Final[tuple[Verb, ...]] = (
    trace_output,
    impact_output,
    list_artifact_versions,
    show_artifact,
)
