"""What-if, sweep and sensitivity as tables: no cell claims more than its interval allows."""

import math
from collections.abc import Iterator
from typing import Final

from simulator.analysis.changes import OUTCOMES, SHARES, Change, ChangeEvidence
from simulator.analysis.estimate import certain_bound
from simulator.analysis.sensitivity_tables import SensitivityTables, Swing
from simulator.analysis.what_if_tables import SweepTables, VariantResult
from simulator.report.blocks import Table, rows
from simulator.report.words import short_truth_words
from simulator.scenario.parts import Part
from simulator.scenario.scenario import Scenario

WORDS: Final = {
    "screen_failure_share": "screen failure",
    "screened": "screened",
    "enrolled": "enrolled",
    "infused": "infused",
    "evaluable": "evaluable",
    "months_to_recommendation": "months",
    "pcs": "correct selection",
    "overdose_selection": "overdose selection",
}
"""Outcomes as printed; shares in percent, their changes in percentage points."""
MOST_DIGITS: Final = 4
EXPLAINED: Final = (
    "Change: variant minus base on the same patients, with 95 % interval over replicates; shares in percentage\n"
    "points; months to the recommendation; counts of the whole trial. Screen failure: % of the consented with a\n"
    "verdict. Intervals hold for one comparison each; where few replicates differ there is none. After ±: Monte\n"
    "Carlo standard error; <x, >x: 95 % bound where all replicates agree."
)


def _shown(scenario: Scenario) -> list[str]:
    """Return the outcomes that mean something: nobody fails screening without criteria."""
    screens = scenario.parts.has(Part.CRITERIA)
    return [name for name in OUTCOMES if screens or name != "screen_failure_share"]


def variant_tables(variant: VariantResult, scenario: Scenario) -> Iterator[Table]:
    """Return for every design and truth the outcomes of base and variant, and below what can be told."""
    for design, truth in dict.fromkeys((design, truth) for design, truth, _ in variant.found):
        of = {outcome: variant.found[design, truth, outcome] for outcome in _shown(scenario)}
        yield Table(
            f"{design}, {short_truth_words(truth)}",
            ("", "base", "variant", "change [95 % interval]"),
            rows(
                *((WORDS[name], *before_and_after(one, name), amount(one, name)) for name, one in of.items())
            ),
            note=sentence(of),
        )


def sweep_tables(found: SweepTables) -> Iterator[Table]:
    """Return for every design and truth the outcomes at every value; * marks what differs from the base."""
    variants = found.found.variants
    names = _shown(found.found.scenario)
    for design, truth in dict.fromkeys((design, truth) for design, truth, _ in variants[0].found):
        listed = []
        for at, variant in zip(found.values, variants, strict=True):
            of = {name: variant.found[design, truth, name] for name in names}
            marks = {name: "*" if one.told is ChangeEvidence.DIFFERENT else "" for name, one in of.items()}
            shown = (before_and_after(one, name)[1] + marks[name] for name, one in of.items())
            listed.append((f"{at:g}", *shown))
        headings = ("at", *(WORDS[name] for name in names))
        yield Table(f"{design}, {short_truth_words(truth)}", headings, rows(*listed))


def swings_of(found: SensitivityTables) -> Iterator[tuple[str, list[Swing]]]:
    """Return for every design and truth how they are called, and the swings, the largest first."""
    for design, truth in dict.fromkeys((one.design, one.truth) for one in found.swings):
        swings = [one for one in found.swings if (one.design, one.truth) == (design, truth)]
        yield f"{design}, {short_truth_words(truth)}", swings


def swing_cells(found: SensitivityTables, one: Swing) -> tuple[str, str, str]:
    """Return the outcome at the low and at the high, and the change from one to the other."""
    changed = amount(one.change, found.outcome)
    told = {
        ChangeEvidence.DIFFERENT: changed,
        ChangeEvidence.NOT_TOLD: f"no difference can be told ({changed})",
        ChangeEvidence.SAME: "the same in every replicate",
    }[one.change.told]
    return *before_and_after(one.change, found.outcome), told


def amount(one: Change, outcome: str) -> str:
    """Return a change with its interval: -4.1 [-6.0, -2.2], in points where it is a share.

    More digits where an interval that leaves out 0 would be printed with an end of 0.0.
    """
    scale, unit = (100.0, " points") if outcome in SHARES else (1.0, "")
    nearest = min(abs(scale * one.low), abs(scale * one.high))
    digits = 1
    while one.told is ChangeEvidence.DIFFERENT and round(nearest, digits) == 0 and digits < MOST_DIGITS:
        digits += 1
    while (
        math.isnan(one.low) and one.value and round(scale * one.value, digits) == 0 and digits < MOST_DIGITS
    ):
        digits += 1
    low, value, high = (round(scale * number, digits) + 0.0 for number in (one.low, one.value, one.high))
    shown = f"{value:+.{digits}f}{unit}"
    if math.isnan(one.low):
        few = f"{one.differing} replicate{'s differ' if one.differing > 1 else ' differs'}"
        return shown if one.told is ChangeEvidence.SAME else f"{shown}, {few}"
    return f"{shown} [{low:.{digits}f}, {high:.{digits}f}]"


def sentence(found: dict[str, Change]) -> str:
    """Return what one variant changes for one design and truth, outcome -> change."""
    replicates = next(iter(found.values())).replicates
    of = {told: [name for name, one in found.items() if one.told is told] for told in ChangeEvidence}
    parts = [f"{WORDS[name]}: {amount(found[name], name)}" for name in of[ChangeEvidence.DIFFERENT]]
    if of[ChangeEvidence.NOT_TOLD]:
        names = ", ".join(
            f"{WORDS[name]} ({amount(found[name], name)})" for name in of[ChangeEvidence.NOT_TOLD]
        )
        parts.append(f"no difference can be told at this number of replicates ({replicates}): {names}")
    if of[ChangeEvidence.SAME]:
        names = ", ".join(WORDS[name] for name in of[ChangeEvidence.SAME])
        parts.append(f"the same in every one of the {replicates} replicates: {names}")
    return "; ".join(parts) + "."


def before_and_after(one: Change, outcome: str) -> tuple[str, str]:
    """Return the outcome under the base and under the variant: 55.0±6.4 %, 0 <4.9 %, 43.3±0.6."""
    scale, unit = (100.0, " %") if outcome in SHARES else (1.0, "")

    def shown(value: float, mcse: float) -> str:
        if math.isnan(value):
            return "-"
        bound = certain_bound(value, one.replicates) if outcome in SHARES and mcse == 0 else None
        if bound is not None:
            return f"{100 * value:.0f} {'<' if value < bound else '>'}{100 * bound:.1f} %"
        error = "" if math.isnan(mcse) else f"±{scale * mcse:.1f}"
        return f"{scale * value:.1f}{error}{unit}"

    return shown(*one.before), shown(*one.after)
