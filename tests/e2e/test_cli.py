"""The command line over a store that a small decorated pipeline filled."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import mltrace
from mltrace.cli import main
from mltrace.errors import MltraceError

PIPELINE = """
from pathlib import Path
import mltrace as mt

@mt.component(owner="data-eng", tags=["demo", "flights"], description="Tidy the raw file.")
def clean(raw: Path, month: int):
    out = Path("clean.csv")
    out.write_text(raw.read_text().upper())
    return out

@mt.component(owner="ml", tags=["demo"])
def features(clean: Path):
    out = Path("features.csv")
    out.write_text(clean.read_text() * 2)
    return out

@mt.component(owner="ml")
def train(features: Path, clean: Path):
    out = Path("model.txt")
    out.write_text(features.read_text() + clean.read_text())
    return out

@mt.component(owner="ml")
def explode(features: Path):
    raise ValueError("no rows left: ünïcode")

Path("raw.csv").write_text("a,b\\n1,2\\n")
cleaned = clean(Path("raw.csv"), month=3)
featured = features(cleaned)
train(featured, cleaned)
try:
    explode(featured)
except ValueError:
    pass
"""


def environment(**more: str) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("MLTRACE")}
    return {**kept, "PYTHONPATH": str(Path(mltrace.__path__[0]).parent), **more}


def run_cli(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "mltrace", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment(**more), capture_output=True, check=False, timeout=60
    )


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pipeline")
    (folder / "pipeline.py").write_text(PIPELINE)
    command = [sys.executable, "pipeline.py"]
    subprocess.run(command, cwd=folder, env=environment(), check=True, timeout=60)
    return folder


@pytest.fixture
def folder(pipeline: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("MLTRACE")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(pipeline)
    return pipeline


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def ask_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(ask(capsys, *arguments, "--format", "json"))


@pytest.mark.usefixtures("folder")
class TestVerbs:
    def test_recent_lists_the_newest_first(self, capsys: pytest.CaptureFixture[str]) -> None:
        runs = ask_json(capsys, "recent")
        assert [run["component"] for run in runs] == ["explode", "train", "features", "clean"]
        text = ask(capsys, "recent")
        assert "✗ failed" in text
        assert "ValueError" in text
        assert all(len(line) <= 80 for line in text.splitlines())

    def test_recent_narrows_down(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert len(ask_json(capsys, "recent", "--limit", "2")) == 2
        assert len(ask_json(capsys, "recent", "--status", "failed")) == 1
        assert len(ask_json(capsys, "recent", "--component", "clean")) == 1
        assert len(ask_json(capsys, "recent", "--since", "1h")) == 4
        assert ask_json(capsys, "recent", "--until", "1h") == []
        assert "No run matches" in ask(capsys, "recent", "--until", "1h")

    def test_history_is_of_one_component(self, capsys: pytest.CaptureFixture[str]) -> None:
        runs = ask_json(capsys, "history", "train")
        assert [run["component"] for run in runs] == ["train"]

    def test_every_id_shown_is_taken_back(self, capsys: pytest.CaptureFixture[str]) -> None:
        ids = [run["id"] for run in ask_json(capsys, "recent")]
        table = ask(capsys, "recent")
        shown = [word for word in table.split() if len(word) > 7 and word in " ".join(ids)]
        assert len(set(shown)) == 4
        for prefix in shown:
            assert ask_json(capsys, "inspect", prefix)["id"].startswith(prefix)

    def test_inspect_shows_the_whole_run(self, capsys: pytest.CaptureFixture[str]) -> None:
        run = ask_json(capsys, "history", "explode")[0]
        text = ask(capsys, "inspect", run["id"])
        assert "ValueError: no rows left: ünïcode" in text
        assert "features.csv" in text
        assert "def explode" in ask(capsys, "inspect", run["id"], "--code")

    def test_trace_goes_back_to_the_source(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = ask(capsys, "trace", "model.txt")
        assert text.index("● train") < text.index("● features") < text.index("● clean")
        assert text.count("● clean") == 1
        assert "↑ clean" in text
        assert "source, no run wrote it" in text
        assert len(ask_json(capsys, "trace", "model.txt")["steps"]) == 3

    def test_impact_goes_forward(self, capsys: pytest.CaptureFixture[str]) -> None:
        impact = ask_json(capsys, "impact", "raw.csv")
        names = {step["run"]["component"] for step in impact["steps"]}
        assert names == {"clean", "features", "train", "explode"}
        assert "no run read it" in ask(capsys, "impact", "raw.csv")

    def test_components_and_tags(self, capsys: pytest.CaptureFixture[str]) -> None:
        owned = ask_json(capsys, "components", "--owner", "data-eng")
        assert [(one["name"], one["num_runs"]) for one in owned] == [("clean", 1)]
        assert len(ask_json(capsys, "components", "--tag", "demo")) == 2
        assert {tag["name"] for tag in ask_json(capsys, "tags")} == {"demo", "flights"}

    def test_flag_review_and_unflag(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert "flag OUTPUT" in ask(capsys, "review")
        assert "model.txt" in ask(capsys, "flag", "model.txt", "--reason", "it is wrong")
        flagged = ask_json(capsys, "flagged")
        assert [flag["reason"] for flag in flagged] == ["it is wrong"]
        assert "1 flagged output" in ask(capsys, "review")
        assert ask_json(capsys, "review")["suspects"]
        assert "⚑" in ask(capsys, "trace", "model.txt")
        ask(capsys, "unflag", "model.txt")
        assert ask_json(capsys, "flagged") == []

    def test_note_is_kept(self, capsys: pytest.CaptureFixture[str]) -> None:
        run = ask_json(capsys, "history", "clean")[0]["id"]
        ask(capsys, "note", run, "the feed was down")
        assert "the feed was down" in ask_json(capsys, "inspect", run)["notes"]

    def test_an_artifact_can_be_brought_back(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        saved = tmp_path / "then.csv"
        assert "The content is kept." in ask(capsys, "artifact", "clean.csv", "--save", str(saved))
        assert saved.read_text() == "A,B\n1,2\n"
        assert main(["artifact", "clean.csv", "--save", str(saved)]) == 2
        assert "exists already" in capsys.readouterr().err

    def test_columns_and_rows_of_an_artifact_can_be_brought_back_as_another_file(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        saved = tmp_path / "then.tsv"
        ask(
            capsys, "artifact", "clean.csv", "--columns", "B", "--rows", "-1:", "--save", str(saved)
        )
        assert saved.read_text() == '"B"\n2\n'
        for rows in ("1", "-:3", "a:b"):
            assert main(["artifact", "clean.csv", "--rows", rows, "--save", "x.csv"]) == 2
            assert "START:STOP" in capsys.readouterr().err
        assert main(["artifact", "clean.csv", "--columns", "b", "--save", "x.csv"]) != 0
        assert "Did you mean 'B'?" in capsys.readouterr().err
        assert main(["artifact", "clean.csv", "--columns", "B"]) == 2
        assert "add --save PATH" in capsys.readouterr().err
        assert main(["artifact", "clean.csv", "--rows", "0:1", "--save", "x.bin"]) == 2
        assert ".parquet, .csv" in capsys.readouterr().err

    def test_stale_and_sync_answer(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert "Nothing is stale" in ask(capsys, "stale")
        assert isinstance(ask_json(capsys, "sync"), dict)

    def test_csv_has_one_row_per_record(self, capsys: pytest.CaptureFixture[str]) -> None:
        rows = list(csv.DictReader(io.StringIO(ask(capsys, "recent", "--format", "csv"))))
        assert len(rows) == 4
        assert json.loads(rows[-1]["params"]) == {"month": 3}
        assert len(list(csv.reader(io.StringIO(ask(capsys, "--format=csv", "flagged"))))) == 1

    def test_options_may_stand_before_the_verb(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        before = json.loads(ask(capsys, "--format", "json", "recent"))
        assert before == ask_json(capsys, "recent")
        elsewhere = str(tmp_path / "other")
        assert json.loads(ask(capsys, "--store", elsewhere, "--format=json", "recent")) == []
        assert ask_json(capsys, "recent", "--store", elsewhere) == []
        assert elsewhere in ask(capsys, "recent", "--store", elsewhere).replace("\n", "")

    @pytest.mark.parametrize("verb", ["recent", "trace", "flag", "completion"])
    def test_every_verb_has_examples(self, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert "Examples:" in ask(capsys, verb, "--help")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["trcae", "model.txt"], "Did you mean 'trace'"),
        (["recent", "--limti", "3"], "--limit"),
        (["recent", "--limit", "0"], "limit"),
        (["recent", "--since", "yesterday-ish"], "yesterday-ish"),
        (["history", "trian"], "Did you mean 'train'"),
        (["trace", "modle.txt"], "model.txt"),
        (["inspect", "ffffffff"], "ffffffff"),
        (["unflag"], "--all"),
        (["unflag", "model.txt"], "model.txt"),
        (["recent", "--store", "nosuch://host/x"], "nosuch"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Error: ")
    assert said in captured.err
    assert "Traceback" not in captured.err


@pytest.mark.usefixtures("folder")
def test_a_damaged_store_is_exit_code_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "catalog.db").write_bytes(b"this is no database" * 500)
    assert main(["recent", "--store", str(tmp_path)]) == 3
    assert str(tmp_path) in capsys.readouterr().err
    monkeypatch.setenv("MLTRACE_DEBUG", "1")
    with pytest.raises(MltraceError, match="damaged"):
        main(["recent", "--store", str(tmp_path)])


def test_an_empty_store_says_what_to_do(tmp_path: Path) -> None:
    answer = run_cli(tmp_path, "recent")
    assert answer.returncode == 0
    assert b"@mt.component" in answer.stdout


def test_nothing_is_coloured_off_a_terminal(pipeline: Path) -> None:
    assert b"\x1b" not in run_cli(pipeline, "recent").stdout


def test_a_terminal_without_unicode_gets_ascii(pipeline: Path) -> None:
    answer = run_cli(pipeline, "trace", "model.txt", PYTHONIOENCODING="ascii")
    assert answer.returncode == 0
    assert answer.stdout.isascii()
    assert b"* train" in answer.stdout
    encoded = run_cli(pipeline, "recent", "--format=json", PYTHONIOENCODING="ascii").stdout
    assert "ünïcode" in json.loads(encoded)[0]["error"]["message"]


def test_a_reader_that_leaves_early_is_no_error(pipeline: Path) -> None:
    command = f"{sys.executable} -m mltrace recent --format json | head -c 1"
    answer = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=pipeline,
        env=environment(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (answer.returncode, answer.stderr, answer.stdout) == (0, b"", b"[")


def test_an_interrupt_is_exit_code_130(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del folder

    def interrupt(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("mltrace.cli.output.show", interrupt)
    assert main(["tags"]) == 130
    assert "Interrupted" in capsys.readouterr().err


def test_help_is_quick_because_it_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from mltrace.cli import main; main(['--help'])\n"
        "heavy = {'sqlalchemy', 'pandas', 'numpy', 'pyarrow', 'narwhals'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    assert b"Diagnosis:" in answer.stdout


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_completion_prints_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "_MLTRACE_COMPLETE" in ask(capsys, "completion", shell)


def test_the_shell_completes_names(pipeline: Path) -> None:
    def complete(words: str, folder: Path = pipeline) -> list[str]:
        count = str(len(words.split(" ")) - 1)
        more = {"COMP_WORDS": words, "COMP_CWORD": count, "_MLTRACE_COMPLETE": "bash_complete"}
        answer = run_cli(folder, **more)
        assert answer.stderr == b""
        return [line.partition(",")[2] for line in answer.stdout.decode().split("\n") if line]

    assert complete("mltrace tra") == ["trace"]
    assert complete("mltrace history tr") == ["train"]
    assert complete("mltrace trace mod") == ["model.txt"]
    assert complete("mltrace --store nosuch://x history tr") == []
