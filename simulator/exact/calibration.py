"""Calibrate BOIN: the settings that need the fewest patients for the accuracy and safety required."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from simulator.designs import BOIN
from simulator.errors import SimulatorError
from simulator.exact.accuracy import PROTOCOL_CAPS, Accuracy, Limits, Needed, accuracy


@dataclass(frozen=True, slots=True)
class BoinGrid:
    """Values to try; p_saf and p_tox are given as multiples of the target.

    The time goes into the small cohorts: four levels and caps to 50 take about 0.7 s a design in cohorts of
    three, 3 s in cohorts of two and 14 s in cohorts of one, which is why one is not tried by default.
    """

    p_saf_of_target: tuple[float, ...] = (0.5, 0.6, 0.7)
    p_tox_of_target: tuple[float, ...] = (1.3, 1.4, 1.5)
    elimination_cutoff: tuple[float, ...] = (0.90, 0.95)
    cohort_size: tuple[int, ...] = (2, 3)
    stop_n_at_dose: tuple[int | None, ...] = (None, 12)

    def designs(self, base: BOIN) -> Iterator[BOIN]:
        """Yield every combination; what is not varied is as in `base`."""
        for saf, tox, cutoff, size, stop in product(
            self.p_saf_of_target,
            self.p_tox_of_target,
            self.elimination_cutoff,
            self.cohort_size,
            self.stop_n_at_dose,
        ):
            yield replace(
                base,
                p_saf=saf * base.target,
                p_tox=tox * base.target,
                elimination_cutoff=cutoff,
                cohort_size=size,
                stop_n_at_dose=stop,
            )


@dataclass(frozen=True, slots=True)
class TriedDesign:
    """One design of the grid, and the patients it needs on the training truths."""

    design: BOIN
    needed: Needed


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a search found.

    Attributes
    ----------
    ranked
        All designs, the fewest patients first; of equal numbers, and where none is enough, the higher average
        PCS at the best cap first.
    held_out
        Accuracy of the first of them on truths that the search did not see.
    held_out_needed
        Patients it needs on those: the honest number, as the search picks the luckiest of many.
    base
        The design the search started from.
    base_needed, base_held_out_needed
        What that needs on either set.
    """

    base: BOIN
    ranked: tuple[TriedDesign, ...]
    held_out: Accuracy
    held_out_needed: Needed
    base_needed: Needed
    base_held_out_needed: Needed

    @property
    def best(self) -> TriedDesign:
        """The design that needs the fewest patients on the training truths."""
        return self.ranked[0]


@dataclass(frozen=True, slots=True)
class Search:
    """What to calibrate for: truths to train on, others to judge by, limits, caps and grid.

    `correct` declares correct doses by name of truth, 0 for none; by default `measures.correct_dose`.
    `training_limits` are those on the truths trained on, by default `limits`.
    """

    training: Mapping[str, ArrayLike]
    held_out: Mapping[str, ArrayLike]
    limits: Limits = field(default_factory=Limits)
    caps: Iterable[int] = PROTOCOL_CAPS
    grid: BoinGrid = field(default_factory=BoinGrid)
    correct: Mapping[str, int] = field(default_factory=dict)
    training_limits: Limits | None = None

    def accuracy(self, design: BOIN, truths: Mapping[str, ArrayLike]) -> Accuracy:
        """Evaluate a design on some of the truths, at every cap."""
        declared = {name: level for name, level in self.correct.items() if name in truths}
        return accuracy(design, truths, self.caps, correct=declared)


def calibrate_boin(
    base: BOIN, search: Search, progress: Callable[[int, int], None] | None = None
) -> Calibration:
    """Search the grid for the BOIN that needs the fewest evaluable patients, exactly and without attrition.

    Raises
    ------
    SimulatorError
        No truth to hold out, or a truth both trained on and held out.
    DesignError
        A combination of the grid is no legal BOIN.
    """
    search = replace(search, caps=tuple(search.caps))
    trained = {tuple(map(float, _numbers(curve))) for curve in search.training.values()}
    shared = [
        name for name, curve in search.held_out.items() if tuple(map(float, _numbers(curve))) in trained
    ]
    if shared or not search.held_out:
        raise SimulatorError(f"held_out must name truths that are not trained on, got {shared or 'none'}")
    training = search.limits if search.training_limits is None else search.training_limits
    tried: list[TriedDesign] = []
    designs = list(search.grid.designs(base))
    for design in designs:
        tried.append(TriedDesign(design, search.accuracy(design, search.training).needed(training)))
        if progress is not None:
            progress(len(tried), len(designs))
    ranked = sorted(tried, key=_rank)
    held_out = search.accuracy(ranked[0].design, search.held_out)
    return Calibration(
        base=base,
        ranked=tuple(ranked),
        held_out=held_out,
        held_out_needed=held_out.needed(search.limits),
        base_needed=search.accuracy(base, search.training).needed(training),
        base_held_out_needed=search.accuracy(base, search.held_out).needed(search.limits),
    )


def _numbers(curve: ArrayLike) -> list[float]:
    numbers: list[float] = np.asarray(curve, dtype=np.float64).tolist()
    return numbers


def _rank(candidate: TriedDesign) -> tuple[float, float]:
    needed = candidate.needed
    return (float("inf") if needed.n is None else needed.n, -needed.best_average_pcs)
