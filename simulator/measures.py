"""What a trial is judged by, each measure once: pure functions of a truth, a target and what happened.

A truth is the vector of true DLT probabilities per level. The exact engine applies these functions to end
states and weighs them by probability; the analysis of simulated trials applies the same functions to trials.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

OVERDOSE_MARGIN: Final = (
    0.05  # a level is overly toxic above target + margin; where every level is, "none" is correct
)
TOLERANCE: Final = 1e-9  # 0.30 + 0.05 and 0.35 are the same number


def correct_dose(p_dlt: ArrayLike, target: float) -> Ints:
    """Return the correct dose of each truth: the level closest to the target.

    At equal distance the risk below the target goes before one above it; of equal risks at or below the target the
    highest level is correct, above it the lowest. 0 (none) if and only if every level is above target + 0.05.

    Parameters
    ----------
    p_dlt : (..., J)
        In any order: a curve may fall.
    target
        DLT probability aimed at.

    Returns
    -------
    (...,)
    """
    p = np.asarray(p_dlt, dtype=np.float64)
    nearest = closest_levels(p, target)
    below = nearest & ~above_target(p, target)
    first: Ints = np.argmax(nearest, axis=-1) + 1
    highest_below: Ints = p.shape[-1] - np.argmax(below[..., ::-1], axis=-1)
    level = np.where(below.any(axis=-1), highest_below, first)
    return np.where(overly_toxic(p, target).all(axis=-1), 0, level)


def closest_levels(p_dlt: ArrayLike, target: float) -> Bools:
    """Mark the levels whose risk is closest to the target, all of equal distance. Shape as `p_dlt`."""
    distance = np.abs(np.asarray(p_dlt, dtype=np.float64) - target)
    nearest: Bools = distance <= distance.min(axis=-1, keepdims=True) + TOLERANCE
    return nearest


def overly_toxic(p_dlt: ArrayLike, target: float) -> Bools:
    """Mark the levels whose risk exceeds target + 0.05: selecting one is an overdose. Shape as `p_dlt`."""
    toxic: Bools = np.asarray(p_dlt, dtype=np.float64) > target + OVERDOSE_MARGIN + TOLERANCE
    return toxic


def above_target(p_dlt: ArrayLike, target: float) -> Bools:
    """Mark the levels whose risk exceeds the target. Shape as `p_dlt`."""
    above: Bools = np.asarray(p_dlt, dtype=np.float64) > target + TOLERANCE
    return above


def is_overdose(selection: ArrayLike, p_dlt: ArrayLike, target: float) -> Bools:
    """Mark the trials (any shape) that select an overly toxic level of one truth (J,)."""
    overdose: Bools = np.append(False, overly_toxic(p_dlt, target))[np.asarray(selection)]
    return overdose


def mostly_above_target(
    n: ArrayLike, p_dlt: ArrayLike, target: float, percent: int, of_patients: ArrayLike | None = None
) -> Bools:
    """Mark the trials with more than `percent` % of patients at levels above the target of one truth (J,).

    Parameters
    ----------
    n : (trials, J)
        Patients treated per level.
    percent
        A whole number, so that the comparison is exact.
    of_patients
        Patients the share is of: those treated by default; the planned number as BOIN::get.oc reads it.
    """
    treated = np.asarray(n, dtype=np.int64)
    total = treated.sum(axis=-1) if of_patients is None else np.asarray(of_patients, dtype=np.int64)
    above: Ints = treated[..., above_target(p_dlt, target)].sum(axis=-1)
    mostly: Bools = 100 * above > percent * total
    return mostly


def is_poorly_allocated(n: ArrayLike, correct: int) -> Bools:
    """Mark the trials with fewer patients at the correct dose than an equal share over all levels.

    Parameters
    ----------
    n : (trials, J)
        Patients treated per level.
    correct
        Correct dose, at least 1: where "none" is correct nothing can be allocated to it.
    """
    treated = np.asarray(n, dtype=np.int64)
    poor: Bools = treated.shape[-1] * treated[..., correct - 1] < treated.sum(axis=-1)
    return poor


def at_selected(values: ArrayLike, selection: ArrayLike) -> Ints:
    """Return per trial the value (trials, J) at the selected level, 0 where none is selected."""
    counts = np.asarray(values, dtype=np.int64)
    selected = np.asarray(selection, dtype=np.int64)
    at: Ints = np.take_along_axis(counts, np.maximum(selected, 1)[..., None] - 1, axis=-1)[..., 0]
    return np.where(selected > 0, at, 0)


def selected_on_fewer_than(few: int, n: ArrayLike, selection: ArrayLike) -> Bools:
    """Mark the trials (trials, J) that select a level at which fewer than `few` patients were treated."""
    chosen: Bools = (np.asarray(selection) > 0) & (at_selected(n, selection) < few)
    return chosen
