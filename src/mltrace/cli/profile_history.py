"""The verb that lists the profiles of an artifact over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from mltrace.cli.completing import artifact_names
from mltrace.cli.verbs import Verb, limit_option, verb

if TYPE_CHECKING:
    from mltrace.records import RecordList, StatisticPoint, VersionProfile
    from mltrace.workspace import Workspace


@verb(
    "profiled",
    "mltrace profiled clean",
    "mltrace profiled clean --column dep_delay --limit 100",
    "mltrace profiled clean --statistic null_share --since 90d",
    section="Quality",
)
@click.argument("name", metavar="NAME", shell_complete=artifact_names)
@click.option("--column", metavar="NAME", help="Chart the statistics of this column over time.")
@click.option(
    "--statistic", metavar="NAME", help="Chart this one, such as mean, null_share, max or q0.5."
)
@click.option("--since", metavar="TIME", help="Versions made from this time or age on.")
@click.option("--until", metavar="TIME", help="Versions made before this time or age.")
@limit_option(20)
def list_profiled(
    workspace: Workspace,
    *,
    name: str,
    column: str | None,
    statistic: str | None,
    since: str | None,
    until: str | None,
    limit: int,
) -> RecordList[VersionProfile] | RecordList[StatisticPoint]:
    """List the profiles of the versions of an artifact, and chart their statistics."""
    profiles = workspace.profiled(name, limit, since=since, until=until)
    if column is None and statistic is None:
        return profiles
    from mltrace.lineage.profiles import statistic_points

    return statistic_points(profiles, column=column, statistic=statistic)


VERBS: Final[tuple[Verb, ...]] = (list_profiled,)
