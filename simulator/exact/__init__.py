"""Complete-cohort designs without a clock: exact operating characteristics, and trials in lockstep."""

from simulator.exact.decision_graph import compile_graph
from simulator.exact.evaluate import (
    CountVariances,
    OperatingCharacteristics,
    PreparedDesign,
    operating_characteristics,
    prepare,
)
from simulator.exact.families import steeper_curves
from simulator.exact.sample import Sampled, sample, simulate

__all__ = [
    "CountVariances",
    "OperatingCharacteristics",
    "PreparedDesign",
    "Sampled",
    "compile_graph",
    "operating_characteristics",
    "prepare",
    "sample",
    "simulate",
    "steeper_curves",
]
