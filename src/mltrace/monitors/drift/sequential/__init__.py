"""Tests that may be looked at after every value or partition: streams and slow drift.

::

    from mltrace.monitors.drift.sequential import PageHinkley

Each has a module of its own, which is loaded when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mltrace.monitors.drift.sequential.adwin import Adwin
    from mltrace.monitors.drift.sequential.betting_mean import BettingMean
    from mltrace.monitors.drift.sequential.conformal_martingale import ConformalMartingale
    from mltrace.monitors.drift.sequential.e_detector import EDetector
    from mltrace.monitors.drift.sequential.page_hinkley import PageHinkley
    from mltrace.monitors.drift.sequential.slow_drift import SlowDrift
    from mltrace.monitors.drift.sequential.stream_test import StreamTest, restore, stream_tests

__all__ = [
    "Adwin",
    "BettingMean",
    "ConformalMartingale",
    "EDetector",
    "PageHinkley",
    "SlowDrift",
    "StreamTest",
    "restore",
    "stream_tests",
]

_MODULES = {
    "Adwin": "adwin",
    "BettingMean": "betting_mean",
    "ConformalMartingale": "conformal_martingale",
    "EDetector": "e_detector",
    "PageHinkley": "page_hinkley",
    "SlowDrift": "slow_drift",
    "StreamTest": "stream_test",
    "restore": "stream_test",
    "stream_tests": "stream_test",
}


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
