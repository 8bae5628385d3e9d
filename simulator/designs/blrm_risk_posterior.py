"""The posterior of the risk at each level of a BLRM, and of its parameters: one state at a time, on a fine grid."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.designs.blrm_posterior import STEEPEST_LOG_BETA, TwoParameterModel, lattice_points
from simulator.designs.design import Floats, Ints
from simulator.designs.risk_posterior import RiskPosterior

_FINE: Final = 1001  # points in log alpha over the range that holds the density: limits good to about 1e-5
_LOG_DROP: Final = 25.0
_SMALLEST_LOGIT: Final = 40.0  # beyond it every risk is 0 or 1


@dataclass(frozen=True, slots=True)
class ParameterPosterior:
    """Posterior of (log alpha, log beta), each (S, 2)."""

    mean: Floats
    sd: Floats


@dataclass(frozen=True, slots=True)
class _Grid:
    """Posterior density of one state, adding up to 1, at points of log alpha (rows) and log beta (columns)."""

    log_alpha: Floats
    log_beta: Floats
    density: Floats


def risk_posterior(model: TwoParameterModel, n: Ints, dlt: Ints, probability: float) -> RiskPosterior:
    """Return mean, standard deviation and equal-tailed limits of the risks, for n and dlt (S, J)."""
    rows = [_risks_of(model, _grid(model, *state), probability) for state in zip(n, dlt, strict=True)]
    return RiskPosterior(*np.stack(rows, axis=1))


def parameter_posterior(model: TwoParameterModel, n: Ints, dlt: Ints) -> ParameterPosterior:
    """Return mean and standard deviation of the parameters, for n and dlt (S, J)."""
    rows = [_parameters_of(_grid(model, *state)) for state in zip(n, dlt, strict=True)]
    return ParameterPosterior(*np.stack(rows, axis=1))


def _risks_of(model: TwoParameterModel, grid: _Grid, probability: float) -> Floats:
    """Return mean, sd, low, high of one state, shape (4, J)."""
    from scipy.special import expit

    tail = (1 - probability) / 2
    shift = np.exp(np.minimum(grid.log_beta, STEEPEST_LOG_BETA))
    found = np.empty((4, len(model.log_doses)))
    for level, x in enumerate(model.log_doses):
        risk = expit(grid.log_alpha[:, None] + shift * x)
        mean = (grid.density * risk).sum()
        found[0, level] = mean
        found[1, level] = np.sqrt((grid.density * (risk - mean) ** 2).sum())
        found[2:, level] = [_quantile(grid, shift * x, share) for share in (tail, 1 - tail)]
    return found


def _quantile(grid: _Grid, shift: Floats, share: float) -> float:
    """Return the risk that is not exceeded with a probability, by bisection of its logit."""
    from scipy.special import expit

    step = grid.log_alpha[1] - grid.log_alpha[0]
    # The distribution of log alpha in each column at the ends of the cells around the points.
    ends = np.append(grid.log_alpha - step / 2, grid.log_alpha[-1] + step / 2)
    up_to = np.vstack([np.zeros(len(shift)), np.cumsum(grid.density, axis=0)])
    low, high = -_SMALLEST_LOGIT, _SMALLEST_LOGIT
    for _ in range(45):
        middle = (low + high) / 2
        place = np.clip((middle - shift - ends[0]) / step, 0, len(grid.log_alpha))
        cell = np.minimum(place.astype(np.int64), len(grid.log_alpha) - 1)
        columns = np.arange(len(shift))
        below = up_to[cell, columns] + (place - cell) * grid.density[cell, columns]
        low, high = (middle, high) if below.sum() < share else (low, middle)
    return float(expit((low + high) / 2))


def _parameters_of(grid: _Grid) -> Floats:
    """Return means and standard deviations, shape (2, 2)."""
    found = []
    for values, density in (
        (grid.log_alpha, grid.density.sum(axis=1)),
        (grid.log_beta, grid.density.sum(axis=0)),
    ):
        mean = (density * values).sum()
        found.append((mean, np.sqrt((density * (values - mean) ** 2).sum())))
    return np.array(found).T


def _grid(model: TwoParameterModel, n: Ints, dlt: Ints) -> _Grid:
    """Return the density on as many points in log alpha as limits need, where it is not negligible."""
    log_alpha, log_beta = lattice_points(model, int(n.sum()))
    log_density = _log_density(model, n, dlt, log_alpha, log_beta)
    inside = log_density > log_density.max() - _LOG_DROP
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    step = log_alpha[1] - log_alpha[0]
    fine = np.linspace(log_alpha[rows[0]] - step, log_alpha[rows[-1]] + step, _FINE)
    kept = log_beta[columns[0] : columns[-1] + 1]
    log_density = _log_density(model, n, dlt, fine, kept)
    density = np.exp(log_density - log_density.max())
    return _Grid(fine, kept, density / density.sum())


def _log_density(model: TwoParameterModel, n: Ints, dlt: Ints, log_alpha: Floats, log_beta: Floats) -> Floats:
    """Return the log posterior density but for a constant, shape (log alpha, log beta)."""
    first = ((log_alpha - model.mean[0]) / model.sd[0])[:, None]
    second, rho = (log_beta - model.mean[1]) / model.sd[1], model.correlation
    log_density: Floats = -0.5 * (first**2 - 2 * rho * first * second + second**2) / (1 - rho**2)
    beta = np.exp(np.minimum(log_beta, STEEPEST_LOG_BETA))
    for x, patients, toxic in zip(model.log_doses, n.tolist(), dlt.tolist(), strict=True):
        if patients:
            at = log_alpha[:, None] + beta * x
            log_density = log_density + toxic * at - patients * np.logaddexp(0, at)
    return log_density
