"""Predictions are the same rows whatever holds them; classes are equal exactly if values are."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.logged_rows import HOLDERS, listed, task

from mltrace.capture.predictions.classed import class_column
from mltrace.capture.predictions.columns import id_column
from mltrace.capture.predictions.numbers import number_column
from mltrace.capture.predictions.rows import Given, prediction_rows
from mltrace.capture.predictions.single import SingleRows
from mltrace.classes import class_text, class_value
from mltrace.store.lake.batch import decode_batch, encode_batch
from mltrace.store.lake.tables import batch_table
from mltrace.values.explicit import id_texts

NOW = 1_714_564_800_000_000_000
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
WHOLE = st.integers(-(2**62), 2**62)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)
SIMPLE = st.one_of(
    TEXTS,
    WHOLE,
    st.booleans(),
    NUMBERS,
    st.fractions(max_denominator=50),
    st.decimals(allow_nan=False, places=3, min_value=-9, max_value=9),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.just(dt.UTC)),
    st.binary(max_size=4),
    st.complex_numbers(max_magnitude=5, allow_nan=False),
)
CLASSES = st.one_of(
    SIMPLE,
    st.lists(SIMPLE, max_size=3).map(tuple),
    st.frozensets(SIMPLE, max_size=3),
    st.sampled_from(["1", 1, True, 1.0, '"1"', "[1]", (1,), "<", "{}", "+inf", math.inf, "nan"]),
)
HOLDING = st.sampled_from(sorted(HOLDERS))


@given(CLASSES, CLASSES)
def test_classes_have_the_same_text_exactly_if_they_are_equal(one: Any, other: Any) -> None:
    assert (class_text(one) == class_text(other)) == (one == other)


@given(st.one_of(TEXTS, WHOLE, NUMBERS, st.dates(), st.datetimes()))
def test_classes_come_back_from_their_text(value: Any) -> None:
    text = class_text(value)
    assert text is not None
    assert class_value(text) == value


@pytest.mark.parametrize("items", [TEXTS, WHOLE], ids=["texts", "numbers"])
@given(st.data())
def test_ids_and_classes_of_every_holder_are_those_of_a_list(
    items: Any, data: st.DataObject
) -> None:
    given_items = data.draw(st.lists(items, min_size=1, max_size=8))
    held = HOLDERS[data.draw(HOLDING)](given_items)
    assume(
        not isinstance(held, np.ndarray) or held.dtype.kind != "U" or held.tolist() == given_items
    )
    assert [str(one) for one in listed(id_column(held))] == id_texts(given_items)
    found = class_column("labels", held, len(given_items))
    assert listed(found) == [class_text(one) for one in given_items]


@given(st.lists(NUMBERS, min_size=1, max_size=8), HOLDING)
def test_numbers_of_every_holder_are_those_of_a_list(numbers: list[float], holder: str) -> None:
    assert listed(number_column("labels", HOLDERS[holder](numbers), len(numbers))) == numbers


@given(TEXTS, SIMPLE, st.floats(0, 1), st.dictionaries(TEXTS, st.one_of(TEXTS, WHOLE), max_size=3))
def test_a_single_row_is_what_a_column_of_it_is(
    one: str, value: Any, score: float, features: dict[str, Any]
) -> None:
    declared, asked = task("binary"), Given(scores=score, features=features)
    fact = SingleRows(declared).prediction(one, value, asked, now=NOW, made_by=("", ""))
    assert fact is not None
    columns = Given(scores=[score], features={name: [item] for name, item in features.items()})
    rows = prediction_rows(declared, [one], [value], columns, now=NOW)
    (row,) = batch_table(
        decode_batch(encode_batch("late", "predictions", 1, rows.columns))
    ).to_pylist()
    assert (fact.id, fact.value, fact.score) == (row["id"], row["value"], row["score"])
    for name, item in fact.features.items():
        assert row[f"feature_{name}"] == item
