"""What a drift method is, what it answers, and where all of them are registered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from mltrace.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Scope = Literal["column", "table", "history"]

_MODULES: Final = (
    "average_knn",
    "chi_square",
    "cramer_von_mises",
    "domain_classifier",
    "energy_distance",
    "gate",
    "hellinger",
    "jensen_shannon",
    "kolmogorov_smirnov",
    "maximum_mean_discrepancy",
    "moments",
    "population_stability_index",
    "wasserstein",
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a method tells of what it compared.

    Attributes
    ----------
    statistic : float
        The larger, the farther apart.
    p_value : float
        How often the statistic is at least as large where nothing has drifted.
    effect_size : float
        How large the difference is, whatever the number of rows.
    columns : mapping of str to float
        Of a method that looks at whole tables, how much each column has to do with it; what is
        above 1 is notable.
    """

    statistic: float
    p_value: float
    effect_size: float
    columns: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DriftMethod:
    """A way to compare a partition with a reference or a history.

    Attributes
    ----------
    name : str
        As it is registered.
    compare : callable
        By `scope`: 'column' takes a `Pair`; 'table' the `Features` of both tables; 'history' a list
        of profiles, oldest first, and the current profile. Each gives a `Comparison`.
    effect : str
        What the effect size is, in a few words.
    min_effect : float
        The effect size below which a difference is usually of no importance.
    scope : {'column', 'table', 'history'}
    is_ordered_only : bool
        Whether only numbers and times can be compared, not values without an order.
    has_nulls : bool
        Whether nulls and the like count as values of their own. Where they do not, they are
        compared apart.
    max_rows : int
        Rows of each table that a method of scope 'table' looks at.
    """

    name: str
    compare: Callable[..., Comparison]
    effect: str
    min_effect: float
    scope: Scope = "column"
    is_ordered_only: bool = False
    has_nulls: bool = False
    max_rows: int = 1_000


methods: Final[Registry[DriftMethod]] = Registry(
    "drift_method",
    tuple(f"mltrace.monitors.drift.methods.{module}" for module in _MODULES),
    noun="drift method",
)


def register(name: str, **told: Any) -> Callable[[Callable[..., Comparison]], Any]:
    """Decorate the function of a method to register it."""

    def registered(compare: Callable[..., Comparison]) -> Callable[..., Comparison]:
        methods.add(name, DriftMethod(name, compare, **told))
        return compare

    return registered
