"""Many trials in lockstep through `decide`, without a clock.

The trials with the same number of patients advance together. A design decides once per distinct state, never
per trial: each trial carries the index of its state, and a cohort is one look-up in a table of (state, DLTs).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.designs.design import Design, Floats, Ints
from simulator.errors import DesignError, SimulatorError
from simulator.exact.frontier import (
    CAP_REACHED,
    MAX_PATIENTS,
    Rows,
    Steps,
    after_cohort,
    close_levels,
    decide,
    merge,
    select,
    start,
)
from simulator.randomness import Block, Purpose, Streams, from_words

PATIENTS_PER_DRAW: Final = 64  # of one trial in one `draw`: 16 counters of four words
TRIALS_AT_ONCE: Final = 2**15  # drawn and stepped together by `simulate`: fits a cache, changes no number


@dataclass(frozen=True, slots=True)
class Sampled:
    """What happened in each simulated trial.

    Attributes
    ----------
    selection : (trials,)
        Recommended level, 0 for none.
    n, dlt : (trials, J)
        Patients and DLTs per level.
    total_n : (trials,)
        Patients treated.
    reason : (trials,)
        Code of `Reason` of the design's stop, or `CAP_REACHED` (-1).
    patient_level, patient_dlt : (trials, patients), optional
        Level (0 where not treated) and DLT of each patient, in order of treatment.
    """

    selection: Ints
    n: Ints
    dlt: Ints
    total_n: Ints
    reason: Ints
    patient_level: NDArray[np.int8] | None = None
    patient_dlt: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.selection)


@dataclass(frozen=True, slots=True)
class _Group:
    """Trials with the same number of patients: their numbers, and the row of each one's state."""

    rows: Rows
    trial: Ints
    state: Ints


def simulate(
    design: Design,
    p_dlt: ArrayLike,
    trials: int,
    seed: int,
    max_n: int | None = None,
    *,
    patients: bool = False,
) -> Sampled:
    """Simulate trials of a complete-cohort design with draws of their own.

    Patient j of trial t has word j mod 4 of the Philox block with counter (16 t + (j mod 64) // 4 + 1,
    j // 64, 0, Purpose.SAMPLER). A trial is therefore the same whatever the number of trials, and its first
    patients are the same whatever `max_n`.

    Parameters
    ----------
    design
        Any design that reads only complete cohorts.
    p_dlt : (J,)
        True DLT probability per level.
    trials
        Number of trials, at least 1.
    seed
        Any non-negative integer.
    max_n
        Cap on DLT-evaluable patients, at most 255; the design's own by default.
    patients
        Also return level and DLT of each patient.

    Raises
    ------
    DesignError
        The design looks at incomplete cohorts, or the cap is out of range.
    SimulatorError
        Illegal probabilities or number of trials.
    """
    cap = _checked_cap(design, max_n)
    if trials < 1:
        raise SimulatorError(f"trials must be at least 1, got {trials}")
    streams = Streams(seed)
    parts = []
    for first in range(0, trials, TRIALS_AT_ONCE):
        uniforms = draw_uniforms(streams, first, min(TRIALS_AT_ONCE, trials - first), cap)
        parts.append(sample(design, p_dlt, uniforms, cap, patients=patients))
    return _joined(parts)


def draw_uniforms(streams: Streams, first_trial: int, trials: int, patients: int) -> Floats:
    """Return the uniforms of `simulate` for consecutive trials, shape (trials, patients)."""
    counters = PATIENTS_PER_DRAW // 4
    block = Block(replicate=0, site=0, first=counters * first_trial, count=counters * trials)
    uniforms = np.empty((trials, patients))
    for draw, first in enumerate(range(0, patients, PATIENTS_PER_DRAW)):
        words = streams.words(Purpose.SAMPLER, block, draw).reshape(trials, PATIENTS_PER_DRAW)
        uniforms[:, first : first + PATIENTS_PER_DRAW] = from_words(words[:, : patients - first])
    return uniforms


def sample(
    design: Design, p_dlt: ArrayLike, uniforms: Floats, max_n: int | None = None, *, patients: bool = False
) -> Sampled:
    """Run one trial per row of uniforms through a complete-cohort design.

    Parameters
    ----------
    p_dlt : (J,)
        True DLT probability per level.
    uniforms : (trials, patients)
        One number in [0, 1) per patient, in order of treatment: a DLT at level d is u < p(d).
    max_n
        Cap on DLT-evaluable patients; the design's own by default. Uniforms beyond it are not read.
    patients
        Also return level and DLT of each patient.

    Raises
    ------
    DesignError
        The design looks at incomplete cohorts, or the cap is out of range.
    SimulatorError
        Illegal probabilities, or fewer uniforms than the cap needs.
    """
    cap = _checked_cap(design, max_n)
    p = np.asarray(p_dlt, dtype=np.float64)
    if p.shape != (design.n_doses,) or not np.all((p >= 0) & (p <= 1)):
        raise SimulatorError(f"p_dlt must be {design.n_doses} probabilities from 0 to 1, got {p.tolist()}")
    if uniforms.ndim != 2 or uniforms.shape[0] < 1 or uniforms.shape[1] < cap:
        raise SimulatorError(f"uniforms must have shape (trials, {cap} or more), got {uniforms.shape}")
    return _Run(design, p, uniforms, cap, patients).run()


class _Run:
    """One call of `sample` under way."""

    def __init__(self, design: Design, p_dlt: Floats, uniforms: Floats, cap: int, patients: bool) -> None:
        self.design, self.p_dlt, self.uniforms, self.cap = design, p_dlt, uniforms, cap
        trials, levels = len(uniforms), design.n_doses
        self.counts = np.zeros((trials, levels), dtype=np.uint16)
        self.selection = np.zeros(trials, dtype=np.int64)
        self.reason = np.zeros(trials, dtype=np.int64)
        self.patient_level = np.zeros((trials, cap), dtype=np.int8) if patients else None
        self.patient_dlt = np.zeros((trials, cap), dtype=np.bool_) if patients else None
        everyone = np.arange(trials)
        self.pending: dict[int, list[_Group]] = {
            0: [_Group(start(design), everyone, np.zeros_like(everyone))]
        }

    def run(self) -> Sampled:
        for total in range(self.cap + 1):
            groups = self.pending.pop(total, [])
            if not groups:
                continue
            group = _merged(groups)
            if total == self.cap:
                self._end(group, group.rows, np.full(len(group.rows), CAP_REACHED, dtype=np.int16))
            else:
                self._advance(group, total)
        n = (self.counts >> 8).astype(np.int64)
        dlt = (self.counts & 255).astype(np.int64)
        return Sampled(
            self.selection, n, dlt, n.sum(axis=1), self.reason, self.patient_level, self.patient_dlt
        )

    def _advance(self, group: _Group, total: int) -> None:
        """Decide for every state; end the trials that stop and treat the next cohort of the others."""
        steps = decide(self.design, group.rows)
        if np.any(steps.stop):
            stopped = steps.stop[group.state]
            ended = _Group(group.rows, group.trial[stopped], group.state[stopped])
            self._end(ended, close_levels(self.design, group.rows, steps.closed_from), steps.reason)
        sizes = np.unique(steps.size[~steps.stop]).tolist()
        for size in sizes:
            treated = group
            if len(sizes) > 1 or np.any(steps.stop):
                which = (steps.size == size)[group.state]
                treated = _Group(group.rows, group.trial[which], group.state[which])
            cut = min(size, self.cap - total)
            self.pending.setdefault(total + cut, []).append(self._treat(treated, steps, total, cut))

    def _treat(self, group: _Group, steps: Steps, total: int, size: int) -> _Group:
        level = steps.level[group.state]
        risk = np.append(0.0, self.p_dlt)[level]  # levels are 1-based; 0 is no level
        outcomes = [self._dlt(group.trial, total + k, level, risk) for k in range(size)]
        key = group.state * (size + 1)
        for outcome in outcomes:
            key += outcome
        present = np.zeros(len(group.rows) * (size + 1), dtype=np.bool_)
        present[key] = True
        keys = np.flatnonzero(present)
        place = np.cumsum(present) - 1
        which, dlt = np.divmod(keys, size + 1)
        rows = after_cohort(self.design, group.rows, steps, which, size, dlt.astype(np.uint16))
        return _Group(rows, group.trial, place[key])

    def _dlt(self, trial: Ints, patient: int, level: NDArray[np.uint16], risk: Floats) -> NDArray[np.bool_]:
        everyone = len(trial) == len(self.uniforms)  # then in their own order, and a slice is enough
        uniform = self.uniforms[:, patient] if everyone else self.uniforms[trial, patient]
        dlt: NDArray[np.bool_] = uniform < risk
        if self.patient_level is not None and self.patient_dlt is not None:
            self.patient_level[trial, patient] = level
            self.patient_dlt[trial, patient] = dlt
        return dlt

    def _end(self, group: _Group, rows: Rows, reason: NDArray[np.int16]) -> None:
        if not len(group.trial):
            return
        present = np.zeros(len(rows), dtype=np.bool_)
        present[group.state] = True
        selected = np.zeros(len(rows), dtype=np.int16)
        selected[present] = select(self.design, rows[present])
        self.counts[group.trial] = rows[:, : self.design.n_doses][group.state]
        self.selection[group.trial] = selected[group.state]
        self.reason[group.trial] = reason[group.state]


def _merged(groups: list[_Group]) -> _Group:
    """Bring trials together that came from cohorts of different sizes, and keep them in their own order."""
    if len(groups) == 1:
        rows, trial, state = groups[0].rows, groups[0].trial, groups[0].state
    else:
        first = np.cumsum([0, *(len(group.rows) for group in groups[:-1])])
        rows = np.concatenate([group.rows for group in groups])
        trial = np.concatenate([group.trial for group in groups])
        state = np.concatenate([group.state + offset for group, offset in zip(groups, first, strict=True)])
        order = np.argsort(trial, kind="stable")
        trial, state = trial[order], state[order]
    merged = merge(rows)
    return _Group(merged.rows, trial, merged.index()[state])


def _checked_cap(design: Design, max_n: int | None) -> int:
    cap = design.max_n if max_n is None else max_n
    if not 1 <= cap <= MAX_PATIENTS:
        raise DesignError(f"max_n must be from 1 to {MAX_PATIENTS}, got {cap}")
    return cap


def _joined(parts: list[Sampled]) -> Sampled:
    levels = [part.patient_level for part in parts if part.patient_level is not None]
    outcomes = [part.patient_dlt for part in parts if part.patient_dlt is not None]
    return Sampled(
        selection=np.concatenate([part.selection for part in parts]),
        n=np.concatenate([part.n for part in parts]),
        dlt=np.concatenate([part.dlt for part in parts]),
        total_n=np.concatenate([part.total_n for part in parts]),
        reason=np.concatenate([part.reason for part in parts]),
        patient_level=np.concatenate(levels) if levels else None,
        patient_dlt=np.concatenate(outcomes) if outcomes else None,
    )
