"""The verb that lists checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mltrace.cli.completing import checked_components
from mltrace.cli.verbs import verb

if TYPE_CHECKING:
    from mltrace.records import RecordList
    from mltrace.records.check_lists import ComponentCheck, LibraryCheck
    from mltrace.workspace import Workspace


@verb(
    "list",
    "mltrace check list",
    "mltrace check list clean",
    "mltrace check list clean --module pipeline.py",
    section="Quality",
)
@click.argument(
    "component", metavar="[COMPONENT]", required=False, shell_complete=checked_components
)
@click.option(
    "--module",
    metavar="MODULE",
    help="List what is declared in this file or module as well. Its code is run for that.",
)
def list_checks(
    _workspace: Workspace, *, component: str | None, module: str | None
) -> RecordList[LibraryCheck] | RecordList[ComponentCheck]:
    """List the checks that there are, or those of a component and where they come from."""
    from mltrace.checks.listing import list_library, list_of_component

    if component is None:
        if module is not None:
            raise click.UsageError("Give a COMPONENT as well.", click.get_current_context())
        return list_library()

    from mltrace.cli.check_sources import checks_of_component, declared_in

    declared = declared_in(module)
    return list_of_component(component, checks_of_component(component, declared, with_retired=True))
