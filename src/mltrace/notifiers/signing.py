"""Signs what webhooks send, and verifies it where it arrives.

By the Standard Webhooks specification, so that receivers may use a library of any language: the
header `webhook-signature` is `v1,` and the base64 of an HMAC-SHA256 over id, timestamp and body,
joined by full stops; the other headers are `webhook-id` and `webhook-timestamp`.

References
----------
Standard Webhooks, https://www.standardwebhooks.com
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from typing import TYPE_CHECKING, Final

from mltrace.times import parse_age

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

_PREFIX: Final = "whsec_"
_VERSION: Final = "v1"


def signature(secret: str, body: bytes, *, key: str, timestamp: int) -> str:
    """Sign a body, its key and its time.

    Examples
    --------
    That of the specification:

    >>> signature(
    ...     "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ...     b'{"test": 2432232314}',
    ...     key="msg_p5jXN8AQM9LWM0D4loKWxJek",
    ...     timestamp=1614265330,
    ... )
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = f"{key}.{timestamp}.".encode() + body
    digest = hmac.new(_bytes_of(secret), signed, hashlib.sha256).digest()
    return f"{_VERSION},{base64.b64encode(digest).decode()}"


def verify_signature(
    body: bytes,
    headers: Mapping[str, str],
    *,
    secret: str,
    max_age: str | timedelta = "5m",
) -> bool:
    """Tell whether a request to a webhook comes from whoever has the secret, and is no replay.

    Parameters
    ----------
    body : bytes
        The body as it arrived, before it is decoded.
    headers : mapping of str to str
        Its headers, in upper or lower case.
    secret : str
        The secret of the notifier; such a text that begins with `whsec_` is base64.
    max_age : str or timedelta, default '5m'
        How far the time of the request may be from now, in either direction.

    Returns
    -------
    bool
        False if a header lacks or cannot be, too.

    Notes
    -----
    Signatures are compared in constant time. Within `max_age` a request may be replayed: a receiver
    for which that matters keeps the values of `Idempotency-Key` for as long.

    Examples
    --------
    >>> import mltrace as mt
    >>> mt.verify_signature(b"{}", {"webhook-id": "x"}, secret="s3cret")
    False
    """
    given = {name.lower(): value for name, value in headers.items()}
    key, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    signatures = given.get("webhook-signature", "").split()
    if not key or not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 16):
        return False
    if abs(time.time() - int(stamp)) > parse_age(max_age):
        return False
    expected = signature(secret, body, key=key, timestamp=int(stamp)).encode()
    matches = [hmac.compare_digest(expected, one.encode()) for one in signatures]
    return any(matches)


def _bytes_of(secret: str) -> bytes:
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass  # a text that only looks like one
    return secret.encode()
