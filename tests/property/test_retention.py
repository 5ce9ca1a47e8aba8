"""Whatever the policy, what must stay stays, and what is left can be read."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.lineage.conftest import DAY, Graph
from tests.unit.store.conftest import Kept

from mltrace.lineage.retention.room import find_more
from mltrace.lineage.retention.states import State
from mltrace.store.kept.blobs import Blobs
from mltrace.store.kept.inventory import total_bytes
from mltrace.store.kept.sweeping import sweep

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from mltrace.records import Run

COMPONENTS = ("ingest", "train", "predict")


def upstream(run: str, runs: Mapping[str, Run]) -> set[str]:
    """Find all runs that a run depends on, and itself."""
    found, pending = {run}, [run]
    while pending:
        more = set(runs[pending.pop()].upstream) - found
        found |= more
        pending += more
    return found


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_runs_keep_their_details_by_age_number_and_pin(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    graph = Graph(tmp_path_factory.mktemp("store"))
    names = [f"a{number}" for number in range(4)]
    runs = []
    for number in range(data.draw(st.integers(3, 20))):
        links = st.lists(st.sampled_from(names), max_size=2, unique=True)
        reads, writes = tuple(data.draw(links)), tuple(data.draw(links))
        component = data.draw(st.sampled_from(COMPONENTS))
        runs.append(graph.run(component, reads, writes, params={"n": number}))
        graph.now += data.draw(st.sampled_from([0, 20 * DAY]))
    graph.pin(*data.draw(st.lists(st.sampled_from(runs), max_size=2)))
    keep_last = data.draw(st.integers(0, 4))
    age = data.draw(st.sampled_from(["0s", "30d", "200d", "never"]))
    before = {run.id: run for run in graph.load(*runs)}
    plan = graph.forget(graph.now, older_than=age, keep_last=keep_last)
    after = {run.id: run for run in graph.load(*runs)}
    graph.catalog.close()

    newest = sorted(runs, key=lambda run: before[run].started_at, reverse=True)
    ranks = {
        run: [one for one in newest if before[one].component == before[run].component].index(run)
        for run in runs
    }
    needed = {one for run in runs if before[run].pinned for one in upstream(run, before)}
    kept = {run for run in runs if after[run].details_removed_at is None}
    limit = {"0s": 0, "30d": 30, "200d": 200, "never": 10**6}[age] * DAY
    young = {run for run in runs if graph.now - before[run].started_at.timestamp() * 1e9 <= limit}
    assert kept == needed | young | {run for run in runs if ranks[run] < max(keep_last, 1)}
    assert len(plan.going) == len(runs) - len(kept)
    assert plan.num_staying.total() == len(kept)
    assert plan.num_staying[State.PINNED] == sum(run.pinned for run in before.values())
    assert {run: one.upstream for run, one in after.items()} == {
        run: one.upstream for run, one in before.items()
    }
    assert all(after[run].params == before[run].params for run in kept)


@settings(max_examples=25, deadline=None)
@given(
    contents=st.lists(
        st.lists(st.integers(0, 5), min_size=1, max_size=3, unique=True), min_size=1, max_size=6
    ),
    share=st.floats(0, 1.2),
    data=st.data(),
)
def test_what_is_left_fits_and_can_be_read(
    tmp_path_factory: pytest.TempPathFactory,
    contents: list[list[int]],
    share: float,
    data: st.DataObject,
) -> None:
    kept = Kept(Blobs(tmp_path_factory.mktemp("blobs")))
    parts = {number: random.Random(number).randbytes(20_000 * (number + 1)) for number in range(6)}
    values = {kept.keep(*(parts[number] for number in numbers)): numbers for numbers in contents}
    for path in kept.blobs.folder.rglob("*"):
        os.utime(path, (1, 1))
    spare = data.draw(st.lists(st.sampled_from(sorted(values)), unique=True))
    room = int(total_bytes(kept.blobs) * share)
    more = find_more(kept.blobs, [], spare, max_bytes=room)
    assert more == spare[: len(more)]
    told = sweep(kept.blobs, more, is_dry=True, dead_share=0.0)
    swept = sweep(kept.blobs, more, is_dry=False, dead_share=0.0)
    assert swept == told
    assert swept.num_values == len(more)
    left = total_bytes(kept.blobs)
    assert left <= room or len(more) == len(spare)
    for digest, numbers in values.items():
        if digest not in more:
            assert kept.read(digest) == [parts[number] for number in numbers]
