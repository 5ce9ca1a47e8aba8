"""Pass/fail tests at run boundaries, and the library of built-in ones.

::

    from mltrace.checks import NoNulls, RowCount

Each check has a module of its own, which is loaded when the check is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mltrace.checks.better_than_baseline import BetterThanBaseline
    from mltrace.checks.calibration import Calibration
    from mltrace.checks.cardinality import Cardinality
    from mltrace.checks.check import Check
    from mltrace.checks.class_balance import ClassBalance
    from mltrace.checks.column_pair import ColumnPair
    from mltrace.checks.correlations import Correlations
    from mltrace.checks.distribution import Distribution
    from mltrace.checks.feature_names import FeatureNames
    from mltrace.checks.finite import Finite
    from mltrace.checks.foreign_key import ForeignKey
    from mltrace.checks.freshness import Freshness
    from mltrace.checks.group_shares import GroupShares
    from mltrace.checks.in_range import InRange
    from mltrace.checks.in_set import InSet, NotInSet
    from mltrace.checks.label_leakage import LabelLeakage
    from mltrace.checks.level import MeanInRange, MedianInRange
    from mltrace.checks.matches_regex import MatchesRegex
    from mltrace.checks.monotonic import Monotonic
    from mltrace.checks.no_drift import NoDrift
    from mltrace.checks.no_dropped_groups import NoDroppedGroups
    from mltrace.checks.no_duplicate_rows import NoDuplicateRows
    from mltrace.checks.no_gaps import NoGaps
    from mltrace.checks.no_nulls import NoNulls
    from mltrace.checks.no_open_alerts import NoOpenAlerts
    from mltrace.checks.no_variants import NoVariants
    from mltrace.checks.not_constant import NotConstant
    from mltrace.checks.null_share import NullShare
    from mltrace.checks.one_type import OneType
    from mltrace.checks.outliers import Outliers
    from mltrace.checks.overfit import Overfit
    from mltrace.checks.parseable import Parseable
    from mltrace.checks.prediction_bias import PredictionBias
    from mltrace.checks.prediction_range import PredictionRange
    from mltrace.checks.predictions_vary import PredictionsVary
    from mltrace.checks.row_condition import RowCondition
    from mltrace.checks.row_count import RowCount
    from mltrace.checks.row_count_change import RowCountChange
    from mltrace.checks.same_schema import SameSchema
    from mltrace.checks.schema import Schema
    from mltrace.checks.text_length import TextLength
    from mltrace.checks.train_serve_skew import TrainServeSkew
    from mltrace.checks.train_test_overlap import TrainTestOverlap
    from mltrace.checks.unique import Unique

__all__ = [
    "BetterThanBaseline",
    "Calibration",
    "Cardinality",
    "Check",
    "ClassBalance",
    "ColumnPair",
    "Correlations",
    "Distribution",
    "FeatureNames",
    "Finite",
    "ForeignKey",
    "Freshness",
    "GroupShares",
    "InRange",
    "InSet",
    "LabelLeakage",
    "MatchesRegex",
    "MeanInRange",
    "MedianInRange",
    "Monotonic",
    "NoDrift",
    "NoDroppedGroups",
    "NoDuplicateRows",
    "NoGaps",
    "NoNulls",
    "NoOpenAlerts",
    "NoVariants",
    "NotConstant",
    "NotInSet",
    "NullShare",
    "OneType",
    "Outliers",
    "Overfit",
    "Parseable",
    "PredictionBias",
    "PredictionRange",
    "PredictionsVary",
    "RowCondition",
    "RowCount",
    "RowCountChange",
    "SameSchema",
    "Schema",
    "TextLength",
    "TrainServeSkew",
    "TrainTestOverlap",
    "Unique",
]

BUILT_IN = {
    "BetterThanBaseline": "better_than_baseline",
    "Calibration": "calibration",
    "Cardinality": "cardinality",
    "ClassBalance": "class_balance",
    "ColumnPair": "column_pair",
    "Correlations": "correlations",
    "Distribution": "distribution",
    "FeatureNames": "feature_names",
    "Finite": "finite",
    "ForeignKey": "foreign_key",
    "Freshness": "freshness",
    "GroupShares": "group_shares",
    "InRange": "in_range",
    "InSet": "in_set",
    "LabelLeakage": "label_leakage",
    "MatchesRegex": "matches_regex",
    "MeanInRange": "level",
    "MedianInRange": "level",
    "Monotonic": "monotonic",
    "NoDroppedGroups": "no_dropped_groups",
    "NoDuplicateRows": "no_duplicate_rows",
    "NoDrift": "no_drift",
    "NoGaps": "no_gaps",
    "NoNulls": "no_nulls",
    "NoOpenAlerts": "no_open_alerts",
    "NoVariants": "no_variants",
    "NotConstant": "not_constant",
    "NotInSet": "in_set",
    "NullShare": "null_share",
    "OneType": "one_type",
    "Outliers": "outliers",
    "Overfit": "overfit",
    "Parseable": "parseable",
    "PredictionBias": "prediction_bias",
    "PredictionRange": "prediction_range",
    "PredictionsVary": "predictions_vary",
    "RowCondition": "row_condition",
    "RowCount": "row_count",
    "RowCountChange": "row_count_change",
    "SameSchema": "same_schema",
    "Schema": "schema",
    "TextLength": "text_length",
    "TrainServeSkew": "train_serve_skew",
    "TrainTestOverlap": "train_test_overlap",
    "Unique": "unique",
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
