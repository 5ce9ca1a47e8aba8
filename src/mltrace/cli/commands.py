"""The verb that runs a program and logs it."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any, Final

import click

from mltrace.cli.completing import component_names
from mltrace.cli.verbs import Verb

if TYPE_CHECKING:
    from collections.abc import Sequence


_INTEGERS: Final = range(-(2**63), 2**64)
"""Whole numbers that can be logged as such; a longer row of digits is a text, such as an id."""


class _OneLine(logging.Handler):
    """Says the first fault of ours in one line; one is enough between the lines of the command."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line, and be silent from then on."""
        self.setLevel(logging.CRITICAL + 1)
        _warn(" ".join(record.getMessage().removeprefix("mltrace ").split()))


def read_parameters(
    ctx: click.Context, param: click.Parameter, given: tuple[str, ...]
) -> dict[str, object]:
    """Split `K=V`, where V is a number, true, false or null as in JSON, or else a text."""
    parameters: dict[str, object] = {}
    for one in given:
        name, sign, text = one.partition("=")
        if not sign or not name.strip():
            raise click.BadParameter(f"{one!r} is not of the form name=value.", ctx, param)
        if name in parameters:
            raise click.BadParameter(f"{name!r} is given twice; once is enough.", ctx, param)
        parameters[name] = _scalar(text)
    return parameters


def _named(ctx: click.Context, param: click.Parameter, given: Any) -> Any:
    """Refuse a name that is empty, such as that of a variable that the shell does not know."""
    for name in given if param.multiple else (given,):
        if name is not None and not name.strip():
            raise click.BadParameter("it is empty; say a name or leave it out.", ctx, param)
    return given


@click.command(
    "exec",
    cls=Verb,
    context_settings={"allow_interspersed_args": False},
)
@click.option(
    "--component",
    metavar="NAME",
    callback=_named,
    shell_complete=component_names,
    help="Its name; default the script's or the program's.",
)
@click.option(
    "--read",
    "reads",
    metavar="GLOB",
    type=click.Path(),
    multiple=True,
    help="Files that it reads; ** goes into folders.",
)
@click.option(
    "--write",
    "writes",
    metavar="GLOB",
    type=click.Path(),
    multiple=True,
    help="Files that it writes: those that are new or changed afterwards.",
)
@click.option(
    "--param",
    "params",
    metavar="K=V",
    multiple=True,
    callback=read_parameters,
    help="A parameter: number, true, false, null or text.",
)
@click.option(
    "--tag",
    "tags",
    metavar="TAG",
    callback=_named,
    multiple=True,
    help="A tag of the component.",
)
@click.option("--owner", metavar="NAME", callback=_named, help="Who answers for the component.")
@click.option(
    "--anonymising/--no-anonymising",
    default=None,
    help="Whether its outputs hold no data of single persons: no retraction spreads through it.",
)
@click.option(
    "--auto", "is_auto", is_flag=True, help="Find the files that it opens (Linux, with strace)."
)
@click.option("--store", metavar="URI", help="The store; default as for all commands.")
@click.argument("command", nargs=-1, required=True, type=click.Path(), metavar="[--] COMMAND ...")
@click.pass_context
def run_program(
    ctx: click.Context,
    /,
    *,
    command: tuple[str, ...],
    store: str | None,
    **options: Any,
) -> int:
    """Run a program, log it as a run, and exit as it does."""
    from mltrace.config import is_disabled
    from mltrace.errors import ConfigurationError

    common = ctx.find_object(dict) or {}
    logger = logging.getLogger("mltrace")
    handler, propagates = _OneLine(), logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        is_off = is_disabled()
    except ConfigurationError:
        is_off = False  # it is said when the store is opened
    try:
        if is_off:
            return _become(command)
        from mltrace.capture.command import shell

        status = shell.run_command(
            shell.Request(
                command=command,
                store=store or common.get("store"),
                warn=_warn,
                **options,
            )
        )
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagates
    if status < 0:
        from mltrace.capture.command import child

        child.die_of(-status)
    return status


def _become(command: Sequence[str]) -> int:
    from mltrace.capture.command import child
    from mltrace.capture.command.endings import reason

    try:
        child.become(command)
    except OSError as error:
        _warn(f"{command[0]}: {reason(error)}")
        return child.status_without(error)
    return 0


def _warn(text: str) -> None:
    click.echo(f"mltrace: {text}", err=True)


def _scalar(text: str) -> object:
    import json

    try:
        value = json.loads(text)
    except ValueError:
        return text
    if isinstance(value, int):
        return value if value in _INTEGERS else text
    is_scalar = value is None or (isinstance(value, float) and math.isfinite(value))
    return value if is_scalar else text


run_program.section = "Runs"
run_program.examples = (
    "mltrace exec --read raw.csv --write clean.csv -- ./clean.sh raw.csv clean.csv",
    "mltrace exec --auto -- Rscript train.R",
    "mltrace exec --read 'raw/*.csv' --write parts -- awk -f split.awk raw/*.csv",
)

VERBS: Final[tuple[Verb, ...]] = (run_program,)
