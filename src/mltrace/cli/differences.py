"""The verb that tells what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from mltrace.cli.completing import artifact_names
from mltrace.cli.verbs import Answer, Verb, verb

if TYPE_CHECKING:
    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View
    from mltrace.workspace import Workspace


@verb(
    "diff",
    "mltrace diff predictions.parquet@3f2a91c0 predictions.parquet",
    "mltrace diff 01938b5e-8c00 01938b5f-1a2b --all",
    section="Diagnosis",
)
@click.argument("a", metavar="A", shell_complete=artifact_names)
@click.argument("b", metavar="B", shell_complete=artifact_names)
@click.option("--all", "is_complete", is_flag=True, help="Cut nothing, however long.")
def diff_outputs(workspace: Workspace, *, a: str, b: str, is_complete: bool) -> Answer:
    """Tell what differs between two runs, or between all that made two outputs.

    A and B are names, name@digest, output ids or run ids. Two runs are compared with each other;
    of outputs, all runs that made them, the most upstream change first.
    """
    diff = workspace.diff(a, b)

    def draw(view: View) -> list[Line]:
        from dataclasses import replace

        from mltrace.rendering.differences import draw_diff

        return draw_diff(diff, replace(view, is_complete=is_complete))

    return Answer(diff, draw)


VERBS: Final[tuple[Verb, ...]] = (diff_outputs,)
