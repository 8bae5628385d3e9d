"""A fit as text, within 80 columns. No number is computed here."""

from typing import Final

from simulator.analysis.fitting.fit_tables import FitTables
from simulator.mid_trial.log_columns import DATES, OTHERS, REASONS
from simulator.parsing.printable import printable
from simulator.report.blocks import Block, Items, Text
from simulator.report.render.text import text_of
from simulator.report.sections import fit as sections

WIDTH: Final = 78


def render(found: FitTables) -> str:
    """Return the fit as plain text."""
    blocks: list[Block | None] = [
        Text(f"{printable(found.log.file)}: {sections.answer(found)}"),
        Text(""),
        sections.fitted_table(found),
        sections.vein_to_vein(found),
        sections.not_fitted(found),
        sections.notes(found),
    ]
    return text_of(*(one for one in blocks if one is not None), width=WIDTH)


def render_columns() -> str:
    """Return the columns of a log, and the words for why a patient left."""
    words = tuple(f"{', '.join(words)}: {reason.text}" for reason, words in REASONS.items())
    return text_of(
        Text(
            "Columns of a screening log, a row a patient; any subset, in any order. Dates as `screen` reads them."
        ),
        Items(tuple(f"{name}: {text}" for name, text in {**OTHERS, **DATES}.items())),
        Text(""),
        Text("Or a row for each state reached, as `forecast --so-far` reads it: patient, site, state, date."),
        Text(""),
        Text("Words for the reason; a criterion alone (E3) is a failure of it, at the desk or in screening:"),
        Items(words),
        width=WIDTH,
    )
