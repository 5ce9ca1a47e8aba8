"""Verbs that follow artifacts up and down the lineage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from mltrace.cli.completing import artifact_names
from mltrace.cli.verbs import Answer, Verb, verb

if TYPE_CHECKING:
    from mltrace.records import Impact, Trace
    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View
    from mltrace.workspace import Workspace

_TARGET = "OUTPUT is a name, name@digest, an output id or a run id."


@verb(
    "trace",
    "mltrace trace model.joblib",
    "mltrace trace predictions.parquet@3f2a91c0 --all",
    section="Lineage",
)
@click.argument("output", metavar="OUTPUT", shell_complete=artifact_names)
@click.option("--all", "is_complete", is_flag=True, help="Draw every run, however many.")
def trace_output(workspace: Workspace, *, output: str, is_complete: bool) -> Answer:
    """Draw everything that made an output, back to its sources."""
    return _tree(workspace.trace(output), is_complete=is_complete)


@verb(
    "impact",
    "mltrace impact raw.csv",
    "mltrace impact 01938b5e-8c00",
    section="Lineage",
)
@click.argument("output", metavar="OUTPUT", shell_complete=artifact_names)
@click.option("--all", "is_complete", is_flag=True, help="Draw every run, however many.")
def impact_output(workspace: Workspace, *, output: str, is_complete: bool) -> Answer:
    """Draw everything that was made from an output."""
    return _tree(workspace.impact(output), is_complete=is_complete)


def _tree(lineage: Trace | Impact, *, is_complete: bool) -> Answer:
    def draw(view: View) -> list[Line]:
        from dataclasses import replace

        from mltrace.rendering.details import draw_record

        return draw_record(lineage, replace(view, is_complete=is_complete))

    return Answer(lineage, draw)


for _verb in (trace_output, impact_output):
    _verb.help = f"{_verb.help}\n\n{_TARGET}"

VERBS: Final[tuple[Verb, ...]] = (trace_output, impact_output)
