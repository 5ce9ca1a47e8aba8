"""Verbs that move stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from mltrace.cli.verbs import Verb, verb

if TYPE_CHECKING:
    from mltrace.records import Record
    from mltrace.workspace import Workspace


@verb(
    "sync",
    "mltrace sync",
    "mltrace sync --to postgresql://db.example/team",
    section="Store",
)
@click.option("--to", metavar="URI", help="A store that gets all of this one as well.")
def sync_store(workspace: Workspace, *, to: str | None) -> Record:
    """Read what processes have logged into the catalog; ship it to another store."""
    return workspace.sync(to=to)


@verb(
    "merge",
    "mltrace merge laptop/.mltrace team/.mltrace",
    "mltrace merge /mnt/backup/.mltrace",
    section="Store",
    is_asking=False,
)
@click.argument("source")
@click.argument("into", required=False)
def merge_store(workspace: Workspace, *, source: str, into: str | None) -> Record:
    """Bring all of the store SOURCE into the store INTO, by default the one in force."""
    if into is not None:
        from mltrace.workspace import Workspace as Opened

        workspace = Opened(into, on_progress=workspace.store.on_progress)
    return workspace.merge(source)


@verb("export", "mltrace export --to parquet exported", section="Store")
@click.option(
    "--to",
    "form",
    type=click.Choice(["parquet"]),
    default="parquet",
    show_default=True,
    help="The kind of files.",
)
@click.argument("folder", type=click.Path())
def export_store(workspace: Workspace, *, form: str, folder: str) -> Record:
    """Write all tables of the store as files into FOLDER, for DuckDB, pandas or Spark."""
    return workspace.export(folder, format=form)


VERBS: Final[tuple[Verb, ...]] = (sync_store, merge_store, export_store)
