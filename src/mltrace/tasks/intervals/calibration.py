"""Intervals of the expected calibration error, which is biased upwards in samples."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy

from mltrace.distributions.quantiles import two_sided_z
from mltrace.tasks.intervals.interval import Interval

if TYPE_CHECKING:
    from mltrace.tasks.statistics.calibration_bins import CalibrationBins


def calibration_interval(bins: CalibrationBins, *, confidence: float = 0.95) -> Interval | None:
    """Bound the calibration error of what the pairs of some bins are a sample of.

    Notes
    -----
    In each bin what came true, less what scores promised, is off by chance, so that the sum of its
    sizes is too large by the mean size of a normal variable at most. The lower end allows for that;
    both ends are normal quantiles away. Variances are at least those of calibrated scores.
    """
    nums, true, scores, squares, of_true = bins.sums
    num = float(nums.sum())
    if not num:
        return None
    gaps = true - scores
    some = numpy.maximum(nums, 1)
    seen = true - 2 * of_true + squares - gaps * gaps / some
    variance = numpy.maximum(numpy.maximum(seen, scores - squares), 0.0)
    value = float(numpy.abs(gaps).sum()) / num
    width = two_sided_z(confidence) * math.sqrt(float(variance.sum())) / num
    bias = math.sqrt(2 / math.pi) * float(numpy.sqrt(variance).sum()) / num
    return Interval(value - width - bias, value + width)
