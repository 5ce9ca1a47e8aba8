"""The `mltrace` command: its verbs in their sections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mltrace.cli.verbs import Verb, common_options
from mltrace.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECTIONS = ("Runs", "Lineage", "Diagnosis", "Privacy", "Store")
_WHOLE = 200
"""Characters up to which a summary is written whole: it is folded, not cut."""


class Application(click.Group):
    """A group that lists its verbs by section and knows what was meant by a misspelt one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; for an unknown one say which are near."""
        name = args[0]
        if name in self.commands or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        matches = nearest(name, self.commands)
        meant = f" Did you mean {' or '.join(repr(one) for one in matches)}?" if matches else ""
        raise click.UsageError(f"No command {name!r}.{meant}", ctx=ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs by section, each in the order in which it was added."""
        del ctx
        for section in _SECTIONS:
            with formatter.section(section):
                formatter.write_dl(list(self._section_rows(section)), col_spacing=3)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the verbs in the order of the help."""
        del ctx
        return list(self.commands)

    def _section_rows(self, section: str) -> Iterator[tuple[str, str]]:
        for name, command in self.commands.items():
            if isinstance(command, Verb) and command.section == section:
                yield name, command.get_short_help_str(_WHOLE)


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
        commands,
        diagnosis,
        differences,
        lineage,
        maintenance,
        moving,
        privacy,
        retention,
        runs,
    )

    asking = (runs, commands, lineage, diagnosis, differences, privacy)
    for module in (*asking, retention, moving, maintenance):
        for verb in module.VERBS:
            application.add_command(verb)


_add_verbs()
