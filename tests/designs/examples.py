"""One example of every registered design: tests that hold for any design run over these."""

from typing import Final

from simulator.designs import BOIN, CRM, ThreePlusThree
from simulator.designs.design import Design

EXAMPLES: Final[dict[str, Design]] = {
    "3+3": ThreePlusThree(n_doses=4),
    "boin": BOIN(n_doses=4, stop_n_at_dose=12),
    "crm": CRM(n_doses=4),
}

# Further settings the same tests must hold for.
VARIANTS: Final[tuple[Design, ...]] = (
    *EXAMPLES.values(),
    ThreePlusThree(n_doses=3, de_escalation=False, confirm_six=False),
    ThreePlusThree(n_doses=4, start_dose=2, confirm_six=False, unfinished="none"),
    BOIN(n_doses=4, titration=True, extra_safe=True),
    BOIN(n_doses=3, start_dose=2, target=0.25, bound_mtd=True, stay_on_one_of_three=True),
    BOIN(n_doses=4, cohort_size=1, elimination_cutoff=0.6, target=0.1),
    BOIN(n_doses=1, cohort_size=2),
    CRM(n_doses=4, start_dose=2, restrict=False, safety_cutoff=0.8, target=0.25),
    CRM(n_doses=3, model="logistic", cohort_size=2, skeleton=(0.1, 0.25, 0.5)),
)
