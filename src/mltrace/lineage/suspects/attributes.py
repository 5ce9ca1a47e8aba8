"""Finds what runs have in common: code, parameters, inputs, packages, hosts, commits, times."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import func, select, union_all

from mltrace.lineage.suspects.spectrum import Group
from mltrace.rendering.wording import short_digest, value_text
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, CHOSEN_BESIDE, choose, choose_beside
from mltrace.store.rows.shared_texts import load_texts
from mltrace.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from mltrace.records import SuspectKind

    Bearers = dict["Attribute", list[Group]]
    Found = Iterator[tuple["Attribute", Group]]

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
_maker = _read.alias("maker")
_process, _environment, _git = schema.process, schema.environment, schema.git_state
_FEATURES: Final = (
    select(
        _run.c.id,
        _run.c.component_id,
        _run.c.started_at,
        _run.c.source_id,
        func.coalesce(_run.c.params_id, 0),
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
    _read.c.run_id.in_(CHOSEN),
    _read.c.part != schema.MEMBER,
    _read.c.version_id.in_(CHOSEN_BESIDE)
    | _read.c.producer_id.in_(
        select(_maker.c.producer_id).where(_maker.c.version_id.in_(CHOSEN_BESIDE))
    ),
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


class _Rows(NamedTuple):
    """What is known of the runs: when each started, its component, and which are suspect."""

    started_at: dict[int, int]
    components: dict[int, int]
    suspects: frozenset[int]

    def group(self, runs: Sequence[int]) -> Group:
        """Make a group."""
        suspects = [(self.started_at[run], run) for run in runs if run in self.suspects]
        return Group(runs, min(suspects, default=None))


def find_attributes(
    connection: Connection, runs: Collection[int], suspects: Collection[int]
) -> Bearers:
    """Find the attributes that at least two runs bear, a suspect one among them.

    Returns
    -------
    dict of Attribute to list of Group
        The runs that bear each, in groups that have no run in common. What only runs of one
        component have in common is an attribute of that component alone.

    Notes
    -----
    Cost: a fixed number of queries, and about 5 µs a run.
    """
    features = connection.execute(_FEATURES, choose(runs)).all()
    rows = _Rows(
        started_at={key: started_at for key, _, started_at, *_ in features},
        components={key: component for key, component, *_ in features},
        suspects=frozenset(suspects),
    )
    found: Bearers = {}
    for attribute, group in _find_columns(connection, rows, features):
        found.setdefault(attribute, []).append(group)
    shared: defaultdict[Attribute, dict[int, None]] = defaultdict(dict)
    for attribute, run in (
        *_find_parameters(connection, rows, features),
        *_find_partitions(connection, rows),
        *_find_inputs(connection, rows),
    ):
        shared[attribute][run] = None
    found.update((attribute, [rows.group(list(runs))]) for attribute, runs in shared.items())
    return _select(found, len(features))


def _find_columns(connection: Connection, rows: _Rows, features: Sequence[Any]) -> Found:
    """Find what the columns of runs, their processes and repositories have in common."""
    twins: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
    for key, component, started_at, source, _, _, *more in features:
        twins[component, started_at // _HOUR, source, *more].append(key)
    wanted = {
        trait
        for (_, *columns), runs in twins.items()
        if not rows.suspects.isdisjoint(runs)
        for trait in _traits(*columns)
    }
    alike: defaultdict[tuple[SuspectKind, int, Any], list[int]] = defaultdict(list)
    environments: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for (component, *columns), runs in twins.items():
        for kind, raw in _traits(*columns):
            if (kind, raw) in wanted:
                alike[kind, component, raw] += runs
        environments[component, columns[3]] += runs
    sources = {source for _, _, source, *_ in twins} - {None}
    digests = dict(connection.execute(_SOURCES, choose(sources)).all())
    for (kind, component, raw), runs in alike.items():
        if raw:
            text = _column_text(kind, raw, digests)
            yield Attribute(component, kind, "", text), rows.group(runs)
    packages = _find_packages(connection, {environment for _, environment in environments})
    for (component, environment), runs in environments.items():
        group = rows.group(runs)
        for item in packages.get(environment, ()):
            yield Attribute(component, "package", *item), group


def _traits(
    hour: int, source: int, host: str, _environment: int, python: str, commit: str
) -> list[tuple[SuspectKind, Any]]:
    return [
        ("component", True),
        ("code", source),
        ("python", python),
        ("host", host),
        ("git commit", commit),
        ("day", hour // 24),
        ("hour", hour),
    ]


def _column_text(kind: SuspectKind, raw: Any, digests: Mapping[int, str]) -> str:
    if kind in {"day", "hour"}:
        moment = to_datetime(0) + timedelta(hours=raw * (24 if kind == "day" else 1))
        return f"{moment:%Y-%m-%d}" if kind == "day" else f"{moment:%Y-%m-%dT%H}"
    if kind in {"code", "git commit"}:
        return short_digest(digests[raw] if kind == "code" else raw)
    return raw if isinstance(raw, str) else ""


def _find_packages(
    connection: Connection, environments: set[int]
) -> dict[int, list[tuple[str, str]]]:
    """Find the versions of packages of each environment that are not the same in all."""
    rows = connection.execute(_PACKAGES, choose(environments - {None})).all()
    packages = {key: _decode(text).items() for key, text in rows}
    times = Counter(item for items in packages.values() for item in items)
    return {
        key: [item for item in items if times[item] < len(packages)]
        for key, items in packages.items()
    }


def _find_parameters(
    connection: Connection, rows: _Rows, features: Sequence[Any]
) -> Iterator[tuple[Attribute, int]]:
    """Find equal parameters; one that says a time or a part of the data is a partition."""
    alike: defaultdict[tuple[int, str | None], list[int]] = defaultdict(list)
    for run, _, _, _, shared, params, *_ in features:
        if shared or params:
            alike[shared, params].append(run)
    texts = load_texts(connection, {shared for shared, _ in alike} - {0})
    values = {
        key: [(name, value_text(value)) for name, value in _decode(key[1] or texts[key[0]]).items()]
        for key in alike
    }
    wanted: dict[tuple[str, str], SuspectKind] = {
        item: "partition" if _is_partition(*item) else "parameter"
        for params, runs in alike.items()
        if not rows.suspects.isdisjoint(runs)
        for item in values[params]
    }
    for params, runs in alike.items():
        for item in values[params]:
            if item in wanted:
                for run in runs:
                    yield Attribute(rows.components[run], wanted[item], *item), run


def _is_partition(name: str, value: str) -> bool:
    return _PERIOD.search(name.lower()) is not None or _DATE.match(value) is not None


def _find_partitions(connection: Connection, rows: _Rows) -> Iterator[tuple[Attribute, int]]:
    """Find equal `key=value` folders in the paths of what runs read and wrote."""
    if connection.execute(_PARTITIONED, choose(rows.suspects)).first() is None:
        return
    for run, identity in connection.execute(_PARTITIONED, choose(rows.components)).all():
        for name, value in _HIVE.findall(identity):
            yield Attribute(rows.components[run], "partition", name, value), run


def _find_inputs(connection: Connection, rows: _Rows) -> Iterator[tuple[Attribute, int]]:
    """Find equal versions of inputs, of which a suspect run read one.

    A version is left out if all that the run which made it handed on is this version: that run says
    the same and more.
    """
    names = {
        key: (name, short_digest(digest))
        for key, name, digest in connection.execute(_NAMES, choose(rows.suspects)).all()
    }
    readers: defaultdict[int, set[int]] = defaultdict(set)
    makers: defaultdict[int, set[int | None]] = defaultdict(set)
    fed: defaultdict[int | None, set[int]] = defaultdict(set)
    chosen = choose(rows.components, **choose_beside(names))
    for version, run, maker in connection.execute(_INPUTS, chosen).all():
        if version in names:
            readers[version].add(run)
            makers[version].add(maker)
        fed[maker].add(run)
    for version, name in names.items():
        maker = next(iter(makers[version]), None)
        is_told_by_run = makers[version] == {maker} and fed[maker] == readers[version]
        if maker is None or not is_told_by_run:
            for run in readers[version]:
                yield Attribute(rows.components[run], "input", *name), run


def _select(found: Bearers, num_all: int) -> Bearers:
    """Widen attributes to any component, and keep those of several runs, a suspect among them.

    What all runs share, of whatever component, tells nothing apart.
    """
    wide: Bearers = {}
    for attribute, groups in found.items():
        if attribute.kind not in _OF_COMPONENT_ONLY:
            wide.setdefault(attribute._replace(scope=ANY), []).extend(groups)
    everywhere = {attribute for attribute, groups in wide.items() if count_runs(groups) == num_all}
    num_scopes = Counter(attribute._replace(scope=ANY) for attribute in found)
    several = {one: groups for one, groups in wide.items() if num_scopes[one] > 1}
    return {
        attribute: groups
        for attribute, groups in (*found.items(), *several.items())
        if count_runs(groups) > 1
        and any(group.first for group in groups)
        and attribute._replace(scope=ANY) not in everywhere
    }


def count_runs(groups: Collection[Group]) -> int:
    """Count the runs in groups that have none in common."""
    return sum(len(group.runs) for group in groups)
