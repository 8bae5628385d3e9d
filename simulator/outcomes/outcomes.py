"""What happens after infusion: truth, and the patient's own draws, to DLT, response and their times.

A truth is one assumed set of curves over the dose levels. A patient's draws are uniforms; their outcome at
any dose is a pure function of draws, truth and dose, so every design meets the same patients.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.durations import TICKS_PER_DAY, LogNormal, tick, to_ticks
from simulator.outcomes.risk_links import RiskLinks
from simulator.randomness import Block, Purpose, Streams

Floats = NDArray[np.float64]
Probability = Annotated[float, Field(ge=0, le=1)]
CURVE_CLIP = 1e-6
"""Bounds of a risk while it is interpolated on the logit scale (D34)."""
LEAST_LOGIT = -709.78
"""exp(-x) is the largest double near here."""


class HaematologicalDlt(StrEnum):
    """Which aplasia counts as a DLT (D14)."""

    NONE = "none"
    DAY28 = "day28"
    DAY42 = "day42"


class Truth(BaseModel):
    """One assumed set of curves.

    Attributes
    ----------
    p_dlt
        Probability of a (non-haematological) DLT in the window, per level.
    p_response
        Probability of CR or CRi, per level; None where the scenario has no response.
    correct
        The correct level declared by hand, 0 for none; by default derived (D33).
    balanced
        Whether the truth belongs to the set over which averages are taken (D19).
    falling
        Declares that the DLT curve may fall with dose.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=60)
    p_dlt: tuple[Probability, ...] = Field(min_length=1)
    p_response: tuple[Probability, ...] | None = Field(default=None, min_length=1)
    correct: int | None = Field(default=None, ge=0)
    balanced: bool = False
    falling: bool = False
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.p_response is not None and len(self.p_response) != len(self.p_dlt):
            raise ValueError(f"p_response has {len(self.p_response)} levels, p_dlt has {len(self.p_dlt)}")
        if not self.falling and any(a > b for a, b in zip(self.p_dlt, self.p_dlt[1:], strict=False)):
            raise ValueError("p_dlt falls with dose; write falling: true if that is meant")
        if self.correct is not None and self.correct > len(self.p_dlt):
            raise ValueError(f"correct must be 0 (none) to {len(self.p_dlt)}, got {self.correct}")
        return self


RESPONDERS_DAY28: Final = (0.90,) * 4
RESPONDERS_DAY42: Final = (0.55,) * 4
"""Risk of aplasia of a responder, at each of the four levels."""


def _no_curve_is_stated(stated: dict[str, Any]) -> bool:
    """Return whether both risks of aplasia are the defaults."""
    curves = stated.get("aplasia_day28"), stated.get("aplasia_day42")
    return curves == (RESPONDERS_DAY28, RESPONDERS_DAY42)


class OutcomeParameters(BaseModel):
    """Times and risks after infusion that do not depend on the truth.

    Attributes
    ----------
    aplasia_day28, aplasia_day42
        Risk of aplasia on that day, per level; None where the scenario has no aplasia.
    aplasia_given_response
        Whether these are the risks of responders, others having none; else those of anyone. By default true for
        the default risks, which are those of responders, and false where another risk is stated.
    death_hazard_response, death_hazard_no_response
        Factors on the hazard of death of other causes after infusion, by response; 1 leaves the patient's own.
    late_toxicity_share
        Of all toxicities that would be DLTs, the share that comes after the window: reported, not a DLT. The
        truth's `p_dlt` is the risk within the window.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    haematological_dlt: HaematologicalDlt = HaematologicalDlt.NONE
    onset_shape: float = Field(default=1.2, gt=0, le=20)
    onset_scale_days: float = Field(default=9.0, gt=0, le=365)
    late_toxicity_share: float = Field(default=0.0, ge=0, lt=1)
    fatal_dlt: Probability = 0.10
    fatal_after_days: float = Field(default=7.0, ge=0, le=365)
    aplasia_day28: tuple[Probability, ...] | None = RESPONDERS_DAY28
    aplasia_day42: tuple[Probability, ...] | None = RESPONDERS_DAY42
    aplasia_given_response: bool = Field(default_factory=_no_curve_is_stated)
    death_hazard_response: float = Field(default=0.2, gt=0, le=100)
    death_hazard_no_response: float = Field(default=0.8, gt=0, le=100)
    rescue_transplant: Probability = 0.30
    rescue_from_days: float = Field(default=28.0, ge=0, le=42)
    consolidative_transplant: Probability = 0.60
    consolidative_days: LogNormal = LogNormal(median_days=35, log_sd=0.3)
    new_therapy: Probability = 0.10
    new_therapy_from_days: float = Field(default=14.0, ge=0, le=365)
    response_dlt_odds_ratio: float = Field(default=2.0, gt=0, le=1000)
    response_day: float = Field(default=28.0, ge=0, le=365)
    mrd_negative_given_response: Probability = 0.75
    risk_links: RiskLinks = RiskLinks()

    @property
    def haematological_day(self) -> float:
        """Day on which aplasia is judged; 0 where it is no DLT."""
        match self.haematological_dlt:
            case HaematologicalDlt.NONE:
                return 0.0
            case HaematologicalDlt.DAY28:
                return 28.0
            case HaematologicalDlt.DAY42:
                return 42.0

    @property
    def aplasia(self) -> tuple[float, ...] | None:
        """Aplasia risk per level on the day it is judged; None where it is no DLT."""
        match self.haematological_dlt:
            case HaematologicalDlt.NONE:
                return None
            case HaematologicalDlt.DAY28:
                return self.aplasia_day28
            case HaematologicalDlt.DAY42:
                return self.aplasia_day42


def estimand_risk(truth: Truth, parameters: OutcomeParameters) -> tuple[float, ...]:
    """Return the cumulative DLT risk per level by the estimand day: the union of both risks (D14, D36)."""
    if parameters.aplasia is None:
        return truth.p_dlt
    aplasia = aplasia_without_dlt(truth, parameters)
    return tuple(1 - (1 - p) * (1 - a) for p, a in zip(truth.p_dlt, aplasia, strict=False))


def aplasia_without_dlt(truth: Truth, parameters: OutcomeParameters) -> tuple[float, ...]:
    """Return the risk of aplasia per level of a patient without another DLT; 0 where aplasia is no DLT.

    Given response it is that of responders times the probability of response without a DLT.
    """
    aplasia = parameters.aplasia
    if aplasia is None:
        return (0.0,) * len(truth.p_dlt)
    if not parameters.aplasia_given_response:
        return aplasia[: len(truth.p_dlt)]
    responses = truth.p_response or (0.0,) * len(truth.p_dlt)
    odds_ratio = parameters.response_dlt_odds_ratio
    return tuple(
        a * response_risks(p, r, odds_ratio)[1]
        for p, r, a in zip(truth.p_dlt, responses, aplasia, strict=False)
    )


def risk_at_dose(curve: Sequence[float], doses: Sequence[float], dose: float) -> float:
    """Return the risk at any dose: the logit interpolated linearly in log dose (D17).

    Outside the ladder the slope of the nearest segment goes on (D34); at a level the curve's own value is
    returned exactly. With one level the risk is constant.
    """
    below = 0
    for level in range(len(doses)):
        if doses[level] == dose:
            return curve[level]
        below += doses[level] < dose
    if len(doses) == 1:
        return curve[0]
    segment = min(max(below - 1, 0), len(doses) - 2)
    low, high = _logit_inside(curve[segment]), _logit_inside(curve[segment + 1])
    share = math.log(dose / doses[segment]) / math.log(doses[segment + 1] / doses[segment])
    return _expit(low + share * (high - low))


def _logit_inside(p: float) -> float:
    """Return the logit of a risk that is kept away from 0 and 1."""
    inside = min(max(p, CURVE_CLIP), 1 - CURVE_CLIP)
    return math.log(inside / (1 - inside))


def _expit(x: float) -> float:
    # Below, exp(-x) is no number any more; the same double as `scipy.special.expit` everywhere.
    return 1 / (1 + math.exp(-x)) if x > LEAST_LOGIT else 0.0


def response_risks(p: float, r: float, odds_ratio: float) -> tuple[float, float]:
    """Return P(response | DLT) and P(response | no DLT) under Plackett's copula with the odds ratio.

    P11 solves psi = P11 (1 - p - r + P11) / ((p - P11)(r - P11)) (Plackett 1965).
    """
    if odds_ratio == 1:
        return r, r
    s = 1 + (p + r) * (odds_ratio - 1)
    # Of the two roots the one between max(0, p + r - 1) and min(p, r).
    both = (s - math.sqrt(s * s - 4 * odds_ratio * (odds_ratio - 1) * p * r)) / (2 * (odds_ratio - 1))
    return (both / p if p > 0 else r), ((r - both) / (1 - p) if p < 1 else r)


@dataclass(frozen=True, slots=True)
class OutcomeDraws:
    """Each patient's own draws for what follows infusion; all arrays of shape (patients,).

    Attributes
    ----------
    toxicity, aplasia, response
        Uniforms: a DLT at risk p is `toxicity < p`.
    onset_days
        Onset of a non-haematological DLT after infusion, Weibull truncated to (0, window] (D16).
    fatal, mrd_negative, rescued, new_therapy, consolidated
        Flags that apply where their condition holds.
    rescue_share, new_therapy_share
        Uniforms that place the event within its span.
    consolidative_days
        Days from infusion to a consolidative transplant.
    dlt_odds
        Factor on the odds of a DLT (`risk_links`); 1 for a reference patient.
    """

    toxicity: Floats
    onset_days: Floats
    aplasia: Floats
    fatal: NDArray[np.bool_]
    response: Floats
    mrd_negative: NDArray[np.bool_]
    consolidated: NDArray[np.bool_]
    consolidative_days: Floats
    rescued: NDArray[np.bool_]
    rescue_share: Floats
    new_therapy: NDArray[np.bool_]
    new_therapy_share: Floats
    dlt_odds: Floats


def draw_outcomes(
    parameters: OutcomeParameters,
    window_days: float,
    streams: Streams,
    blocks: list[Block],
    dlt_odds: Floats | None = None,
    order: NDArray[np.int64] | None = None,
) -> OutcomeDraws:
    """Draw what follows infusion for every patient of the blocks, in order, or for those in `order`.

    `dlt_odds` are those of every patient of the blocks; all are reference patients by default.
    """
    # Which lane is which is part of every result at a seed: the order is permanent.
    toxicity, onset, aplasia, fatal = streams.columns(Purpose.TOXICITY, blocks, order=order)
    response, mrd, consolidated, consolidative = streams.columns(Purpose.RESPONSE, blocks, order=order)
    rescued, rescue_share, therapy, therapy_share = streams.columns(Purpose.FOLLOW_UP, blocks, order=order)
    odds = dlt_odds if dlt_odds is None or order is None else dlt_odds[order]
    return OutcomeDraws(
        toxicity=toxicity,
        onset_days=_onset_days(parameters, tick(window_days), onset),
        aplasia=aplasia,
        fatal=fatal < parameters.fatal_dlt,
        response=response,
        mrd_negative=mrd < parameters.mrd_negative_given_response,
        consolidated=consolidated < parameters.consolidative_transplant,
        consolidative_days=parameters.consolidative_days.days(consolidative),
        rescued=rescued < parameters.rescue_transplant,
        rescue_share=rescue_share,
        new_therapy=therapy < parameters.new_therapy,
        new_therapy_share=therapy_share,
        dlt_odds=np.ones(len(toxicity)) if odds is None else odds,
    )


def _onset_days(parameters: OutcomeParameters, window_days: float, u: Floats) -> Floats:
    shape, scale = parameters.onset_shape, parameters.onset_scale_days
    within = -math.expm1(-((window_days / scale) ** shape))
    days = to_ticks(scale * (-np.log1p(-within * u)) ** (1 / shape))
    # At least one tick after the infusion: rounding may give 0.
    return np.clip(days, min(1 / TICKS_PER_DAY, window_days), window_days)
