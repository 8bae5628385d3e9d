"""Many random truths at once, and the calibration of BOIN: exact, no attrition, as tidy frames."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from simulator.analysis.exact_tables import ExactDesignTruths
from simulator.designs import BOIN
from simulator.designs.design import Design, Floats
from simulator.errors import DesignError
from simulator.exact.accuracy import Limits, Needed, accuracy
from simulator.exact.calibration import Calibration, Search, calibrate_boin
from simulator.exact.exact_limit import exact_up_to
from simulator.exact.families import FamilyResult, evaluate_family, logistic_curves, pseudo_uniform_curves

ALL_CURVES = "all"
CURVES_FOR_NEEDED = 200  # every cap of each of them is evaluated


@dataclass(frozen=True, slots=True)
class Family:
    """One family of truths, and how each design does on it, at the design's own size.

    Attributes
    ----------
    needed
        Evaluable patients each design needs on average over the first curves of the family.
    curves_for_needed
        How many of the curves that is over.
    """

    name: str
    results: dict[str, FamilyResult]
    needed: dict[str, Needed]
    curves_for_needed: int


def families(
    arms: ExactDesignTruths, curves: int, seed: int, caps: Sequence[int], limits: Limits
) -> list[Family]:
    """Evaluate every design on `curves` curves of each family; `limits` as of the question."""
    designs = arms.designs
    levels = next(iter(designs.values())).n_doses
    return [
        Family(
            family,
            {name: _evaluated(name, rule, truths, arms.target) for name, rule in designs.items()},
            {name: _needed(rule, truths, arms.target, caps, limits) for name, rule in designs.items()},
            min(curves, CURVES_FOR_NEEDED),
        )
        for family, truths in curves_of_families(curves, levels, arms.target, seed).items()
    ]


def curves_of_families(curves: int, levels: int, target: float, seed: int) -> dict[str, Floats]:
    """Draw `curves` curves of each family, by its name. Each (curves, levels)."""
    return {
        "pseudo-uniform": pseudo_uniform_curves(curves, levels, target, seed),
        "logistic": logistic_curves(curves, levels, target, seed),
    }


def _needed(rule: Design, truths: Floats, target: float, caps: Sequence[int], limits: Limits) -> Needed:
    """Return what a design needs on average over the first curves; of the caps those it is exact at."""
    within = [cap for cap in caps if cap <= exact_up_to(rule)] or list(caps[:1])
    some = {str(k): curve for k, curve in enumerate(truths[:CURVES_FOR_NEEDED])}
    return accuracy(rule, some, within, target=target).needed(limits.of_a_family())


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
        curves, evaluable: the number needed, nan where not reached), statistic, value.
    """
    rows: list[dict[str, object]] = []
    for family in found:
        for design, result in family.results.items():
            label = {"design": design, "family": family.name, "kind": ALL_CURVES}
            worst = result.worst_decile_pcs
            rows.append(label | {"measure": "curves", "statistic": "count", "value": float(len(result.pcs))})
            rows.append(label | {"measure": "pcs", "statistic": "mean", "value": result.average_pcs})
            rows.append(label | {"measure": "worst_decile_pcs", "statistic": "mean", "value": worst})
            needed = family.needed[design]
            value = float("nan") if needed.n is None else float(needed.n)
            rows.append(label | {"measure": "evaluable", "statistic": "needed", "value": value})
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
