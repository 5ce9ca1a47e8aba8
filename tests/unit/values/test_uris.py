from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from mltrace.errors import ValueNotKeptError
from mltrace.values.described import Described
from mltrace.values.kinds import load, recognise

if TYPE_CHECKING:
    from pathlib import Path

Describe = Callable[..., Described]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_a_uri_without_a_version_has_no_digest(describe: Describe) -> None:
    found = describe("s3://bucket/raw.csv")
    assert (found.kind, found.digest, found.name) == ("file", None, "s3://bucket/raw.csv")
    assert found.identity == "s3://bucket/raw.csv"
    assert found.reason is not None


@pytest.mark.parametrize(
    ("uri", "version", "is_trivial"),
    [
        ("s3://bucket/raw.csv?versionId=abc123", "abc123", True),
        ("s3://bucket/raw.csv#etag=0123456789abcdef", "0123456789abcdef", False),
        ('s3://bucket/raw.csv#etag="0123456789abcdef"', "0123456789abcdef", False),
        ("gs://bucket/raw.csv#generation=17", "17", True),
        ("delta://bucket/raw.csv?version=3", "3", True),
    ],
)
def test_the_version_is_the_digest(
    uri: str, version: str, is_trivial: bool, describe: Describe
) -> None:
    found = describe(uri)
    assert (found.digest, found.trivial, found.reason) == (version, is_trivial, None)
    assert (found.identity or "").endswith("://bucket/raw.csv")


def test_secrets_are_left_out(describe: Describe) -> None:
    found = describe("postgresql://me:hunter2@host/db?sslmode=on")
    assert found.name == "postgresql://me:***@host/db?sslmode=on"
    signed = describe("https://host/a.csv?X-Amz-Signature=abc&page=2")
    assert signed.name == "https://host/a.csv?X-Amz-Signature=***&page=2"
    assert "hunter2" not in repr(found)


def test_file_uris_are_local(tmp_path: Path, describe: Describe) -> None:
    path = tmp_path / "my raw.csv"
    path.write_bytes(b"x")
    found = describe(path.as_uri())
    assert found.identity == str(path)
    assert found.name == path.as_uri()
    assert found.digest == describe(path).digest


def test_sentences_with_links_are_not_uris() -> None:
    for text in ("see https://example.org for more", "://x", "a:b", "s3://"):
        assert recognise(text) is None, text
    assert recognise("http://[bad") is not None


def test_what_a_uri_names_is_never_loaded() -> None:
    with pytest.raises(ValueNotKeptError, match="not kept"):
        load({"format": "uri"}, lambda _: (_ for _ in ()).throw(KeyError()))
