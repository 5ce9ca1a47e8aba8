"""Verbs about the store itself and about the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from mltrace.cli.verbs import Answer, Verb, verb

if TYPE_CHECKING:
    from mltrace.records import Record
    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View
    from mltrace.workspace import Workspace


@verb("sync", "mltrace sync", "mltrace sync --store sqlite:///runs.db", section="Store")
def sync_store(workspace: Workspace) -> Record:
    """Read what processes have logged into the catalog."""
    return workspace.sync()


@verb("gc", "mltrace gc --older-than 180d", "mltrace gc --older-than 180d --yes", section="Store")
@click.option(
    "--older-than",
    metavar="AGE",
    default="90d",
    show_default=True,
    help="Only of runs that started so long ago.",
)
@click.option("--yes", is_flag=True, help="Do it; without it nothing is removed.")
def collect_garbage(workspace: Workspace, *, older_than: str, yes: bool) -> Answer:
    """Forget details and values of old runs; traces and staleness still answer."""
    collected = workspace.gc(older_than, yes=yes)

    def draw(view: View) -> list[Line]:
        from mltrace.rendering.maintenance import draw_collected

        return draw_collected(collected, view)

    return Answer(collected, draw)


@click.command("completion", cls=Verb)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def print_completion(ctx: click.Context, shell: str) -> None:
    """Print the script for completion in your shell."""
    from click.shell_completion import get_completion_class

    completion = get_completion_class(shell)
    if completion is None:
        raise click.UsageError(f"No completion for the shell {shell!r}.", ctx)
    root = ctx.find_root().command
    click.echo(completion(root, {}, "mltrace", "_MLTRACE_COMPLETE").source())


print_completion.section = "Store"
print_completion.examples = (
    'eval "$(mltrace completion bash)"',
    "mltrace completion fish > ~/.config/fish/completions/mltrace.fish",
)

VERBS: Final[tuple[Verb, ...]] = (sync_store, collect_garbage, print_completion)
