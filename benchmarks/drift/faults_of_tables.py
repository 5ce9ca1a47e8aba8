"""Faults of any column, of texts, and of whole rows."""

from __future__ import annotations

from typing import Any

import pandas as pd
from benchmarks.drift.faults import Broken, Scene, fault, of_values


@of_values("nulls, {:.0%}", "columns", 0.05, 0.2, 1)
def nulls(values: pd.Series, share: float, scene: Scene) -> Any:
    return values.mask(scene.some_rows(share))


@of_values("stale, of an earlier partition", "columns")
def stale(values: pd.Series, _: float, scene: Scene) -> Any:
    """Give a column the values of an earlier partition in their order, again from the first."""
    old = scene.earlier[values.name]
    return old.iloc[[row % len(old) for row in range(len(values))]].to_numpy()


@of_values("joined by a wrong key", "columns")
def misjoined(values: pd.Series, _: float, scene: Scene) -> Any:
    """Give values to other rows: each column by itself is as it was."""
    return values.to_numpy()[scene.random.permutation(len(values))]


@of_values("category renamed", "labels")
def renamed(values: pd.Series, _: float, scene: Scene) -> Any:
    return values.where(values != _frequent(values, scene), "renamed")


@of_values("two categories merged", "labels")
def merged(values: pd.Series, _: float, __: Scene) -> Any:
    names = values.value_counts().index
    return values.where(values != names[min(1, len(names) - 1)], names[0])


@of_values("category split", "labels")
def split(values: pd.Series, _: float, scene: Scene) -> Any:
    chosen = (values == _frequent(values, scene)) & scene.some_rows(0.5)
    return values.mask(chosen, values + " 2")


@of_values("two categories for each other", "labels")
def confused(values: pd.Series, _: float, __: Scene) -> Any:
    names = list(values.value_counts().index[:2])
    return values.replace(dict(zip(names, reversed(names), strict=True)))


def _frequent(values: pd.Series, scene: Scene) -> Any:
    """Draw one of the three most frequent categories."""
    return scene.random.choice(values.value_counts().index[:3].to_numpy(dtype=object))


@of_values("other case, {:.0%}", "labels", 0.1, 1)
def case(values: pd.Series, share: float, scene: Scene) -> Any:
    return values.mask(scene.some_rows(share), values.str.swapcase())


@of_values("space behind, {:.0%}", "labels", 0.1)
def space(values: pd.Series, share: float, scene: Scene) -> Any:
    return values.mask(scene.some_rows(share), values + " ")


@of_values("misspelt, {:.0%}", "labels", 0.1)
def misspelt(values: pd.Series, share: float, scene: Scene) -> Any:
    """Lose one letter, another one in each row."""
    place = scene.random.random(len(values))
    texts = [
        text[: int(at * len(text))] + text[int(at * len(text)) + 1 :]
        if isinstance(text, str)
        else text
        for text, at in zip(values, place, strict=True)
    ]
    return values.mask(scene.some_rows(share), pd.Series(texts, index=values.index))


@of_values("wrong encoding, {:.0%}", "labels", 0.2)
def encoding(values: pd.Series, share: float, scene: Scene) -> Any:
    """Read texts of UTF-16 as Latin-1: a null character behind each letter."""
    garbled = values.map(
        lambda text: text.encode("utf-16-le").decode("latin-1"), na_action="ignore"
    )
    return values.mask(scene.some_rows(share), garbled)


@of_values("'N/A' for {:.0%}", "labels", 0.05)
def not_available(values: pd.Series, share: float, scene: Scene) -> Any:
    return values.mask(scene.some_rows(share), "N/A")


@fault("swapped columns")
def swapped(scene: Scene, _: float) -> Broken | None:
    if not scene.dataset.twins:
        return None
    one, other = scene.random.choice(list(scene.dataset.twins))
    exchanged = {one: scene.frame[other], other: scene.frame[one]}
    return scene.frame.assign(**exchanged), {str(one), str(other)}


@fault("column lost")
def column_lost(scene: Scene, _: float) -> Broken | None:
    column = str(scene.random.choice(scene.dataset.columns))
    return scene.frame.drop(columns=column), {column}


@fault("rows lost, {:.0%}", 0.3, 0.6)
def rows_lost(scene: Scene, share: float) -> Broken | None:
    return _rows(scene, ~scene.some_rows(share)), set()


@fault("rows cut off after {:.0%}", 0.5, 0.8)
def cut_off(scene: Scene, share: float) -> Broken | None:
    return scene.frame.iloc[: int(len(scene.frame) * share)], set()


@fault("a group lost")
def group_lost(scene: Scene, _: float) -> Broken | None:
    """Lose the rows of a category which a tenth to a half of all have."""
    choices = [
        (column, category)
        for column in scene.dataset.labels
        for category, share in scene.frame[column].value_counts(normalize=True).items()
        if 0.1 <= share <= 0.5
    ]
    if not choices:
        return None
    column, category = choices[int(scene.random.integers(len(choices)))]
    return _rows(scene, scene.frame[column] != category), {column}


@fault("rows twice, {:.0%}", 0.2, 1)
def rows_twice(scene: Scene, share: float) -> Broken | None:
    again = scene.frame[scene.some_rows(share)]
    return pd.concat([scene.frame, again], ignore_index=True), set()


@fault("rows of another season, {:.0%}", 0.1)
def foreign_rows(scene: Scene, share: float) -> Broken | None:
    """Put rows from far away in time into the place of some."""
    kept = _rows(scene, ~scene.some_rows(share))
    num_foreign = min(len(scene.frame) - len(kept), len(scene.distant))
    chosen = scene.random.choice(len(scene.distant), num_foreign, replace=False)
    return pd.concat([kept, scene.distant.iloc[chosen]], ignore_index=True), set()


@fault("earlier partition again")
def replayed(scene: Scene, _: float) -> Broken | None:
    return scene.earlier.copy(), set()


def _rows(scene: Scene, chosen: Any) -> pd.DataFrame:
    rows: pd.DataFrame = scene.frame[chosen]
    return rows.reset_index(drop=True)
