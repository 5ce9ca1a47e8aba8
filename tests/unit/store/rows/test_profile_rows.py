"""Of several profiles of one content the best one stays, in whatever order they come."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import msgspec
import pytest
from sqlalchemy import select

from mltrace.store.database.schema import profile
from mltrace.store.database.sqlite import SqliteCatalog
from mltrace.store.facts import BeginFact, ProfileFact, VersionFact
from mltrace.store.retention import OldRows
from mltrace.store.rows.applying import apply_facts
from mltrace.store.rows.as_facts import profile_facts
from mltrace.store.spool import frame, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mltrace.store.facts import AnyFact

SAMPLE = ProfileFact(digest="d1", at=9, profile=b"sample", rows=100, profiled=10, seconds=0.5)
EARLY = ProfileFact(digest="d1", at=1, profile=b"early", rows=100, profiled=100, seconds=0.5)
LATE = ProfileFact(digest="d1", at=2, profile=b"late", rows=100, profiled=100, seconds=0.5)
TWIN = ProfileFact(digest="d1", at=2, profile=b"later", rows=100, profiled=100, seconds=0.5)
OTHER = ProfileFact(digest="d2", at=1, profile=b"other", rows=3, profiled=3)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[SqliteCatalog]:
    made = SqliteCatalog(tmp_path / "catalog.db")
    yield made
    made.close()


def _apply(catalog: SqliteCatalog, *facts: AnyFact) -> None:
    with catalog.write() as connection:
        apply_facts(connection, facts)


def _stored(catalog: SqliteCatalog) -> dict[str, bytes]:
    with catalog.read() as connection:
        rows = connection.execute(select(profile.c.digest, profile.c.content))
        return {row.digest: row.content for row in rows}


@pytest.mark.parametrize("is_batch", [True, False])
def test_the_most_rows_count_then_the_latest_then_the_bytes(
    tmp_path: Path, *, is_batch: bool
) -> None:
    for number, facts in enumerate(permutations([SAMPLE, EARLY, LATE, TWIN])):
        catalog = SqliteCatalog(tmp_path / f"{number}.db")
        for batch in [facts] if is_batch else [(fact,) for fact in facts]:
            _apply(catalog, *batch, OTHER)
        assert _stored(catalog) == {"d1": b"later", "d2": b"other"}
        catalog.close()


def test_a_profile_goes_through_the_spool_as_it_is() -> None:
    fact = msgspec.structs.replace(EARLY, profile=bytes(range(256)))
    assert parse(frame(fact).strip(b"\n")) == fact


def test_profiles_are_told_as_the_facts_that_made_them(catalog: SqliteCatalog) -> None:
    _apply(catalog, LATE, OTHER)
    with catalog.read() as connection:
        assert sorted(profile_facts(connection), key=lambda fact: fact.digest) == [LATE, OTHER]


def test_a_profile_goes_when_no_version_has_its_digest(catalog: SqliteCatalog) -> None:
    run = BeginFact(
        run="01938b5e-8c00-7000-8000-000000000001",
        component="clean",
        at=1,
        process="p",
        reads=(VersionFact(name="flights", at=1, digest="d2"),),
    )
    _apply(catalog, run, LATE, OTHER)
    with catalog.write() as connection:
        assert OldRows(5, {}).forget_orphans(connection, is_dry=False) == 1
    assert _stored(catalog) == {"d2": b"other"}
