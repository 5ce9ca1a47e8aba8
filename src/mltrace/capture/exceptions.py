"""What is said of the exception that ended a run."""

from __future__ import annotations

import os
import traceback
from typing import Final

from mltrace.capture.guard import harmless
from mltrace.capture.plain import text

MAX_TRACEBACK: Final = 64 * 1024
_HERE: Final = os.path.dirname(__file__)


def exception_name(error: BaseException) -> str:
    """Name the type of an exception with its module; built-in ones without.

    Examples
    --------
    >>> exception_name(KeyError("x"))
    'KeyError'
    """
    cls = type(error)
    if cls.__module__ == "builtins":
        return cls.__qualname__
    return f"{cls.__module__}.{cls.__name__}"


def describe_error(error: BaseException) -> tuple[str, str, str]:
    """Say the type, message and traceback of an exception, whatever its own methods do."""
    return exception_name(error), _message(error), _traceback(error)


@harmless(default="(the exception cannot be put in words)")
def _message(error: BaseException) -> str:
    return text(str(error))


@harmless(default="")
def _traceback(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_HERE):
        trace = trace.tb_next  # the reader wants the pipeline's frames, not ours around them
    lines = "".join(traceback.format_exception(type(error), error, trace))
    clean = lines.encode("utf-8", "backslashreplace").decode()
    return clean if len(clean) <= MAX_TRACEBACK else f"…{clean[-MAX_TRACEBACK:]}"
