"""The settings of the arrivals that a log speaks of: rate, its spread, and ramp."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from simulator.analysis.fitting.accrual import FittedAccrual, fit_accrual
from simulator.analysis.fitting.assumed import Assumed
from simulator.analysis.fitting.posterior import Kind, Posterior
from simulator.analysis.fitting.setting import Changes, Quantity, rounded
from simulator.analysis.fitting.settings import Found
from simulator.durations import DAYS_PER_MONTH
from simulator.mid_trial.log_columns import DATES
from simulator.mid_trial.screening_log import ScreeningLog
from simulator.mid_trial.site_rates import Thinning
from simulator.parsing.faults import Plain
from simulator.population.arrivals import ArrivalParameters
from simulator.scenario.ranges import Range, default_range, range_of
from simulator.trial.ledger import State

RATE: Final = "arrivals.referrals_per_site_month"
EFFECT: Final = "arrivals.site_effect_shape"
RAMP: Final = "arrivals.ramp_months"
OPENS: Final = "arrivals.sites_open_months"
COUNTED: Final = {
    "referred": State.REFERRED,
    "prescreened": State.PRESCREENED,
    "consented": State.CONSENTED,
    "eligible": State.ELIGIBLE,
}
"""Columns from which referrals can be counted: by the scenario's own conversion, where they are not referrals."""


def accrual_settings(log: ScreeningLog, assumed: Assumed, notes: list[str]) -> Iterator[Found]:
    """Learn the rates; what was assumed to do so is added to the notes."""
    arrivals, known = assumed.scenario.arrivals, assumed.scenario.provenance
    factor = _factor(assumed)
    state = next((column for column in DATES if column in log.days), None)
    if state not in COUNTED:
        yield RATE, f"needs one of the columns {', '.join(COUNTED)}"
        return
    if factor is None:
        yield RATE, "has no range to learn within"
        return
    thinning = Thinning(1.0, np.zeros(1))
    if state != "referred":
        thinning = assumed.thinning(COUNTED[state])
        notes.append(
            f"referrals are not recorded: rates are learnt from {state}, by the scenario's own conversion"
        )
    if not np.isfinite(log.opened).all():
        notes.append(
            "a site without a date of opening opened at any time in the year before its first patient"
        )
    length = arrivals.ramp_months
    ramp = None if isinstance(length, tuple) or not length else range_of(known[RAMP])
    found = fit_accrual(log, arrivals, factor, ramp, state, thinning)
    yield from _rates(log, arrivals, factor, found)
    if ramp is None or found.ramp is None or isinstance(length, tuple):
        yield RAMP, "is off, or one for each site"
    else:
        yield _ramp(length, ramp).with_law(found.ramp, sum(found.counts), "referred")


def _factor(assumed: Assumed) -> Range | None:
    """Return the range of the common factor on the rates: that of the one rate, or half to twice of a list."""
    rate = assumed.scenario.arrivals.referrals_per_site_month
    if isinstance(rate, tuple):
        return default_range(1.0, is_share=False) if min(rate) > 0 else None
    between = range_of(assumed.scenario.provenance[RATE])
    return between and Range(between.low / rate, between.high / rate, between.is_stated)


def _rates(
    log: ScreeningLog, arrivals: ArrivalParameters, factor: Range, found: FittedAccrual
) -> Iterator[Found]:
    """Return the rate of each site; of one site alone it is the scenario's number."""
    assumed = [arrivals.at_site(site).monthly for site in range(arrivals.sites)]
    alone = arrivals.sites == 1
    if alone:
        law = found.sites[0]
        one = _rate("referrals a site and month, at full rate", assumed[0], factor)
        yield replace(one, changes=lambda new: {RATE: new, EFFECT: shape_of(law)}).with_law(
            law, found.counts[0], "referred"
        )
        return
    mean = sum(assumed) / len(assumed)
    common = Posterior(found.factor.values * mean, found.factor.weights)
    changes = _changes_of_sites(log, arrivals, found)
    one = _rate("referrals a site and month, mean of all sites", mean, factor)
    yield replace(one, changes=lambda _: changes).with_law(common, sum(found.counts), "referred")
    for k, law in enumerate(found.sites):
        one = _rate(f"referrals a month at {log.sites[k]}, at full rate", assumed[k], factor)
        one = replace(one, path=f"{RATE}.{k + 1}", changes=lambda _: {})
        yield one.with_law(law, found.counts[k], "referred")


def _rate(what: str, value: float, factor: Range) -> Quantity:
    between = Range(value * factor.low, value * factor.high, factor.is_stated)
    return Quantity(
        RATE, what, "referrals/site/month", value, between, Kind.RATE, changes=lambda new: {RATE: new}
    )


def _changes_of_sites(log: ScreeningLog, arrivals: ArrivalParameters, found: FittedAccrual) -> Changes:
    """Return rates, shapes and openings of all sites; those that the log has not keep shape and law of opening."""
    own = [arrivals.at_site(site) for site in range(arrivals.sites)]
    rates: list[Plain] = [rounded(one.monthly * found.factor.mean) for one in own]
    shapes: list[Plain] = [one.effect_shape for one in own]
    opens: list[Plain] = [one.opens_months for one in own]
    first = float(np.nanmin(log.opened)) if np.isfinite(log.opened).any() else np.nan
    for k, law in enumerate(found.sites):
        rates[k], shapes[k] = rounded(law.mean), shape_of(law)
        if np.isfinite(log.opened[k]):
            opens[k] = rounded((log.opened[k] - first) / DAYS_PER_MONTH)
    changes: Changes = {RATE: rates}
    if all(shape is not None for shape in shapes):
        changes[EFFECT] = shapes
    if any(month is not None for month in opens) and opens[0] in (None, 0):
        changes[OPENS] = opens
    return changes


def _ramp(value: float, between: Range) -> Quantity:
    return Quantity(
        path=RAMP,
        what="months from opening to full rate",
        unit="months",
        assumed=value,
        between=between,
        kind=Kind.TIME,
        changes=lambda new: {RAMP: new},
    )


def shape_of(law: Posterior) -> float:
    """Return the shape of the Gamma law around the fitted rate: the scenario then is as sure of it as the log."""
    variance = float((law.values - law.mean) ** 2 @ law.weights)
    return float(f"{law.mean**2 / variance:.3g}")
