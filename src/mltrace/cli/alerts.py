"""Verbs about incidents and alerts, under one noun: `mltrace alerts`, which alone lists them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from mltrace.cli.completing import alert_ids, component_names
from mltrace.cli.outcome import NOT_PASSED, OK
from mltrace.cli.verbs import Answer, Noun, first_word, limit_option, verb
from mltrace.records.alerts import SEVERITIES, STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mltrace.records import RecordList
    from mltrace.records.alerts import Alert, Incident
    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View
    from mltrace.workspace import Workspace

F = TypeVar("F", bound="Callable[..., Any]")
_SECTION: Final = "Quality"
_MOST_TOLD: Final = 10


class _Listing(Noun):
    """A noun whose first verb is meant where none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the first verb before the options of a list."""
        is_help = any(word in ctx.help_option_names for word in args[:1])
        if not is_help and first_word(args) is None:
            args = ["list", *args]
        return super().parse_args(ctx, args)


def _filters(function: F) -> F:
    for option in (
        click.option("--since", metavar="TIME", help="Opened then or later: a time or an age."),
        click.option(
            "--component", metavar="NAME", shell_complete=component_names, help="Of this component."
        ),
        click.option("--owner", metavar="NAME", help="Of this owner."),
        click.option(
            "--severity", type=click.Choice(SEVERITIES), help="Of this severity or a higher one."
        ),
        click.option(
            "--state", "states", type=click.Choice(STATES), multiple=True, help="May be again."
        ),
    ):
        function = option(function)
    return function


@verb(
    "list",
    "mltrace alerts",
    "mltrace alerts --severity critical --owner data-eng",
    "mltrace alerts --all --since 30d",
    section=_SECTION,
)
@click.option("--all", "is_all", is_flag=True, help="In any state, also those that are settled.")
@_filters
@limit_option(50)
def list_incidents(
    workspace: Workspace, *, is_all: bool, states: tuple[Any, ...], limit: int, **filters: Any
) -> Answer:
    """List open incidents, the most severe first; exits with 1 if there is any."""
    chosen = states or (None if is_all else ("open",))
    found = workspace.incidents(limit + 1, states=chosen, **filters)
    has_more = len(found) > limit
    del found[limit:]
    is_open = any(one.state == "open" for one in found)
    others: RecordList[Incident] | None = None
    if chosen == ("open",) and not states:
        others = workspace.incidents(None, states=("acknowledged", "snoozed"), **filters)

    is_filtered = is_all or bool(states) or any(filters.values())
    missing = "" if workspace.store.is_there else workspace.store.location.name

    def draw(view: View) -> list[Line]:
        lines = _list_lines(found, others or [], view, is_filtered=is_filtered)
        return [*lines, *_more_lines(limit if has_more else 0), *_missing_lines(missing)]

    return Answer(found, draw, exit_code=NOT_PASSED if is_open else OK)


def _list_lines(
    found: Sequence[Incident], others: Sequence[Incident], view: View, *, is_filtered: bool
) -> list[Line]:
    from mltrace.rendering.alerts import by_severity, draw_incidents
    from mltrace.rendering.lines import Span, line

    ordered = by_severity(found)
    lines = draw_incidents(ordered, view)
    if ordered:
        lines += [(), line(Span(f"All about one: mltrace alerts show {ordered[0].id}", "dim"))]
    else:
        lines = [line("No incident matches." if is_filtered else "No incident is open.")]
    told = [
        f"{number:,} {state}"
        for state in ("acknowledged", "snoozed")
        if (number := sum(one.state == state for one in others))
    ]
    return [*lines, *([line(Span(f"{', '.join(told)}: mltrace alerts --all", "dim"))] * bool(told))]


def _more_lines(limit: int) -> list[Line]:
    from mltrace.rendering.lines import Span, line

    said = f"These are the newest {limit:,}; there are more: --limit {limit * 2}"
    return [line(Span(said, "dim"))] if limit else []


def _missing_lines(store: str) -> list[Line]:
    """Say that there is no store: often another one is meant, of which all may not be well."""
    from mltrace.rendering.lines import Span, line

    said = f"There is no store yet; the first run makes {store}"
    return [line(Span(said, "dim"))] if store else []


@verb(
    "show",
    "mltrace alerts show 10420f645934",
    "mltrace alerts show 1042 --all --format json",
    section=_SECTION,
)
@click.argument("what", metavar="ID", shell_complete=alert_ids)
@click.option("--all", "is_complete", is_flag=True, help="All consequences and changes.")
def show_incident(workspace: Workspace, *, what: str, is_complete: bool) -> Answer:
    """Show all about an incident: its chain along lineage, what was measured, every change."""
    found = workspace.incident(what)
    points = workspace.alert_points(found.cause)

    def draw(view: View) -> list[Line]:
        from mltrace.rendering.alerts import draw_incident

        return draw_incident(found, replace(view, is_complete=is_complete), points=points)

    return Answer(found, draw)


def _changing(function: F) -> F:
    ids = click.argument("what", metavar="ID...", nargs=-1, required=True, shell_complete=alert_ids)
    reason = click.option("--reason", "-m", metavar="TEXT", default="", help="Why.")
    return ids(reason(function))


@verb("ack", "mltrace alerts ack 10420f645934 --reason 'asked the supplier'", section=_SECTION)
@_changing
def acknowledge(workspace: Workspace, *, what: tuple[str, ...], reason: str) -> Answer:
    """Say that alerts, or all of an incident, are looked into."""
    return _changed(workspace.acknowledge(what, reason=reason), "acknowledged")


@verb(
    "snooze",
    "mltrace alerts snooze 10420f645934 --until 2h",
    "mltrace alerts snooze 10420f645934 --until 2013-07-01 --reason 'known, fixed by July'",
    section=_SECTION,
)
@_changing
@click.option("--until", metavar="TIME", required=True, help="A time, or an age from now: 2h.")
def snooze(workspace: Workspace, *, what: tuple[str, ...], until: str, reason: str) -> Answer:
    """Leave alerts alone for a time."""
    return _changed(workspace.snooze(what, until, reason=reason), "snoozed")


@verb(
    "resolve",
    "mltrace alerts resolve 10420f645934 --real --reason 'reloaded in Fahrenheit'",
    "mltrace alerts resolve 10420f645934 --false-alarm",
    section=_SECTION,
)
@_changing
@click.option("--real", "verdict", flag_value="real", help="Something was wrong.")
@click.option("--false-alarm", "verdict", flag_value="false alarm", help="Nothing was wrong.")
def resolve(workspace: Workspace, *, what: tuple[str, ...], reason: str, verdict: Any) -> Answer:
    """Say that alerts are settled, and whether they were real."""
    return _changed(workspace.resolve(what, reason=reason, verdict=verdict), "resolved")


@verb("reopen", "mltrace alerts reopen 10420f645934 --reason 'again'", section=_SECTION)
@_changing
def reopen(workspace: Workspace, *, what: tuple[str, ...], reason: str) -> Answer:
    """Open alerts again."""
    return _changed(workspace.reopen(what, reason=reason), "open again")


@verb(
    "history",
    "mltrace alerts history",
    "mltrace alerts history 10420f645934 --all",
    section=_SECTION,
)
@click.argument("what", metavar="[ID]", required=False, shell_complete=alert_ids)
@click.option("--all", "is_complete", is_flag=True, help="Every change.")
@limit_option(200)
def list_changes(
    workspace: Workspace, *, what: str | None, is_complete: bool, limit: int
) -> Answer:
    """List who changed what and why, of one incident or of the latest alerts."""
    found = workspace.alerts(limit)
    if what is not None:
        incident = workspace.incident(what)
        found[:] = [incident.cause, *incident.consequences]

    def draw(view: View) -> list[Line]:
        from mltrace.rendering.alerts import draw_changes
        from mltrace.rendering.lines import line

        lines = draw_changes(found, replace(view, is_complete=is_complete))
        return lines or [line("No alert was opened yet.")]

    return Answer(found, draw)


def _changed(found: RecordList[Alert], said: str) -> Answer:
    def draw(_view: View) -> list[Line]:
        from mltrace.rendering.lines import Span, line
        from mltrace.rendering.wording import place_text

        lines = [
            line(
                one.id,
                Span(f" ({place_text(one.artifact, one.component, one.subject)})", "dim"),
                f" is {said}.",
            )
            for one in sorted(found, key=lambda one: one.role != "cause")[:_MOST_TOLD]
        ]
        more = len(found) - len(lines)
        return [*lines, *([line(Span(f"… and {more:,} more", "dim"))] * bool(more))]

    return Answer(found, draw)


VERBS: Final = (
    _Listing(
        "alerts",
        "List what is wrong, as incidents at their causes, and say what is made of it.",
        section=_SECTION,
        verbs=(list_incidents, show_incident, acknowledge, snooze, resolve, reopen, list_changes),
    ),
)
