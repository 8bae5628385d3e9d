"""What-if, sweep and sensitivity as a notebook shows them. No number is computed here."""

from dataclasses import replace
from typing import Final

from simulator.analysis.changes import OUTCOME_WORDS
from simulator.analysis.sensitivity_tables import SensitivityTables
from simulator.analysis.what_if_tables import SweepTables, WhatIfTables
from simulator.html_tables import block, sentences, table
from simulator.report.notebook.blocks import table_html
from simulator.report.sections.what_if import (
    EXPLAINED,
    needed_table,
    not_moved,
    sweep_tables,
    swing_cells,
    swings_of,
    variant_tables,
)
from simulator.scenario.parameter_words import parameter_words, range_words
from simulator.scenario.window_notes import window_moved
from simulator.scenario.wording import counted, in_words_of

MOST_SWINGS: Final = 15


def what_if_html(found: WhatIfTables) -> str:
    """Return every variant: base, variant and change per outcome, then what can be told in a sentence."""
    parts = [_runs(found.base.replicates, found.base.plan.seed)]
    for variant in found.variants:
        for one in (*needed_table(variant), *variant_tables(variant, found.scenario)):
            parts.append(table_html(replace(one, caption=f"{variant.name}: {one.caption}")))
        parts.append(sentences(*(f"Note: {note}." for note in variant.notes)))
    parts.append(_notes(found.warnings, EXPLAINED.replace("\n", " ")))
    return in_words_of(found.scenario, block("What if", *parts))


def sweep_html(found: SweepTables) -> str:
    """Return the outcomes at every value; * marks what differs from the scenario as it is."""
    parts = [_runs(found.found.base.replicates, found.found.base.plan.seed)]
    parts += [table_html(one) for one in sweep_tables(found)]
    explained = (
        "Value ± standard error; *: the 95 % interval of its difference from the scenario leaves out 0."
    )
    whole = block(f"Sweep of {found.path}", *parts, _notes(found.notes, explained))
    return in_words_of(found.found.scenario, whole)


def sensitivity_html(found: SensitivityTables) -> str:
    """Return the largest swings per design and truth, and what was left out."""
    parts = [_runs(found.base.replicates, found.base.plan.seed)]
    shown = set()
    for name, swings in swings_of(found):
        rows = []
        shown |= {one.parameter for one in swings[:MOST_SWINGS]}
        for one in swings[:MOST_SWINGS]:
            known = found.scenario.provenance.get(one.parameter)
            unit = "" if known is None else known.unit
            ends = one.words if one.ends else range_words(one.low, one.high, unit)
            rows.append((parameter_words(one.parameter, unit), ends, *swing_cells(found, one)))
        headings = ("number", "low to high", "at low", "at high", "high minus low [95 %]")
        parts.append(table(headings, rows, f"{name}: the first {len(rows)} of {len(swings)}", left=(0, 1)))
    parts.append(
        sentences(*(f"Not moved ({why}): {', '.join(paths)}." for why, paths in not_moved(found).items()))
    )
    notes = _notes((*window_moved(shown), *found.warnings), "")
    whole = block(f"Sensitivity of {OUTCOME_WORDS[found.outcome]}", *parts, notes)
    return in_words_of(found.scenario, whole)


def _runs(replicates: int, seed: int) -> str:
    return sentences(
        f"{counted(replicates, 'simulated trial')} "
        f"per design and truth, seed {seed}, against the scenario as it is on the "
        "same patients."
    )


def _notes(warnings: tuple[str, ...], explained: str) -> str:
    return sentences(explained, *(f"Note: {warning}." for warning in warnings))
