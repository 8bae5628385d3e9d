"""Every setting that a screening log can speak of, learnt from it; and why the others were not."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.fitting.assumed import Assumed
from simulator.analysis.fitting.criteria import judged, likelihood
from simulator.analysis.fitting.losses import Stretch, at_risk, deaths, hazard
from simulator.analysis.fitting.posterior import Kind, binomial
from simulator.analysis.fitting.setting import FittedSetting, Quantity
from simulator.analysis.fitting.times import Law, Waits, waits
from simulator.durations import DAYS_PER_MONTH
from simulator.eligibility.screen import INFECTION
from simulator.mid_trial.screening_log import ScreeningLog
from simulator.scenario.criterion_numbers import LEVERS
from simulator.scenario.parts import Part
from simulator.scenario.ranges import range_of
from simulator.trial.ledger import Exit, State
from simulator.trial.screening import DonorWorkup

Floats = NDArray[np.float64]
Found: TypeAlias = FittedSetting | tuple[str, str]
"""A setting learnt, or the path of one that was not and why."""

SURVIVAL: Final = "population.survival.scale_months"
NO_ONE: Final = "nobody in the log has come so far"
NO_RANGE: Final = "is 0 or 1, and has no range to learn within"
NO_PART: Final = "is no part of this trial"
NO_REASONS: Final = "needs the columns left and reason"


def learnt_settings(log: ScreeningLog, assumed: Assumed) -> Iterator[Found]:
    """Learn everything but the rates, in the order of the journey."""
    yield from _criteria(log, assumed)
    yield from _consent(log, assumed)
    yield from _donor(log, assumed)
    yield from _product(log, assumed)
    yield from _losses(log, assumed)


def _share(assumed: Assumed, path: str, what: str, events: int, of: int, whom: str) -> Found:
    if not assumed.has(path):
        return path, NO_PART
    quantity = assumed.share(path, what)
    if quantity is None:
        return path, NO_RANGE
    return quantity.learnt(binomial(events, of), of, whom) if of else (path, NO_ONE)


def _time(assumed: Assumed, paths: tuple[str, ...], what: str, law: Law, seen: Waits, whom: str) -> Found:
    if law.mean <= 0:
        return paths[0], "takes no time in the scenario"
    if not seen.count:
        return paths[0], NO_ONE
    of_factor = seen.log_likelihood(law)
    quantity = assumed.time(paths, what, law)
    return quantity.learnt(lambda days: of_factor(days / law.mean), seen.count, whom)


def _consent(log: ScreeningLog, assumed: Assumed) -> Iterator[Found]:
    refused = log.reason == Exit.REFUSED
    asked = int(refused.sum() + np.isfinite(log.day("consented")).sum())
    path = "population.consent.refusal"
    if log.has_reasons:
        yield _share(assumed, path, "refusal of consent", int(refused.sum()), asked, "asked for consent")
    else:
        yield path, NO_REASONS
    at_visit = np.where(refused, log.day("left"), log.day("consented"))
    law = assumed.law("screening.consent")
    seen = _between(log, log.day("prescreened"), at_visit)
    yield _time(
        assumed, ("screening.consent",), "desk decision to consent", law, seen, "consented or refused"
    )
    law = assumed.law("screening.screening")
    seen = _between(log, log.day("consented"), _end_of_screening(log))
    yield _time(assumed, ("screening.screening",), "consent to end of screening", law, seen, "screened")


def _end_of_screening(log: ScreeningLog) -> Floats:
    """Return when the first screening ended; a failure without a date ended it, but for an infection waited for."""
    failed = (log.reason == Exit.SCREEN_FAILURE) & (np.array(log.criterion) != INFECTION)
    ended: Floats = np.where(failed & ~np.isfinite(log.day("screened")), log.day("left"), log.day("screened"))
    return ended


def _between(
    log: ScreeningLog, begun: Floats, ended: Floats, queued: NDArray[np.bool_] | None = None
) -> Waits:
    return waits(begun, ended, log.day("left"), log.cut, has_exits=log.has_exits, queued=queued)


def _donor(log: ScreeningLog, assumed: Assumed) -> Iterator[Found]:
    if assumed.scenario.product is None:
        yield "screening.prior_donor", NO_PART
        return
    failed = log.reason == Exit.NO_DONOR
    cleared = log.day("donor_cleared")
    path = "screening.donor_failure"
    if "donor_cleared" in log.days and log.has_reasons:
        known = int(failed.sum() + np.isfinite(cleared).sum())
        yield _share(assumed, path, "donor not cleared", int(failed.sum()), known, "donors worked up")
    else:
        yield path, "needs the columns donor_cleared, left and reason"
    screening = assumed.scenario.screening
    beside = screening.donor_workup is DonorWorkup.BESIDE_SCREENING
    begun = log.day("consented") if beside else log.day("eligible")
    ended = np.where(failed, log.day("left"), cleared)
    if np.isfinite(log.is_prior_donor).any():
        for path, code, what in (("prior_donor", 1.0, "prior"), ("new_donor", 0.0, "new")):
            law = assumed.law(f"screening.{path}")
            mine = np.where(log.is_prior_donor == code, begun, np.nan)
            yield _time(
                assumed,
                (f"screening.{path}",),
                f"workup of a {what} donor",
                law,
                _between(log, mine, ended),
                "donors",
            )
        return
    laws = assumed.law("screening.prior_donor"), assumed.law("screening.new_donor")
    law = Law.mixture(laws, assumed.prior_donors)
    paths = ("screening.prior_donor", "screening.new_donor")
    yield _time(assumed, paths, "workup of a donor, prior or new", law, _between(log, begun, ended), "donors")


def _product(log: ScreeningLog, assumed: Assumed) -> Iterator[Found]:
    product = assumed.scenario.product
    if product is None:
        yield "product", NO_PART
        return
    collected = log.day("leukapheresed")
    law = assumed.law("product.to_leukapheresis")
    queued = slots_were_full(log, product.manufacturing_slots)
    seen = _between(log, log.day("enrolled"), collected, queued)
    yield _time(assumed, ("product.to_leukapheresis",), "enrolment to leukapheresis", law, seen, "collected")
    lost = (np.nan_to_num(log.failed) + np.nan_to_num(log.out_of_specification)) > 0
    begun = np.where(
        np.isfinite(log.day("collected")), log.day("collected"), np.where(lost, np.nan, collected)
    )
    make, release = assumed.law("product.manufacture"), assumed.law("product.release")
    if "manufactured" in log.days:
        yield _time(
            assumed,
            ("product.manufacture",),
            "manufacture",
            make,
            _between(log, begun, log.day("manufactured")),
            "batches",
        )
        yield _time(
            assumed,
            ("product.release",),
            "end of manufacture to release",
            release,
            _between(log, log.day("manufactured"), log.day("released")),
            "batches",
        )
    else:
        both = Law.sum_of(make, release)
        paths = ("product.manufacture", "product.release")
        yield _time(
            assumed,
            paths,
            "leukapheresis to release",
            both,
            _between(log, begun, log.day("released")),
            "batches",
        )
    yield from _batches(log, assumed)


def slots_were_full(log: ScreeningLog, slots: int) -> NDArray[np.bool_]:
    """Return whose leukapheresis may have waited for a manufacturing slot: all were held on that date by others."""
    begun = log.day("leukapheresed")
    end = log.first_of("manufactured", "released", "left")
    end = np.where(np.isfinite(end), end, np.inf)
    held = (begun[None, :] < begun[:, None]) & (end[None, :] >= begun[:, None])
    np.fill_diagonal(held, False)
    return np.asarray(held.sum(axis=1) >= slots, dtype=np.bool_)


def _batches(log: ScreeningLog, assumed: Assumed) -> Iterator[Found]:
    failures, spoilt = "product.failure", "product.out_of_specification"
    if not np.isfinite(log.failed).any():
        yield failures, "needs the column failed_batches"
    else:
        in_test = np.isfinite(log.day("manufactured")) & ~np.isfinite(log.first_of("released", "left"))
        done = np.isfinite(log.day("released")) | in_test
        failed = int(np.nansum(log.failed))
        made = int(np.nansum(log.out_of_specification) + done.sum())
        yield _share(assumed, failures, "manufacturing failure", failed, failed + made, "batches")
    if not np.isfinite(log.out_of_specification).any():
        yield spoilt, "needs the column out_of_specification_batches"
    else:
        wrong = int(np.nansum(log.out_of_specification))
        tested = wrong + int(np.isfinite(log.day("released")).sum())
        yield _share(assumed, spoilt, "batch out of specification", wrong, tested, "batches made")


def _losses(log: ScreeningLog, assumed: Assumed) -> Iterator[Found]:
    eligible = log.first_of("eligible", "enrolled")
    until = ("lymphodepleted", "infused")
    for path, what, begin, reason, per_days in (
        ("dosing.withdrawal_per_30_days", "withdrawal in 30 days", log.day("consented"), Exit.WITHDREW, 30.0),
        ("dosing.progression_per_21_days", "progression in 21 days", eligible, Exit.PROGRESSED, 21.0),
    ):
        waiting = at_risk(log, begin, reason, *until)
        quantity = assumed.share(path, what) if assumed.has(path) else None
        if not (log.has_exits and log.has_reasons):
            yield path, NO_REASONS
        elif quantity is None:
            yield path, NO_RANGE
        elif not waiting.count:
            yield path, NO_ONE
        else:
            yield quantity.learnt(hazard(waiting, per_days), waiting.count, "waiting")
    yield _survival(log, assumed)
    yield _recheck(log, assumed)


def _survival(log: ScreeningLog, assumed: Assumed) -> Found:
    known = assumed.scenario.provenance.get(SURVIVAL)
    between = None if known is None else range_of(known)
    if not (log.has_exits and log.has_reasons and "referred" in log.days):
        return SURVIVAL, "needs the columns referred, left and reason"
    if not assumed.scenario.dosing.deaths or between is None:
        return SURVIVAL, "has no range, or dosing.deaths is off"
    value = assumed.scenario.population.survival.scale_months
    quantity = Quantity(
        path=SURVIVAL,
        what="scale of survival, from referral",
        unit="months",
        assumed=value,
        between=between,
        kind=Kind.TIME,
        changes=lambda new: {SURVIVAL: new},
    )
    stretches = list(_stretches(log, assumed))
    of_days = deaths(stretches)
    count = int(np.isfinite(log.day("referred")).sum())
    return quantity.learnt(lambda months: of_days(months * DAYS_PER_MONTH), count, "followed")


def _stretches(log: ScreeningLog, assumed: Assumed) -> Iterator[Stretch]:
    """Cut each patient's time from referral to infusion, exit or cut into the stages of the journey."""
    referred = log.day("referred")
    ends = log.first_of("infused", "left")
    last = np.where(np.isfinite(ends), ends, log.cut + 0.5) - referred
    steps = {
        State.REFERRED: referred,
        State.PRESCREENED: log.day("prescreened"),
        State.CONSENTED: log.day("consented"),
        State.ELIGIBLE: log.first_of("eligible", "enrolled"),
    }
    begins = np.array([day - referred for day in steps.values()])
    died = log.reason == Exit.DIED
    for row, step in enumerate(steps):
        begin = begins[row]
        later = np.fmin.reduce(begins[row + 1 :]) if row + 1 < len(begins) else np.full(log.count, np.nan)
        end = np.where(np.isfinite(later), np.minimum(later, last), last)
        is_in = np.isfinite(begin) & (end > begin)
        dies_here = died & ~np.isfinite(later)
        yield Stretch(assumed.survivors[step], begin[is_in], end[is_in], dies_here[is_in])


def _recheck(log: ScreeningLog, assumed: Assumed) -> Found:
    path = "dosing.recheck_drop"
    if not assumed.has(path):
        return path, NO_PART
    if not log.has_reasons:
        return path, NO_REASONS
    dropped = int((log.reason == Exit.RECHECK).sum())
    passed = int(np.isfinite(log.first_of("lymphodepleted", "infused")).sum())
    delayed = assumed.scenario.dosing.recheck_delay
    quantity = assumed.share(
        path, "dropped at the re-check", lambda new: {"dosing.recheck_go": round(1 - delayed - new, 9)}
    )
    if quantity is None:
        return path, NO_RANGE
    checked = dropped + passed
    return quantity.learnt(binomial(dropped, checked), checked, "re-checked") if checked else (path, NO_ONE)


def _criteria(log: ScreeningLog, assumed: Assumed) -> Iterator[Found]:
    if not assumed.scenario.parts.has(Part.BUILT_IN_CRITERIA):
        yield "eligibility", "its criteria are the scenario's own, and no number of patients stands for one"
        return
    seen = judged(log, assumed.scenario.screening)
    if not (seen.named and log.has_reasons):
        why = "needs reasons with a criterion, of screenings long enough before the cut"
        yield "population", f"criteria: {why}"
        return
    curves = assumed.curves_of(list(LEVERS))
    for criterion, of in curves.items():
        count = max(seen.at_screening, seen.at_desk if of.desk is not None else 0)
        learnt = of.quantity.learnt(likelihood(of, criterion, seen), count, "judged")
        yield replace(learnt, failing=of.failing(criterion, learnt))
    for criterion, why in assumed.without_curve.items():
        yield f"criterion {criterion}", why
