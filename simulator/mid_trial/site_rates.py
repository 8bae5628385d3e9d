"""How fast each site refers, learnt from its own referrals so far: Poisson counts, Gamma multipliers.

A site's multiplier G of the scenario's rate m has the prior Gamma(a, a), a = `site_effect_shape`. X referrals
over E months at full rate (ramp and closures counted) make it Gamma(a + X, a + m E) (Anisimov and Fedorov 2007,
Stat Med 26:4958, with the exposure of a rate that varies in time). Where referrals are not recorded, X counts
the first state that is: by independent thinning and displacement it is Poisson too, with mean m G E', where E'
is the exposure that leads to the state by the cut, over the scenario's own pathways.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, gammaln

from simulator.durations import DAYS_PER_MONTH, tick
from simulator.population.arrivals import (
    ArrivalParameters,
    SiteArrivals,
    exposure_months,
    relative_rate,
    site_opening_days,
)
from simulator.randomness import Block, Purpose, Streams

Floats = NDArray[np.float64]

OPENINGS: Final = 200
"""Points of the grid over the opening day of a site that has patients and no opening date."""


@dataclass(frozen=True, slots=True)
class Thinning:
    """How referrals come to the state that is counted: days from referral to it, of those who come to it.

    `share` is how many do. For referrals themselves: share 1, no delay.
    """

    share: float
    delay_days: Floats


@dataclass(frozen=True, slots=True)
class SiteRate:
    """What is known of one site at the cut.

    Attributes
    ----------
    opening_days, weights
        Days on which it may have opened, and their probabilities: one, where the date is known. Empty for a
        site that has not opened by the cut and has no date: it opens by the scenario's law, after the cut.
    exposures
        Per opening day the months at full rate that the count is Poisson over.
    count
        Patients counted so far.
    """

    name: str
    opening_days: Floats
    weights: Floats
    exposures: Floats
    count: int

    @property
    def exposure(self) -> float:
        """Months at full rate, averaged over the opening."""
        return float((self.weights * self.exposures).sum())


def site_rate(
    arrivals: ArrivalParameters,
    name: str,
    opening_day: float,
    counted_days: Floats,
    thinning: Thinning,
    cut_day: float,
    site: int = 0,
) -> SiteRate:
    """Return what is known of a site's referral rate, given its patients so far.

    Parameters
    ----------
    opening_day
        Infinity where it is not known.
    counted_days
        Day on which each of its patients came to the state that is counted.
    site
        Its position among the scenario's sites.
    """
    count, own = len(counted_days), arrivals.at_site(site)
    if np.isfinite(opening_day):
        days = np.array([opening_day])
        return SiteRate(name, days, np.ones(1), _exposures(own, days, thinning, cut_day), count)
    if count == 0:
        return SiteRate(name, np.empty(0), np.empty(0), np.empty(0), 0)
    latest = float(counted_days.min() - thinning.delay_days.min(initial=0.0))
    if own.opens_months is None:
        days = _openings(arrivals, latest)
    else:
        days = np.array([min(own.opens_months * DAYS_PER_MONTH, max(latest, 0.0))])
    exposures = _exposures(own, days, thinning, cut_day)
    return SiteRate(name, days, _weights(own, days, exposures, counted_days, thinning), exposures, count)


def _exposures(own: SiteArrivals, days: Floats, thinning: Thinning, cut_day: float) -> Floats:
    until = cut_day - thinning.delay_days
    return np.array([thinning.share * exposure_months(own, day, until).mean() for day in days.tolist()])


def _openings(arrivals: ArrivalParameters, latest: float) -> Floats:
    """Return opening days that the scenario allows, up to the first patient of the site."""
    first = arrivals.later_sites_open_after_months * DAYS_PER_MONTH
    last = first + arrivals.later_sites_open_within_months * DAYS_PER_MONTH
    if latest <= first:
        return np.array([max(latest, 0.0)])
    return first + (min(latest, last) - first) * (np.arange(OPENINGS) + 0.5) / OPENINGS


def _weights(
    own: SiteArrivals, days: Floats, exposures: Floats, counted: Floats, thinning: Thinning
) -> Floats:
    """Return the probability of each opening day: uniform, times the likelihood with G integrated out."""
    monthly, shape = own.monthly, own.effect_shape
    log_weight = np.empty(len(days))
    for k, day in enumerate(days.tolist()):
        at = counted[:, None] - thinning.delay_days[None, :]
        intensity = relative_rate(own, day, at).mean(axis=1)
        with np.errstate(divide="ignore"):
            log_weight[k] = np.log(intensity).sum()
        if shape is None:
            log_weight[k] -= monthly * exposures[k]
        else:
            count = len(counted)
            log_weight[k] += gammaln(shape + count) - (shape + count) * np.log(shape + monthly * exposures[k])
    weights = np.exp(log_weight - log_weight.max()) if np.isfinite(log_weight.max()) else np.ones(len(days))
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def draw_site(
    arrivals: ArrivalParameters, one: SiteRate, streams: Streams, replicate: int, site: int, cut_day: float
) -> tuple[float, float]:
    """Draw a site's opening day and multiplier, given what is known of it.

    From the same uniforms as `site_opening_days` and `site_effect`: with nothing known they are the same.
    """
    u, v = streams.uniforms(Purpose.SITE, Block(replicate, site, 0, 1))[0, :2]
    if len(one.opening_days):
        k = min(int(np.searchsorted(np.cumsum(one.weights), v)), len(one.opening_days) - 1)
        opening, exposure = tick(float(one.opening_days[k])), float(one.exposures[k])
    else:
        opening, exposure = _opens_later(arrivals, streams, replicate, site, cut_day), 0.0
    return opening, multiplier(arrivals.at_site(site), one.count, exposure, float(u))


def _opens_later(
    arrivals: ArrivalParameters, streams: Streams, replicate: int, site: int, cut_day: float
) -> float:
    """Draw an opening after the cut by the scenario's law; at the cut where the law has it all before."""
    if site == 0:
        return cut_day
    day = site_opening_days(arrivals, streams, replicate, site)
    if arrivals.at_site(site).opens_months is not None:
        return max(day, cut_day)
    first = arrivals.later_sites_open_after_months * DAYS_PER_MONTH
    span = arrivals.later_sites_open_within_months * DAYS_PER_MONTH
    if cut_day <= first:
        return day
    if cut_day >= first + span:
        return cut_day
    share = (day - first) / span
    return tick(cut_day + share * (first + span - cut_day))


def multiplier(own: SiteArrivals, count: int, exposure: float, u: float) -> float:
    """Return the quantile at u of a site's multiplier, given a count over an exposure."""
    shape = own.effect_shape
    if shape is None:
        return 1.0
    rate = shape + own.monthly * exposure
    return float(gammaincinv(shape + count, u) / rate)
