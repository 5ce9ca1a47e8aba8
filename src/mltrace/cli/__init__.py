"""The command line: `mltrace`, or `python -m mltrace`.

Exit codes: 0 ok, 1 failed checks, 2 wrong usage or an unknown name, 3 the store cannot be used,
130 interrupted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and tell its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows `mltrace`; by default the arguments of the process.
    """
    from mltrace.cli.application import application
    from mltrace.cli.outcome import run_application

    return run_application(application, arguments)
