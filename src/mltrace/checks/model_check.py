"""What checks of models have in common: where the model, its data and its answers are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.checks.arguments import as_variable
from mltrace.checks.check import Check, NotApplicable, Unmet
from mltrace.checks.column_values import MIN_ROWS, too_few
from mltrace.checks.measures import table_of
from mltrace.checks.vectors import Vector, as_vector, variable_named, vector_named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from mltrace.records import Severity

PREDICTING_ERRORS: Final = (ValueError, TypeError, LookupError, AttributeError)
"""What a model raises that cannot take the features."""


@dataclass(frozen=True)
class Scores:
    """Probabilities of classes.

    Attributes
    ----------
    values : array of float, shape (num_rows, num_classes)
        A probability for each row and class.
    classes : Vector, shape (num_classes,)
        The classes.
    """

    values: NDArray[numpy.float64]
    classes: Vector


class ModelCheck(Check):
    """The base of checks of a model's answers.

    Parameters
    ----------
    model : str
        The variable with the model: anything with `predict`, and for probabilities `predict_proba`.
        If there is none, the return value of the run will do.
    features : str
        The variable with the features that the model is asked about.
    labels : str
        The variable with the labels, or a column of the features, which the model does not get.
    predictions, scores : str
        Variables with answers and probabilities, if there are some; else the model is asked.
    """

    model = "model"
    features = "features"
    labels = "labels"
    predictions = "predictions"
    scores = "scores"

    def __init__(self, names: Mapping[str, str], *, severity: Severity | None = None) -> None:
        super().__init__(severity=severity)
        for option, name in names.items():
            setattr(self, option, as_variable(type(self).__name__, option, name))

    @property
    def wanted(self) -> Sequence[str]:
        """The variables that the answers come from."""
        return (self.model, self.features, self.labels, self.predictions, self.scores)

    def model_among(self, variables: Mapping[str, Any]) -> Any:
        """Find the model.

        Raises
        ------
        NotApplicable
            If there is none.
        """
        found = variables.get(self.model, variables.get("result"))
        return found if hasattr(found, "predict") else variable_named(variables, self.model)

    def predictions_among(self, variables: Mapping[str, Any]) -> Vector:
        """Take the answers from a variable, the return value of the run, or the model.

        Raises
        ------
        NotApplicable
            If there are none, or too few.
        """
        return _enough(self._predictions(variables))

    def scores_among(self, variables: Mapping[str, Any]) -> Scores | None:
        """Take the probabilities of classes from a variable or the model, if there are some."""
        if self.scores in variables:
            return _scores(variables[self.scores], self._classes(variables))
        model = variables.get(self.model, variables.get("result"))
        if not hasattr(model, "predict_proba") or self.features not in variables:
            return None
        values = self._ask(variables, model, "predict_proba")
        classes = as_vector(list(getattr(model, "classes_", ()))) or self._classes(variables)
        return _scores(values, classes)

    def score_matrix(self, variables: Mapping[str, Any]) -> NDArray[numpy.float64] | None:
        """Take the scores as they are, a row for each row; None if there are none.

        Raises
        ------
        NotApplicable
            If there are too few.
        """
        given = variables.get(self.scores)
        model = variables.get(self.model, variables.get("result"))
        if given is None and hasattr(model, "predict_proba") and self.features in variables:
            given = self._ask(variables, model, "predict_proba")
        if given is None:
            return None
        matrix = _matrix(given)
        if len(matrix) < MIN_ROWS:
            raise too_few(len(matrix))
        return matrix

    def labels_among(self, variables: Mapping[str, Any]) -> Vector:
        """Take the labels.

        Raises
        ------
        NotApplicable
            If there are none.
        """
        table = table_of(self.features, variables.get(self.features))
        if self.labels not in variables and table is not None and self.labels in table.columns:
            found = as_vector(table.frame[self.labels].to_native())
            if found is not None:
                return found
        return vector_named(variables, self.labels)

    def answered(self, variables: Mapping[str, Any]) -> tuple[Vector, Vector]:
        """Take labels and predictions of the rows that have both.

        Raises
        ------
        NotApplicable
            If there are none, or too few.
        Unmet
            If they differ in length.
        """
        labels, predictions = self.labels_among(variables), self._predictions(variables)
        rows = _both_known(labels, predictions, (self.labels, self.predictions))
        return _enough(labels.take(rows)), predictions.take(rows)

    def scored(self, variables: Mapping[str, Any]) -> tuple[NDArray[numpy.intp], Scores] | None:
        """Take the classes of the labels, as places among the scores, and the scores; or None.

        Raises
        ------
        NotApplicable
            If there are too few.
        Unmet
            If they differ in length, or labels are of classes that the model does not know.
        """
        scores = self.scores_among(variables)
        if scores is None:
            return None
        labels = self.labels_among(variables)
        if len(labels) != len(scores.values):
            raise Unmet(f"{len(labels):,} {self.labels} for {len(scores.values):,} scores")
        known = labels.is_known & numpy.isfinite(scores.values).all(axis=1)
        places = places_among(_enough(labels.take(known)), scores.classes)
        if (places < 0).any():
            unknown = labels.take(known).take(places < 0)
            raise Unmet(
                f"{len(unknown):,} {self.labels} are of classes that the model does not know, such "
                f"as {unknown.say(unknown.values[0])!r}"
            )
        return places, Scores(scores.values[known], scores.classes)

    def is_classifier(self, variables: Mapping[str, Any], labels: Vector) -> bool:
        """Tell whether the answers are classes rather than numbers."""
        model = variables.get(self.model, variables.get("result"))
        if hasattr(model, "predict_proba") or hasattr(model, "classes_"):
            return True
        return labels.is_classes and self._predictions(variables).is_classes

    def _predictions(self, variables: Mapping[str, Any]) -> Vector:
        if self.predictions in variables:
            return vector_named(variables, self.predictions)
        result = variables.get("result")
        if result is not None and not hasattr(result, "predict"):
            vector = as_vector(result)
            if vector is not None:
                return vector
        answers = self._ask(variables, self.model_among(variables), "predict")
        vector = as_vector(answers)
        if vector is None:
            raise NotApplicable(f"{self.model}.predict gives {type(answers).__name__}, no vector")
        return vector

    def _classes(self, variables: Mapping[str, Any]) -> Vector:
        labels = self.labels_among(variables)
        values = numpy.unique(labels.values[labels.is_known])
        return Vector(values, labels.is_text, labels.is_boolean)

    def _ask(self, variables: Mapping[str, Any], model: Any, method: str) -> Any:
        return ask(
            model, method, (self.features, variable_named(variables, self.features)), self.labels
        )


def ask(model: Any, method: str, features: tuple[str, Any], label: str = "") -> Any:
    """Ask a model once at a boundary.

    Parameters
    ----------
    model : object
        The model.
    method : {'predict', 'predict_proba'}
        What to call.
    features : tuple (str, object)
        The name and the value of the features.
    label : str, optional
        A column that the model does not get.

    Raises
    ------
    Unmet
        If the model raises.
    """
    name, value = features
    table = table_of(name, value)

    def answer() -> Any:
        given = value
        if table is not None and label in table.columns:
            given = table.frame.drop(label).to_native()
        try:
            return getattr(model, method)(given)
        except PREDICTING_ERRORS as error:
            raise Unmet(f"{method} raises {type(error).__name__} on {name}: {error}") from error

    return answer() if table is None else table.once((method, id(model), label), answer)


def places_among(values: Vector, classes: Vector) -> NDArray[numpy.intp]:
    """Find each value among classes: its place, or -1.

    Examples
    --------
    >>> places_among(Vector(numpy.array([1.0, 0.0, 7.0])), Vector(numpy.array([0.0, 1.0])))
    array([ 1,  0, -1])
    """
    if values.is_text or classes.is_text:
        known: dict[Any, int] = {
            classes.say(one): place for place, one in enumerate(classes.values)
        }
        say: Callable[[Any], Any] = values.say
    else:
        known = {float(one): place for place, one in enumerate(classes.values)}
        say = float
    return numpy.array([known.get(say(value), -1) for value in values.values], numpy.intp)


def _enough(vector: Vector) -> Vector:
    if len(vector) < MIN_ROWS:
        raise too_few(len(vector))
    return vector


def _both_known(left: Vector, right: Vector, names: tuple[str, str]) -> NDArray[numpy.bool_]:
    if len(left) != len(right):
        raise Unmet(f"{len(left):,} {names[0]} for {len(right):,} {names[1]}")
    known: NDArray[numpy.bool_] = left.is_known & right.is_known
    return known


def _scores(value: Any, classes: Vector) -> Scores | None:
    values = _matrix(value)
    if values.shape[1] == 1 and len(classes) == 2:
        values = numpy.column_stack([1 - values, values])
    return Scores(values, classes) if values.shape[1] == len(classes) else None


def _matrix(value: Any) -> NDArray[numpy.float64]:
    """Take scores as a matrix, with one column where they are a vector."""
    vector = as_vector(value)
    values = numpy.asarray(value) if vector is None else vector.values
    try:
        values = values.astype(float)
    except (TypeError, ValueError) as error:
        raise Unmet("the scores are no numbers") from error
    if values.ndim not in (1, 2):
        raise Unmet(f"the scores have {values.ndim} dimensions, expected one or two")
    return values[:, None] if values.ndim == 1 else values
