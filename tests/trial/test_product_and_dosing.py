"""Draws of the product, the re-check and the dose come as often as stated, fresh for every attempt."""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import lognorm, triang

from simulator.randomness import Block, Streams
from simulator.trial.dosing import DosingDraws, DosingParameters, Recheck, draw_dosing
from simulator.trial.product import (
    Batch,
    ManufacturingSlots,
    ProductDraws,
    ProductParameters,
    draw_products,
)

PATIENTS = 40_000
BLOCKS = [Block(0, 0, 0, PATIENTS)]
ALL = np.arange(PATIENTS)


@cache
def _products() -> ProductDraws:
    """Draw the products of patients whose first donor's cells never expand: every attempt may come to be."""
    return draw_products(ProductParameters(), _fails(True), Streams(9), BLOCKS, ALL)


def _fails(first_donor: bool) -> NDArray[np.bool_]:
    fails = np.zeros((PATIENTS, 2), dtype=bool)
    fails[:, 0] = first_donor
    fails[1, 1] = True
    return fails


@cache
def _dosing() -> DosingDraws:
    return draw_dosing(DosingParameters(), Streams(9), BLOCKS, ALL)


def _is_share(events: NDArray[np.bool_], share: float) -> None:
    assert abs(events.mean() - share) <= 4 * math.sqrt(share * (1 - share) / len(events))


def test_two_percent_of_batches_fail_and_three_of_the_others_are_out_of_specification() -> None:
    for attempt in range(3):
        ends = np.array(_products().outcome[attempt])
        _is_share(ends == Batch.FAILED, 0.02)
        _is_share(ends[ends != Batch.FAILED] == Batch.OUT_OF_SPECIFICATION, 0.03)
        assert not (ends == Batch.DONOR_EXPANSION).any()


def test_every_attempt_takes_its_own_times() -> None:
    draws = _products()
    laws = ((draws.to_leukapheresis, 2, 3, 7), (draws.manufacture, 7, 10, 14), (draws.release, 2, 3, 7))
    for attempts, low, mode, high in laws:
        law = triang((mode - low) / (high - low), low, high - low)
        for days in attempts:
            for quantile in (0.1, 0.5, 0.9):
                _is_share(np.array(days) <= law.ppf(quantile), quantile)
        correlation = np.atleast_2d(np.corrcoef(attempts))[np.triu_indices(3, 1)]
        assert np.abs(correlation).max() <= 4 / math.sqrt(PATIENTS)


def test_the_other_donor_is_a_new_one_whose_cells_have_their_own_verdict() -> None:
    draws = _products()
    _is_share(np.array(draws.other_donor_workup) <= 20, lognorm.cdf(20, 0.4, scale=14))
    assert [fails[:3] for fails in draws.donor_fails] == [[True, True, True], [False, True, False]]


def test_after_a_first_batch_that_is_released_no_other_comes() -> None:
    wanted = draw_products(ProductParameters(), _fails(False), Streams(9), BLOCKS, ALL)
    lost = np.array(wanted.outcome[0]) != Batch.RELEASED
    _is_share(lost, 1 - 0.98 * 0.97)
    for name in ("to_leukapheresis", "manufacture", "release", "outcome"):
        first, *others = (np.array(attempt) for attempt in getattr(wanted, name))
        assert np.array_equal(first, getattr(_products(), name)[0])
        for found, drawn in zip(others, getattr(_products(), name)[1:], strict=True):
            assert np.array_equal(found[lost], np.array(drawn)[lost])
            assert (found[~lost] == (Batch.FAILED if name == "outcome" else np.inf)).all()


def test_the_order_asked_for_permutes_the_patients() -> None:
    order = ALL[::-1][:100]
    some = draw_products(ProductParameters(), _fails(True), Streams(9), BLOCKS, order)
    assert some.manufacture[1] == _products().manufacture[1][::-1][:100]
    dosing = draw_dosing(DosingParameters(), Streams(9), BLOCKS, order)
    assert dosing.dose == _dosing().dose[::-1][:100]
    assert dosing.recheck == _dosing().recheck[::-1][:100]


def test_the_re_check_goes_delays_or_drops_as_often_as_stated() -> None:
    found = np.array(_dosing().recheck)
    _is_share(found == Recheck.GO, 0.88)
    _is_share(found == Recheck.DELAY, 0.10)
    _is_share(found == Recheck.DROP, 0.02)
    delay = np.array(_dosing().recheck_delay)
    assert 3 <= delay.min() < delay.max() <= 14
    _is_share(delay <= 8.5, 0.5)


def test_three_percent_of_doses_fall_short_to_between_10_and_90_percent() -> None:
    dose = np.array(_dosing().dose)
    short = dose != 1.0
    _is_share(short, 0.03)
    assert 0.1 <= dose[short].min() < dose[short].max() <= 0.9
    _is_share(dose[short] <= 0.5, 0.5)


def test_slots_serve_in_order_and_an_early_end_frees_the_last_booking_only() -> None:
    slots = ManufacturingSlots(2)
    for day, start, end in ((0.0, 0.0, 10.0), (1.0, 1.0, 8.0), (2.0, 8.0, 20.0), (3.0, 10.0, 21.0)):
        assert slots.next_start(day) == start
        slots.hold(start, end)
    slots.release_early(0.0, 10.0, 4.0)  # booked on: nothing to free
    assert slots.next_start(5.0) == 20.0
    slots.release_early(8.0, 20.0, 12.0)
    assert slots.next_start(13.0) == 13.0
    slots.release_early(10.0, 21.0, 5.0)  # has not begun: free from its own start
    assert slots.next_start(5.0) == 10.0
