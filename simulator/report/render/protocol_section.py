"""The statistical section of a protocol, as Markdown and as Word: the report's own sections, without figures."""

from collections.abc import Mapping
from typing import Any

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.report.blocks import Section
from simulator.report.render.markdown import markdown_of
from simulator.report.render.word import word_of
from simulator.report.sections.assumptions import assumptions
from simulator.report.sections.characteristics import characteristics
from simulator.report.sections.designs import designs, trial
from simulator.report.sections.estimand import estimand
from simulator.report.sections.reproduction import reproduction
from simulator.report.sections.size import justification
from simulator.report.trial_words import sections_in_words_of
from simulator.report.values import ReportData


def statistical_section(data: ReportData) -> tuple[str, tuple[Section, ...]]:
    """Return the title and the sections: design, rules, characteristics, size, estimand, assumptions, command."""
    about = data.comparison.scenario.about
    label = f"{about.registry_id}: " if about.registry_id else ""
    parts = (
        trial(data),
        designs(data),
        characteristics(data),
        justification(data),
        estimand(data),
        assumptions(data),
        reproduction(data),
    )
    title = f"Statistical section. {label}{about.title}"
    return title, sections_in_words_of(data.comparison.scenario, parts)


def markdown_text(comparison: ComparisonTables, about: Mapping[str, Any], notes: tuple[str, ...] = ()) -> str:
    """Return the statistical section as Markdown.

    Parameters
    ----------
    about, notes
        As for `html.page`.
    """
    title, parts = statistical_section(ReportData(comparison, about, notes))
    return markdown_of(title, notes, parts)


def word_file(comparison: ComparisonTables, about: Mapping[str, Any], notes: tuple[str, ...] = ()) -> bytes:
    """Return the statistical section as a Word file; parameters as for `markdown_text`.

    Raises
    ------
    StoreError
        python-docx is not installed.
    """
    title, parts = statistical_section(ReportData(comparison, about, notes))
    return word_of(title, notes, parts)
