"""When patients are referred: a Poisson process per site with a site effect, a ramp and closures.

Referral times are unit-exponential sums carried through the inverse of the site's cumulative rate, so opening
a site or changing a rate renumbers nobody (contract 5.2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy.special import gammaincinv

from simulator.durations import DAYS_PER_MONTH, tick, to_ticks
from simulator.errors import ScenarioError
from simulator.parsing.per_site import MOST_SITES, Fraction, Months, Rate, Shape, at_site
from simulator.randomness import Block, Purpose, Streams

Floats = NDArray[np.float64]

MOST_EXPECTED: Final = 100_000
"""Referrals that a scenario may have in a trial up to its calendar limit, in the mean, all sites at full rate."""
MOST_REFERRALS: Final = 200_000
"""Referrals of one replicate, which take some 170 MB; more than `MOST_EXPECTED`, as sites vary about their means."""


class Closure(BaseModel):
    """A span in which no site, or the one named, refers anybody; months after the first site opens.

    `site` counts from 1, in the order of the sites.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    from_month: float = Field(ge=0)
    to_month: float = Field(gt=0)
    site: int | None = Field(default=None, ge=1, le=MOST_SITES)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.from_month < self.to_month:
            raise ValueError("from_month < to_month is required")
        return self


@dataclass(frozen=True, slots=True)
class SiteArrivals:
    """The referrals of one site.

    Attributes
    ----------
    monthly
        Referrals a month at full rate, before the site's effect; `effect_shape` is that of its Gamma law, None
        where there is none.
    ramp_start_fraction, ramp_months
        Share of the full rate at the opening, and months from there to all of it.
    opens_months
        Opening, months after that of the first site; None where it is drawn.
    closed
        Spans without referrals, months after the opening of the first site, in order.
    """

    monthly: float
    effect_shape: float | None
    ramp_start_fraction: float
    ramp_months: float
    opens_months: float | None
    closed: tuple[tuple[float, float], ...]


class ArrivalParameters(BaseModel):
    """Referrals per site and calendar time. A number holds for every site; a list has one for each.

    Entries of a list beyond the number of sites are those of sites that do not open: with fewer sites it stays legal.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sites: int = Field(default=1, ge=1, le=MOST_SITES)
    referrals_per_site_month: Rate = 2.4
    site_effect_shape: Shape | None = 4.0
    ramp_start_fraction: Fraction = 0.3
    ramp_months: Months = 3.0
    later_sites_open_after_months: float = Field(default=3.0, ge=0, le=120)
    later_sites_open_within_months: float = Field(default=6.0, ge=0, le=120)
    sites_open_months: tuple[Annotated[float, Field(ge=0, le=120)] | None, ...] | None = None
    closures: tuple[Closure, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name in PER_SITE:
            given = getattr(self, name)
            if isinstance(given, tuple) and len(given) < self.sites:
                raise ValueError(
                    f"{name} must be one number, or at least {self.sites}, one for each site; got {len(given)}"
                )
        opens = self.sites_open_months
        if opens is not None and len(opens) < self.sites:
            raise ValueError(
                f"sites_open_months must have at least {self.sites} entries, one for each site; got {len(opens)}"
            )
        if opens is not None and opens[0] not in (None, 0):
            raise ValueError(f"sites_open_months must begin with 0, the first opening; got {opens[0]:g}")
        for site in range(self.sites):
            for (_, before), (after, _) in pairwise(self.at_site(site).closed):
                if after < before:
                    raise ValueError("closures must be in order and must not overlap")
        return self

    def at_site(self, site: int) -> SiteArrivals:
        """Return the numbers of one site, counted from 0."""
        shape = self.site_effect_shape
        return SiteArrivals(
            monthly=at_site(self.referrals_per_site_month, site),
            effect_shape=None if shape is None else at_site(shape, site),
            ramp_start_fraction=at_site(self.ramp_start_fraction, site),
            ramp_months=at_site(self.ramp_months, site),
            opens_months=None if self.sites_open_months is None else self.sites_open_months[site],
            closed=tuple(
                (one.from_month, one.to_month) for one in self.closures if one.site in (None, site + 1)
            ),
        )

    def expected_referrals(self, months: float) -> float:
        """Return the referrals of that many months, all sites at full rate."""
        return months * sum(self.at_site(site).monthly for site in range(self.sites))


PER_SITE: Final = ("referrals_per_site_month", "site_effect_shape", "ramp_start_fraction", "ramp_months")
"""Numbers that may differ between sites."""


def site_opening_days(parameters: ArrivalParameters, streams: Streams, replicate: int, site: int) -> float:
    """Return the day the site opens in one replicate; see `opening_days`."""
    return float(opening_days(parameters, streams, [replicate], site)[0])


def opening_days(
    parameters: ArrivalParameters, streams: Streams, replicates: Sequence[int], site: int
) -> Floats:
    """Return the day the site opens: day 0 for the first site, a month given or one drawn for the others."""
    if site == 0:
        return np.zeros(len(replicates))
    opens = parameters.at_site(site).opens_months
    if opens is not None:
        return np.full(len(replicates), tick(opens * DAYS_PER_MONTH))
    # the second uniform of the site; the first makes its effect
    u = _uniforms_of_site(streams, replicates, site)[1]
    months = parameters.later_sites_open_after_months + parameters.later_sites_open_within_months * u
    return to_ticks(months * DAYS_PER_MONTH)


def site_effect(parameters: ArrivalParameters, streams: Streams, replicate: int, site: int) -> float:
    """Return the site's multiplier of the referral rate in one replicate; see `site_effects`."""
    return float(site_effects(parameters, streams, [replicate], site)[0])


def site_effects(
    parameters: ArrivalParameters, streams: Streams, replicates: Sequence[int], site: int
) -> Floats:
    """Return the site's multiplier of the referral rate: Gamma with mean 1, or 1. Shape (replicates,)."""
    shape = parameters.at_site(site).effect_shape
    if shape is None:
        return np.ones(len(replicates))
    u = _uniforms_of_site(streams, replicates, site)[0]
    effects: Floats = np.asarray(gammaincinv(shape, u), dtype=np.float64) / shape
    return effects


def _uniforms_of_site(streams: Streams, replicates: Sequence[int], site: int) -> list[Floats]:
    return streams.columns(Purpose.SITE, [Block(replicate, site, 0, 1) for replicate in replicates])


class SiteReferrals:
    """The referrals of one site in some replicates, which may be asked for further and further: drawn once.

    `monthly` are those a month at full rate, the site's effect included. Shape (replicates,).
    """

    def __init__(
        self,
        own: SiteArrivals,
        streams: Streams,
        replicates: Sequence[int],
        site: int,
        openings: Floats,
        monthly: Floats,
    ) -> None:
        """Take a site that opens on a day and has so many referrals a month at full rate in each replicate."""
        self._own, self._openings, self.monthly = own, openings, monthly
        self._streams, self._replicates, self._site = streams, replicates, site
        self._totals = [np.empty(0)] * len(replicates)

    @classmethod
    def of(
        cls, parameters: ArrivalParameters, streams: Streams, replicates: Sequence[int], site: int
    ) -> "SiteReferrals":
        """Return the referrals of a site as the parameters have them."""
        own = parameters.at_site(site)
        monthly = own.monthly * site_effects(parameters, streams, replicates, site)
        return cls(
            own, streams, replicates, site, opening_days(parameters, streams, replicates, site), monthly
        )

    def days(self, horizon_days: Mapping[int, float], most: int = MOST_REFERRALS + 1) -> dict[int, Floats]:
        """Return the ascending referral days of replicates by place, each up to its own horizon, the first `most`.

        Days count from the opening of the first site.
        """
        found = dict.fromkeys(horizon_days, np.empty(0))
        open_in = {
            place: horizon
            for place, horizon in horizon_days.items()
            if self.monthly[place] > 0 and self._openings[place] < horizon
        }
        if open_in:
            days = self._days_of(list(open_in), np.array(list(open_in.values())), most)
            found.update(zip(open_in, days, strict=True))
        return found

    def _days_of(self, places: list[int], horizons: Floats, most: int) -> list[Floats]:
        """Return the days of replicates whose site opens before their horizons."""
        edges, cumulative, rate, slope = _cumulative_rates(self._own, self._openings[places], horizons)
        monthly = self.monthly[places]
        expected = monthly * cumulative[:, -1]
        refuse_so_many(min(float(expected.max()), most))
        totals = self._totals_beyond(places, expected, most)
        # a replicate's sums ascend
        reached = [
            min(int(one.searchsorted(last, "right")), most)
            for one, last in zip(totals, expected, strict=True)
        ]
        wanted = np.concatenate([one[:count] for one, count in zip(totals, reached, strict=True)])
        wanted /= np.repeat(monthly, reached)
        # below: a total at the very edge of a closure belongs to the piece before it, where the rate is not 0
        below = np.repeat(edges.shape[1] * np.arange(len(places)) - 1, reached)
        for column in cumulative.T:
            below += np.repeat(column, reached) < wanted
        area = wanted - cumulative.take(below)
        months = edges.take(below) + _invert(area, rate.take(below), slope.take(below))
        days = to_ticks(months * DAYS_PER_MONTH)
        ends = np.cumsum(reached).tolist()
        found = [days[end - count : end] for end, count in zip(ends, reached, strict=True)]
        # days ascend too
        return [
            one[: one.searchsorted(horizon, "right")] for one, horizon in zip(found, horizons, strict=True)
        ]

    def _totals_beyond(self, places: list[int], expected: Floats, most: int) -> list[Floats]:
        """Return each replicate's sums of unit exponentials, to beyond the number expected or the first `most`."""
        # six standard deviations above the mean of a Poisson count: hardly ever too few, and then doubled
        counts = (expected + 6 * np.sqrt(expected) + 12).astype(np.int64).tolist()
        asked = dict(zip(places, zip(expected.tolist(), counts, strict=True), strict=True))
        while short := [place for place in places if not self._reaches(place, asked[place][0], most)]:
            blocks = [
                Block(
                    self._replicates[place],
                    self._site,
                    0,
                    min(max(asked[place][1], 2 * len(self._totals[place])), most),
                )
                for place in short
            ]
            drawn = -np.log(self._streams.columns(Purpose.ARRIVAL, blocks, lanes=1)[0])
            begin = 0
            for place, block in zip(short, blocks, strict=True):
                self._totals[place] = np.cumsum(drawn[begin : begin + block.count])
                begin += block.count
        return [self._totals[place] for place in places]

    def _reaches(self, place: int, expected: float, most: int) -> bool:
        totals = self._totals[place]
        return len(totals) >= most or (len(totals) > 0 and totals[-1] > expected)


def referral_days(
    parameters: ArrivalParameters, streams: Streams, replicate: int, site: int, horizon_days: float
) -> Floats:
    """Return the ascending referral days of one site up to the horizon, days after the first site opens."""
    return SiteReferrals.of(parameters, streams, [replicate], site).days({0: horizon_days})[0]


def refuse_so_many(referrals: float) -> None:
    """Raise ScenarioError for a replicate with more referrals than memory is meant to hold."""
    if referrals > MOST_REFERRALS:
        raise ScenarioError(
            f"arrivals: {referrals:,.0f} referrals in one simulated trial, at most {MOST_REFERRALS:,}: lower "
            "referrals_per_site_month, sites or trial.calendar_limit_months, or raise site_effect_shape, by which "
            "sites vary less"
        )


def referral_days_at(
    own: SiteArrivals,
    streams: Streams,
    replicate: int,
    site: int,
    opening: float,
    monthly: float,
    horizon_days: float,
) -> Floats:
    """Return the referral days of a site that opens on a day and has so many referrals a month at full rate."""
    of_site = SiteReferrals(own, streams, [replicate], site, np.array([opening]), np.array([monthly]))
    return of_site.days({0: horizon_days})[0]


def exposure_months(own: SiteArrivals, opening: float, until_days: Floats) -> Floats:
    """Return the months at full rate from a site's opening to each day; ramp and closures count in part.

    Expected referrals are these times the rate at full rate. 0 up to the opening. Same shape as `until_days`.
    """
    last = float(np.max(until_days, initial=0.0))
    if last <= opening:
        return np.zeros_like(until_days)
    pieces = _cumulative_rates(own, np.array([opening]), np.array([last]))
    edges, cumulative, rate, slope = (of_one[0] for of_one in pieces)
    months = np.clip(until_days / DAYS_PER_MONTH, edges[0], edges[-1])
    # below the last edge: the day of the horizon belongs to the last piece that has a width
    piece = np.clip(
        np.searchsorted(edges, months, side="right") - 1, 0, np.searchsorted(edges, edges[-1]) - 1
    )
    width = months - edges[piece]
    exposure: Floats = cumulative[piece] + rate[piece] * width + slope[piece] * width**2 / 2
    return exposure


def relative_rate(own: SiteArrivals, opening: float, days: Floats) -> Floats:
    """Return the referral rate of a site as a share of its full rate, on each day."""
    months = (days - opening) / DAYS_PER_MONTH
    start, ramp = own.ramp_start_fraction, own.ramp_months
    rising = start + (1 - start) * months / ramp if ramp else np.ones_like(months)
    rate: Floats = np.where(months < 0, 0.0, np.where(months < ramp, rising, 1.0))
    for begin, end in own.closed:
        at = days / DAYS_PER_MONTH
        rate = np.where((at >= begin) & (at < end), 0.0, rate)
    return rate


def _cumulative_rates(
    own: SiteArrivals, opening_days: Floats, horizon_days: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Cut [opening, horizon] of each replicate into pieces on which the rate is linear; some have no width.

    Returns the edges (months), the cumulative rate at each edge per unit of full rate, and the rate and its slope
    from each edge on; the rate is zero in closures. Shape (replicates, edges) each.
    """
    opening, horizon = opening_days[:, None] / DAYS_PER_MONTH, horizon_days[:, None] / DAYS_PER_MONTH
    start, ramp = own.ramp_start_fraction, own.ramp_months
    closed = np.array([month for span in own.closed for month in span])
    marks = np.hstack([opening, horizon, opening + ramp, np.tile(closed, (len(opening), 1))])
    edges = np.sort(np.clip(marks, opening, horizon), axis=1)
    rising, steepness = edges < opening + ramp, (1 - start) / ramp if ramp else 0.0
    rate = np.where(rising, start + steepness * (edges - opening), 1.0)
    slope = np.where(rising, steepness, 0.0)
    for begin, end in own.closed:
        shut = (begin <= edges) & (edges < end)
        rate[shut] = slope[shut] = 0.0
    width = np.diff(edges)
    areas = rate[:, :-1] * width + slope[:, :-1] * (width * width) / 2
    cumulative = np.hstack([np.zeros_like(opening), np.cumsum(areas, axis=1)])
    return edges, cumulative, rate, slope


def _invert(area: Floats, rate: Floats, slope: Floats) -> Floats:
    """Solve rate * t + slope * t**2 / 2 = area for t >= 0, in a form that is stable at slope 0."""
    return 2 * area / (rate + np.sqrt(rate**2 + 2 * slope * area))
