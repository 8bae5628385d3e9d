"""Accuracy against sample size: how many evaluable patients a design needs, exactly and without attrition."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from simulator import measures
from simulator.designs.design import Design, Floats, Ints
from simulator.errors import SimulatorError
from simulator.exact.decision_graph import compile_graph
from simulator.exact.memory import MEMORY_LIMIT_BYTES
from simulator.exact.truncation import selection_by_cap
from simulator.exact.truths import checked_probabilities, target_for_measures

PROTOCOL_CAPS: Final = tuple(range(15, 51))
TOLERANCE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Limits:
    """What a design must reach over a set of truths; None sets no limit.

    Attributes
    ----------
    average_at_least
        PCS averaged over the truths.
    each_at_least
        PCS on each truth.
    overdose_at_most
        Overdose selection on each truth.
    average_overdose_at_most
        Overdose selection averaged over the truths: for families, on whose worst curve no design meets a limit.
    """

    average_at_least: float | None = 0.60
    each_at_least: float | None = 0.50
    overdose_at_most: float | None = 0.25
    average_overdose_at_most: float | None = None

    def of_a_family(self) -> "Limits":
        """Return the same limits for a family of curves: averaged over them, on none alone."""
        return Limits(self.average_at_least, None, None, self.overdose_at_most)

    def __post_init__(self) -> None:
        """Refuse limits that are no probabilities."""
        for name in fields(self):
            value = getattr(self, name.name)
            if value is not None and not 0 <= value <= 1:
                raise SimulatorError(f"{name.name} must be from 0 to 1, or None, got {value}")


@dataclass(frozen=True, slots=True)
class Needed:
    """The answer to "how many patients": exact, evaluable patients, no attrition.

    Attributes
    ----------
    n
        Smallest cap from which every larger cap of the range meets the limits; None where there is none.
    best_cap, best_average_pcs
        The cap with the highest average PCS (the smallest of equals), and that PCS.
    """

    n: int | None
    best_cap: int
    best_average_pcs: float

    def __str__(self) -> str:
        if self.n is not None:
            return str(self.n)
        return f"not reached (best {100 * self.best_average_pcs:.0f} % at N = {self.best_cap})"


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Selection by cap, for every truth.

    Attributes
    ----------
    caps : (K,)
        Evaluable patients at which the trial ends.
    truths : (T,)
        Names.
    selection : (T, K, J + 1)
        P(level selected), [0] is none.
    pcs, overdose : (T, K)
        P(correct selection); P(selected level has a risk above target + 0.05).
    correct : (T,)
        Correct dose, 0 for none.
    """

    caps: tuple[int, ...]
    truths: tuple[str, ...]
    selection: Floats
    pcs: Floats
    overdose: Floats
    correct: Ints

    @property
    def average_pcs(self) -> Floats:
        """PCS averaged over the truths, shape (K,)."""
        average: Floats = self.pcs.sum(axis=0) / len(self.truths)
        return average

    def meets(self, limits: Limits) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return for each cap whether it meets the limits, shape (K,); equality meets them."""
        met = np.ones(len(self.caps), dtype=np.bool_)
        if limits.average_at_least is not None:
            met &= self.average_pcs >= limits.average_at_least - TOLERANCE
        if limits.each_at_least is not None:
            met &= self.pcs.min(axis=0) >= limits.each_at_least - TOLERANCE
        if limits.overdose_at_most is not None:
            met &= self.overdose.max(axis=0) <= limits.overdose_at_most + TOLERANCE
        if limits.average_overdose_at_most is not None:
            met &= self.overdose.mean(axis=0) <= limits.average_overdose_at_most + TOLERANCE
        return met

    def needed(self, limits: Limits | None = None) -> Needed:
        """Find the smallest cap from which every larger one of the range meets the limits.

        Accuracy is not monotone in the number of patients, so a first crossing is no answer.
        """
        misses = np.flatnonzero(~self.meets(Limits() if limits is None else limits))
        first = int(misses[-1]) + 1 if len(misses) else 0
        average = self.average_pcs
        best = int(np.argmax(average >= average.max() - TOLERANCE))
        n = self.caps[first] if first < len(self.caps) else None
        return Needed(n, self.caps[best], float(average[best]))


def accuracy(
    design: Design,
    truths: Mapping[str, ArrayLike],
    caps: Iterable[int] = PROTOCOL_CAPS,
    *,
    target: float | None = None,
    correct: Mapping[str, int] | None = None,
    memory_limit_bytes: int = MEMORY_LIMIT_BYTES,
) -> Accuracy:
    """Compute PCS and overdose selection for every cap, exactly, in one pass.

    The design's own `max_n` is off; its own stops stay, and larger caps then read the same selection.

    Parameters
    ----------
    truths
        Name to true DLT probabilities (J,).
    caps
        Evaluable patients, 15..50 by default.
    target
        The design's own by default, 0.30 where it has none (3+3).
    correct
        Correct dose by name of truth, 0 for none; by default `measures.correct_dose`.

    Raises
    ------
    DesignError
        As `compile_graph`.
    SimulatorError
        Probabilities or target out of range, no truths, or a correct dose that names no truth.
    """
    names = tuple(truths)
    declared = {} if correct is None else dict(correct)
    if not names or set(declared) - set(names):
        raise SimulatorError(f"correct names {sorted(declared)}, truths are {list(names)}: give at least one")
    aim = target_for_measures(design, target)
    curves = [checked_probabilities(name, truths[name], design.n_doses) for name in names]
    wanted = tuple(sorted({int(cap) for cap in caps}))
    graph = compile_graph(design, wanted, memory_limit_bytes)
    selection = np.array([selection_by_cap(graph, wanted, curve) for curve in curves])
    right = [
        declared.get(name, int(measures.correct_dose(curve, aim)))
        for name, curve in zip(names, curves, strict=True)
    ]
    if not all(0 <= level <= design.n_doses for level in right):
        raise SimulatorError(f"correct must be 0 (none) to {design.n_doses}, got {declared}")
    toxic = np.array([measures.overly_toxic(curve, aim) for curve in curves])
    return Accuracy(
        caps=wanted,
        truths=names,
        selection=selection,
        pcs=np.array([selection[place, :, level] for place, level in enumerate(right)]),
        overdose=(selection[:, :, 1:] * toxic[:, None, :]).sum(axis=-1),
        correct=np.array(right, dtype=np.int64),
    )
