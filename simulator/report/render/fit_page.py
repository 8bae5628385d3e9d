"""One self-contained page on a fit: fitted against assumed. No number is computed here."""

from datetime import date

from simulator.analysis.fitting.fit_tables import FitTables
from simulator.parsing.printable import printable
from simulator.report import figures
from simulator.report.blocks import Block, Section, Text
from simulator.report.drawings import drawing
from simulator.report.render.html import rendered
from simulator.report.sections import fit as sections

LABEL = (
    "A row a setting: the range assumed as a bar, the fitted value with its 80 % interval as a mark with whiskers, "
    "all as multiples of the value assumed."
)


def fit_page(found: FitTables) -> str:
    """Return the page; the same fit gives the same page."""
    about = found.scenario.about
    drawn = drawing(figures.fitted_against_assumed(found), LABEL, LABEL)
    below: list[Block | None] = [
        sections.vein_to_vein(found),
        sections.not_fitted(found),
        sections.notes(found),
    ]
    parts = (
        Section(
            "fitted",
            sections.CAPTION,
            (Text(sections.answer(found)), drawn, sections.fitted_table(found)),
        ),
        Section("settings", "Settings", (sections.paths_table(found),)),
        Section("rest", "Not learnt, and notes", tuple(one for one in below if one is not None)),
    )
    cut = date.fromordinal(found.log.cut)
    subtitle = f"{printable(found.log.file)}, complete up to {cut}; {found.log.count} patients."
    return rendered(f"Fit to a site: {about.title}", about.registry_id or "Scenario", subtitle, (), parts)
