"""Ask a design at the bedside: the next level from a trial so far, and the level selected at its end."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.designs.claims import reads_of
from simulator.designs.conduct_patients import observed_patients
from simulator.designs.conduct_reasons import reason_in_words
from simulator.designs.design import COMPLETE_COHORT_FIELDS, Action, Decision, Design, Observed, Reason
from simulator.designs.early_look import with_pending
from simulator.designs.outcomes_notation import Cohort, parse_outcomes
from simulator.designs.parameter_checks import MAX_PATIENTS, require_integer
from simulator.designs.patient_rows import WINDOW_DAYS, Windows, frame_columns, patient_rows
from simulator.errors import DesignError


@dataclass(frozen=True, slots=True)
class NextDose:
    """What to do next.

    Attributes
    ----------
    action
        "treat", "wait" or "stop".
    dose
        Level to treat, 1-based; 0 when stopping.
    reason
        Why, in words, and whether the design's planned size has been reached, or leaves less than a cohort.
    cohort_size
        Patients to treat before asking again; 0 unless treating.
    closed_from
        Lowest closed level; n_doses + 1 where none is closed.
    backfill_dose
        Level at which a patient who arrives now may be backfilled; 0 none.
    """

    action: str
    dose: int
    reason: str
    cohort_size: int
    closed_from: int
    backfill_dose: int = 0


def next_dose(
    design: Design,
    dose: int | None = None,
    n: Sequence[int] | None = None,
    dlt: Sequence[int] | None = None,
    outcomes: str | None = None,
    *,
    patients: object = None,
    window_days: float = WINDOW_DAYS,
    response_window_days: float | None = None,
    closed_from: int | None = None,
) -> NextDose:
    """Return what a design does next, from counts per level, from the cohorts in order, or from patients.

    With `outcomes`, one cohort a word ("1NNN 2NTN"), the design is asked after every cohort, so closed levels
    and the last cohort are carried; whether the cohorts followed its advice is not judged. With `dose` (the
    level treated last), `n` and `dlt`, the counts are judged as they stand. With neither: the start.

    Designs that look early are asked with `patients`.

    The planned size `design.max_n` does not stop the answer (the cap belongs to the trial, not to the rule);
    `reason` says when it has been reached.

    Parameters
    ----------
    dose
        The level treated last, 1-based. With `patients` by default that of the last row that is no backfill.
    n, dlt
        Patients and DLTs per level.
    outcomes
        The cohorts in order.
    patients
        A DataFrame with a row a patient: `level`, `dlt` (True, False, missing: pending), `followup_days`,
        `response`, `response_followup_days`, `backfill`; the first two are required, and follow-up of pending
        patients. The design is asked before each cohort, so the rows stand in the order of treatment; with `dose`
        they may stand in any order and are judged as they stand.
    window_days, response_window_days
        With `patients`: the DLT window, and that of the response, by default the same.
    closed_from
        With `patients`: the lowest level that was closed before; n_doses + 1 for none. By default it is judged on
        the rows.

    Raises
    ------
    DesignError
        For data that cannot be: a level off the ladder, more DLTs than patients, a wrong length.
    """
    if patients is None:
        observed = _observed(design, dose, n, dlt, outcomes)
    else:
        _refuse_counts(n, dlt, outcomes)
        windows = Windows.of(window_days, response_window_days)
        rows = patient_rows(frame_columns(patients), design.n_doses, windows)
        observed = observed_patients(design, rows, dose, closed_from)
    return answer_of(design, observed)


def answer_of(design: Design, observed: Observed) -> NextDose:
    """Return what a design does next in one state."""
    decision = _decided(design, observed)
    return _answer(design, observed, decision, Reason(int(decision.reason[0])).text)


def answer_in_words(design: Design, observed: Observed) -> NextDose:
    """Return the same with a reason for who reads it beside the data: one that holds for them."""
    decision = _decided(design, observed)
    return _answer(design, observed, decision, reason_in_words(design, observed, decision))


def _decided(design: Design, observed: Observed) -> Decision:
    if observed.level[0] == 0 and observed.n.any():
        raise DesignError("dose = None: with patients treated, give the level treated last, 1-based")
    return design.decide(observed)


def _answer(design: Design, observed: Observed, decision: Decision, reason: str) -> NextDose:
    return NextDose(
        action=Action(int(decision.action[0])).name.lower(),
        dose=int(decision.level[0]),
        reason=reason + _room_left(design, observed, int(decision.cohort_size[0])),
        cohort_size=int(decision.cohort_size[0]),
        closed_from=int(decision.closed_from[0]),
        backfill_dose=0 if decision.backfill_level is None else int(decision.backfill_level[0]),
    )


def selected_dose(
    design: Design,
    n: Sequence[int] | None = None,
    dlt: Sequence[int] | None = None,
    outcomes: str | None = None,
    *,
    dose: int | None = None,
    patients: object = None,
    window_days: float = WINDOW_DAYS,
    response_window_days: float | None = None,
    closed_from: int | None = None,
) -> int:
    """Return the level a design selects from a trial's data, 0 for none; patients and what follows as in `next_dose`.

    From counts alone the level treated last is taken to be the highest one with patients, which matters only
    to a design that depends on whether its trial has finished. Unfinished data follows the design's convention.

    Raises
    ------
    DesignError
        For data that cannot be, as in `next_dose`.
    """
    if patients is not None:
        _refuse_counts(n, dlt, outcomes)
        windows = Windows.of(window_days, response_window_days)
        rows = patient_rows(frame_columns(patients), design.n_doses, windows)
        return int(design.select(observed_patients(design, rows, dose, closed_from))[0])
    observed = _observed(design, None, n, dlt, outcomes)
    if observed.level[0] == 0 and observed.n.any():
        highest = int(np.flatnonzero(observed.n[0])[-1]) + 1
        observed = observed_counts(design, highest, observed.n[0].tolist(), observed.dlt[0].tolist())
    return int(design.select(observed)[0])


def _refuse_counts(n: object, dlt: object, outcomes: object) -> None:
    if n is not None or dlt is not None or outcomes is not None:
        raise DesignError("patients: give either patients, or outcomes, or n and dlt, not both")


def _observed(
    design: Design,
    dose: int | None,
    n: Sequence[int] | None,
    dlt: Sequence[int] | None,
    outcomes: str | None,
) -> Observed:
    """Turn either form of the question into one state."""
    require_complete_cohorts(design)
    if outcomes is not None:
        if dose is not None or n is not None or dlt is not None:
            raise DesignError("outcomes: give either outcomes, or dose, n and dlt, not both")
        return _replayed(design, parse_outcomes(outcomes, design.n_doses))
    if n is None and dlt is None and dose is None:
        return Observed.nothing(design.n_doses)
    if n is None or dlt is None:
        missing = "n" if n is None else "dlt"
        raise DesignError(f"{missing} = None: give n and dlt, each with {design.n_doses} counts")
    return observed_counts(design, dose, n, dlt)


def _replayed(design: Design, cohorts: Sequence[Cohort]) -> Observed:
    """Ask the design after every cohort but the last, so that a level once closed stays closed."""
    observed = Observed.nothing(design.n_doses)
    for cohort in cohorts:
        # Whether or not the cohort followed the decision before it, that decision closed levels.
        observed = after_cohort(observed, int(design.decide(observed).closed_from[0]), cohort)
    return observed


def after_cohort(observed: Observed, closed_from: int, cohort: Cohort) -> Observed:
    """Return the one state after a cohort; `closed_from` by the decision before it, followed or not."""
    n, dlt = observed.n.copy(), observed.dlt.copy()
    n[0, cohort.level - 1] += cohort.n
    dlt[0, cohort.level - 1] += cohort.dlt
    one = np.array([[cohort.level], [cohort.n], [cohort.dlt], [closed_from]], dtype=np.int64)
    return Observed(one[0], n, dlt, one[1], one[2], one[3])


def require_complete_cohorts(design: Design) -> None:
    """Raise DesignError for a design that reads more than cohorts with complete outcomes can say."""
    beyond = design.reads - COMPLETE_COHORT_FIELDS
    if beyond:
        raise DesignError(
            f"{design.name}: reads {', '.join(sorted(beyond))}, which neither counts nor cohorts can say: give"
            " patients, a row each (`simulator next-dose --data`; next_dose(design, patients=...))"
        )


def observed_counts(design: Design, dose: int | None, n: Sequence[int], dlt: Sequence[int]) -> Observed:
    """Check counts per level and turn them into one state; level 0 where `dose` is None."""
    by_cohort = reads_of(design) & {"last_n", "last_dlt"}
    if by_cohort:
        raise DesignError(
            f"{design.name}: reads {', '.join(sorted(by_cohort))}: give outcomes cohort by cohort"
        )
    if dose is not None:
        require_integer(design.name, "dose", dose, 1, design.n_doses)
    for name, counts in (("n", n), ("dlt", dlt)):
        if not isinstance(counts, Sequence | np.ndarray) or len(counts) != design.n_doses:
            raise DesignError(f"{name} = {counts!r}: must be a list of {design.n_doses} counts, one a level")
    for level, (treated, toxic) in enumerate(zip(n, dlt, strict=True), start=1):
        require_integer(design.name, f"n at level {level}", treated, 0, MAX_PATIENTS)
        require_integer(design.name, f"dlt at level {level}", toxic, 0)
        if toxic > treated:
            raise DesignError(f"dlt at level {level} = {toxic!r}: must be at most n = {treated!r}")
    nothing = Observed.nothing(design.n_doses)
    return Observed(
        level=np.array([dose or 0], dtype=np.int64),
        n=np.array([n], dtype=np.int64),
        dlt=np.array([dlt], dtype=np.int64),
        last_n=nothing.last_n,
        last_dlt=nothing.last_dlt,
        closed_from=nothing.closed_from,
    )


def _room_left(design: Design, observed: Observed, cohort_size: int) -> str:
    """Return in words what the planned size, of which backfill is none, leaves if less than the next cohort."""
    backfilled = 0 if observed.patients is None else int(observed.patients.backfill.sum())
    observed_n = int(with_pending(observed).total_n[0]) - backfilled
    if observed_n >= design.max_n:
        return f"; the planned size of {design.max_n} patients has been reached ({observed_n} observed)"
    left = design.max_n - observed_n
    if left < cohort_size:
        return f"; the planned size of {design.max_n} patients leaves room for {left}"
    return ""
