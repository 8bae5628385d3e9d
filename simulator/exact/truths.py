"""What a truth is given as: its probabilities, checked, and the DLT probability that measures refer to."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from simulator.designs.design import Design, Floats
from simulator.errors import SimulatorError

DEFAULT_TARGET: Final = 0.30  # for designs that have none of their own (3+3)


def target_for_measures(design: Design, target: float | None) -> float:
    """Return the DLT probability that measures refer to: given, the design's own, or 0.30."""
    aim = getattr(design, "target", DEFAULT_TARGET) if target is None else target
    if not 0 < aim < 1:
        raise SimulatorError(f"target must be between 0 and 1, got {aim}")
    return float(aim)


def checked_probabilities(name: str, values: ArrayLike, levels: int) -> Floats:
    """Return probabilities of shape (levels,) or (truths, levels); SimulatorError where they are none."""
    p = np.asarray(values, dtype=np.float64)
    if p.ndim not in (1, 2) or p.shape[-1] != levels or not p.size:
        raise SimulatorError(f"{name} must have shape ({levels},) or (truths, {levels}), got {p.shape}")
    if not np.all((p >= 0) & (p <= 1)):
        raise SimulatorError(f"{name} must be from 0 to 1, got {p[(p < 0) | (p > 1) | np.isnan(p)].tolist()}")
    return p
