"""What is declared of a task, and how it is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

import msgspec

from mltrace.capture import environment
from mltrace.classes import class_text
from mltrace.errors import ArgumentError, unknown_option
from mltrace.records.tasks import TaskKind
from mltrace.store.task_facts import TaskFact
from mltrace.times import now_ns

if TYPE_CHECKING:
    from collections.abc import Iterable

KINDS: Final = get_args(TaskKind)
REPEATS: Final = ("latest", "all")
_WITH_CLASSES: Final = ("binary", "multiclass", "multilabel")
_encode: Final = msgspec.json.Encoder(order="sorted").encode


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """A task as it is declared in this process.

    Attributes
    ----------
    name, kind : str
        What it is called and what is predicted.
    positive : str
        Of a binary task, the class that scores are of, as text.
    classes : tuple of str
        Of the other tasks with classes, and of binary ones, the classes as text, in the order of
        the columns of scores; empty if they were not said.
    threshold : float
        From which score on a class is predicted, where only scores are given.
    repeats : str
        Which of several predictions of an id count: the 'latest', or 'all'.
    slices : tuple of str
        The features by whose values metrics are wanted.
    """

    name: str
    kind: TaskKind
    positive: str
    classes: tuple[str, ...]
    threshold: float
    repeats: str
    slices: tuple[str, ...]
    owner: str | None
    description: str

    def negative(self) -> str:
        """Tell the other class of a binary task.

        Raises
        ------
        ArgumentError
            If it was not said and is not 0.
        """
        if self.classes:
            return next(one for one in self.classes if one != self.positive)
        if self.positive == "1":
            return "0"
        raise ArgumentError(
            "What is predicted below the threshold is not known: give predictions=, or classes=[…] "
            f"to mt.Task, beside positive={self.positive!r}."
        )

    @classmethod
    def of(cls, fact: TaskFact) -> Declaration:
        """Bring the declaration back that a fact tells."""
        settings = msgspec.json.decode(fact.settings)
        return msgspec.convert({**settings, "name": fact.name, "kind": fact.kind}, cls)

    def fact(self) -> TaskFact:
        """Make the fact that declares it."""
        settings = {
            name: value
            for name, value in msgspec.to_builtins(self).items()
            if name not in ("name", "kind")
        }
        return TaskFact(
            name=self.name,
            at=now_ns(),
            kind=self.kind,
            settings=_encode(settings).decode(),
            by=environment.process_identity().user,
        )


def declare(
    name: str,
    kind: str,
    *,
    positive: Any,
    classes: Iterable[Any] | None,
    threshold: float,
    repeats: str,
    slices: Iterable[str],
    owner: str | None,
    description: str,
) -> Declaration:
    """Check what is said of a task.

    Raises
    ------
    ArgumentError
        If a value cannot be.
    OptionError
        If there is no such kind.
    """
    check_name(name)
    check_kind(kind)
    if repeats not in REPEATS:
        raise ArgumentError(f"repeats={repeats!r} cannot be; give 'latest' or 'all'.")
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        raise ArgumentError(f"threshold={threshold!r} is no number; give one such as 0.5.")
    if not 0 <= threshold <= 1:
        raise ArgumentError(f"threshold={threshold!r} is not from 0 to 1, as scores are.")
    texts = _class_texts(classes)
    chosen = class_text(positive)
    if chosen is None:
        raise ArgumentError("positive=None names no class; give the class that scores are of.")
    if texts and kind not in _WITH_CLASSES:
        raise ArgumentError(f"classes= names classes, and a {kind} task has none; leave it out.")
    if kind == "binary" and texts and (chosen not in texts or len(texts) != 2):
        raise ArgumentError(
            f"A binary task has two classes, and positive={positive!r} is one of them; classes= "
            f"names {len(texts)}: {', '.join(texts)}."
        )
    if isinstance(slices, str) or not all(isinstance(one, str) for one in slices):
        raise ArgumentError(f"slices={slices!r} is no list of names; give names of features.")
    return Declaration(
        name=name,
        kind=kind,  # type: ignore[arg-type]
        positive=chosen,
        classes=texts,
        threshold=float(threshold),
        repeats=repeats,
        slices=tuple(slices),
        owner=owner,
        description=description,
    )


def check_name(name: object) -> None:
    """Refuse what cannot be the name of a task.

    Raises
    ------
    ArgumentError
        If it is no text, or an empty one.
    """
    if not isinstance(name, str) or not name.strip() or "\0" in name:
        raise ArgumentError(f"{name!r} cannot name a task; give a text such as 'arrival-delay'.")


def check_kind(kind: str) -> None:
    """Refuse a kind that there is not.

    Raises
    ------
    OptionError
        With the nearest match, and those that there are.
    """
    if kind not in KINDS:
        raise unknown_option("kind of task", str(kind), KINDS)


def _class_texts(classes: Iterable[Any] | None) -> tuple[str, ...]:
    if classes is None:
        return ()
    if isinstance(classes, str):
        raise ArgumentError(f"classes={classes!r} is one text; give a list of classes.")
    texts = [class_text(one) for one in classes]
    if None in texts or len(set(texts)) != len(texts):
        raise ArgumentError(f"classes= names a class twice, or none: {texts}.")
    return tuple(text for text in texts if text is not None)
