from __future__ import annotations

import numpy
import pyarrow
import pytest
from tests.daily import day

from mltrace.monitors.drift.history.measuring import Measures
from mltrace.monitors.drift.history.summaries import NUM_ROW_HASHES, TableSummary, summarize
from mltrace.profiles.profiling import profile_table
from mltrace.profiles.reading import profile_data


def summary(table: pyarrow.Table) -> TableSummary:
    return summarize(profile_table(table))


TABLES = [day(number, 200) for number in range(10)]
HISTORY = [summary(one) for one in TABLES]
MEASURES = Measures(HISTORY)


def of_table(table: TableSummary, apart: int | None = None) -> dict[str, float]:
    found = MEASURES.measure(table, apart)[0].tolist()
    return {
        one.name: value
        for one, value in zip(MEASURES.statistics, found, strict=True)
        if one.column is None
    }


def test_statistics_of_a_column_stand_together_after_those_of_the_table() -> None:
    columns = list(dict.fromkeys(one.column for one in MEASURES.statistics))
    assert columns == [None, *TABLES[0].column_names]
    changes = sum(
        left.column != right.column
        for left, right in zip(MEASURES.statistics, MEASURES.statistics[1:], strict=False)
    )
    assert changes == len(TABLES[0].column_names)


def test_no_statistic_is_measured_twice() -> None:
    assert len(set(MEASURES.statistics)) == len(MEASURES.statistics)


@pytest.mark.parametrize("number", [3, 77])
def test_values_stand_where_their_statistics_do(number: int) -> None:
    table = day(number, 200)
    found = dict(zip(MEASURES.statistics, MEASURES.measure(summary(table))[0], strict=True))
    named = {(one.column, one.name, one.detail): value for one, value in found.items()}
    frame = table.to_pandas()
    assert named[None, "rows", None] == 200
    assert named["temp", "nulls", None] == pytest.approx(frame["temp"].isna().mean())
    assert named["seats", "whole", None] == 1
    assert named["is_late", "value", 1.0] == pytest.approx(frame["is_late"].mean())
    vocabulary = MEASURES.vocabularies["delay"]
    mean = (frame["delay"].mean() - vocabulary.center) / vocabulary.scale
    assert named["delay", "mean", None] == pytest.approx(mean)


def test_duplicate_rows_are_a_share() -> None:
    doubled = pyarrow.concat_tables([day(50, 100), day(50, 100)])
    assert of_table(summary(doubled))["duplicate rows"] == pytest.approx(0.5)
    assert of_table(summary(day(50, 100)))["duplicate rows"] == 0


def test_rows_of_one_other_partition_are_told() -> None:
    replayed = "rows of another partition"
    assert of_table(summary(day(50, 200)))[replayed] == 0
    assert of_table(HISTORY[4])[replayed] == 1
    half = pyarrow.concat_tables([TABLES[4].slice(0, 100), day(50, 100)])
    assert of_table(summary(half))[replayed] == pytest.approx(0.5, abs=0.15)


def test_a_partition_of_the_history_is_not_compared_with_itself() -> None:
    assert of_table(HISTORY[4], 4)["rows of another partition"] == 0
    twice = Measures([*HISTORY, HISTORY[4]])
    found = twice.measure(HISTORY[4], 4)[0][
        [one.name for one in twice.statistics].index("rows of another partition")
    ]
    assert found == 1


def test_partitions_of_several_are_told_by_the_one_that_shares_most() -> None:
    mixed = pyarrow.concat_tables([TABLES[at].slice(0, 20 * at) for at in (1, 2, 4)])
    hashes = summary(mixed).row_hashes
    assert len(hashes) == NUM_ROW_HASHES
    shared = [len(numpy.intersect1d(hashes, one.row_hashes)) for one in HISTORY]
    found = of_table(summary(mixed))["rows of another partition"]
    assert found == max(shared) / NUM_ROW_HASHES


def test_a_column_of_few_partitions_is_measured_as_well() -> None:
    late = [summary(day(number, 200, late=range(200))) for number in (20, 21)]
    measures = Measures([*HISTORY, *late])
    assert "late" in measures.vocabularies
    places = [at for at, one in enumerate(measures.statistics) if one.column == "late"]
    assert numpy.isfinite(measures.measure(late[0])[0][places]).any()
    kind = [measures.statistics[at].name for at in places].index("kind")
    assert measures.measure(HISTORY[0])[0][places[kind]] == 1


def test_what_grows_with_the_rows_looked_at_is_not_told_of_all_rows_beside_samples() -> None:
    rows = pyarrow.table({"x": [float(row % 900) for row in range(6000)]})
    sample = summarize(profile_data(rows, max_seconds=1e-9))
    assert sample.num_profiled_rows < 2000
    measures = Measures([sample] * 3)
    names = [one.name for one in measures.statistics]
    told, _ = measures.measure(summarize(profile_data(rows)))
    for name in ("distinct", "duplicate rows", "new between"):
        assert numpy.isnan(told[names.index(name)])
        assert not numpy.isnan(measures.measure(sample)[0][names.index(name)])
    assert not numpy.isnan(told[names.index("mean")])


def test_a_table_that_grew_is_measured_in_full() -> None:
    tables = [pyarrow.table({"x": [float(row) for row in range(number)]}) for number in (100, 900)]
    small, large = (summarize(profile_data(one)) for one in tables)
    measures = Measures([small] * 3)
    names = [one.name for one in measures.statistics]
    assert measures.measure(large)[0][names.index("distinct")] == 900
