"""Queries in SQL that are typed one by one, with a history and completion.

Lines are gathered until one ends with a semicolon; a line that begins with a dot is an order to the
prompt itself.
"""

from __future__ import annotations

import contextlib
import re
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from mltrace.cli.output import is_coloured, line_text, show
from mltrace.cli.verbs import Answer
from mltrace.errors import MltraceError
from mltrace.query.views import VIEWS
from mltrace.rendering.lines import Span, line
from mltrace.rendering.wording import count
from mltrace.store.waiting_room import waiting_room

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mltrace.query.asking import Bounds
    from mltrace.workspace import Workspace

_FIRST, _NEXT = "sql> ", "  -> "
_KEPT_LINES: Final = 2_000
_WORDS: Final = (
    *("SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "LIMIT", "JOIN", "LEFT JOIN", "USING"),
    *("HAVING", "DISTINCT", "UNION ALL", "WITH", "AS", "ON", "AND", "OR", "NOT", "IN", "BETWEEN"),
    *("IS NULL", "IS NOT NULL", "CASE", "WHEN", "THEN", "ELSE", "END", "FILTER", "INTERVAL"),
    *("count(*)", "sum(", "avg(", "min(", "max(", "arg_max(", "quantile_cont(", "date_trunc("),
    *("coalesce(", "artifact('", "artifact_at('", "changes('", "now()"),
)
_ORDERS: Final = {
    ".views": "list the views, as SHOW TABLES does",
    ".columns VIEW": "list the columns of a view, as DESCRIBE VIEW does",
    ".help": "list these",
    ".quit": "leave, as Ctrl-D does",
}
_OF_CATALOGUE: Final = (".views", ".columns", ".tables", ".schema")
"""Orders that are questions about what there is, under the names that other prompts have, too."""
_SQL_END: Final = re.compile(r";\s*$")


class Prompt:
    """Asks for queries and shows their answers.

    Parameters
    ----------
    params : mapping of str to Any
        The values of parameters, for all queries that have them.
    is_complete : bool
        Whether all rows are shown.
    """

    def __init__(
        self,
        workspace: Workspace,
        params: Mapping[str, Any],
        bounds: Bounds,
        *,
        is_complete: bool = False,
    ) -> None:
        self._workspace, self._params, self._bounds = workspace, params, bounds
        self._is_complete = is_complete

    def ask_all(self) -> Answer:
        """Ask for one query after the other, until the input ends; the answer is that it has."""
        self._say(f"{count(len(VIEWS), 'view')}: .views lists them, .help tells more.")
        with _remembered():
            is_over = False
            while not is_over:
                try:
                    is_over = self._is_over_after_next()
                except KeyboardInterrupt:
                    self._say("Interrupted.")
        from mltrace.records import RecordList

        return Answer(RecordList(), lambda _view: [])

    def _is_over_after_next(self) -> bool:
        """Answer the next query or order; tell whether there is none."""
        text = _next_typed()
        if text is None or text in (".quit", ".exit"):
            return True
        self._obey(text) if text.startswith(".") else self._ask(text)
        return False

    def _ask(self, text: str) -> None:
        from mltrace.cli.sql import answer_query

        began_at = time.monotonic()
        params = {name: value for name, value in self._params.items() if f"${name}" in text}
        try:
            result = self._workspace.sql(text, params, bounds=self._bounds)
        except MltraceError as error:
            print_lines(str(error))
            return
        show(answer_query(result, is_complete=self._is_complete))
        took = (time.monotonic() - began_at) * 1000
        self._say(f"{count(len(result), 'row')} in {took:,.0f} ms")

    def _obey(self, order: str) -> None:
        if order.partition(" ")[0].rstrip(";") in _OF_CATALOGUE:
            self._ask(order)
            return
        for known, meaning in _ORDERS.items():
            self._say(f"{known:<15}  {meaning}")
        self._say("A query ends with a semicolon; Ctrl-C takes back what is typed.")

    def _say(self, text: str) -> None:
        sys.stdout.write(f"{line_text(line(Span(text, 'dim')))}\n")
        sys.stdout.flush()


def print_lines(text: str) -> None:
    """Write a message on lines of its own, where it points at a place in the query."""
    for one in text.splitlines():
        sys.stdout.write(f"{line_text(line(Span(one, 'failed' if is_coloured() else '')))}\n")
    sys.stdout.flush()


def _next_typed() -> str | None:
    """Read a query or an order, whole; None once the input ends."""
    lines: list[str] = []
    while True:
        try:
            typed = input(_NEXT if lines else _FIRST)
        except EOFError:
            sys.stdout.write("\n")
            return None
        except KeyboardInterrupt:
            sys.stdout.write("\n")
            lines = []
            continue
        if not lines and typed.strip().startswith("."):
            return typed.strip()
        if typed.strip() or lines:
            lines.append(typed)
            if _SQL_END.search(typed):
                text = "\n".join(lines)
                lines = []
                if text.strip(" ;\n"):
                    return text


@contextlib.contextmanager
def _remembered() -> Iterator[None]:
    """Edit lines with the history of earlier times, and complete words."""
    try:
        import readline
    except ImportError:  # Python may be built without
        yield
        return
    file: Path | None = None
    with contextlib.suppress(MltraceError, OSError):
        file = waiting_room("sql-history")
        readline.read_history_file(file)
    readline.set_history_length(_KEPT_LINES)
    readline.set_completer_delims(" \t\n,()=<>+-*/;")
    readline.set_completer(Completer())
    readline.parse_and_bind("tab: complete")
    try:
        yield
    finally:
        readline.set_completer(None)
        if file is not None:
            with contextlib.suppress(OSError):
                file.parent.mkdir(parents=True, exist_ok=True)
                readline.write_history_file(file)


class Completer:
    """Completes the names of views and columns, and words of SQL."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def __call__(self, typed: str, number: int) -> str | None:
        """Give a way to complete what was typed, by number; None if there are no more."""
        if number == 0:
            self._found = completions(typed)
        return self._found[number] if number < len(self._found) else None


def completions(typed: str) -> list[str]:
    """List what a word may become.

    Examples
    --------
    >>> completions("depend"), completions("runs.sta"), completions(".vi")
    (['dependencies'], ['runs.started_at', 'runs.status'], ['.views'])
    """
    if typed.startswith("."):
        return [name for name in (key.split()[0] for key in _ORDERS) if name.startswith(typed)]
    view, dot, _ = typed.partition(".")
    if dot and view.lower() in VIEWS:
        names = [f"{view}.{column.name}" for column in VIEWS[view.lower()].columns]
    else:
        columns = {column.name for one in VIEWS.values() for column in one.columns}
        names = sorted({*VIEWS, *columns}) + list(_WORDS)
    found = (name for name in names if name.lower().startswith(typed.lower()))
    return sorted(found) if dot else list(found)
