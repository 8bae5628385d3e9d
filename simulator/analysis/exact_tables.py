"""Exact operating characteristics of a scenario's designs under its truths, as tidy frames.

No Monte Carlo error, no attrition: complete outcomes, everybody treated at the level assigned.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from simulator.analysis.exact_beside import has_exact
from simulator.designs.design import Design
from simulator.errors import DesignError
from simulator.exact import OperatingCharacteristics, PreparedDesign, prepare
from simulator.exact.accuracy import Accuracy, Limits, Needed, accuracy
from simulator.exact.complete_information import complete_information_pcs
from simulator.exact.exact_limit import exact_up_to
from simulator.outcomes.outcomes import Truth
from simulator.runs.replicates import DesignTruth
from simulator.runs.results import AVERAGE, BALANCED, TruthTarget

QUANTILES = {"p10": 0.10, "median": 0.50, "p90": 0.90}
MeasureRow = tuple[str, int | None, str, float]
"""Measure, level, statistic, value."""


@dataclass(frozen=True, slots=True)
class ExactDesignTruths:
    """Designs and truths to be evaluated: every arm is one design under one truth."""

    design_truths: tuple[DesignTruth, ...]
    target: float

    @staticmethod
    def of(arms: Sequence[DesignTruth], target: float) -> "ExactDesignTruths":
        """Keep the arms whose design waits for complete cohorts."""
        return ExactDesignTruths(tuple(arm for arm in arms if has_exact(arm.design)), target)

    def at_own_size(self) -> tuple["ExactDesignTruths", dict[str, str]]:
        """Return the arms whose design is exact at its own size, and the reason of each other design."""
        refused = {}
        for name, rule in self.designs.items():
            try:
                prepared(rule)
            except DesignError as error:
                refused[name] = str(error)
        return ExactDesignTruths(
            tuple(arm for arm in self.design_truths if arm.design_name not in refused), self.target
        ), refused

    @property
    def designs(self) -> dict[str, Design]:
        """Designs by name, in the order of the scenario."""
        return {arm.design_name: arm.design for arm in self.design_truths}

    @property
    def judged(self) -> dict[str, TruthTarget]:
        """Risks and correct level of each truth, by its name."""
        return {arm.truth.name: TruthTarget.of(arm, self.target) for arm in self.design_truths}

    @property
    def question_truths(self) -> dict[str, TruthTarget]:
        """The same for the truths that the question's limits hold over."""
        return {arm.truth.name: TruthTarget.of(arm, self.target) for arm in self.design_truths if arm.needed}

    @property
    def balanced_truths(self) -> list[str]:
        """Names of the truths in the balanced set."""
        return list(dict.fromkeys(arm.truth.name for arm in self.design_truths if arm.truth.balanced))

    @property
    def no_level_at_target(self) -> list[str]:
        """Names of the truths under which no level's risk is the target."""
        return [
            name
            for name, one in self.judged.items()
            if np.abs(np.array(one.p_dlt) - self.target).min() > 1e-9
        ]


@lru_cache(maxsize=4)
def prepared(rule: Design) -> PreparedDesign:
    """Return a design compiled at its own size; kept, as several tables are made of it.

    Raises
    ------
    DesignError
        It is not exact at its size.
    """
    return prepare(rule)


def exact_operating_characteristics(arms: ExactDesignTruths) -> pd.DataFrame:
    """Tabulate every measure for every design and truth, and averages over the balanced set.

    Returns
    -------
    DataFrame
        design, truth, measure, level, statistic (probability, mean, p10, median, p90), value. Conditional
        measures are nan where their condition has probability 0 and are not averaged.
    """
    rows: list[dict[str, object]] = []
    for name, rule in arms.designs.items():
        of_truth = {
            arm.truth.name: list(_measures(exact, arm.truth)) for arm, exact in _evaluated(arms, name, rule)
        }
        balanced = [of_truth[truth] for truth in arms.balanced_truths]
        if len(balanced) > 1:
            of_truth = {BALANCED: list(_averaged(balanced)), **of_truth}
        for truth, found in of_truth.items():
            rows += [
                {"design": name, "truth": truth, "measure": measure}
                | {"level": pd.NA if level is None else level, "statistic": statistic, "value": value}
                for measure, level, statistic, value in found
            ]
    frame = pd.DataFrame(rows)
    frame["level"] = frame["level"].astype("Int64")
    return frame


def exact_total_n(arms: ExactDesignTruths) -> pd.DataFrame:
    """Tabulate the distribution of the number of patients: design, truth, evaluable, statistic, value."""
    return pd.DataFrame(
        [
            {"design": name, "truth": arm.truth.name, "evaluable": n, "statistic": "probability", "value": p}
            for name, rule in arms.designs.items()
            for arm, exact in _evaluated(arms, name, rule)
            for n, p in enumerate(exact.total_n.tolist())
            if p > 0
        ]
    )


def _evaluated(
    arms: ExactDesignTruths, name: str, rule: Design
) -> Iterator[tuple[DesignTruth, OperatingCharacteristics]]:
    try:
        ready = prepared(rule)
    except DesignError as error:
        raise DesignError(f"design {name!r}: {error}") from error
    judged = arms.judged
    for arm in arms.design_truths:
        if arm.design_name == name:
            one = judged[arm.truth.name]
            yield (
                arm,
                ready.operating_characteristics(
                    one.p_dlt, arm.truth.p_response, target=arms.target, correct=one.correct
                ),
            )


def _measures(exact: OperatingCharacteristics, truth: Truth) -> Iterator[MeasureRow]:
    states = exact.of_states
    yield "correct_level", None, "given", float(exact.correct_dose)
    yield "pcs", None, "probability", float(exact.pcs)
    yield "overdose_selection", None, "probability", float(exact.overdose_selection)
    for level, p in enumerate(exact.selection.tolist()):
        yield "selected", level, "probability", p
    for few, below in ((3, states.selected_below_3), (6, states.selected_below_6)):
        yield f"selected_on_fewer_than_{few}", None, "probability", float(below)
    for kind, probability in exact.early_stop.items():
        yield f"stop_{kind}", None, "probability", float(probability)
    for name in ("over_60", "over_80"):
        yield f"{name}_percent_above_target", None, "probability", float(getattr(states, name))
        of_planned = float(getattr(states, f"{name}_of_planned"))
        yield f"{name}_percent_of_planned_above_target", None, "probability", of_planned
    yield "poor_allocation", None, "probability", float(states.poor_allocation)
    yield "share_at_correct", None, "mean", float(exact.patients_at_correct)
    yield "evaluable", None, "mean", float(exact.mean_total_n)
    yield from _quantiles(exact)
    for level, n in enumerate(exact.n_per_dose.tolist(), start=1):
        yield "evaluable", level, "mean", n
    yield "dlts", None, "mean", float(exact.dlt_per_dose.sum())
    for level, dlts in enumerate(exact.dlt_per_dose.tolist(), start=1):
        yield "dlts", level, "mean", dlts
    if truth.p_response is not None:
        yield "responses", None, "mean", float(exact.expected_responses)
    yield "rate_at_selected_bias", None, "mean", float(states.rate_bias)
    yield "rate_at_selected_coverage", None, "probability", float(states.rate_coverage)


_CONDITIONAL = frozenset(
    {
        "correct_level",
        "poor_allocation",
        "share_at_correct",
        "rate_at_selected_bias",
        "rate_at_selected_coverage",
    }
)


def _quantiles(exact: OperatingCharacteristics) -> Iterator[MeasureRow]:
    """Yield the smallest numbers of patients that at least these shares of trials do not exceed."""
    up_to = np.cumsum(exact.total_n)
    for name, share in QUANTILES.items():
        yield "evaluable", None, name, float(np.argmax(up_to >= share - 1e-12))


def _averaged(truths: list[list[MeasureRow]]) -> Iterator[MeasureRow]:
    """Average what has a value under every truth, quantiles excepted."""
    for rows in zip(*truths, strict=True):
        measure, level, statistic, _ = rows[0]
        if measure not in _CONDITIONAL and statistic not in QUANTILES:
            yield measure, level, statistic, float(np.mean([row[3] for row in rows]))


@dataclass(frozen=True, slots=True)
class ExactNeeded:
    """Accuracy at every cap, the number needed, and the complete-information reference, by design.

    Attributes
    ----------
    reference
        Truth to its probability of correct selection at every cap; None where the correct answer is none.
    refused
        Design to the reason for which it has no exact numbers at these caps.
    """

    limits: Limits
    accuracy: dict[str, Accuracy]
    reference: dict[str, list[float] | None]
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def needed(self) -> dict[str, Needed]:
        """Per design the evaluable patients needed."""
        return {name: found.needed(self.limits) for name, found in self.accuracy.items()}


def exact_needed(arms: ExactDesignTruths, caps: Sequence[int], limits: Limits) -> ExactNeeded:
    """Evaluate every cap over the question's truths, as named in the arms; of each design those it is exact at.

    Raises
    ------
    DesignError
        No design is exact at any of them.
    """
    truths = arms.question_truths
    found, refused = {}, {}
    for name, rule in arms.designs.items():
        # The first too where it is beyond: then the engine says why.
        within = [cap for cap in caps if cap <= exact_up_to(rule)] or caps[:1]
        try:
            found[name] = accuracy(
                rule,
                {truth: one.p_dlt for truth, one in truths.items()},
                within,
                target=arms.target,
                correct={truth: one.correct for truth, one in truths.items()},
            )
        except DesignError as error:
            refused[name] = str(error)
    if not found:
        raise DesignError("\n".join(f"design {name!r}: {reason}" for name, reason in refused.items()))
    reference = {truth: _reference(one, caps) for truth, one in truths.items()}
    return ExactNeeded(limits, found, reference, refused)


def _reference(judged: TruthTarget, caps: Sequence[int]) -> list[float] | None:
    if judged.correct == 0:
        return None
    found = [complete_information_pcs(judged.p_dlt, cap, judged.target, judged.correct) for cap in caps]
    return [p for p in found if p is not None]


def accuracy_frame(found: ExactNeeded) -> pd.DataFrame:
    """Tabulate accuracy by cap.

    Returns
    -------
    DataFrame
        design, truth ("average": over the question's truths), cap, measure (pcs, overdose, none,
        complete_information_pcs; at "average" pcs and limits_met), statistic, value.
    """
    rows: list[dict[str, object]] = []
    for name, one in found.accuracy.items():
        met = one.meets(found.limits)
        for k, cap in enumerate(one.caps):
            label: dict[str, object] = {"design": name, "truth": AVERAGE, "cap": cap}
            rows.append(label | _of("pcs", float(one.average_pcs[k]), "mean"))
            rows.append(label | _of("limits_met", float(met[k]), "met"))
            for t, truth in enumerate(one.truths):
                label = {"design": name, "truth": truth, "cap": cap}
                rows.append(label | _of("pcs", float(one.pcs[t, k])))
                rows.append(label | _of("overdose", float(one.overdose[t, k])))
                rows.append(label | _of("none", float(one.selection[t, k, 0])))
                reference = found.reference[truth]
                if reference is not None:
                    rows.append(label | _of("complete_information_pcs", reference[k]))
    return pd.DataFrame(rows)


def needed_frame(found: ExactNeeded) -> pd.DataFrame:
    """Tabulate the number needed: design, measure (evaluable, best_pcs), cap, statistic, value.

    `evaluable` is nan, with no cap, where no cap meets the limits together with every larger one.
    """
    rows: list[dict[str, object]] = []
    for name, one in found.needed.items():
        cap = pd.NA if one.n is None else one.n
        value = np.nan if one.n is None else float(one.n)
        rows.append({"design": name, "cap": cap} | _of("evaluable", value, "needed"))
        rows.append({"design": name, "cap": one.best_cap} | _of("best_pcs", one.best_average_pcs, "mean"))
    frame = pd.DataFrame(rows)
    frame["cap"] = frame["cap"].astype("Int64")
    return frame[["design", "measure", "cap", "statistic", "value"]]


def _of(measure: str, value: float, statistic: str = "probability") -> dict[str, object]:
    return {"measure": measure, "statistic": statistic, "value": value}
