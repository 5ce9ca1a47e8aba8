"""`mltrace exec --auto` finds the files that a tree of processes opens."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt
from mltrace.capture.command import strace

if TYPE_CHECKING:
    from collections.abc import Callable

Done = subprocess.CompletedProcess[str]
OBSTACLE = strace.why_not()

needs_strace = pytest.mark.skipif(OBSTACLE is not None, reason=OBSTACLE or "")


@pytest.fixture
def auto(cli: Callable[..., Done], store: Path, workdir: Path) -> Callable[..., mt.Run]:
    """Run a command under `mltrace exec --auto` and give back its run."""

    def _auto(*arguments: str, **env: str | None) -> mt.Run:
        done = cli("exec", "--auto", *arguments, **env)
        assert (done.returncode, done.stderr) == (0, "")
        return mt.recent(limit=1)[0]

    return _auto


@pytest.fixture
def python(auto: Callable[..., mt.Run], workdir: Path) -> Callable[[str], mt.Run]:
    """Run a Python program under `mltrace exec --auto`."""

    def _python(source: str) -> mt.Run:
        path = workdir / "job.py"
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        return auto("--", sys.executable, "job.py")

    return _python


def _inputs(run: mt.Run) -> list[str]:
    return sorted(ref.name for ref in run.inputs)


def _outputs(run: mt.Run) -> list[str]:
    return sorted(ref.name for ref in run.outputs)


@needs_strace
class TestOpens:
    def test_reads_and_writes(self, python: Callable[[str], mt.Run], workdir: Path) -> None:
        Path("raw.csv").write_text("raw")
        Path("untouched.csv").write_text("untouched")
        run = python(
            """
            content = open("raw.csv").read()
            open("clean.csv", "w").write(content)
            open("scratch", "w").close()
            import os
            os.unlink("scratch")
            """
        )
        assert (_inputs(run), _outputs(run)) == (["raw.csv"], ["clean.csv"])
        assert [step.run.id for step in mt.trace("clean.csv").steps] == [run.id]
        assert all(ref.digest for ref in (*run.inputs, *run.outputs))

    def test_what_is_made_first_is_no_input(self, python: Callable[[str], mt.Run]) -> None:
        Path("old.csv").write_text("of last week")
        run = python(
            """
            import os
            open("old.csv", "w").write("new")
            open("old.csv").read()
            open("made.csv", "x").write("x")
            open("made.csv", "r+").read()
            os.close(os.open("born.csv", os.O_RDWR | os.O_CREAT))
            """
        )
        assert (_inputs(run), _outputs(run)) == ([], ["born.csv", "made.csv", "old.csv"])

    def test_file_moved_into_place_is_written(self, python: Callable[[str], mt.Run]) -> None:
        Path("model.txt").write_text("old")
        Path("raw.csv").write_text("raw")
        run = python(
            """
            import os
            os.makedirs("out.tmp/part")
            open("out.tmp/part/0.csv", "w").write(open("raw.csv").read())
            os.rename("out.tmp", "out")
            open(".model.tmp", "w").write("new")
            os.replace(".model.tmp", "model.txt")
            open("one", "w").write("linked")
            os.link("one", "two")
            os.unlink("one")
            """
        )
        assert _inputs(run) == ["raw.csv"]
        assert _outputs(run) == ["model.txt", "out/part/0.csv", "two"]

    def test_change_in_place_is_read_and_written(self, python: Callable[[str], mt.Run]) -> None:
        Path("log.txt").write_text("before")
        Path("table.txt").write_text("before")
        Path("seen.txt").write_text("seen")
        run = python(
            """
            open("log.txt", "a").write("more")
            content = open("table.txt").read()
            open("table.txt", "w").write(content + "more")
            open("seen.txt", "r+").read()
            """
        )
        assert _inputs(run) == ["log.txt", "seen.txt", "table.txt"]
        assert _outputs(run) == ["log.txt", "table.txt"]
        digests = {ref.name: ref.digest for ref in run.inputs}
        assert digests["log.txt"] is None
        assert digests["table.txt"] is None
        assert digests["seen.txt"] is not None

    def test_folder_and_name_of_a_file_may_be_odd(self, python: Callable[[str], mt.Run]) -> None:
        folder = Path('a "b" <c>, (ü) \\d')
        folder.mkdir()
        (folder / "raw\tfile").write_text("raw")
        run = python(
            f"""
            import os
            os.chdir({str(folder)!r})
            os.rename("raw\\tfile", "moved")
            open("../= 3", "w").write(open("moved").read())
            """
        )
        assert _outputs(run) == ["= 3", f"{folder}/moved"]

    def test_whole_tree_of_processes_is_seen(self, auto: Callable[..., mt.Run]) -> None:
        Path("raw.csv").write_text("b\na\n")
        line = "(mkdir d && cd d && (sort ../raw.csv & wait) | tee sorted.csv | wc -l >count)"
        run = auto("--", "sh", "-c", f'{line} && env -i {sys.executable} -c \'open("last", "w")\'')
        assert (_inputs(run), _outputs(run)) == (["raw.csv"], ["d/count", "d/sorted.csv", "last"])

    def test_file_of_a_named_folder_is_logged_with_it(self, auto: Callable[..., mt.Run]) -> None:
        run = auto("--write=parts", "--", "sh", "-c", "mkdir parts; echo 1 >parts/1; echo 2 >two")
        assert _outputs(run) == ["parts", "two"]

    def test_script_is_code_not_data(self, auto: Callable[..., mt.Run]) -> None:
        Path("sum.awk").write_text("{s+=$1} END {print s}")
        Path("raw.csv").write_text("1\n")
        run = auto("awk", "-f", "sum.awk", "raw.csv")
        assert _inputs(run) == ["raw.csv"]
        assert run.code == "{s+=$1} END {print s}"

    def test_named_files_count_beside_those_found(self, auto: Callable[..., mt.Run]) -> None:
        Path("table.csv").write_text("b\na\n")
        Path("folder").mkdir()
        Path("folder/part").write_text("1")
        run = auto(
            *("--read", "table.csv", "--read", "folder", "--write", "table.csv"),
            *("--", "sh", "-c", "sort -o table.csv table.csv; cat folder/part >/dev/null"),
        )
        assert _inputs(run) == ["folder", "table.csv"]
        assert _outputs(run) == ["table.csv"]
        assert all(ref.digest for ref in run.inputs)

    @pytest.mark.skipif(shutil.which("sqlite3") is None, reason="sqlite3 is not installed")
    def test_sqlite_database(self, auto: Callable[..., mt.Run]) -> None:
        made = auto("sqlite3", "x.db", "create table t(x); insert into t values (1);")
        assert (_inputs(made), _outputs(made)) == ([], ["x.db"])
        asked = auto("sqlite3", "x.db", "select * from t")
        assert (_inputs(asked), _outputs(asked)) == (["x.db"], [])
        assert asked.upstream == (made.id,)
        changed = auto("sqlite3", "x.db", "insert into t values (2)")
        assert (_inputs(changed), _outputs(changed)) == (["x.db"], ["x.db"])
        assert changed.upstream == (made.id,)

    def test_store_and_machine_are_no_data(self, python: Callable[[str], mt.Run]) -> None:
        run = python(
            """
            import json, mltrace as mt
            open("/etc/hostname").read()
            open("/dev/null").read()
            open("mltrace.toml", "w").close()

            @mt.component
            def inner():
                open("inner.csv", "w").write("1")
                return mt.File("inner.csv")

            inner()
            """
        )
        assert (_inputs(run), _outputs(run)) == ([], ["inner.csv"])

    def test_inside_another_one_is_said_to_be_impossible(
        self, cli: Callable[..., Done], store: Path, workdir: Path
    ) -> None:
        Path("raw.csv").write_text("raw")
        inner = [sys.executable, "-m", "mltrace", "exec", "--auto", "--", "cat", "raw.csv"]
        done = cli("exec", "--auto", "--component=outer", "--", *inner)
        assert (done.returncode, done.stdout) == (0, "raw")
        assert "inside one that is traced already, by `mltrace exec --auto`" in done.stderr
        assert "SYS_PTRACE" not in done.stderr
        assert len(done.stderr.splitlines()) == 1
        inside, outside = mt.recent()
        assert _inputs(outside) == ["raw.csv"]
        assert inside.parent_id == outside.id

    def test_daemon_is_left_alone(self, store: Path, workdir: Path) -> None:
        os.mkfifo("go")
        os.mkfifo("answer")
        daemon = "(read x <go; cat raw >answer) >/dev/null </dev/null &"
        done = subprocess.run(
            [sys.executable, "-m", "mltrace", "exec", "--auto", "--", "sh", "-c", daemon],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(Path(str(mt.__file__)).parents[1])},
        )
        assert done.stdout == b""
        assert mt.recent()[0].status == "succeeded"
        Path("raw").write_text("read by the daemon")
        Path("go").write_text("x\n")
        assert Path("answer").read_text() == "read by the daemon"


def test_missing_strace_is_said_and_globs_count(
    cli: Callable[..., Done], store: Path, workdir: Path
) -> None:
    (workdir / "bin").mkdir()
    for name in ("sh", "cat"):
        (workdir / "bin" / name).symlink_to(str(shutil.which(name)))
    command = ("--read", "raw.csv", "--", "sh", "-c", "cat raw.csv > out.csv; exit 3")
    Path("raw.csv").write_text("raw")
    done = cli("exec", "--auto", "--write=out.csv", *command, PATH=str(workdir / "bin"))
    assert done.returncode == 3
    assert done.stderr == (
        "mltrace: --auto finds no files: strace is not here; install it: apt-get install strace, "
        "or the like. What --read, --write and redirections name counts.\n"
    )
    (run,) = mt.recent()
    assert (_inputs(run), _outputs(run)) == (["raw.csv"], ["out.csv"])
