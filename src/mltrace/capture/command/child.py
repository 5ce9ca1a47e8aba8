"""Runs a command as a shell would: in our place at the terminal, with our signals and its status.

The command stays in our process group and session, so that job control and the terminal see it as
if it had been started directly. What the terminal sends (Ctrl-C, Ctrl-Z) reaches it by itself; what
another process sends to us is handed on. When it stops, so do we; when it dies of a signal, so can
we.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import FrameType

NOT_FOUND: Final = 127
NOT_EXECUTABLE: Final = 126
_IGNORED_BY_PYTHON: Final = (signal.SIGPIPE, signal.SIGXFSZ)
_UNHELD: Final = frozenset(
    {
        *(signal.SIGKILL, signal.SIGSTOP),  # nobody can
        *_IGNORED_BY_PYTHON,  # they tell of what we did ourselves, as these do:
        *(signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT),
        *(signal.SIGTRAP, signal.SIGSYS),
    }
)
HELD: Final = frozenset(signal.valid_signals()) - _UNHELD
_FROM_TERMINAL: Final = frozenset({signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGWINCH})
_NOT_TO_IGNORE: Final = (signal.SIGCHLD, signal.SIGWINCH)


@contextmanager
def signals_held() -> Iterator[set[int]]:
    """Hold back all signals, for `wait` to take; threads started inside hold them back as well.

    Yields
    ------
    set of int
        The signals that were held back before; give it to `spawn`.
    """
    # What is ignored, be it by default, macOS discards even if it is held back.
    handlers = [(number, signal.signal(number, _ignore)) for number in _NOT_TO_IGNORE]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD)
    try:
        yield {int(number) for number in before}
    finally:
        while pending := signal.sigpending() & HELD:  # they were meant for the command
            signal.sigwait(pending)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number, handler in handlers:
            signal.signal(number, handler)


def spawn(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    mask: set[int],
    stderr: int | None = None,
) -> int:
    """Start a command and return its process id.

    Parameters
    ----------
    mask : set of int
        The signals that it is to hold back.
    stderr : int, optional
        The descriptor that is its standard error, if not ours.

    Raises
    ------
    OSError
        If it cannot be started.
    """

    def start(program: str, arguments: Sequence[str]) -> int:
        return os.posix_spawnp(
            program,
            list(arguments),
            environment,
            file_actions=[] if stderr is None else [(os.POSIX_SPAWN_DUP2, stderr, 2)],
            setsigmask=mask,
            setsigdef=_IGNORED_BY_PYTHON,
        )

    try:
        return start(command[0], command)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
    return start("/bin/sh", _by_shell(command))


def startable(command: Sequence[str]) -> list[str] | None:
    """Return a command as the kernel can start it; None if there is no such program."""
    program = shutil.which(command[0])
    if program is None:
        return None
    try:
        with open(program, "rb") as file:
            head = file.read(256)
    except OSError:
        return list(command)  # a program may be run and not read
    is_for_shell = head[:2] != b"#!" and b"\0" not in head
    return _by_shell(command) if is_for_shell else list(command)


def become(command: Sequence[str]) -> None:
    """Turn this process into the command.

    Raises
    ------
    OSError
        If it cannot be started.
    """
    for number in _IGNORED_BY_PYTHON:
        signal.signal(number, signal.SIG_DFL)
    os.execvp(command[0], list(command))  # noqa: S606 (no shell is what is wanted)


def wait(pid: int, *, on_resize: Callable[[], None]) -> int:
    """Wait for a child inside `signals_held`, and hand on the signals that are meant for it.

    Returns
    -------
    int
        Its exit status, or the negative number of the signal that killed it.
    """
    while True:
        number, sender = _next_signal()
        if number == signal.SIGCHLD:
            status = _status(pid)
            if status is not None:
                return status
            continue
        if number == signal.SIGWINCH:
            on_resize()
        if sender not in (None, pid):
            with suppress(PermissionError):  # it may have become another user
                os.kill(pid, number)


def die_of(number: int) -> None:
    """Die of the signal that the command died of, so that whoever started us sees the truth."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    with suppress(OSError, ValueError):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)


def status_without(error: OSError) -> int:
    """Tell the exit status that a shell gives a command that could not be started.

    Examples
    --------
    >>> status_without(FileNotFoundError(2, "No such file or directory"))
    127
    >>> status_without(PermissionError(13, "Permission denied"))
    126
    """
    is_missing = error.errno in (errno.ENOENT, errno.ENOTDIR)
    return NOT_FOUND if is_missing else NOT_EXECUTABLE


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the signal is held back, and taken by `wait`."""


def _by_shell(command: Sequence[str]) -> list[str]:
    """Run a script whose first line names no interpreter: by tradition it is the shell's."""
    return ["/bin/sh", shutil.which(command[0]) or command[0], *command[1:]]


def _next_signal() -> tuple[int, int | None]:
    """Wait for a signal; tell it and who sent it, None if the kernel did, to the child as well."""
    if hasattr(signal, "sigwaitinfo"):
        info = signal.sigwaitinfo(HELD)
        return info.si_signo, info.si_pid if info.si_code <= 0 else None
    number = signal.sigwait(HELD)
    is_from_terminal = number in _FROM_TERMINAL and _is_in_foreground()
    return number, None if is_from_terminal else 0


def _status(pid: int) -> int | None:
    """Tell how the child ended; None if it has not. If it stopped, stop until continued."""
    while True:
        found, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        if not found:
            return None
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)
        _stop(os.WSTOPSIG(status))


def _stop(number: int) -> None:
    if number != signal.SIGSTOP:
        os.kill(os.getpid(), number)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
        signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    elif _is_in_foreground():
        # Only here: one who stops the command alone, from outside, will continue it alone.
        os.kill(os.getpid(), signal.SIGSTOP)


def _is_in_foreground() -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
