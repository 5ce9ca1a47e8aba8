"""What retention may remove: rules by age, count and size, as settings give them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from mltrace.errors import ArgumentError, ConfigurationError, unknown_option
from mltrace.patterns import fits
from mltrace.sizes import parse_size
from mltrace.times import parse_age

NEVER: Final = "never"
_KEYS: Final = (
    "older_than",
    "keep_last",
    "values_older_than",
    "max_size",
    "predictions_older_than",
    "components",
    "artifacts",
)


class DetailRule(NamedTuple):
    """When runs of a component lose their details.

    Attributes
    ----------
    older_than : float
        The age in seconds, by their start, from which they may; infinite for never.
    keep_last : int
        How many of the latest runs of the component keep them whatever their age.
    """

    older_than: float = 90 * 86_400.0
    keep_last: int = 0


_AFTER_90_DAYS: Final = DetailRule()


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """What may go of runs and of kept values; what is marked or needed stays in any case.

    Attributes
    ----------
    details : DetailRule
        For components without a rule of their own.
    components : mapping of str to DetailRule
        Rules of their own, by the name of the component.
    values_older_than : float or None
        The age in seconds, by their last use, from which kept values may go; None: they go with
        the details of the last run that read or wrote them.
    artifacts : tuple of (str, float)
        Ages of values by shell patterns of the names of their artifacts; the first that fits
        counts, before `values_older_than`.
    max_bytes : int or None
        What kept values may take up; beyond it those that were used longest ago go.
    predictions_older_than : float
        The age in seconds from which predictions and labels go; infinite for never.
    """

    details: DetailRule = _AFTER_90_DAYS
    components: Mapping[str, DetailRule] = field(default_factory=dict, hash=False)
    values_older_than: float | None = None
    artifacts: tuple[tuple[str, float], ...] = ()
    max_bytes: int | None = None
    predictions_older_than: float = math.inf

    def rule(self, component: str) -> DetailRule:
        """Tell the rule of a component."""
        return self.components.get(component, self.details)

    def age_of_value(self, *names: str) -> float | None:
        """Tell the age from which values of an artifact may go; None: with the runs' details.

        Examples
        --------
        >>> policy = RetentionPolicy(artifacts=(("*.csv", 60.0),))
        >>> policy.age_of_value("/data/raw.csv"), policy.age_of_value("model")
        (60.0, None)
        """
        for pattern, age in self.artifacts:
            if any(fits(name, pattern) for name in names):
                return age
        return self.values_older_than

    def replaced(
        self,
        *,
        older_than: Any = None,
        keep_last: Any = None,
        values_older_than: Any = None,
        max_size: Any = None,
        predictions_older_than: Any = None,
    ) -> RetentionPolicy:
        """Put other limits in the place of the general ones; those by name stay.

        Raises
        ------
        ArgumentError
            If one cannot be.

        Examples
        --------
        >>> RetentionPolicy().replaced(older_than="7d", keep_last=5).details
        DetailRule(older_than=604800.0, keep_last=5)
        """
        old, number, size = self.details.older_than, self.details.keep_last, self.max_bytes
        value_age = self.values_older_than
        return replace(
            self,
            details=DetailRule(
                old if older_than is None else _age("older_than", older_than),
                number if keep_last is None else _number("keep_last", keep_last),
            ),
            values_older_than=value_age
            if values_older_than is None
            else _age("values_older_than", values_older_than),
            max_bytes=size if max_size is None else _size("max_size", max_size),
            predictions_older_than=self.predictions_older_than
            if predictions_older_than is None
            else _age("predictions_older_than", predictions_older_than),
        )


DEFAULT_POLICY: Final = RetentionPolicy()
"""What is in force where nobody said otherwise: details go after 90 days, values with them."""


def read_policy(given: Any, *, file: str) -> RetentionPolicy:
    """Read the table `retention` of a file of settings; an age alone is its `older_than`.

    Raises
    ------
    ConfigurationError
        If a key of it cannot be; the message names the key and the file.
    """
    table = given if isinstance(given, Mapping) else {"older_than": given}
    _check_keys(f"retention in {file}", table, _KEYS)
    general = {key: table[key] for key in _KEYS[:5] if key in table}
    try:
        policy = RetentionPolicy().replaced(**general)
        rules = {
            name: _component_rule(name, rule, file=file, default=policy.details)
            for name, rule in _table("components", table).items()
        }
        artifacts = _table("artifacts", table)
        ages = tuple(
            (pattern, _age(f"artifacts.{pattern}", artifacts[pattern])) for pattern in artifacts
        )
    except ArgumentError as error:
        if isinstance(error, ConfigurationError):
            raise
        raise ConfigurationError(f"{file}: retention.{error}") from error
    return replace(policy, components=rules, artifacts=ages)


def _component_rule(name: str, given: Any, *, file: str, default: DetailRule) -> DetailRule:
    """Read the rule of a component, an age or a table; what it leaves open is as in general."""
    key = f"components.{name}"
    table = given if isinstance(given, Mapping) else {"older_than": given}
    _check_keys(f"retention.{key} in {file}", table, DetailRule._fields)
    age, number = table.get("older_than"), table.get("keep_last")
    return DetailRule(
        default.older_than if age is None else _age(f"{key}.older_than", age),
        default.keep_last if number is None else _number(f"{key}.keep_last", number),
    )


def _check_keys(of: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for name in table:
        if name not in known:
            raise ConfigurationError(str(unknown_option(f"key of {of}", name, known)))


def _table(name: str, table: Mapping[str, Any]) -> Mapping[str, Any]:
    found = table.get(name, {})
    if not isinstance(found, Mapping):
        raise ArgumentError(f"{name} = {found!r} is no table of names and ages.")
    return found


def _age(key: str, given: Any) -> float:
    if given == NEVER:
        return math.inf
    try:
        return parse_age(given if not isinstance(given, int | float) else str(given))
    except (ArgumentError, TypeError) as error:
        raise ArgumentError(
            f"{key} = {given!r} is not an age; write for example '90d', '12h' or '{NEVER}'."
        ) from error


def _number(key: str, given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given < 0:
        raise ArgumentError(f"{key} = {given!r} is not a number of runs; write for example 50.")
    return given


def _size(key: str, given: Any) -> int:
    try:
        return parse_size(given)
    except ArgumentError as error:
        raise ArgumentError(f"{key} = {error}") from error
