"""Verbs that say what must stay of old runs, and remove the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from mltrace.cli.completing import artifact_names, pinned_runs
from mltrace.cli.verbs import Answer, Verb, answer_taken_back, verb

if TYPE_CHECKING:
    from mltrace.records import Collected, Pin, RecordList
    from mltrace.workspace import Workspace


@verb(
    "pin",
    'mltrace pin model.joblib --reason "in production"',
    "mltrace pin 01938b5e-8c00",
    section="Store",
)
@click.argument("run_or_output", metavar="RUN|OUTPUT", shell_complete=artifact_names)
@click.option("--reason", "-m", metavar="TEXT", default="", help="Why it must stay.")
def pin_run(workspace: Workspace, *, run_or_output: str, reason: str) -> RecordList[Pin]:
    """Let retention leave a run, and all that it depends on, alone."""
    return workspace.pin(run_or_output, reason)


@verb("unpin", "mltrace unpin model.joblib", "mltrace unpin --all", section="Store")
@click.argument("run_or_output", metavar="[RUN|OUTPUT]", required=False, shell_complete=pinned_runs)
@click.option("--all", "is_all", is_flag=True, help="Take every pin back.")
def unpin_run(workspace: Workspace, *, run_or_output: str | None, is_all: bool) -> Answer:
    """Take the pin from a run, or from all of them."""
    if (run_or_output is None) != is_all:
        raise click.UsageError("Give one RUN or OUTPUT, or --all.", click.get_current_context())
    taken = workspace.unpin(run_or_output, all=is_all)
    return answer_taken_back(
        taken, state="pinned", name=lambda pin: f"{pin.component or 'run'} {pin.run_id}"
    )


@verb("pinned", "mltrace pinned", "mltrace pinned --format json", section="Store")
def list_pinned(workspace: Workspace) -> RecordList[Pin]:
    """List the runs that retention leaves alone."""
    return workspace.pinned()


@verb(
    "gc",
    "mltrace gc --older-than 180d --keep-last 50",
    'mltrace gc --max-size "50 GB" --yes',
    section="Store",
)
@click.option(
    "--older-than", metavar="AGE", help="Of runs that started so long ago; default 90d, or never."
)
@click.option(
    "--keep-last",
    metavar="N",
    type=click.IntRange(min=0),
    help="But not of the last N runs of each component.",
)
@click.option(
    "--values-older-than",
    metavar="AGE",
    help="Kept values that were last used so long ago; default: with the runs.",
)
@click.option(
    "--max-size", metavar="SIZE", help="More kept values, until they take up at most so much."
)
@click.option(
    "--predictions-older-than",
    metavar="AGE",
    help="Predictions and labels that were made so long ago; default: never.",
)
@click.option("--yes", is_flag=True, help="Do it; without it nothing is removed.")
def collect_garbage(workspace: Workspace, *, yes: bool, **limits: Any) -> Collected:
    """Forget details and values of old runs; traces and staleness still answer.

    What is not given is as [retention] in mltrace.toml says.
    """
    return workspace.gc(**limits, yes=yes)


VERBS: Final[tuple[Verb, ...]] = (pin_run, unpin_run, list_pinned, collect_garbage)
