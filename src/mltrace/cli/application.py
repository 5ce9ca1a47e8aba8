"""The `mltrace` command: its verbs in their sections."""

from __future__ import annotations

from typing import Any

import click

from mltrace.cli.verbs import Noun, Verb, Verbs, common_options, summaries

_SECTIONS = ("Runs", "Lineage", "Diagnosis", "Quality", "Privacy", "Store")


class Application(Verbs):
    """All verbs, which its help lists by section."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs by section, each in the order in which it was added."""
        del ctx
        for section in _SECTIONS:
            with formatter.section(section):
                formatter.write_dl(summaries(self._of_section(section)), col_spacing=3)

    def _of_section(self, section: str) -> dict[str, click.Command]:
        return {
            name: command
            for name, command in self.commands.items()
            if isinstance(command, Verb | Noun) and command.section == section
        }


def _print_version(ctx: click.Context, _option: click.Parameter, value: Any) -> None:
    if not value or ctx.resilient_parsing:
        return
    from importlib.metadata import version

    click.echo(f"mltrace {version('mltrace')}")
    ctx.exit()


@click.group(
    cls=Application,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command has examples: mltrace COMMAND --help",
)
@common_options
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
@click.pass_context
def application(ctx: click.Context, /, **common: str | None) -> None:
    """See what an ML pipeline did, and trace a bad output back to its cause."""
    ctx.obj = common


def _add_verbs() -> None:
    from mltrace.cli import (
        alerts,
        checks,
        commands,
        diagnosis,
        differences,
        drift_judgements,
        journeys,
        lineage,
        maintenance,
        metrics,
        monitors,
        moving,
        privacy,
        profile_history,
        profiles,
        retention,
        runs,
        sql,
    )

    asking = (runs, commands, lineage, journeys, diagnosis, differences, sql)
    quality = (profiles, profile_history, checks, drift_judgements, metrics, monitors, alerts)
    for module in (*asking, *quality, privacy, retention, moving, maintenance):
        for verb in module.VERBS:
            application.add_command(verb)


_add_verbs()
