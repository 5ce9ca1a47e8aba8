"""The state of a repository is told truly, quickly, and without touching anything."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mltrace.capture import git
from mltrace.capture.git import git_state, repository_of

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs the git executable")


@pytest.fixture(autouse=True)
def _private_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    (tmp_path / "gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.org\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    git._repository_of.cache_clear()
    yield
    git._repository_of.cache_clear()


def run(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "protocol.file.allow=always", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    run(folder, "init", "--quiet")
    (folder / "model.py").write_text("a = 1\n")
    (folder / "data.bin").write_bytes(bytes(range(256)))
    (folder / ".gitignore").write_text("ignored/\n")
    run(folder, "add", ".")
    run(folder, "commit", "--quiet", "-m", "first")
    return folder


def state_of(folder: Path) -> git.GitState:
    state = git_state(str(folder))
    assert state is not None
    return state


def test_a_clean_repository(repository: Path) -> None:
    state = state_of(repository)
    assert state == git.GitState(commit=run(repository, "rev-parse", "HEAD"), is_dirty=False)


def test_the_repository_is_found_from_any_path_inside(repository: Path, tmp_path: Path) -> None:
    assert repository_of(str(repository / "deep" / "not" / "there.py")) == str(repository)
    assert repository_of(str(tmp_path)) is None
    assert repository_of("") == repository_of(os.getcwd())


def test_changes_are_told_apart_and_staging_is_not(repository: Path) -> None:
    (repository / "model.py").write_text("a = 2\n")
    first = state_of(repository)
    run(repository, "add", ".")
    staged = state_of(repository)
    (repository / "model.py").write_text("a = 3\n")
    second = state_of(repository)
    assert first.is_dirty
    assert first == staged
    assert first.diff_digest != second.diff_digest
    run(repository, "reset", "--quiet", "--hard")
    assert not state_of(repository).is_dirty


def test_a_byte_in_a_binary_file_changes_the_digest(repository: Path) -> None:
    digests = set()
    for byte in (b"x", b"y"):
        (repository / "data.bin").write_bytes(bytes(300) + byte)
        digests.add(state_of(repository).diff_digest)
    assert len(digests) == 2


def test_an_untracked_file_is_dirty_and_an_ignored_one_is_not(repository: Path) -> None:
    (repository / "ignored").mkdir()
    (repository / "ignored" / "data.csv").write_text("1")
    assert not state_of(repository).is_dirty
    (repository / "new.py").write_text("b = 1\n")
    assert state_of(repository).is_dirty


def test_a_repository_without_commits(tmp_path: Path) -> None:
    run(tmp_path, "init", "--quiet", "empty")
    folder = tmp_path / "empty"
    assert state_of(folder) == git.GitState(commit="", is_dirty=False)
    (folder / "a.py").write_text("a = 1\n")
    run(folder, "add", ".")
    first = state_of(folder)
    (folder / "a.py").write_text("a = 2\n")
    assert first.is_dirty
    assert None not in {first.diff_digest, state_of(folder).diff_digest}
    assert first.diff_digest != state_of(folder).diff_digest


def test_worktrees_and_submodules(repository: Path, tmp_path: Path) -> None:
    worktree = tmp_path / "worktree"
    run(repository, "worktree", "add", "--quiet", str(worktree))
    (worktree / "model.py").write_text("a = 5\n")
    assert repository_of(str(worktree / "model.py")) == str(worktree)
    assert state_of(worktree).is_dirty
    assert not state_of(repository).is_dirty
    run(repository, "submodule", "--quiet", "add", str(repository), "inner")
    run(repository, "commit", "--quiet", "-m", "inner")
    assert repository_of(str(repository / "inner" / "model.py")) == str(repository / "inner")
    assert state_of(repository / "inner").commit != ""
    (repository / "inner" / "model.py").write_text("a = 6\n")
    assert state_of(repository / "inner").is_dirty
    assert not state_of(repository).is_dirty


def test_ambient_variables_do_not_count(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = state_of(repository)
    run(tmp_path, "init", "--quiet", "other")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    assert state_of(repository) == expected
    assert not (tmp_path / "trace").exists()


def test_the_users_settings_run_nothing_and_change_nothing(
    repository: Path, tmp_path: Path
) -> None:
    (repository / "model.py").write_text("a = 7\n")
    plain = state_of(repository)
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    (repository / ".git" / "info" / "attributes").write_text("*.py diff=own\n")
    for name in ("core.fsmonitor", "diff.external", "diff.own.textconv", "core.pager"):
        run(repository, "config", name, str(program))
    for name, value in {
        "diff.noprefix": "true",
        "color.ui": "always",
        "diff.context": "9",
        "status.showUntrackedFiles": "no",
    }.items():
        run(repository, "config", name, value)
    hook = repository / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    shutil.copy(program, hook)
    assert state_of(repository) == plain
    assert not (tmp_path / "ran").exists()


def test_the_index_is_not_written_for_a_file_that_was_touched(repository: Path) -> None:
    (repository / "model.py").write_text("a = 7\n")
    plain = state_of(repository)
    index = repository / ".git" / "index"
    # Hours and minutes apart: what git does must not hang on how fast the test runs.
    os.utime(index, (time.time() - 3_600,) * 2)
    os.utime(repository / "data.bin", (time.time() - 60,) * 2)
    before = index.read_bytes()
    assert state_of(repository) == plain
    assert index.read_bytes() == before


def test_the_digest_covers_every_changed_file_whatever_its_name(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["a b.py", "*.py", ":(top)x", "é\n.py", "-n.py"]
    for name in names:
        (repository / name).write_text("a = 1\n")
    run(repository, "add", "--all")
    run(repository, "commit", "--quiet", "-m", "names")
    for name in names:
        (repository / name).write_text("a = 2\n")
    whole = state_of(repository).diff_digest
    monkeypatch.setattr(git, "_NUM_PATHS", 2)
    assert state_of(repository).diff_digest == whole
    digests = {whole}
    for name in names:
        (repository / name).write_text("a = 3\n")
        digests.add(state_of(repository).diff_digest)
    assert len(digests) == 1 + len(names)
    assert None not in digests


def test_without_git_there_is_no_state(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_state(str(repository)) is None


def test_a_git_that_hangs_is_ended(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text('#!/bin/sh\necho $$ > "$HOME/pid"\n/bin/sleep 60\n')
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(slow.parent))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(git, "TIMEOUT_SECONDS", 0.3)
    began = time.monotonic()
    assert git_state(str(repository)) is None
    assert time.monotonic() - began < 5
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_diff_too_long_has_no_digest(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "model.py").write_text("a = 1\n" * 20_000)
    monkeypatch.setattr(git, "MAX_DIFF_BYTES", 1000)
    state = state_of(repository)
    assert state.is_dirty
    assert state.diff_digest is None


def test_what_is_no_repository_has_no_state(tmp_path: Path) -> None:
    assert git_state(str(tmp_path)) is None
    assert git_state(str(tmp_path / "missing")) is None


def test_another_users_repository_has_no_state(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        git, "_KEPT_VARIABLES", git._KEPT_VARIABLES | {"GIT_TEST_ASSUME_DIFFERENT_OWNER"}
    )
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert git_state(str(repository)) is None
