"""Declares components: by decorator, as an object, or around a block of code."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, cast, overload

from msgspec.structs import replace

from mltrace.capture.binding import bind_monitors
from mltrace.capture.blocks import Block
from mltrace.capture.budget import as_keep
from mltrace.capture.filed import filed_checks
from mltrace.capture.profiling import as_mode
from mltrace.capture.sampling import Rate, as_sampler
from mltrace.capture.selection import Selection, names_of
from mltrace.capture.wrapping import wrap
from mltrace.checks.check import as_checks
from mltrace.config.keys import read_keys
from mltrace.errors import OptionError, unknown_option
from mltrace.store.facts import ComponentFact
from mltrace.times import now_ns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mltrace.capture.recorder import Recorder
    from mltrace.checks.check import Check
    from mltrace.config.keys import Keys

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound="Callable[..., Any]")

_OPTIONS: Final = (
    "name",
    "owner",
    "description",
    "tags",
    "anonymising",
    "before",
    "after",
    "sample",
    "keep",
    "profile",
    "monitors",
    "keys",
)
FAILURES_PER_SECOND: Final = 100
"""Of the failures of left out runs of a component, so many are logged; more are counted."""
_CAPTURE_OPTIONS: Final = ("inputs", "outputs", "auto")


class Component:
    """A named pipeline step; may be subclassed to share an owner, tags or checks.

    Parameters
    ----------
    name : str
        The component's name, one for all functions that are its runs.
    owner : str, optional
        Who answers for it.
    description : str, default ''
        What it does.
    tags : sequence of str, default ()
        Words to find it by.
    anonymising : bool, default False
        Whether its outputs hold no data of single persons: retractions do not spread through it.
    before, after : sequence of Check or function, default ()
        Checks at the two boundaries of each run.
    sample : float or str, optional
        Which runs are logged one by one: a share such as 0.01, drawn at random, or a rate such as
        '100/s', '10/min' or '5/h' in each process. The others are counted exactly, with their
        durations and checks, and those that fail are logged all the same.
    keep : bool or str or int, optional
        What a run may keep of its values: False their digests only, a size such as '1 GB' up to
        that much of them together, in place of the limits in the settings.

    profile : {'full', 'sample', 'off'}, optional
        Whether profiles of the data that its runs read and write are of all rows, of a sample, or
        not taken; True leaves that to the settings, False is 'off'.
    monitors : sequence of Monitor, optional
        Monitors that the store remembers from the first run on, and that are evaluated after runs
        of the component end, in a process of their own.
    keys : mapping of str to str or list of str, optional
        The key columns of the tables that it reads, by the name of each: of an argument, or of a
        file with or without its folder and ending. By them `mltrace.journey` finds rows of its
        inputs in its outputs.

    Any of them may be an attribute of a subclass instead.

    Raises
    ------
    OptionError
        If an option does not exist or is of the wrong type.

    Examples
    --------
    >>> cleaning = Component("clean", owner="data-eng", tags=["flights"])
    >>> @cleaning.run
    ... def clean(flights, month: int): return flights
    >>> clean.__name__
    'clean'
    """

    name: str = ""
    owner: str | None = None
    description: str = ""
    tags: tuple[str, ...] = ()
    anonymising: bool = False
    before: tuple[Check, ...] = ()
    after: tuple[Check, ...] = ()
    sample: float | str | None = None
    keep: bool | str | int | None = None
    profile: bool | str | None = None
    monitors: tuple[Any, ...] = ()
    keys: Mapping[str, str | Sequence[str]] | None = None

    def __init__(
        self,
        name: str | None = None,
        *,
        owner: str | None = None,
        description: str | None = None,
        tags: Sequence[str] | None = None,
        anonymising: bool | None = None,
        before: Any = None,
        after: Any = None,
        sample: float | str | None = None,
        keep: bool | str | int | None = None,
        profile: bool | str | None = None,
        monitors: Any = None,
        keys: Mapping[str, str | Sequence[str]] | None = None,
        **unknown: object,
    ) -> None:
        _refuse_unknown(unknown, _OPTIONS)
        cls = type(self)
        self.name = _checked_text("name", cls.name if name is None else name)
        self.owner = _checked_text("owner", owner) if owner is not None else cls.owner
        self.description = (
            _checked_text("description", description)
            if description is not None
            else cls.description
        )
        self.tags = _checked_tags(cls.tags if tags is None else tags)
        self.anonymising = _checked_switch(
            "anonymising", cls.anonymising if anonymising is None else anonymising
        )
        self.before = as_checks("before", cls.before if before is None else before)
        self.after = as_checks("after", cls.after if after is None else after)
        self.sample = cls.sample if sample is None else sample
        self.sampler = as_sampler(self.sample)
        self.keep = cls.keep if keep is None else keep
        self.keep_bytes = as_keep(self.keep)
        self.profile = cls.profile if profile is None else profile
        self.profile_mode = as_mode(self.profile)
        self.monitors, self._bound = bind_monitors(
            cls.monitors if monitors is None else monitors, of=self.name
        )
        self.keys = cls.keys if keys is None else keys
        self._keys = _checked_keys(self.keys or {})
        self.failures = Rate(FAILURES_PER_SECOND, 1.0)
        self._declared = {"before": self.before, "after": self.after}
        self._has_filed: bool | None = None

    @overload
    def run(self, function: F, /) -> F: ...

    @overload
    def run(
        self,
        function: None = None,
        /,
        *,
        inputs: Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        auto: bool = True,
    ) -> Callable[[F], F]: ...

    def run(
        self,
        function: Any = None,
        /,
        *,
        inputs: Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        auto: bool = True,
        **unknown: object,
    ) -> Any:
        """Decorate a function so that each call is a run of this component.

        Parameters
        ----------
        inputs, outputs : sequence of str, optional
            Arguments or locals at return to take as artifacts, instead of whatever is one;
            'return' is the return value.
        auto : bool, default True
            False takes only what `File`, `Artifact` or `Ids` say is an artifact.

        Raises
        ------
        OptionError
            If an option or a variable does not exist.
        """
        _refuse_unknown(unknown, _CAPTURE_OPTIONS)
        selection = Selection(
            names_of("inputs", inputs), names_of("outputs", outputs), _checked_switch("auto", auto)
        )
        if function is None:
            return lambda decorated: wrap(self, _checked_function(decorated), selection)
        return wrap(self, _checked_function(function), selection)

    def start(self, **params: object) -> Block:
        """Open a run around a block of code: `with cleaning.start(month=3) as run: …`.

        Artifacts among the parameters are inputs.
        """
        return Block(self, params)

    def take_filed_checks(self) -> bool:
        """Run the checks of the file of checks as well, from now on; tell whether there are any."""
        if self._has_filed is None:
            filed = filed_checks(self.name)
            for boundary, declared in self._declared.items() if filed else ():
                found = [check for when, check in filed if when == boundary]
                setattr(self, boundary, as_checks(boundary, [*declared, *found]))
            self._has_filed = bool(filed)
        return self._has_filed

    def announce(self, recorder: Recorder) -> None:
        """Log what is declared of the component, unless it was before."""
        keys = self._keys
        declared = (self.name, self.owner, self.description, self.tags, self.anonymising, keys)
        if not recorder.has_said(declared):
            recorder.say(
                declared,
                ComponentFact(
                    name=self.name,
                    at=now_ns(),
                    owner=self.owner,
                    description=self.description,
                    tags=self.tags,
                    anonymising=self.anonymising,
                    keys=dict(keys),
                ),
            )
            for fact in self._bound:
                recorder.say(("monitor", fact.name), replace(fact, at=now_ns()))
                recorder.evaluate_at_run_end()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


@overload
def component(function: Callable[P, R], /) -> Callable[P, R]: ...


@overload
def component(
    function: None = None,
    /,
    *,
    name: str | None = None,
    owner: str | None = None,
    description: str | None = None,
    tags: Sequence[str] | None = None,
    anonymising: bool | None = None,
    before: Any = None,
    after: Any = None,
    sample: float | str | None = None,
    keep: bool | str | int | None = None,
    profile: bool | str | None = None,
    monitors: Any = None,
    keys: Mapping[str, str | Sequence[str]] | None = None,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    auto: bool = True,
) -> Callable[[F], F]: ...


def component(function: Any = None, /, **options: Any) -> Any:
    """Decorate a function so that each call is logged as a run of a component.

    Works with and without options, on functions, coroutines, generators and methods. The function
    behaves as before: same arguments, results and exceptions.

    Parameters
    ----------
    name : str, optional
        The component's name; by default the function's.
    owner, description, tags, anonymising, before, after, sample, keep, profile,
    monitors, keys
        As in `Component`; the description is by default the first line of the docstring.
    inputs, outputs, auto
        As in `Component.run`.

    Raises
    ------
    OptionError
        If an option or a variable does not exist; at decoration.

    Examples
    --------
    >>> @component(owner="data-eng", tags=["flights"])
    ... def clean(flights, month: int):
    ...     return flights
    >>> @component(ownr="data-eng")
    ... def split(flights): ...
    Traceback (most recent call last):
    mltrace.errors.OptionError: No option of component 'ownr'. Did you mean 'owner'? Accepted: ...
    """
    _refuse_unknown({name: None for name in options if name not in _ALL_OPTIONS}, _ALL_OPTIONS)
    if function is None:
        return lambda decorated: _decorate(decorated, options)
    return _decorate(function, options)


_ALL_OPTIONS: Final = (*_OPTIONS, *_CAPTURE_OPTIONS)


def _decorate(function: Any, options: dict[str, Any]) -> Any:
    function = _checked_function(function)
    declared = {key: value for key, value in options.items() if key in _OPTIONS}
    capture = {key: value for key, value in options.items() if key in _CAPTURE_OPTIONS}
    inner = getattr(function, "__func__", function)
    name = declared.pop("name", None)
    if name is None:
        name = getattr(inner, "__name__", type(inner).__name__)
    if declared.get("description") is None:
        declared["description"] = _first_line(inner)
    return cast("Any", Component(name, **declared).run(**capture))(function)


def _first_line(function: object) -> str:
    document = inspect.getdoc(function) or ""
    return document.strip().partition("\n")[0]


def _checked_function(function: Any) -> Any:
    if isinstance(function, type):
        raise OptionError(
            f"A component wraps a function, but {function.__name__} is a class; "
            "decorate those of its methods that are steps of the pipeline."
        )
    if isinstance(function, staticmethod | classmethod) or callable(function):
        return function
    raise OptionError(
        f"A component wraps a function, got {type(function).__name__}; "
        "options go by keyword: @mt.component(owner='data-eng')."
    )


def _checked_text(option: str, value: object) -> str:
    if not isinstance(value, str) or (option == "name" and not value):
        raise OptionError(f"{option}= takes a text, got {value!r}.")
    return value


def _checked_switch(option: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise OptionError(f"{option}= takes True or False, got {value!r}.")
    return value


def _checked_keys(keys: object) -> Keys:
    read = read_keys(keys)
    if read is None:
        raise OptionError(
            f"keys= takes names with a column or a list of columns each, got {keys!r}; such as "
            'keys={"flights": "flight_id"}.'
        )
    return read


def _checked_tags(tags: object) -> tuple[str, ...]:
    listed = (tags,) if isinstance(tags, str) else tags
    if not isinstance(listed, list | tuple | set | frozenset):
        raise OptionError(f"tags= takes a list of texts, got {type(tags).__name__}.")
    return tuple(dict.fromkeys(_checked_text("tags", tag) for tag in listed))


def _refuse_unknown(unknown: dict[str, object], known: Sequence[str]) -> None:
    for name in unknown:
        raise unknown_option("option of component", name, known)
