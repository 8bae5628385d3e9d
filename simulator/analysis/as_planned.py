"""Does the trial as planned meet the limits of the question, and what must be planned if escalation runs to size?

As planned: the design's own size and stops, the cap on enrolment and the calendar limit, as rows of `used` have them.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.analysis.estimate import Estimate, estimate_rows, interval, mean, ratio
from simulator.designs.design import Design, Observed, Reason
from simulator.designs.patient_records import PatientRecords
from simulator.durations import DAYS_PER_MONTH
from simulator.runs.results import AVERAGE, Results, TruthTarget
from simulator.scenario.question import Question
from simulator.trial.ledger import STOPS

LEAST: Final = ("pcs_mean", "pcs_each")
"""Limits that are a least share; `overdose_each` is a largest one."""
ALL: Final = "all"
"""The limits together, in the column of the limit."""
PLANNED: Final = {
    "evaluable": "evaluable",
    "enrolled": "enrolled",
    "screened": "screened",
    "months": "known_day",
}
"""What is planned, and the column of the needed pass that holds it."""
ALL_DLTS: Final = 60
"""Patients at level 1, a DLT in each, up to which a design is asked whether it stops and selects none."""
TOLERANCE: Final = 1e-9


def limits(results: Results, question: Question) -> pd.DataFrame:
    """Tabulate whether the trial as planned meets each limit of the question.

    A limit is met where the whole 95 % interval meets it, not met where none of the interval does, and cannot be
    told in between; all limits are met where each is, and not met where one is not.

    Returns
    -------
    DataFrame
        design, limit (pcs_mean, pcs_each, overdose_each; all), truth ("average", or the truth judged), statistic
        (mean, low95, high95, asked; met: 1 yes, 0 no, nan cannot be told), value, mcse. Without rows where
        none of the question's truths was run.
    """
    rows: list[dict[str, object]] = []
    asked = results.question_truths()
    for design in results.designs if asked else ():
        arms = results.positions_of(design, asked)
        said = []
        for limit, truth, events in _judged(results, arms, asked):
            label: dict[str, object] = {"design": design, "limit": limit, "truth": truth}
            one = mean(events)
            low, high = interval(one, results.replicates, 0, 1)
            limit_asked = getattr(question, limit)
            met = _met(low, high, limit_asked, least=limit in LEAST)
            said.append(met)
            values = {"low95": low, "high95": high, "asked": limit_asked, "met": met}
            rows.append(label | {"statistic": "mean", **one._asdict()})
            rows += [label | {"statistic": name, "value": v, "mcse": np.nan} for name, v in values.items()]
        together = {"design": design, "limit": ALL, "truth": AVERAGE, "statistic": "met", "mcse": np.nan}
        # A single limit missed settles it; an open one only matters where none is missed.
        rows.append(together | {"value": 0.0 if 0.0 in said else float(np.min(said))})
    return pd.DataFrame(rows, columns=["design", "limit", "truth", "statistic", "value", "mcse"])


def _judged(results: Results, arms: list[int], truths: list[str]) -> list[tuple[str, str, NDArray[np.bool_]]]:
    """Return limit, truth and events, shape (truths, replicates), of everything that has a limit."""
    judged = [TruthTarget.of(results.plan.design_truths[arm], results.target) for arm in arms]
    selected = results.stacked(arms, "selected")
    correct = np.stack([one.is_correct(s) for one, s in zip(judged, selected, strict=True)])
    overdose = np.stack([one.is_overdose(s) for one, s in zip(judged, selected, strict=True)])
    return [
        ("pcs_mean", AVERAGE, correct),
        *(("pcs_each", truth, correct[[k]]) for k, truth in enumerate(truths)),
        *(("overdose_each", truth, overdose[[k]]) for k, truth in enumerate(truths)),
    ]


def _met(low: float, high: float, asked: float, *, least: bool) -> float:
    """Return 1 where the whole interval meets the limit, 0 where none of it does, nan in between or unknown."""
    best, worst = (high, low) if least else (-low, -high)
    limit = asked if least else -asked
    if worst >= limit - TOLERANCE:
        return 1.0
    return 0.0 if best < limit - TOLERANCE else float("nan")


def plan(results: Results, needed_n: pd.DataFrame) -> pd.DataFrame:
    """Tabulate what to plan for: means over the passes that escalation takes to the number needed.

    A mean over all passes counts those that the design stopped early with the few patients they have, and is no
    number to plan for; `needed_n` has it. The passes know neither the cap on enrolment nor the calendar limit.

    Parameters
    ----------
    needed_n
        The headline, as `needed.needed_n` returns it.

    Returns
    -------
    DataFrame
        design, cap, measure (runs_to_n, the share of passes that run to N; evaluable, enrolled, screened, months
        over these), statistic (mean; low95 and high95; the bounds of `estimate_rows`), value, mcse. Means are
        ratios of sums over the question's truths. Without rows for a design that does not reach the accuracy.
    """
    rows: list[dict[str, object]] = []
    headline = needed_n[(needed_n["measure"] == "infused") & (needed_n["statistic"] == "needed")]
    for design, cap in zip(headline["design"], headline["cap"].astype(int), strict=True):
        arms = results.positions_of(design, results.question_truths())
        if not cap:
            continue

        def at(column: str, arms: list[int] = arms, cap: int = cap) -> NDArray[Any]:
            return results.stacked_caps(arms, column, slice(cap - 1, cap))[:, :, 0]

        runs = at("infused") >= cap
        label: dict[str, object] = {"design": design, "cap": cap}
        rows += estimate_rows(label | {"measure": "runs_to_n"}, "mean", mean(runs), results.replicates)
        for measure, column in PLANNED.items():
            values = at(column) / (DAYS_PER_MONTH if measure == "months" else 1)
            rows += _with_ends(label | {"measure": measure}, ratio(values * runs, runs))
    return pd.DataFrame(rows, columns=["design", "cap", "measure", "statistic", "value", "mcse"])


def _with_ends(label: dict[str, object], one: Estimate) -> list[dict[str, object]]:
    """Return the row of a mean that has no upper end, and the ends of its 95 % interval."""
    low, high = interval(one, 0, 0, np.inf)
    ends = {"mean": one, "low95": Estimate(low, np.nan), "high95": Estimate(high, np.nan)}
    return [label | {"statistic": name, **end._asdict()} for name, end in ends.items()]


def cut_by_calendar(results: Results) -> dict[str, float]:
    """Return per design the largest share, over truths, of trials without recommendation by the calendar limit."""
    code = STOPS.index("not_finished")
    return {
        design: max(float(np.mean(results.used[arm]["stop"] == code)) for arm in results.positions_of(design))
        for design in results.designs
    }


@dataclass(frozen=True, slots=True)
class AtWorst:
    """What a design does where every patient of level 1 has a DLT."""

    stops: bool
    selects_none: bool


def without_safety(results: Results) -> dict[str, AtWorst]:
    """Return the designs that do not stop for safety, or select a level, where every patient of level 1 has a DLT."""
    first = {
        design: results.plan.design_truths[results.positions_of(design)[0]].design
        for design in results.designs
    }
    found = {name: _at_worst(design) for name, design in first.items()}
    return {name: one for name, one in found.items() if not (one.stops and one.selects_none)}


def _at_worst(design: Design) -> AtWorst:
    """Ask a design after each number of patients at level 1 who all have a DLT."""
    size = np.arange(1, min(design.max_n, ALL_DLTS) + 1)
    there = (np.arange(1, len(size) + 1) <= size[:, None]).astype(np.int64)
    patients = PatientRecords.of(level=there, dlt=there, response=np.zeros_like(there))
    level, open_levels = np.ones_like(size), np.full_like(size, design.n_doses + 1)
    last = np.minimum(size, 3)
    observed = Observed.of_patients(design.n_doses, level, patients, open_levels, last, last)
    stopped = [Reason(int(reason)).stop_kind == "safety" for reason in design.decide(observed).reason]
    return AtWorst(stops=any(stopped), selects_none=bool((design.select(observed) == 0).any()))
