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
`MLTRACE_STALE_AFTER`        `stale_after`         age from which an input is stale, default 30d
`MLTRACE_RETRACTION`         `retraction`          `warn` or `block` runs that read retracted data
`MLTRACE_RETRACTION_GRACE`   `retraction.grace`    how long such runs only warn, default 0d
                             `retention`           what `mltrace gc` may remove
===========================  ====================  ============================================
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from mltrace.errors import ArgumentError, ConfigurationError, unknown_option
from mltrace.patterns import fits
from mltrace.retention import DEFAULT_POLICY, RetentionPolicy, read_policy
from mltrace.sizes import parse_size
from mltrace.times import parse_age

FOLDER: Final = ".mltrace"
FILE: Final = "mltrace.toml"
DEFAULT_KEEP_LIMIT: Final = 64 * 1024 * 1024
_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"", "0", "false", "no", "off"})
_NEVER: Final = "never"
_Limits = tuple[tuple[str, float | None], ...]


class StaleLimit(NamedTuple):
    """The age from which an input is stale, and whose limit that is, in words."""

    seconds: float
    of: str


@dataclass(frozen=True, slots=True)
class StalePolicy:
    """From which age, between making and using, inputs are stale; None is never.

    Attributes
    ----------
    default_seconds : float or None
        The limit of what has no other.
    components : tuple of (str, float or None)
        The limits of what these components make.
    artifacts : tuple of (str, float or None)
        The limits of artifacts by shell patterns; the first that fits counts, before components. A
        relative pattern fits the end of a path.
    """

    default_seconds: float | None = 30 * 86_400.0
    components: _Limits = ()
    artifacts: _Limits = ()

    def limit(self, component: str, *names: str) -> StaleLimit | None:
        """Tell the limit of an artifact, by its names, that a component made; None if none.

        Examples
        --------
        >>> policy = StalePolicy(components=(("train", 60.0),), artifacts=(("*.csv", None),))
        >>> policy.limit("train", "model"), policy.limit("train", "/data/lookup.csv")
        (StaleLimit(seconds=60.0, of='the limit of train'), None)
        """
        seconds, of = self.default_seconds, "the limit"
        for name, given in self.components:
            if name == component:
                seconds, of = given, f"the limit of {name}"
        for pattern, given in self.artifacts:
            if any(fits(name, pattern) for name in names):
                seconds, of = given, f"the limit of {pattern}"
                break
        return None if seconds is None else StaleLimit(seconds, of)

    def least_seconds(self) -> float | None:
        """Tell the least of all limits; None if nothing ever grows stale by age."""
        given = [self.default_seconds, *(one for _, one in (*self.components, *self.artifacts))]
        return min((seconds for seconds in given if seconds is not None), default=None)


@dataclass(frozen=True, slots=True)
class RetractionRule:
    """What happens to runs that would read retracted data.

    Attributes
    ----------
    policy : {'warn', 'block'}
        Whether they are ever blocked.
    grace_seconds : float
        How long after the retraction they only warn, unless it says so itself.
    """

    policy: Literal["warn", "block"] = "warn"
    grace_seconds: float = 0.0


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
    ship : ShipRule
        When a process sends what waits for a store on a server.
    keep_limit_bytes : int
        The largest value that is kept; 0 keeps none.
    keep_per_run_bytes, keep_per_day_bytes : int or None
        What one run, and all processes in one day, may keep of values; None is no limit.
    stale_after : StalePolicy
        The ages, between making and using, from which inputs are stale.
    retraction : RetractionRule
        What happens to runs that would read retracted data.
    retention : RetentionPolicy
        What `mltrace gc` may remove.
    """

    uri: str = field(repr=False)  # it may hold a password
    artifacts: str | None = None
    spool: str | None = None
    keep_limit_bytes: int = DEFAULT_KEEP_LIMIT
    keep_per_run_bytes: int | None = None
    keep_per_day_bytes: int | None = None
    ship: ShipRule = ShipRule()
    stale_after: StalePolicy = StalePolicy()
    retraction: RetractionRule = RetractionRule()
    retention: RetentionPolicy = DEFAULT_POLICY


class Variable:
    """An environment variable that every run asks for.

    `os.environ.get` takes 1 µs where the variable is not set, for it raises and catches two errors;
    this looks into the mapping behind it, where there is one.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._key = os.fsencode(name)

    def get(self) -> str | None:
        """Return its value now; None if it is not set."""
        value = self.raw()
        return None if value is None else os.fsdecode(value)

    def raw(self) -> str | bytes | None:
        """Return its value now as the system has it; None if it is not set."""
        try:
            return os.environ._data.get(self._key)  # type: ignore[attr-defined, no-any-return]
        except AttributeError:
            return os.environ.get(self.name)


_disabled: Final = Variable("MLTRACE_DISABLED")


def is_disabled() -> bool:
    """Tell whether `MLTRACE_DISABLED` switches everything off."""
    value = _disabled.raw()
    return value is not None and _boolean(_disabled.name, os.fsdecode(value))


def nearest_folder(start: str) -> str:
    """Find the `.mltrace/` folder in `start` or above it; else name the one to create there."""
    here = Path(start)
    for folder in (here, *here.parents):
        if (folder / FOLDER).is_dir():
            return str(folder / FOLDER)
    return str(here / FOLDER)


def load_settings(uri: str | None = None) -> Settings:
    """Work out the settings in force here and now.

    Raises
    ------
    ConfigurationError
        If a setting has a value that cannot be; the message names where it was set.
    """
    file = _file_settings()
    chosen = uri or os.environ.get("MLTRACE_URI") or file.get("uri") or _nearest_folder()
    keep_limit = _size("MLTRACE_KEEP_LIMIT", file.get("keep_limit_bytes"))
    keep = os.environ.get("MLTRACE_KEEP", str(file.get("keep", "1")))
    return Settings(
        uri=str(chosen),
        artifacts=os.environ.get("MLTRACE_ARTIFACTS") or file.get("artifacts"),
        spool=os.environ.get("MLTRACE_SPOOL") or file.get("spool"),
        keep_limit_bytes=(
            (DEFAULT_KEEP_LIMIT if keep_limit is None else keep_limit)
            if _boolean("MLTRACE_KEEP", keep)
            else 0
        ),
        keep_per_run_bytes=_size("MLTRACE_KEEP_PER_RUN", file.get("keep_per_run")),
        keep_per_day_bytes=_size("MLTRACE_KEEP_PER_DAY", file.get("keep_per_day")),
        ship=_ship_rule(os.environ.get("MLTRACE_SHIP") or file.get("ship", True)),
        stale_after=_stale_policy(file.get("stale_after", {})),
        retraction=_retraction_rule(file.get("retraction", {})),
        retention=file.get("retention", DEFAULT_POLICY),
    )


def _nearest_folder() -> str:
    try:
        return nearest_folder(os.getcwd())
    except FileNotFoundError as error:
        raise ConfigurationError(
            "The working directory was deleted, so no store is near; name one by MLTRACE_URI."
        ) from error


def _file_settings() -> dict[str, Any]:
    path = nearest_file()
    return {} if path is None else _read_file(path)


def nearest_file() -> Path | None:
    """Find the `mltrace.toml` in the working folder or above it."""
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return None  # the working directory was deleted
    paths = (folder / FILE for folder in (here, *here.parents))
    return next((path for path in paths if path.is_file()), None)


def _read_file(path: Path) -> dict[str, Any]:
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read as TOML: {error}") from error
    known = (
        "uri",
        "artifacts",
        "spool",
        "ship",
        "keep",
        "keep_limit_bytes",
        "keep_per_run",
        "keep_per_day",
        "stale_after",
        "retraction",
        "retention",
    )
    _check_keys(f"setting in {path}", settings, known)
    if "stale_after" in settings:
        settings["stale_after"] = _stale_tables(path, settings["stale_after"])
    if "retraction" in settings:
        settings["retraction"] = _retraction_table(path, settings["retraction"])
    if "retention" in settings:
        settings["retention"] = read_policy(settings["retention"], file=str(path))
    return settings


def _check_keys(kind: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            raise ConfigurationError(str(unknown_option(kind, key, known)))


def _stale_tables(path: Path, given: Any) -> dict[str, Any]:
    """Read `stale_after`, an age or a table of ages, as the arguments of a `StalePolicy`."""
    if not isinstance(given, Mapping):
        return {"default_seconds": _age(f"{path}: stale_after", given)}
    key = f"{path}: stale_after"
    _check_keys(f"key of stale_after in {path}", given, ("default", "components", "artifacts"))
    tables: dict[str, Any] = {}
    if "default" in given:
        tables["default_seconds"] = _age(f"{key}.default", given["default"])
    for name in ("components", "artifacts"):
        table = given.get(name, {})
        if not isinstance(table, Mapping):
            raise ConfigurationError(f"{key}.{name} = {table!r} is no table of names and ages.")
        tables[name] = tuple((one, _age(f"{key}.{name}.{one}", table[one])) for one in table)
    return tables


def _stale_policy(from_file: Mapping[str, Any]) -> StalePolicy:
    age = os.environ.get("MLTRACE_STALE_AFTER")
    default = {"default_seconds": _age("MLTRACE_STALE_AFTER", age)} if age else {}
    return StalePolicy(**{**from_file, **default})


def _retraction_table(path: Path, given: Any) -> dict[str, Any]:
    """Read `retraction`, a policy or a table, as the arguments of a `RetractionRule`."""
    table = given if isinstance(given, Mapping) else {"policy": given}
    _check_keys(f"key of retraction in {path}", table, ("policy", "grace"))
    rule: dict[str, Any] = {}
    if "policy" in table:
        rule["policy"] = _policy(f"{path}: retraction.policy", table["policy"])
    if "grace" in table:
        rule["grace_seconds"] = _grace(f"{path}: retraction.grace", table["grace"])
    return rule


def _retraction_rule(from_file: Mapping[str, Any]) -> RetractionRule:
    rule = dict(from_file)
    if policy := os.environ.get("MLTRACE_RETRACTION"):
        rule["policy"] = _policy("MLTRACE_RETRACTION", policy)
    if grace := os.environ.get("MLTRACE_RETRACTION_GRACE"):
        rule["grace_seconds"] = _grace("MLTRACE_RETRACTION_GRACE", grace)
    return RetractionRule(**rule)


def _ship_rule(given: Any) -> ShipRule:
    text = str(given).strip().casefold()
    if text in _TRUE or text == "wait":
        return ShipRule(waits=text == "wait")
    return ShipRule(None if text in _FALSE else _age("MLTRACE_SHIP", text))


def _policy(key: str, given: Any) -> str:
    if given not in ("warn", "block"):
        raise ConfigurationError(f"{key} = {given!r} is unknown; use 'warn' or 'block'.")
    return str(given)


def _grace(key: str, given: Any) -> float:
    seconds = _age(key, given)
    if seconds is None:
        raise ConfigurationError(f"{key} = {given!r}: to never block, set the policy to 'warn'.")
    return seconds


def _age(key: str, given: Any) -> float | None:
    """Read an age in seconds, or None for never."""
    if given == _NEVER:
        return None
    try:
        return parse_age(str(given))
    except ArgumentError as error:
        raise ConfigurationError(
            f"{key} = {given!r} is not an age; write for example '7d', '12h' or '{_NEVER}'."
        ) from error


def _boolean(name: str, text: str) -> bool:
    folded = text.strip().casefold()
    if folded in _TRUE:
        return True
    if folded in _FALSE:
        return False
    raise ConfigurationError(f"{name}={text!r} is neither yes nor no; set it to 1 or 0.")


def _size(name: str, from_file: Any) -> int | None:
    given = os.environ.get(name) or from_file
    if given is None:
        return None
    try:
        return int(given) if str(given).isdecimal() else parse_size(given)
    except ArgumentError as error:
        raise ConfigurationError(
            f"{name}={given!r} is not a size; give bytes, or for example '500 MiB' or '1 GB'."
        ) from error
