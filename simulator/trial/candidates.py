"""The patients whom a trial meets: those who become eligible with a cleared donor, with all that befalls them."""

from dataclasses import dataclass

from simulator.trial.dosing import DosingDraws
from simulator.trial.follow_up import OutcomeLists
from simulator.trial.ledger import Exit
from simulator.trial.patient import Patient
from simulator.trial.product import ProductDraws


@dataclass(frozen=True, slots=True)
class Candidates:
    """One replicate's patients as a trial reads them: lists of length (candidates,), in order of readiness.

    Attributes
    ----------
    horizon_days
        How far the patients reach.
    site, index
        Who they are: site, and number within the site.
    leaves_day, leaves_for
        The earliest of death, withdrawal and progression.
    queues
        Whether the patient waits where no slot is open.
    products, dosing, outcomes
        Their draws.
    """

    horizon_days: float
    site: list[int]
    index: list[int]
    ready_day: list[float]
    expiry_day: list[float]
    death_day: list[float]
    leaves_day: list[float]
    leaves_for: list[Exit]
    queues: list[bool]
    bridged: list[bool]
    products: ProductDraws
    dosing: DosingDraws
    outcomes: OutcomeLists

    def patient(self, i: int) -> Patient:
        """Return candidate i, new to a trial."""
        return Patient(
            i,
            f"{self.site[i] + 1}-{self.index[i] + 1}",
            self.death_day[i],
            self.leaves_day[i],
            self.leaves_for[i],
            self.expiry_day[i],
        )
