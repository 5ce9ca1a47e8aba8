"""Verbs that move stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from mltrace.cli.outcome import NOT_EVALUATED, OK
from mltrace.cli.verbs import Answer, Verb, verb

if TYPE_CHECKING:
    from mltrace.records import Merged, Record
    from mltrace.workspace import Workspace


@verb(
    "sync",
    "mltrace sync",
    "mltrace sync --to postgresql://db.example/team",
    section="Store",
)
@click.option("--to", metavar="URI", help="A store that gets all of this one as well.")
def sync_store(workspace: Workspace, *, to: str | None) -> Answer:
    """Read what processes have logged into the catalog; ship it to another store."""
    from mltrace.rendering.moving import draw_synced

    synced = workspace.sync(to=to)
    code = OK if synced.shipped is None else _code(synced.shipped)
    return Answer(synced, lambda view: draw_synced(synced, view), exit_code=code)


@verb(
    "merge",
    "mltrace merge laptop/.mltrace team/.mltrace",
    "mltrace merge /mnt/backup/.mltrace",
    section="Store",
    is_asking=False,
)
@click.argument("source")
@click.argument("into", required=False)
def merge_store(workspace: Workspace, *, source: str, into: str | None) -> Answer:
    """Bring all of the store SOURCE into the store INTO, by default the one in force."""
    if into is not None:
        from mltrace.workspace import Workspace as Opened

        workspace = Opened(into, on_progress=workspace.store.on_progress)
    from mltrace.rendering.moving import draw_merged

    merged = workspace.merge(source)
    return Answer(merged, lambda view: draw_merged(merged, view), exit_code=_code(merged))


def _code(merged: Merged) -> int:
    """Tell by the exit code whether all values are in the other store."""
    return NOT_EVALUATED if merged.num_damaged else OK


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
