"""The trial compiled by numba: the same handlers over structs in memory; needs numba."""

from simulator.trial.compiled.run import CompiledTrials

__all__ = ["CompiledTrials"]
