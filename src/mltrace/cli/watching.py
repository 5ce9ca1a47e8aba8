"""How `mltrace monitor watch` prints what changes, and ends on a signal."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mltrace.errors import ArgumentError
from mltrace.workspace.watching import Ending

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

    from mltrace.records.monitoring import MonitorEvent

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class SignalEnding(Ending):
    """Ends on SIGTERM or SIGINT, which a wait hears of at once; a second one ends the process."""

    def __init__(self) -> None:
        self._heard, self._tell = os.pipe()
        for number in _SIGNALS:
            signal.signal(number, self._on_signal)

    def wait(self, seconds: float) -> None:
        """Wait for so long, or until it is to end."""
        select.select([self._heard], [], [], seconds)

    def _on_signal(self, number: int, _frame: Any) -> None:
        self.is_set = True
        os.write(self._tell, b".")
        signal.signal(number, signal.default_int_handler)


def form_in(context: click.Context) -> str:
    """Tell the form that is asked for, behind the verb or before it.

    Raises
    ------
    ArgumentError
        If that is none for events.
    """
    before: dict[str, Any] = context.find_object(dict) or {}
    form: str = context.params.get("format") or before.get("format") or "table"
    if form == "csv":
        raise ArgumentError("--format csv: events are printed as lines (table) or as json.")
    return form


def event_printer(form: str) -> Callable[[MonitorEvent], None]:
    """Print each event as a line to what is standard output now: in words, or as a JSON object."""
    from mltrace.cli.output import line_text
    from mltrace.rendering.monitors import draw_event

    output = sys.stdout

    def print_event(event: MonitorEvent) -> None:
        is_json = form == "json"
        text = to_json(event) if is_json else line_text(draw_event(event))
        output.write(f"{text}\n")
        output.flush()

    return print_event


def to_json(event: MonitorEvent) -> str:
    """Write an event as a JSON object in one line."""
    return json.dumps(json.loads(msgspec.json.encode(event.to_dict())))
