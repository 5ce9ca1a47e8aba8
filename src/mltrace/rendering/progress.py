"""A bar on a terminal for work that takes long; elsewhere nothing."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE_SECONDS: Final = 0.5
"""What is done by then shows no bar."""


@contextmanager
def progress_bar(*, is_wanted: bool = True) -> Iterator[ProgressBar]:
    """Show how far long works are; the bar of the last one ends with the block."""
    bar = ProgressBar(is_shown=is_wanted and sys.stderr.isatty())
    try:
        yield bar
    finally:
        bar.finish()


class ProgressBar:
    """Draws a bar on standard error.

    Parameters
    ----------
    is_shown : bool
        Whether to draw anything.
    """

    def __init__(self, *, is_shown: bool) -> None:
        self._is_shown = is_shown
        self._work = ""
        self._done = 0
        self._began_at = time.monotonic()
        self._bar: Any = None

    def __call__(self, work: str, done: int, total: int, /) -> None:
        """Draw how much of a work is done."""
        if not self._is_shown:
            return
        if work != self._work or done < self._done:
            self.finish()
            self._work, self._done = work, 0
        if self._bar is None:
            if time.monotonic() - self._began_at < _PATIENCE_SECONDS:
                return
            self._bar = click.progressbar(length=total, label=work, file=sys.stderr)
            self._bar.__enter__()
        self._bar.length = total
        self._bar.update(done - self._done)
        self._done = done

    def finish(self) -> None:
        """End the bar that is drawn."""
        bar, self._bar = self._bar, None
        if bar is not None:
            bar.__exit__(None, None, None)
