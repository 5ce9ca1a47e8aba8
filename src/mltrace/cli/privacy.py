"""Verbs that say whose data artifacts hold, and that follow a deletion along lineage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mltrace.cli.completing import artifact_names, retracted_labels
from mltrace.cli.verbs import Answer, Verb, verb

if TYPE_CHECKING:
    from mltrace.records import RecordList, Retraction
    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View
    from mltrace.workspace import Workspace


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
@click.option(
    "--from-file",
    "path",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take the labels from a file: one a line, or a column of a CSV or Parquet file.",
)
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
    if column is not None and path is None:
        raise click.UsageError("--column needs --from-file.", click.get_current_context())
    given: list[Any] = list(labels)
    if path is not None:
        from mltrace.cli.label_files import read_labels

        given += read_labels(path, column)
    said = workspace.subject(given, on=on)

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
    section="Privacy",
)
@click.argument("label", metavar="LABEL", shell_complete=retracted_labels)
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
    help="Remove profiles of what is touched, kept copies of what is rebuilt.",
)
@click.option("--dry-run", is_flag=True, help="Only report what a retraction would touch.")
@click.option("--all", "is_complete", is_flag=True, help="Show every version and prediction.")
def retract_label(workspace: Workspace, *, label: str, is_complete: bool, **options: Any) -> Answer:
    """Retract a data subject's data, and show everything that was made from them.

    Of a label that is retracted already, it shows what is touched now.
    """
    if sum(options[one] for one in ("undo", "purge", "dry_run")) > 1:
        raise click.UsageError(
            "Give --undo, --purge or --dry-run, not two of them.", click.get_current_context()
        )
    report = workspace.retract(label, **options)

    def draw(view: View) -> list[Line]:
        from dataclasses import replace

        from mltrace.rendering.retraction import draw_retraction

        return draw_retraction(report, replace(view, is_complete=is_complete))

    return Answer(report, draw)


@verb("retracted", "mltrace retracted", "mltrace retracted --format json", section="Privacy")
def list_retracted(workspace: Workspace) -> RecordList[Retraction]:
    """List the data subjects whose data must go, and how much is still pending."""
    return workspace.retracted()


VERBS: Final[tuple[Verb, ...]] = (say_subjects, retract_label, list_retracted)
