from __future__ import annotations

import pytest

from mltrace.profiles.shapes import patterns_of, shapes_of


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("UA-837", "AA-999"),
        ("Ünï", "Aaa"),
        ("日本 2", "aa 9"),
        ("½²٣", "999"),
        ("a\tb\0c\n", "a a a "),
        ("😀€", "**"),
        ("", ""),
        ("x" * 64, "a" * 64),
        ("x" * 65, "a" * 64 + "…"),
        ("\ud800", " "),
    ],
)
def test_characters_stand_for_their_kinds(text: str, shape: str) -> None:
    assert shapes_of([text, "A9", text]) == [shape, "A9", shape]


def test_no_texts_have_no_shapes() -> None:
    assert shapes_of([]) == []


def patterns(texts: list[str]) -> list[str]:
    return [one.value for one in patterns_of([(shape, 1) for shape in shapes_of(texts)])]


def test_few_shapes_keep_the_lengths_of_runs() -> None:
    assert patterns(["UA-837", "2026-11-26", "0123456789"]) == ["9999-99-99", "9{10}", "AA-999"]


def test_addresses_of_many_lengths_become_one_pattern() -> None:
    names = ["bob" * (1 + i // 4) for i in range(20)]
    addresses = [f"{name}@{'m' * (1 + i)}.de" for i, name in enumerate(names)]
    assert patterns(addresses) == ["a@a.a"]


def test_letters_and_digits_are_alike_where_they_mix() -> None:
    hexadecimal = [f"{i * 2654435761 % 2**32:08x}-{i * 40503 % 2**16:04x}" for i in range(100)]
    assert patterns(hexadecimal) == ["x{8}-x{4}"]


def test_free_text_gives_few_patterns() -> None:
    texts = [" ".join(["word"] * (i % 40)) + "!" * (i % 7) for i in range(500)]
    assert len(patterns(texts)) <= 16


def test_counts_of_a_sample_are_rounded_and_none_is_zero() -> None:
    counted = patterns_of([("A", 2.6), ("9", 0.2)])
    assert [(one.value, one.count) for one in counted] == [("A", 3)]
