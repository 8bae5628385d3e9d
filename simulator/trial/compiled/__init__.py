"""The trial compiled by numba: the same handlers over structs in memory; needs numba."""

from typing import Final

from simulator.randomness import CompiledDraws
from simulator.trial.compiled.normal import normal_quantiles
from simulator.trial.compiled.run import CompiledTrials
from simulator.trial.compiled.weighted_sums import weighted_sums
from simulator.trial.compiled.words import fill

__all__ = ["COMPILED_DRAWS", "CompiledTrials"]

COMPILED_DRAWS: Final = CompiledDraws(fill, normal_quantiles, weighted_sums)
