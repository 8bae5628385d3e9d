"""One self-contained HTML page on a comparison: the answer first. No number is computed here."""

from collections.abc import Mapping
from functools import cache
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.present import has_criteria
from simulator.errors import StoreError
from simulator.report.blocks import Drawing, Section
from simulator.report.sections.answer import answer, warnings
from simulator.report.sections.assumptions import assumptions
from simulator.report.sections.characteristics import characteristics, comparisons, estimation
from simulator.report.sections.checklist import checklist
from simulator.report.sections.designs import designs, trial
from simulator.report.sections.estimand import estimand
from simulator.report.sections.findings import Findings
from simulator.report.sections.flow import flow, screening, timelines
from simulator.report.sections.reproduction import reproduction
from simulator.report.sections.size import accuracy, justification
from simulator.report.words import sections_in_words_of

if TYPE_CHECKING:
    from jinja2 import Template


TEMPLATES: Final = Path(__file__).parent / "templates"
GENERATOR: Final = "phase1-simulator report"


def page(comparison: ComparisonTables, about: Mapping[str, Any], notes: tuple[str, ...] = ()) -> str:
    """Return the report as one HTML page; the same comparison and record give the same page.

    Parameters
    ----------
    about
        What the record of the run says of it, `ComparisonTables.about()` where there is none.
    notes
        What is wrong with the folder that the run was read from; it stands at the top.
    """
    from simulator.report.sections.figures import figures

    found = Findings(comparison, about, notes)
    scenario, results = comparison.scenario, comparison.results
    subtitle = (
        f"{results.replicates} simulated trials per design and truth, the same patients for all of them; seed "
        f"{results.job.seed}; target DLT risk {scenario.trial.target:g}; phase1-simulator "
        f"{about.get('version', 'of unknown version')}."
    )
    parts = sections(found, figures(found))
    return rendered(scenario.about.title, scenario.about.registry_id or "Scenario", subtitle, notes, parts)


def sections(found: Findings, drawn: Mapping[str, tuple[Drawing, ...]]) -> tuple[Section, ...]:
    """Return every section of the page, in order, with the figures drawn for it by its id."""

    def of(name: str) -> tuple[Drawing, ...]:
        return drawn.get(name, ())

    screens = has_criteria(found.comparison.results.job)
    parts = (
        answer(found),
        warnings(found),
        characteristics(found, of("characteristics")),
        accuracy(found, of("accuracy")),
        comparisons(found, of("differences")),
        flow(found, of("flow")),
        *((screening(found, of("screening")),) if screens else ()),
        timelines(found, of("timelines")),
        trial(found),
        designs(found),
        estimand(found),
        estimation(found),
        justification(found),
        assumptions(found),
        checklist(),
        reproduction(found),
    )
    return sections_in_words_of(found.comparison.scenario, parts)


def rendered(
    title: str, label: str, subtitle: str, notes: tuple[str, ...], parts: tuple[Section, ...]
) -> str:
    """Return sections as one page; every text is escaped."""
    return _template().render(
        title=title, label=label, subtitle=subtitle, notes=notes, sections=parts, generator=GENERATOR
    )


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")


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
