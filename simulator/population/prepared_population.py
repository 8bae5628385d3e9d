"""What the parameters of the population imply and every patient needs, derived once."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel
from scipy.special import ndtr, ndtri

from simulator.population.copula import cholesky_factor, correlation_matrix
from simulator.population.parameters import PopulationParameters
from simulator.population.quantile_tables import (
    QuantileTable,
    beta_mixture,
    normal_edges,
    normal_mixture,
    thresholds,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PreparedPopulation:
    """Factor of the correlations, edges of the mixes, quantile tables."""

    parameters: PopulationParameters
    factor: Floats
    status_edges: tuple[float, ...]
    ecog_edges: tuple[float, ...]
    infection_edge: float
    lvef: QuantileTable
    cd117: QuantileTable
    consolidation: Floats
    transplant: Floats
    salvage_edges: Floats
    early_share: float

    @classmethod
    def of(cls, parameters: PopulationParameters) -> "PreparedPopulation":
        """Derive once from the parameters."""
        p = parameters
        remission, lvef, cd117 = p.remission, p.lvef, p.cd117
        return cls(
            parameters=p,
            factor=cholesky_factor(correlation_matrix(p.correlations)),
            status_edges=edges_of(p.status),
            ecog_edges=normal_edges(edges_of(p.ecog)),
            infection_edge=float(ndtri(1 - p.infection.active)),
            lvef=normal_mixture(
                lvef.normal_share,
                lvef.normal_mean_percent,
                lvef.normal_sd_percent,
                lvef.reduced_mean_percent,
                lvef.reduced_sd_percent,
            ),
            cd117=beta_mixture(
                cd117.positive_share,
                cd117.positive_alpha,
                cd117.positive_beta,
                cd117.negative_alpha,
                cd117.negative_beta,
            ),
            consolidation=_consolidation(p),
            transplant=_transplant(p),
            salvage_edges=_salvage_edges(p),
            early_share=float(
                ndtr(math.log(remission.early_at_most_days / remission.median_days) / remission.log_sd)
            ),
        )


# One entry for each of STATUSES, in their order. Residual disease and undated relapses are taken as early relapses,
# but for salvage, which residual disease had none of.


def _consolidation(p: PopulationParameters) -> Floats:
    given = p.consolidation
    early, late, two = given.early_first_relapse, given.late_first_relapse, given.two_or_more_relapses
    return np.array([0.0, early, late, two, 0.0, 0.0, early, early])


def _transplant(p: PopulationParameters) -> Floats:
    before = p.prior_transplant
    early, late, two = before.early_first_relapse, before.late_first_relapse, before.two_or_more_relapses
    return np.array(
        [before.primary_refractory, early, late, two, before.extramedullary_only, 0.0, early, early]
    )


def _salvage_edges(p: PopulationParameters) -> Floats:
    """Return (statuses, 2): no course below the first edge, one below the second."""
    relapsed = (p.salvage.early_first_relapse, p.salvage.late_first_relapse, p.salvage.two_or_more_relapses)
    first = edges_of(p.salvage.primary_refractory)
    early, late, two = (edges_of(one) for one in relapsed)
    return np.array([first, early, late, two, (0.0, 1.0), (1.0, 1.0), (1.0, 1.0), early])


def edges_of(mix: BaseModel) -> tuple[float, ...]:
    """Return the inner cumulative shares of a mix, in the order of its fields."""
    return thresholds([getattr(mix, name) for name in type(mix).model_fields])
