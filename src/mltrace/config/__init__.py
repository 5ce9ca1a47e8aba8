"""Settings: argument over environment over `mltrace.toml` over default.

===========================  ====================  ============================================
environment                  `mltrace.toml`        meaning
===========================  ====================  ============================================
`MLTRACE_URI`                `uri`                 the store; unset: the nearest `.mltrace/`
`MLTRACE_ARTIFACTS`          `artifacts`           folder of kept values, else beside the catalog
`MLTRACE_SPOOL`              `spool`               folder of what waits for remote stores
`MLTRACE_SHIP`               `ship`                how often what waits for those is sent: 30s
`MLTRACE_DISABLED`                                 `1` makes everything a no-op
`MLTRACE_KEEP`               `keep`                `0` keeps digests only, no values
`MLTRACE_KEEP_LIMIT`         `keep_limit_bytes`    largest value kept, default 64 MiB
`MLTRACE_KEEP_PER_RUN`       `keep_per_run`        what a run may keep of its values
`MLTRACE_KEEP_PER_DAY`       `keep_per_day`        what all processes may keep in a day
`MLTRACE_CHECK_FILE`         `check_file`          `0` runs no checks of `mltrace-checks.toml`
`MLTRACE_PROFILE`            `profile`             `full`, `sample` or `off`: profiles of data
`MLTRACE_PROFILE_SECONDS`    `profile_seconds`     what one profile may take, default 1 s
`MLTRACE_PROFILE_SHARE`      `profile_share`       what all may take of the process, default 0.05
`MLTRACE_STALE_AFTER`        `stale_after`         age from which an input is stale, default 30d
`MLTRACE_MONITORS`                                 `0` evaluates no monitor after runs end
`MLTRACE_RETRACTION`         `retraction`          `warn` or `block` runs that read retracted data
`MLTRACE_RETRACTION_GRACE`   `retraction.grace`    how long such runs only warn, default 0d
                             `retention`           what `mltrace gc` may remove
                             `keys`                key columns of the tables of components
===========================  ====================  ============================================
"""

from __future__ import annotations

from mltrace.config.places import CHECK_FILE, FILE, FOLDER, nearest_file, nearest_folder
from mltrace.config.profiling import MODES, ProfileMode, ProfileRule
from mltrace.config.retraction import RetractionRule
from mltrace.config.settings import Settings, load_settings
from mltrace.config.shipping import ShipRule
from mltrace.config.staleness import StaleLimit, StalePolicy
from mltrace.config.variables import Variable, is_disabled

__all__ = [
    "CHECK_FILE",
    "FILE",
    "FOLDER",
    "MODES",
    "ProfileMode",
    "ProfileRule",
    "RetractionRule",
    "Settings",
    "ShipRule",
    "StaleLimit",
    "StalePolicy",
    "Variable",
    "is_disabled",
    "load_settings",
    "nearest_file",
    "nearest_folder",
]
