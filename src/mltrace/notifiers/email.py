"""Sends notices by e-mail, as text and as HTML, such that an incident is one thread."""

from __future__ import annotations

import hashlib
import html
import ipaddress
import logging
import smtplib
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Any, Final, Literal

from mltrace.errors import ArgumentError, NotDeliveredError
from mltrace.notifiers.deadline import Deadline
from mltrace.notifiers.notifier import Notifier, notifiers
from mltrace.notifiers.posting import trusted
from mltrace.notifiers.secret import read_secret, without_secrets
from mltrace.notifiers.wording import plain_text, say

if TYPE_CHECKING:
    import os
    import socket
    from collections.abc import Iterable

    from mltrace.notifiers.secret import Secret
    from mltrace.notifiers.wording import Words
    from mltrace.records.notices import Notice

Security = Literal["starttls", "tls", "plain"]
_PORTS: Final[dict[str, int]] = {"starttls": 587, "tls": 465, "plain": 25}
_HEAD: Final = "padding-right:1em;color:#666;text-align:left;font-weight:normal"
_MOST_TOLD: Final = 200
_logger: Final = logging.getLogger("mltrace")
_FIRST: Final = ("opened", "test", "digest")


@notifiers.register("email")
class Email(Notifier):
    """Sends each notice by e-mail.

    Parameters
    ----------
    host : str
        The server that takes the mail (SMTP).
    to : str or iterable of str
        To whom.
    sender : str
        From whom.
    security : {'starttls', 'tls', 'plain'}, optional
        How the connection is encrypted: by default 'starttls', and not at all on this machine
        itself. A server that does not offer STARTTLS is sent nothing.
    port : int, optional
        By default 587, for 'tls' 465, for 'plain' 25.
    user, password : str, optional
        To log in with; better '$NAME' for the value of an environment variable. They are sent to
        another machine over an encrypted connection only.
    ca_file : str or path, optional
        The authorities whose certificates are trusted, as PEM, in place of the system's.
    **options
        Those of `Notifier`.

    Notes
    -----
    All mails of an incident refer to one `Message-ID` and have one subject, by which programs put
    them together; what happened is in their first line.
    """

    def __init__(
        self,
        *,
        host: str,
        to: str | Iterable[str],
        sender: str,
        security: Security | None = None,
        port: int | None = None,
        user: str | Secret | None = None,
        password: str | Secret | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if not isinstance(host, str) or not host or not host.isascii() or " " in host:
            raise ArgumentError(f"host = {host!r} is no name of a server.")
        self.host = host
        self.to = tuple(_address("to", one) for one in ((to,) if isinstance(to, str) else to))
        self.sender = _address("sender", sender)
        self.security = _security(host, security)
        self.port = _PORTS[self.security] if port is None else port
        self._user = None if user is None else read_secret("user", user)
        self._password = None if password is None else read_secret("password", password)
        self._context = None if self.security == "plain" else trusted(ca_file)
        if not self.to:
            raise ArgumentError("to = () names nobody; give one address or several.")
        if (self._user is None) != (self._password is None):
            raise ArgumentError("user and password are given together, or neither.")
        if self._user is not None and self.security == "plain" and not _is_here(host):
            raise ArgumentError(
                f"security = 'plain' would send the password to {host} for all to read; use "
                "'starttls' or 'tls'."
            )

    def send(self, notice: Notice) -> None:
        """Send a notice; a recipient whom the server refuses does not keep it from the others."""
        mail = message(notice, sender=self.sender, to=self.to)
        with Deadline(self.timeout_seconds) as deadline:
            try:
                self._hand_over(mail, deadline)
            except (OSError, smtplib.SMTPException) as error:
                # The error may hold the password: it is neither chained nor told in full.
                raise self._not_delivered(error, deadline) from None

    @property
    def target(self) -> str:
        """To whom, and by which server."""
        return f"{', '.join(self.to)} by {self.host}"

    def _hand_over(self, mail: EmailMessage, deadline: Deadline) -> None:
        with _Session(self.host, self.port, deadline, self._tls_at_once()) as session:
            if self.security == "starttls":
                assert self._context is not None
                session.starttls(context=self._context)
            if self._user is not None and self._password is not None:
                session.login(self._user.reveal(), self._password.reveal())
            refused = session.send_message(mail, self.sender, self.to)
        if refused:
            _logger.warning("Notifier %r: %s refused %s.", self.name, self.host, ", ".join(refused))

    def _tls_at_once(self) -> ssl.SSLContext | None:
        return self._context if self.security == "tls" else None

    def _not_delivered(self, error: Exception, deadline: Deadline) -> NotDeliveredError:
        place = f"{self.host}:{self.port}"
        if deadline.is_over or isinstance(error, TimeoutError):
            return NotDeliveredError(f"{place} did not answer within {deadline.seconds:g} s")
        if isinstance(error, smtplib.SMTPNotSupportedError):
            wanted = "STARTTLS" if self.security == "starttls" else "what is needed to log in"
            return NotDeliveredError(f"{place} does not offer {wanted}", is_permanent=True)
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            codes = [code for code, _ in error.recipients.values()]
            told = f"{place} refused all recipients: {', '.join(map(str, sorted(set(codes))))}"
            return NotDeliveredError(told, is_permanent=min(codes, default=0) >= 500)
        if isinstance(error, smtplib.SMTPResponseException):
            said = f"{error.smtp_code} {self._said(error.smtp_error)}"
            return NotDeliveredError(
                f"{place} answered {said}", is_permanent=error.smtp_code >= 500
            )
        if isinstance(error, ssl.SSLCertVerificationError):
            why = f"has a certificate that is not trusted: {error.verify_message}"
            return NotDeliveredError(f"{place} {why}")
        detail = error.strerror if isinstance(error, OSError) else None
        return NotDeliveredError(f"{place} broke off: {detail or type(error).__name__}")

    def _said(self, answer: bytes | str) -> str:
        text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
        secrets = [one.reveal() for one in (self._user, self._password) if one is not None]
        return without_secrets(" ".join(text.split()), secrets)[:_MOST_TOLD]


class _Session(smtplib.SMTP):
    """A session of SMTP that is shut down when its time is up."""

    def __init__(
        self, host: str, port: int, deadline: Deadline, context: ssl.SSLContext | None
    ) -> None:
        self._deadline = deadline
        self._context = context
        super().__init__(host, port)

    def _get_socket(self, host: str, port: int, _: float) -> socket.socket:
        connected = self._deadline.connect((host, port))
        if self._context is None:
            return connected
        return self._context.wrap_socket(connected, server_hostname=host)


def message(notice: Notice, *, sender: str, to: tuple[str, ...]) -> EmailMessage:
    """Write the mail of a notice."""
    words = say(notice)
    domain = parseaddr(sender)[1].rpartition("@")[2]
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = _subject(notice, words)
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = _id(notice.key, domain)
    if notice.kind not in ("digest", "test"):
        mail["In-Reply-To"] = mail["References"] = _id(notice.incident.id, domain)
    if notice.incident.severity == "critical" and notice.kind != "resolved":
        mail["Importance"] = "high"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Mltrace-Severity"] = notice.incident.severity
    mail["X-Mltrace-Kind"] = notice.kind
    mail.set_content(plain_text(words) + "\n")
    mail.add_alternative(html_text(words), subtype="html")
    return mail


def html_text(words: Words) -> str:
    """Write words as HTML that programs for mail show; everything is escaped.

    Examples
    --------
    >>> from mltrace.notifiers.wording import Words
    >>> html_text(Words("critical", "<script>")).count("&lt;script&gt;")
    2
    """
    rows = "".join(
        f"<tr><th style='{_HEAD}'>{_html(head)}</th><td>{_html(text)}</td></tr>"
        for head, text in words.facts
    )
    items = "".join(f"<li>{_html(line)}</li>" for line in words.listing)
    listing = f"<p>{_html(words.listed_as)}</p><ul>{items}</ul>" if items else ""
    commands = "\n".join(map(_html, words.commands))
    return (
        f"<!doctype html><html><head><meta charset='utf-8'><title>{_html(words.headline)}</title>"
        "</head><body style='font-family:sans-serif'>"
        f"<p style='font-size:1.2em'><b>{_html(words.headline)}</b></p>"
        f"<table>{rows}</table>{listing}"
        + (f"<pre>{commands}</pre>" if commands else "")
        + "</body></html>\n"
    )


def _html(text: str) -> str:
    return html.escape(text)


def _subject(notice: Notice, words: Words) -> str:
    subject = f"[mltrace] {words.title}"
    return subject if notice.kind in _FIRST else f"Re: {subject}"


def _id(key: str, domain: str) -> str:
    return f"<{hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}@{domain}>"


def _address(option: str, given: str) -> str:
    name = parseaddr(given)[1] if isinstance(given, str) else ""
    local, at, domain = name.rpartition("@")
    is_line = isinstance(given, str) and given.isprintable()
    if not (is_line and local and at and domain) or "," in given:
        raise ArgumentError(f"{option} = {given!r} is no e-mail address, such as ops@example.org.")
    return given


def _security(host: str, given: str | None) -> str:
    if given is None:
        return "plain" if _is_here(host) else "starttls"
    if given not in _PORTS:
        raise ArgumentError(f"security = {given!r} is unknown. Accepted: {', '.join(_PORTS)}.")
    return given


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"
