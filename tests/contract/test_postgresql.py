"""A store on PostgreSQL: what is only there, beside all that the other tests ask of every store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def uri(postgresql_uri: str, workdir: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MLTRACE_URI", postgresql_uri)
    monkeypatch.setenv("MLTRACE_SPOOL", str(workdir.parent / "spools"))
    return postgresql_uri


@mt.component
def double(number: int) -> int:
    return 2 * number


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
