"""Makes the detector that a monitor is set to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.errors import UnknownNameError
from mltrace.monitors.drift.partitions.settings import DEFAULT_DETECTOR

if TYPE_CHECKING:
    from mltrace.monitors.drift.partitions.judging import Detector
    from mltrace.monitors.drift.partitions.settings import DriftSettings


def make_detector(settings: DriftSettings) -> Detector:
    """Make a detector that has learnt nothing yet.

    Raises
    ------
    UnknownNameError
        If there is no drift method of that name.
    ArgumentError
        If the method needs rows.
    """
    if settings.detector == DEFAULT_DETECTOR:
        from mltrace.monitors.drift.detector import DriftDetector

        return DriftDetector(false_alarm_rate=settings.false_alarm_rate)
    from mltrace.monitors.drift.partitions.by_method import MethodDetector

    try:
        return MethodDetector(settings.detector, false_alarm_rate=settings.false_alarm_rate)
    except UnknownNameError as error:
        raise UnknownNameError(
            f"{error} A detector of your own is not stored: evaluate its DriftMonitor in Python."
        ) from error
