"""The trial as it would be conducted: patients, months, selection and safety, per design and truth."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator import measures
from simulator.analysis.estimate import (
    Estimate,
    contributing,
    estimate_rows,
    mean,
    quantiles,
    ratio,
)
from simulator.analysis.present import counted, has_response, waited_for
from simulator.durations import DAYS_PER_MONTH
from simulator.runs.results import AVERAGE, BALANCED, Results, TruthTarget
from simulator.trial.ledger import STOPS

QUANTILES: Final = {"p10": 0.10, "median": 0.50, "p90": 0.90}
CHARACTERISTICS: Final = ["design", "truth", "measure", "level", "statistic", "value", "mcse"]
"""Columns of the operating characteristics."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Floor and cap of enrolment, by which trials are sorted."""

    floor: int
    cap: int


def used(results: Results, enrolment: Enrolment, under: str | None = None) -> pd.DataFrame:
    """Tabulate how many patients and months each design uses.

    Parameters
    ----------
    under
        One truth, or "balanced" or "average", whose rows alone are computed; all by default.

    Returns
    -------
    DataFrame
        design, truth ("balanced": over the balanced set; "average": over the question's truths where these are
        several others), count, statistic, value, mcse. A count is of the whole trial, or ends in
        "_before_expansion". Statistics: mean, p10, median, p90; for enrolled patients also the shares of trials
        below the floor, from floor to below the cap, at the cap; a share of 0 or 1 has its 95 % bound too
        ("..._bound95").
    """
    rows: list[dict[str, object]] = []
    for design, truth, arms in (*groups(results), *_of_the_question(results)):
        if under not in (None, truth):
            continue
        label: dict[str, object] = {"design": design, "truth": truth}
        for count, values in counts(results, arms):
            rows += _described(label | {"count": count}, values)
            if count.startswith("enrolled"):
                rows += _sizes(label | {"count": count}, values, enrolment)
    return pd.DataFrame(rows)


def groups(results: Results) -> Iterator[tuple[str, str, list[int]]]:
    """Yield every design with the balanced set, then with each truth."""
    balanced = results.balanced_truths()
    for design in results.designs:
        if len(balanced) > 1:
            yield design, BALANCED, results.positions_of(design, balanced)
        for truth in results.truths():
            yield design, truth, results.positions_of(design, [truth])


def _of_the_question(results: Results) -> Iterator[tuple[str, str, list[int]]]:
    """Yield every design with the question's truths together, where these are several and not the balanced set."""
    asked = results.question_truths()
    for design in results.designs if len(asked) > 1 and asked != results.balanced_truths() else ():
        yield design, AVERAGE, results.positions_of(design, asked)


def counts(results: Results, arms: list[int]) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield every count of patients and months with its values, shape (truths, replicates)."""
    for when, suffix in (("at_end", ""), ("at_recommendation", "_before_expansion")):
        reached = results.stacked(arms, when)
        for name, state in counted(results.plan).items():
            yield name + suffix, reached[:, :, state]
    for name, column in (
        ("months_to_recommendation", "recommended_day"),
        ("months_to_end_of_enrolment", "closed_day"),
        ("months_to_last_outcome", "last_day"),
    ):
        yield name, results.stacked(arms, column) / DAYS_PER_MONTH
    waited = results.stacked(arms, "waited") / DAYS_PER_MONTH
    for waiting in waited_for(results.plan):
        yield f"months_waiting_for_{waiting.name.lower()}", waited[:, :, waiting]


def count_of_trials(results: Results, count: str, truth: str) -> dict[str, NDArray[np.float64]]:
    """Return a count of every trial under a truth, or the balanced set, ascending, by design."""
    names = results.balanced_truths() if truth == BALANCED else [truth]
    found = {}
    for design in results.designs:
        values = dict(counts(results, results.positions_of(design, names)))[count]
        found[design] = np.sort(values, axis=None).astype(np.float64)
    return found


def distribution(ascending: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values that occur, and the percentage of trials with at most each."""
    at, trials = np.unique(ascending, return_counts=True)
    return at, 100 * np.cumsum(trials) / len(ascending)


def _described(label: dict[str, object], values: NDArray[Any]) -> list[dict[str, object]]:
    found = zip(QUANTILES, quantiles(values, list(QUANTILES.values())), strict=True)
    estimates = {"mean": mean(values), **dict(found)}
    return [label | {"statistic": name, **one._asdict()} for name, one in estimates.items()]


def _sizes(label: dict[str, object], enrolled: NDArray[Any], limits: Enrolment) -> list[dict[str, object]]:
    shares = {
        "share_below_floor": enrolled < limits.floor,
        "share_between": (enrolled >= limits.floor) & (enrolled < limits.cap),
        "share_at_cap": enrolled >= limits.cap,
    }
    rows: list[dict[str, object]] = []
    for name, values in shares.items():
        rows += estimate_rows(label, name, mean(values), values.shape[1])
    return rows


def operating_characteristics(results: Results, under: str | None = None) -> pd.DataFrame:
    """Tabulate selection, allocation and safety; of one truth, or the balanced set, where `under` names it.

    Returns
    -------
    DataFrame
        design, truth, measure, level (0 where none, <NA> where a measure has no level), statistic, value,
        mcse. A probability on which all replicates agree also has its 95 % bound: "mean_bound95" where no
        trial, or every trial, had the event, else "mean_low95" and "mean_high95".
    """
    rows: list[dict[str, object]] = []
    for design, truth, arms in groups(results):
        if under not in (None, truth):
            continue
        judged = [TruthTarget.of(results.plan.design_truths[arm], results.target) for arm in arms]
        for measure, level, one, replicates in _measures(results, arms, judged):
            label: dict[str, object] = {
                "design": design,
                "truth": truth,
                "measure": measure,
                "level": pd.NA if level is None else level,
            }
            rows += estimate_rows(label, "mean", one, replicates)
    frame = pd.DataFrame(rows, columns=CHARACTERISTICS)
    frame["level"] = frame["level"].astype("Int64")
    return frame


Measure = tuple[str, int | None, Estimate, int | None]
"""Name, level, estimate, and how many replicates a probability rests on; None for what is not a probability."""


def _measures(results: Results, arms: list[int], judged: list[TruthTarget]) -> Iterator[Measure]:
    selected = results.stacked(arms, "selected")
    treated = results.stacked(arms, "treated")
    n, dlt = results.stacked(arms, "n"), results.stacked(arms, "dlt")
    stops = results.stacked(arms, "stop")

    def by_truth(of: Any) -> NDArray[Any]:
        return np.stack([of(k, one) for k, one in enumerate(judged)])

    # Where every level is above the target every trial is: that says nothing of a design.
    can_be_below = [
        k for k, one in enumerate(judged) if not measures.above_target(one.p_dlt, one.target).all()
    ]

    def mostly(percent: int) -> NDArray[Any]:
        return np.stack(
            [
                measures.mostly_above_target(treated[k], judged[k].p_dlt, judged[k].target, percent)
                for k in can_be_below
            ]
        )

    events: list[tuple[str, int | None, NDArray[Any]]] = [
        ("pcs", None, by_truth(lambda k, one: one.is_correct(selected[k]))),
        ("overdose_selection", None, by_truth(lambda k, one: one.is_overdose(selected[k]))),
        *(("selected", level, selected == level) for level in range(treated.shape[2] + 1)),
        *(
            (f"over_{percent}_percent_above_target", None, mostly(percent))
            for percent in ((60, 80) if can_be_below else ())
        ),
        ("selected_on_fewer_than_6", None, measures.selected_on_fewer_than(6, n, selected)),
        *((f"stop_{stop}", None, stops == code) for code, stop in enumerate(STOPS[:-1])),
        ("expansion_stopped", None, results.stacked(arms, "expansion_stopped")),
    ]
    for measure, level, values in events:
        yield measure, level, mean(values), results.replicates
    yield from _allocation(treated, judged)
    yield "dlts", None, mean(dlt.sum(axis=2)), None
    yield "evaluable_before_expansion", None, mean(n.sum(axis=2)), None
    for level in range(1, treated.shape[2] + 1):
        at = level - 1
        yield "true_dlt_risk", level, _true_risk(n[:, :, at], [one.p_dlt[at] for one in judged]), None
        yield _rate("realised_dlt_rate", level, dlt[:, :, at], n[:, :, at])
        yield "treated", level, mean(treated[:, :, at]), None
        yield "evaluable", level, mean(n[:, :, at]), None
        yield "dlts", level, mean(dlt[:, :, at]), None
    if has_response(results.plan):
        yield _rate(
            "response_rate", None, results.stacked(arms, "responses").sum(axis=2), treated.sum(axis=2)
        )
    failures, verdicts = results.stacked(arms, "criteria"), results.stacked(arms, "verdicts")
    yield _rate("screen_failure_share", None, failures.sum(axis=2), verdicts)


def _rate(measure: str, level: int | None, numerator: NDArray[Any], denominator: NDArray[Any]) -> Measure:
    """Estimate the share of patients who had an event."""
    return measure, level, ratio(numerator, denominator), contributing(denominator)


def _true_risk(n: NDArray[Any], risks: list[float]) -> Estimate:
    """Return a truth's risk at a level; of several truths that of their evaluable patients (truths, replicates).

    So it can be compared with the realised rate: where risks are low more patients reach a high level.
    """
    if len(risks) == 1:
        return Estimate(risks[0], 0.0)
    return ratio(n * np.array(risks)[:, None], n)


def _allocation(treated: NDArray[Any], judged: list[TruthTarget]) -> Iterator[Measure]:
    """Patients at and above the correct level; where none is correct, every treated patient is above it.

    The share at the correct level is over the truths that have one, as in the exact engine.
    """
    above = np.stack([treated[k, :, one.correct :].sum(axis=1) for k, one in enumerate(judged)])
    yield "patients_above_correct", None, mean(above), None
    has_correct = [k for k, one in enumerate(judged) if one.correct]
    at = treated[has_correct, :, [judged[k].correct - 1 for k in has_correct]]
    yield _rate("share_at_correct", None, at, treated[has_correct].sum(axis=2))


def screening(results: Results, ids: tuple[str, ...]) -> pd.DataFrame:
    """Tabulate what each criterion costs among all consented patients with a verdict, whatever the trial.

    Returns
    -------
    DataFrame
        criterion ("any": any of them), statistic (share_failed, share_primary, share_alone; a share of 0 or 1
        has its 95 % bound too, "..._bound95"), value, mcse.
    """
    table = results.screening
    verdicts = table["verdicts"][None, :]
    rows: list[dict[str, object]] = []

    def share(criterion: str, statistic: str, count: NDArray[Any]) -> None:
        one = ratio(count[None, :], verdicts)
        rows.extend(estimate_rows({"criterion": criterion}, statistic, one, contributing(verdicts)))

    share("any", "share_failed", table["primary"].sum(axis=1))
    for k, criterion in enumerate(ids):
        for statistic in ("failed", "primary", "alone"):
            share(criterion, f"share_{statistic}", table[statistic][:, k])
    return pd.DataFrame(rows)


def always_one_level(results: Results) -> pd.DataFrame:
    """Score "always level k" over the question's truths: a control no design should fall below (D19).

    Returns
    -------
    DataFrame
        level, measure (pcs, overdose_selection), statistic, value, mcse (0: nothing is simulated).
    """
    arms = [
        results.plan.design_truths[arm]
        for arm in results.positions_of(results.designs[0], results.question_truths())
    ]
    judged = [TruthTarget.of(arm, results.target) for arm in arms]
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


def allocation(results: Results) -> pd.DataFrame:
    """Tabulate the share of the patients infused in escalation who are infused at each level.

    A ratio of sums over trials, so that a trial counts by its patients, as in the exact engine's
    E[patients at a level] / E[patients].

    Returns
    -------
    DataFrame
        design, truth ("balanced": over the balanced set), level, statistic (mean; the bounds of
        `estimate_rows`), value, mcse.
    """
    rows: list[dict[str, object]] = []
    for design, truth, arms in groups(results):
        treated = results.stacked(arms, "treated")
        everybody = treated.sum(axis=2)
        for at in range(treated.shape[2]):
            label: dict[str, object] = {"design": design, "truth": truth, "level": at + 1}
            share = ratio(treated[:, :, at], everybody)
            rows += estimate_rows(label, "mean", share, contributing(everybody))
    return pd.DataFrame(rows)
