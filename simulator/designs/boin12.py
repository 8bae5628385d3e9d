"""BOIN12 (Lin et al. 2020): the dose by benefit and risk, once the outcomes of the cohort are complete."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from simulator.designs.benefit_risk_data import LevelData, complete_data, level_data
from simulator.designs.benefit_risk_pending import pending_levels
from simulator.designs.benefit_risk_rule import (
    Bools,
    Judged,
    Limits,
    closed_by,
    judged,
    next_level,
)
from simulator.designs.benefit_risk_sentences import admissible_sentences, move_sentences, utility_sentence
from simulator.designs.boin import BOIN
from simulator.designs.design import Decision, Floats, Ints, Observed, Reason
from simulator.designs.desirability import desirability
from simulator.designs.desirability_ranks import ranks_of_outcomes
from simulator.designs.early_look import waiting
from simulator.designs.obd_selection import LevelRows, best_level, lowest_of_best, mtd_of
from simulator.designs.parameter_checks import (
    MAX_DOSES,
    MAX_PATIENTS,
    require_between,
    require_choice,
    require_integer,
)
from simulator.designs.pending_levels import MOST_PATIENTS, PendingLevels
from simulator.designs.up_and_down import concluded
from simulator.designs.utility import (
    DEFAULT_UTILITIES,
    benchmark,
    checked_utilities,
    posterior_mean_utility,
)
from simulator.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd

MEAN_UTILITY: Final = "mean_utility"
ABOVE_BENCHMARK: Final = "above_benchmark"
ESCALATION: Final = "escalation"
_UP_TO_1: Final = (0.0, float(np.nextafter(1, 2)))


@dataclass(frozen=True, slots=True)
class BOIN12:
    """Phase I/II design by the trade-off of benefit and risk (Lin et al. 2020, JCO Precision Oncology 4, 1393-1402).

    Parameters
    ----------
    n_doses
        Dose levels, 1..20.
    phi_t, phi_e
        Highest acceptable DLT risk, which also gives the BOIN bounds; lowest acceptable response probability.
    utilities
        Of response without DLT, neither, both, DLT without response, in 0..100.
    n_star
        From so many patients on a DLT rate between the bounds no longer goes up.
    c_t, c_e
        A level is admissible where P(DLT risk > phi_t) < c_t and P(response < phi_e) < c_e under uniform priors; 1
        admits every level.
    p_saf, p_tox
        As of BOIN: 0.6 and 1.4 times phi_t if None.
    exploration_from
        Escalate to an untried level from so many patients at an admissible level on, with a DLT rate below lambda_d.
        None never.
    stop_n_at_dose
        Stop where this many are at the level and the decision would keep the trial there; None never.
    obd
        What `select` maximises over treated admissible levels up to the MTD: "mean_utility", "above_benchmark" (the
        desirability of the decisions), or "escalation" (as the latter, untried levels too, and level 1 where none is
        admissible: what the R package escalation 0.2.3 does).
    cohort_size, max_n, start_dose
        Patients per decision; patients of the design's own trial (the caller applies it); first level.

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    It waits while a DLT or a response of an infused patient is pending.
    """

    name: ClassVar[str] = "boin12"
    title: ClassVar[str] = "the Bayesian optimal interval phase I/II design (BOIN12)"
    references: ClassVar[tuple[str, ...]] = (
        "Lin R, Zhou Y, Yan F, Li D, Yuan Y. BOIN12: Bayesian optimal interval phase I/II trial design for "
        "utility-based dose finding in immunotherapy and targeted therapies. JCO Precision Oncology "
        "2020;4:1393-1402.",
    )
    selects_by_follow_up: ClassVar[bool] = True
    waits_for_outcomes: ClassVar[bool] = True
    waits_for_all: ClassVar[bool] = True
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from", "pending", "outcomes"})

    n_doses: int = 5
    phi_t: float = 0.35
    phi_e: float = 0.25
    utilities: tuple[float, float, float, float] = DEFAULT_UTILITIES
    n_star: int = 6
    c_t: float = 0.95
    c_e: float = 0.90
    p_saf: float | None = None
    p_tox: float | None = None
    exploration_from: int | None = 9
    stop_n_at_dose: int | None = None
    obd: str = MEAN_UTILITY
    cohort_size: int = 3
    max_n: int = 30
    start_dose: int = 1

    def __post_init__(self) -> None:
        """Refuse parameters outside their range."""
        require_integer(self.name, "n_doses", self.n_doses, 1, MAX_DOSES)
        for argument in ("max_n", "cohort_size", "n_star"):
            require_integer(self.name, argument, getattr(self, argument), 1, MAX_PATIENTS)
        for argument in ("exploration_from", "stop_n_at_dose"):
            if getattr(self, argument) is not None:
                require_integer(self.name, argument, getattr(self, argument), 1, MAX_PATIENTS)
        require_integer(self.name, "start_dose", self.start_dose, 1, self.n_doses)
        for argument in ("phi_t", "phi_e"):
            require_between(self.name, argument, getattr(self, argument), (0, 1), f"0 < {argument} < 1")
        for argument in ("c_t", "c_e"):
            require_between(self.name, argument, getattr(self, argument), _UP_TO_1, f"0 < {argument} <= 1")
        require_choice(self.name, "obd", self.obd, (MEAN_UTILITY, ABOVE_BENCHMARK, ESCALATION))
        object.__setattr__(self, "utilities", checked_utilities(self.name, self.utilities))
        self._check_bounds()
        self.check_options()

    def _check_bounds(self) -> None:
        try:
            BOIN(target=self.phi_t, p_saf=self.p_saf, p_tox=self.p_tox)
        except DesignError as error:
            raise DesignError(
                str(error).replace("boin:", f"{self.name}:").replace("target", "phi_t")
            ) from error

    def check_options(self) -> None:
        """Raise DesignError for an option outside its range that a design derived from this one adds."""
        return

    @property
    def target(self) -> float:
        """The highest acceptable DLT risk."""
        return self.phi_t

    @property
    def limits(self) -> Limits:
        """What the rule compares with."""
        return _limits(self)

    @property
    def counts_enrolled(self) -> bool:
        """Whether a level is excluded by all patients; with nobody pending that makes no difference."""
        return False

    def judge(self, data: LevelData) -> Judged:
        """Return which levels are admissible by their own data, (S, J)."""
        return judged(data, self.limits, data.dlt_known, data.response_known)

    def wait_for(self, data: LevelData, level: Ints) -> Ints:
        """Return the reason to wait for outcomes at the level (S,), or anywhere; 0 for none. Shape (S,)."""
        pending = (data.dlt_pending + data.response_pending).any(axis=1)
        return np.where(pending, Reason.WAIT_OUTCOME_UNDECIDED, 0).astype(np.int64)

    def decide(self, observed: Observed) -> Decision:
        """Wait for outcomes, else go where benefit and risk are best. All arrays (S,)."""
        data = level_data(observed, self.n_doses, self.utilities)
        current = np.where(observed.level == 0, self.start_dose, observed.level)
        begun = (observed.level > 0) & (observed.closed_from > 1)
        wait = np.where(begun, self.wait_for(data, current), 0)
        found = self.judge(data)
        # No level is closed for good on outcomes too few to decide on.
        closed = np.where(
            wait > 0, observed.closed_from, closed_by(found.too_toxic, data.n > 0, observed.closed_from)
        )
        level, reason = next_level(data, self.limits, current, found.admissible & self._below(closed))
        if self.stop_n_at_dose is not None:
            enough = data.n[np.arange(len(current)), current - 1] >= self.stop_n_at_dose
            reason[(level == current) & enough] = Reason.STOP_PRECISION
        size = np.full(level.shape, self.cohort_size, dtype=np.int64)
        return waiting(
            concluded(observed, self.start_dose, closed, level, size, reason),
            wait,
            np.minimum(current, closed - 1),
        )

    def pending_levels(self) -> PendingLevels:
        """Return by what levels are read where trials are compiled."""
        n, pending = (of.reshape(-1, 1) for of in np.indices((MOST_PATIENTS + 1, MOST_PATIENTS + 2)))
        none, some, known = np.zeros_like(n), np.ones_like(n), np.ones(n.shape)
        waits_from = []
        for dlt, response in ((pending, none), (none, pending)):
            data = LevelData(n, none, none, known, known, dlt, response, known)
            waits = self.wait_for(data, some[:, 0]) > 0
            waits_from.append((~waits).reshape(MOST_PATIENTS + 1, -1).sum(axis=1))
        read = self.sizes_read(np.arange(MOST_PATIENTS + 1))
        sizes = np.sum([said.astype(np.int64) << k for k, said in enumerate(read)], axis=0)
        dlts, responses = waits_from
        return pending_levels(
            self.limits,
            self.utilities,
            sizes,
            (dlts, responses),
            enrolled=self.counts_enrolled,
            selects=self.obd == MEAN_UTILITY,
        )

    def sizes_read(self, n: Ints) -> list[Bools]:
        """Return what is read of the patients at the current level, each (S,)."""
        sizes = (1, self.n_star, self.exploration_from, self.stop_n_at_dose)
        return [n >= size for size in sizes if size is not None]

    def select(self, observed: Observed) -> Ints:
        """Return the optimal biological dose, 0 for none. Shape (S,).

        Of the admissible treated levels up to the MTD (the isotonic DLT rate closest to phi_t) the one that `obd`
        calls best, the lowest of equal ones.
        """
        data = level_data(observed, self.n_doses, self.utilities)
        return self._selected(data, (observed.n > 0) & (data.dlt_known > 0), observed.closed_from)

    def selected_by_counts(self, counts: Ints, closed_from: Ints) -> Ints:
        """Return what `select` does with nothing pending. Shape (S,)."""
        data = complete_data(counts, self.utilities)
        return self._selected(data, data.n > 0, closed_from)

    def _selected(self, data: LevelData, treated: Bools, closed_from: Ints) -> Ints:
        found = self.judge(data)
        if self.obd == MEAN_UTILITY:
            value = posterior_mean_utility(data.quasi_events, data.n)
        else:
            value = desirability(data.quasi_events, data.n, self.limits.benchmark)
        of = LevelRows.of(data, treated, (found.too_toxic, found.futile), value)
        if self.obd != ESCALATION:
            best: Ints = np.asarray(best_level(of, closed_from, self.phi_t), dtype=np.int64)
            return best
        closed = closed_by(found.too_toxic, data.n > 0, closed_from)
        mtd = mtd_of(of, self.phi_t)
        candidates = found.admissible & self._below(closed) & (np.arange(1, self.n_doses + 1) <= mtd[:, None])
        best = lowest_of_best(value.T, candidates.T)
        return np.where((mtd > 0) & (closed > 1), np.maximum(best, 1), 0)

    def _below(self, closed: Ints) -> Bools:
        """Return which levels are below the lowest closed one. Shape (S, J)."""
        below: Bools = np.arange(1, self.n_doses + 1) < closed[:, None]
        return below

    def estimates(self, observed: Observed) -> dict[str, Floats]:
        """Return what the decision rests on, per level (S, J)."""
        data = level_data(observed, self.n_doses, self.utilities)
        return {
            "response rate": data.response_rate,
            "mean utility": 100 * posterior_mean_utility(data.quasi_events, data.n),
            "desirability": desirability(data.quasi_events, data.n, self.limits.benchmark),
        }

    def desirability_table(self, sizes: tuple[int, ...] = (0, 3, 6, 9)) -> "pd.DataFrame":
        """Return the table of rank-based desirability scores (RDS) for numbers of patients at one level.

        A row for each n in `sizes`, DLTs and responses: n, dlt, response, rds; the score is the rank of its
        desirability among the admissible outcomes of all these sizes, ties shared, <NA> where the outcome is not
        admissible. Adding a size changes every score, and no decision.

        Raises
        ------
        DesignError
            DLTs and responses do not settle the utility: `neither` and `both` must add up to the others.
        """
        return ranks_of_outcomes(self.name, self.limits, self.utilities, sizes)

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Raise DesignError: a decision depends on the desirability of the neighbouring levels."""
        raise DesignError(
            f"{self.name}: decision_table({max_n!r}): none: what follows depends on the data of the neighbouring"
            " levels; desirability_table() has the scores that are compared"
        )

    @property
    def aim(self) -> str:
        """What the design looks for, after "aims at"."""
        return (
            f"the best trade-off of benefit and risk with a DLT risk of at most {self.phi_t:g} and a response "
            f"probability of at least {self.phi_e:g}"
        )

    def statement(self) -> tuple[str, ...]:
        """Return utilities, admissible levels, moves, stops and selection in sentences for a protocol."""
        return statement_of(self)

    def pending_sentences(self) -> tuple[str, ...]:
        """Return what is done while outcomes are pending, in sentences for a protocol."""
        return ("The trial waits for every DLT and every response of the patients infused.",)

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry."""
        best, neither, both, worst = self.utilities
        return {
            "utilities": f"{best:g} response without DLT, {neither:g} neither, {both:g} both, {worst:g} DLT only",
            "benchmark": "halfway between 100 and the utility at both limits, endpoints independent there",
            "bounds": f"those of BOIN for {self.phi_t:g}, p_saf {_times(self.p_saf, 0.6)}, p_tox"
            f" {_times(self.p_tox, 1.4)}; a rate of lambda_d goes down",
            **self.readings(),
            "admissible": f"P(DLT risk > {self.phi_t:g}) < {self.c_t:g} and P(response < {self.phi_e:g}) <"
            f" {self.c_e:g}, uniform priors, each level by itself; untried levels are",
            "closed levels": "a level too toxic by its own data, once every tried level above it is too",
            "between the bounds": f"from {self.n_star} patients on the level above is no candidate",
            "exploration": "none"
            if self.exploration_from is None
            else f"from {self.exploration_from} patients at an admissible level on, below lambda_d: an untried level"
            " above is next",
            "destination": "admissible levels only, also when going down; none: stop",
            "equal desirability": "the higher level",
            "early stop": "never on patients at a level"
            if self.stop_n_at_dose is None
            else f"with {self.stop_n_at_dose} or more at the level, if the decision would keep the trial there",
            "MTD": f"unweighted isotonic DLT rate closest to {self.phi_t:g} over treated levels, ties to the higher",
            "selection": {
                MEAN_UTILITY: "treated admissible level up to the MTD with the highest posterior mean utility",
                ABOVE_BENCHMARK: "treated admissible level up to the MTD with the highest desirability",
                ESCALATION: "admissible level up to the MTD with the highest desirability, untried ones too; level 1"
                " where none is admissible",
            }[self.obd],
        }

    def readings(self) -> dict[str, str]:
        """Name the readings of pending outcomes."""
        return {"pending outcomes": "the trial waits for every DLT and response of the patients infused"}


def statement_of(design: BOIN12) -> tuple[str, ...]:
    """Return the rule of a design in sentences for a protocol."""
    limits, readings = design.limits, design.conventions()
    enough = f"Escalation ends early {readings['early stop']}."
    return (
        utility_sentence(design.utilities, limits.benchmark),
        *admissible_sentences(limits),
        *design.pending_sentences(),
        *move_sentences(limits),
        *((enough,) if design.stop_n_at_dose is not None else ()),
        "At the end the maximum tolerated dose is the treated level whose isotonic DLT rate is closest to "
        f"{design.phi_t:g}, of equally close ones the highest. The optimal biological dose is selected: the "
        f"{readings['selection']}{'' if design.obd == ESCALATION else '; none where there is no such level'}.",
    )


# By the whole design: a calendar decides thousands of times with the same few designs.
@lru_cache(maxsize=256)
def _limits(design: BOIN12) -> Limits:
    boin = BOIN(target=design.phi_t, p_saf=design.p_saf, p_tox=design.p_tox)
    return Limits(
        lambda_e=boin.lambda_e,
        lambda_d=boin.lambda_d,
        phi_t=design.phi_t,
        phi_e=design.phi_e,
        c_t=design.c_t,
        c_e=design.c_e,
        n_star=design.n_star,
        exploration_from=design.exploration_from,
        benchmark=benchmark(design.phi_t, design.phi_e, design.utilities),
    )


def _times(value: float | None, factor: float) -> str:
    return f"{factor:g} times it" if value is None else f"{value:g}"
