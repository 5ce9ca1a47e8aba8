"""Works out which kept values may go."""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import func, select, union

from mltrace.lineage.retention.states import State
from mltrace.lineage.retention.upstream import STREAMED
from mltrace.store.database import schema
from mltrace.times import NANOSECONDS

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from mltrace.records import ValueStay
    from mltrace.retention import RetentionPolicy

_version, _read, _write = schema.version, schema.read, schema.write
_VERSIONS: Final = select(_version.c.id, _version.c.digest, _version.c.artifact_id).where(
    _version.c.digest != ""
)
_LINKS: Final = tuple(
    select(link.c.run_id, link.c.version_id, link.c.at) for link in (_read, _write)
)
_NAMES: Final = union(
    select(schema.artifact.c.id, schema.artifact.c.identity),
    *(
        select(link.c.artifact_id, link.c.name).where(link.c.name.is_not(None))
        for link in (_read, _write)
    ),
)
_FREE, _USED, _NEEDED = range(3)


class ValuePlan(NamedTuple):
    """What is to become of the kept values.

    Attributes
    ----------
    going : set of str
        The digests of those that may go.
    staying : dict of str to ValueStay
        Why each of the others stays.
    spare : list of str
        Those of them that could go to make room, what was used longest ago first.
    """

    going: set[str]
    staying: dict[str, ValueStay]
    spare: list[str]


class KeptValues:
    """What the catalog knows of kept values, by their number in `digests`.

    Attributes
    ----------
    digests : list of str
        The values.
    holds : bytearray
        Whether a run needs the value that stays in any case, uses it one that keeps its details, or
        none does.
    used_at : array of int
        When a run last read or wrote the value; 0 if no run did.
    ages : array of float
        The seconds that the value stays after its last use by its own rule.
    follow : bytearray
        Whether the value stays as long as the details of the runs that use it.
    """

    def __init__(self, digests: Collection[str]) -> None:
        self.digests = list(digests)
        self.holds = bytearray(len(digests))
        self.used_at = array("q", bytes(8 * len(digests)))
        self.ages = array("d", bytes(8 * len(digests)))
        self.follow = bytearray(len(digests))

    def look_up(self, connection: Connection, policy: RetentionPolicy, states: bytearray) -> None:
        """Find who uses the values, and which rules they have."""
        value_of = self._versions(connection, policy)
        for query in _LINKS:
            for run, version, at in connection.execute(query, execution_options=STREAMED):
                value = value_of[version]
                if value < 0:
                    continue
                self.used_at[value] = max(self.used_at[value], at)
                state = states[run]
                if state > State.GONE and self.holds[value] != _NEEDED:
                    self.holds[value] = _NEEDED if state >= State.LATEST else _USED

    def _versions(self, connection: Connection, policy: RetentionPolicy) -> array[int]:
        """Tell the number of the value of each version, by row id; -1 where it is not kept."""
        numbers = {digest: number for number, digest in enumerate(self.digests)}
        highest = connection.execute(select(func.max(_version.c.id))).scalar() or 0
        value_of = array("q", [-1]) * (highest + 1)
        own_ages = _ages(connection, policy) if policy.artifacts else {}
        for key, digest, artifact in connection.execute(_VERSIONS, execution_options=STREAMED):
            value = numbers.get(digest)
            if value is None:
                continue
            value_of[key] = value
            age = own_ages.get(artifact, policy.values_older_than)
            if age is None:
                self.follow[value] = True
            else:
                self.ages[value] = max(self.ages[value], age)
        return value_of

    def reason(self, value: int, now: int) -> ValueStay | None:
        """Tell why a value stays; None if it may go."""
        if not self.used_at[value]:
            return "unknown"
        if self.holds[value] == _NEEDED:
            return "needed"
        if self.follow[value] and self.holds[value] == _USED:
            return "used"
        age = (now - self.used_at[value]) / NANOSECONDS
        return "recent" if age < self.ages[value] else None


def _ages(connection: Connection, policy: RetentionPolicy) -> dict[int, float | None]:
    """Tell the ages from which values of artifacts may go, by all names that these have."""
    names: dict[int, list[str]] = {}
    for key, name in connection.execute(_NAMES):
        names.setdefault(key, []).append(name)
    return {key: policy.age_of_value(*mine) for key, mine in names.items()}


def plan_values(
    connection: Connection,
    digests: Collection[str],
    policy: RetentionPolicy,
    *,
    states: bytearray,
    now: int,
) -> ValuePlan:
    """Work out which kept values may go, at a time in nanoseconds.

    Parameters
    ----------
    digests : collection of str
        The kept values.
    states : bytearray
        The `State` of each run, by row id.

    Notes
    -----
    A value that no run refers to stays: its run may not have been drained yet. Cost: linear in the
    reads and writes of the catalog.
    """
    values = KeptValues(digests)
    if digests:
        values.look_up(connection, policy, states)
    going: set[str] = set()
    staying: dict[str, ValueStay] = {}
    spare: list[tuple[int, str]] = []
    for value, digest in enumerate(values.digests):
        reason = values.reason(value, now)
        if reason is None:
            going.add(digest)
            continue
        staying[digest] = reason
        if reason in ("used", "recent") and not math.isinf(values.ages[value]):
            spare.append((values.used_at[value], digest))
    return ValuePlan(going, staying, [digest for _, digest in sorted(spare)])
