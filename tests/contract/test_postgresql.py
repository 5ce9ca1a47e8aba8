"""A store on PostgreSQL: what is only there, beside all that the other tests ask of every store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from tests.private_postgresql import PrivatePostgresql

    Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def uri(postgresql_uri: str, workdir: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MLTRACE_URI", postgresql_uri)
    monkeypatch.setenv("MLTRACE_SPOOL", str(workdir.parent / "spools"))
    return postgresql_uri


@mt.component
def double(number: int) -> int:
    return 2 * number


@mt.component
def write() -> str:
    Path("out.txt").write_text("1")
    return "out.txt"


def test_runs_reach_the_database_when_somebody_asks(uri: str, workdir: Path) -> None:
    double(1)
    (spool,) = (workdir.parent / "spools").glob("*/spool")
    assert list(spool.iterdir())
    assert [run.component for run in mt.recent()] == ["double"]
    assert mt.trace("double").steps[0].run.params == {"number": 1}
    assert mt.sync().num_facts == 0


@pytest.mark.parametrize("uri", ["postgresql://u:s3cret@127.0.0.1:1/db?nosuch=1"])
def test_parameter_that_libpq_does_not_know_is_refused(uri: str, workdir: Path) -> None:
    with pytest.raises(mt.ConfigurationError, match="nosuch") as refused:
        mt.Workspace(uri)
    assert "s3cret" not in str(refused.value)


@pytest.fixture
def reader(postgresql: PrivatePostgresql, uri: str) -> Iterator[str]:
    """Log a run, and give the URI of a user who may only read it."""
    write()
    mt.sync()
    schema = uri.rpartition("=")[2]
    role = f"reader_{schema}"
    postgresql.execute(
        f"CREATE ROLE {role} LOGIN PASSWORD 'look'",
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}",
    )
    yield f"postgresql://{role}:look@127.0.0.1:{postgresql.port}/team?schema={schema}"
    postgresql.execute(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_question_to_a_schema_that_is_not_there_makes_none(
    postgresql: PrivatePostgresql, uri: str, workdir: Path, cli: Cli
) -> None:
    asked = (["recent"], ["gc"], ["export", "exported"], ["sync"], ["trace", "x"])
    for verb in asked:
        answer = cli(*verb, "--store", uri)
        assert answer.returncode == 3, answer.stderr
        assert "There is no store at postgresql://mltrace@127.0.0.1" in answer.stderr
    answer = cli("merge", uri, "other")
    assert (answer.returncode, "There is no store" in answer.stderr) == (3, True)
    answer = cli("recent")
    assert (answer.returncode, "There is no store yet" in answer.stdout) == (0, True)
    assert "There is no store" in cli("doctor", "--store", uri).stdout
    schema = uri.rpartition("=")[2]
    found = f"SELECT 1 FROM information_schema.schemata WHERE schema_name = '{schema}'"
    assert postgresql.execute(found) == []
    assert mt.sync().num_facts == 0
    assert postgresql.execute(found) == [(1,)]


def test_workspace_sees_a_store_that_another_process_makes(
    uri: str, script: Callable[..., str]
) -> None:
    workspace = mt.Workspace(uri)
    assert list(workspace.recent()) == []
    source = "import mltrace as mt\n@mt.component\ndef f(): ...\nf()\nmt.sync()"
    script(source, MLTRACE_SPOOL="elsewhere")
    assert [run.component for run in workspace.recent()] == ["f"]


def test_user_who_may_only_read_sets_no_marks(reader: str, cli: Cli) -> None:
    run = str(mt.recent()[0].id)
    for verb in (["pin", "write"], ["flag", "out.txt"], ["note", run, "x"], ["retract", "a"]):
        answer = cli(*verb, "--store", reader)
        assert answer.returncode == 3, (verb, answer.stdout, answer.stderr)
        assert "is read-only" in answer.stderr
    assert mt.sync().num_facts == 0


def test_user_who_may_only_read_is_told_what_stays_pending(reader: str, cli: Cli) -> None:
    assert cli("sync", "--store", reader).returncode == 0
    write()
    answer = cli("sync", "--store", reader)
    assert (answer.returncode, answer.stdout) == (3, "")
    assert "is read-only; 2 facts stay pending" in answer.stderr
    assert mt.sync().num_facts == 2
    assert cli("sync", "--store", reader).returncode == 0


def test_doctor_tells_why_shipping_failed_until_a_sync_succeeds(uri: str) -> None:
    write()
    failed = mt.Workspace().store.location.ship_failed
    failed.write_text("The disk of the server is full.\n")
    (finding,) = [one for one in mt.doctor().findings if one.severity == "problem"]
    assert "could not be sent: The disk of the server is full." in finding.message
    assert finding.remedy == "mltrace sync"
    mt.sync()
    assert not failed.exists()
    assert mt.doctor().is_healthy
