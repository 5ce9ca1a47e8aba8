"""The latest versions of an artifact are found without a look at all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.contract.test_query_plans import statements
from tests.told_runs import ToldRuns

import mltrace as mt
from mltrace.lineage.makings import Making, list_versions_as_makings
from mltrace.lineage.tables import find_table
from mltrace.verbs import default_workspace

pytestmark = pytest.mark.usefixtures("store", "workdir")


def latest(what: str, limit: int) -> list[Making]:
    with default_workspace().store.reading() as connection:
        table = find_table(connection, what, needs_profile=False)
        return list_versions_as_makings(connection, table, limit)


def test_the_latest_of_what_is_written_and_read_are_the_last_of_all() -> None:
    @mt.component
    def make(number: int) -> None:
        Path("raw.csv").write_text(f"made {number}")
        mt.current_run().write(Path("raw.csv"))
        if number % 3 == 0:
            raise OSError

    @mt.component
    def use() -> None:
        mt.current_run().read(Path("raw.csv"))

    for number in range(12):
        try:
            make(number)
        except OSError:
            use()
        if number % 2:
            Path("raw.csv").write_text(f"by hand {number // 4}")
        use()
    every = latest("raw.csv", 1_000)
    assert len(every) > 10
    for limit in range(1, len(every) + 1):
        assert latest("raw.csv", limit) == every[-limit:]


def test_failed_runs_do_not_hide_what_was_made_before_them() -> None:
    told = ToldRuns()
    for minute in range(20):
        error = "OSError" if minute >= 5 else ""
        told.run("fetch", minute, writes={"raw": f"{minute:032x}"}, error=error)
    told.tell()
    assert [one.digest for one in latest("raw", 3)] == [f"{minute:032x}" for minute in (2, 3, 4)]


@pytest.mark.sqlite_only("asks SQLite for its plans")
def test_monitors_look_at_the_latest_of_what_there_is() -> None:
    told = ToldRuns()
    for minute in range(2_000):
        told.run("fetch", minute, writes={"raw": f"{minute:032x}"}, rows=minute % 7)
    told.tell()
    monitors = [mt.FreshnessMonitor("raw"), mt.VolumeMonitor("raw", min_rows=6)]
    mt.evaluate_monitors(*monitors)
    assert mt.alerts(limit=None)
    with statements() as asked:
        mt.evaluate_monitors(*monitors)
        mt.alerts()
    plans = []
    with default_workspace().store.reading() as connection:
        for statement, bound in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", bound)
            plans += [row[3] for row in plan]
    looks = {step for step in plans if "write_by_artifact" in step or "observation" in step}
    assert [step for step in plans if step.startswith("SCAN") and "observation" in step] == []
    assert any("write_by_artifact (artifact_id=? AND at>?)" in step for step in looks)
    of_alerts = [step for step in looks if "observation_by_time" in step and "made_at" in step]
    assert of_alerts
    assert all("made_at>? AND made_at<?" in step or "made_at=?" in step for step in of_alerts)
