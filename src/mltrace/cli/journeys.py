"""Verbs that follow single records, and tell where they were lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click

from mltrace.cli.completing import artifact_names
from mltrace.cli.verbs import Answer, Verb, verb

if TYPE_CHECKING:
    from mltrace.records.journeys import Journey, JourneyDirection, Losses
    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View
    from mltrace.workspace import Workspace


def _key(_ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, Any]:
    """Split `COLUMN=VALUE`; an empty value is a null."""
    key: dict[str, Any] = {}
    for one in given:
        column, sign, text = one.partition("=")
        if not sign or not column:
            raise click.BadParameter(f"{one!r} is not of the form COLUMN=VALUE.", param=param)
        key[column] = text or None
    return key


_at_option = click.option(
    "--at", metavar="TIME", help="As it was then: an ISO 8601 time or an age like 7d."
)
_all_option = click.option("--all", "is_complete", is_flag=True, help="Show all, however long.")


@verb(
    "journey",
    "mltrace journey 2013-05-24-DL-731-LGA",
    "mltrace journey predictions.parquet --key flight_id=2013-05-24-DL-731-LGA",
    "mltrace journey weather.parquet --key origin=LGA --key time_hour=2013-05-24T10:00 --forward",
    section="Lineage",
)
@click.argument("output", metavar="OUTPUT", shell_complete=artifact_names)
@click.option(
    "--key",
    "key",
    metavar="COLUMN=VALUE",
    multiple=True,
    callback=_key,
    help="Which row of a table is meant; an empty value is a null. May be repeated.",
)
@click.option("--forward", "is_forward", is_flag=True, help="To what was made of the record.")
@click.option(
    "--limit",
    "-n",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Show so many rows of each step at most.",
)
@_at_option
@_all_option
def follow_record(
    workspace: Workspace,
    *,
    output: str,
    key: dict[str, Any],
    is_forward: bool,
    limit: int,
    at: str | None,
    is_complete: bool,
) -> Answer:
    """Follow one record back to the raw rows, or on to predictions.

    OUTPUT is an output id, or a table or a run with the key of a row.
    """
    direction: JourneyDirection = "forward" if is_forward else "backward"
    found = workspace.journey(output, key, direction=direction, at=at, limit=limit)
    return _answer(found, is_complete=is_complete)


@verb(
    "losses",
    "mltrace losses predictions.parquet",
    "mltrace losses predictions.parquet --by carrier",
    section="Lineage",
)
@click.argument("output", metavar="OUTPUT", shell_complete=artifact_names)
@click.option("--by", metavar="COLUMN", help="Group lost keys by the values of this column.")
@_at_option
@_all_option
def list_losses(
    workspace: Workspace, *, output: str, by: str | None, at: str | None, is_complete: bool
) -> Answer:
    """Tell which component lost which share of the keys, and of which values.

    OUTPUT is a name, name@digest, an output id or a run id.
    """
    return _answer(workspace.losses(output, by, at=at), is_complete=is_complete)


def _answer(record: Journey | Losses, *, is_complete: bool) -> Answer:
    def draw(view: View) -> list[Line]:
        from mltrace.rendering.details import draw_record

        return draw_record(record, replace(view, is_complete=is_complete))

    return Answer(record, draw)


VERBS: Final[tuple[Verb, ...]] = (follow_record, list_losses)
