"""Complete-cohort designs without a clock: exact operating characteristics, and trials in lockstep."""

from simulator.exact.decision_graph import compile_graph
from simulator.exact.sample import Sampled, sample, simulate

__all__ = ["Sampled", "compile_graph", "sample", "simulate"]
