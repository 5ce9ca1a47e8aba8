"""The verb that charts what checks said over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mltrace.cli.completing import component_names
from mltrace.cli.verbs import limit_option, verb, window_options

if TYPE_CHECKING:
    from mltrace.records import RecordList
    from mltrace.records.check_history import LoggedResult
    from mltrace.workspace import Workspace


@verb(
    "history",
    "mltrace check history clean",
    "mltrace check history clean --check NoNulls --since 30d",
    "mltrace check history clean --format csv",
    section="Quality",
)
@click.argument("component", metavar="NAME", shell_complete=component_names)
@click.option("--check", metavar="CHECK", help="Only of it, with or without its columns.")
@click.option("--test", metavar="TEST", help="Only of this test.")
@window_options
@limit_option(50)
def check_history(
    workspace: Workspace, *, component: str, limit: int, **filters: str | None
) -> RecordList[LoggedResult]:
    """Chart what the checks of a component measured, and whether they passed."""
    return workspace.check_history(component, limit=limit, **filters)
