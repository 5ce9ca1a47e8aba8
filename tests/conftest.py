"""What tests of every kind share: a PostgreSQL server of their own."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from tests.private_postgresql import NoPostgresqlError, PrivatePostgresql

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PrivatePostgresql]:
    """Start a server, one for each process that runs tests."""
    try:
        server = PrivatePostgresql()
    except NoPostgresqlError as error:
        pytest.skip(f"PostgreSQL cannot be started: {error}")
    yield server
    server.remove()


@pytest.fixture
def postgresql_uri(postgresql: PrivatePostgresql) -> Iterator[str]:
    """Name a schema that does not exist yet, for one test."""
    schema = f"test_{uuid.uuid4().hex[:12]}"
    yield f"{postgresql.uri}?schema={schema}"
    postgresql.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
