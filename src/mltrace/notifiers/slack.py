"""Posts notices to an incoming webhook of Slack, or of what takes the same format.

What users named is in elements of plain text, in which Slack reads no markup; the text of the
notification, in which it does, is escaped.
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

_MOST_HEADER: Final = 150
_MOST_FIELDS: Final = 10
_MOST_FIELD: Final = 2000
_FORM: Final = {"Content-Type": "application/json"}


@notifiers.register("slack")
class Slack(Notifier):
    """Posts each notice to a channel of Slack.

    Parameters
    ----------
    url : str
        The URL of the incoming webhook, which is a secret: better '$NAME' for the value of an
        environment variable.
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
        body = msgspec.json.encode(message(say(notice)))
        post(self._endpoint, body, headers=_FORM, seconds=self.timeout_seconds)

    @property
    def target(self) -> str:
        """The host that it posts to."""
        return self._endpoint.told


def message(words: Words) -> dict[str, Any]:
    """Lay words out as blocks of Slack, with the headline as the text of the notification."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(words.headline, _MOST_HEADER)},
    ]
    if words.facts:
        fields = [_plain(f"{head}\n{text}", _MOST_FIELD) for head, text in words.facts]
        blocks.append({"type": "section", "fields": fields[:_MOST_FIELDS]})
    if words.listing:
        items = [_literal(line) for line in words.listing]
        listed = {"type": "rich_text_list", "style": "bullet", "elements": items}
        blocks.append({"type": "rich_text", "elements": [_literal(words.listed_as), listed]})
    if words.commands:
        typed = [{"type": "text", "text": "\n".join(words.commands)}]
        block = {"type": "rich_text_preformatted", "elements": typed}
        blocks.append({"type": "rich_text", "elements": [block]})
    return {"text": escaped(words.headline), "blocks": blocks}


def escaped(text: str) -> str:
    """Escape what Slack takes for a link, a mention or an entity.

    Examples
    --------
    >>> escaped("<!channel> R&D")
    '&lt;!channel&gt; R&amp;D'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str, most: int) -> dict[str, Any]:
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    return {"type": "plain_text", "text": short, "emoji": False}


def _literal(text: str) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
