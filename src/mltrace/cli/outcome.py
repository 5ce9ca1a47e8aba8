"""Runs the command line to an exit code: every error is one clear line, never a traceback."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

import click

from mltrace.errors import (
    CheckFailed,
    MltraceError,
    NotEvaluatedError,
    StoreError,
    UnreadableDataError,
    ValueNotKeptError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

OK: Final = 0
NOT_PASSED: Final = 1
USAGE: Final = 2
NOT_EVALUATED: Final = 3
INTERRUPTED: Final = 130
_ABOUT_DATA: Final = (NotEvaluatedError, StoreError, UnreadableDataError, ValueNotKeptError)
"""Errors of a store or of data; the others are of what was typed."""


def run_application(application: click.Group, arguments: Sequence[str] | None = None) -> int:
    """Run a command line and tell its exit code."""
    _prepare_streams()
    try:
        code = application.main(
            args=None if arguments is None else list(arguments),
            prog_name="mltrace",
            standalone_mode=False,
        )
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        return _report_usage(error)
    except Exception as error:  # noqa: BLE001 (the edge of the process)
        return _report(error)
    return code if isinstance(code, int) else OK


def exit_code(error: BaseException) -> int:
    """Tell which exit code an error has.

    Examples
    --------
    >>> from mltrace.errors import StoreCorruptError, UnknownNameError
    >>> exit_code(UnknownNameError("No run 'x'.")), exit_code(StoreCorruptError("damaged"))
    (2, 3)
    """
    if isinstance(error, CheckFailed):
        return NOT_PASSED
    if not isinstance(error, MltraceError) or isinstance(error, _ABOUT_DATA):
        return NOT_EVALUATED
    return USAGE


def _report(error: BaseException) -> int:
    if os.environ.get("MLTRACE_DEBUG", "") not in {"", "0"}:
        raise error
    said = " ".join(str(error).split())
    if not isinstance(error, MltraceError | OSError):
        said = (
            f"mltrace itself failed, {type(error).__name__}: {said} (MLTRACE_DEBUG=1 shows where)"
        )
    click.echo(f"Error: {said}", err=True)
    return exit_code(error)


def _report_usage(error: click.ClickException) -> int:
    context = getattr(error, "ctx", None)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return USAGE
    click.echo(f"Error: {error.format_message()}", err=True)
    if context is not None:
        click.echo(f"See '{context.command_path} --help'.", err=True)
    return USAGE


def _prepare_streams() -> None:
    """Let a stream that cannot say a character say its code instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
