"""Removes the copies that the store keeps of what a retracted label touches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from mltrace.store.kept.sweeping import sweep

if TYPE_CHECKING:
    from mltrace.records import RetractionReport
    from mltrace.store.kept.blobs import Blobs


def purge(blobs: Blobs, report: RetractionReport) -> RetractionReport:
    """Remove the kept contents of versions that are rebuilt; return the report on what is left.

    Contents that a pending version has stay, for it may still be in use, and so do those that were
    kept or asked for within the last hour.
    """
    kept = [version for version in report.touched if version.is_kept]
    pending = {version.digest for version in kept if version.state == "pending"}
    going = {version.digest for version in kept if version.digest} - pending
    swept = sweep(blobs, going, is_dry=False, dead_share=0.0)
    touched = tuple(
        replace(version, is_kept=blobs.has_manifest(version.digest))
        if version.is_kept and version.digest
        else version
        for version in report.touched
    )
    num_kept = report.num_kept - swept.num_values
    return replace(report, touched=touched, num_kept=num_kept, num_purged=swept.num_values)
