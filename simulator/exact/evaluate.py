"""Exact operating characteristics of a complete-cohort design: no Monte Carlo error, attrition or clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from simulator import measures
from simulator.designs.design import Design, Floats, Ints, Reason
from simulator.errors import SimulatorError
from simulator.exact.decision_graph import DecisionGraph, compile_graph
from simulator.exact.exact_html import by_level, by_truth, exact_html, outcome
from simulator.exact.factored import Factored, Sums, factored
from simulator.exact.frontier import CAP_REACHED
from simulator.exact.memory import MEMORY_LIMIT_BYTES
from simulator.exact.state_measures import StateMeasures
from simulator.exact.truncation import selection_by_cap
from simulator.exact.truths import checked_probabilities, target_for_measures

if TYPE_CHECKING:
    import pandas as pd


def operating_characteristics(
    design: Design,
    p_dlt: ArrayLike,
    caps: Iterable[int] | None = None,
    p_response: ArrayLike | None = None,
    *,
    target: float | None = None,
    correct: ArrayLike | None = None,
    max_n: int | None = None,
) -> "OperatingCharacteristics":
    """Compute the operating characteristics of a design exactly, for one truth or many.

    "Exact" is: no Monte Carlo error, given complete outcomes, everybody treated at the assigned level, and
    the truth. For many calls with one design, `prepare` it once.

    Parameters
    ----------
    design
        Any design that reads only complete cohorts.
    p_dlt : (J,) or (truths, J)
        True DLT probability per level; 0 and 1 are legal.
    caps
        Numbers of evaluable patients for `by_cap` (one truth only); the design's own `max_n` is off there.
    p_response : (J,) or (truths, J)
        True response probability per level, for `expected_responses`.
    target
        DLT probability that measures refer to; the design's own by default, 0.30 where it has none (3+3).
    correct : () or (truths,)
        Correct dose declared by the truth, 0 for none; by default `measures.correct_dose`.
    max_n
        Cap on evaluable patients of everything but `by_cap`; the design's own by default.

    Raises
    ------
    DesignError
        The design looks at incomplete cohorts, a cap is out of range, or the states would not fit in memory.
    SimulatorError
        Probabilities, target or correct dose out of range.
    """
    prepared = prepare(design, max_n=max_n, caps=caps)
    return prepared.operating_characteristics(p_dlt, p_response, target=target, correct=correct)


def prepare(
    design: Design,
    *,
    max_n: int | None = None,
    caps: Iterable[int] | None = None,
    memory_limit_bytes: int = MEMORY_LIMIT_BYTES,
) -> "PreparedDesign":
    """Compile a design once, for any number of truths.

    Parameters as `operating_characteristics`; `memory_limit_bytes` is the memory compiling may take at its peak.

    Raises
    ------
    DesignError
        The design looks at incomplete cohorts, a cap is out of range, or the states would not fit in memory.
    """
    cap = design.max_n if max_n is None else max_n
    wanted = () if caps is None else tuple(sorted({int(one) for one in caps}))
    graph = compile_graph(design, [cap, *wanted], memory_limit_bytes)
    return PreparedDesign(design, cap, wanted, graph, factored(graph.ends(cap)))


@dataclass(frozen=True, slots=True)
class PreparedDesign:
    """A compiled design: `max_n` is the cap in force, `caps` those of `by_cap`."""

    design: Design
    max_n: int
    caps: tuple[int, ...]
    graph: DecisionGraph
    factored: Factored

    def operating_characteristics(
        self,
        p_dlt: ArrayLike,
        p_response: ArrayLike | None = None,
        *,
        target: float | None = None,
        correct: ArrayLike | None = None,
    ) -> "OperatingCharacteristics":
        """Evaluate one truth (J,) or many (truths, J); see the function `operating_characteristics`."""
        given = checked_probabilities("p_dlt", p_dlt, self.design.n_doses)
        truths = np.atleast_2d(given)
        if self.caps and given.ndim != 1:
            raise SimulatorError(f"caps: give one truth, p_dlt of shape (levels,), got shape {given.shape}")
        aim = target_for_measures(self.design, target)
        response = None
        if p_response is not None:
            response = checked_probabilities("p_response", p_response, self.design.n_doses)
            if response.ndim == 2 and response.shape != given.shape:
                raise SimulatorError(f"p_response must have shape {given.shape}, got {response.shape}")
        right = measures.correct_dose(truths, aim)
        if correct is not None:
            right = np.broadcast_to(np.asarray(correct, dtype=np.int64), right.shape)
            if np.any((right < 0) | (right > self.design.n_doses)):
                raise SimulatorError(
                    f"correct must be 0 (none) to {self.design.n_doses}, got {right.tolist()}"
                )
        return OperatingCharacteristics(self, truths, given.ndim == 1, aim, right, response)


@dataclass(frozen=True, slots=True)
class CountVariances:
    """Variances over trials of the numbers of patients and DLTs; the means are those of `OperatingCharacteristics`.

    Attributes
    ----------
    n_per_dose, dlt_per_dose : (..., J)
        Of patients treated, and of DLTs, at each level.
    total_n, total_dlt : (...)
        Of all patients treated, and of all DLTs.
    """

    n_per_dose: Floats
    dlt_per_dose: Floats
    total_n: Floats
    total_dlt: Floats


@dataclass(frozen=True)
class OperatingCharacteristics:
    """Exact results; every array has a leading axis of truths unless one truth (J,) was given.

    Measures are computed when first read. Conditional ones are nan where their condition has probability 0.
    """

    prepared: PreparedDesign
    truths: Floats
    single: bool
    target: float
    _correct: Ints
    _p_response: Floats | None

    @property
    def p_dlt(self) -> Floats:
        """True DLT probabilities, shape (..., J)."""
        return self._shaped(self.truths)

    @property
    def states(self) -> int:
        """Number of distinct end states, whatever the truth."""
        return len(self.prepared.factored.ends)

    @property
    def paths(self) -> int:
        """Number of distinct sequences of (level, DLT count) per cohort, whatever the truth."""
        return int(self.prepared.factored.ends.paths.sum())

    @property
    def selection(self) -> Floats:
        """P(level selected), shape (..., J + 1); [0] is none."""
        return self._by_label(self.prepared.factored.label_selection, self.truths.shape[1] + 1)

    @property
    def total_n(self) -> Floats:
        """P(total n patients treated), shape (..., max_n + 1)."""
        return self._by_label(self.prepared.factored.label_total, self.prepared.max_n + 1)

    @property
    def n_per_dose(self) -> Floats:
        """Expected patients per level, shape (..., J)."""
        return self._shaped(self._sums.n_per_dose.T)

    @property
    def dlt_per_dose(self) -> Floats:
        """Expected DLTs per level, shape (..., J): p E[n], as no decision looks ahead (Wald)."""
        expected: Floats = self.p_dlt * self.n_per_dose
        return expected

    @property
    def mean_total_n(self) -> Floats:
        """Expected patients treated, shape (...)."""
        mean: Floats = self.n_per_dose.sum(axis=-1)
        return mean

    @cached_property
    def variances(self) -> "CountVariances":
        """Variances of patients and DLTs, per level and in all."""
        ends = self.prepared.factored.ends
        n, dlt = ends.n.astype(np.float64), ends.dlt.astype(np.float64)
        counts = np.column_stack([n, n.sum(axis=1), dlt, dlt.sum(axis=1)])
        rows = []
        for probability in self.prepared.factored.states(self.truths):
            centred = counts - probability @ counts
            rows.append(probability @ centred**2)
        levels = n.shape[1]
        found = self._shaped(np.array(rows))
        return CountVariances(
            n_per_dose=found[..., :levels],
            total_n=found[..., levels],
            dlt_per_dose=found[..., levels + 1 : -1],
            total_dlt=found[..., -1],
        )

    @property
    def expected_responses(self) -> Floats:
        """Expected responders among treated patients, shape (...); needs `p_response`."""
        if self._p_response is None:
            raise SimulatorError(
                "expected_responses: give p_response, the true response probability per level"
            )
        responders: Floats = (self.n_per_dose * self._p_response).sum(axis=-1)
        return responders

    @property
    def correct_dose(self) -> Ints:
        """Correct dose of each truth, 0 for none, shape (...)."""
        return self._correct[0] if self.single else self._correct

    @property
    def pcs(self) -> Floats:
        """P(correct selection), none where none is correct, shape (...)."""
        selection = np.atleast_2d(self.selection)
        return self._shaped(np.take_along_axis(selection, self._correct[:, None], axis=1)[:, 0])

    @property
    def overdose_selection(self) -> Floats:
        """P(selected level has a risk above target + 0.05), shape (...)."""
        toxic = measures.overly_toxic(self.truths, self.target)
        return self._shaped((np.atleast_2d(self.selection)[:, 1:] * toxic).sum(axis=1))

    @property
    def patients_at_correct(self) -> Floats:
        """E[patients at the correct dose] / E[patients treated] (PCA), shape (...); nan where none is correct."""
        n = np.atleast_2d(self.n_per_dose)
        at = np.take_along_axis(n, np.maximum(self._correct, 1)[:, None] - 1, axis=1)[:, 0]
        return self._shaped(np.where(self._correct > 0, at / n.sum(axis=1), np.nan))

    @property
    def early_stop(self) -> dict[str, Floats]:
        """P(the design ended the trial below the cap), each (...), by kind: 'safety', 'precision', 'complete'."""
        kinds = (None, "safety", "precision", "complete")
        reasons = self.prepared.factored.label_reason.tolist()
        kind = np.array([kinds.index(None if r == CAP_REACHED else Reason(r).stop_kind) for r in reasons])
        probability = self._by_label(kind, len(kinds))
        return {name: probability.T[place] for place, name in enumerate(kinds) if name is not None}

    @cached_property
    def of_states(self) -> StateMeasures:
        """Measures that need every end state: allocation, and the estimate at the selected level."""
        return StateMeasures.of(
            self.prepared.factored, self.truths, self.target, self._correct, self.prepared.max_n, self.single
        )

    @cached_property
    def by_cap(self) -> "pd.DataFrame":
        """P(level selected) by cap on evaluable patients: index cap, columns 0 (none), 1..J. Needs `caps`."""
        import pandas as pd

        if not self.prepared.caps:
            raise SimulatorError("by_cap: give caps, numbers of evaluable patients such as range(15, 51)")
        selection = selection_by_cap(self.prepared.graph, self.prepared.caps, self.truths[0])
        index = pd.Index(self.prepared.caps, name="cap")
        return pd.DataFrame(selection, index=index, columns=range(selection.shape[1]))

    def _repr_html_(self) -> str:
        """Show the numbers in a notebook."""
        design = self.prepared.design
        size = (
            f"At most {self.prepared.max_n} patients; target {self.target:g}; {self.states:,} end states, "
            f"{self.paths:,} paths."
        )
        if self.single:
            numbers = by_level(
                self.p_dlt, int(self.correct_dose), self.selection, self.n_per_dose, self.dlt_per_dose
            )
            pcs, overdose, mean_n = map(float, (self.pcs, self.overdose_selection, self.mean_total_n))
            numbers += outcome(pcs, overdose, mean_n, self.early_stop)
        else:
            overdose_selection, mean_total_n = self.overdose_selection, self.mean_total_n
            numbers = by_truth(
                self.p_dlt, self.correct_dose, self.selection, self.pcs, overdose_selection, mean_total_n
            )
        return exact_html(design.name, repr(design), size, numbers)

    @cached_property
    def _sums(self) -> Sums:
        sums = self.prepared.factored.sums(self.truths)
        # A path lost or counted twice would show here, for any truth.
        if np.any(np.abs(sums.labels.sum(axis=0) - 1.0) > 1e-12):
            raise ArithmeticError("probabilities of the end states do not add up to 1")
        return sums

    def _by_label(self, value: Ints, values: int) -> Floats:
        """Add up label probabilities by an integer of the label."""
        added = np.zeros((values, len(self.truths)))
        for label, place in enumerate(value.tolist()):
            added[place] += self._sums.labels[label]
        return self._shaped(added.T)

    def _shaped(self, values: Floats) -> Floats:
        one: Floats = values[0] if self.single else values
        return one
