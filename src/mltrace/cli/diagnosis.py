"""Verbs that mark bad outputs and look for their cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from mltrace.cli.completing import artifact_names, flagged_names, suspicion_methods
from mltrace.cli.verbs import Answer, Verb, answer_taken_back, verb

if TYPE_CHECKING:
    from mltrace.records import Flag, RecordList
    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View
    from mltrace.workspace import Workspace


@verb(
    "flag",
    'mltrace flag UA-1545-2013-02-17 --reason "said late, was on time"',
    "mltrace flag predictions.parquet@3f2a91c0",
    section="Diagnosis",
)
@click.argument("output", metavar="OUTPUT", shell_complete=artifact_names)
@click.option("--reason", "-m", metavar="TEXT", default="", help="What is wrong with it.")
def flag_output(workspace: Workspace, *, output: str, reason: str) -> RecordList[Flag]:
    """Mark an output as bad."""
    return workspace.flag(output, reason)


@verb(
    "unflag",
    "mltrace unflag UA-1545-2013-02-17",
    "mltrace unflag --all",
    section="Diagnosis",
)
@click.argument("output", metavar="OUTPUT", required=False, shell_complete=flagged_names)
@click.option("--all", "is_all", is_flag=True, help="Take the mark from every flagged output.")
def unflag_output(workspace: Workspace, *, output: str | None, is_all: bool) -> Answer:
    """Take the mark from an output, or from all of them."""
    if (output is None) != is_all:
        raise click.UsageError("Give one flagged OUTPUT, or --all.", click.get_current_context())
    taken = workspace.unflag(output, all=is_all)
    return answer_taken_back(taken, state="flagged", name=lambda flag: flag.output)


@verb("flagged", "mltrace flagged", "mltrace flagged --format csv", section="Diagnosis")
def list_flagged(workspace: Workspace) -> RecordList[Flag]:
    """List the outputs that are marked as bad."""
    return workspace.flagged()


@verb(
    "review",
    "mltrace review",
    "mltrace review --method tarantula --all",
    "mltrace review --good UA-1545-2013-02-10 --good UA-1545-2013-02-11",
    section="Diagnosis",
)
@click.option(
    "--method",
    metavar="METHOD",
    default="ochiai",
    shell_complete=suspicion_methods,
    help="How to score: ochiai (default), tarantula, dstar or jaccard.",
)
@click.option(
    "--good",
    metavar="OUTPUT",
    multiple=True,
    shell_complete=artifact_names,
    help="Compare with this output instead of all unflagged ones; may be repeated.",
)
@click.option("--all", "is_complete", is_flag=True, help="Show every flag, rank and suspect.")
def review_flagged(
    workspace: Workspace, *, method: str, good: tuple[str, ...], is_complete: bool
) -> Answer:
    """Rank the runs that may have caused the flagged outputs, and what these have in common."""
    review = workspace.review(method=method, good=good or None)

    def draw(view: View) -> list[Line]:
        from dataclasses import replace

        from mltrace.rendering.reviews import draw_review

        return draw_review(review, replace(view, is_complete=is_complete))

    return Answer(review, draw)


@verb("stale", "mltrace stale", "mltrace stale model.joblib", section="Diagnosis")
@click.argument("output", metavar="[OUTPUT]", required=False, shell_complete=artifact_names)
def list_stale(workspace: Workspace, *, output: str | None) -> Answer:
    """List runs that are stale, by themselves or upstream, and why.

    Without OUTPUT the latest succeeded run of every component is looked at; with it, the run that
    made it.
    """
    runs = workspace.stale(output)

    def draw(view: View) -> list[Line]:
        from mltrace.rendering.listings import draw_stale

        return draw_stale(runs, view, notes=workspace.idle_limits())

    return Answer(runs, draw)


VERBS: Final[tuple[Verb, ...]] = (
    flag_output,
    unflag_output,
    list_flagged,
    review_flagged,
    list_stale,
)
