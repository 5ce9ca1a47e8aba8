"""`mltrace check`, driven as a user drives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


def test_check_alone_shows_what_can_be_done(workdir: Path, cli: Cli) -> None:
    answer = cli("check")
    assert answer.returncode == 2
    assert "list" in answer.stdout + answer.stderr


def test_misspelt_verb_of_check_is_refused_with_the_nearest(workdir: Path, cli: Cli) -> None:
    answer = cli("check", "lsit")
    assert answer.returncode == 2
    assert "Did you mean 'list'?" in answer.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--format", "json", "check", "list"),
        ("check", "--format", "json", "list"),
        ("check", "list", "--format", "json"),
    ],
)
def test_list_names_the_checks_of_the_library(
    workdir: Path, cli_json: Callable[..., Any], cli: Cli, arguments: tuple[str, ...]
) -> None:
    listed = {check["name"]: check for check in cli_json(*arguments)}
    assert listed["RowCount"]["arguments"] == ["min", "max"]
    assert listed["NoNulls"]["summary"] == "Fails if a column has nulls; NaN counts as null."


def test_list_fits_eighty_columns(workdir: Path, cli: Cli) -> None:
    answer = cli("check", "list")
    assert answer.returncode == 0, answer.stderr
    assert "RowCount(min, max)" in answer.stdout.splitlines()
    assert max(map(len, answer.stdout.splitlines())) <= 80
