"""Stores that keep values in one folder are told apart, whoever opens them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mltrace as mt
from mltrace.store.kept.sharing import check_not_shared, note_store
from mltrace.store.location import locate

if TYPE_CHECKING:
    from pathlib import Path

    from mltrace.store.location import Location

URI = "postgresql://ann:secret@db.example.org:5432/team"


@pytest.fixture(autouse=True)
def _no_libpq_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGPORT", "PGDATABASE", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)


def _located(uri: str, folder: Path) -> Location:
    return locate(uri, str(folder / "values"), spool=str(folder))


@pytest.mark.parametrize(
    "same",
    [
        "postgresql://bob@db.example.org:5432/team",
        "postgres://bob:other@DB.example.org/team?sslmode=require",
        "postgresql:///team?host=db.example.org",
    ],
)
def test_users_of_one_store_on_a_server_share_its_values(tmp_path: Path, same: str) -> None:
    for uri in (URI, same):
        note_store(_located(uri, tmp_path))
    for uri in (URI, same):
        check_not_shared(_located(uri, tmp_path))


@pytest.mark.parametrize(
    "other",
    ["postgresql://ann@db.example.org/side", f"{URI}?schema=flights", "postgresql://ann@dc/team"],
)
def test_another_store_on_a_server_is_named_without_its_password(
    tmp_path: Path, other: str
) -> None:
    note_store(_located(URI, tmp_path))
    with pytest.raises(mt.MltraceError, match=r"postgresql://ann@db\.example\.org:5432/team\."):
        check_not_shared(_located(other, tmp_path))
