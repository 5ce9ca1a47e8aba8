r"""Names of files with bytes that are no UTF-8, usual on Linux: asked for as they were spelled.

Capture stores them escaped, as 'caf\\xe9.csv'.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conftest import process_environment

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "caf\udce9.csv"
STORED = "caf\\xe9.csv"


@pytest.fixture(autouse=True)
def _made(store: Path, workdir: Path) -> None:
    @mt.component
    def clean(source: str) -> str:
        Path(NAME).write_text(Path(source).read_text())
        return NAME

    Path("raw.csv").write_text("x\n1\n2\n")
    clean("raw.csv")


@pytest.mark.parametrize("what", [NAME, Path(NAME), STORED])
def test_a_file_is_found_by_its_name(what: str | Path) -> None:
    assert [step.run.component for step in mt.trace(what).steps] == ["clean"]
    assert len(mt.versions(what)) == 1
    assert mt.profile(what).num_rows == 2


@pytest.mark.parametrize(
    "ask",
    [
        lambda: mt.alerts(component=NAME),
        lambda: mt.alerts(owner=NAME),
        lambda: mt.incidents(component=NAME),
        lambda: mt.components(owner=NAME, tag=NAME),
        lambda: mt.stale(NAME),
    ],
)
def test_a_question_that_names_it_is_answered(ask: Callable[[], object]) -> None:
    ask()


@pytest.mark.parametrize(
    "ask", [mt.history, mt.activity, mt.alert, mt.incident, mt.acknowledge, mt.impact]
)
def test_a_name_that_is_none_is_said_to_be_unknown(ask: Callable[[str], object]) -> None:
    with pytest.raises(mt.UnknownNameError, match=r"No .*'x\\udce9'"):
        ask("x\udce9")


def test_what_people_say_of_it_is_kept() -> None:
    mt.flag(NAME, reason=NAME)
    (flag,) = mt.flagged()
    assert (flag.reason, mt.versions(NAME)[0].flagged) == (STORED, True)


@pytest.mark.parametrize("table", [NAME, "caf\udce9*"])
def test_a_monitor_watches_it_and_is_remembered_once(table: str) -> None:
    monitor = mt.FreshnessMonitor(table)
    assert len(monitor.evaluate()) == 1
    assert mt.VolumeMonitor(table, name=NAME, owner=NAME).evaluate().notes == ()
    (named,) = (one for one in mt.list_monitors() if one.name == STORED)
    assert named.owner == STORED
    assert not mt.evaluate_monitors(NAME).faults
    mt.forget_monitor(NAME)
    assert [one.name for one in mt.list_monitors()] == [monitor.key]


def test_the_command_line_takes_it_as_the_shell_gives_it() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "mltrace", "trace", os.fsencode(NAME)],
        env=process_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    assert f"Trace of {STORED}" in answer.stdout
