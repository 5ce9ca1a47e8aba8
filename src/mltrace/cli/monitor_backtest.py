"""The verb that replays a monitor: `mltrace monitor backtest`."""

from __future__ import annotations

import json
from dataclasses import replace
from inspect import Parameter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mltrace.cli.completing import files_and_artifacts
from mltrace.cli.verbs import Answer, verb
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.monitor import Monitor

_WHERE: Final = "The monitor to replay"
_MONTHS: Final = {"day": 365.25 / 12, "week": 365.25 / 84, "month": 1.0, "year": 1 / 12}
"""How many of each are in a month."""


def _settings(
    ctx: click.Context, param: click.Parameter, given: tuple[str, ...]
) -> dict[str, object]:
    """Split `KEY=VALUE`, where VALUE is as in JSON, or else a text."""
    settings: dict[str, object] = {}
    for one in given:
        name, sign, text = one.partition("=")
        if not sign or not name.strip():
            raise click.BadParameter(f"{one!r} is not of the form key=value.", ctx, param)
        try:
            settings[name.strip()] = json.loads(text)
        except ValueError:
            settings[name.strip()] = text
    return settings


def _budget(ctx: click.Context, param: click.Parameter, given: str | None) -> float | None:
    """Read a number of false alarms, by the month or as in `2/year`."""
    if given is None:
        return None
    number, _, unit = given.partition("/")
    try:
        return float(number) * _MONTHS[unit.strip() or "month"]
    except (ValueError, KeyError) as error:
        raise click.BadParameter(
            f"{given!r} is no rate; write 0.5, 0.5/month, 1/week or 2/year.", ctx, param
        ) from error


@verb(
    "backtest",
    "mltrace monitor backtest volume:clean",
    "mltrace monitor backtest --kind drift clean --incident 2013-05-20..2013-06-10",
    "mltrace monitor backtest --kind volume clean --set min_rows=1000 --budget 0.5/month",
    section="Quality",
)
@click.argument("name", metavar="[NAME]", required=False, shell_complete=files_and_artifacts)
@click.option("--kind", metavar="KIND", help="Replay a monitor of this kind; NAME is its table.")
@click.option(
    "--set",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    callback=_settings,
    help="An argument of the monitor, such as min_rows=1000; may be again.",
)
@click.option(
    "--incident",
    "incidents",
    metavar="SPAN",
    multiple=True,
    help="When something was wrong, as 2013-05-20..2013-06-10 or 2013-W21; may be again.",
)
@click.option(
    "--incidents",
    "file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with a span on each line.",
)
@click.option(
    "--budget",
    metavar="RATE",
    callback=_budget,
    help="Propose the most sensitive threshold with so many false alarms, such as 0.5/month.",
)
@click.option("--all", "is_complete", is_flag=True, help="Show every subject and incident.")
def backtest_monitor(
    workspace: Workspace,
    *,
    name: str | None,
    kind: str | None,
    settings: Mapping[str, object],
    incidents: tuple[str, ...],
    file: Path | None,
    budget: float | None,
    is_complete: bool,
) -> Answer:
    """Replay a monitor over stored history: false alarms, delays, a better threshold.

    Incidents are the spans that are given, and alerts that were acknowledged or resolved as real.
    """
    monitor = _described(kind, name, settings) if kind else _declared(workspace, name, settings)
    given = [*incidents, *([] if file is None else _spans(file))]
    found = workspace.backtest(monitor, incidents=given, budget=budget)

    def draw(view: View) -> list[Line]:
        from mltrace.rendering.backtests import draw_backtest

        return draw_backtest(found, replace(view, is_complete=is_complete))

    return Answer(found, draw)


def _described(kind: str, name: str | None, settings: Mapping[str, object]) -> Monitor:
    """Make a monitor of a kind; a name is its first argument."""
    from mltrace.workspace.monitors.registered import kinds
    from mltrace.workspace.monitors.specs import own_arguments, read_monitor

    table: dict[str, Any] = {"kind": kind, **settings}
    if name is not None:
        own = own_arguments(kinds.get(kind))
        needed = [one for one, default in own.items() if default is Parameter.empty]
        table[next(iter(needed or own), "name")] = name
    return read_monitor(table, where=_WHERE)


def _declared(
    workspace: Workspace, name: str | None, settings: Mapping[str, object]
) -> Monitor | str:
    """Choose a declared monitor; what is set replaces what is declared."""
    from mltrace.workspace.monitors.specs import read_monitor, write_monitor

    if name is None:
        raise ArgumentError("Name a declared monitor, or give --kind and what it looks at.")
    declared = {one.key: one for one in workspace.declared_monitors()}
    if not settings or name not in declared:
        return name
    return read_monitor({**write_monitor(declared[name]), **settings}, where=_WHERE)


def _spans(file: Path) -> list[str]:
    """Read the spans of a file; blank lines and comments after # are left out."""
    lines = (one.partition("#")[0].strip() for one in file.read_text("utf-8").splitlines())
    return [one for one in lines if one]
