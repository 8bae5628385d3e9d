"""One replicate's patients: drawn, screened and followed to a cleared donor once, shared by all trials."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from simulator.durations import DAYS_PER_MONTH, tick
from simulator.eligibility.own_criteria import Eligibility
from simulator.outcomes.outcomes import OutcomeDraws, OutcomeParameters, draw_outcomes
from simulator.population.arrivals import ArrivalParameters, SiteReferrals, refuse_so_many
from simulator.population.patients import PopulationParameters
from simulator.population.screened_referrals import refer
from simulator.randomness import Block, Streams
from simulator.trial.candidates import Candidates
from simulator.trial.dosing import DosingColumns, DosingParameters, dosing_columns
from simulator.trial.follow_up import outcome_lists
from simulator.trial.ledger import NEVER, Exit
from simulator.trial.linked_risks import linked_risks
from simulator.trial.pathways import pathways
from simulator.trial.product import NO_PRODUCT, ProductColumns, ProductParameters, product_columns
from simulator.trial.rules import TrialRules
from simulator.trial.screening import Pathways, ScreeningParameters

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LONGEST_DAYS: Final = 100 * 365.25
REFERRALS_AT_ONCE: Final = 60_000
"""Referrals drawn in one pass, some 55 MB; a single replicate may have more, up to `MOST_REFERRALS`."""
_BEYOND_ALL_DAYS: Final = 2.0**18
MOST_TOGETHER: Final = 128
"""Replicates whose referral days are computed at once."""
_LARGEST_KEPT: Final = (32 << 20) - (64 << 10)
"""Bytes: the largest array whose memory glibc ever keeps when it is freed, less some room."""


@dataclass(frozen=True, slots=True)
class Stages:
    """The parameters of everything that happens to a patient.

    Attributes
    ----------
    product
        None where nothing is made: no donor, no manufacture, no lymphodepletion.
    """

    rules: TrialRules
    population: PopulationParameters
    eligibility: Eligibility
    arrivals: ArrivalParameters
    screening: ScreeningParameters
    product: ProductParameters | None
    dosing: DosingParameters
    outcomes: OutcomeParameters

    @property
    def made(self) -> ProductParameters:
        """The product as the calendar makes it: at once where there is none."""
        return NO_PRODUCT if self.product is None else self.product


@dataclass(frozen=True, slots=True)
class Intake:
    """One replicate's patients.

    Attributes
    ----------
    paths
        Every referral, in referral order.
    site, index : (referred,)
        Who they are.
    candidates
        Those who become eligible with a cleared donor, in that order: whom a trial meets.
    position : (candidates,)
        Their positions in `paths`.
    """

    replicate: int
    paths: Pathways
    site: Ints
    index: Ints
    candidates: Candidates
    position: Ints

    def screening_tally(self, criteria: int) -> dict[str, Ints | int]:
        """Count what screening finds among all referrals up to the horizon; see `screening_tally`."""
        return screening_tally(self.paths, slice(None), criteria)


def screening_tally(paths: Pathways, rows: slice, criteria: int) -> dict[str, Ints | int]:
    """Count what screening finds among some referrals, one replicate's up to the horizon, whatever the trial.

    `verdicts`: consented patients who reach a screening verdict. Of them, per criterion: `failed`, who
    fail it; `primary`, whose primary reason it is; `alone`, who fail nothing else.
    """
    judged = paths.verdict_day[rows] < NEVER
    bits = paths.failed[rows][judged]
    failed = (bits[:, None] >> np.arange(criteria, dtype=np.uint32)) & 1
    alone = failed[np.bitwise_count(bits) == 1]
    reasons = paths.criterion[rows][judged & (paths.reason[rows] == Exit.SCREEN_FAILURE)]
    return {
        "referred": len(judged),
        "prescreened": int((paths.prescreened_day[rows] < NEVER).sum()),
        "consented": int((paths.consented_day[rows] < NEVER).sum()),
        "verdicts": int(judged.sum()),
        "failed": failed.sum(axis=0).astype(np.int64),
        "primary": np.bincount(reasons, minlength=criteria),
        "alone": alone.sum(axis=0).astype(np.int64),
    }


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When the patients of one replicate are referred: ascending days of each site, up to the horizon.

    Attributes
    ----------
    until_day
        Day of the first referral that is left out; infinity where none is.
    """

    replicate: int
    horizon_days: float
    days: list[Floats]
    until_day: float = NEVER

    @property
    def referred(self) -> int:
        """How many are referred, at all sites."""
        return sum(map(len, self.days))

    def first(self, most: int) -> "Arrivals":
        """Return the first referrals of all sites together, at most so many; those of one day stay together."""
        if self.referred <= most:
            return self
        until = float(_together(self.days)[most])
        return replace(self, days=[days[: days.searchsorted(until)] for days in self.days], until_day=until)


def _together(days: list[Floats]) -> Floats:
    """Return the days of all sites, ascending as those of each site are: runs, which a stable sort merges."""
    return days[0] if len(days) == 1 else np.sort(np.concatenate(days), kind="stable")


def draw_intakes(
    stages: Stages, streams: Streams, replicates: range, referrals_at_least: int = 0
) -> list[Intake]:
    """Return the patients of `draw_replicates`, replicate by replicate."""
    return list(draw_replicates(stages, streams, replicates, referrals_at_least))


def draw_replicates(
    stages: Stages, streams: Streams, replicates: range, referrals_at_least: int = 0
) -> "DrawnReplicates":
    """Draw the patients of several replicates in one vectorised pass.

    Each replicate reaches the calendar limit, or beyond it until so many patients are referred (or, where
    nobody is ever referred, 100 years).
    """
    return _drawn(stages, streams, list(_arrivals(stages, streams, replicates, referrals_at_least)))


def replicate_groups(
    stages: Stages,
    streams: Streams,
    replicates: Iterable[int],
    referrals_at_least: int = 0,
    drawn_at_most: int | None = None,
) -> "Iterator[DrawnReplicates]":
    """Yield the same patients in groups of replicates that follow each other, so that memory stays bounded.

    Of each replicate only the first referrals are drawn where `drawn_at_most` says how many; its horizon stays.
    """
    arrivals = _arrivals(stages, streams, replicates, referrals_at_least)
    if drawn_at_most is not None:
        arrivals = (one.first(drawn_at_most) for one in arrivals)
    yield from (_drawn(stages, streams, group) for group in grouped(arrivals))


def each_intake(
    stages: Stages, streams: Streams, replicates: range, referrals_at_least: int = 0
) -> Iterator[Intake]:
    """Yield the same patients replicate by replicate, so that memory stays bounded."""
    for group in replicate_groups(stages, streams, replicates, referrals_at_least):
        yield from group


def grouped(arrivals: Iterable[Arrivals]) -> Iterator[list[Arrivals]]:
    """Yield replicates in groups of up to `REFERRALS_AT_ONCE` referrals, at least one replicate in each."""
    group: list[Arrivals] = []
    referred = 0
    for one in arrivals:
        if group and referred + one.referred > REFERRALS_AT_ONCE:
            yield group
            group, referred = [], 0
        group.append(one)
        referred += one.referred
    if group:
        yield group


def intakes_of(stages: Stages, streams: Streams, arrivals: list[Arrivals]) -> list[Intake]:
    """Draw the patients of replicates whose referral days are known, in one vectorised pass."""
    return list(_drawn(stages, streams, arrivals))


def _keep_freed_memory() -> None:
    """Let the memory of arrays that are freed be kept for the next ones: to get it anew takes a fifth of the time.

    glibc gives back what is larger than anything that it has seen freed; this is freed at once, and never written.
    """
    np.empty(_LARGEST_KEPT, dtype=np.uint8)


def _drawn(stages: Stages, streams: Streams, arrivals: list[Arrivals]) -> "DrawnReplicates":
    _keep_freed_memory()
    blocks = [
        Block(one.replicate, site, 0, len(of_site))
        for one in arrivals
        for site, of_site in enumerate(one.days)
    ]
    days = [of_site for one in arrivals for of_site in one.days]
    referred = np.concatenate(days)
    referrals = refer(stages.population, stages.eligibility, streams, blocks)
    links, law = stages.outcomes.risk_links, stages.population.survival
    referrals, odds = linked_risks(links, law, stages.screening, referrals, streams, blocks)
    bridging = None if stages.product is None else stages.product.bridging
    paths = pathways(stages.screening, stages.dosing, bridging, referrals, referred, streams, blocks)
    counts = [block.count for block in blocks]
    who = _Who(
        np.repeat([block.replicate for block in blocks], counts),
        np.repeat([block.site for block in blocks], counts),
        np.concatenate([np.arange(count) for count in counts]),
    )
    ready = np.flatnonzero(paths.ready)
    ready = ready[_in_order(paths.ready_day[ready], who.replicate[ready])]
    donor_fails = referrals.donor_fails & (stages.product is not None)
    window = stages.rules.dlt_window_days
    everybody = _in_order(referred, who.replicate)
    numbers = np.array([one.replicate for one in arrivals])
    place = np.empty(len(referred), dtype=np.int64)
    place[everybody] = np.arange(len(referred))
    exits = np.stack([paths.death_day[ready], paths.withdrawal_day[ready], paths.progression_day[ready]])
    return DrawnReplicates(
        replicates=[one.replicate for one in arrivals],
        horizons=[one.horizon_days for one in arrivals],
        until_days=[one.until_day for one in arrivals],
        paths=_take(paths, everybody),
        site=who.site[everybody],
        within_site=who.index[everybody],
        referred_by=np.searchsorted(who.replicate[everybody], [*numbers, numbers[-1] + 1]),
        ready_by=np.searchsorted(who.replicate[ready], [*numbers, numbers[-1] + 1]),
        place=place[ready],
        leaves_day=exits.min(axis=0),
        leaves_for=np.array(_EXITS)[exits.argmin(axis=0)],
        products=product_columns(stages.made, donor_fails, streams, blocks, ready),
        dosing=dosing_columns(stages.dosing, streams, blocks, ready),
        outcomes=draw_outcomes(stages.outcomes, window, streams, blocks, odds, ready),
    )


_EXITS: Final = (Exit.DIED, Exit.WITHDREW, Exit.PROGRESSED)


def _arrivals(
    stages: Stages, streams: Streams, replicates: Iterable[int], at_least: int
) -> Iterator[Arrivals]:
    """Yield the referral days of each replicate up to its horizon, some replicates computed together."""
    months = stages.rules.calendar_limit_months
    together = max(1, int(REFERRALS_AT_ONCE / (1 + stages.arrivals.expected_referrals(months))))
    waiting = iter(replicates)
    while some := list(islice(waiting, min(together, MOST_TOGETHER))):
        yield from _referrals(stages, streams, some, at_least)


def _referrals(stages: Stages, streams: Streams, replicates: list[int], at_least: int) -> list[Arrivals]:
    """Return the referral days of each site up to the horizon, in some replicates."""
    limit = tick(stages.rules.calendar_limit_months * DAYS_PER_MONTH)
    sites = range(stages.arrivals.sites)
    of_sites = [SiteReferrals.of(stages.arrivals, streams, replicates, site) for site in sites]
    monthly = zip(*(one.monthly.tolist() for one in of_sites), strict=True)
    rates = [sum(of_one) / DAYS_PER_MONTH for of_one in monthly]
    found: dict[int, Arrivals] = {}
    # shorter ones all but never have so many even at the full rate
    near = [place for place, rate in enumerate(rates) if limit * rate >= at_least or limit > LONGEST_DAYS]
    for place, days in _days_of(of_sites, near, limit).items():
        referred = sum(map(len, days))
        refuse_so_many(referred)
        if referred >= at_least or limit > LONGEST_DAYS:
            found[place] = _up_to_enough(replicates[place], days, limit, limit, at_least)
    # Days do not depend on the horizon, so that drawing further adds patients and changes none.
    longest, most = _beyond_longest(limit), at_least + 1
    while far := [place for place in range(len(replicates)) if place not in found]:
        for place, days in _days_of(of_sites, far, longest, most).items():
            one = _up_to_enough(replicates[place], days, limit, longest, at_least)
            if all(len(of_site) < most or of_site[-1] > one.horizon_days for of_site in days):
                found[place] = one
        most *= 2
    return [found[place] for place in range(len(replicates))]


def _days_of(
    of_sites: list[SiteReferrals], places: list[int], horizon: float, *most: int
) -> dict[int, list[Floats]]:
    """Return the referral days of each site in the replicates at these places."""
    drawn = [one.days(dict.fromkeys(places, horizon), *most) for one in of_sites]
    return {place: [of_site[place] for of_site in drawn] for place in places}


def _beyond_longest(limit: float) -> float:
    """Return the last horizon of a replicate with too few referrals: the limit, doubled until beyond 100 years."""
    horizon = limit
    while horizon <= LONGEST_DAYS:
        horizon *= 2
    return horizon


def _up_to_enough(
    replicate: int, days: list[Floats], limit: float, horizon: float, at_least: int
) -> Arrivals:
    """Return the arrivals up to the limit, or beyond it until so many patients are referred."""
    if 0 < at_least <= sum(map(len, days)):
        horizon = max(limit, float(_together(days)[at_least - 1]))
    return Arrivals(replicate, horizon, [one[: one.searchsorted(horizon, "right")] for one in days])


@dataclass(frozen=True, slots=True)
class _Who:
    replicate: Ints
    site: Ints
    index: Ints


def _in_order(day: Floats, replicate: Ints) -> Ints | slice:
    """Sort patients by replicate, then day; they stand by replicate, site and number, which break ties.

    Those who stand so already are a slice, so that nothing is copied.
    """
    of_one = replicate[1:] == replicate[:-1]
    if np.all((day[1:] >= day[:-1]) | ~of_one) and np.all(replicate[1:] >= replicate[:-1]):
        return slice(None)
    # One number by which all are sorted, where it can hold both: they all but stand so, which this makes use of.
    begin = _BEYOND_ALL_DAYS * (replicate - replicate[0])
    both = begin + day
    if np.all((both - begin == day) & (day >= 0) & (day < _BEYOND_ALL_DAYS)):
        return np.argsort(both, kind="stable")
    return np.lexsort((day, replicate))


@dataclass(frozen=True, slots=True)
class DrawnReplicates(Sequence[Intake]):
    """The patients of several replicates as arrays; each item is one replicate's `Intake`, made when asked for.

    Attributes
    ----------
    until_days
        Day of each replicate's first referral that was not drawn; infinity where all were.
    paths, site, within_site : (referred,)
        Every referral, replicate by replicate in referral order; those of replicate k from `referred_by[k]` on.
    place : (candidates,)
        The candidates' positions there, in order of readiness; those of replicate k from `ready_by[k]` on.
    leaves_day, leaves_for : (candidates,)
        The earliest of death, withdrawal and progression; and which, a number of `Exit`.
    products, dosing, outcomes
        The candidates' draws.
    """

    replicates: list[int]
    horizons: list[float]
    until_days: list[float]
    paths: Pathways
    site: Ints
    within_site: Ints
    referred_by: Ints
    ready_by: Ints
    place: Ints
    leaves_day: Floats
    leaves_for: Ints
    products: ProductColumns
    dosing: DosingColumns
    outcomes: OutcomeDraws

    def __len__(self) -> int:
        """Return the number of replicates."""
        return len(self.replicates)

    @overload
    def __getitem__(self, k: int) -> Intake: ...

    @overload
    def __getitem__(self, k: slice) -> list[Intake]: ...

    def __getitem__(self, k: int | slice) -> Intake | list[Intake]:
        """Return one replicate's patients, or those of some replicates."""
        if isinstance(k, slice):
            return [self[one] for one in range(*k.indices(len(self)))]
        if not -len(self) <= k < len(self):
            raise IndexError(k)
        k %= len(self)
        rows = slice(int(self.referred_by[k]), int(self.referred_by[k + 1]))
        place = self.place[self.ready_by[k] : self.ready_by[k + 1]]
        return Intake(
            replicate=self.replicates[k],
            paths=_take(self.paths, rows),
            site=self.site[rows],
            index=self.within_site[rows],
            candidates=self._candidates(k, place),
            position=place - rows.start,
        )

    def _candidates(self, k: int, at: Ints) -> Candidates:
        span, paths = slice(int(self.ready_by[k]), int(self.ready_by[k + 1])), self.paths
        return Candidates(
            horizon_days=self.horizons[k],
            site=self.site[at].tolist(),
            index=self.within_site[at].tolist(),
            ready_day=paths.ready_day[at].tolist(),
            expiry_day=paths.expiry_day[at].tolist(),
            death_day=paths.death_day[at].tolist(),
            leaves_day=self.leaves_day[span].tolist(),
            leaves_for=[Exit(code) for code in self.leaves_for[span].tolist()],
            queues=paths.queues[at].tolist(),
            bridged=paths.bridged[at].tolist(),
            products=self.products.lists(span),
            dosing=self.dosing.lists(span),
            outcomes=outcome_lists(self.outcomes, span),
        )


def _take(paths: Pathways, rows: Ints | slice) -> Pathways:
    return Pathways(*(getattr(paths, name)[rows] for name in Pathways.__slots__))
