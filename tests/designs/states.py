"""Make states of trials for tests: by hand, and at random."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from simulator.designs.design import Action, Design, Observed
from simulator.designs.patient_records import PENDING, PatientRecords


def state(
    level: int,
    n: Sequence[int],
    dlt: Sequence[int],
    closed_from: int | None = None,
    last: tuple[int, int] = (0, 0),
) -> Observed:
    """Return one state; nothing closed unless given."""
    closed = len(n) + 1 if closed_from is None else closed_from
    one = np.array([[level], [last[0]], [last[1]], [closed]], dtype=np.int64)
    return Observed(one[0], np.array([n]), np.array([dlt]), one[1], one[2], one[3])


def stacked(states: Sequence[Observed]) -> Observed:
    """Return several states as one record."""
    fields = ("level", "n", "dlt", "last_n", "last_dlt", "closed_from")
    return Observed(*(np.concatenate([getattr(s, name) for s in states]) for name in fields))


@st.composite
def any_records(draw: st.DrawFn, n_doses: int, most: int = 14) -> PatientRecords:
    """Draw the patients of one state: any levels, DLTs and responses seen, missing or pending, in any order."""
    states, share = st.sampled_from((PENDING, 0, 0, 1)), st.sampled_from((0.0, 0.1, 0.25, 0.5, 0.75, 0.99))
    patients = st.tuples(st.integers(1, n_doses), states, share, states, share, st.booleans())
    rows = draw(st.lists(patients, max_size=most))
    columns = list(zip(*rows, strict=True)) or [()] * 6
    return PatientRecords.of(*columns)


@st.composite
def any_patient_states(draw: st.DrawFn, n_doses: int) -> Observed:
    """Draw a state of patients, reachable or not: a level from 1 on has patients, nothing has none."""
    patients = draw(any_records(n_doses))
    present = sorted(set(patients.level.ravel().tolist()))
    level = draw(st.sampled_from(present)) if present else 0
    closed = draw(st.integers(1, n_doses + 1))
    missing = draw(st.integers(0, 2))
    return Observed.of_patients(
        n_doses,
        np.array([level]),
        patients,
        np.array([closed]),
        cohort_missing=np.array([missing]),
        draw=np.array([draw(st.floats(0.001, 0.999))]),
    )


def stacked_patients(states: Sequence[Observed]) -> Observed:
    """Return several states of patients as one record."""

    def column(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(one, name) for one in states])

    return Observed.of_patients(
        states[0].n.shape[1],
        column("level"),
        PatientRecords.stacked([one.patients for one in states if one.patients is not None]),
        column("closed_from"),
        cohort_missing=column("cohort_missing"),
        draw=column("draw"),
    )


@st.composite
def any_states(draw: st.DrawFn, n_doses: int, largest_n: int = 13) -> Observed:
    """Draw a state with 0 <= dlt <= n, reachable or not."""
    n = draw(st.lists(st.integers(0, largest_n), min_size=n_doses, max_size=n_doses))
    dlt = [draw(st.integers(0, patients)) for patients in n]
    level, closed = draw(st.integers(0, n_doses)), draw(st.integers(1, n_doses + 1))
    return state(level, n, dlt, closed)


@st.composite
def walks(draw: st.DrawFn, design: Design, cohorts: int = 12) -> list[Observed]:
    """Draw the states of one trial the design conducts itself, before each decision, in order."""
    now = Observed.nothing(design.n_doses)
    seen = [now]
    for _ in range(cohorts):
        decision = design.decide(now)
        if decision.action[0] == Action.STOP:
            break
        level, size = int(decision.level[0]), int(decision.cohort_size[0])
        toxic = draw(st.integers(0, size))
        n, dlt = now.n.copy(), now.dlt.copy()
        n[0, level - 1] += size
        dlt[0, level - 1] += toxic
        now = state(level, n[0].tolist(), dlt[0].tolist(), int(decision.closed_from[0]), (size, toxic))
        seen.append(now)
    return seen
