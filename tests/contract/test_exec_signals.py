"""`mltrace exec` stands aside: signals, job control and the terminal work as without it."""

from __future__ import annotations

import os
import re
import select
import shlex
import signal
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECONDS = 20
EXEC = [sys.executable, "-m", "mltrace", "exec"]
COUNTING = """
    import os, signal, sys
    heard, say = os.pipe()
    os.set_blocking(say, False)
    signal.set_wakeup_fd(say)
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGQUIT"):
        signal.signal(getattr(signal, name), lambda *_: None)
    print("ready", flush=True)
    seen = []
    while "SIGUSR1" not in seen:
        seen += [signal.Signals(number).name for number in os.read(heard, 1)]
        print("saw", seen, flush=True)
    sys.exit(40 + len(seen))
"""


@pytest.fixture
def program(workdir: Path) -> Callable[[str], list[str]]:
    """Write a Python program and return the command that runs it."""

    def _program(source: str) -> list[str]:
        path = workdir.parent / "program.py"
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        return [sys.executable, "-u", str(path)]

    return _program


@pytest.fixture
def run(
    store: Path, spawn: Callable[..., subprocess.Popen[str]]
) -> Callable[..., subprocess.Popen[str]]:
    """Start a command that logs into the store of the test."""
    return spawn


class Terminal:
    """A terminal with a program in it, to type at and to read from."""

    def __init__(self, command: list[str]) -> None:
        self._master, self._slave = os.openpty()
        name = shlex.quote(os.ttyname(self._slave))
        # Opened first by a new session, the terminal becomes its own.
        line = f"exec {shlex.join(command)} <{name} >{name} 2>&1"
        self.process = subprocess.Popen(["/bin/sh", "-c", line], start_new_session=True)
        self.text = ""

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def expect(self, pattern: str) -> re.Match[str]:
        """Wait until a pattern appears, and take what came up to its end."""
        deadline = time.monotonic() + SECONDS
        while (found := re.search(pattern, self.text)) is None:
            ready, _, _ = select.select([self._master], [], [], deadline - time.monotonic())
            assert ready, f"no {pattern!r} in {self.text!r}"
            self.text += os.read(self._master, 65536).decode()
        self.text = self.text[found.end() :]
        return found

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)


@pytest.fixture
def terminal(run: object) -> Iterator[Callable[[list[str]], Terminal]]:
    opened: list[Terminal] = []

    def _terminal(command: list[str]) -> Terminal:
        opened.append(Terminal(command))
        return opened[-1]

    yield _terminal
    for one in opened:
        one.close()


def _ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"])
@pytest.mark.parametrize("option", ["--tag=x", "--auto"])
def test_signal_reaches_the_command_once(
    run: Callable[..., subprocess.Popen[str]],
    program: Callable[[str], list[str]],
    name: str,
    option: str,
) -> None:
    process = run([*EXEC, option, "--", *program(COUNTING)])
    _ready(process)
    process.send_signal(getattr(signal, name))
    assert process.stdout is not None
    assert process.stdout.readline() == f"saw ['{name}']\n"
    process.send_signal(signal.SIGUSR1)
    out, _ = process.communicate(timeout=SECONDS)
    assert out == f"saw ['{name}', 'SIGUSR1']\n"
    assert process.returncode == 42


def test_command_killed_by_a_signal_is_seen_to_be(
    run: Callable[..., subprocess.Popen[str]], program: Callable[[str], list[str]]
) -> None:
    command = program("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    process = run([*EXEC, "--", *command])
    process.communicate(timeout=SECONDS)
    assert process.returncode == -signal.SIGSEGV
    (logged,) = mt.recent()
    assert logged.status == "failed"
    assert logged.error is not None
    assert logged.error.type == "CommandKilled"
    assert logged.error.message == "killed by SIGSEGV"
    assert logged.metrics["exit_status"] == 139


def test_terminated_command_takes_us_along(
    run: Callable[..., subprocess.Popen[str]], program: Callable[[str], list[str]]
) -> None:
    process = run([*EXEC, "--", *program("print('ready'); import time; time.sleep(60)")])
    _ready(process)
    process.terminate()
    assert process.wait(SECONDS) == -signal.SIGTERM
    assert mt.recent()[0].status == "failed"


def test_command_outlives_a_kill_of_ours(
    run: Callable[..., subprocess.Popen[str]], program: Callable[[str], list[str]], workdir: Path
) -> None:
    command = program(
        """
        import sys
        print("ready")
        sys.stdin.readline()
        sys.stderr.write("still here")
        open("done", "w").close()
        """
    )
    process = run([*EXEC, "--", *command])
    _ready(process)
    process.kill()
    process.wait(SECONDS)
    _, err = process.communicate("go\n", timeout=SECONDS)
    assert err == "still here"
    assert (workdir / "done").exists()


def test_daemon_does_not_hold_us_up_and_is_still_heard(
    run: Callable[..., subprocess.Popen[str]], program: Callable[[str], list[str]]
) -> None:
    command = program(
        """
        import os, sys
        if os.fork() == 0:
            os.close(1)
            sys.stdin.readline()
            os.write(2, b"from the daemon")
        """
    )
    process = run([*EXEC, "--", *command])
    assert process.wait(SECONDS) == 0
    assert mt.recent()[0].status == "succeeded"
    _, err = process.communicate("go\n", timeout=SECONDS)
    assert err == "from the daemon"


def test_writer_learns_that_nobody_reads_its_errors(
    run: Callable[..., subprocess.Popen[str]], workdir: Path
) -> None:
    line = f"{shlex.join(EXEC)} -- sh -c 'yes >&2; kill -l $? >status' 2>&1 >/dev/null | head -n 1"
    process = run(["sh", "-c", line])
    out, _ = process.communicate(timeout=SECONDS)
    assert out == "y\n"
    assert (workdir / "status").read_text() == "PIPE\n"


def test_streams_stay_terminals(
    terminal: Callable[[list[str]], Terminal], program: Callable[[str], list[str]]
) -> None:
    command = program(
        """
        import os, sys
        print([os.isatty(number) for number in (0, 1, 2)], os.get_terminal_size(2).columns)
        sys.stderr.write("to stderr\\n")
        """
    )
    opened = terminal(["sh", "-c", f"stty cols 91; exec {shlex.join([*EXEC, '--', *command])}"])
    opened.expect(re.escape("[True, True, True] 91\r\n"))
    opened.expect("to stderr\r\n")
    assert opened.process.wait(SECONDS) == 0


def test_control_c_reaches_the_command_once(
    terminal: Callable[[list[str]], Terminal], program: Callable[[str], list[str]]
) -> None:
    opened = terminal([*EXEC, "--", *program(COUNTING)])
    opened.expect("ready")
    opened.type("\x03")
    opened.expect(re.escape("saw ['SIGINT']"))
    os.kill(opened.process.pid, signal.SIGUSR1)
    opened.expect(re.escape("saw ['SIGINT', 'SIGUSR1']"))
    assert opened.process.wait(SECONDS) == 42


@pytest.mark.parametrize("option", ["--tag=x", "--auto"])
def test_control_z_stops_and_fg_continues(
    terminal: Callable[[list[str]], Terminal], program: Callable[[str], list[str]], option: str
) -> None:
    command = program(
        """
        print("ready")
        print("got", input())
        """
    )
    opened = terminal(["bash", "--norc", "--noprofile", "-i"])
    opened.type(f"PS1='pr''ompt: '; {shlex.join([*EXEC, option, '--', *command])}\n")
    opened.expect("ready\r\n")
    opened.type("\x1a")
    opened.expect("Stopped")
    opened.expect("prompt: ")
    opened.type("fg\n")
    opened.expect("program.py")
    opened.type("word\n")
    opened.expect("got word")
    opened.expect("prompt: ")
    opened.type("exit\n")
    assert mt.recent()[0].status == "succeeded"
