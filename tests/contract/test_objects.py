"""Pipelines written as classes: frames and models that methods hand on by way of `self`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy
import pandas
import pytest
from sklearn.linear_model import LinearRegression

import mltrace as mt

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("store")


class Pipeline:
    def __init__(self) -> None:
        self.raw: pandas.DataFrame | None = None
        self.model = LinearRegression()
        self.factor = 2

    @mt.component
    def load(self, rows: int) -> None:
        self.raw = pandas.DataFrame({"a": numpy.arange(float(rows))})

    @mt.component
    def train(self) -> None:
        assert self.raw is not None
        self.model.fit(self.raw[["a"]], self.raw["a"] * self.factor)

    @mt.component
    def predict(self, row: float) -> float:
        return self._infer(row)

    def _infer(self, row: float) -> float:
        return float(self.model.predict(pandas.DataFrame({"a": [row]}))[0])

    @mt.component
    def rows(self) -> int:
        return 3


def test_what_a_method_leaves_on_its_object_is_its_output() -> None:
    Pipeline().load(5)

    run = mt.history("load")[0]
    assert [(ref.name, ref.num_rows) for ref in run.outputs] == [("self.raw", 5)]
    assert run.params == {"rows": 5}


def test_methods_of_one_object_are_linked_by_what_they_hand_on() -> None:
    pipeline = Pipeline()
    pipeline.load(5)
    pipeline.train()
    assert round(pipeline.predict(3.0), 6) == 6.0

    made = mt.trace(mt.history("predict")[0]).steps
    assert [step.run.component for step in made] == ["predict", "train", "load"]


def test_attributes_that_a_method_does_not_use_are_not_its_inputs() -> None:
    pipeline = Pipeline()
    pipeline.load(5)
    pipeline.rows()

    assert mt.history("rows")[0].inputs == ()


def test_other_objects_with_the_same_attribute_names_are_not_linked() -> None:
    first, second = Pipeline(), Pipeline()
    first.load(5)
    first.train()
    second.raw = pandas.DataFrame({"a": [7.0, 8.0]})
    second.train()

    assert mt.history("train")[0].upstream == ()


def test_auto_false_leaves_the_object_alone(store: Path) -> None:
    class Loader:
        raw: object = None

        @mt.component(auto=False)
        def load(self) -> None:
            self.raw = pandas.DataFrame({"a": [1]})

    Loader().load()
    assert mt.history("load")[0].outputs == ()
