"""Every exception that mltrace raises on purpose.

::

    MltraceError
    ├── UnknownNameError(KeyError)          a run, artifact, component or key that is not there
    │   └── AmbiguousNameError              a prefix or short name that fits several
    ├── ArgumentError(ValueError)           an argument has a value that cannot be
    │   └── ConfigurationError              a setting that cannot be, wherever it was set
    ├── OptionError(TypeError)              an option or variable name that does not exist
    ├── CheckFailed(AssertionError)         a blocking check did not pass
    │   └── RetractedError                  a run would read retracted data, and must not
    ├── NotEvaluatedError(RuntimeError)     a check that cannot be run: its data cannot be read
    ├── NotDeliveredError(RuntimeError)     a notifier could not tell of an incident
    ├── UntrustedValueError(ValueError)     a kept value that only unpickling can bring back
    ├── UnreadableDataError(ValueError)     a file does not hold what its name says, or is damaged
    ├── ValueNotKeptError(LookupError)      a digest is known but its content is not in the store
    └── StoreError(RuntimeError)            the store cannot be used
        ├── StoreNotFoundError(LookupError) there is no store at the place that was named
        ├── StoreCorruptError               stored bytes do not match their checksum
        └── StoreVersionError               the store was written by a newer mltrace
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.records import CheckResult


class MltraceError(Exception):
    """The root of all errors of mltrace."""


class UnknownNameError(MltraceError, KeyError):
    """Nothing of that name is known; the message lists the nearest matches."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class AmbiguousNameError(UnknownNameError):
    """A prefix or a short name fits more than one thing."""


class ArgumentError(MltraceError, ValueError):
    """An argument has a value that cannot be used."""


class ConfigurationError(ArgumentError):
    """A setting has a value that cannot be used."""


class OptionError(MltraceError, TypeError):
    """An option, argument or variable name does not exist."""


class CheckFailed(MltraceError, AssertionError):  # noqa: N818 (the public contract names it so)
    """A blocking check did not pass.

    Attributes
    ----------
    results : tuple of CheckResult
        The failures that block it.
    """

    def __init__(self, message: str, results: tuple[CheckResult, ...] = ()) -> None:
        super().__init__(message)
        self.results = results


class RetractedError(CheckFailed):
    """A run would read data that was retracted, and its grace period is over."""


class NotEvaluatedError(MltraceError, RuntimeError):
    """Checks cannot be run: there are none, or the data they are to look at cannot be read."""


class NotDeliveredError(MltraceError, RuntimeError):
    """A notifier could not tell of an incident; the message says why, and holds no secret.

    Attributes
    ----------
    is_permanent : bool
        Whether to try again is of no use, as where the receiver refuses what it was sent.
    retry_after_seconds : float or None
        How long the receiver asks to wait before the next attempt.
    """

    def __init__(
        self,
        message: str,
        *,
        is_permanent: bool = False,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.is_permanent = is_permanent
        self.retry_after_seconds = retry_after_seconds


class UntrustedValueError(MltraceError, ValueError):
    """A kept value needs unpickling, which runs code, and the caller did not say `trusted=True`."""


class ValueNotKeptError(MltraceError, LookupError):
    """An artifact is known by its digest, but its content was not kept."""


class UnreadableDataError(MltraceError, ValueError):
    """A file does not hold what its name says, or is damaged."""

    @classmethod
    def of(cls, path: str, form: str, error: object) -> UnreadableDataError:
        """Build the error for a file that cannot be read as what it is by its name.

        Examples
        --------
        >>> print(UnreadableDataError.of("flights.parquet", "Parquet", "no magic bytes at its end"))
        'flights.parquet' cannot be read as Parquet: no magic bytes at its end. Write the file anew,
        or give it the ending of the format that it has.
        """
        said = " ".join(str(error).split()).rstrip(".")
        return cls(
            f"{path!r} cannot be read as {form}: {said}. Write the file anew, or give it the "
            "ending of the format that it has."
        )


class StoreError(MltraceError, RuntimeError):
    """The store cannot be used."""


class StoreNotFoundError(StoreError, LookupError):
    """There is no store at the place that was named; the message lists the nearest matches."""


class StoreCorruptError(StoreError):
    """Stored bytes do not match their checksum."""


class StoreVersionError(StoreError):
    """The store was written by a newer mltrace."""


def nearest(name: str, known: Iterable[str], *, limit: int = 3) -> list[str]:
    """List the known names most like `name`, best first.

    Examples
    --------
    >>> nearest("trian", ["train", "clean", "predict"])
    ['train']
    """
    folded: dict[str, str] = {}
    for candidate in known:
        folded.setdefault(candidate.casefold(), candidate)
    matches = difflib.get_close_matches(name.casefold(), folded, n=limit, cutoff=0.55)
    return [folded[match] for match in matches]


def unknown(
    kind: str, name: str, known: Iterable[str], *, hint: str = "", limit: int = 3
) -> UnknownNameError:
    """Build the error for a name that is not known, with the nearest matches and the next step.

    Examples
    --------
    >>> print(unknown("component", "trian", ["train", "clean"], hint="See `mltrace components`."))
    No component 'trian'. Did you mean 'train'? See `mltrace components`.
    """
    return UnknownNameError(_unknown_message(kind, name, known, hint=hint, limit=limit))


def unknown_option(kind: str, name: str, known: Iterable[str]) -> OptionError:
    """Build the error for an option or variable name that does not exist.

    Examples
    --------
    >>> print(unknown_option("option of component", "ownr", ["owner", "tags"]))
    No option of component 'ownr'. Did you mean 'owner'? Accepted: owner, tags.
    """
    accepted = sorted(known)
    hint = f"Accepted: {', '.join(accepted)}." if accepted else ""
    return OptionError(_unknown_message(kind, name, accepted, hint=hint, limit=1))


def not_installed(package: str, needed_to: str, *, install: str) -> NotEvaluatedError:
    """Build the error for a package that is not there, with the command that installs it.

    Examples
    --------
    >>> print(not_installed("pyspark", "match labels by Spark", install="pyspark"))
    To match labels by Spark, pyspark is needed, which is not installed: pip install pyspark
    """
    return NotEvaluatedError(
        f"To {needed_to}, {package} is needed, which is not installed: pip install {install}"
    )


def _unknown_message(kind: str, name: str, known: Iterable[str], *, hint: str, limit: int) -> str:
    parts = [f"No {kind} {name!r}."]
    matches = nearest(name, known, limit=limit)
    if matches:
        parts.append(f"Did you mean {' or '.join(repr(match) for match in matches)}?")
    if hint:
        parts.append(hint)
    return " ".join(parts)
