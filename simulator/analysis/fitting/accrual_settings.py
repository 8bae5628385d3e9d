"""The settings of the arrivals that a log speaks of: rate, its spread, and ramp."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from simulator.analysis.fitting.accrual import FittedAccrual, fit_accrual
from simulator.analysis.fitting.assumed import Assumed
from simulator.analysis.fitting.posterior import Kind, Posterior
from simulator.analysis.fitting.setting import Changes, Quantity
from simulator.analysis.fitting.settings import Found
from simulator.mid_trial.log_columns import DATES
from simulator.mid_trial.screening_log import ScreeningLog
from simulator.mid_trial.site_rates import Thinning
from simulator.scenario.ranges import Range, range_of
from simulator.trial.ledger import State

RATE: Final = "arrivals.referrals_per_site_month"
EFFECT: Final = "arrivals.site_effect_shape"
RAMP: Final = "arrivals.ramp_months"
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
    rate = range_of(known[RATE])
    state = next((column for column in DATES if column in log.days), None)
    if state not in COUNTED:
        yield RATE, f"needs one of the columns {', '.join(COUNTED)}"
        return
    if rate is None:
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
            "a site without a date of opening may have opened at any time in the year before its first patient"
        )
    ramp = range_of(known[RAMP]) if arrivals.ramp_months > 0 else None
    found = fit_accrual(log, arrivals, rate, ramp, state, thinning)
    yield from _rates(log, assumed, rate, found)
    if ramp is None:
        yield RAMP, "is off"
    else:
        yield _ramp(arrivals.ramp_months, ramp).with_law(found.ramp, sum(found.counts), "referred")


def _rates(log: ScreeningLog, assumed: Assumed, rate: Range, found: FittedAccrual) -> Iterator[Found]:
    value = assumed.scenario.arrivals.referrals_per_site_month
    one_site = len(log.sites) == 1
    law = found.sites[0] if one_site else found.common

    def changes(new: float) -> Changes:
        spread: Changes = {EFFECT: shape_of(law)} if one_site and assumed.scenario.arrivals.sites == 1 else {}
        return {RATE: new} | spread

    quantity = Quantity(
        path=RATE,
        what="referrals a site and month, at full rate",
        unit="referrals/site/month",
        assumed=value,
        between=rate,
        kind=Kind.RATE,
        changes=changes,
    )
    yield quantity.with_law(law, sum(found.counts), "referred")


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
