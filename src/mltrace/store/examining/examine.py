"""Examines a whole store, each part as far as it can be."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

from mltrace.errors import MltraceError, StoreNotFoundError
from mltrace.records import Health
from mltrace.store.database.schema import SCHEMA_VERSION
from mltrace.store.examining.catalog_rows import examine_catalog, examine_running
from mltrace.store.examining.deliveries import examine_deliveries
from mltrace.store.examining.kept_values import examine_disk, examine_retractions, examine_values
from mltrace.store.examining.lake_files import examine_lake
from mltrace.store.examining.report import Report
from mltrace.store.examining.settings_in_force import settings_in_force
from mltrace.store.examining.spool_files import examine_run_ends, examine_shipping, examine_spool
from mltrace.store.finding import check_is_there

if TYPE_CHECKING:
    from mltrace.store.opening import Store


def examine(store: Store, *, is_named: bool, is_deep: bool) -> Health:
    """Find out how a store fares; see `mltrace.doctor`.

    Nothing is changed: what is pending stays so, an old catalog is not brought up to date.

    Parameters
    ----------
    is_named : bool
        Whether the user named the store, so that it should be there.
    is_deep : bool
        Whether to read all kept values.
    """
    report = Report()
    try:
        check_is_there(store)
    except StoreNotFoundError as error:
        (report.problem if is_named else report.notice)("catalog", str(error), "")
    except MltraceError:  # it cannot be asked, which the examination tells
        _examine_parts(report, store, is_deep=is_deep)
    else:
        _examine_parts(report, store, is_deep=is_deep)
    return Health(
        store=store.location.name,
        mltrace_version=version("mltrace"),
        python_version=platform.python_version(),
        findings=tuple(sorted(report.findings, key=lambda one: one.severity != "problem")),
        settings=settings_in_force(store.settings),
        **report.said,
    )


def _examine_parts(report: Report, store: Store, *, is_deep: bool) -> None:
    location = store.location
    offsets: dict[str, int] | None = None
    with report.examining("catalog"):
        offsets = examine_catalog(report, store.catalog)
    alive: set[str] = set()
    with report.examining("spool"):
        alive = examine_spool(report, location.spool, offsets)
        if location.catalog is None:
            examine_shipping(report, location.ship_failed)
        examine_run_ends(report, location.run_end_failed)
    if offsets is not None and report.said.get("schema_version"):
        with report.examining("catalog"):
            examine_running(report, store.catalog, alive)
        with report.examining("notifiers"):
            examine_deliveries(report, store.catalog)
    with report.examining("values"):
        examine_values(report, store.blobs, is_deep=is_deep, on_progress=store.on_progress)
    is_current = report.said.get("schema_version") == SCHEMA_VERSION
    if offsets is not None and is_current and not report.has_problem("catalog"):
        with report.examining("lake"):
            examine_lake(
                report, store.catalog, location, is_deep=is_deep, on_progress=store.on_progress
            )
    with report.examining("retraction"):
        examine_retractions(report, store.touched)
    with report.examining("disk"):
        examine_disk(report, location.spool, location.blobs)
        if location.catalog is not None:
            files = location.catalog.parent.glob(f"{location.catalog.name}*")
            report.say(catalog_bytes=sum(one.stat().st_size for one in files if one.is_file()))
