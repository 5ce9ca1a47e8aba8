"""Verbs that say whose data artifacts hold, and that follow a deletion along lineage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from mltrace.cli.completing import artifact_names, retracted_labels, task_names
from mltrace.cli.verbs import Answer, Verb, verb

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import RecordList, Retraction
    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View
    from mltrace.workspace import Workspace

F = TypeVar("F", bound="Callable[..., Any]")


def _from_file(help_text: str) -> Callable[[F], F]:
    return click.option(
        "--from-file",
        "path",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help=help_text,
    )


@verb(
    "subject",
    "mltrace subject alice bob --on raw.csv",
    "mltrace subject --from-file users.txt --on raw.csv@3f2a91c0",
    "mltrace subject --from-file visits.parquet --column user_id --on visits.parquet",
    section="Privacy",
)
@click.argument("labels", metavar="[LABEL]...", nargs=-1)
@click.option(
    "--on",
    metavar="ARTIFACT",
    required=True,
    shell_complete=artifact_names,
    help="The version that holds their data: a name, name@digest or a file as it is now.",
)
@_from_file("Take the labels from a file: one a line, or a column of a CSV or Parquet file.")
@click.option("--column", metavar="NAME", help="The column of FILE that holds the labels.")
def say_subjects(
    workspace: Workspace,
    *,
    labels: tuple[str, ...],
    on: str,
    path: Path | None,
    column: str | None,
) -> Answer:
    """Say whose data an artifact version holds, by labels such as user ids."""
    said = workspace.subject(_given(labels, path, column), on=on)

    def draw(view: View) -> list[Line]:
        from mltrace.rendering.retraction import draw_subject_set

        return draw_subject_set(said, view)

    return Answer(said, draw)


@verb(
    "retract",
    'mltrace retract alice --reason "asked us to delete her data" --grace 7d',
    "mltrace retract alice --dry-run",
    "mltrace retract alice --purge",
    "mltrace retract alice --undo",
    "mltrace retract --from-file ids.txt --task late-arrival --purge",
    section="Privacy",
)
@click.argument("labels", metavar="LABEL | ID...", nargs=-1, shell_complete=retracted_labels)
@click.option(
    "--task",
    metavar="TASK",
    shell_complete=task_names,
    help="Predictions of this task: remove the rows of these ids, features and labels as well.",
)
@_from_file("With --task: take the ids from a file, as subject takes labels.")
@click.option("--column", metavar="NAME", help="The column of FILE that holds the ids.")
@click.option("--reason", "-m", metavar="TEXT", default="", help="Why its data must go.")
@click.option(
    "--grace",
    metavar="AGE",
    help="How long runs may go on to read its data, like 7d; by default the settings say so.",
)
@click.option("--undo", is_flag=True, help="Take the retraction back.")
@click.option(
    "--purge",
    is_flag=True,
    help="Remove profiles of what is touched, kept copies of what is rebuilt; with --task, rows.",
)
@click.option("--dry-run", is_flag=True, help="Only report what would be touched, or would go.")
@click.option("--all", "is_complete", is_flag=True, help="Show every version and prediction.")
def retract_label(
    workspace: Workspace,
    *,
    labels: tuple[str, ...],
    task: str | None,
    path: Path | None,
    column: str | None,
    is_complete: bool,
    **options: Any,
) -> Answer:
    """Retract a data subject's data, and show everything that was made from them.

    Of a label that is retracted already, it shows what is touched now. With --task, it removes
    predictions and their labels by their ids; the exit code is 1 as long as something is left.
    """
    if sum(options[one] for one in ("undo", "purge", "dry_run")) > 1:
        raise _misused("Give --undo, --purge or --dry-run, not two of them.")
    if task is not None:
        return _retract_ids(workspace, _given(labels, path, column), task=task, **options)
    if len(labels) != 1 or path is not None or column is not None:
        raise _misused("Give one LABEL; ids and files of them go with --task.")
    report = workspace.retract(labels[0], **options)

    def draw(view: View) -> list[Line]:
        from dataclasses import replace

        from mltrace.rendering.retraction import draw_retraction

        return draw_retraction(report, replace(view, is_complete=is_complete))

    return Answer(report, draw)


def _retract_ids(workspace: Workspace, ids: list[Any], *, task: str, **options: Any) -> Answer:
    if options["purge"] == options["dry_run"]:
        raise _misused("With --task, ids are removed for good: give --purge, or --dry-run.")
    report = workspace.retract(ids, task=task, **options)

    def draw(view: View) -> list[Line]:
        from mltrace.rendering.retraction import draw_purge

        return draw_purge(report, view)

    return Answer(report, draw, exit_code=1 if report.left else 0)


def _given(labels: tuple[str, ...], path: Path | None, column: str | None) -> list[Any]:
    """List what was typed and what a file holds."""
    if path is not None:
        from mltrace.cli.label_files import read_labels

        return [*labels, *read_labels(path, column)]
    if column is not None:
        raise _misused("--column needs --from-file.")
    return list(labels)


def _misused(message: str) -> click.UsageError:
    return click.UsageError(message, click.get_current_context())


@verb("retracted", "mltrace retracted", "mltrace retracted --format json", section="Privacy")
def list_retracted(workspace: Workspace) -> RecordList[Retraction]:
    """List the data subjects whose data must go, and how much is still pending."""
    return workspace.retracted()


VERBS: Final[tuple[Verb, ...]] = (say_subjects, retract_label, list_retracted)
