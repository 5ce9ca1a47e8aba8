from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy
import pytest
import scipy.sparse

from mltrace.errors import UntrustedValueError
from mltrace.values.arrays import tensor_to_numpy
from mltrace.values.described import Described
from mltrace.values.kinds import recognise

Describe = Callable[..., Described]
Reload = Callable[..., Any]
LIMIT = 1 << 30
PADDED = numpy.dtype([("a", "i1"), ("b", "f8")], align=True)


def record(fill: int) -> Any:
    memory = numpy.full(2 * PADDED.itemsize, fill, "u1")
    array = memory.view(PADDED)
    array["a"], array["b"] = [1, 2], [3.0, 4.0]
    return array


def test_layout_and_padding_do_not_matter(describe: Describe) -> None:
    grid = numpy.arange(12, dtype="i4").reshape(3, 4)
    expected = describe(grid).digest
    assert describe(numpy.asfortranarray(grid)).digest == expected
    assert describe(grid.astype(">i4")).digest == expected
    assert describe(grid.repeat(2, axis=1)[:, ::2]).digest == expected
    assert describe(record(0)).digest == describe(record(255)).digest


@pytest.mark.parametrize(
    "changed",
    [
        numpy.array([1, 2, 4]),
        numpy.array([1, 2]),
        numpy.array([[1, 2, 3]]),
        numpy.array([1, 2, 3], "i4"),
        numpy.array([1.0, 2, 3]),
        numpy.array(["1", "2", "3"]),
        numpy.array([1, 2, 3], object),
        numpy.ma.MaskedArray([1, 2, 3], [False, False, True]),
        numpy.array([1, 2, 3], "M8[s]"),
    ],
)
def test_any_difference_gives_another_digest(changed: Any, describe: Describe) -> None:
    assert describe(changed).digest is not None
    assert describe(changed).digest != describe(numpy.array([1, 2, 3])).digest


@pytest.mark.parametrize(
    "array",
    [
        numpy.arange(6.0).reshape(2, 3),
        numpy.array(5),
        numpy.array([], "f4"),
        numpy.array(["a", "bc"]),
        numpy.array(["2020-01-01", "NaT"], "M8[D]"),
        record(7),
        numpy.array([1 + 2j]),
        numpy.array([1, 2], "longdouble"),
        numpy.arange(4, dtype=">i2"),
    ],
)
def test_an_array_loads_as_it_was(array: Any, describe: Describe, reload: Reload) -> None:
    found = describe(array, LIMIT)
    loaded = reload(found)
    numpy.testing.assert_array_equal(loaded, array)
    assert loaded.dtype == array.dtype
    assert describe(loaded).digest == found.digest
    assert found.trivial == (array.size <= 1)


def test_masked_arrays_keep_their_mask(describe: Describe, reload: Reload) -> None:
    array = numpy.ma.MaskedArray([1, 2, 3], [False, True, False], fill_value=9)
    hidden = numpy.ma.MaskedArray([1, 99, 3], [False, True, False])
    assert describe(array).digest == describe(hidden).digest
    loaded = reload(describe(array, LIMIT))
    assert loaded.tolist() == [1, None, 3]
    assert loaded.fill_value == 9


def test_a_kept_array_does_not_follow_its_mutation(describe: Describe, reload: Reload) -> None:
    array = numpy.arange(3)
    found = describe(array, LIMIT)
    array[0] = 9
    assert reload(found).tolist() == [0, 1, 2]
    assert describe(array).digest != found.digest


def test_arrays_of_objects_need_trust(describe: Describe, reload: Reload) -> None:
    array = numpy.array([{"a": 1}, "x", None], object)
    found = describe(array, LIMIT)
    assert found.digest == describe(array.copy()).digest
    with pytest.raises(UntrustedValueError, match="trusted=True"):
        reload(found)
    assert reload(found, trusted=True).tolist() == array.tolist()


def test_memory_mapped_arrays_are_arrays(tmp_path: Any, describe: Describe) -> None:
    numpy.save(tmp_path / "a.npy", numpy.arange(5))
    mapped = numpy.load(tmp_path / "a.npy", mmap_mode="r")
    assert describe(mapped).digest == describe(numpy.arange(5)).digest


def test_numbers_of_numpy_are_parameters() -> None:
    assert recognise(numpy.float64(1.5)) is None


def test_arrays_over_the_limit_are_not_kept(describe: Describe) -> None:
    found = describe(numpy.arange(100), 10)
    assert found.parts == ()
    assert found.reason == "content not kept: 800 bytes are over the limit of 10"


def test_sparse_matrices_are_equal_in_every_layout(describe: Describe, reload: Reload) -> None:
    matrix = scipy.sparse.csr_array([[0, 1.5], [2.0, 0]])
    found = describe(matrix, LIMIT)
    assert found.digest == describe(matrix.tocsc()).digest == describe(matrix.tocoo()).digest
    assert found.digest != describe(scipy.sparse.csr_array([[0, 1.5], [2.5, 0]])).digest
    loaded = reload(describe(matrix.tocsc(), LIMIT))
    assert loaded.format == "csc"
    assert (loaded != matrix).nnz == 0


def test_tensors_are_arrays(monkeypatch: pytest.MonkeyPatch, describe: Describe) -> None:
    torch = ModuleType("torch")
    monkeypatch.setitem(sys.modules, "torch", torch)

    class Tensor:
        def __init__(self, array: Any, *, is_odd: bool = False) -> None:
            self.array, self.is_odd = array, is_odd

        def detach(self) -> Tensor:
            return self

        def cpu(self) -> Tensor:
            return self

        def float(self) -> Tensor:
            return Tensor(self.array.astype("f4"))

        def numpy(self) -> Any:
            if self.is_odd:
                raise TypeError("unsupported ScalarType BFloat16")
            return self.array

    Tensor.__module__ = "torch"
    assert describe(Tensor(numpy.arange(3))).digest == describe(numpy.arange(3)).digest
    assert tensor_to_numpy(Tensor(numpy.arange(3), is_odd=True)).dtype == "f4"
