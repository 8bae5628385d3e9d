"""Columns kept small: every number comes back as it was, with its own type."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from simulator.runs import packed_columns
from simulator.runs.packed_columns import (
    AS_IT_IS,
    LEVEL,
    ArmColumns,
    PackedColumns,
    narrowed,
    read_once,
    stacked,
)

KINDS = st.sampled_from([np.bool_, np.int64, np.float64])


@given(st.data())
def test_rows_come_back_bit_for_bit_however_they_are_joined(data: st.DataObject) -> None:
    kind = data.draw(KINDS)
    width = data.draw(array_shapes(min_dims=0, max_dims=2, max_side=4))
    counts = data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=4))
    parts = [data.draw(arrays(kind, (count, *width))) for count in counts]
    packed, *others = (
        PackedColumns({"one": part}.items(), level=data.draw(st.sampled_from([LEVEL, AS_IT_IS])))
        for part in parts
    )
    packed = packed.followed_by(*others)
    whole = np.concatenate(parts)
    assert packed["one"].dtype == whole.dtype
    assert packed["one"].shape == whole.shape
    assert packed["one"].tobytes() == whole.tobytes() or np.isnan(whole).any()
    assert np.array_equal(packed["one"], whole, equal_nan=kind == np.float64)
    assert np.array_equal(packed.narrow("one"), whole, equal_nan=kind == np.float64)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0, 127], np.int8),
        ([-129, 5], np.int16),
        ([0, 40_000], np.int32),
        ([0, 2**40], np.int64),
        ([0.5, 3652.5, np.inf], np.float32),
        ([0.1], np.float64),
        ([2.0**24 + 1], np.float64),
        ([1e300], np.float64),
    ],
)
def test_a_number_is_kept_in_the_smallest_type_that_holds_it(values: list[float], kind: type) -> None:
    assert narrowed(np.array(values)).dtype == kind


def test_days_of_a_trial_and_counts_of_patients_take_a_fraction_of_their_room() -> None:
    rng = np.random.default_rng(3)
    days = np.where(np.arange(50) < 25, rng.integers(1024, 60 * 1024, (200, 50)) / 1024, np.inf)
    ended = np.where(rng.random((200, 231)) < 0.05, rng.integers(1, 40, (200, 231)), 0)
    packed = PackedColumns({"days": days, "ended": ended}.items())
    kept = sum(len(part.content) for parts in packed._parts.values() for part in parts)
    assert kept < (days.nbytes + ended.nbytes) / 6


def test_columns_that_are_read_once_are_the_same_bits_and_are_unpacked_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(5)
    parts = [rng.integers(0, most, (3, count, 4)) for count, most in ((5, 9), (2, 900))]
    first, second = (PackedColumns({"one": part}.items(), axis=1) for part in parts)
    packed = first.followed_by(second)
    asked = [([2, 0], None, None), ([1], range(4, 6), slice(1, 3)), ([0, 1, 2], range(7), slice(0, 4, 2))]

    def read() -> list[np.ndarray]:
        found = [
            stacked([ArmColumns(packed, arm) for arm in arms], "one", rows=rows, last=last)
            for arms, rows, last in asked
        ]
        return [*found, ArmColumns(packed, 1)["one"], ArmColumns(packed, 2).narrow("one")]

    apart = read()
    unpacked = []
    whole = packed_columns._unpacked
    monkeypatch.setattr(packed_columns, "_unpacked", lambda part: (unpacked.append(part), whole(part))[1])
    with read_once():
        once = read()
    assert len(unpacked) == len(parts)
    for one, other in zip(apart, once, strict=True):
        assert (one.dtype, one.shape, one.flags.c_contiguous) == (
            other.dtype,
            other.shape,
            other.flags.c_contiguous,
        )
        assert one.tobytes() == other.tobytes()
