"""The posterior of the risk at each level of a one-parameter CRM: one state at a time, on a fine grid."""

from typing import Final

import numpy as np

from simulator.designs.crm_posterior import LOG_DROP, OneParameterModel
from simulator.designs.design import Floats, Ints
from simulator.designs.risk_posterior import RiskPosterior

_POINTS: Final = 20_001  # the error of mean, sd and limits is below 1e-6


def risk_posterior(model: OneParameterModel, n: Ints, dlt: Ints, probability: float) -> RiskPosterior:
    """Return mean, standard deviation and equal-tailed limits of the risks, for n and dlt (S, J)."""
    rows = [_of_state(model, *state, probability) for state in zip(n, dlt, strict=True)]
    return RiskPosterior(*np.stack(rows, axis=1))


def _of_state(model: OneParameterModel, n: Ints, dlt: Ints, probability: float) -> Floats:
    """Return mean, sd, low, high of one state, shape (4, J)."""
    widest = (LOG_DROP + 8.0) * model.prior_sd
    a = _points_with_density(model, n, dlt, np.linspace(-widest, widest, _POINTS))
    density = np.exp(_log_density(model, n, dlt, a))
    density /= density.sum()
    risk = model.risk(a)
    mean = density @ risk
    sd = np.sqrt(density @ (risk - mean) ** 2)
    # The distribution up to each point is half of that point's share short; the risk falls as a grows.
    up_to = np.cumsum(density) - density / 2
    tail = (1 - probability) / 2
    low, high = (model.risk(np.interp([share], up_to, a))[0] for share in (1 - tail, tail))
    return np.stack([mean, sd, low, high])


def _points_with_density(model: OneParameterModel, n: Ints, dlt: Ints, wide: Floats) -> Floats:
    """Return as many points over the range of `wide` where the density is above exp(-25) of its largest."""
    inside = np.flatnonzero(_log_density(model, n, dlt, wide) > -LOG_DROP)
    step = wide[1] - wide[0]
    return np.linspace(wide[inside[0]] - step, wide[inside[-1]] + step, len(wide))


def _log_density(model: OneParameterModel, n: Ints, dlt: Ints, a: Floats) -> Floats:
    """Return the log posterior density at each a, 0 at its largest."""
    log_p, log_q = model.log_risks(np.clip(a, -200, 200))
    # No patients of a kind: no term, also where its logarithm is infinite.
    likelihood = np.where(dlt[:, None] > 0, dlt[:, None] * log_p, 0.0)
    likelihood += np.where((n - dlt)[:, None] > 0, (n - dlt)[:, None] * log_q, 0.0)
    log_density: Floats = likelihood.sum(axis=0) - 0.5 * (a / model.prior_sd) ** 2
    log_density -= log_density.max()
    return log_density
