"""Designs of the published tables, and designs that between them use every option."""

from typing import Final

from simulator.designs import (
    BLRM,
    BOIN,
    CRM,
    MTPI,
    MTPI2,
    APlusB,
    CumulativeCohort,
    DecisionTable,
    IThreePlusThree,
    Keyboard,
    ThreePlusThree,
)
from simulator.designs.decision_table import TableRow
from simulator.designs.design import Design
from simulator.designs.stopped import Stopped
from simulator.designs.stopping_rules import MinimumAtSelected, NAtLevel, Precision, TooToxic, TotalN
from simulator.designs.titrated import Titrated

VARIANTS: Final = {"A": (False, False), "B": (True, False), "C": (True, True)}
RISING: Final = (0.05, 0.10, 0.20, 0.30, 0.45)
MIDDLE: Final = (0.10, 0.30, 0.45, 0.60)


def three_plus_three(variant: str, n_doses: int) -> ThreePlusThree:
    """Return a published variant of 3+3."""
    de_escalation, confirm_six = VARIANTS[variant]
    return ThreePlusThree(n_doses=n_doses, de_escalation=de_escalation, confirm_six=confirm_six)


def published_boin(row: dict[str, str], n_doses: int) -> BOIN:
    """Return the BOIN of a row of a published table."""
    stop = int(row["stop_n_at_dose"]) if row["stop_n_at_dose"] else None
    return BOIN(
        n_doses=n_doses,
        target=float(row["target"]),
        cohort_size=int(row["cohort_size"]),
        max_n=int(row["cohorts"]) * int(row["cohort_size"]),
        start_dose=int(row["start_dose"]),
        elimination_cutoff=float(row["elimination_cutoff"]),
        extra_safe=row["extra_safe"] == "1",
        titration=row["titration"] == "1",
        stop_n_at_dose=stop,
        bound_mtd=row["bound_mtd"] == "1",
    )


TO_NINE: Final = (TableRow(3, 0, 2, 3), TableRow(6, 1, 3, 4), TableRow(9, 2, 4, 5))

# The three variants of 3+3, every option of BOIN, cohorts of 1 to 6, truncated last cohorts; then every other
# design that waits for complete cohorts, titration and every stopping rule around them.
CONFIGURATIONS: Final[tuple[tuple[Design, tuple[float, ...]], ...]] = (
    (three_plus_three("A", 5), RISING),
    (three_plus_three("B", 5), RISING),
    (three_plus_three("C", 5), RISING),
    (ThreePlusThree(n_doses=4, start_dose=2), MIDDLE),
    (ThreePlusThree(n_doses=4, unfinished="none"), (0.5, 0.6, 0.7, 0.8)),
    (BOIN(), RISING),
    (BOIN(titration=True), RISING),
    (BOIN(titration=True, stop_n_at_dose=9, extra_safe=True), (0.25, 0.35, 0.45, 0.55, 0.65)),
    (BOIN(stop_n_at_dose=12), RISING),
    (BOIN(extra_safe=True, extra_safe_offset=0.1), (0.35, 0.4, 0.5, 0.6, 0.7)),
    (BOIN(bound_mtd=True), RISING),
    (BOIN(n_doses=4, stay_on_one_of_three=True), MIDDLE),
    (BOIN(n_doses=4, start_dose=2), MIDDLE),
    (BOIN(n_doses=4, cohort_size=1, max_n=20, stop_n_at_dose=9), MIDDLE),
    (BOIN(n_doses=4, cohort_size=2, max_n=25), MIDDLE),
    (BOIN(n_doses=4, cohort_size=4, max_n=26), MIDDLE),
    (BOIN(n_doses=4, cohort_size=5, max_n=32, target=0.25), MIDDLE),
    (BOIN(n_doses=4, cohort_size=6, max_n=40, p_saf=0.15, p_tox=0.4), MIDDLE),
    (BOIN(n_doses=3, max_n=50, elimination_cutoff=0.9), (0.0, 0.3, 1.0)),
    (BOIN(n_doses=1, max_n=17), (0.45,)),
    (APlusB(n_doses=4, a=2, b=4, clear_if_at_most=2), MIDDLE),
    (Titrated(ThreePlusThree(n_doses=4)), MIDDLE),
    (Titrated(ThreePlusThree(n_doses=4), 1), MIDDLE),
    (Keyboard(n_doses=4, max_n=25, margin_high=0.1), MIDDLE),
    (Titrated(MTPI(n_doses=4)), MIDDLE),
    (Stopped(MTPI2(n_doses=4, cohort_size=2), (NAtLevel(8, "treated"), MinimumAtSelected(9))), MIDDLE),
    (IThreePlusThree(n_doses=4, target=0.25, start_dose=2), MIDDLE),
    (Stopped(Titrated(CumulativeCohort(n_doses=4)), (TooToxic(0.3, 0.9), TotalN(20))), MIDDLE),
    (DecisionTable(n_doses=4, rows=TO_NINE, stop_at_last_row=True), MIDDLE),
    (Stopped(BOIN(n_doses=4), (Precision(0.5), NAtLevel(12))), MIDDLE),
    (Titrated(CRM(n_doses=4, max_n=18)), MIDDLE),
    (CRM(n_doses=4, model="logistic", safety_cutoff=0.8, cohort_size=2), MIDDLE),
    (BLRM(n_doses=4, start_dose=2, stop_n_at_dose=9, stop_target_probability=0.4), MIDDLE),
)
