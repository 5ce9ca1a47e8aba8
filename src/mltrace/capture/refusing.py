"""Keeps a run from reading retracted data: it warns, or blocks the run before its function runs.

What is touched is read from what readers published; see `mltrace.store.touched`. While nothing is
retracted, that costs a run one look at the file system.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, NamedTuple

from mltrace import config
from mltrace.capture.guard import harmless
from mltrace.capture.outcomes import check_facts
from mltrace.capture.plain import text
from mltrace.errors import RetractedError
from mltrace.records import CheckResult
from mltrace.rendering.wording import moment_text, short_digest
from mltrace.store.touched import Spread, version_key
from mltrace.times import now_ns, to_datetime

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from mltrace.capture.boundary import Crossing
    from mltrace.capture.recorder import Recorder
    from mltrace.store.facts import CheckFact
    from mltrace.store.touched import Mark

CHECK: Final = "retraction"
TEST: Final = "inputs"
NAMED: Final = 3
_OWN: Final = (
    "; not blocked, because this component wrote it last and might only have written it again: "
    "name it in inputs= to have it blocked"
)
_MOST_SAID: Final = 10_000
_logger: Final = logging.getLogger("mltrace")
_said: Final[set[str]] = set()


def is_any_touched(crossings: Iterable[Crossing], recorder: Recorder) -> bool:
    """Tell whether any artifact holds retracted data."""
    touched = recorder.touched.look()
    return any(key in touched for crossing in crossings for key in _keys(crossing))


class _Input(NamedTuple):
    """What a run read: its name, its keys, and which input of its start it was."""

    name: str
    keys: tuple[str, ...]
    position: int | None = None


class RetractedInputs:
    """What one run has to do with retracted data.

    Each time that the run comes to read retracted data leaves one failed result of a check.
    """

    __slots__ = (
        "_component",
        "_inputs",
        "_is_anonymising",
        "_read",
        "_recorder",
        "_reported",
        "_results",
        "_run",
    )

    def __init__(
        self, recorder: Recorder, run: str, component: str, *, is_anonymising: bool = False
    ) -> None:
        self._recorder, self._run, self._component = recorder, run, component
        self._is_anonymising = is_anonymising
        self._inputs: list[_Input] = []
        self._reported: set[str] = set()
        self._read: dict[Mark, str] = {}
        self._results: list[CheckResult] = []

    def facts(self) -> Sequence[CheckFact]:
        """Make the facts of the results."""
        return check_facts(self._results) if self._results else ()

    @harmless(default=None)
    def see(
        self,
        crossings: Sequence[Crossing],
        *,
        may_be_outputs: bool = False,
        is_late: bool = False,
    ) -> RetractedError | None:
        """Look at what the run is about to read; return the error to raise if it must not.

        Parameters
        ----------
        may_be_outputs : bool, default False
            A file among them may turn out to be written only. If this component wrote it last, that
            is judged at the end.
        is_late : bool, default False
            They have been read already: nothing is left to be blocked.
        """
        inputs = []
        for at, crossing in enumerate(crossings):
            if keys := _keys(crossing):
                is_open = may_be_outputs and crossing.described.kind == "file"
                inputs.append(_Input(_name(crossing), keys, at if is_open else None))
        if not inputs:
            return None
        self._inputs += inputs
        if is_late:
            return None
        touched = self._recorder.touched.look()
        if not touched:
            return None
        now = [one for one in inputs if not self._is_own(one, touched)]
        result = self._judge(now, touched, may_block=True)
        if result is None or result.severity != "block":
            return None
        self._inputs.clear()  # it will read none of them
        return RetractedError(f"{self._component} was not run: {result.message}", (result,))

    @harmless(default=None)
    def settle(self, unread: Collection[int]) -> None:
        """Look at the end at what the run has read: some of it may be touched only now."""
        touched = self._recorder.touched.look()
        if touched:
            inputs = [one for one in self._inputs if one.position not in unread]
            own = [one for one in inputs if self._is_own(one, touched)]
            others = [one for one in inputs if one not in own]
            self._judge(others, touched, may_block=False)
            self._judge(own, touched, may_block=False, why_not=_OWN)

    @harmless(default=None)
    def spread(self, writes: Sequence[Crossing]) -> None:
        """Say that what the run writes is touched as well, if it has read touched data."""
        if not self._read or self._is_anonymising:
            return
        wrote = tuple(key for crossing in writes for key in _keys(crossing))
        if wrote:
            read = tuple(self._read.values())
            self._recorder.touched.add(Spread(self._run, self._component, read, wrote))

    @property
    def spreads(self) -> bool:
        """Whether what the run writes is touched, as far as is known by now."""
        return bool(self._read) and not self._is_anonymising

    def _is_own(self, one: _Input, touched: Mapping[str, Mark]) -> bool:
        """Tell whether an input may be an output of this component from an earlier time."""
        marks = [touched[key] for key in one.keys if key in touched]
        return (
            one.position is not None
            and bool(marks)
            and all(mark.writer == self._component for mark in marks)
        )

    def _judge(
        self,
        inputs: Iterable[_Input],
        touched: Mapping[str, Mark],
        *,
        may_block: bool,
        why_not: str = "",
    ) -> CheckResult | None:
        """Make the failed result of inputs that are touched and were not seen to be before.

        If they would have been blocked but for `why_not`, the message says so.
        """
        found: dict[str, Mark] = {}
        for one in inputs:
            for key in one.keys:
                mark = touched.get(key)
                if mark is not None and key not in self._reported:
                    self._reported.add(key)
                    self._read.setdefault(mark, key)
                    found.setdefault(_label(one), mark)
        if not found:
            return None
        rule = config.load_settings().retraction
        blocks_from = min(mark.blocks_from(rule.grace_seconds) for mark in found.values())
        is_due = rule.policy == "block" and blocks_from <= now_ns()
        is_blocked = may_block and is_due
        message = _message(list(found))
        if is_due and not is_blocked:
            message += why_not
        if rule.policy == "block" and not is_blocked and may_block:
            message += f"; from {moment_text(to_datetime(blocks_from))} on it is blocked"
        result = CheckResult(
            check=CHECK,
            test=TEST,
            when="before",
            status="failed",
            severity="block" if is_blocked else "warn",
            message=message,
            value=len(found),
        )
        self._results.append(result)
        if not is_blocked:
            _warn(self._component, message, found)
        return result


def _message(labels: list[str]) -> str:
    named = ", ".join(labels[:NAMED])
    more = f" and {len(labels) - NAMED:,} more" if len(labels) > NAMED else ""
    return f"it reads data that was retracted: {named}{more} (see `mltrace retracted`)"


def _warn(component: str, message: str, labels: Iterable[str]) -> None:
    """Log a warning, once for each artifact version in a process."""
    new = set(labels) - _said
    if new:
        _said.update(new if len(_said) < _MOST_SAID else ())
        _logger.warning("%s: %s.", component, message)


def _label(one: _Input) -> str:
    key = one.keys[0]
    name = text(one.name)
    return name if key.startswith("@") else f"{name}@{short_digest(key)}"


def _name(crossing: Crossing) -> str:
    return crossing.described.name or crossing.name


def _keys(crossing: Crossing) -> tuple[str, ...]:
    """List the keys of an artifact and of the files in it; none of what equals too much else."""
    described = crossing.described
    if described.trivial:
        return ()
    if described.digest is None:
        return (version_key(None, text(described.identity or _name(crossing))),)
    if not described.members:
        return (described.digest,)
    return (described.digest, *(member.digest for member in described.members if member.size))
