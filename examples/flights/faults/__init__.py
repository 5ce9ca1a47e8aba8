"""Silent bugs to deploy: each module is one component as a bad commit would leave it.

Every job stays green with any of them; only the predictions get worse, or go missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Fault:
    """A buggy edition of one step: the module that holds it, the step it replaces, the story."""

    module: str
    step: str
    component: str
    story: str

    def edition(self) -> Any:
        """Import the buggy edition of the step."""
        return getattr(import_module(f"flights.faults.{self.module}"), self.step)


FAULTS = {
    "celsius": Fault(
        "celsius", "ingest", "ingest", "the weather feed's temperature comes in °C instead of °F"
    ),
    "stale-model": Fault(
        "stale_model", "serving_model", "predict", "serving goes on with the oldest release"
    ),
    "join-shift": Fault(
        "join_shift", "weather_join", "weather_join", "weather is joined with the wrong hour"
    ),
    "dropped-carrier": Fault(
        "dropped_carrier", "clean", "clean", "the flights of one airline are dropped"
    ),
    "units": Fault("units", "features", "features", "distance is in km instead of miles"),
}
DEFAULT = "celsius"
