"""What relaxing an eligibility criterion may cost: odds ratios from the patient to a DLT and to early death.

A patient's risk of a DLT at a dose is expit(logit(p) + sum of log OR * x), where p is the truth's curve, which is
then the risk of a reference patient, and x counts the steps away from the reference. The odds of having died of
other causes by any day are multiplied in the same way (proportional odds; Bennett, Statistics in Medicine 1983, 2,
273-277), on top of the correlations that the population itself has with survival. All odds ratios are 1 by
default: then nothing is linked and no number changes.
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from simulator.durations import DAYS_PER_MONTH

Floats = NDArray[np.float64]
OddsRatio = Annotated[float, Field(gt=0, le=1000)]


class _Link(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    dlt_odds_ratio: OddsRatio = 1.0
    death_odds_ratio: OddsRatio = 1.0


class PercentLink(_Link):
    """Odds ratios per `step_percent` beyond the reference; none on its other side."""

    reference_percent: float = Field(ge=0, le=100)
    step_percent: float = Field(gt=0, le=100)


class GradeLink(_Link):
    """Odds ratios per grade above the reference; none at or below it."""

    reference_grade: int = Field(ge=0, le=5)


class FlagLink(_Link):
    """Odds ratios where the condition holds."""


class RiskLinks(BaseModel):
    """The links, each 1 by default.

    Attributes
    ----------
    lvef
        Per step of the left ventricular ejection fraction below the reference.
    ecog
        Per grade above the reference.
    infection
        An active infection, controlled or not, which the one re-screen did not find resolved.
    blasts
        Per step of marrow blasts by morphology above the reference.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lvef: PercentLink = PercentLink(reference_percent=50, step_percent=5)
    ecog: GradeLink = GradeLink(reference_grade=2)
    infection: FlagLink = FlagLink()
    blasts: PercentLink = PercentLink(reference_percent=50, step_percent=10)

    @property
    def acting(self) -> tuple[str, ...]:
        """Dotted names of the odds ratios that are not 1."""
        return tuple(
            f"{name}.{ratio}"
            for name in RiskLinks.model_fields
            for ratio in ("dlt_odds_ratio", "death_odds_ratio")
            if getattr(getattr(self, name), ratio) != 1
        )


@dataclass(frozen=True, slots=True)
class RiskFactors:
    """What the links read of each patient at referral; arrays of shape (patients,), NaN where unknown."""

    lvef_percent: Floats
    ecog: Floats
    infection_active: Floats
    bm_blasts_percent: Floats


def dlt_odds(links: RiskLinks, of: RiskFactors) -> Floats:
    """Return the factor on each patient's odds of a DLT, exactly 1 for a reference patient. Shape (patients,)."""
    return _odds(links, of, "dlt_odds_ratio")


def death_odds(links: RiskLinks, of: RiskFactors) -> Floats:
    """Return the factor on each patient's odds of early death. Shape (patients,)."""
    return _odds(links, of, "death_odds_ratio")


def _odds(links: RiskLinks, of: RiskFactors, ratio: str) -> Floats:
    odds = np.ones(len(of.ecog))
    for name, steps in _steps(links, of).items():
        value: float = getattr(getattr(links, name), ratio)
        if value != 1:
            # What is unknown links to nothing: such a patient counts as a reference patient.
            odds *= value ** np.nan_to_num(steps, nan=0.0)
    return odds


def _steps(links: RiskLinks, of: RiskFactors) -> dict[str, Floats]:
    """Return how far each patient is from each reference, in steps of the odds ratios; at least 0."""
    lvef, blasts = links.lvef, links.blasts
    return {
        "lvef": np.maximum(lvef.reference_percent - of.lvef_percent, 0) / lvef.step_percent,
        "ecog": np.maximum(of.ecog - links.ecog.reference_grade, 0),
        "infection": of.infection_active,
        "blasts": np.maximum(of.bm_blasts_percent - blasts.reference_percent, 0) / blasts.step_percent,
    }


def risk_at_odds(p: float, factor: float) -> float:
    """Return the risk whose odds are those of p times a factor; p itself at 1, and where p is 0 or 1."""
    if factor == 1:
        return p
    return factor * p / (1 - p + factor * p)


def survival_at_odds(days: Floats, factor: Floats, scale_months: float, shape: float) -> Floats:
    """Return the days of survival with the odds of death by any day multiplied. Same shape.

    Parameters
    ----------
    days
        Survival from referral under the population's Weibull law F.
    factor
        On the odds of death: F'(t) / (1 - F'(t)) = factor F(t) / (1 - F(t)), so the quantile u moves to
        F^-1(u / (u + factor (1 - u))). Exactly `days` where it is 1.
    """
    scale = scale_months * DAYS_PER_MONTH
    # exp(690) is near the largest float; survival that long is beyond every trial.
    odds = np.expm1(np.minimum((days / scale) ** shape, 690.0))
    moved = scale * np.log1p(odds / factor) ** (1 / shape)
    return np.where(factor == 1, days, moved)
