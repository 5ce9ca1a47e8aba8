"""Posts notices to a channel of Microsoft Teams, by a workflow that a webhook starts.

They are Adaptive Cards, which workflows take; the connectors of Office 365 are retired.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from mltrace.notifiers.notifier import Notifier, notifiers
from mltrace.notifiers.posting import post, read_endpoint
from mltrace.notifiers.wording import say

if TYPE_CHECKING:
    import os

    from mltrace.notifiers.secret import Secret
    from mltrace.notifiers.wording import Words
    from mltrace.records.notices import Notice

_FORM: Final = {"Content-Type": "application/json"}
_COLOURS: Final = {"critical": "attention", "warning": "warning", "info": "accent"}


@notifiers.register("teams")
class Teams(Notifier):
    """Posts each notice to a channel of Microsoft Teams.

    Parameters
    ----------
    url : str
        The URL of the workflow, which is a secret: better '$NAME' for the value of an environment
        variable.
    ca_file : str or path, optional
        The authorities whose certificates are trusted, as PEM, in place of the system's.
    **options
        Those of `Notifier`.
    """

    def __init__(
        self, *, url: str | Secret, ca_file: str | os.PathLike[str] | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self._endpoint = read_endpoint(url, ca_file=ca_file)

    def send(self, notice: Notice) -> None:
        """Post a notice."""
        is_good = notice.kind in ("resolved", "acknowledged", "test")
        colour = "good" if is_good else _COLOURS[notice.incident.severity]
        body = msgspec.json.encode(message(say(notice), colour))
        post(self._endpoint, body, headers=_FORM, seconds=self.timeout_seconds)

    @property
    def target(self) -> str:
        """The host that it posts to."""
        return self._endpoint.told


def message(words: Words, colour: str = "default") -> dict[str, Any]:
    """Lay words out as an Adaptive Card in the message that a workflow takes."""
    body = [_line({"text": words.headline, "size": "medium", "weight": "bolder", "color": colour})]
    body += [
        _line({"text": f"{head}: ", "isSubtle": True}, {"text": text}) for head, text in words.facts
    ]
    if words.listing:
        body.append(_line({"text": words.listed_as, "weight": "bolder"}))
        body += [_line({"text": f"• {line}"}) for line in words.listing]
    body += [_line({"text": command, "fontType": "monospace"}) for command in words.commands]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "msteams": {"width": "full"},
    }
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [content]}


def _line(*runs: dict[str, Any]) -> dict[str, Any]:
    """Lay out a line of runs of text, in which, unlike in other blocks, no Markdown is read."""
    inlines = [{"type": "TextRun", **run} for run in runs]
    return {"type": "RichTextBlock", "inlines": inlines, "spacing": "small"}
