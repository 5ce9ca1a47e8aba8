"""`mltrace sql`: answers in every form, and a prompt on a real terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from tests.conftest import SECONDS, process_environment

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Cli = Callable[..., subprocess.CompletedProcess[str]]

QUERY = "SELECT component, count(*) AS runs, sum(1.5) AS half FROM runs GROUP BY ALL"


@pytest.fixture
def polished(store: Path) -> None:
    @mt.component
    def polish(gems: int) -> int:
        return gems * 2

    polish(1)
    polish(2)


def test_rows_come_as_a_table_json_or_csv(polished: None, cli: Cli) -> None:
    assert cli("sql", QUERY).stdout == "component  runs  half\npolish        2   3.0\n"
    told = json.loads(cli("sql", QUERY, "--format", "json").stdout)
    assert told == [{"component": "polish", "runs": 2, "half": 3.0}]
    assert cli("sql", QUERY, "--format", "csv").stdout == "component,runs,half\npolish,2,3.0\n"
    none = cli("sql", f"{QUERY} HAVING false").stdout
    assert none == "No rows. Columns: component, runs, half.\n"


def test_a_query_comes_from_a_file_or_a_pipe_with_parameters(
    polished: None, cli: Cli, workdir: Path
) -> None:
    (workdir / "q.sql").write_text("SELECT component FROM runs WHERE component = $name LIMIT $n;")
    asked = ("--param", "name=polish", "--param", "n=1", "--format", "csv")
    assert cli("sql", "--file", "q.sql", *asked).stdout == "component\npolish\n"
    piped = subprocess.run(
        [sys.executable, "-m", "mltrace", "sql"],
        input="SELECT 1 AS one",
        capture_output=True,
        text=True,
        env=process_environment(),
        timeout=120,
        check=True,
    )
    assert piped.stdout == "one\n  1\n"


@pytest.mark.sqlite_only("DuckDB sees neither kind of catalog")
def test_only_some_rows_are_shown_unless_all_are_wanted(store: Path, cli: Cli) -> None:
    short = cli("sql", "FROM range(50)").stdout.splitlines()
    assert (len(short), short[-1]) == (42, "… 10 more rows")
    assert len(cli("sql", "FROM range(50)", "--all").stdout.splitlines()) == 51
    wide = ", ".join(f"'{'x' * 20}' AS column_{number}" for number in range(12))
    lines = cli("sql", f"SELECT {wide}").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[2].startswith("… no room for column_")


@pytest.mark.sqlite_only("DuckDB sees neither kind of catalog")
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["FROM runz"], 2, "Did you mean 'runs'"),
        (["SELECT 1,\nx"], 2, "LINE 2: x\n        ^"),
        (["FROM range(9)", "--max-rows", "8"], 3, "more than 8 rows; add a LIMIT"),
        (["FROM range(9)", "--timeout", "soon"], 2, "is not an age"),
        (["FROM range(9)", "--memory", "much"], 2, "is not a size"),
        (["FROM range(9)", "--param", "n"], 2, "is not of the form name=value"),
    ],
)
def test_what_is_wrong_is_said_where(
    store: Path, cli: Cli, arguments: list[str], code: int, said: str
) -> None:
    answer = cli("sql", *arguments)
    assert (answer.returncode, answer.stdout) == (code, "")
    assert said in answer.stderr


class Terminal:
    """A terminal in which `mltrace sql` runs."""

    def __init__(self, **env: str) -> None:
        environment = process_environment(TERM="xterm", NO_COLOR="1", COLUMNS="100", **env)
        self._shown = ""
        self._process, self._file = pty.fork()
        if self._process == 0:
            os.execve(sys.executable, [sys.executable, "-m", "mltrace", "sql"], environment)
        self._handle = os.pidfd_open(self._process)

    def type(self, text: str, *, until: str, prompt: str = "sql> ") -> str:
        """Type at a prompt, and give what is shown from there until a text comes."""
        self.read(prompt)  # what is typed before is for the terminal, which may forget it
        self.press(text)
        return self.read(until)

    def press(self, keys: str) -> None:
        os.write(self._file, keys.encode())

    def read(self, until: str) -> str:
        """Give what is shown from where the last read ended to the end of a text."""
        end = time.monotonic() + SECONDS
        while until not in self._shown:
            ready, _, _ = select.select([self._file], [], [], max(end - time.monotonic(), 0))
            assert ready, self._shown
            self._shown += os.read(self._file, 65536).decode().replace("\r\n", "\n")
        shown, found, self._shown = self._shown.partition(until)
        return shown + found

    def leave(self) -> int:
        """Press Ctrl-D at the prompt; tell the exit code."""
        self.read("sql> ")
        self.press("\x04")
        is_over, _, _ = select.select([self._handle], [], [], SECONDS)
        assert is_over, "the prompt does not end"
        found = os.waitid(os.P_PID, self._process, os.WEXITED | os.WNOWAIT)
        assert found is not None
        return found.si_status

    def end(self) -> None:
        """End the process, if it has not ended."""
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._handle)
        os.close(self._file)


@pytest.fixture
def terminal(polished: None, tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(XDG_STATE_HOME=str(tmp_path))
    yield terminal
    terminal.end()


@pytest.mark.sqlite_only("a prompt is the same for either catalog")
def test_queries_are_typed_at_a_prompt(terminal: Terminal, tmp_path: Path) -> None:
    terminal.read("views: .views lists them")
    shown = terminal.type("select component, count(*) as n\nfrom runs\ngroup by 1;\n", until=" ms")
    assert "component  n\npolish     2\n1 row in " in shown
    for asked in (".columns flags", "describe flags;"):
        shown = terminal.type(f"{asked}\n", until=" ms")
        assert "flagged_at   TIMESTAMP WITH TIME ZONE  when it was flagged" in shown
    assert "Did you mean 'runs'?" in terminal.type(".columns runz\n", until="runs'?")
    shown = terminal.type("select *\nfrom runz;\n", until="^")
    assert "LINE 2: from runz;\n             ^" in shown
    shown = terminal.type("from depend\t limit 0;\n", until=" ms")
    assert "No rows. Columns: run_id, component, upstream_run_id" in shown
    terminal.type("select 1 +\n", until="+\n")
    terminal.type("\x03", until="\n", prompt="-> ")
    assert "7\n1 row in" in terminal.type("select 7;\n", until=" ms")
    assert terminal.leave() == 0
    history = (tmp_path / "mltrace" / "sql-history").read_text()
    assert "select 7;" in history


@pytest.mark.sqlite_only("a prompt is the same for either catalog")
def test_ctrl_c_ends_a_query_and_not_the_prompt(terminal: Terminal) -> None:
    terminal.type("select 1;\n", until=" ms")
    endless = "select count(*) from range(1000000) a, range(1000000) b, range(1000000) c;\n"
    terminal.type(endless, until="c;\n")
    terminal.press("\x03")
    terminal.read("Interrupted.")
    assert "8\n1 row in" in terminal.type("select 8;\n", until=" ms")
    assert terminal.leave() == 0


def test_words_are_completed() -> None:
    from mltrace.cli.sql_prompt import completions

    assert completions("run_i") == ["run_id"]
    assert "SELECT" in completions("sel")
    assert completions("runs.ho") == ["runs.host"]
