"""Puts the end of a command in words."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mltrace.capture.plain import text

if TYPE_CHECKING:
    from collections.abc import Sequence

_ANSI: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_KILLED: Final = 128
"""What a shell adds to the number of the signal that killed a command."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a command ended.

    Attributes
    ----------
    status : int
        Its exit status, or the negative number of the signal that killed it.
    problem : OSError or None
        Why it could not be started.
    stderr : bytes
        The last that it wrote to standard error.
    """

    status: int
    problem: OSError | None = None
    stderr: bytes = b""

    @property
    def shell_status(self) -> int:
        """The exit status as a shell has it in `$?`."""
        return self.status if self.status >= 0 else _KILLED - self.status


def failure(command: Sequence[str], ending: Ending) -> tuple[str, str, str] | None:
    r"""Describe a failed command: type, message, and the end of its standard error.

    Examples
    --------
    >>> failure(["train"], Ending(3, stderr=b"epoch 1\nno rows left\n"))
    ('CommandFailed', 'exit status 3: no rows left', 'epoch 1\nno rows left')
    >>> failure(["train"], Ending(-9)), failure(["train"], Ending(0))
    (('CommandKilled', 'killed by SIGKILL', ''), None)
    """
    if ending.problem is not None:
        return "CommandNotStarted", text(f"{command[0]}: {reason(ending.problem)}"), ""
    if not ending.status:
        return None
    said = readable(ending.stderr)
    kind, how = "CommandFailed", f"exit status {ending.status}"
    if ending.status < 0:
        kind, how = "CommandKilled", f"killed by {_signal_name(-ending.status)}"
    last = said.rpartition("\n")[2].strip()
    return kind, text(f"{how}: {last}" if last else how), said


def reason(problem: OSError) -> str:
    """Say why a command could not be started, as shells do.

    Examples
    --------
    >>> reason(FileNotFoundError(2, "No such file or directory"))
    'command not found'
    """
    if isinstance(problem, FileNotFoundError):
        return "command not found"
    return problem.strerror or type(problem).__name__


def readable(output: bytes) -> str:
    r"""Turn what was meant for a terminal into text: no colours, progress bars as last drawn.

    Examples
    --------
    >>> readable(b"10%\r 99%\r\n\x1b[31mno rows\x1b[0m left\n")
    ' 99%\nno rows left'
    """
    lines = _ANSI.sub("", output.decode("utf-8", "replace")).rstrip().split("\n")
    drawn = [line.rstrip("\r").rpartition("\r")[2] for line in lines]
    return _CONTROL.sub("", "\n".join(drawn))


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
