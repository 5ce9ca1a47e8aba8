"""Feature names: a model must get the columns that it was trained on, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.check import NotApplicable, Unmet
from mltrace.checks.measures import table_of
from mltrace.checks.model_check import ModelCheck
from mltrace.checks.registered import library
from mltrace.checks.vectors import variable_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltrace.records import Severity


@library.register("FeatureNames")
class FeatureNames(ModelCheck):
    """Fails if the features are not those that the model was trained on, or stand in another order.

    Parameters
    ----------
    model, features : str
        As in `ModelCheck`. Names are known of models of scikit-learn that were trained on a data
        frame, of pipelines of these, of LightGBM, CatBoost and XGBoost; of others their number may
        be.
    severity
        As in `Check`.

    Raises
    ------
    ArgumentError
        If a name cannot be that of a variable.

    Notes
    -----
    The values are the numbers of columns that are missing or unknown, and that stand elsewhere.
    Columns in another order are taken for each other by whoever hands on values without names.

    References
    ----------
    scikit-learn's ``feature_names_in_`` (SLEP 007).

    Examples
    --------
    >>> import pandas
    >>> from sklearn.linear_model import LinearRegression
    >>> from mltrace.checks.engine import run_checks
    >>> features = pandas.DataFrame({"hour": [1, 2, 3], "seats": [3, 5, 4]})
    >>> model = LinearRegression().fit(features, [1, 2, 3])
    >>> variables = {"model": model, "features": features[["seats", "hour"]]}
    >>> [one.message for one in run_checks([FeatureNames()], "before", variables) if one.message]
    ["features: column 1 is 'seats', the model was trained with 'hour' there"]
    """

    def __init__(
        self,
        *,
        model: str = "model",
        features: str = "features",
        severity: Severity | None = None,
    ) -> None:
        super().__init__({"model": model, "features": features}, severity=severity)

    @property
    def wanted(self) -> Sequence[str]:
        """The model and the features."""
        return (self.model, self.features)

    def test_names(self, **variables: Any) -> int:
        """Count the columns that are missing or unknown."""
        names, trained = self._names(variables)
        missing = [name for name in trained if name not in names]
        unknown = [name for name in names if name not in trained]
        if missing or unknown:
            parts = []
            if missing:
                parts.append(f"no column {', '.join(map(repr, missing[:5]))}")
            if unknown:
                parts.append(f"unknown to the model: {', '.join(map(repr, unknown[:5]))}")
            raise Unmet(f"{self.features}: {'; '.join(parts)}", value=len(missing) + len(unknown))
        return 0

    def test_order(self, **variables: Any) -> int:
        """Count the columns that stand elsewhere."""
        names, trained = self._names(variables)
        if set(names) != set(trained):
            raise NotApplicable("the columns are not the same")
        moved = [place for place, name in enumerate(names) if name != trained[place]]
        if moved:
            first = moved[0]
            raise Unmet(
                f"{self.features}: column {first + 1} is {names[first]!r}, the model was trained "
                f"with {trained[first]!r} there",
                value=len(moved),
            )
        return 0

    def test_number(self, **variables: Any) -> int:
        """Return the number of columns."""
        model, features = self._given(variables)
        trained = getattr(model, "n_features_in_", None)
        shape: tuple[int, ...] = getattr(features, "shape", ())
        if not isinstance(trained, int) or len(shape) != 2:
            raise NotApplicable("it is not known how many columns the model was trained on")
        if shape[1] != trained:
            raise Unmet(
                f"{self.features}: {shape[1]} columns, the model was trained on {trained}",
                value=shape[1],
            )
        return int(shape[1])

    def _given(self, variables: Mapping[str, Any]) -> tuple[Any, Any]:
        return self.model_among(variables), variable_named(variables, self.features)

    def _names(self, variables: Mapping[str, Any]) -> tuple[list[str], list[str]]:
        model, features = self._given(variables)
        table, trained = table_of(self.features, features), trained_names(model)
        if trained is None:
            raise NotApplicable(f"{self.model} does not tell the columns that it was trained on")
        if table is None:
            raise NotApplicable(f"{self.features} are no data frame")
        return [str(name) for name in table.columns], trained


def trained_names(model: Any) -> list[str] | None:
    """List the names of the columns that a model was trained on, if it knows them.

    Examples
    --------
    >>> trained_names(object()) is None
    True
    """
    for name in ("feature_names_in_", "feature_name_", "feature_names_"):
        names = getattr(model, name, None)
        if names is not None and len(names):
            return [str(one) for one in names]
    steps = getattr(model, "steps", None)
    if isinstance(steps, list) and steps:
        return trained_names(steps[0][1])
    names = getattr(model, "feature_names", None)  # a booster of XGBoost
    return [str(one) for one in names] if isinstance(names, list | tuple) else None
