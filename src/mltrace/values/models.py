"""Models: scikit-learn's and whatever has its base class, boosters and neural networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.values.kinds import OpenPart, ValueKind, kinds
from mltrace.values.objects import describe_object, load_object

if TYPE_CHECKING:
    from mltrace.values.described import Described
    from mltrace.values.wanted import Wanted

# By package and name, so that none of them is imported here.
_MODEL_BASES = frozenset(
    {
        ("sklearn", "BaseEstimator"),
        ("xgboost", "Booster"),
        ("lightgbm", "Booster"),
        ("catboost", "CatBoost"),
        ("torch", "Module"),
        ("statsmodels", "Results"),
        ("statsmodels", "ResultsWrapper"),
    }
)


class ModelKind(ValueKind):
    """Models, by all that they learnt and all their settings."""

    key = "model"
    kind = "model"

    def handles(self, cls: type) -> bool:
        """Tell whether a type has the base class of a model."""
        return any(
            (base.__module__.partition(".")[0], base.__name__) in _MODEL_BASES
            for base in cls.__mro__
        )

    def describe(self, value: Any, keep_limit_bytes: int | None = None) -> Described:
        """Describe a model; its digest survives a dump and a load."""
        return describe_object(value, self, keep_limit_bytes)

    def load(self, manifest: dict[str, Any], open_part: OpenPart, wanted: Wanted) -> Any:
        """Bring a model of scikit-learn's back; unpickle another, or compiled parts, if trusted."""
        return load_object(manifest, open_part, wanted)


kinds.add(ModelKind.key, ModelKind())
