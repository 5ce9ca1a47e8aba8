"""Finds what runs have in common: code, parameters, inputs, packages, hosts, commits, times."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import func, select, union_all

from mltrace.rendering.wording import short_digest, value_text
from mltrace.store import schema
from mltrace.store.chosen import CHOSEN, choose
from mltrace.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from mltrace.records import SuspectKind

    Bearers = dict["Attribute", list[int]]
    Found = Iterator[tuple["Attribute", Sequence[int]]]

ANY: Final = 0
"""The scope of an attribute that runs of any component may bear."""

_HOUR: Final = 3_600_000_000_000
_OF_COMPONENT_ONLY: Final = frozenset({"code", "component"})
_PERIOD: Final = re.compile(r"(^|_)(batch|date|day|hour|month|partition|period|week|year)(_|$)")
_DATE: Final = re.compile(r"\d{4}-(\d\d|W\d\d)(-\d\d)?([T ][\d:.]+(Z|[+-]\d\d:?\d\d)?)?\Z")
_HIVE: Final = re.compile(r"(?:^|/)([A-Za-z_][\w.-]*)=([^/]+)(?=/)")
_decode: Final = msgspec.json.Decoder().decode

_run, _read, _write = schema.run, schema.read, schema.write
_version, _artifact, _source = schema.version, schema.artifact, schema.source
_process, _environment, _git = schema.process, schema.environment, schema.git_state
_FEATURES: Final = (
    select(
        _run.c.id,
        _run.c.component_id,
        _run.c.started_at,
        _run.c.source_id,
        _run.c.params,
        _process.c.host,
        _process.c.environment_id,
        func.coalesce(_environment.c.python, _process.c.python).label("python"),
        _git.c.commit_hash,
    )
    .select_from(_run)
    .outerjoin(_process, _process.c.id == _run.c.process_id)
    .outerjoin(_environment, _environment.c.id == _process.c.environment_id)
    .outerjoin(_git, _git.c.id == _run.c.git_id)
    .where(_run.c.id.in_(CHOSEN))
    .order_by(_run.c.started_at, _run.c.id)
)
_SOURCES: Final = select(_source.c.id, _source.c.digest).where(_source.c.id.in_(CHOSEN))
_PACKAGES: Final = select(_environment.c.id, _environment.c.packages).where(
    _environment.c.id.in_(CHOSEN)
)
_INPUTS: Final = select(_read.c.version_id, _read.c.run_id, _read.c.producer_id).where(
    _read.c.run_id.in_(CHOSEN), _read.c.part != schema.MEMBER
)
_NAMES: Final = (
    select(_version.c.id, func.coalesce(_read.c.name, _artifact.c.identity), _version.c.digest)
    .select_from(_read)
    .join(_version, _version.c.id == _read.c.version_id)
    .join(_artifact, _artifact.c.id == _read.c.artifact_id)
    .where(_read.c.run_id.in_(CHOSEN), ~_version.c.is_trivial, _version.c.digest != "")
    .order_by(_read.c.id.desc())
)
_PARTITIONED: Final = union_all(
    *(
        select(link.c.run_id, _artifact.c.identity)
        .join(_artifact, _artifact.c.id == link.c.artifact_id)
        .where(
            link.c.run_id.in_(CHOSEN),
            link.c.part != schema.MEMBER,
            _artifact.c.identity.like("%=%/%"),
        )
        for link in (_read, _write)
    )
)


class Attribute(NamedTuple):
    """Something that runs of a component, or of `ANY` component, may have in common."""

    scope: int
    kind: SuspectKind
    name: str
    value: str

    @property
    def text(self) -> str:
        """Say the attribute, without its component.

        Examples
        --------
        >>> Attribute(1, "parameter", "unit", "C").text, Attribute(ANY, "host", "", "gpu-7").text
        ('parameter unit=C', 'host=gpu-7')
        >>> Attribute(ANY, "input", "raw.csv", "3f2a91c0").text
        'input raw.csv@3f2a91c0'
        >>> Attribute(1, "component", "", "").text
        'all runs'
        """
        if self.kind == "component":
            return "all runs"
        named = f"{self.kind} {self.name}".rstrip()
        return f"{named}{'@' if self.kind == 'input' else '='}{self.value}"


def find_attributes(
    connection: Connection, runs: Collection[int], suspects: Collection[int]
) -> Bearers:
    """Find the attributes that at least two runs bear, a suspect one among them.

    Returns
    -------
    dict of Attribute to list of int
        The runs that bear each, in the order of their starts. What only runs of one component have
        in common is an attribute of that component alone.

    Notes
    -----
    Cost: a fixed number of queries, and about 10 µs a run.
    """
    rows = connection.execute(_FEATURES, choose(runs)).all()
    components = {row.id: row.component_id for row in rows}
    found: defaultdict[Attribute, list[int]] = defaultdict(list)
    for run, component in components.items():
        found[Attribute(component, "component", "", "")].append(run)
    for attribute, bearing in (
        *_find_columns(connection, rows),
        *_find_parameters(rows),
        *_find_partitions(connection, components),
        *_find_inputs(connection, components, suspects),
    ):
        found[attribute] += bearing
    return _select(found, components, frozenset(suspects))


def _find_columns(connection: Connection, rows: Sequence[Any]) -> Found:
    """Find what the columns of runs, their processes and repositories have in common."""
    groups: defaultdict[tuple[SuspectKind, int, Any], list[int]] = defaultdict(list)
    environments: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for key, component, started_at, source, _, host, environment, python, commit in rows:
        hour = started_at // _HOUR
        groups["code", component, source].append(key)
        groups["python", component, python].append(key)
        groups["host", component, host].append(key)
        groups["git commit", component, commit].append(key)
        groups["day", component, hour // 24].append(key)
        groups["hour", component, hour].append(key)
        environments[component, environment].append(key)
    sources = {row.source_id for row in rows}
    digests = dict(connection.execute(_SOURCES, choose(sources - {None})).all())
    for (kind, component, raw), runs in groups.items():
        if raw:
            yield Attribute(component, kind, "", _column_text(kind, raw, digests)), runs
    yield from _find_packages(connection, environments)


def _column_text(kind: SuspectKind, raw: Any, digests: Mapping[int, str]) -> str:
    if kind in {"day", "hour"}:
        moment = to_datetime(0) + timedelta(hours=raw * (24 if kind == "day" else 1))
        return f"{moment:%Y-%m-%d}" if kind == "day" else f"{moment:%Y-%m-%dT%H}"
    return short_digest(digests[raw] if kind == "code" else raw) if kind != "host" else raw


def _find_packages(
    connection: Connection, environments: Mapping[tuple[int, int], Sequence[int]]
) -> Found:
    """Find the versions of packages that are not the same in all environments."""
    keys = {environment for _, environment in environments} - {None}
    rows = connection.execute(_PACKAGES, choose(keys)).all() if len(keys) > 1 else []
    packages = {key: _decode(text).items() for key, text in rows}
    times = Counter(item for items in packages.values() for item in items)
    for (component, environment), runs in environments.items():
        for item in packages.get(environment, ()):
            if times[item] < len(packages):
                yield Attribute(component, "package", *item), runs


def _find_parameters(rows: Sequence[Any]) -> Found:
    """Find equal parameters; one that says a time or a part of the data is a partition."""
    groups: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for row in rows:
        if row.params:
            groups[row.component_id, row.params].append(row.id)
    for (component, text), runs in groups.items():
        for name, value in _decode(text).items():
            said = value_text(value)
            kind: SuspectKind = "partition" if _is_partition(name, said) else "parameter"
            yield Attribute(component, kind, name, said), runs


def _is_partition(name: str, value: str) -> bool:
    return _PERIOD.search(name.lower()) is not None or _DATE.match(value) is not None


def _find_partitions(connection: Connection, components: Mapping[int, int]) -> Found:
    """Find equal `key=value` folders in the paths of what runs read and wrote."""
    for run, identity in connection.execute(_PARTITIONED, choose(components)).all():
        for name, value in _HIVE.findall(identity):
            yield Attribute(components[run], "partition", name, value), [run]


def _find_inputs(
    connection: Connection, components: Mapping[int, int], suspects: Collection[int]
) -> Found:
    """Find equal versions of inputs, of which a suspect run read one.

    A version is left out if all that the run which made it handed on is this version: that run says
    the same and more.
    """
    names = {
        key: (name, short_digest(digest))
        for key, name, digest in connection.execute(_NAMES, choose(suspects)).all()
    }
    readers: defaultdict[int, set[int]] = defaultdict(set)
    makers: defaultdict[int, set[int | None]] = defaultdict(set)
    fed: defaultdict[int | None, set[int]] = defaultdict(set)
    for version, run, maker in connection.execute(_INPUTS, choose(components)).all():
        readers[version].add(run)
        makers[version].add(maker)
        fed[maker].add(run)
    for version, name in names.items():
        maker = next(iter(makers[version]))
        is_told_by_run = makers[version] == {maker} and fed[maker] == readers[version]
        if maker is None or not is_told_by_run:
            for run in readers[version]:
                yield Attribute(components[run], "input", *name), [run]


def _select(
    found: Mapping[Attribute, list[int]],
    components: Mapping[int, int],
    suspects: frozenset[int],
) -> Bearers:
    """Widen attributes to any component, and keep those of several runs, a suspect among them.

    What all runs share, of whatever component, tells nothing apart.
    """
    narrow: defaultdict[Attribute, list[Attribute]] = defaultdict(list)
    for attribute in found:
        if attribute.kind not in _OF_COMPONENT_ONLY:
            narrow[attribute._replace(scope=ANY)].append(attribute)
    wide = {
        attribute: [run for one in parts for run in found[one]]
        for attribute, parts in narrow.items()
        if len(parts) > 1
    }
    bearing = {attribute: set(runs) for attribute, runs in (*found.items(), *wide.items())}
    places = {run: place for place, run in enumerate(components)}
    selected: Bearers = {}
    for attribute, runs in bearing.items():
        is_everywhere = len(bearing.get(attribute._replace(scope=ANY), ())) == len(components)
        if len(runs) > 1 and not is_everywhere and not suspects.isdisjoint(runs):
            selected[attribute] = sorted(runs, key=places.__getitem__)
    return selected
