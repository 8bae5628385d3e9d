"""One replicate's patients: drawn, screened and followed to a cleared donor once, shared by all trials."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from simulator.durations import DAYS_PER_MONTH, tick
from simulator.eligibility.own_criteria import Eligibility
from simulator.outcomes.outcomes import OutcomeParameters, draw_outcomes
from simulator.population.arrivals import ArrivalParameters, referral_days, refuse_so_many
from simulator.population.patients import PopulationParameters
from simulator.population.screened_referrals import refer
from simulator.randomness import Block, Streams
from simulator.trial.candidates import Candidates
from simulator.trial.dosing import DosingDraws, DosingParameters, draw_dosing
from simulator.trial.follow_up import OutcomeLists, outcome_lists
from simulator.trial.ledger import NEVER, Exit
from simulator.trial.linked_risks import linked_risks
from simulator.trial.product import NO_PRODUCT, ProductDraws, ProductParameters, draw_products
from simulator.trial.rules import TrialRules
from simulator.trial.screening import Pathways, ScreeningParameters, pathways

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LONGEST_DAYS: Final = 100 * 365.25
REFERRALS_AT_ONCE: Final = 50_000
"""Referrals drawn in one pass, some 45 MB; a single replicate may have more, up to `MOST_REFERRALS`."""
Drawn = TypeVar("Drawn", DosingDraws, OutcomeLists)


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
        """Count what screening finds among all referrals up to the horizon, whatever the trial.

        `verdicts`: consented patients who reach a screening verdict. Of them, per criterion: `failed`, who
        fail it; `primary`, whose primary reason it is; `alone`, who fail nothing else.
        """
        judged = self.paths.verdict_day < NEVER
        bits = self.paths.failed[judged]
        failed = (bits[:, None] >> np.arange(criteria, dtype=np.uint32)) & 1
        alone = failed[np.bitwise_count(bits) == 1]
        reasons = self.paths.criterion[judged & (self.paths.reason == Exit.SCREEN_FAILURE)]
        return {
            "referred": len(self.paths.failed),
            "prescreened": int((self.paths.prescreened_day < NEVER).sum()),
            "consented": int((self.paths.consented_day < NEVER).sum()),
            "verdicts": int(judged.sum()),
            "failed": failed.sum(axis=0).astype(np.int64),
            "primary": np.bincount(reasons, minlength=criteria),
            "alone": alone.sum(axis=0).astype(np.int64),
        }


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When the patients of one replicate are referred: ascending days of each site, up to the horizon."""

    replicate: int
    horizon_days: float
    days: list[Floats]

    @property
    def referred(self) -> int:
        """How many are referred, at all sites."""
        return sum(map(len, self.days))


def draw_intakes(
    stages: Stages, streams: Streams, replicates: range, referrals_at_least: int = 0
) -> list[Intake]:
    """Draw the patients of several replicates in one vectorised pass.

    Each replicate reaches the calendar limit, or beyond it until so many patients are referred (or, where
    nobody is ever referred, 100 years).
    """
    arrivals = [_referrals(stages, streams, replicate, referrals_at_least) for replicate in replicates]
    return intakes_of(stages, streams, arrivals)


def intake_groups(
    stages: Stages, streams: Streams, replicates: range, referrals_at_least: int = 0
) -> Iterator[list[Intake]]:
    """Yield the same patients in groups of replicates that follow each other, so that memory stays bounded."""
    arrivals = (_referrals(stages, streams, replicate, referrals_at_least) for replicate in replicates)
    yield from (intakes_of(stages, streams, group) for group in grouped(arrivals))


def each_intake(
    stages: Stages, streams: Streams, replicates: range, referrals_at_least: int = 0
) -> Iterator[Intake]:
    """Yield the same patients replicate by replicate, so that memory stays bounded."""
    for group in intake_groups(stages, streams, replicates, referrals_at_least):
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
    # Ties of readiness are broken by site and number, never by the order of drawing.
    ready = who.order(paths.ready_day)
    ready = ready[paths.ready[ready]]
    donor_fails = referrals.donor_fails & (stages.product is not None)
    draws = _Draws(
        products=draw_products(stages.made, donor_fails, streams, blocks, ready),
        dosing=draw_dosing(stages.dosing, streams, blocks, ready),
        outcomes=outcome_lists(
            draw_outcomes(stages.outcomes, stages.rules.dlt_window_days, streams, blocks, odds), ready
        ),
    )
    everybody = who.order(referred)
    return [
        _intake(
            one.replicate,
            paths,
            draws,
            who,
            everybody[_span(who.replicate[everybody], one.replicate)],
            ready,
            _span(who.replicate[ready], one.replicate),
            one.horizon_days,
        )
        for one in arrivals
    ]


def _referrals(stages: Stages, streams: Streams, replicate: int, at_least: int) -> Arrivals:
    """Return the referral days of each site up to the horizon."""
    limit = horizon = tick(stages.rules.calendar_limit_months * DAYS_PER_MONTH)
    while True:
        arrived = [
            referral_days(stages.arrivals, streams, replicate, site, horizon)
            for site in range(stages.arrivals.sites)
        ]
        everybody = np.sort(np.concatenate(arrived))
        refuse_so_many(len(everybody))
        if len(everybody) >= at_least or horizon > LONGEST_DAYS:
            break
        # Days do not depend on the horizon, so that drawing further adds patients and changes none.
        horizon *= 2
    if 0 < at_least <= len(everybody):
        horizon = max(limit, float(everybody[at_least - 1]))
    return Arrivals(replicate, horizon, [days[days <= horizon] for days in arrived])


@dataclass(frozen=True, slots=True)
class _Who:
    replicate: Ints
    site: Ints
    index: Ints

    def order(self, day: Floats) -> Ints:
        """Sort all patients by replicate, then day, site and index."""
        return np.lexsort((self.index, self.site, day, self.replicate))


@dataclass(frozen=True, slots=True)
class _Draws:
    products: ProductDraws
    dosing: DosingDraws
    outcomes: OutcomeLists


def _span(ascending: Ints, value: int) -> slice:
    low, high = np.searchsorted(ascending, [value, value + 1])
    return slice(int(low), int(high))


def _intake(
    replicate: int,
    paths: Pathways,
    draws: _Draws,
    who: _Who,
    rows: Ints,
    ready: Ints,
    span: slice,
    horizon: float,
) -> Intake:
    """Cut one replicate out of the draws of many."""
    at = ready[span]
    position = np.empty(int(rows.max(initial=-1)) + 1, dtype=np.int64)
    position[rows] = np.arange(len(rows))
    return Intake(
        replicate=replicate,
        paths=_take(paths, rows),
        site=who.site[rows],
        index=who.index[rows],
        candidates=_candidates(paths, draws, who, at, span, horizon),
        position=position[at],
    )


def _candidates(
    paths: Pathways, draws: _Draws, who: _Who, at: Ints, span: slice, horizon: float
) -> Candidates:
    exits = np.stack([paths.death_day[at], paths.withdrawal_day[at], paths.progression_day[at]])
    return Candidates(
        horizon_days=horizon,
        site=who.site[at].tolist(),
        index=who.index[at].tolist(),
        ready_day=paths.ready_day[at].tolist(),
        expiry_day=paths.expiry_day[at].tolist(),
        death_day=paths.death_day[at].tolist(),
        leaves_day=exits.min(axis=0).tolist(),
        leaves_for=[_EXITS[k] for k in exits.argmin(axis=0).tolist()],
        queues=paths.queues[at].tolist(),
        bridged=paths.bridged[at].tolist(),
        products=_cut_products(draws.products, span),
        dosing=_cut(draws.dosing, span),
        outcomes=_cut(draws.outcomes, span),
    )


_EXITS: Final = (Exit.DIED, Exit.WITHDREW, Exit.PROGRESSED)


def _take(paths: Pathways, rows: Ints) -> Pathways:
    return Pathways(*(getattr(paths, name)[rows] for name in Pathways.__slots__))


def _cut(draws: Drawn, span: slice) -> Drawn:
    return type(draws)(*(getattr(draws, name)[span] for name in draws.__slots__))


def _cut_products(draws: ProductDraws, span: slice) -> ProductDraws:
    return ProductDraws(
        to_leukapheresis=[attempt[span] for attempt in draws.to_leukapheresis],
        manufacture=[attempt[span] for attempt in draws.manufacture],
        release=[attempt[span] for attempt in draws.release],
        outcome=[attempt[span] for attempt in draws.outcome],
        other_donor_workup=draws.other_donor_workup[span],
        donor_fails=[donor[span] for donor in draws.donor_fails],
    )
