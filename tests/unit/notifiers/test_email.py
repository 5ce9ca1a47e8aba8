"""E-mail over real SMTP: encrypted unless it stays here, one thread for an incident."""

from __future__ import annotations

import contextlib
import email
import email.policy
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.smtp import AuthResult
from tests.incidents import make_alert, make_incident, make_notice
from tests.receivers import Mailbox, free_port, make_certificates, smtp_server

import mltrace as mt
from mltrace.notifiers.email import Email

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

EVIL = "late\r\nBcc: all@example.org\r\n\r\n<script>alert(1)</script>"


def _email(port: int, **options: Any) -> Email:
    defaults: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "to": "ops@example.org",
        "sender": "mltrace <mltrace@example.org>",
        "name": "mail",
    }
    return Email(**{**defaults, **options})


def _read(mail: bytes) -> EmailMessage:
    return email.message_from_bytes(mail, policy=email.policy.default)


def test_a_mail_has_text_and_html() -> None:
    mailbox = Mailbox()
    with smtp_server(mailbox) as port:
        _email(port, to=["ops@example.org", "ann@example.org"]).send(make_notice())
    mail = _read(mailbox.mails[0])
    assert mailbox.recipients == [["ops@example.org", "ann@example.org"]]
    assert mail["Subject"] == "[mltrace] dep_delay of clean.csv has drifted"
    assert mail["X-Mltrace-Severity"] == "warning"
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().startswith("WARNING: dep_delay of clean.csv has drifted\r\n")
    assert "<b>Warning: dep_delay of clean.csv has drifted</b>" in html.get_content()


def test_the_mails_of_an_incident_are_one_thread() -> None:
    mailbox = Mailbox()
    with smtp_server(mailbox) as port:
        for kind in ("opened", "worsened", "resolved", "resolved"):
            _email(port).send(make_notice(kind))
        _email(port).send(make_notice(incident=make_incident(id="other")))
    mails = [_read(mail) for mail in mailbox.mails]
    roots = [mail["References"] for mail in mails]
    assert len(set(roots[:4])) == 1
    assert roots[4] != roots[0]
    assert [mail["In-Reply-To"] for mail in mails] == roots
    assert {mail["Subject"].removeprefix("Re: ") for mail in mails} == {mails[0]["Subject"]}
    ids = [mail["Message-ID"] for mail in mails]
    assert ids[2] == ids[3], "a repetition has the same id"
    assert len(set(ids)) == 4


def test_no_header_nor_html_is_slipped_in() -> None:
    mailbox = Mailbox()
    incident = make_incident(title=EVIL, cause=make_alert(message=EVIL, component=EVIL))
    with smtp_server(mailbox) as port:
        _email(port).send(make_notice(incident=incident))
    mail = _read(mailbox.mails[0])
    html = mail.get_body(("html",))
    assert html is not None
    assert mail["Bcc"] is None
    assert mailbox.recipients == [["ops@example.org"]]
    assert "<script>" not in html.get_content()
    assert "&lt;script&gt;" in html.get_content()


def test_starttls_is_used_and_verified(tmp_path: Path) -> None:
    mailbox = Mailbox()
    context, ca_file = make_certificates(tmp_path)
    options: dict[str, Any] = {"security": "starttls", "host": "localhost"}
    with smtp_server(mailbox, tls_context=context, require_starttls=True) as port:
        with pytest.raises(mt.NotDeliveredError, match="not trusted: self-signed certificate"):
            _email(port, **options).send(make_notice())
        assert mailbox.mails == []
        _email(port, ca_file=ca_file, **options).send(make_notice())
    assert len(mailbox.mails) == 1


def test_tls_from_the_start(tmp_path: Path) -> None:
    mailbox = Mailbox()
    context, ca_file = make_certificates(tmp_path)
    notifier = {"security": "tls", "host": "localhost", "ca_file": ca_file}
    context.load_verify_locations(ca_file)  # for the server's own probe of itself
    with smtp_server(mailbox, ssl_context=context) as port:
        _email(port, **notifier).send(make_notice())
    assert len(mailbox.mails) == 1


def test_a_server_without_starttls_is_sent_nothing() -> None:
    mailbox = Mailbox()
    refused = pytest.raises(mt.NotDeliveredError, match="does not offer STARTTLS")
    with smtp_server(mailbox) as port, refused as caught:
        _email(port, security="starttls").send(make_notice())
    assert caught.value.is_permanent
    assert mailbox.mails == []


def test_one_logs_in_with_a_password_that_is_not_told(tmp_path: Path) -> None:
    mailbox = Mailbox()
    context, ca_file = make_certificates(tmp_path)

    def check(_: Any, __: Any, ___: Any, ____: Any, given: Any) -> AuthResult:
        is_right = (given.login, given.password) == (b"ops", b"s3cret-word")
        return AuthResult(success=is_right, handled=is_right)

    options: dict[str, Any] = {"host": "localhost", "security": "starttls", "ca_file": ca_file}
    server = {"tls_context": context, "authenticator": check, "auth_required": True}
    with smtp_server(mailbox, **server) as port:
        right = _email(port, user="ops", password="s3cret-word", **options)
        right.send(make_notice())
        with pytest.raises(mt.NotDeliveredError, match="answered 535") as caught:
            _email(port, user="ops", password="wr0ng-word", **options).send(make_notice())
    assert len(mailbox.mails) == 1
    assert caught.value.is_permanent
    assert "wr0ng-word" not in str(caught.value)
    assert "s3cret-word" not in repr(right) + repr(vars(right)) + right.target


@pytest.mark.parametrize(("answer", "is_permanent"), [("451 busy", False), ("554 no", True)])
def test_what_the_server_answers_says_whether_to_try_again(answer: str, is_permanent: bool) -> None:
    mailbox = Mailbox()
    mailbox.answer = answer
    refused = pytest.raises(mt.NotDeliveredError, match=f"answered {answer}")
    with smtp_server(mailbox) as port, refused as caught:
        _email(port).send(make_notice())
    assert caught.value.is_permanent == is_permanent


def test_one_recipient_that_is_refused_keeps_it_from_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    mailbox = Mailbox()
    mailbox.refused = {"gone@example.org": "550 gone"}
    with smtp_server(mailbox) as port:
        _email(port, to=["gone@example.org", "ops@example.org"]).send(make_notice())
        with pytest.raises(mt.NotDeliveredError, match="refused all recipients: 550") as caught:
            _email(port, to="gone@example.org").send(make_notice())
    assert mailbox.recipients == [["ops@example.org"]]
    assert "refused gone@example.org" in caplog.text
    assert caught.value.is_permanent


def test_a_server_that_drips_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                while not stop.wait(0.05):
                    connection.send(b"2")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        began = time.monotonic()
        with pytest.raises(mt.NotDeliveredError, match=r"did not answer within 0\.5 s"):
            _email(server.getsockname()[1], timeout="500ms").send(make_notice())
        assert time.monotonic() - began < 10
        stop.set()
        thread.join(10)


def test_no_server_is_told() -> None:
    with pytest.raises(mt.NotDeliveredError, match="broke off: Connection refused"):
        _email(free_port()).send(make_notice())


def test_what_stays_here_needs_no_encryption_and_all_else_has_it() -> None:
    assert _email(25).security == "plain"
    assert _email(25, host="localhost").security == "plain"
    assert _email(25, host="mail.example.org").security == "starttls"
    assert Email(host="m.example.org", to="a@b.c", sender="a@b.c").port == 587


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"to": "nobody"}, "to = 'nobody' is no e-mail address"),
        ({"to": "a@b.c\r\nBcc: x@y.z"}, "is no e-mail address"),
        ({"to": []}, "names nobody"),
        ({"user": "ops"}, "user and password are given together"),
        ({"security": "ssl"}, "security = 'ssl' is unknown. Accepted: starttls, tls, plain"),
        (
            {"host": "m.example.org", "security": "plain", "user": "a", "password": "b"},
            "would send the password to m.example.org",
        ),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(mt.ArgumentError, match=message):
        _email(25, **options)
