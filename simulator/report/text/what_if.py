"""What-if, sweep and sensitivity as text. No number is computed here."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from simulator.analysis.changes import OUTCOME_WORDS
from simulator.analysis.sensitivity_tables import SensitivityTables
from simulator.analysis.what_if_tables import SweepTables, WhatIfTables
from simulator.report.blocks import Table, rows
from simulator.report.render.text import block_lines, filled, spaced
from simulator.report.sections.what_if import (
    EXPLAINED,
    needed_table,
    not_moved,
    overview,
    sweep_tables,
    swing_cells,
    swings_of,
    variant_tables,
)
from simulator.scenario.ranges import NO_RANGE
from simulator.scenario.window_notes import window_moved
from simulator.scenario.wording import counted, in_words_of

WIDTH: Final = 80
MOST_NAMED: Final = 8
"""Assumptions, or changes of a variant, named in one sentence."""
VARIANT_WIDTHS: Final = (-18, 12, 12)


def render(found: WhatIfTables) -> str:
    """Return one table of all variants where there are several, then each in detail, within 80 columns."""
    base, about = found.base, found.scenario.about
    lines = [
        *filled(f"{about.registry_id or 'Scenario'}: {about.title}", width=WIDTH),
        *filled(
            "What if, against the scenario as it is, on the same patients: "
            f"{counted(base.replicates, 'simulated trial')} per design and truth, seed {base.plan.seed}.",
            width=WIDTH,
        ),
        "",
    ]
    if len(found.variants) > 1:
        for table in overview(found):
            lines += [*_overview_lines(table), ""]
    for variant in found.variants:
        changed = [f"{path}={_plain(value)}" for path, value in variant.changes.items()]
        asked = ", ".join(changed[:MOST_NAMED])
        more = len(changed) - MOST_NAMED
        rest = f" and {more} more, in its scenario by --out" if more > 0 else ""
        name = variant.name if variant.name == asked else f"{variant.name} ({asked}{rest})"
        lines += filled(name, "  ", WIDTH)
        for note in variant.notes:
            lines += filled(f"  Note: {note}.", "    ", WIDTH)
        for table in (*needed_table(variant), *variant_tables(variant, found.scenario)):
            lines += filled(f"  {table.caption}: {table.note}", "    ", WIDTH)
            for row in (table.headings, *table.groups[0].rows):
                lines += _numbers_and_change(row)
        lines.append("")
    explained = filled(in_words_of(found.scenario, EXPLAINED.replace("\n", " ")), width=WIDTH)
    return in_words_of(found.scenario, _text([*lines, *explained], found.warnings))


def _numbers_and_change(row: tuple[str, ...]) -> list[str]:
    """Return name, base and variant, and behind them the change: on lines of its own where it is too long."""
    line = spaced([*row[:3], f"  {row[3]}"], VARIANT_WIDTHS, "  ")
    if len(line) <= WIDTH:
        return [line]
    return [spaced(row[:3], VARIANT_WIDTHS, "  "), *filled(f"      {row[3]}", "      ", WIDTH)]


def _overview_lines(table: Table) -> list[str]:
    """Return the table of all variants; numbers stand for names too long for it, which are listed above."""
    lines, listed = block_lines(table, WIDTH), table.groups[0].rows
    if all(any(line.startswith(row[0]) for line in lines) for row in listed):
        return lines
    base, *others = listed
    numbered = [(str(number), *row[1:]) for number, row in enumerate(others, 1)]
    short = replace(table, groups=rows(base, *numbered))
    names = (line for k, row in enumerate(others, 1) for line in filled(f"{k}: {row[0]}", "   ", WIDTH))
    return [*names, *block_lines(short, WIDTH)]


def render_sweep(found: SweepTables) -> str:
    """Return the curve as plain text: outcomes at every value, and what can be told against the base."""
    lines = [
        *filled(
            f"Sweep of {found.path}, {counted(found.found.base.replicates, 'simulated trial')} "
            "each, the same patients",
            width=WIDTH,
        ),
        "",
    ]
    for table in sweep_tables(found):
        lines += [*block_lines(table, WIDTH), ""]
    lines += filled(
        "Value ± standard error; *: differs from the scenario as it is, its 95 % interval of the paired difference "
        "leaves out 0.",
        width=WIDTH,
    )
    return in_words_of(found.found.scenario, _text(lines, found.notes))


def render_sensitivity(found: SensitivityTables, top: int = 15) -> str:
    """Return the largest swings as plain text, and what was left out."""
    lines = [
        f"Sensitivity of {OUTCOME_WORDS[found.outcome]}: every assumption from low to high, one at a time"
    ]
    shown = set()
    for name, swings in swings_of(found):
        lines += ["", f"{name}: the first {min(top, len(swings))} of {len(swings)}"]
        shown |= {one.parameter for one in swings[:top]}
        for one in swings[:top]:
            before, after, told = swing_cells(found, one)
            lines += filled(f"  {one.parameter}, {one.words}", "    ", WIDTH)
            lines += filled(f"    {before} to {after}: {told}", "      ", WIDTH)
    lines += ["", "Value at low and at high, then high minus low on the same patients with 95 %", "interval."]
    if any(not one.is_stated for one in found.swings):
        lines += filled(
            f"*: {NO_RANGE}, so half to twice the number, or half to twice the odds of a share.", width=WIDTH
        )
    for reason, paths in not_moved(found).items():
        more = len(paths) - MOST_NAMED
        rest = f" and {more} more, listed by --out" if more > 0 else ""
        lines += filled(f"Not moved ({reason}): {', '.join(paths[:MOST_NAMED])}{rest}.", "  ", WIDTH)
    return in_words_of(found.scenario, _text(lines, (*window_moved(shown), *found.warnings)))


def _text(lines: list[str], warnings: Iterable[str]) -> str:
    notes = (line for warning in warnings for line in filled(f"Note: {warning}.", width=WIDTH))
    return "\n".join([*lines, *notes]) + "\n"


def _plain(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case _:
            return str(value)
