"""Referrals per site and month, and the ramp, learnt from the dates of a log.

A site refers as a Poisson process at c m G r(t): the scenario's rate m, a factor c that all sites have in common, the
site's own multiplier G (Gamma with mean 1), and the ramp r. Given c and the ramp the rate of a site is Gamma again
(Anisimov and Fedorov 2007, Stat Med 26:4958); c, the length of the ramp, and an opening that the log does not date
are summed over on a grid.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammaln

from simulator.analysis.fitting.posterior import Kind, Posterior, prior_of
from simulator.mid_trial.screening_log import ScreeningLog
from simulator.mid_trial.site_rates import Thinning
from simulator.population.arrivals import ArrivalParameters, SiteArrivals, exposure_months, relative_rate
from simulator.scenario.ranges import Range

Floats = NDArray[np.float64]

RATES: Final = 48
RAMPS: Final = 16
OPENINGS: Final = 24
LATEST_OPENING_DAYS: Final = 365.0
"""How long before its first patient a site whose opening is not dated may have opened."""
NO_EFFECT_SHAPE: Final = 1e6
"""Shape of the site effect where the scenario has none: every site has the common rate."""
POINTS: Final = 600
NOON: Final = 0.5


@dataclass(frozen=True, slots=True)
class FittedAccrual:
    """The rate of each site of the log, the common factor on the scenario's rates, and the ramp, months."""

    sites: tuple[Posterior, ...]
    factor: Posterior
    ramp: Posterior | None
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Site:
    """A site over the grid: log likelihood and months at full rate, (rates, ramps); its rates, shape and count."""

    log_likelihood: Floats
    exposure: Floats
    monthly: Floats
    shape: float
    count: int


def fit_accrual(
    log: ScreeningLog,
    arrivals: ArrivalParameters,
    factor: Range,
    ramp: Range | None,
    state: str,
    thinning: Thinning,
) -> FittedAccrual:
    """Return what the dates of a state say of the rates.

    Parameters
    ----------
    factor, ramp
        Ranges of a common factor on the scenario's rates, and of the length of their common ramp; no ramp where
        it stays as it is.
    state, thinning
        The earliest column of the log, and how referrals come to it.
    """
    factors = prior_of(factor, Kind.RATE).law.ppf((np.arange(RATES) + 0.5) / RATES)
    lengths = None if ramp is None else prior_of(ramp, Kind.TIME).law.ppf((np.arange(RAMPS) + 0.5) / RAMPS)
    day = log.day(state)
    sites = [
        _site(
            arrivals.at_site(k),
            factors,
            lengths,
            day[(log.site == k) & np.isfinite(day)],
            log.opened[k],
            log,
            thinning,
        )
        for k in range(len(log.sites))
    ]
    weight = np.sum([one.log_likelihood for one in sites], axis=0)
    weight = np.exp(weight - weight.max())
    weight /= weight.sum()
    return FittedAccrual(
        sites=tuple(_rate_of(one, weight) for one in sites),
        factor=Posterior(factors, weight.sum(axis=1)),
        ramp=None if lengths is None else Posterior(lengths, weight.sum(axis=0)),
        counts=tuple(one.count for one in sites),
    )


def _site(
    own: SiteArrivals,
    factors: Floats,
    lengths: Floats | None,
    dates: Floats,
    opened: float,
    log: ScreeningLog,
    thinning: Thinning,
) -> _Site:
    monthly, shape = factors * own.monthly, own.effect_shape or NO_EFFECT_SHAPE
    ramps = [own] if lengths is None else [replace(own, ramp_months=float(length)) for length in lengths]
    first = np.nanmin(log.opened) if np.isfinite(log.opened).any() else np.nan
    openings = [opened]
    if not np.isfinite(opened):
        latest = float(dates.min(initial=log.cut)) - thinning.delay_days.min(initial=0.0)
        openings = (latest - LATEST_OPENING_DAYS * (np.arange(OPENINGS) + 0.5) / OPENINGS).tolist()
    parts, exposures = [], []
    for opening in openings:
        # Closures count from the opening of the first site.
        origin = first if np.isfinite(first) else opening
        at = dates[:, None] + NOON - origin - thinning.delay_days[None, :]
        until = log.cut + 1.0 - origin - thinning.delay_days
        intensity = [relative_rate(ramped, opening - origin, at).mean(axis=1) for ramped in ramps]
        along = np.array([np.log(np.maximum(one, 1e-6)).sum() for one in intensity])
        exposure = np.array(
            [thinning.share * exposure_months(ramped, opening - origin, until).mean() for ramped in ramps]
        )
        exposures.append(exposure)
        parts.append(_log_likelihood(monthly, shape, len(dates), exposure) + along[None, :])
    log_likelihood = np.logaddexp.reduce(parts, axis=0)
    among = np.exp(np.array(parts) - log_likelihood)
    exposure = (among * np.array(exposures)[:, None, :]).sum(axis=0)
    return _Site(log_likelihood, exposure, monthly, shape, len(dates))


def _log_likelihood(monthly: Floats, shape: float, count: int, exposure: Floats) -> Floats:
    """Return that of a count over exposures, the multiplier summed over; (rates, ramps)."""
    rate = shape / monthly[:, None]
    found: Floats = (
        shape * np.log(rate)
        - gammaln(shape)
        + gammaln(shape + count)
        - (shape + count) * np.log(rate + exposure[None, :])
    )
    return found


def _rate_of(site: _Site, weight: Floats) -> Posterior:
    """Return the site's own rate: a mixture of Gamma laws."""
    scale = (site.shape / site.monthly[:, None] + site.exposure).ravel()
    mixed, of = weight.ravel(), site.shape + site.count
    keep = mixed > 1e-9
    scale, mixed = scale[keep], mixed[keep] / mixed[keep].sum()
    spread = 8 * np.sqrt(of) / of
    low, high = of / scale.max() * np.exp(-spread), of / scale.min() * np.exp(spread)
    edges = np.geomspace(low, high, POINTS + 1)
    cdf = gammainc(of, edges[:, None] * scale[None, :]) @ mixed
    weights = np.diff(cdf)
    middles = np.sqrt(edges[1:] * edges[:-1])
    return Posterior(middles, weights / weights.sum())
