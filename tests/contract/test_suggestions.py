"""Checks are suggested from what ran, accepted into the file, changed and retired there."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, Final

import numpy
import pandas as pd
import pytest

import mltrace as mt
from mltrace.checks.check_file import read_check_file

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Cli = Callable[..., subprocess.CompletedProcess[str]]

FILE: Final = "mltrace-checks.toml"
NUM_RUNS: Final = 36

pytestmark = pytest.mark.sqlite_only("the store only gives the history; see test_component_tables")


@mt.component(profile="full")
def load(day: int, *, worst: float = 0.0, carrier: str | None = None) -> pd.DataFrame:
    """Draw the flights of a day."""
    random = numpy.random.default_rng(day)
    delays = random.gamma(2, 10, 300)
    delays[0] += worst
    delays[random.random(300) < 0.03] = numpy.nan
    carriers = random.choice(["AA", "DL", "UA"], 300)
    carriers[0] = carrier or carriers[0]
    return pd.DataFrame({"carrier": carriers, "delay": delays, "seats": [150] * 300})


@pytest.fixture
def loaded(store: Path, workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run a component so often that its history speaks for checks; return the file to be."""
    monkeypatch.setenv("MLTRACE_PROFILE_SHARE", "1")
    for day in range(NUM_RUNS):
        load(day)
    return workdir / FILE


def suggested(**options: Any) -> dict[str, mt.Suggestion]:
    """Suggest checks, by name."""
    return {one.name: one for one in mt.suggest_checks("load", **options)}


def test_what_never_changed_and_what_varies_is_suggested(loaded: Path) -> None:
    found = suggested()
    assert found["InSet(carrier)"].arguments["allowed"] == ["AA", "DL", "UA"]
    assert found["InSet(seats)"].arguments["allowed"] == [150]
    assert found["NoNulls(carrier, seats)"].evidence == f"no null in {NUM_RUNS} runs"
    share = found["NullShare(delay)"]
    assert 0.05 < share.arguments["max"] < 0.2
    assert share.bound.startswith("at most ")
    assert found["InRange(delay)"].arguments["min"] == 0
    assert sum(one.false_alarms for one in found.values()) <= 0.01
    assert {one.num_partitions for one in found.values()} == {NUM_RUNS}
    assert not loaded.exists()


def test_accepted_checks_are_in_the_file_with_their_evidence(loaded: Path) -> None:
    accepted = mt.accept_checks(mt.suggest_checks("load"))
    filed = read_check_file(loaded).of("load")
    assert len(filed) == len(accepted)
    assert filed[0].accepted_at is not None
    assert "false alarms" in filed[0].evidence
    assert not mt.suggest_checks("load")


def test_one_check_is_accepted_and_the_others_stay_suggested(loaded: Path, cli: Cli) -> None:
    answer = cli("check", "accept", "load", "--check", "InSet(carrier)")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == f"InSet(carrier) is in {FILE}.\n"
    held = tomllib.loads(loaded.read_text())["components"]["load"]["after"]
    assert [one["check"] for one in held] == ["InSet"]
    assert "InSet(carrier)" not in suggested()
    assert "InSet(seats)" in suggested()


def test_columns_that_a_check_covers_are_not_suggested_again(loaded: Path) -> None:
    loaded.write_text('[[components.load.after]]\ncheck = "NoNulls"\ncolumns = ["seats"]\n')
    assert "NoNulls(carrier)" in suggested()


def test_a_bound_that_cried_wolf_is_loosened_with_the_reason(loaded: Path) -> None:
    (bound,) = [one for name, one in suggested().items() if name == "InRange(delay)"]
    mt.accept_checks(bound)
    assert not suggested(kind="loosen")
    load(100, worst=2 * bound.arguments["max"])
    (looser,) = suggested(kind="loosen").values()
    assert looser.was == bound.bound
    assert looser.arguments["max"] > 2 * bound.arguments["max"]
    mt.accept_checks(looser, reason="a volcano")
    (filed,) = read_check_file(loaded).of("load")
    assert filed.table["max"] == looser.arguments["max"]
    assert filed.reason == f"loosened from: {bound.bound}; a volcano"
    assert not suggested(kind="loosen")


def test_a_loose_bound_is_tightened(loaded: Path, cli: Cli) -> None:
    loaded.write_text(
        '[[components.load.after]]\ncheck = "NullShare"\ncolumns = ["delay"]\nmax = 0.9\n'
    )
    answer = cli("check", "suggest", "load", "--tighten")
    assert answer.returncode == 0, answer.stderr
    assert "at most 90 % → at most " in answer.stdout
    answer = cli("check", "accept", "load", "--tighten", "--all", "--reason", "a year is enough")
    assert answer.returncode == 0, answer.stderr
    (filed,) = read_check_file(loaded).of("load")
    assert filed.table["max"] < 0.2
    assert filed.reason == "tightened from: at most 90 %; a year is enough"
    assert not suggested(kind="tighten")


def test_a_new_value_loosens_a_set(loaded: Path) -> None:
    mt.accept_checks(suggested()["InSet(carrier)"])
    for day in range(3):
        load(200 + day, carrier="HA")
    assert "InSet(carrier)" not in suggested(kind="tighten")
    found = suggested(kind="loosen", false_alarms=0.5)
    assert found["InSet(carrier)"].arguments["allowed"] == ["AA", "DL", "UA", "HA"]


def test_flagged_outputs_do_not_count(loaded: Path) -> None:
    mt.accept_checks(suggested()["InRange(delay)"])
    load(100, worst=1e6)
    mt.flag(mt.history("load")[0].outputs[0], reason="a broken sensor")
    assert not suggested(kind="loosen")


def test_retired_checks_stay_with_the_reason_and_do_not_come_back(loaded: Path, cli: Cli) -> None:
    mt.accept_checks(suggested()["InSet(carrier)"])
    answer = cli("check", "retire", "load", "InSet(carrier)", "--reason", "open to all")
    assert answer.returncode == 0, answer.stderr
    assert "open to all" in answer.stdout
    (filed,) = read_check_file(loaded).checks
    assert filed.is_retired
    assert filed.reason == "open to all"
    assert "InSet(carrier)" not in suggested()
    assert cli("check", "retire", "load", "InSet(carrier)", "--reason", "again").returncode == 2


def test_the_table_fits_eighty_columns_and_says_what_all_cost(loaded: Path, cli: Cli) -> None:
    answer = cli("check", "suggest", "load")
    assert answer.returncode == 0, answer.stderr
    assert max(map(len, answer.stdout.splitlines())) <= 80
    assert "FALSE ALARMS" in answer.stdout
    assert "of runs, of 1 % allowed." in answer.stdout
    assert cli("check", "suggest", "load", "--format", "csv").stdout.startswith("name,component")


def test_little_history_speaks_for_nothing_and_says_so(
    store: Path, workdir: Path, cli: Cli
) -> None:
    load(1)
    found = mt.suggest_checks("load")
    assert not found
    assert found.notes == ("No table of it was seen in 3 partitions yet.",)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("suggest", "laod"), "No component 'laod'. Did you mean 'load'?"),
        (("suggest", "load", "--false-alarms", "2"), "is not in the range"),
        (("accept", "load"), "Give --all, or --check for each"),
        (("accept", "load", "--check", "InSet(carier)"), "Did you mean 'InSet(carrier)'"),
        (("retire", "load", "InSet(carrier)"), "Missing option '--reason'"),
    ],
)
def test_mistakes_are_explained(
    loaded: Path, cli: Cli, arguments: tuple[str, ...], said: str
) -> None:
    answer = cli("check", *arguments)
    assert answer.returncode == 2
    assert said in answer.stderr


@pytest.mark.parametrize("options", [{"false_alarms": 0}, {"kind": "better"}])
def test_options_that_cannot_be_are_refused(loaded: Path, options: dict[str, Any]) -> None:
    with pytest.raises(mt.ArgumentError):
        mt.suggest_checks("load", **options)
    with pytest.raises(mt.ArgumentError, match="say why"):
        mt.retire_checks("load", "InSet(carrier)", reason=" ")
