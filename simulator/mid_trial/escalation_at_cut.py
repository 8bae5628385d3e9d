"""The escalation at the cut date: the patients so far replayed, with what is not recorded drawn."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Design
from simulator.mid_trial.cut import Cut
from simulator.mid_trial.early_replay import EarlyReplay
from simulator.mid_trial.escalation_replay import EscalationReplay
from simulator.mid_trial.escalation_state import EscalationState
from simulator.mid_trial.matching_pathways import (
    ready_day,
)
from simulator.outcomes.outcomes import Truth
from simulator.randomness import Block, Purpose, Streams
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.early_looks import looks_early
from simulator.trial.follow_up import DoseRisks, FollowUp, follow
from simulator.trial.intake import Stages
from simulator.trial.ledger import NEVER, Exit
from simulator.trial.run import new_escalation
from simulator.trial.setting import Setting, used_pass

Floats = NDArray[np.float64]

FOLLOW_TRIES: Final = 200
OUTCOME_TRIES: Final = 20
"""Draws of outcomes that are not recorded, tried for one under which what was done is what the rules ask."""
_FIRST_DRAW_OF_OUTCOMES: Final = 10


class Chance:
    """Uniforms of one replicate: a pure function of patient and draw."""

    def __init__(self, streams: Streams, replicate: int) -> None:
        self._streams = streams
        self._replicate = replicate

    def of(self, number: int, draw: int = 0) -> Floats:
        """Return four uniforms."""
        block = Block(self._replicate, 0, number, 1)
        return np.asarray(self._streams.uniforms(Purpose.UNDER_WAY, block, draw)[0], dtype=np.float64)


def departures(cut: Cut, stages: Stages, design: Design, truth: Truth) -> list[tuple[int, str]]:
    """Return what was done otherwise than the design would have it: position of the patient, and what.

    Nothing where outcomes are not recorded: then they are drawn.
    """
    if not cut.outcomes_recorded:
        return []
    risks = dose_risks(truth, stages.outcomes, stages.rules.dose_levels)
    chance = Chance(Streams(0), 0)
    return escalation_at_cut(cut, setting(stages, stages.outcomes), design, risks, chance).departures


def escalation_at_cut(
    cut: Cut, rules: Setting, design: Design, risks: DoseRisks, chance: Chance
) -> EscalationState:
    """Replay the patients so far. Outcomes that are not recorded are drawn so that the rules were followed."""
    best: EscalationState | None = None
    for attempt in range(1 if cut.outcomes_recorded else OUTCOME_TRIES):

        def drawn(number: int, level: int, infused_day: float, attempt: int = attempt) -> FollowUp:
            return _follow(cut, rules, risks, chance, number, level, infused_day, attempt)

        escalation = new_escalation(rulebook(design), used_pass(rules.rules))
        if looks_early(design):
            found = EarlyReplay(escalation, rules, risks, drawn, cut.day).run(cut.treated)
        else:
            found = EscalationReplay(escalation, rules, drawn, cut.day).run(cut.treated)
        # Fewest departures: outcomes under which what was done is nearest to what the rules ask.
        if best is None or len(found.departures) < len(best.departures):
            best = found
        if not best.departures:
            break
    assert best is not None
    return best


def _follow(
    cut: Cut,
    rules: Setting,
    risks: DoseRisks,
    chance: Chance,
    number: int,
    level: int,
    infused_day: float,
    attempt: int,
) -> FollowUp:
    """Draw what follows an infusion, given that the outcome is not known at the cut where outcomes are recorded.

    A patient whose window is over and whose outcome is not recorded is taken to have no DLT, known at the cut.
    """
    pool = cut.pool
    since = ready_day(cut.history.patients[number]) - infused_day
    elapsed = cut.day - infused_day
    for k in range(FOLLOW_TRIES):
        draw = _FIRST_DRAW_OF_OUTCOMES + attempt * FOLLOW_TRIES + k
        i = int(chance.of(number, draw)[0] * len(pool.ready_day))
        death = float(pool.death[i]) + since
        if death <= 0:
            continue  # dead before the infusion that was given: not this patient
        share = pool.candidates.dosing.dose[i]
        at = risks.at(level, share, pool.candidates.outcomes.dlt_odds[i])
        found = follow(rules.observation, pool.candidates.outcomes, i, at, share, death)
        if not cut.outcomes_recorded or found.day > elapsed:
            return found
    day = max(rules.observation.window_days, elapsed)
    return FollowUp(day, False, True, Exit.NO_DLT, False, False, NEVER)
