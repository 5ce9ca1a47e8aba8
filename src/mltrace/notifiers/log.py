"""Logs notices by the standard library, for whatever collects logs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from mltrace.notifiers.notifier import Notifier, notifiers
from mltrace.notifiers.wording import plain_text, say

if TYPE_CHECKING:
    from mltrace.records.notices import Notice

_LEVELS: Final = {"info": logging.INFO, "warning": logging.WARNING, "critical": logging.CRITICAL}


@notifiers.register("log")
class Log(Notifier):
    """Logs each notice: at the level of its severity, or INFO for what is no bad news.

    Parameters
    ----------
    logger : str, default 'mltrace.incidents'
        The logger. Records have the attributes `mltrace_incident`, `mltrace_kind` and
        `mltrace_severity` beside.
    **options
        Those of `Notifier`.
    """

    def __init__(self, *, logger: str = "mltrace.incidents", **options: Any) -> None:
        super().__init__(**options)
        self.logger = logger

    def send(self, notice: Notice) -> None:
        """Log a notice."""
        is_good = notice.kind in ("resolved", "acknowledged", "test")
        level = logging.INFO if is_good else _LEVELS[notice.incident.severity]
        extra = {
            "mltrace_incident": notice.incident.id,
            "mltrace_kind": notice.kind,
            "mltrace_severity": notice.incident.severity,
        }
        logging.getLogger(self.logger).log(level, "%s", plain_text(say(notice)), extra=extra)

    @property
    def target(self) -> str:
        """The logger."""
        return f"the logger {self.logger}"
