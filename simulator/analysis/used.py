"""The trial as it would be conducted: patients, months, selection and safety, per design and truth."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator import measures
from simulator.analysis.estimate import Estimate, certain_bound, mean, quantile, ratio
from simulator.analysis.results import BALANCED, Judged, Results
from simulator.durations import DAYS_PER_MONTH
from simulator.trial.ledger import State
from simulator.trial.record import STOPS
from simulator.trial.waiting import Waiting

COUNTS: Final = {
    "referred": State.REFERRED,
    "prescreened": State.PRESCREENED,
    "screened": State.CONSENTED,
    "eligible": State.ELIGIBLE,
    "enrolled": State.ENROLLED,
    "infused": State.INFUSED,
    "evaluable": State.EVALUABLE,
}
"""Counts printed under a name, and the state each means; screening starts with consent."""
QUANTILES: Final = {"p10": 0.10, "median": 0.50, "p90": 0.90}


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Floor and cap of enrolment, by which trials are sorted."""

    floor: int
    cap: int


def used(results: Results, enrolment: Enrolment) -> pd.DataFrame:
    """Tabulate how many patients and months each design uses.

    Returns
    -------
    DataFrame
        design, truth ("balanced": over the balanced set), count, statistic, value, mcse. A count is of the
        whole trial, or ends in "_before_expansion". Statistics: mean, p10, median, p90; for enrolled patients
        also the shares of trials below the floor, from floor to below the cap, at the cap; a share of 0 or 1
        has its 95 % bound beside ("..._bound95").
    """
    rows: list[dict[str, object]] = []
    for design, truth, arms in groups(results):
        label: dict[str, object] = {"design": design, "truth": truth}
        for count, values in _counts(results, arms):
            rows += _described(label | {"count": count}, values)
            if count.startswith("enrolled"):
                rows += _sizes(label | {"count": count}, values, enrolment)
    return pd.DataFrame(rows)


def groups(results: Results) -> Iterator[tuple[str, str, list[int]]]:
    """Give every design with the balanced set, then with each truth."""
    balanced = results.balanced()
    for design in results.designs:
        if len(balanced) > 1:
            yield design, BALANCED, results.arms_of(design, balanced)
        for truth in results.truths():
            yield design, truth, results.arms_of(design, [truth])


def _counts(results: Results, arms: list[int]) -> Iterator[tuple[str, NDArray[Any]]]:
    for when, suffix in (("at_end", ""), ("at_recommendation", "_before_expansion")):
        reached = results.stacked(arms, when)
        for name, state in COUNTS.items():
            yield name + suffix, reached[:, :, state]
    for name, column in (
        ("months_to_recommendation", "recommended_day"),
        ("months_to_end_of_enrolment", "closed_day"),
        ("months_to_last_outcome", "last_day"),
    ):
        yield name, results.stacked(arms, column) / DAYS_PER_MONTH
    waited = results.stacked(arms, "waited") / DAYS_PER_MONTH
    for waiting in Waiting:
        yield f"months_waiting_for_{waiting.name.lower()}", waited[:, :, waiting]


def _described(label: dict[str, object], values: NDArray[Any]) -> list[dict[str, object]]:
    estimates = {"mean": mean(values)} | {name: quantile(values, at) for name, at in QUANTILES.items()}
    return [label | {"statistic": name, **one._asdict()} for name, one in estimates.items()]


def _sizes(label: dict[str, object], enrolled: NDArray[Any], limits: Enrolment) -> list[dict[str, object]]:
    shares = {
        "share_below_floor": enrolled < limits.floor,
        "share_between": (enrolled >= limits.floor) & (enrolled < limits.cap),
        "share_at_cap": enrolled >= limits.cap,
    }
    rows: list[dict[str, object]] = []
    for name, values in shares.items():
        rows += _bounded(label, name, mean(values), values.shape[1])
    return rows


def _bounded(
    label: dict[str, object], statistic: str, one: Estimate, replicates: int | None
) -> list[dict[str, object]]:
    """Give an estimate's row and, for a probability that was 0 or 1 in all replicates, its 95 % bound's."""
    rows = [label | {"statistic": statistic, **one._asdict()}]
    bound = None if replicates is None else certain_bound(one.value, replicates)
    if bound is not None:
        rows.append(label | {"statistic": f"{statistic}_bound95", "value": bound, "mcse": float("nan")})
    return rows


def operating_characteristics(results: Results) -> pd.DataFrame:
    """Tabulate selection, allocation and safety.

    Returns
    -------
    DataFrame
        design, truth, measure, level (0 where none, <NA> where a measure has no level), statistic, value,
        mcse. A probability of which no trial, or every trial, had the event also has "mean_bound95".
    """
    rows: list[dict[str, object]] = []
    for design, truth, arms in groups(results):
        judged = [Judged.of(results.job.arms[arm], results.target) for arm in arms]
        for measure, level, one, events in _measures(results, arms, judged):
            label: dict[str, object] = {
                "design": design,
                "truth": truth,
                "measure": measure,
                "level": pd.NA if level is None else level,
            }
            rows += _bounded(label, "mean", one, results.replicates if events else None)
    frame = pd.DataFrame(rows)
    frame["level"] = frame["level"].astype("Int64")
    return frame


Measure = tuple[str, int | None, Estimate, bool]
"""Name, level, estimate, and whether it is the probability of an event."""


def _measures(results: Results, arms: list[int], judged: list[Judged]) -> Iterator[Measure]:
    selected = results.stacked(arms, "selected")
    treated = results.stacked(arms, "treated")
    n, dlt = results.stacked(arms, "n"), results.stacked(arms, "dlt")

    def by_truth(of: Any) -> NDArray[Any]:
        return np.stack([of(k, one) for k, one in enumerate(judged)])

    yield "pcs", None, mean(by_truth(lambda k, one: one.is_correct(selected[k]))), True
    yield "overdose_selection", None, mean(by_truth(lambda k, one: one.is_overdose(selected[k]))), True
    for level in range(treated.shape[2] + 1):
        yield "selected", level, mean(selected == level), True
    yield from _allocation(treated, judged)
    for percent in (60, 80):
        mostly = by_truth(
            lambda k, one, percent=percent: measures.mostly_above_target(
                treated[k], one.p_dlt, one.target, percent
            )
        )
        yield f"over_{percent}_percent_above_target", None, mean(mostly), True
    yield "selected_on_fewer_than_6", None, mean(measures.selected_on_fewer_than(6, n, selected)), True
    stops = results.stacked(arms, "stop")
    for code, stop in enumerate(STOPS[:-1]):
        yield f"stop_{stop}", None, mean(stops == code), True
    yield "dlts", None, mean(dlt.sum(axis=2)), False
    yield "evaluable_before_expansion", None, mean(n.sum(axis=2)), False
    for level in range(1, treated.shape[2] + 1):
        at = level - 1
        yield "true_dlt_risk", level, Estimate(float(np.mean([one.p_dlt[at] for one in judged])), 0.0), False
        yield "realised_dlt_rate", level, ratio(dlt[:, :, at], n[:, :, at]), False
        yield "treated", level, mean(treated[:, :, at]), False
        yield "evaluable", level, mean(n[:, :, at]), False
        yield "dlts", level, mean(dlt[:, :, at]), False
    responses = results.stacked(arms, "responses").sum(axis=2)
    yield "response_rate", None, ratio(responses, treated.sum(axis=2)), False
    failures = results.stacked(arms, "criteria")
    verdicts = results.stacked(arms, "verdicts")
    yield "screen_failure_share", None, ratio(failures.sum(axis=2), verdicts), False
    yield "expansion_stopped", None, mean(results.stacked(arms, "expansion_stopped")), True


def _allocation(treated: NDArray[Any], judged: list[Judged]) -> Iterator[Measure]:
    """Patients at and above the correct level; where none is correct, every treated patient is above it."""
    above = np.stack([treated[k, :, one.correct :].sum(axis=1) for k, one in enumerate(judged)])
    at = np.stack(
        [
            treated[k, :, one.correct - 1] if one.correct else np.zeros_like(treated[k, :, 0])
            for k, one in enumerate(judged)
        ]
    )
    yield "patients_above_correct", None, mean(above), False
    yield "share_at_correct", None, ratio(at, treated.sum(axis=2)), False


def screening(results: Results, ids: tuple[str, ...]) -> pd.DataFrame:
    """Tabulate what each criterion costs among all consented patients with a verdict, whatever the trial.

    Returns
    -------
    DataFrame
        criterion ("any": any of them), statistic (share_failed, share_primary, share_alone), value, mcse.
    """
    table = results.screening
    verdicts = table["verdicts"][None, :]
    rows: list[dict[str, object]] = []
    failures = table["primary"].sum(axis=1)[None, :]
    rows.append({"criterion": "any", "statistic": "share_failed", **ratio(failures, verdicts)._asdict()})
    for k, criterion in enumerate(ids):
        for statistic in ("failed", "primary", "alone"):
            one = ratio(table[statistic][None, :, k], verdicts)
            rows.append({"criterion": criterion, "statistic": f"share_{statistic}", **one._asdict()})
    return pd.DataFrame(rows)


def always_one_level(results: Results) -> pd.DataFrame:
    """Score "always level k" over the question's truths: a control no design should fall below (D19).

    Returns
    -------
    DataFrame
        level, measure (pcs, overdose_selection), statistic, value, mcse (0: nothing is simulated).
    """
    arms = [results.job.arms[arm] for arm in results.arms_of(results.designs[0], results.asked())]
    judged = [Judged.of(arm, results.target) for arm in arms]
    rows = []
    for level in range(1, len(judged[0].p_dlt) + 1) if judged else ():
        selected = np.array(level)
        scores = {
            "pcs": np.mean([one.is_correct(selected) for one in judged]),
            "overdose_selection": np.mean([one.is_overdose(selected) for one in judged]),
        }
        for measure, value in scores.items():
            rows.append(
                {"level": level, "measure": measure, "statistic": "mean", "value": float(value), "mcse": 0.0}
            )
    return pd.DataFrame(rows)
