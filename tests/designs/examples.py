"""One example of every registered design: tests that hold for any design run over these."""

from typing import Final

from simulator.designs import (
    BEBOIN,
    BFBOIN,
    BLRM,
    BOIN,
    BOIN12,
    CFO,
    CRM,
    MTPI,
    MTPI2,
    TITEBOIN,
    TITEBOIN12,
    TITECFO,
    TITECRM,
    APlusB,
    CumulativeCohort,
    DecisionTable,
    IThreePlusThree,
    Keyboard,
    PendingPolicy,
    RollingSix,
    ThreePlusThree,
    TITEKeyboard,
)
from simulator.designs.decision_table import TableRow
from simulator.designs.design import Design
from simulator.designs.level_too_toxic import LevelTooToxic
from simulator.designs.stopped import Stopped
from simulator.designs.stopping_rules import MinimumAtSelected, NAtLevel, Precision, TooToxic, TotalN
from simulator.designs.titrated import Titrated

# A table as protocols print them: decisions at 3, 6, 9 and 12 patients, none treated beyond.
TO_TWELVE: Final = (
    TableRow(3, 0, 2, 3),
    TableRow(6, 1, 3, 4),
    TableRow(9, 2, 4, 5),
    TableRow(12, 2, 5, 7),
)

# Designs that wait for complete cohorts: the exact engine, the sampler and conduct by cohorts take these.
COMPLETE: Final[dict[str, Design]] = {
    "3+3": ThreePlusThree(n_doses=4),
    "boin": BOIN(n_doses=4, stop_n_at_dose=12),
    "crm": CRM(n_doses=4),
    "blrm": BLRM(n_doses=4),
    "a+b": APlusB(n_doses=4, a=2, b=3, clear_if_at_most=2),
    "keyboard": Keyboard(n_doses=4),
    "mtpi": MTPI(n_doses=4),
    "mtpi-2": MTPI2(n_doses=4),
    "i3+3": IThreePlusThree(n_doses=4),
    "ccd": CumulativeCohort(n_doses=4),
    "table": DecisionTable(n_doses=4, rows=TO_TWELVE, stop_at_last_row=True),
    "cfo": CFO(n_doses=4),
}

# Designs that look early: they read patients, and conduct by patients takes them.
EARLY: Final[dict[str, Design]] = {
    "rolling-6": RollingSix(n_doses=4),
    "tite-boin": TITEBOIN(n_doses=4, stop_n_at_dose=12),
    "tite-keyboard": TITEKeyboard(n_doses=4),
    "bf-boin": BFBOIN(n_doses=4, stop_n_at_dose=12),
    "be-boin": BEBOIN(n_doses=4, stop_n_at_dose=12),
    "tite-crm": TITECRM(n_doses=4),
    "tite-cfo": TITECFO(n_doses=4),
    "boin12": BOIN12(n_doses=4),
    "tite-boin12": TITEBOIN12(n_doses=4),
}

EXAMPLES: Final[dict[str, Design]] = {**COMPLETE, **EARLY}

# Further settings for which what holds of every design that looks early must hold.
EARLY_VARIANTS: Final[tuple[Design, ...]] = (
    *EARLY.values(),
    RollingSix(n_doses=3, start_dose=2, convention="iq"),
    RollingSix(n_doses=1, unfinished="none"),
    TITEBOIN(n_doses=3, target=0.25, estimator="2020", extra_safe=True, start_dose=2),
    TITEBOIN(n_doses=3, suspension="chen2025", follow_up_weights=(0.2, 0.3, 0.5), cohort_size=1),
    TITEBOIN(n_doses=3, estimator="2020", suspension="lin2020", stop_n_at_dose=6, elimination_cutoff=0.8),
    TITEKeyboard(n_doses=3, estimator="2018", suspension="yuan2018", max_pending=0.25, min_follow_up=0.5),
    PendingPolicy(BOIN(n_doses=4, stop_n_at_dose=9, extra_safe=True)),
    PendingPolicy(BOIN(n_doses=3, start_dose=2), policy="look_ahead"),
    PendingPolicy(MTPI2(n_doses=4, target=0.25), policy="pod", q_escalate=0.85),
    PendingPolicy(IThreePlusThree(n_doses=3), policy="pod", probabilities="integrated"),
    PendingPolicy(DecisionTable(n_doses=3, rows=TO_TWELVE, stop_at_last_row=True), policy="look_ahead"),
    Stopped(PendingPolicy(Keyboard(n_doses=3), "look_ahead"), (TooToxic(0.3, cutoff=0.8), TotalN(12))),
    Titrated(TITEBOIN(n_doses=3)),
    BFBOIN(n_doses=3, target=0.25, backfill="random", stay_on_one_of_three=True, extra_safe=True, n_cap=6),
    BFBOIN(n_doses=3, conflict="bfboin", backfill="lowest", start_dose=2, stay_on_one_of_three=True),
    BEBOIN(n_doses=3, target=0.25, backfill="random", suspension="yuan2018", extra_safe=True, n_cap=5),
    TITECRM(n_doses=3, weights="adaptive", coherence=True, max_pending=0.5, cohort_size=3, safety_cutoff=0.8),
    TITECRM(n_doses=3, model="logistic", min_follow_up=0.25, target=0.2, safety_cutoff=None, start_dose=2),
    TITECFO(n_doses=3, target=0.2, max_pending=0.5, min_follow_up=0.5, stop_n_at_dose=6, cohort_size=2),
    BOIN12(n_doses=3, phi_t=0.3, utilities=(100, 30, 50, 0), exploration_from=None, stop_n_at_dose=9, c_e=1),
    BOIN12(n_doses=3, c_t=1, obd="above_benchmark", start_dose=2),
    TITEBOIN12(n_doses=3, admissibility="enrolled", max_pending_response=1, max_pending_dlt=0, cohort_size=2),
)

# Further settings for which what holds of every design of complete cohorts must hold.
VARIANTS: Final[tuple[Design, ...]] = (
    *COMPLETE.values(),
    ThreePlusThree(n_doses=3, de_escalation=False, confirm_six=False),
    ThreePlusThree(n_doses=4, start_dose=2, confirm_six=False, unfinished="none"),
    BOIN(n_doses=4, titration=True, extra_safe=True),
    BOIN(n_doses=3, start_dose=2, target=0.25, bound_mtd=True, stay_on_one_of_three=True),
    BOIN(n_doses=4, cohort_size=1, elimination_cutoff=0.6, target=0.1),
    BOIN(n_doses=1, cohort_size=2),
    CRM(n_doses=4, start_dose=2, restrict=False, safety_cutoff=0.8, target=0.25),
    APlusB(n_doses=3, a=1, b=2, expand_if_at_most=1, clear_if_at_most=1, confirm_full=False),
    APlusB(n_doses=3, a=4, b=2, escalate_if_at_most=1, expand_if_at_most=2, clear_if_at_most=3),
    Keyboard(n_doses=3, target=0.1, margin_low=0.08, cohort_size=2, elimination_min_n=1),
    MTPI(n_doses=3, target=0.2, epsilon_high=0.1, elimination_cutoff=0.8),
    MTPI2(n_doses=3, target=0.25, cohort_size=1),
    IThreePlusThree(n_doses=3, target=0.25, elimination_cutoff=None),
    CumulativeCohort(n_doses=3, delta=0.05, elimination_cutoff=0.9, start_dose=2),
    CFO(n_doses=3, target=0.2, cohort_size=2, start_dose=2, elimination_cutoff=0.8, stop_n_at_dose=9),
    Titrated(Keyboard(n_doses=4, start_dose=2)),
    Titrated(ThreePlusThree(n_doses=4)),
    Titrated(BOIN(n_doses=4), 1),
    Titrated(CRM(n_doses=4)),
    Stopped(BOIN(n_doses=4, extra_safe=True), (TooToxic(0.3, cutoff=0.8), TotalN(20))),
    Stopped(Titrated(MTPI2(n_doses=4)), (NAtLevel(9), Precision(0.5))),
    Stopped(BOIN(n_doses=4), (NAtLevel(9, "treated"), MinimumAtSelected(12))),
    Stopped(CRM(n_doses=4), (LevelTooToxic(0.3, by="model", cutoff=0.8), TotalN(18), MinimumAtSelected(9))),
    Stopped(Titrated(BLRM(n_doses=3)), (LevelTooToxic(0.3, cutoff=0.8),)),
    Stopped(CumulativeCohort(n_doses=3), (LevelTooToxic(0.3, min_n=2, cutoff=0.7),)),
    CRM(n_doses=3, model="logistic", cohort_size=2, skeleton=(0.1, 0.25, 0.5)),
    BLRM(
        n_doses=3,
        doses=(0.2, 0.5, 2),
        cohort_size=2,
        start_dose=2,
        stop_n_at_dose=6,
        stop_target_probability=0.5,
    ),
)
