"""Settings of what is sent to a store on a server, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mltrace.config.reading import FALSE, TRUE, read_age


@dataclass(frozen=True, slots=True)
class ShipRule:
    """When a process sends what waits for a store on a server.

    Attributes
    ----------
    seconds : float or None
        How long it gathers what is logged before it sends that; None never sends.
    waits : bool
        Whether the exit of the process waits until all is sent.
    """

    seconds: float | None = 30.0
    waits: bool = False


def ship_rule(given: Any) -> ShipRule:
    """Read how often to send: an age, 'wait' or no."""
    text = str(given).strip().casefold()
    if text in TRUE or text == "wait":
        return ShipRule(waits=text == "wait")
    return ShipRule(None if text in FALSE else read_age("MLTRACE_SHIP", text))
