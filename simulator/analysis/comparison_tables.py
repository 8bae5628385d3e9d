"""What a comparison found: the frames of a run of designs and truths, and what identifies the run."""

from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from platform import python_version

import pandas as pd

from simulator.analysis import (
    as_planned,
    benefit_and_risk,
    cost_of_waiting,
    exact_beside,
    exact_levels,
    flow,
    needed,
    rate_at_selected,
    resources,
    used,
)
from simulator.analysis import differences as paired
from simulator.eligibility.screen import criteria
from simulator.exact.accuracy import Needed
from simulator.runs.ending import AS_ASKED, Ending
from simulator.runs.results import BALANCED, Results, TruthTarget
from simulator.scenario.provenance import CHANGED, DEFAULT
from simulator.scenario.scenario import Scenario


@dataclass(frozen=True)
class ComparisonTables:
    """What a comparison found. Every frame ends statistic, value, mcse; the replicate is the unit of error.

    Attributes
    ----------
    scenario
        What was run.
    results
        The rows behind the frames.
    warnings
        What the reader must know before reading a number.
    ending
        What ended the run at so many replicates.
    gap
        What each cause adds between calendar and exact, as `explain_gap` measures it; None where nobody asked.
    """

    scenario: Scenario
    results: Results
    warnings: tuple[str, ...]
    ending: Ending = AS_ASKED
    gap: "pd.DataFrame | None" = field(default=None, compare=False)

    @cached_property
    def simulated_characteristics(self) -> "pd.DataFrame":
        """Selection, allocation and safety, as simulated: design, truth, measure, level."""
        return used.operating_characteristics(self.results)

    @cached_property
    def operating_characteristics(self) -> "pd.DataFrame":
        """Selection, allocation and safety, with the exact number too: design, truth, measure, level."""
        simulated = self.simulated_characteristics
        beside = exact_beside.exact_beside(self.results, simulated)
        return pd.concat([simulated, beside], ignore_index=True) if len(beside) else simulated

    def under(self, table: str, truth: str) -> "pd.DataFrame":
        """Return the rows of `simulated_characteristics`, `used` or `differences` under one truth.

        No others are computed for them: a first screen shows few.
        """
        if table in vars(self):  # computed before
            whole: pd.DataFrame = getattr(self, table)
            return whole[whole["truth"] == truth] if len(whole) else whole
        match table:
            case "simulated_characteristics":
                return used.operating_characteristics(self.results, truth)
            case "used":
                return used.used(self.results, self._enrolment, truth)
            case "differences":
                return paired.differences(self.results, truth)
        raise KeyError(table)

    @property
    def _enrolment(self) -> used.Enrolment:
        rules = self.scenario.trial
        return used.Enrolment(rules.enrolment_min, rules.enrolment_max)

    @cached_property
    def allocation(self) -> "pd.DataFrame":
        """Share of the patients of escalation treated at each level: design, truth, level."""
        return used.allocation(self.results)

    @cached_property
    def used(self) -> "pd.DataFrame":
        """Patients and months of the trial as conducted: design, truth, count."""
        return used.used(self.results, self._enrolment)

    @cached_property
    def needed(self) -> "pd.DataFrame":
        """Accuracy and cost at every cap on infused patients: design, truth, cap, measure."""
        return needed.needed(self.results, self.scenario.question, self.scenario.trial.enrolment_max)

    @cached_property
    def needed_n(self) -> "pd.DataFrame":
        """The headline, the smallest N from which every larger cap meets the question: design, measure."""
        return needed.needed_n(self.results, self.scenario.question, self.scenario.trial.enrolment_max)

    @cached_property
    def plan(self) -> "pd.DataFrame":
        """What to plan for: means over the passes that escalation takes to the number needed: design, measure."""
        return as_planned.plan(self.results, self.needed_n)

    @cached_property
    def limits(self) -> "pd.DataFrame":
        """Whether the trial as planned meets the limits of the question: design, limit, truth."""
        return as_planned.limits(self.results, self.scenario.question)

    @cached_property
    def exact_needed(self) -> dict[str, Needed]:
        """Per design the exact number needed: evaluable patients, no attrition."""
        return exact_beside.exact_needed(self.results, self.scenario.question)

    @cached_property
    def without_exact(self) -> dict[str, list[str]]:
        """Designs whose exact run would be too large, each with what has no exact number then."""
        return exact_beside.without_exact(self.results, self.operating_characteristics, self.exact_needed)

    @cached_property
    def exact_levels(self) -> "pd.DataFrame":
        """Exact patients and DLTs per level, early stops, rate at the selected level: design, truth, measure."""
        return exact_levels.exact_levels(self.results)

    @cached_property
    def rate_at_selected(self) -> "pd.DataFrame":
        """Bias and coverage of the DLT rate at the selected level: design, truth, measure."""
        return rate_at_selected.rate_at_selected(self.results)

    @cached_property
    def differences(self) -> "pd.DataFrame":
        """Paired differences, other minus design: design, other, truth, measure."""
        return paired.differences(self.results)

    @cached_property
    def cost_of_waiting(self) -> "pd.DataFrame":
        """Designs that look early against one that waits, paired: design, baseline, truth, measure."""
        return cost_of_waiting.cost_of_waiting(self.results)

    @cached_property
    def benefit_and_risk(self) -> "pd.DataFrame":
        """The optimal biological dose beside the MTD: design, truth, measure, level."""
        return benefit_and_risk.benefit_and_risk(self.results)

    @cached_property
    def matched(self) -> "pd.DataFrame":
        """The larger design at the other's size: design, other, truth, cap, measure."""
        return paired.matched(self.results)

    @cached_property
    def screening(self) -> "pd.DataFrame":
        """What each criterion costs, whatever the trial: criterion."""
        ids = tuple(criterion.id for criterion in criteria(self.scenario.eligibility))
        return used.screening(self.results, ids)

    @cached_property
    def flow(self) -> "pd.DataFrame":
        """From referral to evaluable, by reason: design, truth, stage, reason."""
        return flow.flow(self.results)

    @cached_property
    def resources(self) -> "pd.DataFrame":
        """What each design takes, from screenings to hospital days, and its cost: design, truth, resource."""
        return resources.resources(self.results, self.scenario.costs)

    @cached_property
    def controls(self) -> "pd.DataFrame":
        """What "always level k" would score over the question's truths: level."""
        return used.always_one_level(self.results)

    @property
    def conventions(self) -> dict[str, dict[str, str]]:
        """Every reading in which published software differs, per design."""
        return {name: self.scenario.design(name).conventions() for name in self.results.designs}

    @property
    def truths(self) -> list[str]:
        """The balanced set, where there is one, then every truth."""
        balanced = [BALANCED] if len(self.results.balanced_truths()) > 1 else []
        return balanced + self.results.truths()

    def judged(self, truth: str) -> TruthTarget:
        """Return the risks and the correct level that a truth is judged by."""
        [arm] = self.results.positions_of(self.results.designs[0], [truth])
        return TruthTarget.of(self.results.plan.design_truths[arm], self.results.target)

    def tables(self) -> "dict[str, pd.DataFrame]":
        """Return every frame by name."""
        measured = {} if self.gap is None else {"gap": self.gap}
        return {
            "operating_characteristics": self.operating_characteristics,
            "allocation": self.allocation,
            "used": self.used,
            "needed": self.needed,
            "needed_n": self.needed_n,
            "plan": self.plan,
            "limits": self.limits,
            "differences": self.differences,
            "matched": self.matched,
            "cost_of_waiting": self.cost_of_waiting,
            "benefit_and_risk": self.benefit_and_risk,
            "screening": self.screening,
            "flow": self.flow,
            "resources": self.resources,
            "controls": self.controls,
            "exact_levels": self.exact_levels,
            "exact_needed": exact_levels.exact_needed_rows(self.exact_needed),
            "rate_at_selected": self.rate_at_selected,
            **measured,
        }

    def about(self) -> dict[str, object]:
        """Return what identifies the run: version, seed, replicates, designs, truths, warnings."""
        return {
            "version": version("phase1-simulator"),
            "title": self.scenario.about.title,
            "seed": self.results.plan.seed,
            "replicates": self.results.replicates,
            **self.ending.about(),
            "engine": self.results.plan.engine.text,
            "designs": self.results.designs,
            "truths": self.results.truths(),
            "warnings": list(self.warnings),
            "libraries": {"python": python_version()}
            | {name: version(name) for name in ("numpy", "scipy", "simpy", "pandas")},
            "unsourced": unsourced(self.scenario),
            **_population(self.scenario),
        }


def _population(scenario: Scenario) -> dict[str, object]:
    """Return the file of the population and its hashes, where there is one."""
    names = ("file", "sha256", "map", "map_sha256", "missing")
    said = scenario.population.model_dump(mode="json", include=set(names))
    return {"population": {name: said[name] for name in names}} if said["file"] is not None else {}


def unsourced(scenario: Scenario) -> dict[str, list[str]]:
    """Return the numbers that no file states, by how they came about; scenario.yaml has them like any other."""
    known = scenario.provenance.items()
    return {word: [path for path, one in known if one.known == word] for word in (DEFAULT, CHANGED)}
