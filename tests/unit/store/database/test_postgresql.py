"""What PostgreSQL is told and says, in our words; rights, locks, odd texts."""

from __future__ import annotations

import os
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select
from tests.forked import run_forked
from tests.private_postgresql import PASSWORD, PASSWORD_QUOTED, PrivatePostgresql

from mltrace.errors import ConfigurationError, StoreError
from mltrace.store.database import postgresql as module
from mltrace.store.database.chosen import CHOSEN_TEXTS, choose_texts
from mltrace.store.database.keys import ensure, insert_ignoring
from mltrace.store.database.postgresql import PostgresqlCatalog
from mltrace.store.database.schema import artifact, component, note, output_id, run, store_info
from mltrace.store.facts import BeginFact, ComponentFact, EndFact, NoteFact, VersionFact
from mltrace.store.rows.batches import apply_batch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mltrace.store.facts import AnyFact

RUN = "01938b5e-8c00-7000-8000-000000000001"


@pytest.fixture
def catalog(postgresql_uri: str) -> Iterator[PostgresqlCatalog]:
    with closing(PostgresqlCatalog(postgresql_uri)) as made:
        yield made


def _schema(uri: str) -> str:
    return uri.rpartition("=")[2]


def _apply(catalog: PostgresqlCatalog, *facts: AnyFact) -> int:
    with catalog.write() as connection:
        return len(apply_batch(connection, facts))


def test_schema_is_made_and_found_again(postgresql_uri: str, postgresql: PrivatePostgresql) -> None:
    for _ in range(2):
        with closing(PostgresqlCatalog(postgresql_uri)) as catalog, catalog.read() as connection:
            assert connection.execute(select(store_info.c.value)).scalars().all() == ["6"]
    tables = postgresql.execute(
        f"SELECT count(*) FROM pg_tables WHERE schemaname = '{_schema(postgresql_uri)}'"
    )
    assert tables == [(len(store_info.metadata.tables),)]


def test_a_catalog_of_version_4_gets_the_tables_of_a_new_one(
    postgresql_uri: str, postgresql: PrivatePostgresql
) -> None:
    def columns() -> list[tuple[object, ...]]:
        with closing(PostgresqlCatalog(postgresql_uri)) as catalog, catalog.read():
            pass
        return postgresql.execute(
            "SELECT table_name, column_name, data_type, collation_name, is_nullable "
            f"FROM information_schema.columns WHERE table_schema = '{schema}' "
            "AND table_name SIMILAR TO "
            "'alert%|component|delivery|monitor|observation|segment|task' "
            "ORDER BY 1, 2"
        )

    schema = _schema(postgresql_uri)
    fresh = columns()
    for statement in (
        "DROP TABLE "
        + ", ".join(
            f'"{schema}".{name}'
            for name in (
                *("monitor", "observation", "alert", "alert_change", "delivery"),
                *("task", "segment"),
            )
        ),
        f'ALTER TABLE "{schema}".component DROP COLUMN table_keys',
        f"UPDATE \"{schema}\".store_info SET value = '4' WHERE key = 'schema_version'",
    ):
        postgresql.execute(statement)
    assert columns() == fresh != []


def test_schema_can_be_named_by_libpq_options_as_well(
    postgresql: PrivatePostgresql, postgresql_uri: str
) -> None:
    schema = _schema(postgresql_uri)
    postgresql.execute(f"CREATE SCHEMA {schema} AUTHORIZATION mltrace")
    uri = f"{postgresql.uri}?options=-csearch_path%3D{schema}"
    with closing(PostgresqlCatalog(uri)) as catalog, catalog.write() as connection:
        ensure(connection, component.c.name, ["train"])
    with closing(PostgresqlCatalog(postgresql_uri)) as catalog, catalog.read() as connection:
        assert connection.execute(select(component.c.name)).scalars().all() == ["train"]


def test_odd_schema_name_is_a_name_and_nothing_else(postgresql: PrivatePostgresql) -> None:
    uri = f"{postgresql.uri}?schema=a%22b;%20drop%20x"
    with closing(PostgresqlCatalog(uri)) as catalog, catalog.read():
        pass
    postgresql.execute('DROP SCHEMA "a""b; drop x" CASCADE')


def test_readers_see_one_state_and_write_nothing(catalog: PostgresqlCatalog) -> None:
    count = select(func.count()).select_from(component)
    with catalog.read() as reading:
        assert reading.execute(count).scalar() == 0
        with catalog.write() as writing:
            ensure(writing, component.c.name, ["train"])
        assert reading.execute(count).scalar() == 0
    with pytest.raises(StoreError, match="takes no writes"), catalog.read() as reading:
        reading.execute(insert(component).values(id=9, name="x"))
    with catalog.read() as reading:
        assert reading.execute(count).scalar() == 1


def test_writer_waits_for_the_one_before_it(catalog: PostgresqlCatalog) -> None:
    order: list[str] = []

    def write_second() -> None:
        with catalog.write() as connection:
            order.append("second")
            assert ensure(connection, component.c.name, ["b"]) == {"b": 2}

    second = threading.Thread(target=write_second)
    with catalog.write() as connection:
        second.start()
        assert ensure(connection, component.c.name, ["a"]) == {"a": 1}
        order.append("first")
    second.join(30)
    assert order == ["first", "second"]


def test_wait_for_the_lock_is_bounded(
    catalog: PostgresqlCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    with catalog.read():
        pass
    monkeypatch.setitem(module._OF_WRITERS, "lock_timeout", "50ms")
    is_said = pytest.raises(StoreError, match="another process has been writing")
    with catalog.write(), is_said, catalog.write():
        pass


def test_pool_is_bounded(postgresql_uri: str) -> None:
    uri = f"{postgresql_uri}&pool_size=1&max_overflow=0"
    with closing(PostgresqlCatalog(uri)) as catalog:
        catalog._engine.pool._timeout = 0.05  # type: ignore[attr-defined]
        is_said = pytest.raises(StoreError, match="connections of this process")
        with catalog.read(), is_said, catalog.read():
            pass


def test_user_who_may_only_read_reads(
    catalog: PostgresqlCatalog, postgresql: PrivatePostgresql, postgresql_uri: str
) -> None:
    _apply(catalog, ComponentFact(name="train", at=1))
    schema, role = _schema(postgresql_uri), f"reader_{_schema(postgresql_uri)}"
    postgresql.execute(
        f"CREATE ROLE {role} LOGIN PASSWORD 'look'",
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}",
    )
    uri = f"postgresql://{role}:look@127.0.0.1:{postgresql.port}/team?schema={schema}"
    with closing(PostgresqlCatalog(uri)) as theirs:
        assert theirs.is_read_only
        with theirs.read() as connection:
            assert connection.execute(select(component.c.name)).scalars().all() == ["train"]
        with pytest.raises(StoreError, match="read-only"), theirs.write():
            pass
    postgresql.execute(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_schema_that_may_not_be_used_is_said_with_the_remedy(
    postgresql: PrivatePostgresql,
) -> None:
    postgresql.execute("CREATE SCHEMA locked")
    catalog = PostgresqlCatalog(f"{postgresql.uri}?schema=locked")
    is_said = pytest.raises(StoreError, match=r"no right|no schema to make tables in")
    with closing(catalog), is_said, catalog.read():
        pass
    postgresql.execute("DROP SCHEMA locked")


def test_a_reader_waits_for_what_others_do_to_the_tables_and_not_for_ever(
    catalog: PostgresqlCatalog,
    postgresql: PrivatePostgresql,
    postgresql_uri: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with catalog.write():
        pass
    monkeypatch.setitem(module._OF_ALL, "lock_timeout", "50ms")
    with postgresql.connect() as other:
        other.execute(f"LOCK TABLE {postgresql_uri.rpartition('=')[2]}.run".encode())
        is_said = pytest.raises(StoreError, match="writing to it for too long; try again")
        with is_said, catalog.read() as connection:
            connection.execute(select(run.c.id))


def test_tables_of_something_else_are_left_alone(
    postgresql: PrivatePostgresql, postgresql_uri: str
) -> None:
    schema = _schema(postgresql_uri)
    postgresql.execute(
        f"CREATE SCHEMA {schema} AUTHORIZATION mltrace",
        f"CREATE TABLE {schema}.run (mine text)",
        f"ALTER TABLE {schema}.run OWNER TO mltrace",
    )
    with (
        closing(PostgresqlCatalog(postgresql_uri)) as catalog,
        pytest.raises(StoreError, match=r"\?schema=mltrace"),
        catalog.read(),
    ):
        pass
    tables = postgresql.execute(f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema}'")
    assert tables == [("run",)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((f":{PASSWORD_QUOTED}@", ":wr0ng@"), "password"),
        (("/team", "/nosuch"), "nosuch"),
        (("127.0.0.1:", "127.0.0.1:1,127.0.0.1:2"), "cannot be reached"),
    ],
)
def test_store_that_cannot_be_opened_says_why_and_no_password(
    postgresql: PrivatePostgresql, change: tuple[str, str], said: str
) -> None:
    with (
        closing(PostgresqlCatalog(postgresql.uri.replace(*change))) as catalog,
        pytest.raises(StoreError, match=said) as raised,
        catalog.read(),
    ):
        pass
    shown = f"{raised.value!r} {raised.value.__cause__!r}"
    assert not [secret for secret in (PASSWORD, PASSWORD_QUOTED, "wr0ng") if secret in shown]


def test_database_that_cannot_hold_every_text_is_refused(postgresql: PrivatePostgresql) -> None:
    postgresql.execute(
        "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' "
        "TEMPLATE template0 OWNER mltrace"
    )
    uri = postgresql.uri.replace("/team", "/latin")
    with (
        closing(PostgresqlCatalog(uri)) as catalog,
        pytest.raises(StoreError, match="encoding LATIN1"),
        catalog.read(),
    ):
        pass
    postgresql.execute("DROP DATABASE latin")


@pytest.mark.parametrize("name", ["pool_size", "max_overflow"])
def test_pool_needs_whole_numbers(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        PostgresqlCatalog(f"postgresql://db/team?{name}=many")


def test_texts_are_ordered_by_code_point(catalog: PostgresqlCatalog) -> None:
    names = ["Zebra", "apple", "ähre", "_x", "Apple", "10", "9"]
    with catalog.write() as connection:
        ensure(connection, component.c.name, names)
        query = select(component.c.name).order_by(component.c.name)
        assert connection.execute(query).scalars().all() == sorted(names)


def test_nul_in_a_text_is_kept_as_a_mark_wherever_it_comes(catalog: PostgresqlCatalog) -> None:
    unfit = _apply(
        catalog,
        BeginFact(
            run=RUN,
            component="a\0b",
            at=1,
            process="p",
            params={"p": "x\0y"},
            reads=(VersionFact(name="raw\0.csv", at=1, digest="d" * 32),),
        ),
        EndFact(run=RUN, at=2, status="failed", nanoseconds=1, error=("E\0", "why\0", "\0trace")),
        NoteFact(id="n", run=RUN, at=3, text="\0"),
    )
    assert unfit == 0
    with catalog.read() as connection:
        assert ensure(connection, component.c.name, ["a\0b"], create=False) == {"a\0b": 1}
        found = connection.execute(select(component.c.id).where(component.c.name == "a\0b"))
        assert found.scalar() == 1
        names = select(component.c.name).where(component.c.name.in_(CHOSEN_TEXTS))
        assert connection.execute(names, choose_texts(["a\0b"])).scalars().all() == ["a\ufffdb"]
        assert connection.execute(select(note.c.text)).scalar() == "\ufffd"
        assert connection.execute(select(run.c.params)).scalar() == '{"p":"x\\u0000y"}'


def test_name_too_long_for_an_index_is_found_by_all_of_it(catalog: PostgresqlCatalog) -> None:
    long = [os.urandom(4000).hex() + ending for ending in ("a", "b")]
    with catalog.write() as connection:
        keys = ensure(connection, artifact.c.identity, long)
    assert sorted(keys.values()) == [1, 2]
    with catalog.write() as connection:
        assert ensure(connection, artifact.c.identity, long) == keys
        query = select(artifact.c.id).where(artifact.c.identity == long[1])
        assert connection.execute(query).scalar() == keys[long[1]]


def test_fact_that_no_column_holds_is_left_out_and_the_others_are_not(
    catalog: PostgresqlCatalog,
) -> None:
    good = [ComponentFact(name=f"c{number}", at=1) for number in range(60)]
    beyond = BeginFact(run=RUN, component="c0", at=2**70, process="p")
    assert _apply(catalog, *good, beyond) == 1
    with catalog.read() as connection:
        assert connection.execute(select(func.count()).select_from(component)).scalar() == 60


@pytest.mark.parametrize("num_rows", [3, 300])
def test_rows_whose_key_is_taken_are_left_out(catalog: PostgresqlCatalog, num_rows: int) -> None:
    def rows(at: int) -> list[dict[str, object]]:
        outputs = [f"o\0{number}" for number in range(num_rows)]
        return [{"output": one, "run_id": 1, "version_id": 1, "at": at} for one in outputs]

    with catalog.write() as connection:
        insert_ignoring(connection, output_id, rows(1)[:-1])
        insert_ignoring(connection, output_id, [*rows(2), *rows(3)])
        found = connection.execute(select(output_id.c.at, func.count()).group_by(output_id.c.at))
        assert sorted(tuple(row) for row in found) == [(1, num_rows - 1), (2, 1)]


def test_forked_child_opens_connections_of_its_own(catalog: PostgresqlCatalog) -> None:
    query = select(func.pg_backend_pid())
    with catalog.read() as connection:
        mine = connection.execute(query).scalar()
    reader, writer = os.pipe()

    def ask() -> None:
        with catalog.read() as connection:
            os.write(writer, str(connection.execute(query).scalar()).encode())

    assert run_forked(ask) == 0
    theirs = int(os.read(reader, 20))
    os.close(reader)
    os.close(writer)
    assert theirs != mine
    with catalog.read() as connection:
        assert connection.execute(query).scalar() == mine
