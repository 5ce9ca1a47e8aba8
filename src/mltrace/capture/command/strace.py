"""Sees which files a tree of processes opens, with `strace`.

strace is packaged by every distribution. With `--seccomp-bpf` the kernel stops a process only at
the system calls asked for, so that computing and reading cost nothing. It runs beside the command,
which stays our child, and writes to a named pipe that is parsed as it fills: nothing grows with the
length of the run.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.capture.command.accesses import Accesses

_OPENS: Final = frozenset({"open", "openat", "openat2", "creat", "truncate"})
_RENAMES: Final = frozenset({"rename", "renameat", "renameat2"})
_LINKS: Final = frozenset({"link", "linkat"})
_FORKS: Final = frozenset({"fork", "vfork", "clone", "clone3"})
_CALLS: Final = _OPENS | _RENAMES | _LINKS | _FORKS | {"execve", "chdir", "fchdir"}
OPTIONS: Final = (
    "-f",
    "-DDD",
    "--seccomp-bpf",
    "-qq",
    "-z",
    "-y",
    "-e",
    "signal=none",
    "-e",
    # The question mark: not every processor has every call.
    f"trace={','.join(f'?{call}' for call in sorted(_CALLS))}",
)
_INSTALL: Final = "install it: apt-get install strace, or the like"
_TRACED: Final = (
    "this command is inside one that is traced already, by `mltrace exec --auto` or a debugger, "
    "and no process can be traced twice; take --auto from the one around it"
)
_PROBE_SECONDS: Final = 5
_MAX_FOLDERS: Final = 10_000
"""Processes whose working folder is remembered."""

_CALL: Final = re.compile(rb"(?P<pid>\d+) +(?P<name>\w+)\((?P<rest>.*)")
_PATH: Final = re.compile(
    rb'(?:(?:AT_FDCWD|\d+)<(?P<folder>(?:[^<>\\]|\\.)*)>, )?"(?P<path>(?:[^"\\]|\\.)*)"'
)
_FOLDER: Final = re.compile(rb"(?:AT_FDCWD|\d+)<(?P<folder>(?:[^<>\\]|\\.)*)>")
_FLAGS: Final = re.compile(rb", \{?(?:flags=)?(?P<flags>[A-Z_|]+)")
_RESULT: Final = re.compile(rb" = (\d+)\Z")
_ESCAPE: Final = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTERS: Final = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f"}


class Trace:
    """The named pipe that strace writes to, and what was read from it.

    Parameters
    ----------
    accesses : Accesses
        Is told what happens to files.

    Attributes
    ----------
    source : int
        Where to read what strace writes.
    """

    def __init__(self, accesses: Accesses) -> None:
        import tempfile

        self._folder = tempfile.mkdtemp(prefix="mltrace-")
        self._path = os.path.join(self._folder, "trace")
        os.mkfifo(self._path, 0o600)
        self.source = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._parser = Parser(accesses, os.getcwd())
        self._rest = b""

    def command(self, command: Sequence[str]) -> list[str]:
        """Return the command that runs another one under strace."""
        return ["strace", *OPTIONS, "-o", self._path, "--", *command]

    def take(self, piece: bytes) -> bool:
        """Parse what strace wrote."""
        self.close()  # strace has opened the pipe, so its name can go, whatever becomes of us
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._parser.take(line)
        return True

    def close(self) -> None:
        """Remove the name of the pipe."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""


def why_not() -> str | None:
    """Say why files cannot be seen here, and what helps; None if they can."""
    import subprocess

    if shutil.which("strace") is None:
        return f"strace is not here; {_INSTALL}"
    probe = ["strace", *OPTIONS, "-o", os.devnull, "--", "true"]
    try:
        done = subprocess.run(  # noqa: S603 (fixed arguments, no shell)
            probe,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"strace does not work here: {type(error).__name__}"
    said = done.stderr.decode(errors="backslashreplace").strip().splitlines()
    if not done.returncode and not said:
        return None
    why = said[0].removeprefix("strace: ") if said else f"exit status {done.returncode}"
    if "ptrace" in why.lower():
        if _is_traced():
            return _TRACED
        return f"tracing is not allowed here ({why}); in a container: --cap-add=SYS_PTRACE"
    return f"strace 5.3 or newer is wanted ({why})"


def _is_traced() -> bool:
    """Tell whether somebody traces this process, which nobody else then can do."""
    try:
        with open("/proc/self/status", "rb") as file:
            return re.search(rb"^TracerPid:\s*[1-9]", file.read(), re.MULTILINE) is not None
    except OSError:
        return False


class Parser:
    """Makes sense of strace's lines, each a call that succeeded.

    Examples
    --------
    >>> from mltrace.capture.command.accesses import Accesses
    >>> accesses = Accesses(lambda path: True)
    >>> parser = Parser(accesses, "/jobs")
    >>> parser.take(b'7 openat(AT_FDCWD</jobs>, "raw.csv", O_RDONLY) = 3</jobs/raw.csv>')
    >>> list(accesses.files)
    ['/jobs/raw.csv']
    """

    def __init__(self, accesses: Accesses, folder: str) -> None:
        self._accesses = accesses
        self._start = folder
        self._folders: OrderedDict[bytes, str] = OrderedDict()
        self._gits: set[bytes] = set()

    def take(self, line: bytes) -> None:
        """Parse one line; one that says nothing of files is passed over."""
        call = _CALL.match(line)
        if call is None:
            return
        pid, name, rest = call["pid"], call["name"].decode(), call["rest"]
        if name in _FORKS:
            result = _RESULT.search(rest)
            if result is not None:
                self._fork(pid, result[1])
            return
        if name == "fchdir":
            found = _FOLDER.match(rest)
            if found is not None:
                self._remember(pid, _decoded(found["folder"]))
            return
        self._take_paths(pid, name, rest)

    def _take_paths(self, pid: bytes, name: str, rest: bytes) -> None:
        paths, end = [], 0
        for _ in range(2 if name in _RENAMES or name in _LINKS else 1):
            found = _PATH.search(rest, end)
            if found is None:
                return
            end = found.end()
            paths.append(self._absolute(pid, found))
        if name in _OPENS:
            self._open(pid, paths[0], _flags(name, rest, end))
        elif name in _RENAMES:
            self._accesses.moved(*paths)
        elif name in _LINKS:
            self._accesses.linked(*paths)
        elif name == "chdir":
            self._remember(pid, paths[0])
        else:
            self._execute(pid, paths[0])

    def _fork(self, pid: bytes, child: bytes) -> None:
        self._remember(child, self._folder(pid))
        if pid in self._gits:
            self._gits.add(child)
        else:
            self._gits.discard(child)  # the number of a process comes back

    def _execute(self, pid: bytes, path: str) -> None:
        self._accesses.executed(path)
        if os.path.basename(path) == "git":
            self._gits.add(pid)
        else:
            self._gits.discard(pid)

    def _open(self, pid: bytes, path: str, flags: frozenset[bytes]) -> None:
        # git looks at every file of a repository to see whether it changed.
        if pid not in self._gits or b"O_RDONLY" not in flags:
            self._accesses.opened(path, flags)

    def _absolute(self, pid: bytes, found: re.Match[bytes]) -> str:
        path = _decoded(found["path"])
        if found["folder"] is not None:
            folder = _decoded(found["folder"])
            if found[0].startswith(b"AT_FDCWD"):
                self._remember(pid, folder)
        else:
            folder = self._folder(pid) if path[:1] != "/" else ""
        return os.path.normpath(os.path.join(folder, path))

    def _folder(self, pid: bytes) -> str:
        """Tell the working folder of a process."""
        known = self._folders.get(pid)
        if known is not None:
            return known
        try:
            return os.readlink(f"/proc/{pid.decode()}/cwd")
        except OSError:
            return self._start

    def _remember(self, pid: bytes, folder: str) -> None:
        self._folders[pid] = folder
        self._folders.move_to_end(pid)
        if len(self._folders) > _MAX_FOLDERS:
            self._folders.popitem(last=False)


def _flags(name: str, rest: bytes, start: int) -> frozenset[bytes]:
    if name == "creat":
        return frozenset({b"O_WRONLY", b"O_CREAT", b"O_TRUNC"})
    if name == "truncate":
        return frozenset({b"O_WRONLY"})
    found = _FLAGS.match(rest, start)
    return frozenset(found["flags"].split(b"|")) if found is not None else frozenset()


def _decoded(text: bytes) -> str:
    return os.fsdecode(_ESCAPE.sub(_unescaped, text) if b"\\" in text else text)


def _unescaped(found: re.Match[bytes]) -> bytes:
    what = found[1]
    return bytes([int(what, 8) & 255]) if what.isdigit() else _LETTERS.get(what, what)
