"""The state of the Git repository that a run's code is in, asked of the `git` executable.

Nothing of the user's setup is run or changed by asking: no hooks, no file-system monitor, no
external diff, no lock, no prompt, no index refresh; ambient variables such as GIT_DIR do not count.
"""

from __future__ import annotations

import functools
import os
import selectors
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Final

import msgspec
from blake3 import blake3

from mltrace.capture.guard import harmless
from mltrace.values.identity import absolute_path

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT_SECONDS: Final = 5.0
MAX_DIFF_BYTES: Final = 64 * 1024 * 1024
_MAX_STATUS_BYTES: Final = 4 * 1024 * 1024
_CHUNK_BYTES: Final = 64 * 1024
_EMPTY_TREE: Final = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_KEPT_VARIABLES: Final = frozenset(
    {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM", "GIT_EXEC_PATH"}
)
_SETTINGS: Final = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.quotePath": "true",
    "diff.mnemonicPrefix": "false",
    "diff.noprefix": "false",
    "diff.orderFile": os.devnull,
    "diff.suppressBlankEmpty": "false",
    "status.relativePaths": "false",
}
_COMMAND: Final = (
    "git",
    "--no-pager",
    *(part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")),
)
_STATUS: Final = (
    "status",
    "--porcelain=v2",
    "--branch",
    "--no-renames",
    "--untracked-files=normal",
    "--ignore-submodules=dirty",
    "-z",
)
_FIELDS_BEFORE_PATH: Final = {b"1": 8, b"u": 10}
"""The fields before the path, of a file that was changed and of one with conflicts."""
_NUM_PATHS: Final = 500
"""How many files one `git diff` is asked about: a command line holds so many."""
_DIFF: Final = (
    "diff",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-renames",
    "--full-index",
    "--ignore-submodules=dirty",
    "--submodule=short",
    "--diff-algorithm=myers",
    "--unified=3",
)


class GitState(msgspec.Struct, frozen=True, kw_only=True):
    """What a repository holds that its code could come from.

    Attributes
    ----------
    commit : str
        The commit checked out; empty if there is none yet.
    is_dirty : bool
        Whether a tracked file differs from the commit, or a file is neither tracked nor ignored: a
        pipeline can import a module that was never added.
    diff_digest : str or None
        Digest of the differences and the untracked names; equal for equal ones, however much of
        them is staged. None if clean, or if they take more than 5 s or 64 MiB to list.
    """

    commit: str
    is_dirty: bool
    diff_digest: str | None = None


class _GitError(Exception):
    """`git` refused, took too long or said too much."""


def repository_of(path: str) -> str | None:
    """Return the root of the repository or worktree that a file or folder is in, if in any.

    Parameters
    ----------
    path : str
        A path, existing or not; the answer is cached per folder.

    Examples
    --------
    >>> print(repository_of("/"))
    None
    """
    return _repository_of(absolute_path(path))


@harmless(default=None)
def git_state(repository: str) -> GitState | None:
    """Ask `git` for the commit, whether anything differs from it, and a digest of what does.

    Parameters
    ----------
    repository : str
        Its root, as `repository_of` tells it.

    Returns
    -------
    GitState or None
        None without a `git` executable, in 5 seconds without an answer, or if `git` refuses, as it
        does to read another user's repository that is not a `safe.directory`.

    Notes
    -----
    Takes two processes of about 5 ms each, one if nothing differs, and longer for large trees, so
    call it off the user's thread. Changes inside a submodule count once its own commit changes.
    """
    deadline = time.monotonic() + TIMEOUT_SECONDS
    try:
        status = b"".join(_ask(repository, _STATUS, deadline, max_bytes=_MAX_STATUS_BYTES))
    except (OSError, _GitError):
        return None
    entries = [entry for entry in status.split(b"\0") if entry]
    heads = [entry for entry in entries if entry.startswith(b"# branch.oid ")]
    if not heads:
        return None
    head = heads[0].split()[-1].decode("ascii", "replace")
    commit = "" if head == "(initial)" else head
    changes = [entry for entry in entries if not entry.startswith(b"#")]
    digest = _digest_changes(repository, commit, changes, deadline) if changes else None
    return GitState(commit=commit, is_dirty=bool(changes), diff_digest=digest)


def _digest_changes(
    repository: str, commit: str, changes: list[bytes], deadline: float
) -> str | None:
    hasher = blake3()
    for change in changes:
        if change.startswith(b"? "):
            hasher.update(change + b"\0")
    # Files are named, for if `git diff` meets one that was touched but not changed, it writes the
    # index anew.
    paths = [os.fsdecode(path) for change in changes if (path := _tracked_path(change))]
    max_bytes = MAX_DIFF_BYTES
    try:
        for start in range(0, len(paths), _NUM_PATHS):
            command = (*_DIFF, commit or _EMPTY_TREE, "--", *paths[start : start + _NUM_PATHS])
            for chunk in _ask(repository, command, deadline, max_bytes=max_bytes):
                max_bytes -= len(chunk)
                hasher.update(chunk)
    except (OSError, _GitError):
        return None
    return hasher.hexdigest(length=16)


def _tracked_path(change: bytes) -> bytes:
    """Take the path out of an entry of a status; empty for a file that is not tracked."""
    fields = change.split(b" ", _FIELDS_BEFORE_PATH.get(change[:1], 0))
    return fields[-1] if len(fields) > 1 else b""


@functools.lru_cache(maxsize=4096)
def _repository_of(path: str) -> str | None:
    marker = os.path.join(path, ".git")
    # A file points to the real folder: so it is in worktrees and submodules.
    if os.path.isfile(marker) or os.path.exists(os.path.join(marker, "HEAD")):
        return path
    parent = os.path.dirname(path)
    return _repository_of(parent) if parent != path else None


def _ask(
    repository: str, arguments: tuple[str, ...], deadline: float, *, max_bytes: int
) -> Iterator[bytes]:
    """Run `git` and iterate over what it says, piece by piece.

    Raises
    ------
    OSError
        If there is no `git` to run, or the folder is gone.
    _GitError
        If it fails, says more than `max_bytes` or is not done by the deadline.
    """
    with _started(repository, arguments) as (process, output), _selecting(output) as selector:
        num_bytes = 0
        while selector.select(max(0.0, deadline - time.monotonic())):
            chunk = os.read(output.fileno(), _CHUNK_BYTES)
            if not chunk:
                break
            num_bytes += len(chunk)
            if num_bytes > max_bytes:
                raise _GitError
            yield chunk
        else:
            raise _GitError
        try:
            code = process.wait(max(0.01, deadline - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise _GitError from error
        if code != 0:
            raise _GitError


@contextmanager
def _started(
    repository: str, arguments: tuple[str, ...]
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    process = subprocess.Popen(  # noqa: S603 (fixed arguments, no shell)
        (*_COMMAND, *arguments),
        cwd=repository,
        env=_variables(repository),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    output = process.stdout
    assert output is not None
    try:
        yield process, output
    finally:
        output.close()
        if process.poll() is None:
            # A filter that `git` started may be what hangs, so the whole group goes.
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def _selecting(output: IO[bytes]) -> Iterator[selectors.BaseSelector]:
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        yield selector


def _variables(repository: str) -> dict[str, str]:
    """Make an environment in which only this repository and the user's own settings count."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in _KEPT_VARIABLES
    }
    variables["GIT_CEILING_DIRECTORIES"] = os.path.dirname(repository)
    variables["GIT_LITERAL_PATHSPECS"] = "1"
    variables["GIT_OPTIONAL_LOCKS"] = "0"
    variables["GIT_TERMINAL_PROMPT"] = "0"
    variables["LC_ALL"] = "C"
    return variables
