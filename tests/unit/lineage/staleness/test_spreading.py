"""What is stale now, by itself or upstream, in words and with the path."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mltrace.config import StalePolicy
from mltrace.lineage.staleness.reasons import say

if TYPE_CHECKING:
    from tests.unit.lineage.conftest import Graph

COLUMNS: dict[str, Any] = {"columns": ["a", "b"], "dtypes": ["int64", "double"], "rows": 3}


def pipeline(graph: Graph, *, code: str = "def features(): ...", unit: str = "F") -> None:
    """Run four steps that write to the same files each time."""
    graph.run("ingest", ("feed.csv",), ("raw.csv",), params={"unit": unit})
    graph.run("features", ("raw.csv",), ("features.parquet",), code=code, **COLUMNS)
    graph.run("train", ("features.parquet",), ("model.bin",))
    graph.run("predict", ("model.bin",), ("predictions.csv",))


def ingest_week(graph: Graph, week: int, *, unit: str = "F", **more: Any) -> None:
    """Run ingest of a week, into a file of its own."""
    params = {"batch": f"2013-W{week}", "unit": unit}
    graph.run("ingest", ("feed.csv",), (f"raw-{week}.csv",), params=params, **more)


def test_a_pipeline_that_ran_to_its_end_is_fresh(graph: Graph) -> None:
    pipeline(graph)
    graph.now += graph.day
    pipeline(graph)
    assert graph.stale() == {}


class TestFresherRunsNow:
    def test_a_newer_version_of_what_was_read_is_named(self, graph: Graph) -> None:
        pipeline(graph)
        graph.now += 3 * graph.day
        newer = graph.run("features", ("raw.csv",), ("features.parquet",))
        assert graph.stale()["train"] == [
            f"a newer features.parquet exists: made by features {newer[:13]} on 2013-05-04 "
            "(it read that of 2013-05-01)"
        ]

    def test_it_spreads_with_the_path(self, graph: Graph) -> None:
        pipeline(graph)
        graph.now += 3 * graph.day
        newer = graph.run("ingest", ("feed.csv",), ("raw.csv",), params={"unit": "F"})
        stale = graph.stale()
        said = f"a newer raw.csv exists: made by ingest {newer[:13]} on 2013-05-04"
        assert stale["features"] == [f"{said} (it read that of 2013-05-01)"]
        assert stale["predict"] == [f"{said} (path: predict ← train ← features ← ingest)"]

    def test_a_run_that_made_the_same_again_replaces_nothing(self, graph: Graph) -> None:
        graph.run("features", (), ("features.parquet@1",))
        graph.run("train", ("features.parquet@1",), ("model.bin",))
        graph.run("features", (), ("features.parquet@2",))
        graph.run("features", (), ("features.parquet@1",))
        assert graph.stale() == {}

    def test_a_direct_input_may_have_fresher_runs_that_replace_nothing(self, graph: Graph) -> None:
        ingest_week(graph, 20)
        graph.run("clean", ("raw-20.csv",), ("clean-20.csv",))
        graph.run("train", ("clean-20.csv",), ("model.bin",))
        for week in (21, 22, 23):
            ingest_week(graph, week)
        said = (
            "3 fresher runs of ingest, with other parameters or inputs, exist now "
            "(it read what ingest made on 2013-05-01 at 00:00:00 UTC)"
        )
        assert graph.stale() == {"clean": [said]}

    def test_other_partitions_do_not_spread_but_a_partition_made_anew_does(
        self, graph: Graph
    ) -> None:
        for week in (20, 21):
            ingest_week(graph, week)
            graph.run("clean", (f"raw-{week}.csv",), (f"clean-{week}.csv",))
        graph.run("train", ("clean-20.csv", "clean-21.csv"), ("model.bin",))
        graph.run("predict", ("model.bin",))
        ingest_week(graph, 23)
        graph.run("clean", ("raw-23.csv",), ("clean-23.csv",))
        assert graph.stale().keys() == {"train"}
        ingest_week(graph, 21)
        (said,) = graph.stale()["predict"]
        assert said.startswith("a newer raw-21.csv exists: made by ingest")
        assert said.endswith("(path: predict ← train ← clean ← ingest)")

    def test_several_files_made_anew_are_said_at_once(self, graph: Graph) -> None:
        for _ in range(2):
            for month in range(5):
                graph.run("ingest", (), (f"raw{month}.csv",))
            if not graph.latest.get("clean.csv"):
                graph.run("clean", tuple(f"raw{month}.csv" for month in range(5)), ("clean.csv",))
        (said,) = graph.stale()["clean"]
        assert said.startswith("newer versions of raw0.csv, raw1.csv, raw2.csv and 2 more exist")

    def test_a_job_done_again_under_another_name_replaces_the_first(self, graph: Graph) -> None:
        graph.run("train", (), ("model-1.bin",), params={"to": "model-1.bin", "rate": 1})
        graph.run("predict", ("model-1.bin",), ("predictions.csv",))
        graph.run("publish", ("predictions.csv",))
        newer = graph.run("train", (), ("model-2.bin",), params={"to": "model-2.bin", "rate": 1})
        (said,) = graph.stale()["publish"]
        assert said.startswith(f"a fresher run of train exists now: train {newer[:13]} on 2013-05")

    def test_runs_that_nothing_tells_apart_but_what_they_wrote_replace_nothing(
        self, graph: Graph
    ) -> None:
        graph.run("ingest", (), ("raw1",))
        graph.run("clean", ("raw1",), ("clean1",))
        graph.run("train", ("clean1",), ("model.bin",))
        graph.run("ingest", (), ("raw2",))
        assert graph.stale().keys() == {"clean"}

    def test_what_one_run_replaced_in_many_places_is_said_once(self, graph: Graph) -> None:
        for week in range(5):
            graph.run("lookup", (), ("lookup.csv",))
            graph.run("clean", ("lookup.csv",), (f"clean{week}.csv",))
        graph.run("train", tuple(f"clean{week}.csv" for week in range(5)), ("model.bin",))
        graph.run("lookup", (), ("lookup.csv",))
        (said,) = graph.stale()["train"]
        assert said.startswith("a newer lookup.csv exists: made by lookup")

    def test_frames_in_memory_are_told_apart_by_what_their_makers_read(self, graph: Graph) -> None:
        for week in (20, 21):
            ingest_week(graph, week)
            graph.run("features", (f"raw-{week}.csv",), ("features",))
            graph.run("split", ("features",), ("rows",))
            if week == 20:
                graph.run("train", ("rows",), ("model.bin",))
                graph.run("predict", ("model.bin",))
        assert graph.stale().keys() == {"train"}
        graph.run("features", ("raw-20.csv",), ("features",))
        graph.run("split", ("features",), ("rows",))
        predict = graph.stale()["predict"]
        assert [said.partition(":")[0] for said in predict] == [
            "a newer features exists",
            "a newer rows exists",
        ]

    def test_a_value_is_followed_whatever_its_reader_calls_it(self, graph: Graph) -> None:
        graph.run("features", (), ("features@1",))
        graph.run("split", ("rows@1",), ("training@2",))
        graph.run("train", ("frame@2",))
        graph.run("features", (), ("features@1",))
        assert graph.stale() == {}
        newer = graph.run("features", (), ("features@3",))
        assert (
            f"a newer features exists: made by features {newer[:13]}" in graph.stale()["train"][0]
        )

    def test_what_was_made_from_a_run_does_not_make_it_stale(self, graph: Graph) -> None:
        graph.run("train", (), ("model.bin",))
        for _ in range(4):
            graph.run("train", ("model.bin",), ("model.bin",))
        assert graph.stale() == {}

    def test_cycles_of_names_end(self, graph: Graph) -> None:
        graph.run("learn", (), ("model.bin",))
        for _ in range(30):
            graph.run("serve", ("model.bin",), ("feedback.csv",))
            graph.run("learn", ("feedback.csv",), ("model.bin",))
        assert list(graph.stale()) == ["serve"]
        graph.run("serve", ("model.bin",), ("feedback.csv",))
        assert list(graph.stale()) == ["learn"]

    def test_runs_inside_the_looked_at_run_are_part_of_it(self, graph: Graph) -> None:
        graph.run("train", (), ("model.bin@1",))
        outer = graph.run("pipeline", ("model.bin@1",), seconds=20)
        middle = graph.run("stage", parent=outer, at=graph.now - 18 * 10**9, seconds=10)
        graph.run("train", (), ("model.bin@2",), parent=middle, at=graph.now - 17 * 10**9)
        assert "pipeline" not in graph.stale()

    def test_failed_runs_are_neither_fresher_nor_looked_at(self, graph: Graph) -> None:
        pipeline(graph)
        graph.run("features", ("raw.csv",), ("features.parquet",), status="failed")
        graph.run("predict", ("model.bin",), status="failed")
        assert graph.stale() == {}


class TestChangedSince:
    def test_changed_code_is_told_with_both_digests(self, graph: Graph) -> None:
        pipeline(graph)
        graph.run("features", ("other.csv",), ("other.parquet",), code="def features(): 1")
        before, after = graph.digest("def features(): ...")[:8], graph.digest("def features(): 1")
        said = f"the code of features changed since ({before} → {after[:8]})"
        assert f"{said} (path: train ← features)" in graph.stale()["train"]
        assert graph.stale()["predict"] == [f"{said} (path: predict ← train ← features)"]

    def test_a_changed_setting_is_told_and_the_week_is_not(self, graph: Graph) -> None:
        for week in range(20, 30):
            ingest_week(graph, week, unit="F" if week < 28 else "C")
            if week == 25:
                graph.run("train", ("raw-25.csv",), ("model.bin",))
                graph.run("predict", ("model.bin",))
        assert graph.stale()["predict"] == [
            "parameter unit of ingest changed from 'F' to 'C' since "
            "(path: predict ← train ← ingest)"
        ]

    def test_a_setting_of_one_file_is_compared_from_the_second_run_on(self, graph: Graph) -> None:
        pipeline(graph)
        graph.run("ingest", ("feed.csv",), ("raw.csv",), params={"unit": "C"})
        assert (
            "parameter unit of ingest changed from 'F' to 'C' since (path: features ← ingest)"
            in graph.stale()["features"]
        )

    def test_values_used_side_by_side_are_no_change(self, graph: Graph) -> None:
        for week in range(20, 26):
            code = "training" if week % 3 == 0 else "serving"
            ingest_week(graph, week, unit=code, code=code)
            if week == 24:
                graph.run("train", ("raw-24.csv",), ("model.bin",))
                graph.run("predict", ("model.bin",))
        ingest_week(graph, 26, unit="serving", code="serving")
        assert graph.stale().keys() == {"train"}

    def test_pipelines_that_share_names_are_told_apart_by_their_files(self, graph: Graph) -> None:
        for day in range(3):
            for team in ("red", "blue"):
                name = f"{team}.csv" if day else f"{team}-first.csv"
                graph.run("clean", (f"{team}-raw.csv",), (name,), code=team)
            graph.run("train", ("red.csv" if day else "red-first.csv",), ("model.bin",))
        assert not [said for said in graph.stale().get("train", ()) if "code" in said]
        graph.run("predict", ("model.bin",))
        assert "predict" in graph.stale()  # as the fresher run of `clean` was counted when it ran

    def test_a_new_a_lost_and_a_changed_column_are_told(self, graph: Graph) -> None:
        pipeline(graph)
        more: dict[str, Any] = {"columns": ["a", "x", "y"], "dtypes": ["string", "int64", "int64"]}
        graph.run("features", ("raw.csv",), ("features.parquet",), **more)
        said = [one for one in graph.stale()["train"] if "column" in one]
        assert said == [
            "column a of features.parquet of features changed from int64 to string since "
            "(path: train ← features)",
            "features.parquet of features has the new columns x, y since (path: train ← features)",
            "features.parquet of features lacks the column b since (path: train ← features)",
        ]

    def test_a_component_that_writes_two_schemas_has_changed_none(self, graph: Graph) -> None:
        for week in range(6):
            columns = ["a", "label"] if week % 3 == 0 else ["a"]
            graph.run("clean", (f"raw{week}.csv",), (f"clean{week}.csv",), columns=columns)
            if week == 3:
                graph.run("train", ("clean3.csv",), ("model.bin",))
                graph.run("predict", ("model.bin",))
        assert graph.stale().keys() == {"train"}

    def test_an_old_target_is_compared_itself(self, graph: Graph) -> None:
        old = graph.run("train", (), ("model.bin",), code="one")
        graph.run("train", (), ("model.bin",), code="two")
        (reason,) = graph.reasons(old)
        assert (reason.kind, reason.run, reason.path) == ("code", old, ("train",))
        assert "path" not in reason.said()


class TestSpreading:
    def test_what_was_true_when_an_upstream_run_ran_names_that_run(self, graph: Graph) -> None:
        graph.run("features", (), ("features.parquet",))
        graph.now += 42 * graph.day
        train = graph.run("train", ("features.parquet",), ("model.bin",))
        graph.run("predict", ("model.bin",))
        (said,) = graph.stale()["predict"]
        assert f"features.parquet was 42 days old when train {train[:13]} read it" in said
        assert said.endswith("the limit is 30 days) (path: predict ← train)")

    def test_an_overtaken_run_upstream_is_named(self, graph: Graph) -> None:
        graph.run("features", (), ("f1.csv",), params={"batch": "2013-05"})
        graph.run("features", (), ("f2.csv",), params={"batch": "2013-06"})
        train = graph.run("train", ("f1.csv",), ("model.bin",))
        graph.run("predict", ("model.bin",))
        (said,) = graph.stale()["predict"]
        assert said.startswith(f"1 fresher run of features began before train {train[:13]} (it")

    def test_the_most_upstream_comes_first_then_the_kind(self, graph: Graph) -> None:
        pipeline(graph)
        graph.now += 40 * graph.day
        predict = graph.run("predict", ("model.bin",), ("predictions.csv",))
        pipeline(graph, unit="C", code="def features(): 1")
        assert [(len(one.path), one.kind) for one in graph.reasons(predict)] == [
            (4, "superseded"),
            (4, "parameter"),
            (3, "superseded"),
            (3, "code"),
            (1, "old"),
            (1, "superseded"),
        ]

    def test_of_more_than_twenty_reasons_the_rest_is_counted(self, graph: Graph) -> None:
        names = tuple(f"raw{number}.csv" for number in range(32))
        for name in names:
            graph.run(f"ingest-{name}", (), (name,))
        graph.now += 40 * graph.day
        join = graph.run("join", names)
        said = say(graph.reasons(join))
        assert (len(said), said[-1]) == (21, "and 12 more")

    def test_of_two_ways_the_shorter_is_said_once(self, graph: Graph) -> None:
        graph.run("ingest", (), ("raw.csv",), code="one")
        graph.run("left", ("raw.csv",), ("left.csv",))
        graph.run("longer", ("left.csv",), ("longer.csv",))
        graph.run("join", ("left.csv", "longer.csv"), ("joined.csv",))
        graph.run("ingest", (), ("raw.csv",), code="two")
        code = [said for said in graph.stale()["join"] if said.startswith("the code")]
        assert [said.partition(" (path: ")[2] for said in code] == ["join ← left ← ingest)"]

    def test_thirty_diamonds_are_walked_once(self, graph: Graph) -> None:
        graph.diamonds(30)
        graph.run("top", (), ("j0",), code="new")
        (said, *_) = graph.stale()["join"]
        assert said.endswith("(path: join ← left ← join ← … 55 more … ← join ← left ← top)")

    def test_a_chain_of_names_in_memory_is_followed_to_its_end(self, graph: Graph) -> None:
        graph.run("step0", (), ("rows",))
        for number in range(1, 300):
            graph.run(f"step{number}", ("rows",), ("rows",))
        graph.run("step0", (), ("rows",))
        last = graph.stale()["step299"]
        assert any("← … 294 more … ← step2 ← step1 ← step0)" in said for said in last)

    def test_a_clock_that_is_minutes_ahead_makes_nothing_old(self, graph: Graph) -> None:
        minutes = 5 * 60 * 10**9
        graph.run("features", (), ("features.parquet",), at=graph.now + minutes)
        graph.run("train", ("features.parquet",), ("model.bin",), at=graph.now - minutes)
        assert graph.stale() == {}

    @pytest.mark.parametrize("limit", ["component", "artifact"])
    def test_the_limit_that_counted_is_said(self, graph: Graph, limit: str) -> None:
        policy = StalePolicy(
            components=(("train", 90 * 86_400.0),),
            artifacts=(("*.bin", 60 * 86_400.0),) if limit == "artifact" else (),
        )
        graph.settings = replace(graph.settings, stale_after=policy)
        graph.run("train", (), ("model.bin",))
        graph.now += 50 * graph.day
        graph.run("predict", ("model.bin",))
        assert graph.stale() == {}
        graph.now += 50 * graph.day
        graph.run("predict", ("model.bin",))
        ((said,),) = graph.stale().values()
        of = "*.bin is 60 days" if limit == "artifact" else "train is 90 days"
        assert f"the limit of {of})" in said
