"""Verbs that suggest checks, accept and retire them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from mltrace.cli.completing import component_names
from mltrace.cli.verbs import Answer, verb
from mltrace.errors import unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import RecordList, Suggestion, SuggestionKind
    from mltrace.records.check_lists import ComponentCheck
    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View
    from mltrace.workspace import Workspace

SECTION: Final = "Quality"


def _suggestion_options(function: Callable[..., Any]) -> Callable[..., Any]:
    alarms = click.option(
        "--false-alarms",
        metavar="SHARE",
        type=click.FloatRange(0, 1, min_open=True, max_open=True),
        default=0.01,
        show_default=True,
        help="On which share of the runs some check may fail although nothing is wrong.",
    )
    tighter = click.option(
        "--tighten", "kind", flag_value="tighten", help="Checks in force that may demand more."
    )
    looser = click.option(
        "--loosen", "kind", flag_value="loosen", help="Checks in force that cried wolf."
    )
    return alarms(tighter(looser(function)))


@verb(
    "suggest",
    "mltrace check suggest clean",
    "mltrace check suggest clean --false-alarms 0.001",
    "mltrace check suggest clean --tighten",
    section=SECTION,
)
@click.argument("component", metavar="NAME", shell_complete=component_names)
@_suggestion_options
def suggest_checks(
    workspace: Workspace, *, component: str, false_alarms: float, kind: SuggestionKind | None
) -> RecordList[Suggestion]:
    """Propose checks of a component from the tables that it took and gave until now."""
    return workspace.suggest_checks(component, false_alarms=false_alarms, kind=kind or "new")


@verb(
    "accept",
    "mltrace check accept clean --all",
    'mltrace check accept clean --check "InRange(temp)"',
    "mltrace check accept clean --tighten --all",
    section=SECTION,
)
@click.argument("component", metavar="NAME", shell_complete=component_names)
@click.option("--check", "checks", metavar="CHECK", multiple=True, help="One that is suggested.")
@click.option("--all", "is_all", is_flag=True, help="All that are suggested.")
@click.option("--reason", "-m", metavar="TEXT", default="", help="Why a check is changed.")
@_suggestion_options
def accept_checks(
    workspace: Workspace,
    *,
    component: str,
    checks: tuple[str, ...],
    is_all: bool,
    reason: str,
    false_alarms: float,
    kind: SuggestionKind | None,
) -> Answer:
    """Write suggested checks into mltrace-checks.toml, from where they run."""
    if bool(checks) == is_all:
        context = click.get_current_context()
        raise click.UsageError("Give --all, or --check for each that you accept.", context)
    found = workspace.suggest_checks(component, false_alarms=false_alarms, kind=kind or "new")
    known = {one.name: one for one in found}
    for name in checks:
        if name not in known:
            raise unknown("suggestion", name, known, hint="See `mltrace check suggest`.")
    chosen = list(found) if is_all else [known[name] for name in checks]
    return _accepted(workspace.accept_checks(chosen, reason=reason))


@verb(
    "retire",
    'mltrace check retire clean "InRange(temp)" --reason "the feed is metric now"',
    section=SECTION,
)
@click.argument("component", metavar="NAME", shell_complete=component_names)
@click.argument("checks", metavar="CHECK…", nargs=-1, required=True)
@click.option("--reason", "-m", metavar="TEXT", required=True, help="Why it is to run no more.")
def retire_checks(
    workspace: Workspace, *, component: str, checks: tuple[str, ...], reason: str
) -> RecordList[ComponentCheck]:
    """Let checks of mltrace-checks.toml run no more; they stay there with the reason."""
    return workspace.retire_checks(component, checks, reason=reason)


def _accepted(accepted: RecordList[Suggestion]) -> Answer:
    def draw(_view: View) -> list[Line]:
        from mltrace.config import CHECK_FILE
        from mltrace.rendering.lines import line

        if not accepted:
            return [line("There was nothing to accept.")]
        return [line(f"{one.name} is in {CHECK_FILE}.") for one in accepted]

    return Answer(accepted, draw)
