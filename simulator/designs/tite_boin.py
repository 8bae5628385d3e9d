"""TITE-BOIN: BOIN that counts pending patients by their follow-up (Yuan et al. 2018; Lin & Yuan 2020)."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

from simulator.designs.boin import BOIN
from simulator.designs.design import Ints
from simulator.designs.follow_up_design import FollowUpDesign
from simulator.designs.follow_up_limits import RealBounds
from simulator.designs.follow_up_sentences import RATE, pending_sentences
from simulator.designs.interval_design import Elimination, Selection
from simulator.designs.statement import CLOSED_BY_ALL
from simulator.designs.up_and_down import MAX_INT
from simulator.errors import DesignError


@dataclass(frozen=True, slots=True)
class TITEBOIN(FollowUpDesign):
    """Time-to-event BOIN (Yuan et al. 2018, Clin Cancer Res 24, 4921-4930; Lin & Yuan 2020, Biostatistics 21).

    Parameters
    ----------
    n_doses, target, cohort_size, max_n, start_dose, estimator, suspension, max_pending, min_follow_up
        As of every `FollowUpDesign`; follow_up_weights too.
    p_saf, p_tox, elimination_cutoff, extra_safe, extra_safe_offset, stop_n_at_dose, bound_mtd
        As of `BOIN`. All patients infused at a level count towards elimination and towards the stop.

    Raises
    ------
    DesignError
        For a parameter outside its range.
    """

    name: ClassVar[str] = "tite-boin"
    title: ClassVar[str] = "the time-to-event Bayesian optimal interval design (TITE-BOIN)"
    references: ClassVar[tuple[str, ...]] = (
        "Yuan Y, Lin R, Li D, Nie L, Warren KE. Time-to-event Bayesian optimal interval design to accelerate "
        "phase I trials. Clinical Cancer Research 2018;24:4921-4930.",
        "Lin R, Yuan Y. Time-to-event model-assisted designs for dose-finding trials with delayed toxicity. "
        "Biostatistics 2020;21:807-824.",
    )

    p_saf: float | None = None
    p_tox: float | None = None
    elimination_cutoff: float = 0.95
    extra_safe: bool = False
    extra_safe_offset: float = 0.05
    stop_n_at_dose: int | None = None
    bound_mtd: bool = False

    def check_options(self) -> None:
        """Refuse options outside their range."""
        FollowUpDesign.check_options(self)
        try:
            _boin(self)
        except DesignError as error:
            raise DesignError(str(error).replace(BOIN.name, self.name, 1)) from None

    @property
    def elimination(self) -> Elimination:
        """When a level closes."""
        return _boin(self).elimination

    @property
    def selection(self) -> Selection:
        """The isotonic estimates of BOIN."""
        return _boin(self).selection

    @property
    def stop_n(self) -> int:
        """Patients at a level where the trial would stay, at which it stops."""
        return MAX_INT if self.stop_n_at_dose is None else self.stop_n_at_dose

    def bounds(self, n: Ints) -> tuple[Ints, Ints]:
        """Return the bounds of BOIN, which decide where nobody at the level is pending."""
        return _boin(self).bounds(n)

    def stop_at_least(self, n: Ints) -> Ints | None:
        """Return the smallest count that closes level 1."""
        return _boin(self).stop_at_least(n)

    def dlt_bounds(self, enrolled: Ints) -> RealBounds:
        """Return lambda_e n and lambda_d n."""
        boin = _boin(self)
        return RealBounds(boin.lambda_e * enrolled, boin.lambda_d * enrolled)

    def size_bounds(self, dlt: Ints) -> RealBounds:
        """Return y / lambda_e and y / lambda_d."""
        boin = _boin(self)
        return RealBounds((1 / boin.lambda_e) * dlt, (1 / boin.lambda_d) * dlt)

    def rule_sentences(self) -> tuple[str, ...]:
        """Return the boundaries with their numbers, and what is done while outcomes are pending."""
        return (_boin(self).moves(RATE), *pending_sentences(self))

    def stop_sentences(self) -> tuple[str, ...]:
        """Return elimination by all patients, and the stop for enough of them."""
        closing = replace(_boin(self), stop_n_at_dose=None).stop_sentences()
        enough = f"Escalation ends early {self.readings()['early stop']}."
        return (*closing, CLOSED_BY_ALL, *((enough,) if self.stop_n_at_dose is not None else ()))

    def readings(self) -> dict[str, str]:
        """Name the readings of the boundaries and of BOIN's options."""
        boin = _boin(self).conventions()
        kept = ("escalation boundary", "de-escalation boundary", "extra safety at level 1", "selection bound")
        early = "never on patients at a level"
        if self.stop_n_at_dose is not None:
            early = (
                f"with {self.stop_n_at_dose} or more at the level just treated, pending ones included, if the"
                " decision would keep the trial there; not while it waits"
            )
        return {name: boin[name] for name in kept} | {"early stop": early}


# By the whole design: a calendar asks thousands of times with the same few designs.
@lru_cache(maxsize=256)
def _boin(design: TITEBOIN) -> BOIN:
    """Return the design of complete cohorts."""
    return BOIN(
        n_doses=design.n_doses,
        target=design.target,
        cohort_size=design.cohort_size,
        max_n=design.max_n,
        start_dose=design.start_dose,
        p_saf=design.p_saf,
        p_tox=design.p_tox,
        elimination_cutoff=design.elimination_cutoff,
        extra_safe=design.extra_safe,
        extra_safe_offset=design.extra_safe_offset,
        stop_n_at_dose=design.stop_n_at_dose,
        bound_mtd=design.bound_mtd,
    )
