"""Removes the copies and the profiles that the store has of what a retracted label touches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from sqlalchemy import delete, func, select

from mltrace.store.database.chosen import CHOSEN_TEXTS, choose_texts
from mltrace.store.database.schema import drift_judgement, profile
from mltrace.store.kept.sweeping import sweep

if TYPE_CHECKING:
    from mltrace.records import RetractionReport
    from mltrace.store.opening import Store

_OF_TOUCHED = profile.c.digest.in_(CHOSEN_TEXTS)
_JUDGED = drift_judgement.c.digest.in_(CHOSEN_TEXTS)


def purge(store: Store, report: RetractionReport) -> RetractionReport:
    """Remove what is told of touched versions, and kept contents of those that are rebuilt.

    Told of them are profiles, and judgements of drift.

    Contents that a pending version has stay, for it may still be in use, and so do those that were
    kept or asked for within the last hour. Returned is the report on what is left.
    """
    kept = [version for version in report.touched if version.is_kept]
    pending = {version.digest for version in kept if version.state == "pending"}
    going = {version.digest for version in kept if version.digest} - pending
    swept = sweep(store.blobs, going, is_dry=False, dead_share=0.0)
    touched = tuple(
        replace(version, is_kept=store.blobs.has_manifest(version.digest))
        if version.is_kept and version.digest
        else version
        for version in report.touched
    )
    num_kept = report.num_kept - swept.num_values
    return replace(
        report,
        touched=touched,
        num_kept=num_kept,
        num_purged=swept.num_values,
        num_profiles_purged=_forget_profiles(store, report),
    )


def _forget_profiles(store: Store, report: RetractionReport) -> int:
    chosen = choose_texts({version.digest for version in report.touched if version.digest})
    with store.catalog.write() as connection:
        counted = select(func.count()).select_from(profile).where(_OF_TOUCHED)
        number = connection.execute(counted, chosen).scalar_one()
        connection.execute(delete(profile).where(_OF_TOUCHED), chosen)
        connection.execute(delete(drift_judgement).where(_JUDGED), chosen)
    return number
