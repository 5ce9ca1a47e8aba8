"""The command line, driven as a user drives it: through pipes."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from pathlib import Path

Cli = Callable[..., "subprocess.CompletedProcess[str]"]

LISTS = ["recent", "history train", "components", "tags", "flagged", "stale"]
SINGLES = ["inspect {id}", "trace scores.csv", "impact raw.csv", "review"]


def _arguments(verb: str) -> list[str]:
    return verb.format(id=mt.history("train")[0].id).split()


@pytest.fixture
def flagged(pipeline: Path) -> Path:
    mt.flag("scores.csv", reason="negative")
    return pipeline


@pytest.mark.parametrize("verb", LISTS + SINGLES)
def test_table_is_plain_and_fits_eighty_columns(flagged: Path, cli: Cli, verb: str) -> None:
    answer = cli(*_arguments(verb))
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip()
    assert "\x1b" not in answer.stdout + answer.stderr
    assert max(map(len, answer.stdout.splitlines())) <= 80
    assert cli(*_arguments(verb), "--format", "table").stdout.strip()


@pytest.mark.parametrize("verb", LISTS)
def test_lists_in_json_are_arrays_of_records(
    flagged: Path, cli_json: Callable[..., Any], verb: str
) -> None:
    name, *rest = _arguments(verb)
    wanted = getattr(mt, name)(*rest).to_dict()
    assert cli_json(*_arguments(verb)) == json.loads(json.dumps(wanted))


def test_single_answers_in_json_are_objects(flagged: Path, cli_json: Callable[..., Any]) -> None:
    run = mt.history("train")[0]
    wanted: dict[str, Any] = {
        f"inspect {run.id}": run,
        "trace scores.csv": mt.trace("scores.csv"),
        "impact raw.csv": mt.impact("raw.csv"),
        "review": mt.review(),
    }
    for verb, record in wanted.items():
        assert cli_json(*verb.split()) == json.loads(json.dumps(record.to_dict())), verb


@pytest.mark.parametrize("verb", LISTS + SINGLES)
def test_csv_has_a_header_and_rows(flagged: Path, cli: Cli, verb: str) -> None:
    answer = cli(*_arguments(verb), "--format", "csv")
    assert answer.returncode == 0, answer.stderr
    rows = list(csv.DictReader(io.StringIO(answer.stdout)))
    counts = {"recent": 3, "history train": 1, "components": 3, "tags": 2, "flagged": 1}
    counts |= {"trace scores.csv": 3, "impact raw.csv": 3}
    assert len(rows) == counts.get(verb, len(rows))
    assert all(None not in row for row in rows)


def test_inspect_takes_a_prefix_and_shows_the_run(store: Path, cli: Cli) -> None:
    @mt.component
    def fails(month: int) -> None:
        raise ValueError("no such month")

    with pytest.raises(ValueError, match="month"):
        fails(13)
    run = mt.recent()[0]
    answer = cli("inspect", run.id[:-2])
    assert answer.returncode == 0
    for part in (run.id, "fails", "failed", "month", "13", "ValueError", "no such month"):
        assert part in answer.stdout, part


def test_ids_shown_in_tables_can_be_typed_back(pipeline: Path, cli: Cli) -> None:
    for run in mt.recent():
        lines = [line for line in cli("recent").stdout.splitlines() if run.component in line]
        words = [word for line in lines for word in line.replace("…", " ").split()]
        assert any(
            len(word) >= 6 and word in run.id and _is_found(cli, word, run.id) for word in words
        ), lines


def _is_found(cli: Cli, word: str, run_id: str) -> bool:
    answer = cli("inspect", word, "--format", "json")
    return answer.returncode == 0 and json.loads(answer.stdout)["id"] == run_id


def test_flag_and_unflag(pipeline: Path, cli: Cli, cli_json: Callable[..., Any]) -> None:
    assert cli("flag", "scores.csv", "--reason", "looks off").returncode == 0
    (flag,) = cli_json("flagged")
    assert "looks off" in json.dumps(flag)
    assert len(mt.flagged()) == 1
    assert cli("unflag", "scores.csv").returncode == 0
    assert cli_json("flagged") == []
    for name in ("scores.csv", "model.txt"):
        cli("flag", name, "--reason", "x")
    assert cli("unflag", "--all").returncode == 0
    assert list(mt.flagged()) == []


def test_filters_and_limits(pipeline: Path, cli_json: Callable[..., Any]) -> None:
    assert [run["component"] for run in cli_json("recent", "--limit", "2")] == ["predict", "train"]
    assert len(cli_json("history", "clean", "--since", "1h", "--limit", "5")) == 1
    assert cli_json("history", "clean", "--until", "1h") == []
    assert [c["name"] for c in cli_json("components", "--tag", "model")] == ["train"]
    assert len(cli_json("components", "--owner", "ml")) == 2


def test_options_stand_before_or_after_the_verb(pipeline: Path, store: Path, cli: Cli) -> None:
    options = ["--store", os.environ["MLTRACE_URI"], "--format", "json"]
    before, after = cli(*options, "recent"), cli("recent", *options)
    assert before.returncode == after.returncode == 0
    assert before.stdout == after.stdout


def test_reader_that_leaves_early_sees_no_traceback(pipeline: Path, cli: Cli) -> None:
    command = f"{sys.executable} -m mltrace recent --format csv | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_store_option_wins_over_the_environment(pipeline: Path, store: Path, cli: Cli) -> None:
    uri = os.environ["MLTRACE_URI"]
    answer = cli("recent", "--store", uri, "--format", "json", MLTRACE_URI=str(store) + "-other")
    assert answer.returncode == 0, answer.stderr
    assert len(json.loads(answer.stdout)) == 3
    answer = cli("recent", "--store", f"{store}-other")
    assert answer.returncode == 3
    assert f"There is no store at {store}-other." in answer.stderr


@pytest.mark.parametrize(
    ("verb", "nearest"),
    [
        ("history trian", "train"),
        ("trace modle.txt", "model.txt"),
        ("impact raw.cvs", "raw.csv"),
        ("flag score.csv", "scores.csv"),
        ("rescent", "recent"),
        ("recent --fromat json", "--format"),
    ],
)
def test_unknown_names_exit_with_usage_and_nearest_matches(
    pipeline: Path, cli: Cli, verb: str, nearest: str
) -> None:
    answer = cli(*verb.split())
    assert answer.returncode == 2
    assert nearest in answer.stderr
    assert "Traceback" not in answer.stderr
    assert answer.stdout == ""


@pytest.mark.parametrize(
    "verb", ["history", "trace", "recent --limit none", "recent --format xml", "inspect zzzz", ""]
)
def test_wrong_use_exits_with_two(pipeline: Path, cli: Cli, verb: str) -> None:
    answer = cli(*verb.split())
    assert answer.returncode == 2 if verb else answer.returncode in {0, 2}
    assert "Traceback" not in answer.stderr


@pytest.mark.sqlite_only("damages the file of the catalog")
@pytest.mark.parametrize("damage", ["corrupt", "newer", "scheme"])
def test_store_that_cannot_be_used_exits_with_three(
    pipeline: Path, store: Path, cli: Cli, damage: str
) -> None:
    assert mt.recent()
    (catalog,) = [
        path
        for path in store.rglob("*")
        if path.is_file() and path.read_bytes()[:15] == b"SQLite format 3"
    ]
    option: list[str] = []
    if damage == "corrupt":
        for suffix in ("-wal", "-shm"):
            catalog.with_name(catalog.name + suffix).unlink(missing_ok=True)
        catalog.write_bytes(b"garbage " * 1000)
    elif damage == "newer":
        database = sqlite3.connect(catalog, isolation_level=None)
        database.execute("UPDATE store_info SET value = '9999' WHERE key LIKE '%version%'")
        database.close()
    else:
        option = ["--store", "nosuch://host/db"]
    answer = cli("recent", *option)
    assert answer.returncode in ({2, 3} if damage == "scheme" else {3})
    assert answer.stderr.strip()
    assert "Traceback" not in answer.stderr


def test_every_verb_of_the_issue_has_help(workdir: Path, cli: Cli) -> None:
    front = cli("--help").stdout
    verbs = (
        "recent history inspect components tags trace impact flag unflag flagged review stale note"
    )
    for verb in verbs.split():
        assert verb in front
        answer = cli(verb, "--help")
        assert answer.returncode == 0
        for option in ("--format", "--store"):
            assert option in answer.stdout, (verb, option)


def test_empty_store_says_what_to_do_next(store: Path, cli: Cli) -> None:
    answer = cli("recent")
    assert answer.returncode == 0
    assert "component" in answer.stdout


def test_note_lands_on_the_run(pipeline: Path, cli: Cli) -> None:
    run = mt.history("train")[0]
    assert cli("note", run.id, "naïve 模型").returncode == 0
    assert mt.run(run.id).notes == ("naïve 模型",)
    assert "naïve" in cli("inspect", run.id).stdout


def test_output_survives_a_terminal_that_knows_only_ascii(pipeline: Path, cli: Cli) -> None:
    mt.note(mt.history("train")[0], "naïve 模型")
    for verb in ("trace scores.csv", "inspect {id}", "recent"):
        answer = cli(*_arguments(verb), PYTHONIOENCODING="ascii", PYTHONUTF8="0")
        assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_offered(workdir: Path, cli: Cli, shell: str) -> None:
    answer = cli("completion", shell)
    assert answer.returncode == 0
    assert "mltrace" in answer.stdout
