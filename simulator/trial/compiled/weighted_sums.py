"""Sums of columns by compiled code: those of `simulator.population.copula`, from one source."""

from typing import Final

from simulator.population import copula
from simulator.randomness import Floats
from simulator.trial.compiled.entries import compiled

_TOGETHER: Final = 1024
"""Patients worked on at a time, so that their columns stay in the fastest memory."""

_summed: Final = compiled(
    copula.weighted_sums, "void(float64[:, ::1], float64[:, ::1], float64[:, ::1], int64)"
)


def weighted_sums(weights: Floats, columns: Floats, sums: Floats) -> None:
    """Write the sums of columns: see `simulator.population.copula.weighted_sums`."""
    _summed(weights, columns, sums, _TOGETHER)
