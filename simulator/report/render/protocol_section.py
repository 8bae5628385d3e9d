"""The statistical section of a protocol, as HTML, Markdown and Word: upright pages, the report's own sections."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.report.blocks import Drawing, Section
from simulator.report.render.html import rendered
from simulator.report.render.markdown import markdown_of
from simulator.report.render.word import word_of
from simulator.report.sections.assumptions import assumptions
from simulator.report.sections.designs import trial
from simulator.report.sections.draft import draft_notes
from simulator.report.sections.escalation_rule import escalation, references, rule_conventions
from simulator.report.sections.estimand import estimand
from simulator.report.sections.gap import gap_section
from simulator.report.sections.reproduction import reproduction
from simulator.report.sections.size import justification
from simulator.report.sections.truth_tables import truth_tables
from simulator.report.trial_words import sections_in_words_of
from simulator.report.values import ReportData

APPENDIX: Final = "Appendix {letter}. {title}"


@dataclass(frozen=True, slots=True)
class ProtocolSection:
    """The statistical section, before it becomes a file.

    Attributes
    ----------
    notes
        What stands at its top: that it is a draft, and what is wrong with the run.
    draft
        The first words of the note that it is a draft; empty where it is none.
    """

    title: str
    label: str
    notes: tuple[str, ...]
    draft: str
    parts: tuple[Section, ...]

    @classmethod
    def of(
        cls,
        comparison: ComparisonTables,
        about: Mapping[str, Any],
        notes: tuple[str, ...] = (),
        *,
        every_n: bool = False,
        drawn: bool = True,
    ) -> "ProtocolSection":
        """Write the section on a run.

        Parameters
        ----------
        about, notes
            As for `html.page`.
        every_n
            A column of the decision tables for every number of patients; by default for whole cohorts.
        drawn
            Whether the operating characteristics are drawn too.
        """
        data = ReportData(comparison, about, notes)
        draft = draft_notes(data)
        drawings: tuple[Drawing, ...] = ()
        if drawn:
            from simulator.report.sections.figures import truth_drawings

            drawings = truth_drawings(data)
        return cls(
            title=f"Statistical section: {comparison.scenario.about.title}",
            label=comparison.scenario.about.registry_id or "",
            notes=(*draft, *notes),
            draft=draft[0].partition(".")[0] if draft else "",
            parts=statistical_sections(data, drawings, every_n=every_n),
        )

    def html(self) -> str:
        """Return the section as one HTML page."""
        return rendered(self.title, self.label, self.draft, self.notes, self.parts, contents=False)

    def markdown(self) -> str:
        """Return the section as Markdown; a figure is there by its caption."""
        return markdown_of(self._full_title, self.notes, self.parts)

    def word(self, option: str = "--word") -> bytes:
        """Return the section as a Word file; `option` asked for it on the command line.

        Raises
        ------
        StoreError
            python-docx is not installed.
        """
        return word_of(self._full_title, self.notes, self.parts, option=option, header=self.draft)

    @property
    def _full_title(self) -> str:
        return f"{self.label}. {self.title}" if self.label else self.title


def statistical_sections(
    data: ReportData, drawings: tuple[Drawing, ...] = (), *, every_n: bool = False
) -> tuple[Section, ...]:
    """Return trial, rules, characteristics, size, estimand and references, then the appendices."""
    appendices = (assumptions(data), rule_conventions(data), reproduction(data))
    parts = (
        trial(data),
        escalation(data, every_n=every_n),
        truth_tables(data, drawings),
        *gap_section(data),
        justification(data),
        estimand(data),
        references(data),
        *(
            replace(one, title=APPENDIX.format(letter="ABC"[place], title=one.title))
            for place, one in enumerate(appendices)
        ),
    )
    return sections_in_words_of(data.comparison.scenario, parts)


def markdown_text(comparison: ComparisonTables, about: Mapping[str, Any], notes: tuple[str, ...] = ()) -> str:
    """Return the statistical section as Markdown; parameters as for `ProtocolSection.of`."""
    return ProtocolSection.of(comparison, about, notes, drawn=False).markdown()


def word_file(comparison: ComparisonTables, about: Mapping[str, Any], notes: tuple[str, ...] = ()) -> bytes:
    """Return the statistical section as a Word file; parameters as for `ProtocolSection.of`.

    Raises
    ------
    StoreError
        python-docx is not installed.
    """
    return ProtocolSection.of(comparison, about, notes).word()
