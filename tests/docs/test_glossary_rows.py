"""The packaged glossary: the page is made of it, every heading that `compare` prints is in it, `explain` finds it."""

import pytest

from simulator.designs import DESIGNS
from simulator.errors import SimulatorError
from simulator.report.blocks import Table
from simulator.report.glossary import columns_printed, entries, explained
from simulator.report.sections import by_truth
from simulator.report.sections.answer import needed_table
from simulator.report.sections.differences import headline_table, matched_headline_table
from simulator.report.sections.early_looks import obd_table, waiting_tables
from simulator.report.sections.first_screen import planned_table
from simulator.report.trial_words import blocks_in_words_of
from simulator.report.values import ReportData
from simulator.scenario.scenario import parse_scenario
from simulator.scenario.templates import template_text
from simulator.studies.compare import compare
from tests.analysis.early_runs import early_comparison
from tests.analysis.runs import comparison
from tests.glossary import PAGE, with_tables
from tests.support.in_process import run


def test_the_page_has_the_rows_of_the_packaged_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_tables(page)
    for section in {entry.section for entry in entries()}:
        assert f"\n## {section}\n" in page


def printed_tables() -> list[Table]:
    data = ReportData(comparison())
    return [
        planned_table(data),
        needed_table(data),
        *(make(data) for make in (by_truth.used, by_truth.selection, by_truth.safety, by_truth.months)),
        *by_truth.by_level(data),
        headline_table(data),
        matched_headline_table(data),
    ]


def tables_of_early_looks() -> list[Table]:
    """Return what waiting costs, with backfill and late toxicity, and the optimal biological dose."""
    data = ReportData(early_comparison())
    return [block for block in (*waiting_tables(data), obd_table(data)) if isinstance(block, Table)]


def tables_without_parts() -> list[Table]:
    """Return tables of a trial without criteria and product, in its words."""
    bare = compare(parse_scenario(template_text("minimal")), ["boin"], ["low"], 2)
    data = ReportData(bare)
    blocks = blocks_in_words_of(bare.scenario, [planned_table(data), by_truth.used(data)])
    return [block for block in blocks if isinstance(block, Table)]


def test_no_cell_holds_the_bar_of_a_table_and_an_obd_is_selected_by_the_designs_that_do() -> None:
    assert not any("|" in cell for entry in entries() for cell in (entry.name, entry.meaning, entry.where))
    [obd] = [entry for entry in explained("OBD") if entry.section == "Designs and their judgement"]
    weighing = {name for name, one in DESIGNS.items() if hasattr(one, "utilities")}
    assert weighing == {"boin12", "tite-boin12"}
    assert "Of the registered designs BOIN12 and TITE-BOIN12 select one" in obd.meaning


def test_every_heading_that_compare_prints_is_explained_in_5_to_10_words() -> None:
    known = {entry.name: entry.meaning for entry in columns_printed()}
    own = {*comparison().results.truths(), "low", *(f"level {level}" for level in range(1, 5))}
    tables = [*printed_tables(), *tables_of_early_looks(), *tables_without_parts()]
    headings = {heading.partition("≤")[0] for table in tables for heading in table.headings}
    assert headings - own == set(known)
    for name, meaning in known.items():
        assert 5 <= len(meaning.split()) <= 10, name


def test_headings_are_one_word_each_and_none_of_the_old_ones_is_left() -> None:
    headings = {heading for table in printed_tables() for heading in table.headings}
    several = {heading for heading in headings if len(heading.split()) > 1}
    assert several == {"> 60 %", "> 80 %", "level 1", "level 2", "level 3", "level 4"}
    notes = " ".join(table.note + table.caption for table in printed_tables())
    for old in ("SE apart", "rule complete", "A patient:", "0 <"):
        assert old not in notes


def test_explain_prints_the_column_of_compare_first_and_every_other_meaning() -> None:
    code, printed, said = run(["explain", "correct", "p10"])
    assert (code, said) == (0, "")
    first, second, *_ = printed.splitlines()
    assert first == "correct (compare): Trials that select the correct level, in percent."
    assert second.startswith("family, kind, curve, correct (`exact --family`): ")
    assert printed.splitlines()[-1] == "median, p10, p90 (used): Quantiles over trials, by order statistics."


def test_explain_alone_lists_the_columns_of_compare() -> None:
    code, printed, _ = run(["explain"])
    assert code == 0
    assert [line.split(" (")[0] for line in printed.splitlines()] == [one.name for one in columns_printed()]


def test_an_unknown_word_is_refused_with_those_written_most_like_it() -> None:
    code, printed, said = run(["explain", "corect"])
    assert (code, printed) == (2, "")
    assert "the glossary has no 'corect': did you mean correct" in said
    with pytest.raises(SimulatorError, match="lists the columns of compare"):
        explained("qqqqqqqq")
