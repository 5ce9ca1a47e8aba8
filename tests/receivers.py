"""Real receivers of notices on free loopback ports: HTTP, HTTPS, SMTP, Alertmanager."""

from __future__ import annotations

import contextlib
import datetime
import http.server
import json
import shutil
import socket
import ssl
import subprocess
import threading
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECONDS: Final = 30


@dataclass(frozen=True)
class Received:
    """A request that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """What a server answers: a status, or something worse."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    how: Callable[[http.server.BaseHTTPRequestHandler], None] | None = None


class HttpReceiver:
    """An HTTP server that keeps what arrives, and answers as told: the last answer for good."""

    def __init__(self, *answers: Answer | int, context: ssl.SSLContext | None = None) -> None:
        self.received: list[Received] = []
        self.answers = [one if isinstance(one, Answer) else Answer(one) for one in answers]
        self.released = threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append(Received(self.path, headers, self.rfile.read(length)))
                receiver._answer(self)

            def do_GET(self) -> None:
                receiver.received.append(Received(self.path, {}, b""))
                receiver._answer(self)

            def log_message(self, *_: object) -> None: ...

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None: ...  # clients break off on purpose

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.is_tls = context is not None
        if context is not None:
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        port = self.server.server_address[1]
        return f"https://localhost:{port}" if self.is_tls else f"http://127.0.0.1:{port}"

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(SECONDS)

    def _answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        answer = Answer()
        if self.answers:
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer.how is not None:
            answer.how(handler)
            return
        handler.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(answer.body)

    def never(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        """Answer nothing until the test is over."""
        self.released.wait(SECONDS)
        handler.close_connection = True

    def drip(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        """Answer a byte at a time, each of them in time, for good."""
        with contextlib.suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 2")
            while not self.released.wait(0.05):
                handler.wfile.write(b".")
        handler.close_connection = True

    def break_off(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        """Close in the middle of an answer."""
        handler.wfile.write(b"HTTP/1.")
        handler.close_connection = True


def make_certificates(folder: Path, *, host: str = "localhost") -> tuple[ssl.SSLContext, Path]:
    """Make a certificate that signs itself: a server's context, and the PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "ca.pem", folder / "key.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain, private)
    return context, chain


class Mailbox:
    """What an SMTP server does with mail: it keeps it, or answers as it is told."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.recipients: list[list[str]] = []
        self.answer = "250 OK"
        self.refused: dict[str, str] = {}

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.mails.append(envelope.content)
            self.recipients.append(envelope.rcpt_tos)
        return self.answer


@contextlib.contextmanager
def smtp_server(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    """Run an SMTP server on a free port, and tell that."""
    port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def free_port() -> int:
    """Find a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class NoAlertmanagerError(Exception):
    """There is no Alertmanager to start; the text says why."""


class PrivateAlertmanager:
    """An Alertmanager of our own, without a cluster; it ends with the test."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
        if program is None:
            raise NoAlertmanagerError("no Alertmanager (Debian: prometheus-alertmanager)")
        self.url = ""
        config = folder / "alertmanager.yml"
        config.write_text("route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n")
        self._command = [
            program,
            f"--config.file={config}",
            f"--storage.path={folder / 'data'}",
            "--cluster.listen-address=",
        ]
        self._server: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._server = subprocess.Popen(
            [*self._command, f"--web.listen-address=127.0.0.1:{port}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._server.stderr is not None
        told = []
        for line in self._server.stderr:
            told.append(line)
            if "Listening on" in line:
                break
        else:
            raise NoAlertmanagerError("".join(told))
        # What it logs later is read, too, so that it never waits for that.
        threading.Thread(target=self._server.stderr.read, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.terminate()
        self._server.wait(SECONDS)
        assert self._server.stderr is not None
        with contextlib.suppress(ValueError):
            self._server.stderr.close()

    def alerts(self) -> list[dict[str, Any]]:
        """List the alerts that it takes for open."""
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts", timeout=SECONDS) as response:
            found: list[dict[str, Any]] = json.load(response)
            return found
