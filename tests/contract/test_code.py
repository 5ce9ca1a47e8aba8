"""The code, commit and environment that a run had."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable


def test_source_of_the_function_is_kept(store: Path) -> None:
    @mt.component
    def secret_recipe(number: int) -> int:
        return number + 41

    secret_recipe(1)
    code = mt.recent()[0].code
    assert code is not None
    assert "number + 41" in code
    assert "def secret_recipe" in code


def test_source_of_other_letters_and_any_length_is_kept(
    store: Path, script: Callable[..., str]
) -> None:
    lines = "\n".join(f"    größe_{number} = 'žluťoučký 漢字 {number}'" for number in range(4000))
    script(
        "import mltrace as mt\n\n@mt.component\ndef lang():\n"
        f"{lines}\n    return größe_3999\n\nassert lang() == 'žluťoučký 漢字 3999'\n"
    )
    code = mt.recent()[0].code
    assert code is not None
    assert len(code.encode()) > 100_000
    assert lines in code


def test_source_in_another_encoding_is_kept(store: Path, script: Callable[..., str]) -> None:
    source = "# -*- coding: latin-1 -*-\nimport mltrace as mt\n\n@mt.component\n"
    source += "def work():\n    return 'größe'\n"
    Path("latin.py").write_bytes(source.encode("latin-1"))
    script("import sys\nsys.path.insert(0, '.')\nimport latin\nassert latin.work() == 'größe'")
    code = mt.recent()[0].code
    assert code is not None
    assert "größe" in code


def test_source_below_other_decorators_is_the_users(store: Path) -> None:
    import functools

    def other(function: Callable[[int], int]) -> Callable[[int], int]:
        @functools.wraps(function)
        def wrapper(number: int) -> int:
            return function(number)

        return wrapper

    @mt.component
    @other
    def inner(number: int) -> int:
        return number * 17

    inner(1)
    code = mt.recent()[0].code
    assert code is not None
    assert "number * 17" in code


def test_changed_code_shows(store: Path, script: Callable[..., str]) -> None:
    for number in (1, 2):
        script(f"import mltrace as mt\n@mt.component\ndef work():\n    return {number}\nwork()\n")
    codes = {run.code for run in mt.recent()}
    assert len(codes) == 2


def test_block_is_recorded_with_its_code(store: Path, script: Callable[..., str]) -> None:
    script(
        """
        import mltrace as mt

        with mt.Component("block").start() as run:
            run.param("answer", 6 * 7)
        """
    )
    code = mt.recent()[0].code
    assert code is None or "6 * 7" in code


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


JOB = "import mltrace as mt\n\n@mt.component\ndef work():\n    return 1\n\nwork()\n"


def _commit_job() -> str:
    _git("init", "-q")
    Path("job.py").write_text(JOB)
    _git("add", "job.py")
    _git("commit", "-q", "-m", "job")
    return _git("rev-parse", "HEAD")


RUN_JOB = "import runpy\nrunpy.run_path('job.py', run_name='__main__')"


def test_commit_and_dirty_flag_are_recorded(store: Path, script: Callable[..., str]) -> None:
    head = _commit_job()
    script(RUN_JOB)
    Path("job.py").write_text(JOB + "# changed\n")
    script(RUN_JOB)
    dirty, clean = mt.recent()
    assert clean.git_commit == dirty.git_commit == head
    assert clean.git_dirty is False
    assert dirty.git_dirty is True


def test_own_store_does_not_make_a_repository_dirty(
    workdir: Path, script: Callable[..., str]
) -> None:
    _commit_job()
    script(RUN_JOB)
    script(RUN_JOB)
    assert (workdir / ".mltrace").is_dir()
    assert [run.git_dirty for run in mt.recent()] == [False, False]
    assert _git("status", "--porcelain") == ""


def test_no_repository_means_no_commit(store: Path, script: Callable[..., str]) -> None:
    Path("job.py").write_text(JOB)
    script(RUN_JOB)
    (run,) = mt.recent()
    assert run.git_commit is None
    assert not run.git_dirty


def test_repository_without_commits_does_no_harm(store: Path, script: Callable[..., str]) -> None:
    _git("init", "-q")
    Path("job.py").write_text(JOB)
    script(RUN_JOB)
    (run,) = mt.recent()
    assert run.status == "succeeded"
    assert run.git_commit is None
