"""Alerts outlive what they are about: retention, purges, merges and exports."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.verbs import default_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known

RUNS = """
    import sys, time
    real_ns = time.time_ns
    time.time_ns = lambda: real_ns() - int(int(sys.argv[1]) * 86400e9)
    import mltrace as mt

    @mt.component(owner="data-eng")
    def clean(week: int, to: str) -> mt.File:
        with open(to, "w") as file:
            file.write(f"week {week}, {sys.argv[1]} days ago")
        return mt.File(to)

    @mt.component(owner="ml")
    def train(table: mt.File, to: str) -> mt.File:
        with open(table.path) as source, open(to, "w") as file:
            file.write(source.read().upper())
        return mt.File(to)

    for week in range(3):
        train(clean(week, f"clean{week}.csv"), f"model{week}.txt")
"""


class AllBad(mt.Monitor):
    """Finds the first run of each component bad, as often as it is asked."""

    def measure(self, workspace: Workspace, known: Known) -> Iterable[mt.Observation]:
        for component in ("clean", "train"):
            runs = [one for one in workspace.recent(None) if one.component == component]
            for run in runs[-1:]:
                yield self.observation(
                    component,
                    run.id,
                    at=run.started_at,
                    state="bad",
                    message=f"{component} is wrong",
                    component=component,
                    artifact=run.outputs[0].name,
                    run_id=run.id,
                )


def told() -> tuple[list[Any], list[Any]]:
    return mt.incidents(None).to_dict(), mt.alerts(None).to_dict()


@pytest.fixture
def incident(store: Path, script: Callable[..., str]) -> mt.Incident:
    """Let a table of long ago be wrong, and the model that was trained on it."""
    script(RUNS, "400")
    (made,) = mt.evaluate_monitors(AllBad()).incidents
    assert (made.component, [one.component for one in made.consequences]) == ("clean", ["train"])
    return made


def test_retention_leaves_alerts_and_how_they_are_grouped(incident: mt.Incident) -> None:
    before = told()
    collected = mt.Workspace().gc("90d", yes=True)
    assert collected.num_runs >= 2
    assert mt.run(incident.cause.run_id or "").details_removed_at is not None
    default_workspace()._group_alerts(())
    assert told() == before
    assert mt.evaluate_monitors(AllBad()).opened == ()
    assert "clean is wrong" in str(mt.incident(incident.id))


def test_what_is_found_after_retention_is_grouped_along_the_lineage_that_stays(
    store: Path, script: Callable[..., str]
) -> None:
    script(RUNS, "400")
    mt.Workspace().gc("90d", yes=True)
    (made,) = mt.evaluate_monitors(AllBad()).incidents
    assert (made.component, [one.component for one in made.consequences]) == ("clean", ["train"])


def test_a_purge_of_artifacts_leaves_alerts_on_them(
    incident: mt.Incident, store: Path, script: Callable[..., str]
) -> None:
    mt.subject(["alice"], on="clean0.csv")
    mt.retract("alice", reason="asked for it")
    script(RUNS, "0")
    for path in (store / "blobs").rglob("*"):
        os.utime(path, (0, 0))  # what was used lately may be in use
    before = told()
    assert mt.retract("alice", purge=True).num_purged > 0
    default_workspace()._group_alerts(())
    assert told() == before
    assert "clean is wrong" in str(mt.incident(incident.id))
    assert mt.acknowledge(incident.id)[0].state == "acknowledged"


def test_a_merge_brings_alerts_with_all_their_changes(incident: mt.Incident, workdir: Path) -> None:
    mt.acknowledge(incident.id, reason="asked the supplier")
    mt.merge(default_workspace().store.location.uri, "other")
    other = mt.Workspace("other")
    assert (other.incidents(None).to_dict(), other.alerts(None).to_dict()) == told()
    mt.merge(default_workspace().store.location.uri, "other")
    assert other.alerts(None).to_dict() == mt.alerts(None).to_dict()


@pytest.mark.sqlite_only("two folders are merged")
def test_alerts_of_two_stores_are_grouped_where_lineage_meets(
    store: Path, script: Callable[..., str], workdir: Path
) -> None:
    script(RUNS, "400")
    head = RUNS.partition("    for week")[0]
    use = '    train(mt.File("clean0.csv"), "elsewhere.txt")'
    script(f"{head}{use}", "400", MLTRACE_URI="laptop")
    laptop = mt.Workspace("laptop")
    mt.evaluate_monitors(AllBad())
    laptop.evaluate_monitors(AllBad(name="of the laptop"))
    mt.merge("laptop", str(store))
    default_workspace()._group_alerts(())
    (merged,) = mt.incidents(None)
    assert merged.component == "clean"
    assert {one.monitor for one in merged.consequences} == {"AllBad", "of the laptop"}


def test_a_store_with_alerts_is_exported(incident: mt.Incident, workdir: Path) -> None:
    exported = mt.export("exported")
    assert exported.num_rows["runs"] == 6
    assert Path("exported", "runs.parquet").exists()
