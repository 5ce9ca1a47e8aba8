"""Class balance: how rare a class of the labels may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.arguments import as_number, as_variable
from mltrace.checks.check import Check, NotApplicable, Unmet
from mltrace.checks.column_values import MIN_ROWS, too_few
from mltrace.checks.columns import as_share, percent
from mltrace.checks.labels import labels_among
from mltrace.checks.registered import library

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records import Severity

MAX_CLASSES: Final = 100


@library.register("ClassBalance")
class ClassBalance(Check):
    """Fails if a class of the labels is too rare, missing, or outnumbered.

    Parameters
    ----------
    label : str, default 'labels'
        The column of the labels in a data frame, or the variable that holds them.
    min_share : float, default 0.01
        The least share of the labels that a class must have.
    max_ratio : float, optional
        How many times as frequent as the rarest class the most frequent one may be.
    classes : sequence of str, int or bool, optional
        Classes that must be there.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If an argument cannot be.

    Notes
    -----
    Its value is the share of the rarest class. Labels of one class only fail: nothing can be learnt
    of them. It is skipped with fewer than 30 labels, or more than 100 classes.

    References
    ----------
    He and Garcia, Learning from imbalanced data, 2009, https://doi.org/10.1109/TKDE.2008.239

    Examples
    --------
    >>> from mltrace.checks.engine import run_checks
    >>> result = run_checks([ClassBalance()], "before", {"labels": [True] * 2 + [False] * 998})[0]
    >>> result.message, result.value
    ("labels: 'True' has 0.2 % of the labels (2 of 1,000), expected at least 1 %", 0.002)
    """

    def __init__(
        self,
        label: str = "labels",
        *,
        min_share: float = 0.01,
        max_ratio: float | None = None,
        classes: Sequence[Any] | None = None,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.label = as_variable("ClassBalance", "label", label)
        self.min_share = as_share("ClassBalance", "min_share", min_share)
        self.max_ratio = as_number("ClassBalance", "max_ratio", max_ratio, least=1)
        self.classes = None if classes is None else list(classes)

    @property
    def wanted(self) -> Sequence[str]:
        """The variable to look at, and the labels."""
        return (*super().wanted, self.label)

    def test_balance(self, **variables: Any) -> float:
        """Measure the share of the rarest class."""
        shares = []
        for name, labels in labels_among(variables, self.label, self.on):
            counts = labels.counts()
            if sum(counts.values()) < MIN_ROWS:
                raise too_few(sum(counts.values()))
            if len(counts) > MAX_CLASSES:
                raise NotApplicable(f"{name}: {len(counts):,} different labels are no classes")
            shares.append(self._judge(name, counts))
        return min(shares)

    def _judge(self, name: str, counts: dict[str, int]) -> float:
        if len(counts) == 1:
            raise Unmet(f"{name}: all labels are {next(iter(counts))!r}", value=0.0)
        found = {**{str(one): 0 for one in self.classes or ()}, **counts}
        rarest = min(found, key=lambda one: (found[one], one))
        least, most, total = found[rarest], max(found.values()), sum(found.values())
        share = least / total
        said = f"{name}: {rarest!r} has {percent(share)} of the labels ({least:,} of {total:,})"
        if not least:
            raise Unmet(f"{name}: none of the {total:,} labels is {rarest!r}", value=share)
        if share < self.min_share:
            raise Unmet(f"{said}, expected at least {percent(self.min_share)}", value=share)
        if self.max_ratio is not None and most > self.max_ratio * least:
            times = f"the most frequent one {most / least:.3g} times as many"
            raise Unmet(f"{said}, {times}, expected at most {self.max_ratio:g}", value=share)
        return share
