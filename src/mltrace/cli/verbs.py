"""What all verbs share: the options `--format` and `--store`, a section, examples, an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from mltrace.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mltrace.profiles.tables import Profile
    from mltrace.records import Record, RecordList
    from mltrace.records.query_results import Result
    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View

F = TypeVar("F", bound="Callable[..., Any]")
_WHOLE: Final = 200
"""Characters up to which a summary is written whole."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a verb answers, where a table is drawn otherwise than the record draws itself.

    Attributes
    ----------
    exit_code : int
        What the command exits with.
    """

    records: Record | RecordList[Any] | Profile | Result
    draw: Callable[[View], list[Line]]
    exit_code: int = 0


def answer_taken_back(taken: RecordList[Any], *, state: str, name: Callable[[Any], str]) -> Answer:
    """Answer with marks that were taken back: which outputs or runs are no longer in a state."""

    def draw(_view: View) -> list[Line]:
        from mltrace.rendering.lines import line

        if not taken:
            return [line(f"Nothing was {state}.")]
        return [line(f"{name(mark)} is no longer {state}.") for mark in taken]

    return Answer(taken, draw)


class Verb(click.Command):
    """A command that asks a workspace and shows the answer."""

    section: str = ""
    examples: tuple[str, ...] = ()

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        del ctx
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"  {example}\n")


class Verbs(click.Group):
    """Commands in the order in which they were added; knows what was meant by a misspelt one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for an unknown one say which are near."""
        name = args[0]
        if name in self.commands or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        matches = nearest(name, self.commands)
        meant = f" Did you mean {' or '.join(repr(one) for one in matches)}?" if matches else ""
        raise click.UsageError(f"No command {name!r}.{meant}", ctx=ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands in the order of the help."""
        del ctx
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with their summaries, whole."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(summaries(self.commands), col_spacing=3)


def summaries(commands: Mapping[str, click.Command]) -> list[tuple[str, str]]:
    """Pair names with summaries, which are folded in the help, not cut."""
    return [(name, one.get_short_help_str(_WHOLE)) for name, one in commands.items()]


class Noun(Verbs):
    """What several verbs are about, such as `mltrace check`; alone it shows its help.

    Parameters
    ----------
    name : str
        The word of the command line.
    summary : str
        Its line in the help.
    section : str
        The section of the help in which it stands.
    verbs : sequence of Verb
        What can be done with it.
    """

    def __init__(self, name: str, summary: str, *, section: str, verbs: Sequence[Verb]) -> None:
        super().__init__(
            name,
            help=summary,
            callback=_keep_common,
            epilog=f"Every command has examples: mltrace {name} COMMAND --help",
        )
        self.section = section
        common_options(self)
        for one in verbs:
            self.add_command(one)


def first_word(args: Sequence[str]) -> int | None:
    """Find the first argument that is neither a shared option nor the value of one."""
    place = 0
    while place < len(args):
        if args[place] in ("--format", "--store"):
            place += 2
        elif args[place].startswith(("--format=", "--store=")):
            place += 1
        else:
            return None if args[place].startswith("-") else place
    return None


def common_options(function: F) -> F:
    """Give a command the options that may stand before or after the verb."""
    form = click.option(
        "--format",
        type=click.Choice(["table", "json", "csv"]),
        help="How to print the answer; default table.",
    )
    store = click.option(
        "--store",
        metavar="URI",
        help="The store: a folder, sqlite:///file.db or postgresql://…; default $MLTRACE_URI, "
        "else the nearest .mltrace folder.",
    )
    return form(store(function))


def verb(
    name: str, *examples: str, section: str, is_asking: bool = True
) -> Callable[[Callable[..., Any]], Verb]:
    """Make a verb of a function that takes a workspace and options and returns an answer.

    Parameters
    ----------
    is_asking : bool
        Whether a store that is named must be there, or one that nobody has misspelt.
    """

    def decorate(function: Callable[..., Any]) -> Verb:
        def ask(**options: Any) -> int:
            common = _common(options)
            from mltrace.cli.output import show
            from mltrace.rendering.progress import progress_bar
            from mltrace.store.finding import check_is_there
            from mltrace.workspace import Workspace

            with progress_bar() as on_progress:
                workspace = Workspace(common["store"], on_progress=on_progress)
                if common["store"] is not None and is_asking:
                    check_is_there(workspace.store, may_be_new=True)
                answer = function(workspace, **options)
            show(answer, form=common["format"] or "table", store=common["store"])
            return answer.exit_code if isinstance(answer, Answer) else 0

        ask.__doc__ = function.__doc__
        command = click.command(name, cls=Verb)(common_options(ask))
        own = getattr(function, "__click_params__", [])
        command.params = [*reversed(own), *command.params]
        command.section, command.examples = section, examples
        return command

    return decorate


def limit_option(default: int) -> Callable[[F], F]:
    """Give a verb the option `--limit`."""
    return click.option(
        "--limit",
        "-n",
        type=click.IntRange(min=1),
        default=default,
        show_default=True,
        help="At most so many, the newest.",
    )


def window_options(function: F) -> F:
    """Give a verb the options `--since` and `--until`."""
    since = click.option(
        "--since", metavar="TIME", help="Started at or after: an ISO 8601 time or an age like 7d."
    )
    until = click.option("--until", metavar="TIME", help="Started before; written the same way.")
    return since(until(function))


def _keep_common(**options: Any) -> None:
    """Hand the shared options on to the verb that follows."""
    click.get_current_context().obj = _common(options)


def _common(options: dict[str, Any]) -> dict[str, Any]:
    """Take the shared options out; where one stands after the verb it counts."""
    before: dict[str, Any] = click.get_current_context().find_object(dict) or {}
    return {name: options.pop(name) or before.get(name) for name in ("format", "store")}
