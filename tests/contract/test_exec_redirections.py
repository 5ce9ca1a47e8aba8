"""`mltrace exec` logs the files that a shell redirects the command's input and output to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt
from mltrace.capture.command import strace

if TYPE_CHECKING:
    from collections.abc import Callable

    Shell = Callable[[str], list[tuple[list[str], list[str]]]]

OBSTACLE = strace.why_not()
needs_strace = pytest.mark.skipif(OBSTACLE is not None, reason=OBSTACLE or "")


@pytest.fixture(params=["", pytest.param("--auto", marks=needs_strace)])
def shell(request: pytest.FixtureRequest, store: Path, workdir: Path) -> Shell:
    """Run a line of shell in which `EXEC` is `mltrace exec`; tell what the runs read and wrote."""
    command = f"{sys.executable} -m mltrace exec {request.param}"
    source = str(Path(str(mt.__file__)).parents[1])

    def _shell(text: str) -> list[tuple[list[str], list[str]]]:
        subprocess.run(
            ["sh", "-c", text.replace("EXEC", command)],
            check=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": source},
        )
        runs = sorted(mt.recent(), key=lambda run: run.started_at)
        return [
            ([ref.name for ref in run.inputs], [ref.name for ref in run.outputs]) for run in runs
        ]

    return _shell


@pytest.fixture
def raw(workdir: Path) -> None:
    """Make a file to read."""
    Path("raw.csv").write_text("b\na\n")


@pytest.mark.usefixtures("raw")
class TestRedirections:
    def test_file_behind_each_stream_counts(self, shell: Shell) -> None:
        line = "EXEC -- sort <raw.csv >sorted.csv 2>messages"
        assert shell(line) == [(["raw.csv"], ["sorted.csv"])]
        assert [step.run.component for step in mt.trace("sorted.csv").steps] == ["sort"]
        (found,) = mt.recent()
        assert all(ref.digest for ref in (*found.inputs, *found.outputs))

    def test_file_that_is_named_as_well_counts_once(self, shell: Shell) -> None:
        line = "EXEC --read raw.csv --write 's*.csv' -- sort <raw.csv >sorted.csv"
        assert shell(line) == [(["raw.csv"], ["sorted.csv"])]

    @pytest.mark.parametrize(
        "redirection",
        [">job 2>&1", ">>job", ">job.log", ">slurm-7.out", "| cat >job", ">/dev/null"],
    )
    def test_log_is_no_output(self, shell: Shell, redirection: str) -> None:
        assert shell(f"EXEC -- sort <raw.csv {redirection}") == [(["raw.csv"], [])]

    def test_file_to_which_nothing_was_written_is_no_output(self, shell: Shell) -> None:
        assert shell("EXEC -- true >empty.csv") == [([], [])]

    def test_file_that_others_write_to_is_no_output(self, shell: Shell) -> None:
        assert shell("(echo begin; EXEC -- echo 1; EXEC -- echo 2) >job") == [([], []), ([], [])]

    def test_file_that_others_read_from_is_no_input(self, shell: Shell) -> None:
        line = "while read name; do EXEC -- test $name; done <raw.csv"
        assert shell(line) == [([], []), ([], [])]

    def test_script_is_code_not_data(self, shell: Shell) -> None:
        Path("job.sh").write_text("echo hello\n")
        assert shell("EXEC -- sh <job.sh >hello.txt") == [([], ["hello.txt"])]
        assert mt.recent()[0].code == "echo hello\n"
