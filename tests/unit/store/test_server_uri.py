"""The URI of a database server: what it names, and what is never said of it."""

from __future__ import annotations

import pytest

from mltrace.config import load_settings
from mltrace.errors import ConfigurationError
from mltrace.store.location import locate
from mltrace.store.server_uri import hide_password, is_server_uri, parse_server_uri

URI = "postgresql://ann:s3cret@db.example.org:5433/team?schema=flights&sslmode=require"


@pytest.fixture(autouse=True)
def _no_libpq_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGPORT", "PGDATABASE", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)


def _folder(uri: str) -> str:
    return parse_server_uri(uri).folder_name


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_usual_schemes_are_known(scheme: str) -> None:
    assert is_server_uri(f"{scheme}://db/team")
    assert parse_server_uri(f"{scheme}://db/team").shown == "postgresql://db/team"


@pytest.mark.parametrize("uri", ["postgresql", "/postgresql://x", "sqlite:///x", "mysql://h/d"])
def test_other_uris_are_not(uri: str) -> None:
    assert not is_server_uri(uri)


def test_password_is_in_no_name_and_in_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACE_SPOOL", "/spools")
    server, location = parse_server_uri(URI), locate(URI, spool="/spools")
    assert server.shown == "postgresql://ann@db.example.org:5433/team?schema=flights"
    said = [repr(server), server.shown, server.folder_name, repr(location), location.name]
    said += [str(location.spool), str(location.blobs), repr(load_settings(URI))]
    assert not [text for text in said if "s3cret" in text]


@pytest.mark.parametrize(
    "other",
    [
        "postgresql://bob:other@db.example.org:5433/team?schema=flights",
        "postgres://db.example.org:5433/team?schema=flights&sslmode=disable",
        "postgresql://DB.example.org:5433/team?schema=flights",
    ],
)
def test_one_database_has_one_folder_whoever_logs_in(other: str) -> None:
    assert _folder(other) == _folder(URI)


@pytest.mark.parametrize(
    "other",
    [
        "postgresql://ann:s3cret@db.example.org:5433/team",
        "postgresql://ann:s3cret@db.example.org:5432/team?schema=flights",
        "postgresql://ann:s3cret@db.example.org:5433/other?schema=flights",
        "postgresql://ann:s3cret@db2.example.org:5433/team?schema=flights",
        "postgresql://ann:s3cret@db.example.org:5433/team?options=-csearch_path%3Dflights",
    ],
)
def test_another_database_or_schema_has_another_folder(other: str) -> None:
    assert _folder(other) != _folder(URI)


def test_what_libpq_takes_from_the_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = _folder("postgresql:///team")
    monkeypatch.setenv("PGHOST", "db.example.org")
    assert _folder("postgresql:///team") != before
    assert _folder("postgresql:///team") == _folder("postgresql://db.example.org/team")
    assert _folder("postgresql:///team") == _folder("postgresql://db.example.org:5432/team")


def test_parameters_that_are_none_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="name=value") as refused:
        parse_server_uri("postgresql://ann:s3cret@db/team?schema")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://ann:hun/ter2@db:1/team",
        "postgresql://ann:hun?ter2@db:1/team",
        "postgresql://ann:hun?a=ter2@db:1/team",
        "postgresql://ann:hun@ter2@db:1/team",
        "postgresql://ann@db:1/team?password=hun@ter2",
        "postgresql:/ann:hun/ter2@db:1/team",
        "postgres:ann:hun/ter2@db:1/team",
        "Postgresql:/ann:hun?ter2@db:1/team",
        "mysql://ann:hun?ter2@db:1/team",
        "mysql://ann:hun/ter2@db:1/team",
    ],
)
def test_password_with_special_characters_is_refused_and_not_told(uri: str) -> None:
    assert "hun" not in hide_password(uri)
    if not uri.startswith("Postgresql:/"):
        with pytest.raises(ConfigurationError, match=r"postgresql://user@host|%2F") as refused:
            locate(uri, spool="/spools")
        assert "hun" not in str(refused.value)
        assert "ter2@" not in str(refused.value)
