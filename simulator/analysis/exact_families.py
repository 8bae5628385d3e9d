"""Many random truths at once, and the calibration of BOIN: exact, no attrition, as tidy frames."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from simulator.analysis.exact_tables import ExactDesignTruths
from simulator.designs import BOIN
from simulator.designs.design import Design, Floats
from simulator.errors import DesignError
from simulator.exact.calibration import Calibration, Search, calibrate_boin
from simulator.exact.families import FamilyResult, evaluate_family, logistic_curves, pseudo_uniform_curves

ALL_CURVES = "all"


@dataclass(frozen=True, slots=True)
class Family:
    """One family of truths, and how each design does on it, at the design's own size."""

    name: str
    results: dict[str, FamilyResult]


def families(arms: ExactDesignTruths, curves: int, seed: int) -> list[Family]:
    """Evaluate every design on `curves` curves of each family."""
    designs = arms.designs
    levels = next(iter(designs.values())).n_doses
    drawn: dict[str, Floats] = {
        "pseudo-uniform": pseudo_uniform_curves(curves, levels, arms.target, seed),
        "logistic": logistic_curves(curves, levels, arms.target, seed),
    }
    return [
        Family(
            family,
            {name: _evaluated(name, rule, truths, arms.target) for name, rule in designs.items()},
        )
        for family, truths in drawn.items()
    ]


def _evaluated(name: str, rule: Design, truths: Floats, target: float) -> FamilyResult:
    try:
        return evaluate_family(rule, truths, target=target)
    except DesignError as error:
        raise DesignError(f"design {name!r}: {error}") from error


def family_frame(found: list[Family]) -> pd.DataFrame:
    """Tabulate families.

    Returns
    -------
    DataFrame
        design, family, kind ("all", or level and steepness), measure (pcs, overdose, worst_decile_pcs,
        curves), statistic, value.
    """
    rows: list[dict[str, object]] = []
    for family in found:
        for design, result in family.results.items():
            label = {"design": design, "family": family.name, "kind": ALL_CURVES}
            worst = result.worst_decile_pcs
            rows.append(label | {"measure": "curves", "statistic": "count", "value": float(len(result.pcs))})
            rows.append(label | {"measure": "pcs", "statistic": "mean", "value": result.average_pcs})
            rows.append(label | {"measure": "worst_decile_pcs", "statistic": "mean", "value": worst})
            overdose = float(result.overdose.mean())
            rows.append(label | {"measure": "overdose", "statistic": "mean", "value": overdose})
            for kind in result.kinds():
                label = {"design": design, "family": family.name, "kind": kind.name}
                rows.append(label | {"measure": "curves", "statistic": "count", "value": float(kind.curves)})
                rows.append(label | {"measure": "pcs", "statistic": "mean", "value": kind.pcs})
                rows.append(label | {"measure": "overdose", "statistic": "mean", "value": kind.overdose})
    return pd.DataFrame(rows)


def curves_frame(found: list[Family]) -> pd.DataFrame:
    """Tabulate every curve: design, family, curve, p1..pJ, correct, measure, statistic, value."""
    rows: list[dict[str, object]] = []
    for family in found:
        for design, result in family.results.items():
            for k, p in enumerate(result.curves.tolist()):
                label: dict[str, object] = {"design": design, "family": family.name, "curve": k + 1}
                label |= {f"p{level}": risk for level, risk in enumerate(p, start=1)}
                label["correct"] = int(result.correct[k])
                for measure, values in (("pcs", result.pcs), ("overdose", result.overdose)):
                    rows.append(
                        label | {"measure": measure, "statistic": "probability", "value": float(values[k])}
                    )
    return pd.DataFrame(rows)


def calibrations(
    arms: ExactDesignTruths, search: Search, progress: Callable[[int, int], None] | None = None
) -> dict[str, Calibration]:
    """Search the settings of the scenario's first BOIN; the other BOINs differ in what is searched anyway.

    Raises
    ------
    DesignError
        No design of the arms is a BOIN.
    """
    for name, rule in arms.designs.items():
        if isinstance(rule, BOIN):
            return {name: calibrate_boin(rule, search, progress)}
    raise DesignError(f"calibration: none of the designs {', '.join(arms.designs)} is a BOIN")


def calibration_frame(found: Mapping[str, Calibration]) -> pd.DataFrame:
    """Tabulate the designs searched.

    Returns
    -------
    DataFrame
        design (where the search started), rank (0 is that design itself), p_saf, p_tox, elimination_cutoff,
        cohort_size, stop_n_at_dose, truths ("training", "held out"), measure (evaluable, best_pcs),
        statistic, value; evaluable is nan where the limits are not reached.
    """
    rows: list[dict[str, object]] = []
    for name, one in found.items():
        tried = [
            (0, one.base, "training", one.base_needed),
            (0, one.base, "held out", one.base_held_out_needed),
            (1, one.best.design, "held out", one.held_out_needed),
        ]
        tried += [(k, c.design, "training", c.needed) for k, c in enumerate(one.ranked, start=1)]
        for rank, rule, truths, needed in sorted(tried, key=lambda entry: (entry[0], entry[2] == "held out")):
            label = {"design": name, "rank": rank} | settings(rule) | {"truths": truths}
            value = float("nan") if needed.n is None else float(needed.n)
            rows.append(label | {"measure": "evaluable", "statistic": "needed", "value": value})
            best = {"measure": "best_pcs", "statistic": "mean", "value": needed.best_average_pcs}
            rows.append(label | best)
    return pd.DataFrame(rows)


def settings(rule: BOIN) -> dict[str, float | None]:
    """Return what a calibration varies, defaults filled in."""
    return {
        "p_saf": 0.6 * rule.target if rule.p_saf is None else rule.p_saf,
        "p_tox": 1.4 * rule.target if rule.p_tox is None else rule.p_tox,
        "elimination_cutoff": rule.elimination_cutoff,
        "cohort_size": rule.cohort_size,
        "stop_n_at_dose": rule.stop_n_at_dose,
    }
