"""What-if, sweep and sensitivity as tables: no cell claims more than its interval allows."""

import math
from collections.abc import Iterator
from typing import Final

from simulator.analysis.changes import MONTHS, OUTCOMES, Change, ChangeEvidence
from simulator.analysis.formatted_change import (
    amount,
    amount_and_without_limit,
    before_and_after,
    sentence,
    with_no_limit,
    words_of,
)
from simulator.analysis.needed_change import NeededChange, NeededN
from simulator.analysis.sensitivity_tables import SensitivityTables, Swing
from simulator.analysis.what_if_tables import SweepTables, VariantResult, WhatIfTables
from simulator.report.blocks import Table, rows
from simulator.report.values import TOO_FEW
from simulator.report.words import short_truth_words
from simulator.runs.results import BALANCED
from simulator.scenario.parts import Part
from simulator.scenario.scenario import Scenario

EXPLAINED: Final = (
    "Change: variant minus base on the same patients, with 95 % interval over replicates; shares in percentage\n"
    "points; months to the recommendation; counts of the whole trial. Screen failure: % of the consented with a\n"
    "verdict. Intervals hold for one comparison each; where few replicates differ there is none. After ±: Monte\n"
    "Carlo standard error; <x, >x: 95 % bound where all replicates agree."
)


NEEDED: Final = "the smallest number from which every larger one meets the limits of the question"


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
                *(
                    (words_of(name, one), *before_and_after(one, name), amount(one, name))
                    for name, one in with_no_limit(of).items()
                )
            ),
            note=sentence(of),
        )


OVERVIEW: Final = ("infused", "months_to_recommendation", "enrolled", "pcs", "overdose_selection")
"""Outcomes of the one table of all variants."""


def overview(found: WhatIfTables) -> Iterator[Table]:
    """Return for each design one table: variant by outcome, over the truths read together; * marks what differs."""
    keys = list(dict.fromkeys((design, truth) for design, truth, _ in found.variants[0].found))
    for design in found.base.designs:
        truths = [truth for of, truth in keys if of == design]
        truth = BALANCED if BALANCED in truths else truths[0]
        listed = [
            _overview_row(found.variants[0], design, truth, base=True, cost=found.base_cost(design, truth))
        ]
        listed += [
            _overview_row(one, design, truth, base=False, cost=found.cost(one, design, truth))
            for one in found.variants
        ]
        priced = found.scenario.costs.currency if found.scenario.costs.unit_costs else None
        cut = next(
            (
                one.found[design, truth, MONTHS].within
                for one in found.variants
                if one.found[design, truth, MONTHS].within
            ),
            "",
        )
        months = f"months≤{cut}" if cut else "months"
        needed = ("needed",) if design in found.variants[0].needed else ()
        headings = (
            *("", *needed, "infused", months, "enrolled", "correct", "overdose"),
            *([priced] if priced else []),
        )
        yield Table(
            f"{design}, {short_truth_words(truth)}: every variant",
            headings,
            rows(*(row if priced else row[:-1] for row in listed)),
            note="*: its 95 % interval of the paired difference from the scenario as it is leaves out 0.",
        )


def _overview_row(
    variant: VariantResult, design: str, truth: str, *, base: bool, cost: float | None
) -> tuple[str, ...]:
    cells = []
    for name in OVERVIEW:
        one = variant.found[design, truth, name]
        mark = "*" if one.told is ChangeEvidence.DIFFERENT and not base else ""
        cells.append(before_and_after(one, name)[0 if base else 1] + mark)
    return (
        "as it is" if base else variant.name,
        *_overview_needed(variant.needed.get(design), base=base),
        *cells,
        "" if cost is None else f"{cost:,.0f}",
    )


def _overview_needed(one: NeededChange | None, *, base: bool) -> tuple[str, ...]:
    if one is None:
        return ()
    before, after, _ = needed_cells(one)
    return (before if base else after + ("*" if one.is_different else ""),)


def needed_table(variant: VariantResult) -> Iterator[Table]:
    """Return what each design needs under base and variant; nothing where it was not asked."""
    if variant.needed:
        listed = [(design, *needed_cells(one)) for design, one in variant.needed.items()]
        yield Table(
            "Infused patients needed",
            ("", "base", "variant", "change [95 % interval]"),
            rows(*listed),
            note=NEEDED,
        )


def needed_cells(one: NeededChange) -> tuple[str, str, str]:
    """Return the number needed under base and variant, and the change."""
    before = _needed(one.before, one.most_before, interval=one.has_interval)
    after = _needed(one.after, one.most_after, interval=one.has_interval)
    if math.isnan(one.value):
        return before, after, "not known"
    if math.isinf(one.value):
        shown = f"{'more' if one.value > 0 else 'less'}, not known by how much"
        return before, after, shown if one.has_interval else f"{shown} [{TOO_FEW}]"
    ends = f"{_end(one.low)}, {_end(one.high)}" if one.has_interval else TOO_FEW
    return before, after, f"{one.value:+.0f} [{ends}]"


def _needed(one: NeededN, most: int, *, interval: bool) -> str:
    if math.isinf(one.value):
        return f"> {most}"
    ends = (f"{end:.0f}" if math.isfinite(end) else "none" for end in (one.low, one.high))
    return f"{one.value:.0f} [{', '.join(ends)}]" if interval else f"{one.value:.0f}"


def _end(number: float) -> str:
    return f"{number:.0f}" if math.isfinite(number) else "open"


def sweep_tables(found: SweepTables) -> Iterator[Table]:
    """Return for every design and truth the outcomes at every value; * marks what differs from the base."""
    variants = found.found.variants
    names = _shown(found.found.scenario)
    for design, truth in dict.fromkeys((design, truth) for design, truth, _ in variants[0].found):
        each = [{name: one.found[design, truth, name] for name in names} for one in variants]
        shown = max((with_no_limit(of) for of in each), key=len)
        listed = []
        for at, of in zip(found.values, each, strict=True):
            rows_of = with_no_limit(of)
            # Where the limit cuts no trial, the months within it are those without it.
            cells = (_marked(name, rows_of.get(name, of[MONTHS])) for name in shown)
            listed.append((f"{at:g}", *cells))
        headings = ("at", *(words_of(name, one) for name, one in shown.items()))
        yield Table(f"{design}, {short_truth_words(truth)}", headings, rows(*listed))


def _marked(name: str, one: Change) -> str:
    """Return the outcome under the variant, with a mark where it differs from the base."""
    return before_and_after(one, name)[1] + ("*" if one.told is ChangeEvidence.DIFFERENT else "")


def swings_of(found: SensitivityTables) -> Iterator[tuple[str, list[Swing]]]:
    """Return for every design and truth how they are called, and the swings, the largest first."""
    for design, truth in dict.fromkeys((one.design, one.truth) for one in found.swings):
        swings = [one for one in found.swings if (one.design, one.truth) == (design, truth)]
        yield f"{design}, {short_truth_words(truth)}", swings


def not_moved(found: SensitivityTables) -> dict[str, list[str]]:
    """Return what was not moved, by the reason."""
    by_reason: dict[str, list[str]] = {}
    for path, reason in found.left_out.items():
        by_reason.setdefault(reason, []).append(path)
    return by_reason


def swing_cells(found: SensitivityTables, one: Swing) -> tuple[str, str, str]:
    """Return the outcome at the low and at the high, and the change from one to the other."""
    changed = amount_and_without_limit(one.change, found.outcome)
    told = {
        ChangeEvidence.DIFFERENT: changed,
        ChangeEvidence.NOT_TOLD: f"no difference can be told ({changed})",
        ChangeEvidence.SAME: "the same in every replicate",
    }[one.change.told]
    return *before_and_after(one.change, found.outcome), told
