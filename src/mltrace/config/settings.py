"""What is in force for one store: argument over environment over file over default."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mltrace.config.file import file_settings
from mltrace.config.places import folder_near_here
from mltrace.config.profiling import ProfileRule, profile_rule
from mltrace.config.reading import read_boolean, read_size
from mltrace.config.retraction import RetractionRule, retraction_rule
from mltrace.config.shipping import ShipRule, ship_rule
from mltrace.config.staleness import StalePolicy, stale_policy
from mltrace.retention import DEFAULT_POLICY, RetentionPolicy

if TYPE_CHECKING:
    from mltrace.config.keys import Keys
    from mltrace.config.monitoring import PlacedTable

DEFAULT_KEEP_LIMIT: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """What is in force for one store.

    Attributes
    ----------
    uri : str
        The store as the user named it, or the path of the nearest `.mltrace/` folder.
    artifacts : str or None
        Where kept values live, if not beside the catalog.
    spool : str or None
        The folder of what waits for remote stores; None for the default.
    reads_check_file : bool
        Whether runs take the checks of `mltrace-checks.toml` in.
    ship : ShipRule
        When a process sends what waits for a store on a server.
    keep_limit_bytes : int
        The largest value that is kept; 0 keeps none.
    keep_per_run_bytes, keep_per_day_bytes : int or None
        What one run, and all processes in one day, may keep of values; None is no limit.
    profile : ProfileRule
        Which data are profiled, and what that may take.
    stale_after : StalePolicy
        The ages, between making and using, from which inputs are stale.
    retraction : RetractionRule
        What happens to runs that would read retracted data.
    retention : RetentionPolicy
        What `mltrace gc` may remove.
    evaluates_at_run_end : bool
        Whether monitors that say so are evaluated after runs end.
    keys : tuple of (str, Keys)
        The keys of the tables of components, which count before those that these declare.
    monitors, notifiers : tuple of PlacedTable
        The monitors that are declared, and who is told of incidents.
    """

    uri: str = field(repr=False)  # it may hold a password
    artifacts: str | None = None
    spool: str | None = None
    keep_limit_bytes: int = DEFAULT_KEEP_LIMIT
    keep_per_run_bytes: int | None = None
    keep_per_day_bytes: int | None = None
    reads_check_file: bool = True
    profile: ProfileRule = field(default_factory=ProfileRule)
    ship: ShipRule = field(default_factory=ShipRule)
    stale_after: StalePolicy = field(default_factory=StalePolicy)
    retraction: RetractionRule = field(default_factory=RetractionRule)
    retention: RetentionPolicy = DEFAULT_POLICY
    evaluates_at_run_end: bool = True
    keys: tuple[tuple[str, Keys], ...] = ()
    monitors: tuple[PlacedTable, ...] = ()
    notifiers: tuple[PlacedTable, ...] = field(default=(), repr=False)  # they may hold secrets


def load_settings(uri: str | None = None) -> Settings:
    """Work out the settings in force here and now.

    Raises
    ------
    ConfigurationError
        If a setting has a value that cannot be; the message names where it was set.
    """
    file = file_settings()
    chosen = uri or os.environ.get("MLTRACE_URI") or file.get("uri") or folder_near_here()
    keep_limit = read_size("MLTRACE_KEEP_LIMIT", file.get("keep_limit_bytes"))
    check_file = os.environ.get("MLTRACE_CHECK_FILE", str(file.get("check_file", "1")))
    keep = os.environ.get("MLTRACE_KEEP", str(file.get("keep", "1")))
    return Settings(
        uri=str(chosen),
        artifacts=os.environ.get("MLTRACE_ARTIFACTS") or file.get("artifacts"),
        spool=os.environ.get("MLTRACE_SPOOL") or file.get("spool"),
        keep_limit_bytes=(
            (DEFAULT_KEEP_LIMIT if keep_limit is None else keep_limit)
            if read_boolean("MLTRACE_KEEP", keep)
            else 0
        ),
        keep_per_run_bytes=read_size("MLTRACE_KEEP_PER_RUN", file.get("keep_per_run")),
        keep_per_day_bytes=read_size("MLTRACE_KEEP_PER_DAY", file.get("keep_per_day")),
        reads_check_file=read_boolean("MLTRACE_CHECK_FILE", check_file),
        profile=profile_rule(file),
        ship=ship_rule(os.environ.get("MLTRACE_SHIP") or file.get("ship", True)),
        stale_after=stale_policy(file.get("stale_after", {})),
        retraction=retraction_rule(file.get("retraction", {})),
        retention=file.get("retention", DEFAULT_POLICY),
        evaluates_at_run_end=read_boolean(
            "MLTRACE_MONITORS", os.environ.get("MLTRACE_MONITORS", "1")
        ),
        keys=file.get("keys", ()),
        monitors=file.get("monitors", ()),
        notifiers=file.get("notifiers", ()),
    )
