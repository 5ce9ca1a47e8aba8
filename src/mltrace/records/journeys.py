"""The journey of one record through kept tables, and which rows components lost."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (msgspec reads the annotations)
from typing import Any, Literal

from mltrace.records.record import Record
from mltrace.records.runs import ArtifactRef  # noqa: TC001

JourneyDirection = Literal["backward", "forward"]
KeySource = Literal["given", "id", "declared", "carried", "shared", "content"]
KeyType = Literal["integer", "decimal", "float", "text", "boolean", "time", "bytes", "other"]
EndReason = Literal[
    "source",
    "no input",
    "no table",
    "not kept",
    "no key",
    "no row",
    "dropped",
    "not read",
    "limit",
]


class ValueChange(Record, frozen=True, kw_only=True):
    """A column whose value a component changed in the record."""

    column: str
    before: Any
    after: Any


class KeyTypeChange(Record, frozen=True, kw_only=True):
    """A column of a key that holds values of another type than in what was read.

    So pandas makes floats of integers where a null comes into their column. `artifact` is what was
    read, in which the type is that of `before`.
    """

    column: str
    artifact: str
    before: KeyType
    after: KeyType


class JourneyLink(Record, frozen=True, kw_only=True):
    """How the rows of a step were found from those of another step.

    `step` is the place of the other one in `Journey.steps`. `other_keys` are the columns there
    whose values are those of `keys` here.
    """

    step: int
    keys: tuple[str, ...]
    other_keys: tuple[str, ...]
    found_by: KeySource
    run_id: str
    component: str


class JourneyStep(Record, frozen=True, kw_only=True):
    """The rows of one kept table that belong to the record.

    `run_id` and `component` are those of the run that wrote it, None and '' for a source. `keys`
    are the columns by which its rows were found, `found_by` says how these are known: given by the
    caller, as an output id, declared by the component, carried on from the step before, shared by
    both tables and unique in one, or of another name with the same content. Of the `num_rows` rows,
    `values` are the first few. What the run did to the first of them, seen from what it read:
    `added`, `changed` and `removed` columns, and `retyped` ones of keys. `predictions` are the
    output ids that the run made of the rows.
    """

    depth: int
    artifact: ArtifactRef
    run_id: str | None = None
    component: str = ""
    keys: tuple[str, ...] = ()
    found_by: KeySource = "given"
    num_rows: int = 0
    values: tuple[Mapping[str, Any], ...] = ()
    links: tuple[JourneyLink, ...] = ()
    added: tuple[str, ...] = ()
    changed: tuple[ValueChange, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[KeyTypeChange, ...] = ()
    predictions: tuple[str, ...] = ()

    @property
    def num_left_out(self) -> int:
        """How many rows are not among those that are shown."""
        return self.num_rows - len(self.values)


class JourneyEnd(Record, frozen=True, kw_only=True):
    """Where a trail ends, and why.

    `artifact` is what could not be followed, `run_id` and `component` the run at whose boundary
    that is. Of rows that a component dropped, or may have changed, `num_rows` says how many.
    """

    artifact: str
    reason: EndReason
    message: str
    run_id: str | None = None
    component: str = ""
    num_rows: int | None = None


class Journey(Record, frozen=True, kw_only=True):
    """One record, followed through every kept table: nearest steps first.

    `predictions` are the output ids that were made of it, of a forward journey.
    """

    target: str
    direction: JourneyDirection = "backward"
    key: Mapping[str, Any] = {}
    steps: tuple[JourneyStep, ...] = ()
    ends: tuple[JourneyEnd, ...] = ()
    predictions: tuple[str, ...] = ()

    @classmethod
    def row_names(cls) -> tuple[str, ...]:
        """Name the columns of the rows."""
        return _STEP_COLUMNS

    def rows(self) -> list[dict[str, Any]]:
        """List one row per step."""
        import msgspec

        return [
            {
                "depth": step.depth,
                "component": step.component,
                "run_id": step.run_id,
                "artifact": step.artifact.name,
                "digest": step.artifact.digest,
                "keys": list(step.keys),
                "found_by": step.found_by,
                "num_rows": step.num_rows,
                "values": msgspec.json.encode(step.values[0] if step.values else {}).decode(),
                "added": list(step.added),
                "changed": [change.column for change in step.changed],
                "removed": list(step.removed),
            }
            for step in self.steps
        ]


class LossGroup(Record, frozen=True, kw_only=True):
    """The keys whose rows have one value in the column by which losses are grouped."""

    value: Any
    num_keys: int
    num_lost: int


class Loss(Record, frozen=True, kw_only=True):
    """What became of the keys of one table that a run read, in one that it wrote.

    A key is lost if no row of the output has it, added if no row of the input has, and repeated if
    the output has more rows of it than the input. `groups` are the values of the column `by` of
    which most keys were lost, `examples` a few lost keys.
    """

    component: str
    run_id: str
    input: ArtifactRef
    output: ArtifactRef
    keys: tuple[str, ...]
    output_keys: tuple[str, ...]
    found_by: KeySource
    num_rows_in: int
    num_rows_out: int
    num_keys_in: int
    num_keys_out: int
    num_lost: int
    num_added: int
    num_repeated: int
    by: str | None = None
    groups: tuple[LossGroup, ...] = ()
    examples: tuple[Mapping[str, Any], ...] = ()

    @property
    def lost_share(self) -> float:
        """Which share of the keys that were read was lost."""
        return self.num_lost / self.num_keys_in if self.num_keys_in else 0.0


class Losses(Record, frozen=True, kw_only=True):
    """Which keys were lost, added and repeated on the way to an output, most upstream first.

    `ends` are the tables of which nothing can be told, with the reason.
    """

    target: str
    steps: tuple[Loss, ...] = ()
    ends: tuple[JourneyEnd, ...] = ()

    @classmethod
    def row_names(cls) -> tuple[str, ...]:
        """Name the columns of the rows."""
        return _LOSS_COLUMNS

    def rows(self) -> list[dict[str, Any]]:
        """List one row per pair of tables that a run read and wrote."""
        return [
            {
                "component": loss.component,
                "run_id": loss.run_id,
                "input": loss.input.name,
                "output": loss.output.name,
                "keys": list(loss.keys),
                "num_rows_in": loss.num_rows_in,
                "num_rows_out": loss.num_rows_out,
                "num_keys_in": loss.num_keys_in,
                "num_keys_out": loss.num_keys_out,
                "num_lost": loss.num_lost,
                "lost_share": loss.lost_share,
                "num_added": loss.num_added,
                "num_repeated": loss.num_repeated,
                "by": loss.by,
            }
            for loss in self.steps
        ]


_STEP_COLUMNS = (
    *("depth", "component", "run_id", "artifact", "digest", "keys", "found_by", "num_rows"),
    *("values", "added", "changed", "removed"),
)
_LOSS_COLUMNS = (
    *("component", "run_id", "input", "output", "keys", "num_rows_in", "num_rows_out"),
    *("num_keys_in", "num_keys_out", "num_lost", "lost_share", "num_added", "num_repeated", "by"),
)
