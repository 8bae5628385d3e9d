"""From referral to eligible with a cleared donor: durations, windows, the one re-screen, donor workup."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from simulator.byte_arrays import choose
from simulator.durations import TICKS_PER_DAY, LogNormal, Triangular, Uniform, tick, to_ticks
from simulator.eligibility.verdicts import Codes, Referrals
from simulator.randomness import Block, Purpose, Streams
from simulator.trial.dosing import DosingParameters
from simulator.trial.ledger import NEVER, Exit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Bits = NDArray[np.uint32]
Probability = Annotated[float, Field(ge=0, le=1)]


class DonorWorkup(StrEnum):
    """When the donor's workup starts (D9)."""

    BESIDE_SCREENING = "beside_screening"
    AFTER_SCREENING = "after_screening"


class ScreeningParameters(BaseModel):
    """Durations and chances before enrolment (calendar defaults, "Screening", "Waiting for a slot").

    Attributes
    ----------
    validity_days
        How long an eligible patient stays eligible without being enrolled; None: without end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    desk_days: float = Field(default=1, ge=0, le=365)
    consent: Uniform = Uniform(low_days=1, high_days=5)
    screening: Triangular = Triangular(low_days=5, mode_days=10, high_days=21)
    window_days: float = Field(default=28, ge=0, le=365)
    rescreens: int = Field(default=1, ge=0, le=1)
    infection_resolves: Probability = 0.6
    infection: LogNormal = LogNormal(median_days=10, log_sd=0.6, at_most_days=28)
    infection_wait_days: float = Field(default=28, ge=0, le=365)
    repeat_tests_days: float = Field(default=3, ge=0, le=365)
    validity_days: float | None = Field(default=28, ge=0, le=365)
    donor_workup: DonorWorkup = DonorWorkup.BESIDE_SCREENING
    prior_donor: LogNormal = LogNormal(median_days=7, log_sd=0.40)
    new_donor: LogNormal = LogNormal(median_days=14, log_sd=0.40)
    donor_failure: Probability = 0.05
    queue_share: Probability = 0.5


@dataclass(frozen=True, slots=True)
class Pathways:
    """The paths of referrals up to a cleared donor, ending there or not; arrays of shape (patients,).

    Days count from the opening of the first site; infinity where a milestone is not reached. A patient is
    `ready` (eligible, donor cleared) or has left for `reason` on `exit_day`; after `ready_day` they leave
    on the earliest of `death_day`, `withdrawal_day`, `progression_day` and, until enrolment, `expiry_day`.
    `verdict_day` is that of the last screening, and bit k of `failed` says that it failed criterion k;
    `rescreened` that it was a second one.
    """

    referred_day: Floats
    prescreened_day: Floats
    consented_day: Floats
    eligible_day: Floats
    ready_day: Floats
    exit_day: Floats
    reason: Ints
    state: Ints
    criterion: Ints
    death_day: Floats
    withdrawal_day: Floats
    progression_day: Floats
    expiry_day: Floats
    verdict_day: Floats
    failed: Bits
    rescreened: Flags
    queues: Flags
    bridged: Flags

    @property
    def ready(self) -> Flags:
        """Whether the patient becomes eligible with a cleared donor."""
        return np.isfinite(self.ready_day)


def pathways_from_desk(
    screening: ScreeningParameters,
    dosing: DosingParameters,
    bridging: float | None,
    referrals: Referrals,
    referred_day: Floats,
    streams: Streams,
    blocks: list[Block],
    who: Ints,
) -> Pathways:
    """Follow the referrals that the desk passes on to a cleared donor or to the exit, without any event.

    `who` are their places among the patients of the blocks. Where no product is made `bridging` is None, and the
    donor of an eligible patient counts as cleared. An exit ends a path where it comes no later than the next
    milestone: at one instant exits come first.
    """
    donor_u, donor_fails_u, queues_u, bridged_u = streams.columns(Purpose.DONOR, blocks, order=who)
    withdrawal_u, progression_u = streams.columns(Purpose.EXITS, blocks, order=who, lanes=2)
    screened = _screened(screening, referrals, referred_day, streams, blocks, who)
    consent, eligible = screened.consent_day, screened.eligible_day

    if bridging is None:
        donor = eligible
    else:
        donor = _donor_days(screening, referrals, screened, donor_u, streams.normal_quantiles)
    no_donor = (donor_u < 0) if bridging is None else donor_fails_u < screening.donor_failure
    ready = np.maximum(eligible, donor)
    death = death_days(dosing, referrals, referred_day)
    withdrawal = consent + hazard_days(dosing.withdrawal_per_30_days, 30, withdrawal_u)
    progression = eligible + hazard_days(dosing.progression_per_21_days, 21, progression_u)
    valid_days = screening.validity_days
    expiry = np.full_like(eligible, NEVER) if valid_days is None else eligible + tick(valid_days)

    exits = [
        *screened.exits,
        (Exit.DIED, death),
        (Exit.WITHDREW, withdrawal),
        (Exit.PROGRESSED, progression),
        (Exit.NO_DONOR, np.where(no_donor, donor, NEVER)),
        (Exit.EXPIRED, expiry),
    ]
    exit_day, first = _first_of(exits)
    leaves = exit_day <= ready
    reason = choose(leaves, first, np.int8(-1))
    # A refusal at the consent visit ends the path before the patient counts as consented.
    milestones = [screened.desk_day, consent, eligible, ready]
    reached = [(day < exit_day) | ~leaves for day in milestones]
    exit_day = np.where(leaves, exit_day, NEVER)
    has_verdict = reached[1] & (screened.verdict_day <= exit_day)
    days = [np.where(mask, day, NEVER) for mask, day in zip(reached, milestones, strict=True)]
    return Pathways(
        referred_day=referred_day,
        prescreened_day=days[0],
        consented_day=days[1],
        eligible_day=days[2],
        ready_day=days[3],
        exit_day=exit_day,
        reason=reason.astype(np.int64),
        state=np.add.reduce([one.view(np.int8) for one in reached], dtype=np.int8).astype(np.int64),
        criterion=choose(reason == Exit.SCREEN_FAILURE, screened.failed_on, np.int8(-1)),
        death_day=death,
        withdrawal_day=withdrawal,
        progression_day=progression,
        expiry_day=expiry,
        verdict_day=np.where(has_verdict, screened.verdict_day, NEVER),
        failed=screened.failed,
        rescreened=screened.rescreened,
        queues=queues_u < screening.queue_share,
        bridged=bridged_u < (bridging or 0.0),
    )


def desk_days(screening: ScreeningParameters, referred_day: Floats) -> Floats:
    """Return the days on which the desk has looked at the referrals. Same shape."""
    return referred_day + tick(screening.desk_days)


def death_days(dosing: DosingParameters, referrals: Referrals, referred_day: Floats) -> Floats:
    """Return the days of death, infinity where nobody dies. Same shape as `referred_day`."""
    if not dosing.deaths:
        return np.full_like(referred_day, NEVER)
    # Nobody dies on the very day of referral: a path has at least one instant.
    return referred_day + np.maximum(to_ticks(referrals.survival_days), tick(1 / TICKS_PER_DAY))


@dataclass(frozen=True, slots=True)
class _Screened:
    """What screening alone would find of each referral; arrays of shape (patients,).

    Attributes
    ----------
    exits
        The exits of consent and screening: reason, and day, infinity where it does not come.
    failed_on
        Primary criterion of a screen failure.
    """

    desk_day: Floats
    consent_day: Floats
    verdict_day: Floats
    eligible_day: Floats
    exits: list[tuple[Exit, Floats]]
    failed_on: Ints
    failed: Bits
    rescreened: Flags


def _screened(
    screening: ScreeningParameters,
    referrals: Referrals,
    referred_day: Floats,
    streams: Streams,
    blocks: list[Block],
    who: Ints,
) -> _Screened:
    """Screen the referrals. An infection that resolves is found so at the one re-screen."""
    consent_u, screening_u, resolves_u, infection_u = streams.columns(Purpose.SCREENING, blocks, order=who)
    desk = desk_days(screening, referred_day)
    consent = desk + screening.consent.days(consent_u)
    screened_for = screening.screening.days(screening_u)
    in_window = screened_for <= screening.window_days
    first_end = consent + screened_for
    again = referrals.infection_failed & (screening.rescreens > 0)
    resolves = infection_resolves(screening, referrals, resolves_u)
    # An infection that does not resolve is a screen failure when its waiting time ends.
    waited_out = first_end + tick(screening.infection_wait_days)
    verdict = np.where(again, waited_out, first_end)
    second = np.flatnonzero(resolves)
    resolved = first_end[second] + screening.infection.days(infection_u[second], streams.normal_quantiles)
    verdict[second] = resolved + tick(screening.repeat_tests_days)
    passes = choose(resolves, referrals.resolved_eligible, referrals.eligible)
    incomplete = choose(resolves, referrals.resolved_incomplete, referrals.incomplete)
    return _Screened(
        desk_day=desk,
        consent_day=consent,
        verdict_day=verdict,
        eligible_day=np.where(passes & in_window, verdict, NEVER),
        exits=[
            (Exit.REFUSED, np.where(referrals.refuses_consent, consent, NEVER)),
            (Exit.WINDOW, np.where(in_window, NEVER, consent + tick(screening.window_days))),
            (Exit.SCREEN_FAILURE, np.where(passes | incomplete, NEVER, verdict)),
            (Exit.INCOMPLETE, np.where(incomplete & ~passes, verdict, NEVER)),
        ],
        failed_on=choose(resolves, referrals.resolved_reason, referrals.reason),
        failed=np.where(resolves, referrals.resolved_failed, referrals.failed),
        rescreened=resolves,
    )


def _donor_days(
    screening: ScreeningParameters,
    referrals: Referrals,
    screened: _Screened,
    u: Floats,
    normal_quantiles: Callable[[Floats], Floats],
) -> Floats:
    """Return the days on which the donors' workups end."""
    during_screening = screening.donor_workup is DonorWorkup.BESIDE_SCREENING
    start = screened.consent_day if during_screening else screened.eligible_day
    workup = np.empty_like(u)
    for has_one, law in ((True, screening.prior_donor), (False, screening.new_donor)):
        who = np.flatnonzero(referrals.has_prior_donor == has_one)
        workup[who] = law.days(u[who], normal_quantiles)
    return start + workup


def _first_of(exits: list[tuple[Exit, Floats]]) -> tuple[Floats, Codes]:
    """Return the day of each patient's first exit, and its reason; on one day the first in the list."""
    reason = np.full(len(exits[0][1]), exits[0][0], dtype=np.int8)
    day = exits[0][1].copy()
    for code, days in exits[1:]:
        reason = choose(days < day, np.int8(code), reason)
        np.minimum(day, days, out=day)
    return day, reason


def infection_resolves(screening: ScreeningParameters, referrals: Referrals, u: Floats) -> Flags:
    """Return whose active infection the one re-screen would find resolved. Shape (patients,)."""
    return referrals.infection_failed & (screening.rescreens > 0) & (u < screening.infection_resolves)


def hazard_days(risk: float, per_days: float, u: Floats) -> Floats:
    """Return exponential times with probability `risk` of an event in `per_days`; infinity where it is 0."""
    if risk == 0:
        return np.full_like(u, NEVER)
    return to_ticks(np.log(u) * per_days / np.log1p(-risk))
