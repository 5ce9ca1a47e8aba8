"""Posts to receivers over HTTP.

By the standard library: an opener of `urllib.request` does what is needed, TLS verified and proxies
as the environment says, and has only the handlers that it is given. So it follows no redirects
and opens no files. A library for it would come into every pipeline's environment.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import http.client
import ssl
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.error import URLError
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from mltrace.errors import ConfigurationError, NotDeliveredError
from mltrace.notifiers.deadline import Deadline
from mltrace.notifiers.secret import Secret, read_secret, without_secrets

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

MOST_READ_BYTES: Final = 4096
"""What is read of an answer that is an error; nothing is read of any other."""
_MOST_TOLD: Final = 200
_TRANSIENT: Final = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to post to.

    Attributes
    ----------
    url : Secret
        The URL without user and password; its path may be a secret.
    told : str
        What is told of it: scheme, host and port.
    headers : mapping
        What each request has to say who sends it.
    context : SSLContext or None
        Which certificates are trusted.
    """

    url: Secret
    told: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    context: ssl.SSLContext | None = field(default=None, repr=False)

    def secrets(self) -> list[str]:
        """List what of it is never told."""
        parts = urlsplit(self.url.reveal())
        tokens = [
            *parts.path.split("/"),
            *(pair.rpartition("=")[2] for pair in parts.query.split("&")),
        ]
        return [
            self.url.reveal(),
            parts.path,
            *tokens,
            *(one.partition(" ")[2] for one in self.headers.values()),
        ]


def read_endpoint(
    url: str | Secret,
    *,
    token: str | Secret | None = None,
    ca_file: str | os.PathLike[str] | None = None,
    path: str = "",
) -> Endpoint:
    """Read where to post to.

    Parameters
    ----------
    url : str or Secret
        An http or https URL, or '$NAME' for that of an environment variable. User and password in
        it are sent as basic authentication.
    token : str or Secret, optional
        Is sent as a bearer token.
    ca_file : str or path, optional
        The certificates of authorities to trust, as PEM, in place of those of the system.
    path : str, default ''
        What is added to the path of the URL.

    Raises
    ------
    ConfigurationError
        If one of them cannot be; the message does not tell the URL.

    Examples
    --------
    >>> read_endpoint("https://ops:pw@example.org/hook").told
    'https://example.org'
    """
    parts = _split(read_secret("url", url).reveal())
    headers = {}
    if parts.username or parts.password:
        pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    if token is not None:
        headers["Authorization"] = f"Bearer {_fit_for_header(read_secret('token', token))}"
    place = parts.netloc.rpartition("@")[2]
    bare = urlunsplit(
        (
            parts.scheme,
            place,
            parts.path.rstrip("/") + path if path else parts.path,
            parts.query,
            "",
        )
    )
    return Endpoint(
        url=Secret(bare),
        told=f"{parts.scheme}://{place}",
        headers=headers,
        context=trusted(ca_file) if parts.scheme == "https" else None,
    )


def trusted(ca_file: str | os.PathLike[str] | None) -> ssl.SSLContext:
    """Make a context that verifies certificates by the system's authorities, or by a file of them.

    Raises
    ------
    ConfigurationError
        If the file cannot be read.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # of ssl as well
        raise ConfigurationError(
            f"ca_file = {str(ca_file)!r} cannot be read as certificates: {error}. Give a PEM file."
        ) from error


def post(endpoint: Endpoint, body: bytes, *, headers: Mapping[str, str], seconds: float) -> None:
    """Post a body; return once the receiver has taken it.

    Raises
    ------
    NotDeliveredError
        If it has not, or that is not known; permanent if it answered that it never will. What the
        receiver says is told without the secrets of the endpoint.
    """
    request = urllib.request.Request(  # noqa: S310 (it is http or https)
        endpoint.url.reveal(),
        data=body,
        headers={"User-Agent": "mltrace", **headers, **endpoint.headers},
        method="POST",
    )
    with Deadline(seconds) as deadline:
        try:
            answer = _exchange(request, deadline, endpoint.context)
        except (OSError, http.client.HTTPException) as error:
            # The error may hold the URL: it is neither chained nor told in full.
            raise NotDeliveredError(_reason(endpoint, error, deadline)) from None
    _judge(endpoint, answer)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    retry_after: str | None = None
    text: str = ""


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_good = is_good and (parts.port is None or parts.port > 0)
    except ValueError:
        is_good = False
    if not is_good or not url.isascii() or any(char <= " " or char == "\x7f" for char in url):
        raise ConfigurationError(
            "url is not one to post to; give one that begins with https:// (or http://) and has a "
            "host, or '$NAME' for that of an environment variable. It is not told, for it may be "
            "a secret."
        )
    return parts


def _fit_for_header(token: Secret) -> str:
    text = token.reveal()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigurationError(
            "token holds a character that no header may; give one of letters, digits and signs."
        )
    return text


class _Watched(http.client.HTTPConnection):
    """A connection that is shut down when its time is up."""

    def __init__(self, *args: Any, deadline: Deadline, **options: Any) -> None:
        super().__init__(*args, **options)
        # Even a proxy that drips while it makes a tunnel is watched so.
        self._create_connection = deadline.connect


class _WatchedTls(_Watched, http.client.HTTPSConnection):
    """The same with TLS."""


class _Handler(urllib.request.AbstractHTTPHandler):
    def __init__(self, deadline: Deadline, context: ssl.SSLContext | None) -> None:
        super().__init__()
        self._deadline = deadline
        self._context = context

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self._open(functools.partial(_Watched, deadline=self._deadline), request)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        make = functools.partial(_WatchedTls, deadline=self._deadline, context=self._context)
        return self._open(make, request)

    def _open(self, make: Any, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(make, request)

    http_request = urllib.request.AbstractHTTPHandler.do_request_
    https_request = urllib.request.AbstractHTTPHandler.do_request_


def _exchange(
    request: urllib.request.Request, deadline: Deadline, context: ssl.SSLContext | None
) -> _Answer:
    opener = urllib.request.OpenerDirector()
    opener.add_handler(urllib.request.ProxyHandler())
    opener.add_handler(_Handler(deadline, context))
    response = opener.open(request, timeout=deadline.remaining())
    if response is None:  # no handler is of the scheme of a proxy
        raise OSError("the proxy that the environment names is neither http nor https")
    with response:
        if 200 <= response.status < 300:
            return _Answer(response.status)
        text = b""
        with contextlib.suppress(OSError, http.client.HTTPException):  # the status is enough
            text = response.read(MOST_READ_BYTES)
        retry_after = response.headers.get("Retry-After")
        return _Answer(response.status, retry_after, text.decode(errors="replace"))


def _judge(endpoint: Endpoint, answer: _Answer) -> None:
    status = answer.status
    if 200 <= status < 300:
        return
    said = without_secrets(" ".join(answer.text.split()), endpoint.secrets())[:_MOST_TOLD]
    if 300 <= status < 400:
        said = "it redirects, which is not followed; give the URL that it leads to"
    meaning = http.client.responses.get(status, "")
    raise NotDeliveredError(
        f"{endpoint.told} answered {status} {meaning}".rstrip() + (f": {said}" if said else ""),
        is_permanent=300 <= status < 500 and status not in _TRANSIENT,
        retry_after_seconds=seconds_asked(answer.retry_after),
    )


def _reason(endpoint: Endpoint, error: BaseException, deadline: Deadline) -> str:
    cause = error.reason if isinstance(error, URLError) else error
    if deadline.is_over or isinstance(cause, TimeoutError):
        return f"{endpoint.told} did not answer within {deadline.seconds:g} s"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"{endpoint.told} has a certificate that is not trusted: {cause.verify_message}. If "
            "your own authority signed it, give that as ca_file"
        )
    if isinstance(cause, OSError):
        said = cause.strerror or str(cause) or type(cause).__name__
        return f"{endpoint.told} cannot be reached: {without_secrets(said, endpoint.secrets())}"
    return f"{endpoint.told} broke off: {type(cause).__name__}"


def seconds_asked(given: str | None) -> float | None:
    """Read how long a receiver asks to wait: seconds, or a date of HTTP.

    Examples
    --------
    >>> seconds_asked("120"), seconds_asked("soon")
    (120.0, None)
    """
    if given is None:
        return None
    if given.strip().isdecimal():
        return float(given[:12])
    try:
        moment = parsedate_to_datetime(given)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
