"""The verb that answers queries in SQL."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mltrace.cli.commands import read_parameters
from mltrace.cli.verbs import Answer, Verb, verb
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from mltrace.query.asking import Bounds
    from mltrace.records.query_results import Result
    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View
    from mltrace.workspace import Workspace


@verb(
    "sql",
    'mltrace sql "SELECT component, count(*) FROM runs GROUP BY ALL"',
    "mltrace sql \"SELECT * FROM artifact('clean') WHERE price < $least\" --param least=0",
    "mltrace sql --file slowest.sql --format csv",
    "mltrace sql",
    section="Diagnosis",
)
@click.argument("query", required=False)
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the query from a file.",
)
@click.option(
    "--param",
    "params",
    metavar="K=V",
    multiple=True,
    callback=read_parameters,
    help="The value of $K in the query: a number, true, false, null, or else a text.",
)
@click.option(
    "--timeout", metavar="AGE", default="30s", show_default=True, help="Time it may take."
)
@click.option(
    "--memory", metavar="SIZE", default="512 MiB", show_default=True, help="Memory it may take."
)
@click.option(
    "--max-rows",
    type=click.IntRange(min=1),
    default=1_000_000,
    show_default=True,
    help="Rows that it may answer.",
)
@click.option("--all", "is_complete", is_flag=True, help="Show all rows, not only the first 40.")
def ask_sql(
    workspace: Workspace, *, query: str | None, file: Path | None, is_complete: bool, **given: Any
) -> Answer:
    """Answer QUERY, one SELECT over all that the store knows and kept; without it, ask one by one.

    `SHOW TABLES` and `DESCRIBE runs` tell what there is; `artifact('clean@ab12')` is a kept table.
    A query that is piped in is read from standard input.
    """
    bounds, params = _bounds(given), given["params"]
    text = _query(query, file)
    if text is None:
        from mltrace.cli.sql_prompt import Prompt

        return Prompt(workspace, params, bounds, is_complete=is_complete).ask_all()
    try:
        result = workspace.sql(text, params, bounds=bounds)
    except ArgumentError as error:
        raise click.ClickException(str(error)) from error  # on the lines that it has
    return answer_query(result, is_complete=is_complete)


def answer_query(result: Result, *, is_complete: bool) -> Answer:
    """Answer with the rows of a query."""

    def draw(view: View) -> list[Line]:
        from dataclasses import replace

        from mltrace.rendering.query_results import draw_result

        return draw_result(result, replace(view, is_complete=is_complete))

    return Answer(result, draw)


def _query(query: str | None, file: Path | None) -> str | None:
    """Tell which query is asked; None if they are typed one by one."""
    if query is not None and file is not None:
        raise click.UsageError("Give the query or --file, not both.")
    if file is not None:
        return file.read_text(encoding="utf-8")
    if query is not None and query != "-":
        return query
    if query is None and sys.stdin.isatty():
        return None
    return sys.stdin.read()


def _bounds(given: dict[str, Any]) -> Bounds:
    from mltrace.query.asking import Bounds
    from mltrace.sizes import parse_size
    from mltrace.times import parse_age

    return Bounds(
        seconds=parse_age(given["timeout"]),
        memory_mib=max(parse_size(given["memory"]) // (1024 * 1024), 1),
        num_rows=given["max_rows"],
    )


VERBS: Final[tuple[Verb, ...]] = (ask_sql,)
