"""From infusion to the patient's place in the data: DLT or none, evaluable or not, response, and when."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.durations import tick
from simulator.outcomes.outcomes import (
    OutcomeDraws,
    OutcomeParameters,
    Truth,
    response_risks,
    risk_at_dose,
)
from simulator.outcomes.risk_links import risk_at_odds
from simulator.trial.ledger import Exit
from simulator.trial.rules import NotEvaluable, TrialRules


class Risks(NamedTuple):
    """Risks at one dose: DLT, aplasia on the judged day, response given a DLT and given none."""

    dlt: float
    aplasia: float
    response_with_dlt: float
    response_without_dlt: float


class FollowUp(NamedTuple):
    """What one infused patient shows; days after infusion.

    `counted` patients are in the data of the design: DLT-evaluable, or counted by the reading of
    `not_evaluable`. `day` is when that is known.
    """

    day: float
    dlt: bool
    counted: bool
    reason: Exit
    response: bool
    mrd_negative: bool
    death_day: float


class DoseRisks:
    """Risks of one truth at each level, and at any share of a level's dose (D17, D34)."""

    def __init__(self, truth: Truth, parameters: OutcomeParameters, doses: tuple[float, ...]) -> None:
        aplasia = parameters.aplasia
        self.doses = doses
        self.p_dlt, self.p_response = truth.p_dlt, truth.p_response or ()
        self.aplasia = () if aplasia is None else aplasia[: len(doses)]
        self.odds_ratio = parameters.response_dlt_odds_ratio
        self._at_level = [risks_at(self, dose, 1.0) for dose in doses]

    def at(self, level: int, share: float, odds: float = 1.0) -> Risks:
        """Return the risks at `share` times the dose of the level (1-based).

        `odds` multiplies the patient's odds of a DLT of the truth's curve; the risk of response stays.
        """
        if share == 1.0 and odds == 1.0:
            return self._at_level[level - 1]
        return risks_at(self, share * self.doses[level - 1], odds)


def risks_at(of: DoseRisks, dose: float, odds: float) -> Risks:
    """Return the risks at any dose, the odds of a DLT of the truth's curve multiplied by `odds`."""
    p = risk_at_odds(risk_at_dose(of.p_dlt, of.doses, dose), odds)
    r = risk_at_dose(of.p_response, of.doses, dose) if len(of.p_response) > 0 else 0.0
    aplasia = risk_at_dose(of.aplasia, of.doses, dose) if len(of.aplasia) > 0 else 0.0
    with_dlt, without_dlt = response_risks(p, r, of.odds_ratio)
    return Risks(p, aplasia, with_dlt, without_dlt)


@dataclass(frozen=True, slots=True)
class OutcomeLists:
    """The draws of `OutcomeDraws` as lists, from which one patient is read more quickly."""

    toxicity: list[float]
    onset_days: list[float]
    aplasia: list[float]
    fatal: list[bool]
    response: list[float]
    mrd_negative: list[bool]
    consolidated: list[bool]
    consolidative_days: list[float]
    rescued: list[bool]
    rescue_share: list[float]
    new_therapy: list[bool]
    new_therapy_share: list[float]
    dlt_odds: list[float]


def outcome_lists(draws: OutcomeDraws, order: NDArray[np.int64] | slice) -> OutcomeLists:
    """Return the draws of the patients in `order`."""
    return OutcomeLists(*(getattr(draws, name)[order].tolist() for name in OutcomeLists.__slots__))


class Observation(NamedTuple):
    """How infused patients are observed: the rules that turn draws into data.

    Attributes
    ----------
    window_days
        The longer of the DLT window and the day on which aplasia is judged.
    counts_not_evaluable, not_evaluable_is_dlt
        Whether a patient who is not DLT-evaluable is in the data all the same, and if so, as a DLT (D13).
    """

    window_days: float
    haematological_day: float
    rescue_from_days: float
    new_therapy_from_days: float
    response_day: float
    fatal_after_days: float
    tolerance: float
    counts_not_evaluable: bool
    not_evaluable_is_dlt: bool
    aplasia_given_response: bool
    death_hazard_response: float
    death_hazard_no_response: float


def observation_of(rules: TrialRules, parameters: OutcomeParameters, tolerance: float) -> Observation:
    """Return how patients are observed under these rules."""
    return Observation(
        window_days=tick(max(rules.dlt_window_days, parameters.haematological_day)),
        haematological_day=parameters.haematological_day,
        rescue_from_days=parameters.rescue_from_days,
        new_therapy_from_days=parameters.new_therapy_from_days,
        response_day=parameters.response_day,
        fatal_after_days=tick(parameters.fatal_after_days),
        tolerance=tolerance,
        counts_not_evaluable=rules.not_evaluable is not NotEvaluable.REPLACE,
        not_evaluable_is_dlt=rules.not_evaluable is NotEvaluable.DLT,
        aplasia_given_response=parameters.aplasia_given_response,
        death_hazard_response=parameters.death_hazard_response,
        death_hazard_no_response=parameters.death_hazard_no_response,
    )


def follow(
    observation: Observation, draws: OutcomeLists, i: int, risks: Risks, share: float, death_day: float
) -> FollowUp:
    """Follow patient i, infused with `share` of the level's dose, to their place in the data.

    `death_day` is the day of death of other causes, after infusion, before what response does to it. At one
    instant a DLT comes before a death or a new therapy.
    """
    # One uniform for all levels: a patient with a DLT at a level has one at every level of a higher risk.
    toxic = draws.toxicity[i] < risks.dlt
    given = risks.response_with_dlt if toxic else risks.response_without_dlt
    response = draws.response[i] < given
    dlt_day = draws.onset_days[i] if toxic else math.inf
    judged = observation.haematological_day and (response or not observation.aplasia_given_response)
    if judged and draws.aplasia[i] < risks.aplasia:
        dlt_day = min(dlt_day, _haematological_dlt_day(observation, draws, i, response))
    therapy_day = _new_therapy_day(observation, draws, i, response)
    death_day = _death_day(observation, death_day, response)

    # The first of DLT, death and new therapy decides; a DLT at the same instant counts.
    if dlt_day < math.inf and dlt_day <= min(death_day, therapy_day):
        death_day = min(death_day, dlt_day + observation.fatal_after_days) if draws.fatal[i] else death_day
        day, dlt, counted, reason = dlt_day, True, True, Exit.DLT
    elif min(death_day, therapy_day) < observation.window_days:
        died = death_day <= therapy_day
        day = death_day if died else therapy_day
        dlt, counted, reason = _read(observation, Exit.DIED if died else Exit.NEW_THERAPY)
    elif abs(share - 1) > observation.tolerance + 1e-12:  # a shortfall of just the tolerance is within it
        day = observation.window_days
        dlt, counted, reason = _read(observation, Exit.DOSE)
    else:
        day, dlt, counted, reason = observation.window_days, False, True, Exit.NO_DLT
    responds = response and death_day >= observation.response_day
    return FollowUp(day, dlt, counted, reason, responds, responds and draws.mrd_negative[i], death_day)


def has_late_toxicity(share: float, toxicity: float, dlt_risk: float) -> bool:
    """Return whether a patient has the toxicity of a DLT, but after the window; `share` of all toxicities comes then.

    One uniform for both, so that a patient with one at a level has one, or a DLT, at every level of a higher risk.
    """
    return dlt_risk <= toxicity < dlt_risk / (1 - share)


def _death_day(observation: Observation, death_day: float, response: bool) -> float:
    """Return the day of death of other causes after infusion: a hazard k times as high takes 1 / k of the time."""
    hazard = observation.death_hazard_response if response else observation.death_hazard_no_response
    return death_day if hazard == 1.0 or death_day == math.inf else tick(death_day / hazard)


def _haematological_dlt_day(observation: Observation, draws: OutcomeLists, i: int, response: bool) -> float:
    """Return the day aplasia becomes a DLT: the judged day, or a rescue transplant before it (D15).

    A consolidative transplant before that day censors the haematological DLT only.
    """
    day = observation.haematological_day
    if observation.rescue_from_days < day and draws.rescued[i]:
        earliest = observation.rescue_from_days
        day = tick(earliest + (day - earliest) * draws.rescue_share[i])
    if response and draws.consolidated[i] and draws.consolidative_days[i] < day:
        return math.inf
    return day


def _new_therapy_day(observation: Observation, draws: OutcomeLists, i: int, response: bool) -> float:
    """Return the day of another therapy, which is given where this one has not worked; infinity for none."""
    if response or not draws.new_therapy[i]:
        return math.inf
    earliest, window = observation.new_therapy_from_days, observation.window_days
    day = tick(earliest + max(window - earliest, 0.0) * draws.new_therapy_share[i])
    return day if day <= window else math.inf


def _read(observation: Observation, reason: Exit) -> tuple[bool, bool, Exit]:
    """Return how a patient who is not DLT-evaluable is read: DLT, in the data, and the reason."""
    if not observation.counts_not_evaluable:
        return False, False, reason
    if observation.not_evaluable_is_dlt:
        return True, True, Exit.DLT
    return False, True, Exit.NO_DLT
