from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pyarrow
import pytest
from tests.daily import times

from mltrace.monitors.drift.history.relations import Relations
from mltrace.monitors.drift.history.summaries import TableSummary, summarize
from mltrace.profiles.profiling import profile_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[numpy.float64]

NAMES = ("a", "b", "c", "d")
RIDGE = 1e-2


def rows(number: int, num_rows: int = 500) -> Array:
    """Draw rows of which b follows a, d follows a and c; the levels of days differ."""
    rng = numpy.random.default_rng(number)
    a = rng.normal(10, 2, num_rows) + rng.normal()
    b = 3 * a + rng.normal(0, 1, num_rows)
    c = rng.exponential(2, num_rows)
    return numpy.column_stack((a, b, c, a - c + rng.normal(0, 0.5, num_rows)))


def summary(values: Array, names: tuple[str, ...] = NAMES) -> TableSummary:
    columns = dict(zip(names, values.T, strict=True))
    return summarize(profile_table(pyarrow.table(columns)))


def table(**columns: Any) -> TableSummary:
    return summarize(profile_table(pyarrow.table(columns)))


HISTORY = [rows(number) for number in range(12)]
LEARNT = Relations.of([summary(one) for one in HISTORY])


def measured(relations: Relations, partition: TableSummary) -> dict[tuple[str, Any], float]:
    found, errors = relations.measure(partition)
    assert len(found) == len(errors) == len(relations.statistics)
    named = [(str(one.column), one.detail or one.name.split()[0]) for one in relations.statistics]
    return dict(zip(named, found.tolist(), strict=True))


def standardised() -> Array:
    """The rows of all days, beside the mean of days and on the scales of the relations."""
    return (numpy.concatenate(HISTORY) - LEARNT.center) / LEARNT.scale


@pytest.mark.parametrize("column", range(4))
def test_each_column_is_foretold_as_by_a_ridge_regression_on_the_others(column: int) -> None:
    values = standardised()
    std = numpy.sqrt((values**2).mean(0))
    values = values / std
    others = [at for at in range(4) if at != column]
    ridge = numpy.sqrt(RIDGE * len(values)) * numpy.eye(3)
    system = numpy.concatenate((values[:, others], ridge))
    target = numpy.concatenate((values[:, column], numpy.zeros(3)))
    expected, *_ = numpy.linalg.lstsq(system, target)
    found = LEARNT.coefficients[column] / std[column] * std
    assert found[others] == pytest.approx(expected, rel=1e-6)
    assert found[column] == 0


def test_what_is_left_is_how_far_rows_are_from_what_is_foretold_and_what_the_ridge_costs() -> None:
    values = standardised()
    std = numpy.sqrt((values**2).mean(0))
    left = (values - values @ LEARNT.coefficients.T) / std
    cost = RIDGE * (1 + ((LEARNT.coefficients / std[:, None] * std) ** 2).sum(1))
    assert LEARNT.left / std == pytest.approx(numpy.sqrt((left**2).mean(0) + cost))
    assert LEARNT.left[1] < 0.3 * std[1]


def test_levels_and_spreads_beside_others_are_those_of_what_rows_leave() -> None:
    partition = rows(99)
    apart = (partition - LEARNT.center) / LEARNT.scale
    left = (apart - apart @ LEARNT.coefficients.T) / LEARNT.left
    found = measured(LEARNT, summary(partition))
    for at, name in enumerate(NAMES):
        assert found[name, "level"] == pytest.approx(left[:, at].mean(), abs=1e-6)
        assert found[name, "spread"] == pytest.approx(left[:, at].var(), rel=1e-6)


def test_a_column_that_no_longer_goes_with_others_spreads_beside_them() -> None:
    partition = rows(99)
    broken = partition.copy()
    broken[:, 1] = numpy.random.default_rng(1).permutation(broken[:, 1])
    before = measured(LEARNT, summary(partition))
    after = measured(LEARNT, summary(broken))
    assert 0.3 < before["b", "spread"] < 1.5
    assert after["b", "spread"] > 20
    assert after["b", "level"] == pytest.approx(before["b", "level"], abs=1e-6)


def test_a_table_without_a_column_is_measured_as_if_others_had_foretold_it() -> None:
    partition = rows(99)
    lacking = partition.copy()
    lacking[:, 2] = LEARNT.center[2] + LEARNT.scale[2] * (
        (partition - LEARNT.center) / LEARNT.scale @ LEARNT.coefficients[2]
    )
    expected = measured(LEARNT, summary(lacking))
    found = measured(LEARNT, summary(partition[:, [0, 1, 3]], ("a", "b", "d")))
    assert found["b", "level"] == pytest.approx(expected["b", "level"], abs=1e-6)
    assert found["b", "spread"] == pytest.approx(expected["b", "spread"], rel=1e-6)


def test_of_columns_that_only_a_missing_one_foretold_nothing_is_known() -> None:
    found = measured(LEARNT, summary(rows(99)[:, [0, 2, 3]], ("a", "c", "d")))
    assert numpy.isnan([found["b", "level"], found["b", "spread"], found["a", "level"]]).all()


def test_a_level_beyond_all_measure_tells_nothing_of_others() -> None:
    partition = rows(99)
    partition[0, 1] = 1e30
    found = measured(LEARNT, summary(partition))
    assert numpy.isnan(found["b", "level"])
    assert abs(found["c", "level"]) < 1


def test_partitions_without_a_column_do_not_tell_where_its_middle_is() -> None:
    tables = [summary(one) for one in HISTORY]
    tables += [summary(rows(number)[:, :3], NAMES[:3]) for number in (20, 21)]
    found = Relations.of(tables)
    assert found.center[3] == pytest.approx(LEARNT.center[3])


def timed(number: int) -> dict[str, Any]:
    """Draw a day with the times of departures, and of arrivals that they foretell."""
    seconds = 86_400 * number + numpy.random.default_rng(number).integers(0, 86_400, 200)
    a, b, *_ = rows(number, 200).T
    return {"a": a, "b": b, "at": times(seconds), "until": times(seconds + 3600)}


def test_times_that_only_advance_tell_nothing_of_others_however_late_it_is() -> None:
    days = [timed(number) for number in range(12)]
    of_one = [table(**{**one, "until": one["a"]}) for one in days]
    late = {**timed(900), "until": rows(900, 200)[:, 0]}
    found = measured(Relations.of(of_one), table(**late))
    assert numpy.isnan(found["at", "level"])
    assert abs(found["b", "level"]) < 3


def test_times_that_others_foretell_closely_are_told_beside_them() -> None:
    learnt = Relations.of([table(**timed(number)) for number in range(12)])
    assert abs(measured(learnt, table(**timed(12)))["until", "level"]) < 0.2
    late = timed(12) | {"until": timed(14)["until"]}
    assert measured(learnt, table(**late))["until", "level"] > 1


def gaps(here: list[float | None], there: list[float | None]) -> TableSummary:
    return table(here=pyarrow.array(here), there=pyarrow.array(there), full=[1.0] * len(here))


def test_only_columns_with_gaps_are_looked_at_for_joint_nulls() -> None:
    found = Relations.of([gaps([1, 2, 3, None], [1, 2, None, None])] * 8)
    pairs = {(one.column, one.detail) for one in found.statistics if one.aspect == "joint nulls"}
    assert pairs == {("there", "here"), ("full", "here"), ("here", "there"), ("full", "there")}


def test_joint_nulls_are_the_share_of_rows_with_one_but_without_the_other() -> None:
    learnt = Relations.of([gaps([1, 2, 3, None], [1, 2, None, None])] * 8)
    partition = gaps([1, 2, None, None, None], [1, None, 3, None, None])
    found = measured(learnt, partition)
    told = {key: one for key, one in found.items() if key[1] in ("here", "there")}
    assert told == {
        ("full", "here"): 3 / 5,
        ("full", "there"): 3 / 5,
        ("there", "here"): 1 / 5,
        ("here", "there"): 1 / 5,
    }
    rows_of = dict(zip(learnt.statistics, learnt.measure(partition)[1].tolist(), strict=True))
    assert {rows for one, rows in rows_of.items() if one.is_share} == {5}


def test_of_a_column_without_values_nothing_is_told_of_joint_nulls() -> None:
    learnt = Relations.of([gaps([1, 2, 3, None], [1, 2, None, None])] * 8)
    found = measured(learnt, table(here=pyarrow.array([1.0, None]), full=[1.0, 1.0]))
    assert numpy.isnan(
        [found["there", "here"], found["here", "there"], found["full", "there"]]
    ).all()
    assert found["full", "here"] == 1 / 2
    found = measured(learnt, gaps([1, 2, 3], [1, 2, None]))
    assert found["full", "here"] == 0


def test_without_columns_there_are_no_relations() -> None:
    nothing = table()
    relations = Relations.of([nothing] * 8)
    assert relations.statistics == []
    assert [len(one) for one in relations.measure(nothing)] == [0, 0]


def test_constant_columns_have_relations_without_surprise() -> None:
    constant = numpy.full((50, 2), 7.0)
    relations = Relations.of([summary(constant, ("a", "b"))] * 8)
    found, errors = relations.measure(summary(constant, ("a", "b")))
    assert numpy.isfinite(found).all()
    assert numpy.isfinite(errors).all()
    assert (found == 0).all()
