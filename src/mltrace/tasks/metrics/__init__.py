"""Metrics, one a file, by the names of the literature: values and intervals from statistics."""

from __future__ import annotations

from mltrace.tasks.metrics.custom import measure_function
from mltrace.tasks.metrics.measuring import measure_pairs
from mltrace.tasks.metrics.metric import Measured, Metric, metrics, needed, parse_metric

__all__ = [
    "Measured",
    "Metric",
    "measure_function",
    "measure_pairs",
    "metrics",
    "needed",
    "parse_metric",
]
