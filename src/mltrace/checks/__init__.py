"""Pass/fail tests at run boundaries, and the library of built-in ones.

::

    from mltrace.checks import NoNulls, RowCount

Each check has a module of its own, which is loaded when the check is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mltrace.checks.cardinality import Cardinality
    from mltrace.checks.check import Check
    from mltrace.checks.class_balance import ClassBalance
    from mltrace.checks.correlations import Correlations
    from mltrace.checks.distribution import Distribution
    from mltrace.checks.group_shares import GroupShares
    from mltrace.checks.label_leakage import LabelLeakage
    from mltrace.checks.no_dropped_groups import NoDroppedGroups
    from mltrace.checks.no_nulls import NoNulls
    from mltrace.checks.outliers import Outliers
    from mltrace.checks.row_count import RowCount
    from mltrace.checks.train_serve_skew import TrainServeSkew
    from mltrace.checks.train_test_overlap import TrainTestOverlap

__all__ = [
    "Cardinality",
    "Check",
    "ClassBalance",
    "Correlations",
    "Distribution",
    "GroupShares",
    "LabelLeakage",
    "NoDroppedGroups",
    "NoNulls",
    "Outliers",
    "RowCount",
    "TrainServeSkew",
    "TrainTestOverlap",
]

BUILT_IN = {
    "Cardinality": "cardinality",
    "ClassBalance": "class_balance",
    "Correlations": "correlations",
    "Distribution": "distribution",
    "GroupShares": "group_shares",
    "LabelLeakage": "label_leakage",
    "NoDroppedGroups": "no_dropped_groups",
    "NoNulls": "no_nulls",
    "Outliers": "outliers",
    "RowCount": "row_count",
    "TrainServeSkew": "train_serve_skew",
    "TrainTestOverlap": "train_test_overlap",
}
_MODULES = {"Check": "check", **BUILT_IN}


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module 'mltrace.checks' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"mltrace.checks.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
