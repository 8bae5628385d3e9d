"""Next dose and transition paths for machines: plain data for JSON, rows for CSV. No number is computed here."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from simulator.analysis.next_dose import Bedside
from simulator.designs.conduct_record import Advice, RecordStep
from simulator.designs.outcomes_notation import Cohort
from simulator.designs.overrides import Override
from simulator.exact.paths import PathNode
from simulator.runs.csv_text import csv_text


def next_dose_data(bedside: Bedside) -> dict[str, Any]:
    """Return the whole answer as mappings and lists; levels are 1-based, 0 is none."""
    chosen, record, now = bedside.chosen, bedside.record, bedside.now
    return {
        "design": {
            "name": chosen.name,
            "design": chosen.design.name,
            "n_doses": chosen.design.n_doses,
            "max_n": chosen.design.max_n,
            "target": chosen.target,
            "doses": None if chosen.doses is None else list(chosen.doses),
            "conventions": chosen.design.conventions(),
        },
        "cohorts": [_step(step) for step in record.steps],
        "decision": {**_advice(record.advice), "reason": bedside.why},
        "override": _override(record.override),
        "next": {"level": now.level, "cohort_size": now.size, "ending": now.ending},
        "selected_if_ended_now": now.selected,
        "levels": [{**asdict(one), "own": _plain(one.own)} for one in bedside.levels],
        "bounds": None if bedside.bounds is None else asdict(bedside.bounds),
        "outcomes_of_next_cohort": [_branch(branch) for branch in now.branches],
        "warnings": list(bedside.warnings),
    }


def paths_csv(root: PathNode, cohorts: int) -> str:
    """Return one row a path: level, n and dlt of every cohort, then the decision; empty cells past an end."""
    header = [f"cohort_{k}_{what}" for k in range(1, cohorts + 1) for what in ("level", "n", "dlt")]
    header += ["action", "level", "cohort_size", "closed_from", "reason", "ending", "selected"]
    rows = []
    for path in root.paths():
        cells: list[object] = []
        for node in path:
            cells += _cells(node.cohort)
        cells += [""] * (3 * (cohorts - len(path)))
        last = path[-1] if path else root
        advice = last.advice
        ended = last.ending is not None
        action = "end" if ended else advice.action.name.lower()
        rows.append(
            [
                *cells,
                action,
                last.level,
                last.size,
                advice.closed_from,
                advice.reason.name.lower(),
                last.ending or "",
                last.selected,
            ]
        )
    return csv_text(header, rows)


def _cells(cohort: Cohort | None) -> list[object]:
    return [] if cohort is None else [cohort.level, cohort.n, cohort.dlt]


def _advice(advice: Advice) -> dict[str, Any]:
    return {
        "action": advice.action.name.lower(),
        "level": advice.level,
        "cohort_size": advice.cohort_size,
        "closed_from": advice.closed_from,
        "reason_code": advice.reason.name.lower(),
    }


def _step(step: RecordStep) -> dict[str, Any]:
    return {
        "cohort": step.number,
        "level": step.cohort.level,
        "n": step.cohort.n,
        "dlt": step.cohort.dlt,
        "advised": {**_advice(step.advice), "reason": step.advice.reason.text},
        "followed": not step.departures,
        "departures": list(step.departures),
        "notes": list(step.notes),
        "override": step.override,
    }


def _override(override: Override | None) -> dict[str, Any] | None:
    return None if override is None else {"level": override.level, "reason": override.reason}


def _branch(node: PathNode) -> dict[str, Any]:
    return {
        "dlt": node.cohort.dlt if node.cohort else None,
        "decision": {**_advice(node.advice), "reason": node.advice.reason.text},
        "next": {"level": node.level, "cohort_size": node.size, "ending": node.ending},
        "selected_if_ended": node.selected,
    }


def _plain(own: Mapping[str, float]) -> dict[str, float]:
    return {heading: float(value) for heading, value in own.items()}
