"""Where a scenario links a patient's state to risks: to survival, and to the odds of a DLT."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulator.eligibility.verdicts import Referrals
from simulator.outcomes.risk_links import RiskFactors, RiskLinks, death_odds, dlt_odds, survival_at_odds
from simulator.population.parameters import Survival
from simulator.randomness import Block, Purpose, Streams
from simulator.trial.screening import ScreeningParameters, infection_resolves

Floats = NDArray[np.float64]


def linked_risks(
    links: RiskLinks,
    law: Survival,
    screening: ScreeningParameters,
    referrals: Referrals,
    streams: Streams,
    blocks: list[Block],
) -> tuple[Referrals, Floats | None]:
    """Return the referrals with early death linked to their state, and each patient's factor on the odds of a DLT.

    Where every odds ratio is 1 these are the referrals as they are, and None. An infection that the one
    re-screen would find resolved links to nothing.
    """
    if not links.acting:
        return referrals, None
    resolves = infection_resolves(screening, referrals, streams.columns(Purpose.SCREENING, blocks)[2])
    of = RiskFactors(
        referrals.lvef_percent,
        referrals.ecog,
        np.where(resolves, 0.0, referrals.infection_active),
        referrals.bm_blasts_percent,
    )
    survival = survival_at_odds(referrals.survival_days, death_odds(links, of), law.scale_months, law.shape)
    return replace(referrals, survival_days=survival), dlt_odds(links, of)
