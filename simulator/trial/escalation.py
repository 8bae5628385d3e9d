"""The escalation of one trial: current cohort, data so far, and the design's decisions. No clock."""

from typing import Final, NamedTuple

import numpy as np

from simulator.designs.claims import reads_of
from simulator.designs.design import Action, Decision, Design, Observed, Reason
from simulator.errors import DesignError
from simulator.trial.cohort_rules import NO_LIMIT, NOT_HELD, missing_outcomes, room_after_cohort
from simulator.trial.early_memory import EarlyMemory


class Verdict(NamedTuple):
    """One decision of the design, in plain numbers."""

    action: Action
    level: int
    cohort_size: int
    closed_from: int
    reason: Reason
    backfill_level: int = 0


class Rulebook:
    """The design's `decide` and `select`, memoised on what the design reads; shared by many trials."""

    def __init__(self, design: Design) -> None:
        self.design: Final = design
        self.reads_last = reads_last(design)
        self._decisions: dict[tuple[int, ...], Verdict] = {}
        self.early_memory: Final[EarlyMemory[Verdict]] = EarlyMemory(design)
        self._selections: dict[tuple[int, ...], int] = {}

    def decide(
        self,
        level: int,
        n: list[int],
        dlt: list[int],
        last: tuple[int, int],
        closed_from: int,
        more_n: int = 0,
        more_dlt: int = 0,
    ) -> Verdict:
        """Return the design's decision at this state, with so many patients and DLTs more at the level."""
        if more_n:
            n, dlt = n.copy(), dlt.copy()
            n[level - 1] += more_n
            dlt[level - 1] += more_dlt
        # A key of what the design reads alone: trials that differ in the rest share the decision.
        seen = last if self.reads_last else (0, 0)
        key = (level, closed_from, *seen, *n, *dlt)
        verdict = self._decisions.get(key)
        if verdict is None:
            decision = ask(self.design, _observed(level, n, dlt, last, closed_from))
            verdict = Verdict(
                Action(int(decision.action[0])),
                int(decision.level[0]),
                int(decision.cohort_size[0]),
                int(decision.closed_from[0]),
                Reason(int(decision.reason[0])),
            )
            self._decisions[key] = verdict
        return verdict

    def select(
        self, level: int, n: list[int], dlt: list[int], last: tuple[int, int], closed_from: int
    ) -> int:
        """Return the design's selection at this state, 0 for none."""
        key = (level, closed_from, *last, *n, *dlt)
        selected = self._selections.get(key)
        if selected is None:
            selected = int(self.design.select(_observed(level, n, dlt, last, closed_from))[0])
            self._selections[key] = selected
        return selected


def reads_last(design: Design) -> bool:
    """Return whether the design reads what its last cohort showed."""
    return not reads_of(design).isdisjoint(("last_n", "last_dlt"))


def ask(design: Design, observed: Observed) -> Decision:
    """Return the design's decisions at complete cohorts; DesignError where it waits all the same."""
    decision = design.decide(observed)
    if np.any(decision.action == Action.WAIT):
        raise DesignError(
            f"design {design.name} waits with complete cohorts: the calendar model cannot run it"
        )
    return decision


def _observed(level: int, n: list[int], dlt: list[int], last: tuple[int, int], closed_from: int) -> Observed:
    """Return one state as the design reads it."""
    return Observed(
        level=np.array([level]),
        n=np.array([n]),
        dlt=np.array([dlt]),
        last_n=np.array([last[0]]),
        last_dlt=np.array([last[1]]),
        closed_from=np.array([closed_from]),
    )


class Escalation:
    """Data and current cohort of one trial under one design.

    Parameters
    ----------
    max_n
        DLT-evaluable patients at which escalation ends; None where the caller has no such cap.
    """

    def __init__(self, rulebook: Rulebook, max_n: int | None) -> None:
        self.rulebook: Final = rulebook
        self.max_n: Final = NO_LIMIT if max_n is None else max_n
        doses = rulebook.design.n_doses
        self.n = [0] * doses
        self.dlt = [0] * doses
        self.closed_from = doses + 1
        self.level = 0
        self.size = 0
        self.cohort_n = 0
        self.cohort_dlt = 0
        self.cohorts = 0
        self.total = 0
        self.held_level = NOT_HELD
        self.reason = Reason.START

    def hold_if_decided(self) -> bool:
        """Hold the cohort if every completion leads away from its level; return whether it is held.

        That is: to de-escalation, or to a stop that closes the level. A stop because the rule has found its
        level or has enough patients needs the outcomes still missing and holds nothing. `held_level` is then
        the highest level that a completion leads to, 0 if all lead to a stop.
        """
        if self.held_level == NOT_HELD and missing(self) and self.cohort_dlt:
            # The decision depends on the number of DLTs to come alone, not on who has them.
            leads_to, lacking = 0, missing(self)
            for more in range(lacking + 1):
                last = (self.cohort_n + lacking, self.cohort_dlt + more)
                verdict = self.rulebook.decide(
                    self.level, self.n, self.dlt, last, self.closed_from, lacking, more
                )
                stops = verdict.action == Action.STOP
                # A stop that does not close the level needs the outcomes still missing, as does staying.
                if verdict.closed_from > self.level if stops else verdict.level >= self.level:
                    return False
                leads_to = max(leads_to, 0 if stops else verdict.level)
            self.held_level = leads_to
        return self.held_level != NOT_HELD

    def decide(self) -> Verdict | None:
        """Ask the design and open the next cohort; None where max_n is reached: the design is not asked."""
        if self.total >= self.max_n:
            return None
        last = (self.cohort_n, self.cohort_dlt)
        verdict = self.rulebook.decide(self.level, self.n, self.dlt, last, self.closed_from)
        self.closed_from = min(self.closed_from, verdict.closed_from)  # once closed, closed for good
        self.reason = verdict.reason
        if verdict.action == Action.TREAT:
            self.level = verdict.level
            self.size = min(verdict.cohort_size, self.max_n - self.total)
            self.cohorts += 1
            self.cohort_n = self.cohort_dlt = 0
            self.held_level = NOT_HELD
        return verdict

    def select(self) -> int:
        """Return the design's selection on the data so far, 0 for none."""
        last = (self.cohort_n, self.cohort_dlt)
        return self.rulebook.select(self.level, self.n, self.dlt, last, self.closed_from)


def missing(escalation: Escalation) -> int:
    """Return the outcomes that the cohort still lacks; 0 once the cohort is held."""
    return missing_outcomes(escalation.size, escalation.cohort_n, escalation.held_level)


def room(escalation: Escalation) -> int:
    """Return the patients that may follow the current cohort before max_n."""
    return room_after_cohort(escalation.max_n, escalation.total, missing(escalation))


def count(escalation: Escalation, level: int, dlt: bool, in_cohort: bool) -> None:
    """Enter one complete outcome at a level."""
    escalation.n[level - 1] += 1
    escalation.dlt[level - 1] += dlt
    escalation.total += 1
    if in_cohort:
        escalation.cohort_n += 1
        escalation.cohort_dlt += dlt
