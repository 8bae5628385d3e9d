"""Every name that stands in a table of results or a record of a trial, found in the code: for docs/glossary.md."""

import tempfile
from collections.abc import Iterable
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import simulator
from simulator.analysis import exact_families, exact_tables
from simulator.analysis.attrition import attrition
from simulator.analysis.changes import OUTCOMES, ChangeEvidence
from simulator.analysis.relaxation_tables import Inside
from simulator.designs import BOIN
from simulator.designs.design import Action, Reason
from simulator.exact.accuracy import Limits
from simulator.runs.plan import run_plan
from simulator.scenario.scenario import Scenario, parse_scenario
from simulator.studies.sensitivity import sensitivity
from simulator.studies.what_if import sweep
from simulator.trial.batches import Fate
from simulator.trial.ledger import STOPS, Exit, State
from simulator.trial.waiting_times import Phase, Waiting

if TYPE_CHECKING:
    import pandas as pd

SCENARIO: Final = """
about: {title: Every kind of row}
arrivals: {sites: {value: 1, low: 1, high: 2, known: assumption}}
costs: {currency: EUR, batch: 1000}
truths:
  - {name: toxic, balanced: true, p_dlt: [0.8, 0.8, 0.9, 0.9], p_response: [0.1, 0.2, 0.3, 0.4]}
  - {name: middle, balanced: true, p_dlt: [0.1, 0.3, 0.5, 0.7], p_response: [0.1, 0.2, 0.3, 0.4]}
designs:
  - {name: 3+3, design: 3+3}
  - {name: boin, design: boin, max_n: 12}
  - {name: tite-boin, design: tite-boin, max_n: 12}
  - {name: boin12, design: boin12, max_n: 12}
question: {pcs_mean: 0.1, pcs_each: 0.05, overdose_each: 0.9}
"""
SO_FAR: Final = """\
patient,site,state,date
,A,opened,2026-01-01
A-1,A,referred,2026-02-01
"""
LOG: Final = """\
referred,consented,left,criterion
2026-02-01,2026-02-05,2026-02-20,E3 infection
"""
LABELS: Final = (
    *("measure", "count", "outcome", "statistic", "stage", "reason", "resource", "state", "waiting", "said"),
    *("limit", "cause"),
)
"""Columns whose values are names of ours; the others hold names of the scenario, numbers, or ids."""


def lowered(kind: Iterable[Enum]) -> set[str]:
    """Return the names of an enumeration as tables and the glossary write them."""
    return {member.name.lower() for member in kind}


@cache
def names() -> frozenset[str]:
    """Return every name: columns and labels of all tables, states, exits, waits, stops, reasons, verdicts."""
    found = {"any", "average", "balanced", "pass", "fail", "unknown", *OUTCOMES}
    found |= {f"stop_{stop}" for stop in STOPS[:-1]} | {STOPS[-1]}
    for kind in (State, Exit, Waiting, Phase, Action, Reason, Fate):
        found |= lowered(kind)
    found |= {told.value for told in ChangeEvidence} | {said.value for said in Inside}
    for frame in frames(parse_scenario(SCENARIO)):
        found |= {str(column) for column in frame.columns}
        for label in set(LABELS) & set(frame.columns):
            found |= set(frame[label].astype(str))
    return frozenset(found | {"rank", "truths", *exact_families.settings(BOIN())})


def forecast_frames(scenario: Scenario) -> "list[pd.DataFrame]":
    """Return the tables of a forecast in the middle of a trial."""
    with tempfile.TemporaryDirectory() as folder:
        history = Path(folder) / "so_far.csv"
        history.write_text(SO_FAR, encoding="utf-8")
        found = simulator.forecast(scenario, replicates=2, so_far=history, cut_date="2026-06-01")
        return list(found.tables().values())


def fit_frames(scenario: Scenario) -> "list[pd.DataFrame]":
    """Return the tables of a fit to a log of one screen failure."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.csv"
        log.write_text(LOG, encoding="utf-8")
        return list(simulator.fit(scenario, log, "2026-06-01").tables().values())


def frames(scenario: Scenario) -> "list[pd.DataFrame]":
    """Return every kind of table, of very small runs."""
    few: dict[str, Any] = {"designs": ["boin"], "truths": ["middle"], "replicates": 2}
    linked = scenario.with_changes({"outcomes.risk_links.ecog.dlt_odds_ratio": 2.0})
    lost = attrition(scenario.population, scenario.eligibility, 1, 1000, pairs=False)
    return [
        *simulator.compare(scenario, replicates=12).tables().values(),
        *exact_frames(scenario),
        simulator.explain_gap(linked, **few).frame,
        *_what_if_frames(scenario, few),
        sweep(scenario, "product.failure", [0.1], **few).curve,
        sensitivity(scenario, "pcs", **few).tornado,
        simulator.smallest_relaxation(scenario, 100, truth="middle", replicates=2, most_sets=1).table,
        *forecast_frames(scenario),
        *fit_frames(scenario),
        simulator.levers(scenario, 100, truths=["middle"], replicates=2).levers,
        lost.criteria,
        lost.from_first_contact,
        lost.relaxations,
    ]


def _what_if_frames(scenario: Scenario, few: dict[str, Any]) -> "list[pd.DataFrame]":
    """Return the tables of a what-if, its calendar too short for the trial."""
    short = scenario.with_changes({"trial.calendar_limit_months": 6})
    found = simulator.what_if(short, {"arrivals.sites": 2}, **few)
    return [found.changes, found.needed]


def exact_frames(scenario: Scenario) -> "list[pd.DataFrame]":
    """Return the tables of the exact engine; the calibration's is left out, it takes minutes."""
    arms = exact_tables.ExactDesignTruths.of(
        run_plan(scenario, None, None, 1).design_truths, scenario.trial.target
    )
    found = exact_tables.exact_needed(arms, range(12, 14), Limits(0.6, 0.5, 0.25))
    families = exact_families.families(arms, 3, 1, range(12, 14), Limits())
    return [
        exact_tables.exact_operating_characteristics(arms),
        exact_tables.exact_total_n(arms),
        exact_tables.accuracy_frame(found),
        exact_tables.needed_frame(found),
        exact_families.family_frame(families),
        exact_families.curves_frame(families),
    ]
