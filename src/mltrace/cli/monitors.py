"""Verbs about monitors, under one noun: `mltrace monitor`."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from mltrace.cli.completing import monitor_names, notifier_names
from mltrace.cli.monitor_backtest import backtest_monitor
from mltrace.cli.outcome import NOT_EVALUATED, NOT_PASSED, OK
from mltrace.cli.verbs import Answer, Noun, verb
from mltrace.times import parse_age

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.records import RecordList
    from mltrace.records.monitoring import Evaluation, MonitorStatus
    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.monitor import Monitor

_SECTION: Final = "Quality"
_timeout: Final = click.option(
    "--timeout",
    metavar="AGE",
    default="10m",
    show_default=True,
    help="How long one monitor may measure.",
)
_modules: Final = click.option(
    "--module",
    "modules",
    metavar="MODULE",
    multiple=True,
    help="Import this module or file, and evaluate the monitors at its top level; may be again.",
)


@verb("list", "mltrace monitor list", "mltrace monitor list --format json", section=_SECTION)
def list_monitors(workspace: Workspace) -> RecordList[MonitorStatus]:
    """List the monitors that are declared, and what came of each."""
    return workspace.list_monitors()


@verb(
    "run",
    "mltrace monitor run",
    "mltrace monitor run volume:clean --all",
    section=_SECTION,
)
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=monitor_names)
@click.option("--all", "is_complete", is_flag=True, help="Show what is as it should be, too.")
@_modules
@_timeout
def run_monitors(
    workspace: Workspace,
    *,
    names: tuple[str, ...],
    is_complete: bool,
    modules: tuple[str, ...],
    timeout: str,
) -> Answer:
    """Evaluate monitors, by default all that are declared; exits with 1 if an alert is open."""
    from mltrace.workspace.monitors.limits import Limit

    limit = Limit(parse_age(timeout))
    with redirect_stdout(sys.stderr):  # of notifiers and of code of yours; the answer is ours
        evaluation = workspace.evaluate_monitors(*names, *_monitors_in(modules), limit=limit)
    num_open = _num_open(workspace, evaluation)

    def draw(view: View) -> list[Line]:
        from mltrace.rendering.monitors import draw_evaluation

        return draw_evaluation(
            evaluation, replace(view, is_complete=is_complete), num_open=num_open
        )

    code = NOT_EVALUATED if evaluation.faults else OK
    return Answer(evaluation, draw, exit_code=NOT_PASSED if num_open else code)


@verb(
    "watch",
    "mltrace monitor watch",
    "mltrace monitor watch --every 15m --format json",
    section=_SECTION,
)
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=monitor_names)
@click.option(
    "--every", metavar="AGE", help="How often; default as each monitor says, else every minute."
)
@_modules
@_timeout
def watch_monitors(
    workspace: Workspace,
    *,
    names: tuple[str, ...],
    every: str | None,
    modules: tuple[str, ...],
    timeout: str,
) -> None:
    """Evaluate monitors again and again, and print what changes, until SIGTERM or Ctrl-C."""
    from mltrace.cli.watching import SignalEnding, event_printer, form_in

    context = click.get_current_context()
    on_event = event_printer(form_in(context))
    with redirect_stdout(sys.stderr):
        workspace.watch(
            *names,
            *_monitors_in(modules),
            every=every,
            timeout=timeout,
            on_event=on_event,
            ending=SignalEnding(),
        )
    context.exit()


@verb("forget", "mltrace monitor forget volume:clean", section=_SECTION)
@click.argument("name", shell_complete=monitor_names)
def forget_monitor(workspace: Workspace, *, name: str) -> Answer:
    """Evaluate a monitor no longer that the store remembers."""
    status = workspace.forget_monitor(name)

    def draw(view: View) -> list[Line]:
        from mltrace.rendering.fitting import wrap
        from mltrace.rendering.lines import line

        said = f"{name} is forgotten; evaluating it from Python declares it again."
        return [line(one) for one in wrap(said, view.width)]

    return Answer(status, draw)


@verb("test", "mltrace monitor test", "mltrace monitor test team", section=_SECTION)
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=notifier_names)
def test_notifiers(workspace: Workspace, *, names: tuple[str, ...]) -> Answer:
    """Send a test by each notifier, or by those named; exits with 1 if one could not."""
    with redirect_stdout(sys.stderr):
        done = workspace.test_notifiers(*names)

    def draw(view: View) -> list[Line]:
        from mltrace.rendering.listings import draw_records

        return draw_records(done, "Delivery", view)

    is_sent = all(one.status == "sent" for one in done)
    return Answer(done, draw, exit_code=OK if is_sent else NOT_PASSED)


def _monitors_in(modules: Iterable[str]) -> list[Monitor]:
    from mltrace.cli.component_modules import import_monitors

    return [monitor for module in modules for monitor in import_monitors(module)]


def _num_open(workspace: Workspace, evaluation: Evaluation) -> int:
    """Count the alerts of the monitors that are open, and that nobody acknowledged or snoozed."""
    evaluated = {*evaluation.monitors, *(one.monitor for one in evaluation.faults)}
    return sum(one.monitor in evaluated for one in workspace.alerts(None, states=["open"]))


VERBS: Final = (
    Noun(
        "monitor",
        "Evaluate monitors: measure what is new, open and resolve alerts.",
        section=_SECTION,
        verbs=(
            list_monitors,
            run_monitors,
            watch_monitors,
            backtest_monitor,
            test_notifiers,
            forget_monitor,
        ),
    ),
)
