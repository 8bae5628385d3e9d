"""What-if as text: no sentence claims more than its interval allows. No number is computed here."""

import math
from typing import Final

from simulator.analysis.changes import OUTCOMES, SHARES, Change, Told
from simulator.analysis.estimate import certain_bound
from simulator.analysis.sensitivity_tables import SensitivityTables
from simulator.analysis.what_if_tables import SweepTables, WhatIfTables
from simulator.runs.results import BALANCED
from simulator.scenario.parts import Part
from simulator.scenario.scenario import Scenario
from simulator.scenario.wording import in_words_of

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


def amount(one: Change, outcome: str) -> str:
    """Return a change with its interval: -4.1 [-6.0, -2.2], in points where it is a share.

    More digits where an interval that leaves out 0 would be printed with an end of 0.0.
    """
    scale, unit = (100.0, " points") if outcome in SHARES else (1.0, "")
    nearest = min(abs(scale * one.low), abs(scale * one.high))
    digits = 1
    while one.told is Told.DIFFERENT and round(nearest, digits) == 0 and digits < MOST_DIGITS:
        digits += 1
    while (
        math.isnan(one.low) and one.value and round(scale * one.value, digits) == 0 and digits < MOST_DIGITS
    ):
        digits += 1
    low, value, high = (round(scale * number, digits) + 0.0 for number in (one.low, one.value, one.high))
    said = f"{value:+.{digits}f}{unit}"
    if math.isnan(one.low):
        few = f"{one.differing} replicate{'s differ' if one.differing > 1 else ' differs'}"
        return said if one.told is Told.SAME else f"{said}, {few}"
    return f"{said} [{low:.{digits}f}, {high:.{digits}f}]"


def sentence(found: dict[str, Change]) -> str:
    """Say what one variant changes for one design and truth, outcome -> change."""
    replicates = next(iter(found.values())).replicates
    of = {told: [name for name, one in found.items() if one.told is told] for told in Told}
    parts = [f"{WORDS[name]}: {amount(found[name], name)}" for name in of[Told.DIFFERENT]]
    if of[Told.NOT_TOLD]:
        names = ", ".join(f"{WORDS[name]} ({amount(found[name], name)})" for name in of[Told.NOT_TOLD])
        parts.append(f"no difference can be told at this number of replicates ({replicates}): {names}")
    if of[Told.SAME]:
        names = ", ".join(WORDS[name] for name in of[Told.SAME])
        parts.append(f"the same in every one of the {replicates} replicates: {names}")
    return "; ".join(parts) + "."


def render(found: WhatIfTables) -> str:
    """Return the base, then every variant, as plain text."""
    base, about = found.base, found.scenario.about
    lines = [
        f"{about.registry_id or 'Scenario'}: {about.title}",
        f"What if, against the scenario as it is, on the same patients: {base.replicates} simulated trials per "
        f"design and truth, seed {base.job.seed}.",
        "",
    ]
    for variant in found.variants:
        keys = list(dict.fromkeys((design, truth) for design, truth, _ in variant.found))
        asked = ", ".join(f"{path}={_plain(value)}" for path, value in variant.changes.items())
        lines.append(variant.name if variant.name == asked else f"{variant.name} ({asked})")
        lines += [f"  Note: {note}." for note in variant.notes]
        for design, truth in keys:
            of = {outcome: variant.found[design, truth, outcome] for outcome in _shown(found.scenario)}
            lines.append(f"  {design}, {truth_name(truth)}: {sentence(of)}")
            lines.append(_row("", "base", "variant", "change [95 % interval]"))
            lines += [
                _row(WORDS[name], *before_and_after(one, name), amount(one, name)) for name, one in of.items()
            ]
        lines.append("")
    said = "\n".join([*lines, EXPLAINED, *(f"Note: {warning}." for warning in found.warnings)]) + "\n"
    return in_words_of(found.scenario, said)


def _shown(scenario: Scenario) -> list[str]:
    """Return the outcomes that mean something: nobody fails screening without criteria."""
    screens = scenario.parts.has(Part.CRITERIA)
    return [name for name in OUTCOMES if screens or name != "screen_failure_share"]


def render_sweep(found: SweepTables) -> str:
    """Return the curve as plain text: outcomes at every value, and what can be told against the base."""
    lines = [
        f"SweepTables of {found.path}, {found.found.base.replicates} simulated trials each, the same patients",
        "",
    ]
    keys = list(dict.fromkeys((design, truth) for design, truth, _ in found.found.variants[0].found))
    for design, truth in keys:
        lines += [f"{design}, {truth_name(truth)}", _cells("at", *(WORDS[name] for name in OUTCOMES))]
        for at, variant in zip(found.values, found.found.variants, strict=True):
            changes = [variant.found[design, truth, name] for name in OUTCOMES]
            shown = [
                before_and_after(one, name)[1] + ("" if one.told is Told.SAME else MARK[one.told])
                for one, name in zip(changes, OUTCOMES, strict=True)
            ]
            lines.append(_cells(f"{at:g}", *shown))
        lines.append("")
    notes = dict.fromkeys(note for variant in found.found.variants for note in variant.notes)
    lines.append(
        "Value ± standard error; *: differs from the scenario as it is, its 95 % interval of the paired difference "
        "leaves out 0."
    )
    return "\n".join([*lines, *(f"Note: {note}." for note in (*notes, *found.found.warnings))]) + "\n"


MARK: Final = {Told.DIFFERENT: "*", Told.NOT_TOLD: ""}


def render_sensitivity(found: SensitivityTables, top: int = 15) -> str:
    """Return the largest swings as plain text, and what was left out."""
    keys = list(dict.fromkeys((one.design, one.truth) for one in found.swings))
    lines = [
        f"SensitivityTables of {WORDS[found.outcome]}: every number from its stated low to its high, one at a time"
    ]
    for design, truth in keys:
        swings = [one for one in found.swings if (one.design, one.truth) == (design, truth)]
        lines += ["", f"{design}, {truth_name(truth)}: the first {min(top, len(swings))} of {len(swings)}"]
        for one in swings[:top]:
            ends = f"{one.low:g} to {one.high:g}"
            before, after = before_and_after(one.change, found.outcome)
            told = {
                Told.DIFFERENT: amount(one.change, found.outcome),
                Told.NOT_TOLD: f"no difference can be told ({amount(one.change, found.outcome)})",
                Told.SAME: "the same in every replicate",
            }[one.change.told]
            lines.append(f"  {one.parameter:<58} {ends:<16} {before:>11} {after:>11}  {told}")
    lines += ["", "Value at low and at high, then high minus low on the same patients with 95 % interval."]
    lines += [f"Left out: {parameter}: {reason}." for parameter, reason in found.left_out.items()]
    return "\n".join([*lines, *(f"Note: {warning}." for warning in found.warnings)]) + "\n"


def truth_name(truth: str) -> str:
    """Return the truth, or the name of the average over the balanced set."""
    return "balanced set" if truth == BALANCED else truth


def before_and_after(one: Change, outcome: str) -> tuple[str, str]:
    """Return the outcome under both sets of assumptions, each with its standard error or bound."""
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


def _row(*cells: str) -> str:
    return f"    {cells[0]:<20}{cells[1]:>13}{cells[2]:>13}  {cells[3]}".rstrip()


def _cells(*cells: str) -> str:
    return f"  {cells[0]:<8}" + "".join(f"{cell:>19}" for cell in cells[1:])


def _plain(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case _:
            return str(value)
