"""Runs that would read retracted data: they warn, or are blocked before their function runs."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import mltrace as mt
from mltrace.capture import refusing

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

RAW = "user\nalice\nbob\n"
CLEAN = "user\nbob\n"
called: list[str] = []


@mt.component
def clean(source: str, target: str) -> None:
    called.append("clean")
    Path(target).write_text(Path(source).read_text().upper())


@mt.component
def train(data: str, model: str) -> None:
    called.append("train")
    Path(model).write_text(f"model of {Path(data).read_text()}")


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    called.clear()
    refusing._said.clear()
    monkeypatch.delenv("MLTRACE_RETRACTION", raising=False)
    monkeypatch.delenv("MLTRACE_RETRACTION_GRACE", raising=False)


@pytest.fixture
def labelled(store: Path) -> Path:
    Path("raw.csv").write_text(RAW)
    clean("raw.csv", "clean.csv")
    mt.subject(["alice", "bob"], on="raw.csv")
    called.clear()
    return store


@pytest.fixture
def blocked(labelled: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MLTRACE_RETRACTION", "block")
    mt.retract("alice")
    return labelled


def _check(component: str) -> mt.CheckResult:
    (check,) = mt.history(component)[0].checks
    return check


def test_run_that_reads_retracted_data_warns_and_goes_on(
    labelled: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mt.retract("alice")
    with caplog.at_level(logging.WARNING, logger="mltrace"):
        clean("raw.csv", "clean.csv")
        clean("raw.csv", "clean.csv")
    assert called == ["clean", "clean"]
    assert len(caplog.records) == 1  # once for each version and process
    assert "raw.csv@" in caplog.text
    assert "alice" not in caplog.text
    check = _check("clean")
    assert (check.check, check.test, check.when) == ("retraction", "inputs", "before")
    assert (check.status, check.severity) == ("failed", "warn")


def test_blocked_run_does_not_run_its_function(blocked: Path) -> None:
    with pytest.raises(mt.RetractedError, match=r"clean was not run: .*raw\.csv@") as caught:
        clean("raw.csv", "clean.csv")
    assert isinstance(caught.value, mt.CheckFailed)
    assert called == []
    run = mt.history("clean")[0]
    assert run.status == "failed"
    assert run.error is not None
    assert run.error.type.endswith("RetractedError")
    assert run.checks == caught.value.results
    assert run.checks[0].severity == "block"


def test_what_was_made_from_the_data_before_is_blocked_as_well(blocked: Path) -> None:
    with pytest.raises(mt.RetractedError, match=r"clean\.csv@"):
        train("clean.csv", "model.txt")
    assert called == []


def test_checks_of_the_user_do_not_see_retracted_data(blocked: Path) -> None:
    seen = []

    def look(source: str) -> None:
        seen.append(source)

    @mt.component(before=[look])
    def peek(source: str) -> None: ...

    with pytest.raises(mt.RetractedError, match="peek was not run"):
        peek("raw.csv")
    assert seen == []


def test_grace_period_is_over_at_its_end(labelled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACE_RETRACTION", "block")
    monkeypatch.setenv("MLTRACE_RETRACTION_GRACE", "7d")
    report = mt.retract("alice")
    assert report.block_from is not None
    assert report.retracted_at is not None
    assert (report.block_from - report.retracted_at).days == 7
    clean("raw.csv", "clean.csv")
    assert "on it is blocked" in _check("clean").message
    monkeypatch.setenv("MLTRACE_RETRACTION_GRACE", "0d")
    with pytest.raises(mt.RetractedError, match="clean was not run"):
        clean("raw.csv", "clean.csv")
    mt.retract("alice", grace="1h")  # what is said with the retraction counts before settings
    clean("raw.csv", "clean.csv")


def test_policy_of_the_file_is_followed(labelled: Path) -> None:
    Path("mltrace.toml").write_text('[retraction]\npolicy = "block"\ngrace = "0d"\n')
    mt.retract("alice")
    with pytest.raises(mt.RetractedError, match="clean was not run"):
        clean("raw.csv", "clean.csv")
    Path("mltrace.toml").write_text('retraction = "warn"\n')
    clean("raw.csv", "clean.csv")


def test_bad_policy_is_said_and_blocks_nothing(
    labelled: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mt.retract("alice")
    monkeypatch.setenv("MLTRACE_RETRACTION", "stop")
    with pytest.raises(mt.ConfigurationError, match="'stop' is unknown; use 'warn' or 'block'"):
        mt.retracted()
    clean("raw.csv", "clean.csv")
    assert called == ["clean"]
    assert "'stop' is unknown" in caplog.text


def test_misspelt_setting_blocks_nothing_which_a_command_before_tells(
    blocked: Path,
    caplog: pytest.LogCaptureFixture,
    cli: Callable[..., Any],
    script: Callable[..., str],
) -> None:
    Path("mltrace.toml").write_text('stale_aftr = "7d"\n')
    clean("raw.csv", "clean.csv")
    assert called == ["clean"]
    assert "'stale_aftr'" in caplog.text
    assert script(_STEP, "copy", "raw.csv", "one.csv") == "ran\n"
    answer = cli("retracted")
    assert answer.returncode == 2
    assert "'stale_aftr'" in answer.stderr


def test_rebuilding_goes_through_although_the_old_outputs_are_in_the_way(blocked: Path) -> None:
    Path("raw.csv").write_text(CLEAN)
    clean("raw.csv", "clean.csv")  # clean.csv holds retracted data, but is only written
    assert Path("clean.csv").read_text() == CLEAN.upper()
    assert mt.history("clean")[0].checks == ()
    train("clean.csv", "model.txt")
    assert mt.retract("alice").num_pending == 0


def test_component_that_reads_its_own_old_output_is_seen_at_the_end(blocked: Path) -> None:
    @mt.component
    def extend(data: str) -> None:
        Path(data).write_text(Path(data).read_text() + "more\n")

    Path("log.csv").write_text("old\n")
    extend("log.csv")
    mt.subject("alice", on="log.csv")
    mt.retracted()
    extend("log.csv")
    check = _check("extend")
    assert (check.status, check.severity) == ("failed", "warn")
    assert "not blocked, because this component wrote it last" in check.message
    assert len([one for one in mt.retract("alice").touched if one.name == "log.csv"]) == 2


def test_declared_input_is_blocked_though_its_reader_wrote_it_last(blocked: Path) -> None:
    @mt.component(inputs=["data"])
    def extend(data: str) -> None:
        called.append("extend")
        Path(data).write_text(Path(data).read_text() + "more\n")

    Path("log.csv").write_text("old\n")
    extend("log.csv")
    mt.subject("alice", on="log.csv")
    mt.retracted()
    with pytest.raises(mt.RetractedError, match="extend was not run"):
        extend("log.csv")
    assert called == ["extend"]


def test_blocks_of_code_are_blocked_at_entry_and_at_read(blocked: Path) -> None:
    frame = pd.DataFrame({"user": ["alice"]})
    mt.subject(frame["user"], on=frame)
    mt.retracted()
    entered = []
    with (
        pytest.raises(mt.RetractedError, match=r"totals was not run: .*frame@"),
        mt.Component("totals").start(frame=frame),
    ):
        entered.append(1)
    with (
        mt.Component("reading").start() as run,
        pytest.raises(mt.RetractedError, match=r"raw\.csv@"),
    ):
        run.read("raw.csv")
    assert entered == []
    assert mt.history("totals")[0].status == "failed"
    assert mt.history("reading")[0].checks[0].severity == "block"


async def _load(source: str) -> str:
    called.append("load")
    return source


def _items(source: str) -> Iterator[str]:
    called.append("items")
    yield source


def test_coroutines_and_generators_are_blocked(blocked: Path) -> None:
    import asyncio

    with pytest.raises(mt.RetractedError, match="was not run"):
        asyncio.run(mt.component(_load)("raw.csv"))
    with pytest.raises(mt.RetractedError, match="was not run"):
        list(mt.component(_items)("raw.csv"))
    assert called == []


def test_anonymising_component_is_blocked_but_hands_nothing_on(
    labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @mt.component(anonymising=True)
    def forget(source: str) -> pd.DataFrame:
        frame = pd.read_csv(source)
        return frame[frame["user"] != "alice"]

    monkeypatch.setenv("MLTRACE_RETRACTION", "block")
    mt.retract("alice")
    with pytest.raises(mt.RetractedError, match="forget was not run"):
        forget("raw.csv")
    monkeypatch.setenv("MLTRACE_RETRACTION", "warn")
    frame = forget("raw.csv")
    monkeypatch.setenv("MLTRACE_RETRACTION", "block")
    with mt.Component("use").start(frame=frame):
        called.append("use")
    assert called == ["use"]


def test_output_of_a_run_that_read_retracted_data_is_touched_at_once(
    labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mt.retract("alice")
    clean("raw.csv", "other.csv")
    with mt.Component("append").start() as run:
        run.read("other.csv")
        Path("third.csv").write_text("third")
        run.write("third.csv")
        monkeypatch.setenv("MLTRACE_RETRACTION", "block")
        with pytest.raises(mt.RetractedError, match=r"third\.csv@"):
            train("third.csv", "model.txt")
    mt.sync()
    with pytest.raises(mt.RetractedError, match=r"third\.csv@"):
        train("third.csv", "model.txt")


def test_undone_retraction_lets_runs_go_on(blocked: Path) -> None:
    mt.retract("alice", undo=True)
    clean("raw.csv", "clean.csv")
    assert mt.history("clean")[0].checks == ()


def test_data_retracted_while_a_run_reads_it_touches_what_it_writes(labelled: Path) -> None:
    with mt.Component("slow").start() as run:
        run.read("raw.csv")
        mt.retract("alice")
        Path("late.csv").write_text("late")
        run.write("late.csv")
    assert _check("slow").status == "failed"
    assert "late.csv" in [one.name for one in mt.retract("alice").touched]


_STEP = """
    import sys, mltrace as mt
    from pathlib import Path

    @mt.component(name=sys.argv[1])
    def step(source, target):
        Path(target).write_text(sys.argv[1] + Path(source).read_text())

    try:
        step(sys.argv[2], sys.argv[3])
    except mt.RetractedError:
        print("blocked")
    else:
        print("ran")
"""


def test_one_process_retracts_while_others_run(labelled: Path, script: Callable[..., str]) -> None:
    mt.retract("alice")
    assert script(_STEP, "copy", "raw.csv", "one.csv") == "ran\n"
    # Nobody has read the first process's facts yet.
    assert script(_STEP, "more", "one.csv", "two.csv", MLTRACE_RETRACTION="block") == "blocked\n"
    mt.retract("alice", undo=True)
    assert script(_STEP, "more", "one.csv", "two.csv", MLTRACE_RETRACTION="block") == "ran\n"


def test_process_killed_between_reading_and_writing_leaves_nothing_behind(
    labelled: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    mt.retract("alice")
    process = start(
        """
        import sys, time, mltrace as mt
        with mt.Component("dies").start() as run:
            run.read("raw.csv")
            open("part.csv", "w").write("part")
            run.write("part.csv")
            print("written", flush=True)
            time.sleep(600)
        """
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    process.kill()
    process.wait()
    report = mt.retract("alice")
    assert "part.csv" in [one.name for one in report.touched]
    assert mt.history("dies")[0].status == "aborted"
    assert (labelled / "touched.log").stat().st_size == 0


def test_corrupt_published_file_is_ignored_said_once_and_made_anew(
    blocked: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (blocked / "touched").write_bytes(b"12345678 {not what it was}")
    clean("raw.csv", "clean.csv")
    clean("raw.csv", "clean.csv")
    assert called == ["clean", "clean"]
    assert caplog.text.count("is damaged and ignored") == 1
    mt.recent()
    with pytest.raises(mt.RetractedError, match="clean was not run"):
        clean("raw.csv", "clean.csv")


def test_blocked_command_is_not_started(blocked: Path, cli: Callable[..., Any]) -> None:
    command = ("exec", "--component", "copy", "--read", "raw.csv", "--write", "out.csv", "--")
    answer = cli(*command, "cp", "raw.csv", "out.csv")
    assert answer.returncode == 1
    assert "copy was not run: it reads data that was retracted: raw.csv@" in answer.stderr
    assert not Path("out.csv").exists()
    assert mt.history("copy")[0].status == "failed"
    assert cli(*command, "cp", "raw.csv", "out.csv", MLTRACE_RETRACTION="warn").returncode == 0
    assert "out.csv" in [one.name for one in mt.retract("alice").touched]


def test_command_can_be_declared_anonymising(labelled: Path, cli: Callable[..., Any]) -> None:
    command = (
        "--read",
        "raw.csv",
        "--write",
        "total.txt",
        "--",
        "sh",
        "-c",
        "wc -l <raw.csv >total.txt",
    )
    assert cli("exec", "--component", "count", "--anonymising", *command).returncode == 0
    assert "total.txt" not in [one.name for one in mt.retract("alice").touched]
    assert cli("exec", "--component", "count", "--anonymising", *command).returncode == 0
    published = Path(labelled, "touched.log").read_bytes()
    assert b"count" not in published
    assert cli("exec", "--component", "count", "--no-anonymising", *command).returncode == 0
    assert "total.txt" in [one.name for one in mt.retract("alice").touched]


def test_disabled_mltrace_blocks_nothing(blocked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACE_DISABLED", "1")
    clean("raw.csv", "clean.csv")
    assert called == ["clean"]


def test_trivial_output_of_a_tainted_run_does_not_block_its_equals(
    labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @mt.component
    def nothing(source: str) -> pd.DataFrame:
        return pd.DataFrame({"user": []})

    nothing("raw.csv")
    monkeypatch.setenv("MLTRACE_RETRACTION", "block")
    mt.retract("alice")
    with mt.Component("elsewhere").start(frame=pd.DataFrame({"user": []})):
        called.append("elsewhere")
    assert called == ["elsewhere"]


def test_version_made_again_without_the_label_is_free(blocked: Path) -> None:
    @mt.component
    def header(source: str) -> str:
        Path("header.txt").write_text(Path(source).read_text().partition("\n")[0])
        return "header.txt"

    def _use() -> Any:
        return mt.component(name="use")(called.append)("header.txt")

    os.environ["MLTRACE_RETRACTION"] = "warn"  # the fixture puts it back
    header("raw.csv")
    os.environ["MLTRACE_RETRACTION"] = "block"
    with pytest.raises(mt.RetractedError, match=r"header\.txt@"):
        _use()
    Path("raw.csv").write_text(CLEAN)
    header("raw.csv")
    mt.retracted()
    _use()
    assert called == ["header.txt"]


def test_value_in_memory_is_no_output_to_be_though_its_reader_wrote_the_same(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []

    @mt.component
    def keep(rows: pd.DataFrame) -> pd.DataFrame:
        ran.append(len(rows))
        return rows.copy()

    rows = pd.DataFrame({"user": ["alice", "bob"], "minutes": [3, 5]})
    keep(rows)
    mt.subject(rows["user"], on=rows)
    mt.retract("alice")
    monkeypatch.setenv("MLTRACE_RETRACTION", "block")
    with pytest.raises(mt.RetractedError, match="keep was not run: it reads data"):
        keep(rows)
    assert ran == [2]
