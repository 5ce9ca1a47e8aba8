"""Columns of batches: the same bytes, whatever holds the values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pyarrow
import pytest

from mltrace.store.lake.columns import Coded, Same, make_column

if TYPE_CHECKING:
    from mltrace.store.lake.columns import Values

_TEXTS = ["a", "", "three", "four"]


@pytest.mark.parametrize(
    "held",
    [
        numpy.array(_TEXTS),
        numpy.array(_TEXTS, ">U7"),
        numpy.array(_TEXTS, "S"),
        numpy.array(_TEXTS, object),
        numpy.array(["a", "-", "", "-", "three", "-", "four"])[::2],
        pyarrow.array(_TEXTS),
        pyarrow.array(_TEXTS, pyarrow.large_string()),
        pyarrow.array(_TEXTS, pyarrow.string_view()),
        pyarrow.array(["x", *_TEXTS, "y"])[1:5],
        pyarrow.chunked_array([_TEXTS[:1], _TEXTS[1:]]),
    ],
    ids=lambda held: f"{type(held).__name__}-{getattr(held, 'dtype', getattr(held, 'type', ''))}",
)
def test_texts_are_laid_out_alike_whatever_holds_them(held: Values) -> None:
    assert make_column(held) == make_column(_TEXTS)


@pytest.mark.parametrize("text", ["é", "日本語の識別子", "😀"])
def test_texts_beyond_ascii_are_utf_8(text: str) -> None:
    expected = make_column([text, "b"])
    assert expected.data == f"{text}b".encode()
    assert make_column(numpy.array([text, "b"])) == expected
    assert make_column(numpy.array([text.encode(), b"b"])) == expected
    assert make_column(pyarrow.array([text, "b"])) == expected


def test_text_that_utf_8_cannot_hold_is_escaped() -> None:
    assert make_column(["caf\udce9"]).data == b"caf\\xe9"


def test_letter_of_value_zero_stays_within_its_text() -> None:
    assert make_column(numpy.array(["a\0b", "c"])).data == b"a\0bc"


@pytest.mark.parametrize(
    "held",
    [
        ["a", None, "b"],
        numpy.array(["a", None, "b"], object),
        pyarrow.array(["a", None, "b"]),
        pyarrow.array(["x", "a", None, "b"], pyarrow.large_string())[1:],
    ],
    ids=["list", "object", "string", "slice"],
)
def test_row_without_a_text_is_marked(held: Values) -> None:
    column = make_column(held)
    assert (column.form, column.data, column.valid) == ("text", b"ab", b"\x01\x00\x01")


@pytest.mark.parametrize("held", [[], numpy.array([], "U"), pyarrow.array([], pyarrow.string())])
def test_no_rows_make_an_empty_column(held: Values) -> None:
    column = make_column(held)
    assert not column.lengths
    assert not column.valid


@pytest.mark.parametrize(
    ("held", "form"),
    [
        ([1, 2], "int"),
        (numpy.array([1, 2], numpy.uint8), "int"),
        ([1.5, 2], "float"),
        (numpy.array([1, 2], numpy.float32), "float"),
        ([True, False], "bool"),
        (numpy.array([1, 2], "M8[ns]"), "time"),
        ([2**70, 1], "json"),
        ([{"a": 1}], "json"),
        (["a", 1], "json"),
        (Same(5), "same"),
    ],
)
def test_form_follows_from_the_values(held: Values, form: str) -> None:
    assert make_column(held).form == form


def test_integers_beyond_64_bits_with_sign_stay_exact() -> None:
    column = make_column(numpy.array([2**64 - 1, 1], numpy.uint64))
    assert (column.form, column.data) == ("text", b"184467440737095516151")


def test_numbers_without_a_value_are_marked() -> None:
    for held in ([1.5, None], [1, None], [True, None], numpy.array([5, "NaT"], "M8[us]")):
        assert make_column(held).valid == b"\x01\x00"


def test_codes_without_a_text_are_marked() -> None:
    column = make_column(Coded(["no", "yes"], numpy.array([1, -1, 0], numpy.int8)))
    assert (column.same, column.valid) == (["no", "yes"], b"\x01\x00\x01")


def test_vectors_say_how_wide_they_are() -> None:
    assert make_column(numpy.zeros((4, 3))).width == 3


@pytest.mark.parametrize("value", [object(), {1j}])
def test_what_is_no_plain_value_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="type"):
        make_column([value])
