"""The Bayesian optimal interval design, BOIN (Liu & Yuan 2015), read as the R package BOIN 2.7.2 reads it."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from simulator.designs.boundary_tables import EQUAL_WITHIN, smallest_count_above
from simulator.designs.design import Decision, Ints, Observed, Reason
from simulator.designs.interval_design import Elimination, IntervalDesign, Selection, shared_conventions
from simulator.designs.parameter_checks import MAX_PATIENTS, require_between, require_flag, require_integer
from simulator.designs.statement import moves_by
from simulator.designs.titration import titration_step
from simulator.designs.up_and_down import MAX_INT, closed_from, concluded, move
from simulator.errors import DesignError


@dataclass(frozen=True, slots=True)
class Boundaries:
    """The bounds at one n; None where no count reaches them."""

    n: int
    escalate_if_at_most: int
    deescalate_if_at_least: int
    eliminate_if_at_least: int | None
    stop_at_level_1_if_at_least: int | None


@dataclass(frozen=True, slots=True)
class BOIN(IntervalDesign):
    """Bayesian optimal interval design (Liu & Yuan 2015, Applied Statistics 64, 507-523).

    Parameters
    ----------
    n_doses, target, cohort_size, max_n, start_dose
        As of every `IntervalDesign`.
    p_saf, p_tox
        Highest risk that is underdosing, lowest that is overdosing; 0.6 and 1.4 times the target if None.
    elimination_cutoff
        Close a level and all above where P(p > target) exceeds it, from 3 patients on, under a uniform prior.
    extra_safe, extra_safe_offset
        Judge level 1 at elimination_cutoff - extra_safe_offset.
    titration
        One patient a level from level 1 (whatever start_dose) until the first DLT or the top level, whose
        cohort is then filled. Cohorts of 1 are that already, so cohort_size = 1 turns it off.
    stop_n_at_dose
        Stop where this many are at the level and the decision would keep the trial there; None never.
    bound_mtd
        Select only a level whose estimate is at most lambda_d.
    stay_on_one_of_three
        Stay at 1 DLT of 3, unless that eliminates the level.

    Raises
    ------
    DesignError
        For a parameter outside its range.
    """

    name: ClassVar[str] = "boin"
    title: ClassVar[str] = "the Bayesian optimal interval design (BOIN)"
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from"})
    references: ClassVar[tuple[str, ...]] = (
        "Liu S, Yuan Y. Bayesian optimal interval designs for phase I clinical trials. Journal of the Royal "
        "Statistical Society, Series C (Applied Statistics) 2015;64:507-523.",
    )

    p_saf: float | None = None
    p_tox: float | None = None
    elimination_cutoff: float = 0.95
    extra_safe: bool = False
    extra_safe_offset: float = 0.05
    titration: bool = False
    stop_n_at_dose: int | None = None
    bound_mtd: bool = False
    stay_on_one_of_three: bool = False

    def check_options(self) -> None:
        """Refuse options outside their range."""
        if self.stop_n_at_dose is not None:
            require_integer(self.name, "stop_n_at_dose", self.stop_n_at_dose, 1, MAX_PATIENTS)
        for flag in ("extra_safe", "titration", "bound_mtd", "stay_on_one_of_three"):
            require_flag(self.name, flag, getattr(self, flag))
        if self.p_saf is not None:
            legal = f"0 < p_saf < target = {self.target}"
            require_between(self.name, "p_saf", self.p_saf, (0, self.target), legal)
        if self.p_tox is not None:
            legal = f"target = {self.target} < p_tox < 1"
            require_between(self.name, "p_tox", self.p_tox, (self.target, 1), legal)
        elif 1.4 * self.target >= 1:
            raise DesignError(
                f"{self.name}: target = {self.target!r}: default p_tox = 1.4 * target must be below 1: give p_tox"
            )
        cutoff = self.elimination_cutoff
        require_between(self.name, "elimination_cutoff", cutoff, (0, 1), "0 < elimination_cutoff < 1")
        legal = f"0 < extra_safe_offset < elimination_cutoff = {cutoff}"
        require_between(self.name, "extra_safe_offset", self.extra_safe_offset, (0, cutoff), legal)

    @property
    def lambda_e(self) -> float:
        """Highest DLT rate at which to escalate (Liu & Yuan 2015, equation 1, with equal priors)."""
        target, safe = self.target, 0.6 * self.target if self.p_saf is None else self.p_saf
        return math.log((1 - safe) / (1 - target)) / math.log(target * (1 - safe) / (safe * (1 - target)))

    @property
    def lambda_d(self) -> float:
        """DLT rate above which to de-escalate; at it the trial stays (equation 2, with equal priors)."""
        target, toxic = self.target, 1.4 * self.target if self.p_tox is None else self.p_tox
        return math.log((1 - target) / (1 - toxic)) / math.log(toxic * (1 - target) / (target * (1 - toxic)))

    @property
    def elimination(self) -> Elimination:
        """When a level closes: from 3 patients at it on."""
        return Elimination(self.elimination_cutoff)

    @property
    def selection(self) -> Selection:
        """The isotonic estimates of BOIN, with `bound_mtd` none above lambda_d."""
        return Selection(at_most=self.lambda_d if self.bound_mtd else None)

    def bounds(self, n: Ints) -> tuple[Ints, Ints]:
        """Return the bounds as BOIN 2.7.2 `get.boundary` does.

        It escalates at y <= floor(lambda_e n) and de-escalates at y >= ceil(lambda_d n), or one more where
        lambda_d n is an integer (y / n = lambda_d stays), but never later than elimination. One departure,
        without effect at cutoffs in use: a count that eliminates never escalates.
        """
        escalate = np.floor(self.lambda_e * n + EQUAL_WITHIN).astype(np.int64)
        deescalate = np.floor(self.lambda_d * n + EQUAL_WITHIN).astype(np.int64) + 1
        # At a target of 0.25, for one, 1 DLT of 3 would de-escalate.
        if self.stay_on_one_of_three:
            escalate[n == 3] = np.minimum(escalate[n == 3], 0)
            deescalate[n == 3] = np.maximum(deescalate[n == 3], 2)
        return escalate, deescalate

    def stop_at_least(self, n: Ints) -> Ints | None:
        """Return the smallest count that closes level 1, at a stricter cutoff with `extra_safe`."""
        if not self.extra_safe:
            return None
        return smallest_count_above(self.target, self.elimination_cutoff - self.extra_safe_offset, n)

    @property
    def _titrates(self) -> bool:
        return self.titration and self.cohort_size > 1

    def boundaries(self, n: int) -> Boundaries:
        """Return the bounds with `n` patients at the level, n >= 1."""
        require_integer(self.name, "n", n, 1, MAX_PATIENTS)
        tables = self.boundary_tables(n)
        eliminate, stop = int(tables.eliminate_at_least[n]), int(tables.stop_at_least[n])
        return Boundaries(
            n=n,
            escalate_if_at_most=int(tables.escalate_at_most[n]),
            deescalate_if_at_least=int(tables.deescalate_at_least[n]),
            eliminate_if_at_least=eliminate if eliminate <= n else None,
            stop_at_level_1_if_at_least=stop if stop <= n else None,
        )

    @property
    def stop_n(self) -> int | None:
        """Patients at a level where the trial would stay, at which it stops; None with titration."""
        if self._titrates:
            return None
        return MAX_INT if self.stop_n_at_dose is None else self.stop_n_at_dose

    def closing_dlts(self, most: int) -> Ints | None:
        """Return the DLTs that close level 1 and each other level; None with titration, which reads every level."""
        return None if self._titrates else self.boundary_tables(most).closing(most)

    def decide(self, observed: Observed) -> Decision:
        """Return what to do next, in the order of `get.oc`: eliminate, stop early, move. All arrays (S,)."""
        tables = self.boundary_tables(observed.n.max(initial=0))
        closed = closed_from(observed, tables)
        first = 1 if self._titrates else self.start_dose
        current = np.where(observed.level > 0, observed.level, first)
        stop_n = MAX_INT if self.stop_n_at_dose is None else self.stop_n_at_dose
        # As `get.oc`: patients are counted at the level just treated, before any move.
        level, reason = move(observed, current, closed, tables, stop_n)
        size = np.full(level.shape, self.cohort_size, dtype=np.int64)
        if self._titrates:
            step = titration_step(observed, closed)
            level[step.titrating] = (step.level + step.up)[step.titrating]
            size[step.up | step.repeat] = 1
            size[step.fill] = self.cohort_size - 1  # the titration patient is the first of the cohort
            reason[step.titrating] = Reason.FILL_COHORT
            reason[step.up] = Reason.TITRATE
        return concluded(observed, first, closed, level, size, reason)

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry."""
        shared = shared_conventions(self)
        return {
            **self.readings(),
            "elimination": shared["elimination"],
            "extra safety at level 1": f"judged at the elimination cutoff minus {self.extra_safe_offset:g}"
            if self.extra_safe
            else "none: judged like any other level",
            "early stop": shared["early stop"]
            if self.stop_n_at_dose is None
            else f"with {self.stop_n_at_dose} or more at the level just treated, before any move, if the"
            " decision would keep the trial there",
            "titration": "one patient a level from level 1, whatever the start level, until the first DLT or"
            " the top level, whose cohort is then filled"
            if self._titrates
            else "none",
            "move": shared["move"],
            "last cohort": "truncated to the cap; no early stop after it; selection judges elimination again",
            "selection": shared["selection"],
            "selection ties": shared["selection ties"],
            "selection bound": "only estimates of at most lambda_d" if self.bound_mtd else "none",
        }

    def moves(self, rate: str) -> str:
        """Return the sentence on moves by a rate, with the boundaries in numbers."""
        safe = 0.6 * self.target if self.p_saf is None else self.p_saf
        toxic = 1.4 * self.target if self.p_tox is None else self.p_tox
        return moves_by(
            rate,
            f"is at most lambda_e = {self.lambda_e:.3f}",
            f"is above lambda_d = {self.lambda_d:.3f}",
            f"otherwise (boundaries for a highest underdosing risk of {safe:.4g} and a lowest overdosing risk of "
            f"{toxic:.4g})",
        )

    def rule_sentences(self) -> tuple[str, ...]:
        """Return the boundaries with their numbers, and what changes them."""
        boundaries = self.moves("the observed DLT rate at the current level")
        stays = "With 1 DLT of 3 patients the level is kept, unless that closes it."
        titrates = f"Titration: {self.conventions()['titration']}."
        return (
            boundaries,
            *((stays,) if self.stay_on_one_of_three else ()),
            *((titrates,) if self._titrates else ()),
        )

    def stop_sentences(self) -> tuple[str, ...]:
        """Return elimination, the stricter cutoff at level 1, and the stop for enough patients."""
        stricter = self.elimination_cutoff - self.extra_safe_offset
        safer = f"Level 1 is closed at a probability above {stricter:g} already."
        enough = f"Escalation ends early {self.conventions()['early stop']}."
        return (
            *IntervalDesign.stop_sentences(self),
            *((safer,) if self.extra_safe else ()),
            *((enough,) if self.stop_n_at_dose is not None else ()),
        )

    def readings(self) -> dict[str, str]:
        """Name the readings of the boundaries."""
        safe = "0.6 times the target" if self.p_saf is None else f"{self.p_saf:g}"
        toxic = "1.4 times the target" if self.p_tox is None else f"{self.p_tox:g}"
        return {
            "escalation boundary": f"p_saf is {safe}; a DLT rate of exactly lambda_e escalates",
            "de-escalation boundary": f"p_tox is {toxic}; a DLT rate of exactly lambda_d stays",
            "one DLT of three": "stays, unless it eliminates the level"
            if self.stay_on_one_of_three
            else "judged by the boundaries like any other count",
        }
