"""One self-contained HTML page on a comparison: the answer first. No number is computed here."""

import re
from collections.abc import Mapping
from functools import cache
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.present import has_criteria
from simulator.errors import StoreError
from simulator.report.blocks import Drawing, Section, Table, typeset
from simulator.report.render.column_widths import column_widths_cm, table_lines
from simulator.report.sections.answer import answer, warnings
from simulator.report.sections.assumptions import assumptions
from simulator.report.sections.characteristics import characteristics, estimation
from simulator.report.sections.checklist import checklist
from simulator.report.sections.designs import designs, trial
from simulator.report.sections.differences import comparisons
from simulator.report.sections.early_looks import obd_section, waiting_section
from simulator.report.sections.estimand import estimand
from simulator.report.sections.flow import flow, screening, timelines
from simulator.report.sections.gap import gap_section
from simulator.report.sections.reproduction import reproduction
from simulator.report.sections.size import accuracy, justification
from simulator.report.trial_words import sections_in_words_of
from simulator.report.values import ReportData
from simulator.scenario.wording import counted

if TYPE_CHECKING:
    from jinja2 import Template


TEMPLATES: Final = Path(__file__).parent / "templates"
GENERATOR: Final = "phase1-simulator report"
TEXT_CM: Final = 18.2
"""Width of the text of a printed page, as the template sets its margins."""
PADDING_LETTERS: Final = 1.5
PX_PER_CM: Final = 96 / 2.54
FIGURE_PX: Final = 605
"""Greatest width of a figure on paper, 16 cm: two of the usual ones stand on a page."""
TALLEST_PX: Final = 661
"""Greatest height, 17.5 cm: the tallest stands below the title."""


def page(comparison: ComparisonTables, about: Mapping[str, Any], notes: tuple[str, ...] = ()) -> str:
    """Return the report as one HTML page; the same comparison and record give the same page.

    Parameters
    ----------
    about
        What the record of the run says of it, `ComparisonTables.about()` where there is none.
    notes
        What is wrong with the folder that the run was read from; it stands at the top.
    """

    data = ReportData(comparison, about, notes)
    scenario, results = comparison.scenario, comparison.results
    subtitle = (
        f"{counted(results.replicates, 'simulated trial')} "
        "per design and truth, the same patients for all of them; seed "
        f"{results.plan.seed}; target DLT risk {scenario.trial.target:g}; phase1-simulator "
        f"{about.get('version', 'of unknown version')}."
    )
    from simulator.report.sections.figures import figures

    parts = sections(data, figures(data))
    return rendered(scenario.about.title, scenario.about.registry_id or "Scenario", subtitle, notes, parts)


def sections(data: ReportData, drawn: Mapping[str, tuple[Drawing, ...]]) -> tuple[Section, ...]:
    """Return every section of the page, in order, with the figures drawn for it by its id."""

    def of(name: str) -> tuple[Drawing, ...]:
        return drawn.get(name, ())

    screens = has_criteria(data.comparison.results.plan)
    parts = (
        answer(data),
        warnings(data),
        characteristics(data, of("characteristics")),
        *gap_section(data),
        accuracy(data, of("accuracy")),
        comparisons(data, of("differences")),
        *waiting_section(data),
        *obd_section(data),
        flow(data, of("flow")),
        *((screening(data, of("screening")),) if screens else ()),
        timelines(data, of("timelines")),
        trial(data),
        designs(data),
        estimand(data),
        estimation(data),
        justification(data),
        assumptions(data),
        checklist(),
        reproduction(data),
    )
    return sections_in_words_of(data.comparison.scenario, parts)


def rendered(
    title: str,
    label: str,
    subtitle: str,
    notes: tuple[str, ...],
    parts: tuple[Section, ...],
    *,
    contents: bool = True,
) -> str:
    """Return sections as one page, with a list of them behind the first; every text is escaped."""
    return _template().render(
        title=title,
        label=label,
        subtitle=subtitle,
        notes=notes,
        sections=parts,
        generator=GENERATOR,
        contents=contents,
    )


@cache
def _template() -> "Template":
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"typeset": typeset, "widths": widths, "address": address, "size": size}
    return environment.get_template("report.html")


def widths(table: Table) -> tuple[int, ...]:
    """Return how wide each column of a table is on paper, in CSS pixels.

    Browsers measure the letters themselves; LibreOffice does not, and lets a wide table run off the page.
    """
    return tuple(
        round(PX_PER_CM * width) for width in column_widths_cm(table_lines(table), TEXT_CM, PADDING_LETTERS)
    )


def address(svg: str) -> Markup:
    """Return a figure as the address of an image: LibreOffice draws no SVG that stands in a page as it is."""
    plain = svg if "'" in svg else svg.replace('"', "'")
    return Markup("data:image/svg+xml,") + Markup(quote(plain, safe=" =:/;,'()-.*{}!"))


def size(svg: str) -> tuple[int, int]:
    """Return width and height of a figure on paper in CSS pixels, which LibreOffice asks for."""
    width, height = re.findall(r'\s(?:width|height)="([\d.]+)pt"', svg[: svg.index(">")])
    scale = min(FIGURE_PX / float(width), TALLEST_PX / float(height))
    return round(scale * float(width)), round(scale * float(height))


def write(path: str | PathLike[str], content: str | bytes) -> None:
    """Write a report; folders are made.

    Raises
    ------
    StoreError
        The file system refuses.
    """
    file = Path(path)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise StoreError(f"{file}: cannot be written: {error.strerror}") from None
