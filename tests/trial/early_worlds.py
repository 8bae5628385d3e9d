"""Random trials of designs that look early, and the designs of complete cohorts that they are without delays."""

from dataclasses import replace
from typing import Final

from hypothesis import strategies as st

from simulator.designs import (
    BEBOIN,
    BFBOIN,
    BOIN,
    BOIN12,
    CFO,
    CRM,
    MTPI2,
    TITEBOIN,
    TITEBOIN12,
    TITECFO,
    TITECRM,
    IThreePlusThree,
    Keyboard,
    PendingPolicy,
    RollingSix,
    TITEKeyboard,
)
from simulator.designs.design import Design
from simulator.outcomes.outcomes import HaematologicalDlt
from simulator.trial.rules import MidCohort
from tests.trial.random_worlds import LEVELS, Drawn, scenarios

_SIZES: Final = ({"cohort_size": 1, "max_n": 12}, {"cohort_size": 2, "start_dose": 3}, {"cohort_size": 3})
_STOPS: Final = ({}, {"stop_n_at_dose": 9}, {"extra_safe": True})
_READINGS: Final = ({}, {"estimator": "2020"}, {"suspension": "chen2025"})


def _boin_pairs() -> list[tuple[Design, Design]]:
    return [
        (BOIN(n_doses=LEVELS, **size, **stop), TITEBOIN(n_doses=LEVELS, **size, **stop, **reading))  # type: ignore[arg-type]
        for size in _SIZES
        for stop in _STOPS
        for reading in _READINGS
    ]


def _policies(design: Design) -> list[tuple[Design, Design]]:
    return [(design, PendingPolicy(design, policy=policy)) for policy in ("wait", "look_ahead", "pod")]  # type: ignore[arg-type]


PAIRS: Final[list[tuple[Design, Design]]] = [
    *_boin_pairs(),
    *_policies(BOIN(n_doses=LEVELS, stop_n_at_dose=9)),
    *_policies(MTPI2(n_doses=LEVELS)),
    *_policies(IThreePlusThree(n_doses=LEVELS, cohort_size=2)),
    (Keyboard(n_doses=LEVELS), TITEKeyboard(n_doses=LEVELS)),
    (BOIN12(n_doses=LEVELS), TITEBOIN12(n_doses=LEVELS)),
    (CFO(n_doses=LEVELS), TITECFO(n_doses=LEVELS)),
    (CRM(n_doses=LEVELS, max_n=12), TITECRM(n_doses=LEVELS, max_n=12, cohort_size=3)),
    *((BOIN(n_doses=LEVELS), kind(n_doses=LEVELS)) for kind in (BFBOIN, BEBOIN)),
]
"""A design of complete cohorts, and the one that looks early and is the same where nothing is pending."""

EARLY: Final[list[Design]] = [
    *(early for _, early in PAIRS),
    *(RollingSix(n_doses=LEVELS, convention=convention) for convention in ("skolnik", "iq")),
    BOIN12(n_doses=LEVELS, cohort_size=1),
    *(BFBOIN(n_doses=LEVELS, backfill=first) for first in ("highest", "lowest", "random")),
    BFBOIN(n_doses=LEVELS, cohort_size=1, n_cap=4, stop_n_at_dose=9),
    BEBOIN(n_doses=LEVELS),
    TITECRM(n_doses=LEVELS),
    TITECRM(n_doses=LEVELS, max_pending=0.5, coherence=True),
    TITECFO(n_doses=LEVELS, max_pending=0.4, min_follow_up=0.25),
]

EARLY_BY_KIND: Final = {
    kind: [design for design in EARLY if type(design) is kind] for kind in dict.fromkeys(map(type, EARLY))
}
"""The same by kind, so that no kind is rare because another has many options."""

_NOBODY_CLOSES: Final = {"elimination_cutoff": 0.999999}
WAITING: Final[list[tuple[Design, Design]]] = [
    *(
        (BOIN(n_doses=LEVELS, **_NOBODY_CLOSES, **size), made(LEVELS, size))  # type: ignore[arg-type]
        for size in ({"cohort_size": 1, "max_n": 12}, {"cohort_size": 2, "stop_n_at_dose": 9}, {})
        for made in (
            lambda levels, size: PendingPolicy(BOIN(n_doses=levels, **_NOBODY_CLOSES, **size), policy="wait"),
            lambda levels, size: BFBOIN(n_doses=levels, **_NOBODY_CLOSES, **size),
        )
    )
]
"""A design of complete cohorts, and one that waits for the cohort: the same at any window. Those that wait close
levels at once, so that nobody closes any here; BF-BOIN only where nobody responds."""


@st.composite
def instant_pairs(draw: st.DrawFn) -> tuple[Drawn, Drawn]:
    """Draw a scenario whose outcomes are known at the infusion, under both designs of a pair."""
    drawn = draw(scenarios())
    complete, early = draw(st.sampled_from(PAIRS))
    rules = drawn.stages.rules.model_copy(update={"dlt_window_days": 0.0})
    instant = {"haematological_dlt": HaematologicalDlt.NONE, "response_day": 0.0}
    outcomes = drawn.stages.outcomes.model_copy(update=instant)
    stages = replace(drawn.stages, rules=rules, outcomes=outcomes)
    # Without a response nobody is backfilled.
    none = {"p_response": (0.0,) * LEVELS}
    truth = drawn.truth.model_copy(update=none) if isinstance(early, BFBOIN | BEBOIN) else drawn.truth
    drawn = replace(drawn, stages=stages, truth=truth)
    return replace(drawn, design=complete), replace(drawn, design=early)


@st.composite
def waiting_pairs(draw: st.DrawFn) -> tuple[Drawn, Drawn]:
    """Draw a scenario with any window, without a response, under both designs of a pair that waits."""
    drawn = draw(scenarios())
    complete, early = draw(st.sampled_from(WAITING))
    rules = drawn.stages.rules.model_copy(update={"mid_cohort": MidCohort.COMPLETE})
    truth = drawn.truth.model_copy(update={"p_response": (0.0,) * LEVELS})
    stages = replace(drawn.stages, rules=rules)
    return (
        replace(drawn, stages=stages, truth=truth, design=complete),
        replace(drawn, stages=stages, truth=truth, design=early),
    )


@st.composite
def early_scenarios(draw: st.DrawFn) -> Drawn:
    """Draw a scenario with a design that looks early, and responses that may be known before or after the window."""
    drawn = draw(scenarios())
    response_day = draw(st.sampled_from([0.0, 14.0, 28.0, 90.0]))
    outcomes = drawn.stages.outcomes.model_copy(update={"response_day": response_day})
    stages = replace(drawn.stages, outcomes=outcomes)
    kind = draw(st.sampled_from(list(EARLY_BY_KIND)))
    return replace(drawn, stages=stages, design=draw(st.sampled_from(EARLY_BY_KIND[kind])))
