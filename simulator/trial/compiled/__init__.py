"""The trial compiled by numba: the same handlers over structs in memory; needs numba."""

from simulator.trial.compiled.run import CompiledTrials
from simulator.trial.compiled.words import fill

__all__ = ["CompiledTrials", "fill"]
