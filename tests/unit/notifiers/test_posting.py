"""Posts arrive, and whatever a receiver does instead of taking them is told, in time."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from tests.receivers import Answer, HttpReceiver, free_port, make_certificates

import mltrace as mt
from mltrace.notifiers.posting import post, read_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _post(url: str, *, seconds: float = 20, ca_file: Path | None = None) -> None:
    post(read_endpoint(url, ca_file=ca_file), b"{}", headers={}, seconds=seconds)


def test_a_post_arrives_with_its_headers_and_the_credentials_of_its_url(
    receiver: Callable[..., HttpReceiver],
) -> None:
    server = receiver()
    url = server.url.replace("://", "://ops:p%40ss@")
    post(read_endpoint(f"{url}/hook?to=me"), b"[1]", headers={"X-It": "is"}, seconds=20)
    (got,) = server.received
    assert (got.path, got.body, got.headers["x-it"]) == ("/hook?to=me", b"[1]", "is")
    assert got.headers["authorization"] == "Basic b3BzOnBAc3M="


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_what_may_be_better_later_is_not_permanent(
    receiver: Callable[..., HttpReceiver], status: int
) -> None:
    with pytest.raises(mt.NotDeliveredError, match=f"answered {status}") as caught:
        _post(receiver(status).url)
    assert not caught.value.is_permanent


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413])
def test_a_refusal_is_permanent(receiver: Callable[..., HttpReceiver], status: int) -> None:
    with pytest.raises(mt.NotDeliveredError, match=f"answered {status} .*: no such hook") as caught:
        _post(receiver(Answer(status, body=b"no such\nhook")).url)
    assert caught.value.is_permanent


def test_a_receiver_says_when_to_try_again(receiver: Callable[..., HttpReceiver]) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    server = receiver(
        Answer(429, {"Retry-After": "37"}), Answer(503, {"Retry-After": later}), Answer(429)
    )
    waits = []
    for _ in range(3):
        with pytest.raises(mt.NotDeliveredError, match="answered") as caught:
            _post(server.url)
        waits.append(caught.value.retry_after_seconds)
    assert waits[0] == 37
    assert waits[1] is not None
    assert 500 < waits[1] <= 600
    assert waits[2] is None


def test_redirects_are_not_followed(receiver: Callable[..., HttpReceiver]) -> None:
    other = receiver()
    server = receiver(Answer(307, {"Location": f"{other.url}/secret"}))
    with pytest.raises(mt.NotDeliveredError, match="it redirects, which is not followed") as caught:
        _post(server.url)
    assert caught.value.is_permanent
    assert other.received == []
    assert "/secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/x",
        "example.org",
        "https://",
        "http://a b/",
        "http://x:99999/",
        "http://ex\xe4mple.org",
    ],
)
def test_only_http_urls_are_taken_and_none_is_told(url: str) -> None:
    with pytest.raises(mt.ConfigurationError, match="url is not one to post to") as caught:
        read_endpoint(url)
    assert f"{url} " not in f"{caught.value} ".replace("https:// (", "")


def test_a_receiver_that_does_not_answer_is_left_in_time(
    receiver: Callable[..., HttpReceiver],
) -> None:
    server = receiver()
    server.answers = [Answer(how=server.never)]
    began = time.monotonic()
    with pytest.raises(mt.NotDeliveredError, match=r"did not answer within 0\.3 s") as caught:
        _post(server.url, seconds=0.3)
    assert not caught.value.is_permanent
    assert time.monotonic() - began < 10


def test_a_receiver_that_drips_is_left_in_time(receiver: Callable[..., HttpReceiver]) -> None:
    server = receiver()
    server.answers = [Answer(how=server.drip)]
    began = time.monotonic()
    with pytest.raises(mt.NotDeliveredError, match=r"did not answer within 0\.5 s"):
        _post(server.url, seconds=0.5)
    assert time.monotonic() - began < 10


def test_a_receiver_that_never_shakes_hands_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(mt.NotDeliveredError, match=r"did not answer within 0\.3 s"):
            _post(f"https://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.3)
        assert time.monotonic() - began < 10


def test_a_receiver_that_closes_in_the_middle_is_told(
    receiver: Callable[..., HttpReceiver],
) -> None:
    server = receiver()
    server.answers = [Answer(how=server.break_off)]
    with pytest.raises(mt.NotDeliveredError, match="broke off"):
        _post(server.url)


def test_a_refusal_counts_whose_reason_is_cut_off(
    receiver: Callable[..., HttpReceiver],
) -> None:
    server = receiver(Answer(404, {"Content-Length": "100"}, b"no"))
    with pytest.raises(mt.NotDeliveredError, match="answered 404 Not Found") as caught:
        _post(server.url)
    assert caught.value.is_permanent


def test_nobody_there_is_told(receiver: Callable[..., HttpReceiver]) -> None:
    with pytest.raises(mt.NotDeliveredError, match="cannot be reached: Connection refused"):
        _post(f"http://127.0.0.1:{free_port()}/")


def test_a_name_without_address_is_told() -> None:
    with pytest.raises(mt.NotDeliveredError, match=r"nowhere\.invalid cannot be reached"):
        _post("https://nowhere.invalid/")


def test_a_certificate_must_be_trusted(
    receiver: Callable[..., HttpReceiver], tmp_path: Path
) -> None:
    context, ca_file = make_certificates(tmp_path)
    server = receiver(context=context)
    with pytest.raises(mt.NotDeliveredError, match="not trusted: self-signed certificate"):
        _post(server.url)
    assert server.received == []
    _post(server.url, ca_file=ca_file)
    assert len(server.received) == 1


def test_a_certificate_must_be_of_the_host(
    receiver: Callable[..., HttpReceiver], tmp_path: Path
) -> None:
    context, ca_file = make_certificates(tmp_path, host="example.org")
    server = receiver(context=context)
    with pytest.raises(mt.NotDeliveredError, match="not trusted: Hostname mismatch"):
        _post(server.url, ca_file=ca_file)
    assert server.received == []


@pytest.mark.parametrize("token", ["s3cret\r\nX-Evil: 1", "s3cr\xe9t", "s3 cret"])
def test_a_token_must_fit_into_a_header(token: str) -> None:
    with pytest.raises(mt.ConfigurationError, match="token holds a character") as caught:
        read_endpoint("https://example.org", token=token)
    assert token not in str(caught.value)


def test_a_file_of_authorities_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(mt.ConfigurationError, match=r"ca_file = .*gone\.pem.* cannot be read"):
        read_endpoint("https://example.org", ca_file=tmp_path / "gone.pem")


def test_the_answer_of_a_receiver_tells_no_secret(
    receiver: Callable[..., HttpReceiver],
) -> None:
    server = receiver(
        Answer(404, body=b"no /T012/s3cr3tpath for key=t0k3nvalue, Basic b3BzOnBhc3M=")
    )
    url = server.url.replace("://", "://ops:pass@") + "/T012/s3cr3tpath?key=t0k3nvalue"
    with pytest.raises(mt.NotDeliveredError) as caught:
        _post(url)
    for secret in ("s3cr3tpath", "t0k3nvalue", "b3BzOnBhc3M=", "ops:pass"):
        assert secret not in str(caught.value)
        assert secret not in repr(read_endpoint(url))
    assert caught.value.__cause__ is None


def test_a_long_answer_is_cut(receiver: Callable[..., HttpReceiver]) -> None:
    with pytest.raises(mt.NotDeliveredError) as caught:
        _post(receiver(Answer(400, body=b"x" * 5_000_000)).url)
    assert len(str(caught.value)) < 300


def test_the_proxy_of_the_environment_is_used(
    receiver: Callable[..., HttpReceiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = receiver()
    monkeypatch.setenv("http_proxy", proxy.url)
    _post("http://example.invalid/hook")
    assert [got.path for got in proxy.received] == ["http://example.invalid/hook"]
    monkeypatch.setenv("https_proxy", proxy.url)
    with pytest.raises(mt.NotDeliveredError, match="Tunnel connection failed: 501"):
        _post("https://example.invalid/s3cret")
    direct = receiver()
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    _post(direct.url)
    assert len(direct.received) == 1
    assert len(proxy.received) == 1
