"""Verbs about the store itself and about the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from mltrace.cli.verbs import Answer, Verb, verb

if TYPE_CHECKING:
    from mltrace.workspace import Workspace


@verb(
    "doctor",
    "mltrace doctor",
    "mltrace doctor --deep --format json",
    section="Store",
    is_asking=False,
)
@click.option("--deep", is_flag=True, help="Read all kept values and check them as well.")
def examine_store(workspace: Workspace, *, deep: bool) -> Answer:
    """Tell how the store fares, and what to do; exits with 1 if there is a problem."""
    from mltrace.rendering.health import draw_health

    health = workspace.doctor(deep=deep)
    code = 0 if health.is_healthy else 1
    return Answer(health, lambda view: draw_health(health, view), exit_code=code)


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

VERBS: Final[tuple[Verb, ...]] = (examine_store, print_completion)
