"""Patients made by hand: who is ready when, what happens to each, and trials run on them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from simulator.designs.design import Design
from simulator.outcomes.outcomes import OutcomeParameters, Truth
from simulator.trial.candidates import Candidates
from simulator.trial.dosing import DosingDraws, DosingParameters, Recheck
from simulator.trial.escalation import Rulebook
from simulator.trial.follow_up import DoseRisks, OutcomeLists
from simulator.trial.intake import Intake
from simulator.trial.ledger import NEVER, Exit, State
from simulator.trial.product import Batch, ProductDraws, ProductParameters
from simulator.trial.rules import TrialRules
from simulator.trial.run import run_trial
from simulator.trial.screening import Pathways
from simulator.trial.setting import Pass, Setting, used_pass
from simulator.trial.trial_state import Log, Trial

T = TypeVar("T")
HORIZON_DAYS = 1e6
NO_DLT = 1 - 2.0**-53
"""A toxicity draw below no risk but 1."""


@dataclass(frozen=True, slots=True)
class Made:
    """One patient: ready on a day, with the draws that decide what becomes of them. Days after `ready`
    where a name says `after`; else days of the step itself.
    """

    ready: float
    toxicity: float = NO_DLT
    onset: float = 0.0
    dies_after: float = NEVER
    leaves_after: float = NEVER
    leaves_for: Exit = Exit.PROGRESSED
    expires_after: float = 28.0
    queues: bool = True
    to_leukapheresis: tuple[float, ...] = (0.0, 0.0, 0.0)
    manufacture: tuple[float, ...] = (0.0, 0.0, 0.0)
    release: tuple[float, ...] = (0.0, 0.0, 0.0)
    batches: tuple[Batch, ...] = (Batch.RELEASED,) * 3
    other_donor_workup: float = 0.0
    donor_fails: tuple[bool, bool] = (False, False)
    recheck: Recheck = Recheck.GO
    recheck_delay: float = 0.0
    dose: float = 1.0
    aplasia: float = NO_DLT
    fatal: bool = False
    response: float = NO_DLT
    mrd_negative: bool = False
    consolidated: bool = False
    consolidative: float = 45.0
    rescued: bool = False
    rescue_share: float = 0.5
    new_therapy: bool = False
    new_therapy_share: float = 0.5
    dlt_odds: float = 1.0


def intake_of(patients: Sequence[Made]) -> Intake:
    """Return an intake of these patients, all referred and ready on their days, in order of readiness."""
    count = len(patients)
    ready = np.array([made.ready for made in patients])
    assert (np.diff(ready) >= 0).all()
    never = np.full(count, NEVER)
    leaves = [min(made.dies_after, made.leaves_after) for made in patients]
    return Intake(
        replicate=0,
        paths=Pathways(
            referred_day=ready,
            prescreened_day=ready,
            consented_day=ready,
            eligible_day=ready,
            ready_day=ready,
            exit_day=never,
            reason=np.full(count, -1),
            state=np.full(count, int(State.READY)),
            criterion=np.full(count, -1),
            failed=np.zeros(count, dtype=np.uint32),
            rescreened=np.zeros(count, dtype=bool),
            death_day=ready + [made.dies_after for made in patients],
            withdrawal_day=never,
            progression_day=ready + [made.leaves_after for made in patients],
            expiry_day=ready + [made.expires_after for made in patients],
            verdict_day=ready,
            queues=np.array([made.queues for made in patients]),
            bridged=np.zeros(count, dtype=bool),
        ),
        site=np.zeros(count, dtype=np.int64),
        index=np.arange(count),
        position=np.arange(count),
        candidates=Candidates(
            horizon_days=HORIZON_DAYS,
            site=[0] * count,
            index=list(range(count)),
            ready_day=ready.tolist(),
            expiry_day=[made.ready + made.expires_after for made in patients],
            death_day=[made.ready + made.dies_after for made in patients],
            leaves_day=[made.ready + after for made, after in zip(patients, leaves, strict=True)],
            leaves_for=[
                Exit.DIED if made.dies_after <= made.leaves_after else made.leaves_for for made in patients
            ],
            queues=[made.queues for made in patients],
            bridged=[False] * count,
            products=ProductDraws(
                to_leukapheresis=_by_attempt([made.to_leukapheresis for made in patients]),
                manufacture=_by_attempt([made.manufacture for made in patients]),
                release=_by_attempt([made.release for made in patients]),
                outcome=_by_attempt([(made.batches * 3)[:3] for made in patients]),
                other_donor_workup=[made.other_donor_workup for made in patients],
                donor_fails=[[made.donor_fails[donor] for made in patients] for donor in range(2)],
            ),
            dosing=DosingDraws(
                [made.recheck for made in patients],
                [made.recheck_delay for made in patients],
                [made.dose for made in patients],
            ),
            outcomes=OutcomeLists(
                toxicity=[made.toxicity for made in patients],
                onset_days=[made.onset for made in patients],
                aplasia=[made.aplasia for made in patients],
                fatal=[made.fatal for made in patients],
                response=[made.response for made in patients],
                mrd_negative=[made.mrd_negative for made in patients],
                consolidated=[made.consolidated for made in patients],
                consolidative_days=[made.consolidative for made in patients],
                rescued=[made.rescued for made in patients],
                rescue_share=[made.rescue_share for made in patients],
                new_therapy=[made.new_therapy for made in patients],
                new_therapy_share=[made.new_therapy_share for made in patients],
                dlt_odds=[made.dlt_odds for made in patients],
            ),
        ),
    )


def _by_attempt(rows: Sequence[Sequence[T]]) -> list[list[T]]:
    return [[row[attempt] for row in rows] for attempt in range(3)]


OWN_DAY_OF_DEATH = OutcomeParameters(death_hazard_response=1, death_hazard_no_response=1)
"""A patient's death of other causes comes on the day that was drawn, whether they respond or not."""


@dataclass(frozen=True, slots=True)
class World:
    """Rules and parameters of trials on made patients; without delays and losses unless changed."""

    rules: TrialRules
    p_dlt: tuple[float, ...]
    product: ProductParameters = field(default_factory=lambda: ProductParameters(manufacturing_slots=100))
    dosing: DosingParameters = field(default_factory=lambda: DosingParameters(lymphodepletion_days=0))
    outcomes: OutcomeParameters = OWN_DAY_OF_DEATH
    p_response: float = 0.5

    def trial(
        self,
        design: Design | Rulebook,
        intake: Intake,
        limits: Pass | None = None,
        log: Log | None = None,
    ) -> Trial:
        """Return the trial, run to its end; the used pass unless another is asked for."""
        rulebook = design if isinstance(design, Rulebook) else Rulebook(design)
        limits = used_pass(self.rules) if limits is None else limits
        curve = Truth(
            name="made", p_dlt=self.p_dlt, p_response=(self.p_response,) * len(self.p_dlt), falling=True
        )
        return run_trial(
            Setting.of(self.rules, self.product, self.dosing, self.outcomes),
            limits,
            intake,
            rulebook,
            DoseRisks(curve, self.outcomes, self.rules.dose_levels),
            log,
        )


def no_delays(levels: int, **changes: object) -> TrialRules:
    """Return rules without windows, stagger, review or expansion, for so many levels."""
    quiet: dict[str, object] = {
        "dose_levels": tuple(float(2**k) for k in range(levels)),
        "dlt_window_days": 0,
        "stagger_first_days": 0,
        "stagger_other_days": 0,
        "review_days": 0,
        "enrolment_min": 0,
        "enrolment_max": 1000,
        "expansion": False,
        "mid_cohort": "complete",
    }
    return TrialRules.model_validate(quiet | changes)
