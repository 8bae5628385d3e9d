"""The dose escalation of each design in the words of a protocol: a paragraph, its decision table, the references."""

from typing import Final

from simulator.designs.design import Design
from simulator.designs.desirability_scores import LARGEST_BY_DEFAULT, score_table
from simulator.designs.follow_up_table import with_follow_up
from simulator.designs.protocol_table import ProtocolTable, protocol_table, target_of
from simulator.designs.rolling_six_table import as_rolling_six, rolling_six_rows
from simulator.designs.statement import aim_of, protocol_statement
from simulator.designs.wrapped import cohort_size_of, first_cohort
from simulator.errors import DesignError
from simulator.report.blocks import Block, Items, Pairs, Section, Table, Text
from simulator.report.sections.decision_table import (
    follow_up_table,
    reading,
    rolling_six_table,
    transposed,
)
from simulator.report.sections.desirability import how_to_read, scores
from simulator.report.values import ReportData

COHORTS_ALONE: Final = (
    "Columns are whole cohorts. The same rule decides at every other number of patients with complete outcomes, as "
    "after a patient who does not count."
)
MOST_SCORED: Final = 9
"""Patients at a level up to which an upright page holds the desirability scores, as the paper prints them."""
NO_TABLE: Final = (
    "There is no table by number of patients: what follows a count depends on more than the level's own data."
)


def escalation(data: ReportData, *, every_n: bool = False) -> Section:
    """Return for each design its rule in a paragraph and its decision table, at whole cohorts or at every n."""
    cited = cited_references(data)
    parts: list[Section] = []
    read: list[str] = []
    cut = False
    for place, name in enumerate(data.designs):
        design = data.comparison.scenario.design(name)
        blocks: list[Block] = [Text(_paragraph(design, cited))]
        table = _table_of(design)
        own = own_tables(design, name)
        if table is None:
            blocks += own or (Text(NO_TABLE),)
        else:
            caption = f"Decisions of {name} by the DLTs at the current level"
            blocks += (*transposed(table, caption, every_n=every_n), *own)
            read += reading(table).items
            cut = cut or (not every_n and table.cohort_rows != table.rows)
        parts.append(Section(f"escalation-{place}", name, tuple(blocks)))
    how = (*dict.fromkeys(read), *((COHORTS_ALONE,) if cut else ()))
    if how:
        parts.append(Section("escalation-reading", "How to read the decision tables", (Items(how),)))
    return Section("escalation", "Dose escalation", parts=tuple(parts))


def references(data: ReportData) -> Section:
    """Return the publications of the designs, numbered as they are cited."""
    cited = cited_references(data)
    listed = tuple(f"[{place}] {text}" for place, text in enumerate(cited, start=1))
    return Section("references", "References", (Items(listed),) if listed else (Text("None."),))


def rule_conventions(data: ReportData) -> Section:
    """Return, for an appendix, every reading of each design in which published software differs."""
    parts = tuple(
        Section(
            f"conventions-{place}",
            name,
            (Pairs(tuple(data.comparison.scenario.design(name).conventions().items())),),
        )
        for place, name in enumerate(data.designs)
    )
    text = "A convention is a reading in which published software differs."
    return Section("conventions", "Conventions of the designs", (Text(text),), parts)


def cited_references(data: ReportData) -> list[str]:
    """Return the publications of all designs in the order of the designs, each once."""
    statements = (protocol_statement(data.comparison.scenario.design(name)) for name in data.designs)
    return list(dict.fromkeys(text for one in statements for text in one.references))


def _paragraph(design: Design, cited: list[str]) -> str:
    """Return the rule of a design in sentences, its publications cited by number."""
    stated = protocol_statement(design)
    marks = "".join(f" [{cited.index(text) + 1}]" for text in stated.references)
    (level, first), size, target = first_cohort(design), cohort_size_of(design), target_of(design)
    cohorts = "" if size is None else f" in cohorts of {size}"
    alone = f", the first of {first}" if size is not None and first != size else ""
    aim = aim_of(design) or ("" if target is None else f"a DLT risk of {target:g}")
    aims = f", aims at {aim}" if aim else ""
    opening = (
        f"Dose escalation follows {stated.title}{marks}. It starts at level {level}{cohorts}{alone}{aims}, and ends "
        f"at {design.max_n} DLT-evaluable patients at the latest."
    )
    return " ".join((opening, *stated.sentences))


def own_tables(design: Design, name: str) -> tuple[Table | Items, ...]:
    """Return the tables that a design has beside bounds by patients and DLTs, up to 12 patients at the level."""
    rolling, early = as_rolling_six(design), with_follow_up(design)
    if rolling is not None:
        return (
            rolling_six_table(rolling_six_rows(rolling), f"Decisions of {name} below the highest open level"),
        )
    if early is not None:
        of = protocol_table(early, min(early.max_n, LARGEST_BY_DEFAULT))
        pending = follow_up_table(
            of, f"Decisions of {name} while outcomes are pending, up to {LARGEST_BY_DEFAULT} patients"
        )
        return () if pending is None else (pending,)
    try:
        ranks = score_table(design, MOST_SCORED)
    except DesignError:
        return ()
    return () if ranks is None else (scores(ranks, f"Desirability of {name}: ranks"), how_to_read(ranks))


def _table_of(design: Design) -> ProtocolTable | None:
    try:
        return protocol_table(design)
    except DesignError:
        return None
