"""The verb that profiles data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from mltrace.cli.completing import files_and_artifacts
from mltrace.cli.verbs import Answer, Verb, verb
from mltrace.errors import ArgumentError, unknown

if TYPE_CHECKING:
    from mltrace.profiles.tables import Profile
    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View
    from mltrace.workspace import Workspace


@verb(
    "profile",
    "mltrace profile flights.parquet",
    "mltrace profile clean --column dep_delay",
    "mltrace profile july.csv --against june.csv --seconds 5",
    section="Quality",
)
@click.argument("target", metavar="TARGET", shell_complete=files_and_artifacts)
@click.option("--column", metavar="NAME", help="Show this column in full.")
@click.option("--columns", metavar="A,B", help="Look at these columns only.")
@click.option(
    "--against",
    metavar="TARGET",
    shell_complete=files_and_artifacts,
    help="Show this one beside it, the columns that differ most first.",
)
@click.option("--sample", is_flag=True, help="Look at about 100,000 rows, spread over the whole.")
@click.option("--seconds", type=float, metavar="N", help="Spend no more CPU seconds than these.")
@click.option("--all", "is_complete", is_flag=True, help="Leave no column or value out.")
def profile_data(
    workspace: Workspace,
    *,
    target: str,
    column: str | None,
    columns: str | None,
    against: str | None,
    sample: bool,
    seconds: float | None,
    is_complete: bool,
) -> Answer:
    """Show what the columns of a file, or of an artifact, hold."""
    if column is not None and (columns is not None or against is not None):
        raise ArgumentError("--column shows one column in full; leave --columns and --against out.")
    names = None if columns is None else [name.strip() for name in columns.split(",")]

    def profiled(what: str) -> Profile:
        return workspace.profile(
            what, columns=names, mode="sample" if sample else "full", max_seconds=seconds
        )

    profile = profiled(target)
    if against is not None:
        pair = ((target, profile), (against, profiled(against)))
        return _answer_differences(pair, is_complete=is_complete)
    if column is not None:
        return _answer_column(profile, column, is_complete=is_complete)

    def draw(view: View) -> list[Line]:
        from mltrace.rendering.profiles import draw_profile

        return draw_profile(profile, replace(view, is_complete=is_complete), title=target)

    return Answer(profile, draw)


def _answer_column(profile: Profile, name: str, *, is_complete: bool) -> Answer:
    found = profile.columns.get(name)
    if found is None:
        raise unknown("column", name, profile.columns, hint="Without --column all are listed.")

    def draw(view: View) -> list[Line]:
        from mltrace.rendering.profile_columns import draw_column

        return draw_column(found, profile, replace(view, is_complete=is_complete))

    return Answer(found, draw)


def _answer_differences(
    pair: tuple[tuple[str, Profile], tuple[str, Profile]], *, is_complete: bool
) -> Answer:
    from mltrace.profiles.comparing import compare

    (_, left), (_, right) = pair
    differences = compare(left, right)

    def draw(view: View) -> list[Line]:
        from mltrace.rendering.profile_differences import draw_differences

        return draw_differences(differences, pair, replace(view, is_complete=is_complete))

    return Answer(differences, draw)


VERBS: Final[tuple[Verb, ...]] = (profile_data,)
