"""What runs read and wrote, of some at once and of others when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.lineage.staleness.links import Links
from mltrace.lineage.targets import resolve_run

if TYPE_CHECKING:
    from tests.unit.lineage.conftest import Graph


def test_what_is_loaded_later_is_the_same_as_at_once(graph: Graph) -> None:
    runs = [
        graph.run("ingest", (), ("raw.csv", "notes"), rows=3, columns=("a",), dtypes=("int64",)),
        graph.run("clean", ("raw.csv", "notes"), ("clean.csv",)),
        graph.run("train", ("clean.csv",), ("model",)),
    ]
    with graph.save().catalog.read() as connection:
        keys = [resolve_run(connection, run) for run in runs]
        at_once = Links(connection, keys, later=())
        later = Links(connection, keys[:1], later=[keys[1:]])
        for key in keys:
            assert later.reads(key) == at_once.reads(key)
            assert later.writes(key) == at_once.writes(key)
        assert later.lasting == at_once.lasting
        assert at_once.names(at_once.writes(keys[0])[0].columns_id) == ("a",)


def test_of_other_runs_nothing_is_known(graph: Graph) -> None:
    (run,) = graph.chain(1)
    with graph.save().catalog.read() as connection:
        links = Links(connection, [], later=())
        key = resolve_run(connection, run)
        assert not links.has_reads(key)
        assert (links.reads(key), links.writes(key)) == ((), ())
