"""Settings of staleness: from which age inputs are stale."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from mltrace.config.reading import check_keys, read_age
from mltrace.errors import ConfigurationError
from mltrace.patterns import fits

if TYPE_CHECKING:
    from pathlib import Path

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


def stale_tables(path: Path, given: Any) -> dict[str, Any]:
    """Read `stale_after`, an age or a table of ages, as the arguments of a `StalePolicy`."""
    if not isinstance(given, Mapping):
        return {"default_seconds": read_age(f"{path}: stale_after", given)}
    key = f"{path}: stale_after"
    check_keys(f"key of stale_after in {path}", given, ("default", "components", "artifacts"))
    tables: dict[str, Any] = {}
    if "default" in given:
        tables["default_seconds"] = read_age(f"{key}.default", given["default"])
    for name in ("components", "artifacts"):
        table = given.get(name, {})
        if not isinstance(table, Mapping):
            raise ConfigurationError(f"{key}.{name} = {table!r} is no table of names and ages.")
        tables[name] = tuple((one, read_age(f"{key}.{name}.{one}", table[one])) for one in table)
    return tables


def stale_policy(from_file: Mapping[str, Any]) -> StalePolicy:
    """Work out the policy in force: the environment counts before the file."""
    age = os.environ.get("MLTRACE_STALE_AFTER")
    default = {"default_seconds": read_age("MLTRACE_STALE_AFTER", age)} if age else {}
    return StalePolicy(**{**from_file, **default})
