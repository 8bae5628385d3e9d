"""Tables of a forecast: dates of milestones, patients by month, months by what was waited for, site rates.

Every trial counts: one that never reaches patient N reaches them at infinity, so a quantile is infinite where
so many trials never do. Nothing is conditional on reaching a milestone.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaincinv

from simulator.analysis.estimate import Estimate, estimate_rows, mean, quantile, ratio
from simulator.durations import DAYS_PER_MONTH
from simulator.mid_trial.cut import Cut
from simulator.population.arrivals import ArrivalParameters
from simulator.runs.accrual import MILESTONES, AccrualRows
from simulator.trial.waiting_times import Waiting

Floats = NDArray[np.float64]

QUANTILES: Final = {
    "p2.5": 0.025,
    "p10": 0.10,
    "p25": 0.25,
    "median": 0.50,
    "p75": 0.75,
    "p90": 0.90,
    "p97.5": 0.975,
}
BANDS: Final = {50: ("p25", "p75"), 80: ("p10", "p90"), 95: ("p2.5", "p97.5")}
"""Per cent of trials -> the quantiles that bound the band."""
LONGEST_MONTHS: Final = 240


def milestones(
    rows: AccrualRows, designs: Sequence[str], truth: str, patients: Sequence[int]
) -> pd.DataFrame:
    """Tabulate when the n-th patient is enrolled, infused, evaluable.

    Returns
    -------
    DataFrame
        design, truth, state, patient, statistic, value, mcse. `reached` is the probability that the trial ever
        reaches the patient ("reached_bound95" where all or no trials do); the quantiles of `QUANTILES` are months
        after the first site opened, over all trials, infinite where not reached; their error is then unknown.
    """
    found: list[dict[str, object]] = []
    for number, design in enumerate(designs):
        days = rows.of(number).days
        for row, state in enumerate(MILESTONES):
            for n in patients:
                label: dict[str, object] = {"design": design, "truth": truth, "state": state, "patient": n}
                months = days[None, :, row, n - 1] / DAYS_PER_MONTH
                reached = mean(np.isfinite(months))
                found += estimate_rows(label, "reached", reached, months.shape[1])
                found += [
                    label | {"statistic": name, **_known(quantile(months, share))._asdict()}
                    for name, share in QUANTILES.items()
                ]
    return pd.DataFrame(found)


def _known(one: Estimate) -> Estimate:
    return one if np.isfinite(one.mcse) and np.isfinite(one.value) else Estimate(one.value, float("nan"))


def counts(rows: AccrualRows, designs: Sequence[str], truth: str) -> pd.DataFrame:
    """Tabulate how many patients have been enrolled, infused, evaluable by each month.

    Returns
    -------
    DataFrame
        design, truth, state, month (after the first site opened), statistic, value, mcse; the mean, and the
        quantiles of `QUANTILES` over all trials, which stay where their trials end.
    """
    found: list[dict[str, object]] = []
    last = _last_month(rows)
    for number, design in enumerate(designs):
        days = rows.of(number).days
        for row, state in enumerate(MILESTONES):
            for month in range(last + 1):
                label: dict[str, object] = {"design": design, "truth": truth, "state": state, "month": month}
                by_then = (days[None, :, row, :] <= month * DAYS_PER_MONTH).sum(axis=2)
                found.append(label | {"statistic": "mean", **mean(by_then)._asdict()})
                found += [
                    label | {"statistic": name, **quantile(by_then, share)._asdict()}
                    for name, share in QUANTILES.items()
                ]
    return pd.DataFrame(found)


def _last_month(rows: AccrualRows) -> int:
    """Return the month by which hardly any trial enrols, infuses or observes any more."""
    last = np.where(np.isfinite(rows.days), rows.days, 0.0).max(axis=(1, 2))
    return int(min(np.ceil(np.quantile(last, 0.975) / DAYS_PER_MONTH) + 1, LONGEST_MONTHS))


def infused_a_month(rows: AccrualRows) -> Estimate:
    """Estimate the patients infused a month, over the trials of all rows, up to their recommendation."""
    infused = np.isfinite(rows.days[:, list(MILESTONES).index("infused")]).sum(axis=1)
    return ratio(infused[np.newaxis], rows.recommended_day[np.newaxis] / DAYS_PER_MONTH)


def waiting(rows: AccrualRows, designs: Sequence[str], truth: str, from_day: float) -> pd.DataFrame:
    """Tabulate the months up to the recommendation by what the trial waited for.

    Parameters
    ----------
    from_day
        Day from which waiting is counted: the opening, or the cut date.

    Returns
    -------
    DataFrame
        design, truth, waiting, statistic (mean, p10, median, p90), value, mcse, in months. `total` is their
        sum; a trial without a recommendation by the calendar limit counts up to the limit, and `not_finished`
        is the share of such trials.
    """
    found: list[dict[str, object]] = []
    for number, design in enumerate(designs):
        mine = rows.of(number)
        months = {one.name.lower(): mine.waited[:, one] / DAYS_PER_MONTH for one in Waiting}
        months["total"] = np.maximum(mine.recommended_day - from_day, 0.0) / DAYS_PER_MONTH
        for name, values in months.items():
            label: dict[str, object] = {"design": design, "truth": truth, "waiting": name}
            found.append(label | {"statistic": "mean", **mean(values[None, :])._asdict()})
            found += [
                label | {"statistic": at, **quantile(values[None, :], QUANTILES[at])._asdict()}
                for at in ("p10", "median", "p90")
            ]
        label = {"design": design, "truth": truth, "waiting": "not_finished"}
        found += estimate_rows(label, "share", mean(~mine.recommended[None, :]), len(mine.recommended))
    return pd.DataFrame(found)


def sites(arrivals: ArrivalParameters, cut: Cut | None) -> pd.DataFrame:
    """Tabulate what each site's patients so far say of its rate.

    Returns
    -------
    DataFrame
        site, statistic, value, mcse (0: exact). `counted`: patients so far in the first state that the file
        records; `exposure_months`: months at full rate behind them, thinned where referrals are not recorded;
        `rate_assumed`, `rate_mean`, `rate_p10`, `rate_p90`: referrals a month at full rate, as the scenario
        has them and given the count. Without a cut date no row.
    """
    found: list[dict[str, object]] = []
    for site, one in enumerate(() if cut is None else cut.rates):
        monthly, shape = arrivals.at_site(site).monthly, arrivals.at_site(site).effect_shape
        exposure = one.exposure if len(one.opening_days) else 0.0
        values = {"counted": float(one.count), "exposure_months": exposure, "rate_assumed": monthly}
        if shape is None:
            values |= {"rate_mean": monthly, "rate_p10": monthly, "rate_p90": monthly}
        else:
            rate = shape + monthly * exposure
            values["rate_mean"] = monthly * (shape + one.count) / rate
            for name in ("p10", "p90"):
                values[f"rate_{name}"] = (
                    monthly * float(gammaincinv(shape + one.count, QUANTILES[name])) / rate
                )
        found += [{"site": one.name, "statistic": n, "value": v, "mcse": 0.0} for n, v in values.items()]
    return pd.DataFrame(found, columns=["site", "statistic", "value", "mcse"])
