"""What a trial takes: screenings, donors, batches, slots, hospital days, meetings, waits, losses and cost."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.analysis.estimate import (
    FEW_CONTRIBUTING,
    Z95,
    Estimate,
    contributing,
    estimate_rows,
    mean,
    quantile,
    ratio,
)
from simulator.analysis.present import has_built_in_criteria, has_criteria, has_product
from simulator.analysis.used import QUANTILES, groups
from simulator.durations import DAYS_PER_MONTH
from simulator.runs.results import Results
from simulator.scenario.costs import Costs
from simulator.trial.batches import WASTED, Fate
from simulator.trial.ledger import Exit, State
from simulator.trial.screening import DonorWorkup

Values = NDArray[Any]
Count = tuple[str, Values]
"""A resource and how much of it each trial took, shape (truths, replicates)."""

WAIT_QUANTILES: Final = {"p50": 0.50, "p90": 0.90}
WAITED_IN_THE_QUEUE: Final = (Exit.NO_SLOT, Exit.DIED, Exit.WITHDREW, Exit.PROGRESSED)
"""Why patients leave who were eligible with a cleared donor while no slot was open."""


def resources(results: Results, costs: Costs) -> pd.DataFrame:
    """Tabulate what each design takes, expansion included, and what that costs where unit costs are given.

    Returns
    -------
    DataFrame
        design, truth ("balanced": over the balanced set), resource, statistic, value, mcse. Counts have mean,
        p10, median, p90 over trials; `slot_idle_share` and `manufacturing_utilisation` are shares of the
        slot-days up to the recommendation; the two waits have p50 and p90 over infused patients of all
        trials; `infused_a_month` (up to the recommendation) and `cost_per_infused` are ratios of sums. Trials in
        which nobody is infused cost too.
    """
    rows: list[dict[str, object]] = []
    for design, truth, arms in groups(results):
        label: dict[str, object] = {"design": design, "truth": truth}
        counts = dict(_counts(results, arms))
        if costs.unit_costs:
            counts["cost_per_trial"] = _cost(counts, costs)
        for resource, values in counts.items():
            rows += _described(label | {"resource": resource}, values)
        for resource, part, whole in _shares(results, arms):
            one, replicates = ratio(part, whole), contributing(whole)
            of_all = replicates if resource in PROBABILITIES else None
            rows += estimate_rows(label | {"resource": resource}, "share", one, of_all)
        waits = ("consent_to_infusion_days", *(("vein_to_vein_days",) if has_product(results.plan) else ()))
        for resource in waits:
            days = results.stacked(arms, resource)
            for statistic, share in WAIT_QUANTILES.items():
                one = pooled_quantile(days, share)
                rows.append(label | {"resource": resource, "statistic": statistic, **one._asdict()})
        infused = results.stacked(arms, "at_end")[:, :, State.INFUSED]
        one = ratio(infused, results.stacked(arms, "recommended_day") / DAYS_PER_MONTH)
        rows.append(label | {"resource": "infused_a_month", "statistic": "ratio", **one._asdict()})
        if costs.unit_costs:
            one = ratio(counts["cost_per_trial"], infused)
            rows.append(label | {"resource": "cost_per_infused", "statistic": "ratio", **one._asdict()})
    return pd.DataFrame(rows, columns=["design", "truth", "resource", "statistic", "value", "mcse"])


def _described(label: dict[str, object], values: Values) -> list[dict[str, object]]:
    estimates = {"mean": mean(values)} | {name: quantile(values, at) for name, at in QUANTILES.items()}
    return [label | {"statistic": name, **one._asdict()} for name, one in estimates.items()]


def _counts(results: Results, arms: list[int]) -> Iterator[Count]:
    """Yield every count. One echocardiogram and one marrow a screening begun; a re-screen repeats neither."""
    at_end = results.stacked(arms, "at_end")
    consented = at_end[:, :, State.CONSENTED]
    yield "screenings", consented
    if has_criteria(results.plan):
        yield "screenings_with_verdict", results.stacked(arms, "verdicts")
    if has_built_in_criteria(results.plan):
        yield "second_screenings", results.stacked(arms, "rescreened")
        yield "echocardiograms", consented
        yield "marrows", consented + results.stacked(arms, "assessed")
    if has_product(results.plan):
        yield from _product_counts(results, arms)
    yield "followed_up", at_end[:, :, State.INFUSED]
    yield "sites", np.full(consented.shape, results.plan.stages.arrivals.sites)
    yield "review_meetings", results.stacked(arms, "reviews")
    last = np.maximum(results.stacked(arms, "last_day"), results.stacked(arms, "recommended_day"))
    yield "trial_months", last / DAYS_PER_MONTH
    ended = results.ended(arms)
    yield "lost_to_closed_slots", ended[:, :, State.READY, list(WAITED_IN_THE_QUEUE)].sum(axis=2)
    if results.plan.stages.screening.validity_days is not None:
        yield "lost_to_expired_eligibility", ended[:, :, :, Exit.EXPIRED].sum(axis=2)
    if has_criteria(results.plan):
        yield "lost_to_screening_window", ended[:, :, :, Exit.WINDOW].sum(axis=2)


def _product_counts(results: Results, arms: list[int]) -> Iterator[Count]:
    """Yield what the product takes: donors, collections, batches, days in hospital from lymphodepletion on."""
    at_end = results.stacked(arms, "at_end")
    consented = at_end[:, :, State.CONSENTED]
    beside = results.plan.stages.screening.donor_workup is DonorWorkup.BESIDE_SCREENING
    first_donors = consented if beside else at_end[:, :, State.ELIGIBLE]
    yield "donors_worked_up", first_donors + results.stacked(arms, "other_donors")
    batches = results.stacked(arms, "batches")
    yield "leukaphereses", results.stacked(arms, "leukaphereses")
    yield "leukaphereses_backup", results.stacked(arms, "backups")
    yield "batches", batches.sum(axis=2)
    yield "batches_infused", batches[:, :, Fate.INFUSED]
    yield "batches_wasted", batches[:, :, list(WASTED)].sum(axis=2)
    for fate in WASTED:
        yield f"batches_wasted_{fate.name.lower()}", batches[:, :, fate]
    yield "batches_under_way", batches[:, :, Fate.UNDER_WAY]
    yield "lymphodepletions", at_end[:, :, State.LYMPHODEPLETED]
    yield "inpatient_days", results.stacked(arms, "inpatient_days")


PROBABILITIES: Final = frozenset({"batch_wasted_share"})


def _shares(results: Results, arms: list[int]) -> Iterator[tuple[str, Values, Values]]:
    """Yield resource, part and whole; shapes (truths, replicates)."""
    slots = results.stacked(arms, "slot_days")
    yield "slot_idle_share", slots[:, :, 0], slots.sum(axis=2)
    if not has_product(results.plan):
        return
    lines = results.plan.stages.made.manufacturing_slots
    days = results.stacked(arms, "recommended_day")
    yield "manufacturing_utilisation", results.stacked(arms, "manufacturing_days"), lines * days
    batches = results.stacked(arms, "batches")
    yield "batch_wasted_share", batches[:, :, list(WASTED)].sum(axis=2), batches.sum(axis=2)


_TAKEN: Final[dict[str, str]] = {
    "screening": "screenings",
    "echocardiogram": "echocardiograms",
    "marrow": "marrows",
    "donor_workup": "donors_worked_up",
    "leukapheresis": "leukaphereses",
    "batch": "batches",
    "inpatient_day": "inpatient_days",
    "lymphodepletion": "lymphodepletions",
    "follow_up": "followed_up",
    "site_activation": "sites",
    "review_meeting": "review_meetings",
    "trial_month": "trial_months",
}
"""What each unit cost is the cost of one of."""


def _cost(counts: dict[str, Values], costs: Costs) -> Values:
    parts = [cost * counts[_TAKEN[name]] for name, cost in costs.unit_costs.items()]
    total: Values = np.sum(parts, axis=0)
    return total


def mean_costs(results: Results, costs: Costs) -> dict[tuple[str, str], float]:
    """Return the mean cost of a trial by design and truth (or "balanced"); empty where nothing is priced."""
    if not costs.unit_costs:
        return {}
    return {
        (design, truth): float(mean(_cost(dict(_counts(results, arms)), costs)).value)
        for design, truth, arms in groups(results)
    }


def pooled_quantile(days: Values, share: float) -> Estimate:
    """Estimate a quantile over the patients of all trials.

    Parameters
    ----------
    days : (truths, replicates, patients)
        Infinity where a trial had no such patient; trials differ in how many they have.

    Notes
    -----
    As `estimate.quantile` (Woodruff 1952), with the patients of a replicate as one cluster: the error of the
    distribution function is that of a ratio, patients at or below the value over patients. nan where fewer
    than FEW_CONTRIBUTING replicates have patients, or where the interval reaches beyond the patients seen.
    """
    there = np.isfinite(days)
    flat = np.sort(days[there])
    if len(flat) == 0:
        return Estimate(float("nan"), float("nan"))
    value = float(flat[_rank(share, len(flat))])
    patients = there.sum(axis=2)
    if contributing(patients) < FEW_CONTRIBUTING:
        return Estimate(value, float("nan"))
    compared: list[Callable[[Values, float], Values]] = [np.less, np.less_equal]
    error = max(ratio((compare(days, value)).sum(axis=2), patients).mcse for compare in compared)
    low, high = share - Z95 * error, share + Z95 * error
    if not (low > 0 and high <= 1):
        return Estimate(value, float("nan"))
    ends = (float(flat[_rank(at, len(flat))]) for at in (low, high))
    below, above = ends
    return Estimate(value, (above - below) / (2 * Z95))


def _rank(share: float, count: int) -> int:
    return min(max(int(np.ceil(share * count)) - 1, 0), count - 1)
