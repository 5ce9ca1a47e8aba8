"""Posts notices as JSON, signed if there is a secret."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec
from msgspec import structs

from mltrace.notifiers.notifier import Notifier, notifiers
from mltrace.notifiers.posting import post, read_endpoint
from mltrace.notifiers.secret import read_secret
from mltrace.notifiers.signing import signature
from mltrace.notifiers.wording import plain_text, say

if TYPE_CHECKING:
    import os

    from mltrace.notifiers.secret import Secret
    from mltrace.records.alerts import Incident
    from mltrace.records.notices import Notice

VERSION: Final = 1
"""Of the JSON; it rises when a field goes or changes its meaning, not when one comes."""
MOST_PARTS: Final = 100
"""How many incidents of a digest are told, and how many consequences of all of them."""
_FORM: Final = {"Content-Type": "application/json"}


@notifiers.register("webhook")
class Webhook(Notifier):
    """Posts each notice as JSON.

    Parameters
    ----------
    url : str
        Where to, or '$NAME' for the value of an environment variable.
    secret : str, optional
        Signs what is sent; receivers check it by `mltrace.verify_signature`, or a library for
        Standard Webhooks.
    token : str, optional
        Is sent as a bearer token.
    ca_file : str or path, optional
        The authorities whose certificates are trusted, as PEM, in place of the system's.
    **options
        Those of `Notifier`.
    """

    def __init__(
        self,
        *,
        url: str | Secret,
        secret: str | Secret | None = None,
        token: str | Secret | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._endpoint = read_endpoint(url, token=token, ca_file=ca_file)
        self._secret = None if secret is None else read_secret("secret", secret)

    def send(self, notice: Notice) -> None:
        """Post a notice."""
        # Names of files may hold what is no Unicode, which the standard library escapes.
        body = json.dumps(msgspec.to_builtins(payload(notice))).encode()
        key = quote(notice.key, safe="/:")
        headers = {**_FORM, "Idempotency-Key": key, "webhook-id": key}
        if self._secret is not None:
            now = int(time.time())
            headers["webhook-timestamp"] = str(now)
            headers["webhook-signature"] = signature(
                self._secret.reveal(), body, key=key, timestamp=now
            )
        post(self._endpoint, body, headers=headers, seconds=self.timeout_seconds)

    @property
    def target(self) -> str:
        """The host that it posts to."""
        return self._endpoint.told


def payload(notice: Notice) -> dict[str, Any]:
    """Turn a notice into what is sent, of what is many the first, and how many there are."""
    parts = notice.parts or (notice,)
    shown = parts[:MOST_PARTS]
    return {
        "version": VERSION,
        "key": notice.key,
        "kind": notice.kind,
        "at": notice.at,
        "text": plain_text(say(notice)),
        "num_incidents": len(parts),
        "incidents": [
            {"kind": part.kind, **_shortened(part.incident, MOST_PARTS // len(shown))}
            for part in shown
        ],
    }


def _shortened(incident: Incident, most: int) -> dict[str, Any]:
    shown = structs.replace(incident, consequences=incident.consequences[:most])
    return {**shown.to_dict(), "num_consequences": len(incident.consequences)}
