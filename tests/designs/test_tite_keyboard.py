"""TITE-keyboard against the tables of the TITE-MAD software, and its effective sample sizes also for mTPI."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from scipy.special import betainc

from simulator.designs import TITEKeyboard
from simulator.designs.conduct import next_dose
from simulator.designs.design import Reason
from simulator.designs.real_bounds import dlts_between, sizes_between
from simulator.designs.unit_mass import equal_intervals, largest_mass_bounds, three_intervals
from tests.designs.patient_frames import at_middle, spread
from tests.designs.published import rows

LIMIT = re.compile(r"[\d.]+")
ROUNDING = 0.0051  # limits are printed to two decimals


def _counts(cell: str, most: int) -> list[int]:
    """Read "2", "5, 6", "1 ~ 4", "< 4", "> 3" as counts from 0 to `most`."""
    found = [int(word) for word in re.findall(r"\d+", cell)]
    if "<" in cell:
        return list(range(found[0]))
    if ">" in cell:
        return list(range(found[0] + 1, most + 1))
    return list(range(found[0], found[-1] + 1)) if "~" in cell else found


def _states(name: str) -> Iterator[tuple[dict[str, str], int, int, int]]:
    for row in rows(name):
        n = int(row["n"])
        for dlt in _counts(row["dlt_observed"], n):
            for pending in _counts(row["pending"], n):
                if dlt + pending <= n:
                    yield row, n, dlt, pending


def _expected(row: dict[str, str], effective: float) -> int | None:
    """Return 1, 0 or -1; None too close to a printed limit to tell."""
    for way, name in ((1, "escalate"), (0, "stay"), (-1, "deescalate")):
        cell = row[name]
        limits = [float(limit) for limit in LIMIT.findall(cell)]
        if any(abs(limit - effective) < ROUNDING for limit in limits):
            return None
        if cell.startswith("Yes"):
            return way
        if not limits:
            continue
        low = limits[0] if ">" in cell or "in" in cell else -np.inf
        high = limits[-1] if "<" in cell or "in" in cell else np.inf
        if low <= effective <= high:
            return way
    return None


def test_every_row_of_the_published_table_of_tite_keyboard() -> None:
    """TITE-MAD, target .30, keys of .10, cohorts of 3, n = 3..15: asked through `next_dose`."""
    design, told = TITEKeyboard(n_doses=3), 0
    for row, n, dlt, pending in _states("tite_keyboard_table.csv"):
        for share in (0.0, 0.3, 0.55, 0.99) if pending else (0.0,):
            patients = at_middle(n, dlt, spread(share * pending, pending))
            answer = next_dose(design, 2, patients=patients)
            if row["escalate"] == "Suspend":
                assert answer.action == "wait", row
                continue
            # Nobody complete and no follow-up: no estimate, so it waits.
            if pending == n and share == 0:
                assert answer.action == "wait"
                continue
            way = _expected(row, n - pending + share * pending)
            if way is None:
                continue
            told += 1
            assert (answer.action, answer.dose) == ("treat", 2 + way), (row, share)
            assert (answer.closed_from == 2) == row["deescalate"].endswith("Eliminate")
    assert told > 700


def test_effective_sample_sizes_of_mtpi_are_those_of_its_published_table() -> None:
    """TITE-MAD, TITE-mTPI, target .30, interval .25 to .35: every printed limit, by the same bounds."""
    bounds, printed = sizes_between(three_intervals(0.25, 0.35), 64), 0
    for row, _, dlt, _ in _states("tite_mtpi_table.csv"):
        for cell, limit in (
            (row["escalate"], bounds.escalate[dlt]),
            (row["deescalate"], bounds.deescalate[dlt]),
        ):
            if cell.startswith("ESS"):
                assert limit == pytest.approx(float(LIMIT.findall(cell)[0]), abs=ROUNDING)
                printed += 1
    assert printed > 80


@pytest.mark.parametrize(
    ("pending_days", "reason"),
    [
        ([0], Reason.WAIT_FOLLOW_UP),
        ([0, 0], Reason.WAIT_PENDING),  # two of at most three without a DLT: too many
        ([0, 0, 0], Reason.WAIT_PENDING),
        ([0, 0, 0, 0], Reason.WAIT_FOLLOW_UP),
    ],
)
def test_with_nobody_complete_and_no_follow_up_it_waits_for_follow_up(
    pending_days: list[float], reason: Reason
) -> None:
    answer = next_dose(TITEKeyboard(n_doses=3), 2, patients=at_middle(len(pending_days), 0, pending_days))
    assert (answer.action, answer.dose, answer.reason) == ("wait", 2, reason.text)


def test_with_one_day_of_follow_up_one_pending_patient_suffices() -> None:
    assert next_dose(TITEKeyboard(n_doses=3), 2, patients=at_middle(1, 0, [1])).action == "treat"


def test_real_bounds_lie_between_the_integer_ones() -> None:
    keys = equal_intervals(0.25, 0.35)
    escalate, deescalate = largest_mass_bounds(keys, 30)
    real = dlts_between(keys, 30)
    for n in range(1, 31):
        assert escalate[n] <= real.escalate[n] < escalate[n] + 1
        assert deescalate[n] - 1 < real.deescalate[n] <= deescalate[n]


def test_the_2018_estimator_imputes_dlts() -> None:
    """1 DLT of 6 with 3 pending: without follow-up their imputed DLTs keep the trial from escalating."""
    design = TITEKeyboard(n_doses=3, estimator="2018", suspension="yuan2018")
    assert next_dose(design, 2, patients=at_middle(6, 1, [0, 0, 0])).dose == 2
    assert next_dose(design, 2, patients=at_middle(6, 1, [27, 27, 27])).dose == 3


def _strongest_key(dlt: float, n: int, target: float) -> int:
    """Return where the strongest key under Beta(1 + dlt, 1 + n - dlt) lies: 1 below the target key, 0, -1 above."""
    low, high = target - 0.05, target + 0.05
    if dlt >= n + 1:
        return -1
    ends = [low - 0.1 * k for k in range(11) if low - 0.1 * k > 1e-9][::-1]
    ends += [high + 0.1 * k for k in range(11) if high + 0.1 * k < 1 - 1e-9]
    below = np.array([0.0, *ends])
    above = np.array([*ends, 1.0])
    mass = betainc(1 + dlt, 1 + n - dlt, above) - betainc(1 + dlt, 1 + n - dlt, below)
    density = mass / (above - below)  # a shorter key at an end is scaled up to the length of the others
    strongest = np.flatnonzero(density >= density.max() - 1e-12)[-1]
    return int(np.sign(low - below[strongest] if abs(low - below[strongest]) > 1e-9 else 0))


def test_the_2018_estimator_is_its_rule_written_out() -> None:
    """Imputed DLTs in the keys; up only below the target, down only from it on, first where nothing can undo it."""
    generator, target, told = np.random.default_rng(3), 0.3, set()
    design = TITEKeyboard(n_doses=3, estimator="2018", suspension="yuan2018", elimination_cutoff=None)
    for _ in range(200):
        n = int(generator.integers(2, 10))
        dlt = int(generator.binomial(n, generator.choice([0.1, 0.3, 0.6])))
        pending = int(generator.integers(0, n - dlt + 1))
        shares = generator.choice([0, 0.1, 0.5, 0.9, 0.97], pending)
        p = (dlt + target / 2) / (n - pending + 1)
        imputed = _strongest_key(dlt + p / (1 - p) * float((1 - shares).sum()), n, target)
        way: int | None = imputed if pending == 0 or (dlt / n < target) == (imputed > 0) else 0
        if _strongest_key(dlt, n, target) < 0:
            way = -1
        elif pending > n / 2:
            way = None
        answer = next_dose(design, 2, patients=at_middle(n, dlt, [28.0 * share for share in shares]))
        assert (answer.action == "wait") == (way is None)
        assert way is None or answer.dose == 2 + way
        told.add((way, pending > 0))
    assert told == {(way, pending) for way in (1, 0, -1) for pending in (True, False)} | {(None, True)}
