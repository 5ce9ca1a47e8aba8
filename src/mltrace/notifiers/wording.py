"""Says a notice in the words that all notifiers share.

Titles, messages and names come from users and their data: here they lose what could break a line or
turn the writing around; what a format takes for markup, each notifier escapes.
"""

from __future__ import annotations

import shlex
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from mltrace.rendering.wording import count, moment_text
from mltrace.times import describe_seconds

if TYPE_CHECKING:
    from mltrace.records.alerts import Alert, Incident
    from mltrace.records.notices import Notice

NUM_CONSEQUENCES: Final = 5
NUM_PARTS: Final = 10
_LIST: Final = "mltrace alerts"
_MOST_TITLE: Final = 140
_MOST_TEXT: Final = 400
_NUM_COLUMNS: Final = 5
_AT_ONCE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Words:
    """What is told, in words.

    Attributes
    ----------
    status : str
        What it is about, such as 'critical' or 'resolved'.
    title : str
        What happened, in a line.
    facts : tuple of (str, str)
        What is known of it, each under a heading.
    listing : tuple of str
        Consequences, or what a digest tells of, under `listed_as`.
    commands : tuple of str
        What to type next.
    """

    status: str
    title: str
    facts: tuple[tuple[str, str], ...] = ()
    listed_as: str = ""
    listing: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """The status and the title in one line."""
        return f"{self.status.capitalize()}: {self.title}"


def say(notice: Notice) -> Words:
    """Say a notice in words."""
    if notice.kind == "digest":
        return _digest(notice)
    incident = notice.incident
    return Words(
        status=_status(notice),
        title=tidy(incident.title, _MOST_TITLE),
        facts=tuple((head, text) for head, text in _facts(notice) if text),
        listed_as="Consequences",
        listing=_shortened([_line(alert) for alert in incident.consequences], NUM_CONSEQUENCES),
        commands=_commands(notice),
    )


def plain_text(words: Words) -> str:
    """Write words as plain text, for a console, a log or an e-mail.

    Examples
    --------
    >>> print(plain_text(Words("critical", "No rows", facts=(("Component", "clean"),))))
    CRITICAL: No rows
      Component  clean
    """
    width = max((len(head) for head, _ in words.facts), default=0)
    lines = [f"{words.status.upper()}: {words.title}"]
    lines += [f"  {head:<{width}}  {text}" for head, text in words.facts]
    if words.listing:
        lines += [f"  {words.listed_as}:", *(f"    - {line}" for line in words.listing)]
    if words.commands:
        lines += ["  Next:", *(f"    {command}" for command in words.commands)]
    return "\n".join(lines)


def tidy(text: str, most: int = _MOST_TEXT) -> str:
    r"""Make one line of a text, without control and direction marks, and cut to a length.

    Examples
    --------
    >>> tidy("two\r\nlines\u202e and \x1b[31mred"), tidy("x" * 10, 5)
    ('two lines and [31mred', 'xxxx…')
    """
    bare = "".join(
        char if char.isspace() or unicodedata.category(char)[0] != "C" else "" for char in text
    )
    line = " ".join(bare.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _status(notice: Notice) -> str:
    severity = notice.incident.severity
    return {
        "opened": severity,
        "worsened": f"worse, now {severity}",
        "cause changed": f"{severity}, new cause",
        "acknowledged": "acknowledged",
        "resolved": "resolved",
        "reminder": f"still {severity}",
    }.get(notice.kind, notice.kind)


def _facts(notice: Notice) -> list[tuple[str, str]]:
    incident, cause = notice.incident, notice.incident.cause
    return [
        ("Severity", _severity(notice)),
        ("Since", _since(incident)),
        ("Component", _named(incident.component, incident.owner)),
        ("Artifact", tidy(incident.artifact or "")),
        ("Columns" if len(incident.columns) > 1 else "Column", _columns(incident.columns)),
        ("Monitor", _named(cause.monitor, "" if cause.kind in cause.monitor else cause.kind, "")),
        ("What", tidy(cause.latest_message or cause.message)),
        ("Value", _value(cause)),
        (incident.state.capitalize(), _state(incident)),
    ]


def _severity(notice: Notice) -> str:
    before = notice.before
    if before is None or before.severity == notice.incident.severity:
        return notice.incident.severity
    return f"{notice.incident.severity}, was {before.severity}"


def _since(incident: Incident) -> str:
    opened = moment_text(incident.opened_at)
    began = incident.cause.began_at
    is_of_before = incident.opened_at - began > _AT_ONCE
    return f"{opened}, data of {moment_text(began)}" if is_of_before else opened


def _named(name: str | None, detail: str | None, word: str = "owner ") -> str:
    if not name:
        return ""
    return f"{tidy(name)} ({word}{tidy(detail)})" if detail else tidy(name)


def _columns(columns: tuple[str, ...]) -> str:
    told = [tidy(name, 80) for name in columns[:_NUM_COLUMNS]]
    more = len(columns) - len(told)
    return ", ".join(told) + (f" and {more:,} more" if more else "")


def _value(alert: Alert) -> str:
    if alert.value is None:
        return ""
    limit = "" if alert.threshold is None else f", threshold {_number(alert.threshold)}"
    return f"{_number(alert.value)}{limit}"


def _number(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 1e15 else f"{value:.4g}"


def _state(incident: Incident) -> str:
    """Say since when or until when it is in its state, by whom and why; of an open one nothing."""
    if incident.state == "open":
        return ""
    cause, told = incident.cause, []
    if incident.resolved_at is not None:
        seconds = max(0.0, (incident.resolved_at - incident.opened_at).total_seconds())
        told.append(f"{moment_text(incident.resolved_at)}, after {describe_seconds(seconds)},")
    if cause.changed_by:
        told.append(f"by {tidy(cause.changed_by, 80)}")
    if cause.snoozed_until is not None:
        told.append(f"until {moment_text(cause.snoozed_until)}")
    said = " ".join(told).rstrip(",")
    return ": ".join(part for part in (said, tidy(cause.reason)) if part)


def _line(alert: Alert) -> str:
    where = tidy(alert.component or alert.subject, 80)
    what = tidy(alert.latest_message or alert.message or alert.monitor, 160)
    return f"{where}: {what}" + ("" if alert.severity == "warning" else f" ({alert.severity})")


def _shortened(lines: list[str], most: int) -> tuple[str, ...]:
    more = len(lines) - most
    return (*lines[:most], f"and {more:,} more") if more > 0 else tuple(lines)


def _commands(notice: Notice) -> tuple[str, ...]:
    if notice.kind == "test":
        return (_LIST,)
    incident = notice.incident
    artifact, digest = incident.artifact, incident.cause.digest
    traced = f"{artifact}@{digest[:8]}" if artifact and digest else artifact
    traced = traced or incident.cause.run_id
    show = f"mltrace alerts show {_argument(incident.id)}"
    return (show, f"mltrace trace {_argument(traced)}") if traced else (show,)


def _argument(text: str) -> str:
    """Quote a name for a shell; one that is no single line is not offered to be typed."""
    return shlex.quote(tidy(text))


def _digest(notice: Notice) -> Words:
    opened = sum(part.kind != "resolved" for part in notice.parts)
    resolved = len(notice.parts) - opened
    told = [count(opened, "incident")] if opened else []
    told += [f"{resolved:,} resolved"] if resolved else []
    lines = [
        f"{part.incident.id}  {_status(part)}: {tidy(part.incident.title, _MOST_TITLE)}"
        for part in notice.parts[:NUM_PARTS]
    ]
    more = len(notice.parts) - len(lines)
    return Words(
        status=_status(notice.parts[0]),
        title=f"{' and '.join(told)} at once, put together into one message",
        listed_as="The most severe" if more else "They are",
        listing=(*lines, *([f"and {more:,} more"] if more else [])),
        commands=(_LIST,),
    )
