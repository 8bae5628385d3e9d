"""A comparison of six designs under ten truths, some with long names, made of the rows of a small one."""

from dataclasses import replace
from functools import cache

from simulator.runs.results import Results
from simulator.studies.compare import Comparison
from tests.analysis.runs import comparison

DESIGNS = (
    "3+3",
    "boin",
    "boin-stop12",
    "BOIN with elimination at 90 percent and stop at nine",
    "keyboard design with its default key width",
    "i3+3",
)
TRUTHS = ("M0", "M1", "M2", "M3", "M4", "flat and low", "steep beyond level 2", "S7", "S8", "a story day 42")


@cache
def crowded() -> Comparison:
    """Rename the arms of the small comparison over and over."""
    small = comparison()
    old = small.results
    picked = []
    for number, design in enumerate(DESIGNS):
        of_design = old.positions_of(old.designs[number % len(old.designs)])
        for k, truth in enumerate(TRUTHS):
            arm = old.plan.design_truths[of_design[k % len(of_design)]]
            named = arm.truth.model_copy(update={"name": truth})
            picked.append((of_design[k % len(of_design)], replace(arm, design_name=design, truth=named)))
    results = Results(
        replace(old.plan, design_truths=tuple(arm for _, arm in picked)),
        old.target,
        tuple(old.used[k] for k, _ in picked),
        tuple(old.needed[k] for k, _ in picked),
        old.screening,
    )
    return Comparison(small.scenario, results, ())
