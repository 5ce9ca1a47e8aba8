"""Sends what a process logs to a store on a server, by processes of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.capture.companions import Companion, Job
from mltrace.store.waiting_room import SHIP_FAILED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mltrace.config import ShipRule


def shipper(folder: Path, rule: ShipRule, environment: Mapping[str, str]) -> Companion:
    """Start processes that ship (`mltrace.workspace.shipping`), as the rule says."""
    job = Job(
        "mltrace.workspace.shipping",
        "ship",
        waiting="ship.waiting",
        seconds=rule.seconds or 0.0,
        waits=rule.waits,
        again=folder / SHIP_FAILED,
    )
    return Companion(folder, job, {**environment, "MLTRACE_SHIP": "0"})
