"""Prints notices, for a console or the output of a job."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mltrace.errors import NotDeliveredError
from mltrace.notifiers.notifier import Notifier, notifiers
from mltrace.notifiers.wording import plain_text, say

if TYPE_CHECKING:
    from mltrace.records.notices import Notice


@notifiers.register("stdout")
class Stdout(Notifier):
    """Prints each notice to standard output; takes the options of `Notifier`."""

    def send(self, notice: Notice) -> None:
        """Print a notice."""
        text = plain_text(say(notice))
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        try:
            sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")
            sys.stdout.flush()
        except OSError as error:  # a pipe that nobody reads any more
            raise NotDeliveredError(f"standard output cannot be written: {error}") from error

    @property
    def target(self) -> str:
        """Where it is printed."""
        return "standard output"
