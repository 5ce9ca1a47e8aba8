"""`mltrace exec` logs a run of any program and gets out of its way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable

Done = subprocess.CompletedProcess[str]
Cli = "Callable[..., Done]"


@pytest.fixture
def run(cli: Callable[..., Done], store: Path) -> Callable[..., Done]:
    """Run `mltrace exec` with arguments."""

    def _run(*arguments: str, **env: str | None) -> Done:
        return cli("exec", *arguments, **env)

    return _run


def _latest() -> mt.Run:
    return mt.recent(limit=1)[0]


def _names(refs: tuple[mt.ArtifactRef, ...]) -> list[str]:
    return [ref.name for ref in refs]


@pytest.mark.parametrize("status", [0, 1, 2, 3, 77, 255])
def test_exit_status_is_passed_through(run: Callable[..., Done], status: int) -> None:
    done = run("--", "sh", "-c", f"echo out; echo err >&2; exit {status}")
    assert (done.returncode, done.stdout, done.stderr) == (status, "out\n", "err\n")
    assert _latest().status == ("failed" if status else "succeeded")
    assert _latest().metrics["exit_status"] == status


def test_failure_keeps_the_end_of_standard_error(run: Callable[..., Done]) -> None:
    said = "'x' * 99999 + '\\n\\x1b[31mno rows left\\x1b[0m\\n'"
    source = f"import sys; sys.stderr.write({said}); sys.exit(3)"
    done = run("--", sys.executable, "-c", source)
    assert len(done.stderr) > 99999
    error = _latest().error
    assert error is not None
    assert error.message == "exit status 3: no rows left"
    assert error.traceback.endswith("xx\nno rows left")
    assert 16_000 < len(error.traceback) <= 16 * 1024


@pytest.mark.parametrize(
    ("program", "status", "why"),
    [("no-such-program", 127, "command not found"), ("./plain.txt", 126, "Permission denied")],
)
def test_program_that_cannot_start_is_a_failed_run(
    run: Callable[..., Done], program: str, status: int, why: str
) -> None:
    Path("plain.txt").write_text("no program")
    for option in ("--tag=x", "--auto"):
        done = run(option, program)
        assert done.returncode == status
        assert done.stderr == f"mltrace: {program}: {why}\n"
        error = _latest().error
        assert error is not None
        assert error.message == f"{program}: {why}"


def test_script_without_interpreter_line_is_the_shells(run: Callable[..., Done]) -> None:
    Path("job").write_text("echo hello $1\n")
    Path("job").chmod(0o755)
    for option in ("--tag=x", "--auto"):
        assert run(option, "./job", "you").stdout == "hello you\n"


def test_bytes_pass_unchanged(store: Path, workdir: Path) -> None:
    content = bytes(range(256)) * 5000
    source = str(Path(str(mt.__file__)).parents[1])
    done = subprocess.run(
        [sys.executable, "-m", "mltrace", "exec", "sh", "-c", "tee /dev/stderr"],
        input=content,
        capture_output=True,
        check=True,
        timeout=60,
        env=dict(os.environ, PYTHONPATH=source),
    )
    assert done.stdout == content
    assert done.stderr == content


def test_options_end_where_the_command_begins(run: Callable[..., Done]) -> None:
    done = run("--tag", "x", "echo", "--tag", "y", "--", "--format", "z")
    assert done.stdout == "--tag y -- --format z\n"
    assert run("--", "echo", "--help").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing argument"),
        (("--component", "x"), "Missing argument"),
        (("--param", "depth", "true"), "'depth' is not of the form name=value"),
        (("--param=depth=3", "--param=depth=4", "true"), "'depth' is given twice"),
        (("--component=", "true"), "'--component': it is empty"),
        (("--tag=demo", "--tag= ", "true"), "'--tag': it is empty"),
        (("--owner=", "true"), "'--owner': it is empty"),
        (("--componet", "x", "true"), "No such option"),
    ],
)
def test_wrong_usage_is_refused_before_anything_runs(
    run: Callable[..., Done], store: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert not store.exists()


def test_facts_of_a_run(run: Callable[..., Done], workdir: Path) -> None:
    Path("train.py").write_text("print('training')\n")
    options = ("--owner=ml", "--tag=demo", "--tag=nightly", "--param=depth=3", "--param=rate=0.5")
    more = ("--param=solver=lbfgs", "--param=is_cold=true", "--param=api_key=abc")
    done = run(*options, *more, "--", sys.executable, "train.py", "--password=x", "--seed", "1")
    assert done.stdout == "training\n"
    logged = _latest()
    assert logged.component == "train"
    assert logged.params == {
        "command": f"{sys.executable} train.py --password='(hidden)' --seed 1",
        "depth": 3,
        "rate": 0.5,
        "solver": "lbfgs",
        "is_cold": True,
        "api_key": "(hidden)",
    }
    assert logged.code == "print('training')\n"
    (component,) = mt.components()
    assert (component.owner, component.tags) == ("ml", ("demo", "nightly"))
    content = b"".join(path.read_bytes() for path in workdir.parent.rglob("*") if path.is_file())
    assert b"password=x" not in content


@pytest.mark.parametrize("digits", ["1234567890123456789012345678901", "-9223372036854775809"])
def test_number_too_long_to_log_is_the_text_that_was_typed(
    run: Callable[..., Done], digits: str
) -> None:
    run(f"--param=id={digits}", "--param=most=18446744073709551615", "true")
    assert _latest().params == {"command": "true", "id": digits, "most": 2**64 - 1}


def test_exit_status_is_shown_as_a_whole_number(
    run: Callable[..., Done], cli: Callable[..., Done]
) -> None:
    run("false")
    assert "exit_status  1\n" in cli("inspect", _latest().id).stdout


def test_changed_script_is_changed_code(run: Callable[..., Done]) -> None:
    digests = set()
    for text in ("print 1", "print 2", "print 2"):
        Path("sum.awk").write_text(f"BEGIN {{ {text} }}")
        run("awk", "-f", "sum.awk")
        digests.add(_latest().code_digest)
    assert len(digests) == 2
    assert {logged.component for logged in mt.recent()} == {"sum"}


def test_globs_name_what_is_read_and_written(run: Callable[..., Done]) -> None:
    for name in ("raw/a/1.csv", "raw/b/2.csv", "raw/notes.txt", "out/old.csv"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(name)
    command = "cat raw/a/1.csv raw/b/2.csv > out/new.csv"
    done = run("--read", "raw/**/*.csv", "--write=out/*.csv", "--", "sh", "-c", command)
    assert (done.returncode, done.stderr) == (0, "")
    assert _names(_latest().inputs) == ["raw/a/1.csv", "raw/b/2.csv"]
    assert _names(_latest().outputs) == ["out/new.csv"]
    assert [run.component for run in _runs("out/new.csv")] == ["sh"]


def _runs(output: str) -> list[mt.Run]:
    return [step.run for step in mt.trace(output).steps]


def test_existing_path_is_taken_literally(run: Callable[..., Done]) -> None:
    for name in ("data[1].csv", "data1.csv"):
        Path(name).write_text(name)
    run("--read", "data[1].csv", "true")
    assert _names(_latest().inputs) == ["data[1].csv"]


def test_uri_is_an_artifact_that_nobody_fetches(run: Callable[..., Done]) -> None:
    uri = "s3://bucket/raw.csv"
    run("--read", uri, "--write", "s3://bucket/clean.csv", "true")
    assert _names(_latest().inputs) == [uri]
    assert _names(_latest().outputs) == ["s3://bucket/clean.csv"]
    run("--write", "s3://bucket/clean.csv", "false")
    assert _latest().outputs == ()


def test_folder_is_an_artifact(run: Callable[..., Done]) -> None:
    Path("parts").mkdir()
    Path("parts/0.csv").write_text("0")
    run("--component=make", "--write=parts", "--", "sh", "-c", "echo 1 > parts/1.csv")
    run("--component=use", "--read=parts", "--write=sum", "--", "sh", "-c", "cat parts/* > sum")
    assert [one.component for one in _runs("sum")] == ["use", "make"]
    assert [one.component for one in _runs("parts/1.csv")] == ["make"]


def test_change_in_place_is_read_before_and_written_after(run: Callable[..., Done]) -> None:
    Path("table.csv").write_text("b\na\n")
    command = ("--", "sort", "-o", "table.csv", "table.csv")
    run("--read", "table.csv", "--write", "table.csv", *command)
    (before,), (after,) = _latest().inputs, _latest().outputs
    assert before.digest != after.digest
    assert before.name == after.name == "table.csv"


def test_output_by_redirection_is_written_even_if_nothing_changed(
    run: Callable[..., Done], workdir: Path
) -> None:
    source = str(Path(str(mt.__file__)).parents[1])
    line = f"{sys.executable} -m mltrace exec --write 'empty.*' -- true > empty.csv"
    subprocess.run(
        ["sh", "-c", line], check=True, timeout=60, env={**os.environ, "PYTHONPATH": source}
    )
    assert _names(_latest().outputs) == ["empty.csv"]


def test_pattern_that_matches_nothing_is_said(run: Callable[..., Done]) -> None:
    done = run("--read", "raw-*.csv", "--write", "out-*.csv", "true")
    assert done.returncode == 0
    assert done.stderr == (
        "mltrace: --read raw-*.csv: there is no such file\n"
        "mltrace: --write out-*.csv: there is no such file after the command\n"
    )


def test_untouched_file_is_not_written(run: Callable[..., Done]) -> None:
    Path("old.csv").write_text("old")
    run("--write", "old.csv", "true")
    assert _latest().outputs == ()


def test_store_option_names_the_store(run: Callable[..., Done], workdir: Path) -> None:
    run("--store", "elsewhere", "--", "sh", "-c", "echo $MLTRACE_URI")
    assert len(mt.Workspace("elsewhere").recent()) == 1
    assert len(mt.recent()) == 0


def test_command_knows_its_run_and_store_wherever_it_goes(
    run: Callable[..., Done], workdir: Path
) -> None:
    done = run("sh", "-c", "cd / && echo $MLTRACE_PARENT $MLTRACE_URI", MLTRACE_URI="near")
    parent, uri = done.stdout.split()
    assert uri == str(workdir / "near")
    assert parent == mt.Workspace(uri).recent()[0].id


def test_kept_values_go_where_the_settings_say_wherever_the_command_goes(
    run: Callable[..., Done], workdir: Path
) -> None:
    line = "cd / && echo $MLTRACE_ARTIFACTS"
    assert run("sh", "-c", line, MLTRACE_ARTIFACTS="kept").stdout == f"{workdir}/kept\n"
    assert run("sh", "-c", line).stdout == "\n"


def test_disabled_means_the_command_alone(run: Callable[..., Done], workdir: Path) -> None:
    done = run("sh", "-c", "echo $$ $PPID ${MLTRACE_PARENT-none}; exit 5", MLTRACE_DISABLED="1")
    assert done.returncode == 5
    assert done.stdout.split()[1:] == [str(os.getpid()), "none"]
    assert run("no-such-program", MLTRACE_DISABLED="1").returncode == 127
    assert list(workdir.parent.rglob("*.jsonl")) == []


@pytest.mark.parametrize("uri", ["nosuch://host/db", "file.txt/store", "/proc/store", "sqlite:///"])
def test_bad_store_costs_one_line(run: Callable[..., Done], uri: str) -> None:
    Path("file.txt").write_text("a file, not a folder")
    command = ("--write", "out.csv", "--", "sh", "-c", "echo 1 | tee out.csv; exit 4")
    done = run(*command, MLTRACE_URI=uri)
    assert (done.returncode, done.stdout) == (4, "1\n")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("mltrace: this run is not logged: ")


def test_bad_setting_costs_one_line(run: Callable[..., Done]) -> None:
    done = run("true", MLTRACE_DISABLED="maybe")
    assert done.returncode == 0
    assert "MLTRACE_DISABLED='maybe'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_vanished_working_folder_is_no_obstacle(run: Callable[..., Done], workdir: Path) -> None:
    line = f"mkdir gone; cd gone; rmdir ../gone; {sys.executable} -m mltrace exec echo fine"
    source = str(Path(str(mt.__file__)).parents[1])
    done = subprocess.run(
        ["sh", "-c", line],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONPATH": source},
    )
    assert done.stdout == "fine\n"
    assert len(done.stderr.splitlines()) <= 1


def test_python_starts_a_command_that_knows_its_parent(store: Path, workdir: Path) -> None:
    with mt.Component("nightly").start() as nightly:
        environment = nightly.environment()
    assert environment["MLTRACE_PARENT"] == nightly.id
    assert environment["MLTRACE_URI"] == os.environ["MLTRACE_URI"]
    assert environment["PATH"] == os.environ["PATH"]


def test_no_run_has_the_plain_environment(store: Path) -> None:
    assert mt.current_run().environment() == dict(os.environ)


def test_imports_stay_light(store: Path, script: Callable[..., str]) -> None:
    loaded = script(
        """
        import sys
        from mltrace.cli import main
        main(["exec", "true"])
        heavy = "sqlalchemy numpy narwhals pyarrow pandas importlib.metadata subprocess"
        print([name for name in heavy.split() if name in sys.modules])
        """
    )
    assert json.loads(loaded.replace("'", '"')) in ([], ["subprocess"])


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="sqlite3 is not installed")
def test_sqlite_script_on_standard_input_is_the_code(run: Callable[..., Done]) -> None:
    Path("load.sql").write_text("create table t(x);\n")
    source = str(Path(str(mt.__file__)).parents[1])
    line = f"{sys.executable} -m mltrace exec --write t.db -- sqlite3 t.db < load.sql"
    subprocess.run(
        ["sh", "-c", line], check=True, timeout=60, env={**os.environ, "PYTHONPATH": source}
    )
    assert _latest().code == "create table t(x);\n"
    assert _names(_latest().outputs) == ["t.db"]
