"""What-if, sweep and sensitivity as a notebook shows them. No number is computed here."""

from simulator.analysis.changes import OUTCOMES, Told
from simulator.analysis.sensitivity_tables import SensitivityTables
from simulator.analysis.what_if_tables import SweepTables, WhatIfTables
from simulator.html_tables import block, sentences, table
from simulator.report.text.what_if import EXPLAINED, WORDS, amount, before_and_after, sentence, truth_name
from simulator.report.words import parameter_words, range_words

MOST_SWINGS = 15


def what_if_html(found: WhatIfTables) -> str:
    """Return every variant: what can be told in a sentence, then base, variant and change per outcome."""
    parts = [_runs(found.base.replicates, found.base.job.seed)]
    for variant in found.variants:
        keys = list(dict.fromkeys((design, truth) for design, truth, _ in variant.found))
        for design, truth in keys:
            of = {outcome: variant.found[design, truth, outcome] for outcome in OUTCOMES}
            rows = [
                (WORDS[name], *before_and_after(one, name), amount(one, name)) for name, one in of.items()
            ]
            caption = f"{variant.name}: {design}, {truth_name(truth)}"
            headings = ("", "base", "variant", "change [95 % interval]")
            parts += [table(headings, rows, caption), sentences(sentence(of))]
        parts.append(sentences(*(f"Note: {note}." for note in variant.notes)))
    parts.append(_notes(found.warnings, EXPLAINED.replace("\n", " ")))
    return block("What if", *parts)


def sweep_html(found: SweepTables) -> str:
    """Return the outcomes at every value; * marks what differs from the scenario as it is."""
    parts = [_runs(found.found.base.replicates, found.found.base.job.seed)]
    keys = list(dict.fromkeys((design, truth) for design, truth, _ in found.found.variants[0].found))
    for design, truth in keys:
        rows = []
        for at, variant in zip(found.values, found.found.variants, strict=True):
            of = [(variant.found[design, truth, name], name) for name in OUTCOMES]
            shown = [
                before_and_after(one, name)[1] + ("*" if one.told is Told.DIFFERENT else "")
                for one, name in of
            ]
            rows.append((f"{at:g}", *shown))
        caption = f"{design}, {truth_name(truth)}"
        parts.append(table(("at", *(WORDS[name] for name in OUTCOMES)), rows, caption))
    said = "Value ± standard error; *: its 95 % interval of the paired difference from the scenario leaves out 0."
    return block(f"Sweep of {found.path}", *parts, _notes(found.found.warnings, said))


def sensitivity_html(found: SensitivityTables) -> str:
    """Return the largest swings per design and truth, and what was left out."""
    parts = [_runs(found.base.replicates, found.base.job.seed)]
    for design, truth in dict.fromkeys((one.design, one.truth) for one in found.swings):
        swings = [one for one in found.swings if (one.design, one.truth) == (design, truth)]
        rows = []
        for one in swings[:MOST_SWINGS]:
            unit = found.scenario.provenance[one.parameter].unit
            ends = range_words(one.low, one.high, unit)
            told = {
                Told.DIFFERENT: amount(one.change, found.outcome),
                Told.NOT_TOLD: f"cannot be told ({amount(one.change, found.outcome)})",
                Told.SAME: "the same in every replicate",
            }[one.change.told]
            both = before_and_after(one.change, found.outcome)
            rows.append((parameter_words(one.parameter, unit), ends, *both, told))
        headings = ("number", "low to high", "at low", "at high", "high minus low [95 %]")
        caption = f"{design}, {truth_name(truth)}: the first {len(rows)} of {len(swings)}"
        parts.append(table(headings, rows, caption, left=(0, 1)))
    parts.append(sentences(*(f"Left out: {name}: {reason}." for name, reason in found.left_out.items())))
    return block(f"Sensitivity of {WORDS[found.outcome]}", *parts, _notes(found.warnings, ""))


def _runs(replicates: int, seed: int) -> str:
    return sentences(
        f"{replicates} simulated trials per design and truth, seed {seed}, against the scenario as it is on the "
        "same patients."
    )


def _notes(warnings: tuple[str, ...], explained: str) -> str:
    return sentences(explained, *(f"Note: {warning}." for warning in warnings))
