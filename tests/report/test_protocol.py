"""The statistical section of a protocol: rules with their numbers, a table a truth, one verdict on the size."""

import io
import re
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd
import pytest

from simulator.designs import BFBOIN, DESIGNS
from simulator.designs.protocol_table import protocol_table
from simulator.designs.statement import protocol_statement
from simulator.exact.accuracy import Needed
from simulator.report.blocks import Block, Items, Pairs, Section, Table, Text
from simulator.report.render.column_widths import CM_PER_LETTER, column_widths_cm
from simulator.report.render.protocol_section import ProtocolSection, statistical_sections
from simulator.report.render.word import TEXT_CM
from simulator.report.sections.decision_table import COLUMNS_A_PAGE, transposed
from simulator.report.sections.designs import trial
from simulator.report.sections.draft import SETTLED_POINTS, draft_notes
from simulator.report.sections.escalation_rule import NO_TABLE
from simulator.report.sections.size import justification
from simulator.report.values import ReportData
from simulator.scenario.scenario import parse_scenario
from simulator.scenario.templates import template_text
from simulator.studies.compare import Comparison, compare
from tests.analysis.early_runs import EARLY
from tests.analysis.runs import comparison

CRM_AND_BOIN = (
    "about: {title: Small}\n"
    "trial: {dose_levels: [1, 2, 3]}\n"
    "outcomes: {aplasia_day28: [0.1, 0.2, 0.3], aplasia_day42: [0.1, 0.2, 0.3]}\n"
    "truths: [{name: A, balanced: true, p_dlt: [0.1, 0.3, 0.5], p_response: [0.2, 0.3, 0.4]}]\n"
    "designs:\n"
    "  - {name: crm, design: crm, max_n: 18}\n"
    "  - {name: boin, design: boin, max_n: 18, stop_n_at_dose: 9, stopping: [{rule: total_n, at_least: 15}]}\n"
)


def findings() -> ReportData:
    return ReportData(comparison(), comparison().about())


@cache
def crm_and_boin() -> ReportData:
    done = compare(parse_scenario(CRM_AND_BOIN), replicates=2)
    return ReportData(done, done.about())


def blocks(part: Section) -> list[Block]:
    return [*part.blocks, *(block for below in part.parts for block in blocks(below))]


def section(data: ReportData, name: str, **options: Any) -> Section:
    [found] = [one for one in statistical_sections(data, **options) if one.id == name]
    return found


def tables(part: Section) -> list[Table]:
    return [block for block in blocks(part) if isinstance(block, Table)]


# The rule of a design


def test_the_paragraph_of_boin_has_its_numbers_and_its_reference() -> None:
    data = findings()
    text = " ".join(block.text for block in blocks(section(data, "escalation")) if isinstance(block, Text))
    design = data.comparison.scenario.design("boin")
    for number in (
        f"lambda_e = {design.lambda_e:.3f}",  # type: ignore[attr-defined]
        f"lambda_d = {design.lambda_d:.3f}",  # type: ignore[attr-defined]
        "in cohorts of 3",
        f"ends at {design.max_n} DLT-evaluable patients at the latest",
        "exceeds 0.3 is above 0.95",
    ):
        assert number in text
    [listed] = section(data, "references").blocks
    assert isinstance(listed, Items)
    [place] = [k for k, one in enumerate(listed.items, start=1) if "Liu S, Yuan Y." in one]
    assert f"the Bayesian optimal interval design (BOIN) [{place}]" in text
    assert re.search(r"Journal of the Royal Statistical Society.* 2015;64:507-523\.", listed.items[place - 1])


def test_stops_stand_in_the_paragraph_and_a_design_without_a_table_says_so() -> None:
    crm, boin = section(crm_and_boin(), "escalation").parts[:2]
    [rule, no_table] = crm.blocks
    assert isinstance(rule, Text)
    assert "with the skeleton s = " in rule.text
    assert isinstance(no_table, Text)
    assert no_table.text.startswith("There is no table by number of patients")
    paragraph = boin.blocks[0]
    assert isinstance(paragraph, Text)
    assert "Escalation ends early with 9 or more at the level just treated" in paragraph.text
    assert "Stopping rule: stops once 15 patients or more have been treated" in paragraph.text


@pytest.mark.parametrize("name", sorted(set(DESIGNS) - {"table"}))
def test_every_design_states_its_rule_and_names_a_publication_with_its_year(name: str) -> None:
    stated = protocol_statement(DESIGNS[name]())
    assert len(stated.sentences) >= 2
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in stated.sentences)
    assert stated.references
    assert all(re.search(r"\b(19|20)\d\d\b", one) for one in stated.references)


def test_a_design_that_only_inherits_a_statement_is_described_by_its_own_conventions() -> None:
    class OwnRule(BFBOIN):
        """A design of somebody's own that states nothing."""

    stated = protocol_statement(OwnRule())
    assert "Conflict: a lower level that received backfill disagrees." in stated.sentences
    assert "lambda_e = 0.236" not in " ".join(stated.sentences)


# The decision table


def test_the_decision_table_has_a_column_for_each_whole_cohort_and_the_bounds_of_the_design() -> None:
    [table] = [one for one in tables(section(findings(), "escalation")) if " boin " in one.caption]
    design = findings().comparison.scenario.design("boin")
    frame = design.decision_table(design.max_n).set_index("n")
    assert [int(n) for n in table.headings[1:]] == list(range(3, design.max_n + 1, 3))
    rows = {row[0]: row[1:] for group in table.groups for row in group.rows}
    for n, shown in zip(map(int, table.headings[1:]), rows["De-escalate if DLTs ≥"], strict=True):
        assert int(shown) == frame.loc[n, "deescalate_if_at_least"]
    assert len(table.headings) - 1 <= COLUMNS_A_PAGE


def test_every_n_is_printed_where_asked_in_tables_that_fit_an_upright_page() -> None:
    found = [
        one for one in tables(section(findings(), "escalation", every_n=True)) if " boin " in one.caption
    ]
    columns = [int(n) for one in found for n in one.headings[1:]]
    assert columns == list(range(1, findings().comparison.scenario.design("boin").max_n + 1))
    assert all(len(one.headings) - 1 <= COLUMNS_A_PAGE for one in found)
    assert [one.caption.endswith(", continued") for one in found] == [False, *[True] * (len(found) - 1)]


def test_a_planned_size_that_cuts_the_last_cohort_keeps_its_column() -> None:
    table = protocol_table(DESIGNS["boin"](max_n=20))
    [shown] = transposed(table, "")
    assert shown.headings[1:] == ("3", "6", "9", "12", "15", "18", "20")


# Operating characteristics


def test_each_truth_has_a_table_and_no_average_over_truths_is_among_them() -> None:
    data = findings()
    overview, *by_truth = tables(section(data, "truth-tables"))
    truths = data.comparison.results.truths()
    assert [one.caption.partition(".")[0] for one in by_truth] == [f"Truth {truth}" for truth in truths]
    assert [group.title for group in overview.groups] == [f"truth {truth}" for truth in truths]
    assert "alanced" not in " ".join(one.caption for one in by_truth)


@pytest.mark.parametrize(("design", "truth"), [("3+3", "M0"), ("boin", "S2")])
def test_the_table_of_a_truth_shows_the_frames(design: str, truth: str) -> None:
    data = findings()
    [table] = [
        one for one in tables(section(data, "truth-tables")) if one.caption.startswith(f"Truth {truth}.")
    ]
    assert table.headings == ("", "level 1", "level 2", "level 3", "level 4", "none", "all")
    [group] = [one for one in table.groups if one.title == f"design {design}"]
    rows = {row[0]: row[1:] for row in group.rows}
    frame = comparison().operating_characteristics
    of = frame[(frame["design"] == design) & (frame["truth"] == truth) & (frame["statistic"] == "mean")]
    for name, measure, scale in (
        ("selected, %", "selected", 100),
        ("patients", "treated", 1),
        ("DLTs", "dlts", 1),
    ):
        values = of[(of["measure"] == measure) & of["level"].notna()].set_index("level")["value"]
        for level, cell in enumerate(rows[name][:4], start=1):
            if "±" in cell:
                shown, _, error = cell.partition("±")
                digits = len(error.partition(".")[2])
                assert float(shown) == pytest.approx(scale * values[level], abs=0.51 * 10**-digits)
    none = of[(of["measure"] == "selected") & (of["level"] == 0)]["value"].iloc[0]
    assert rows["selected, %"][4].startswith(("<", ">", f"{100 * none:.1f}"))


# The size


def exact(n: int | None) -> Needed:
    found = next(one for one in comparison().exact_needed.values() if one is not None)
    return replace(found, n=n)


def sentences(reached: bool, exact_n: int | None) -> str:
    """Return the paragraph of boin where a number is or is not enough, simulated and exactly."""
    done = comparison()
    frame = done.needed_n.copy()
    of = (frame["design"] == "boin") & (frame["measure"] == "infused")
    frame.loc[of, "cap"] = 30 if reached else 0
    frame.loc[of & (frame["statistic"] == "needed"), "value"] = 30 if reached else float("nan")
    data = ReportData(done, done.about())
    changed = _Changed(done, frame, {**done.exact_needed, "boin": exact(exact_n)})
    data = replace(data, comparison=changed)  # type: ignore[arg-type]
    [pairs] = [block for block in justification(data).blocks if isinstance(block, Pairs)]
    return dict(pairs.pairs)["boin"]


class _Changed:
    """A comparison with another answer."""

    def __init__(self, done: Any, needed_n: pd.DataFrame, exact_needed: Any) -> None:
        self._done, self.needed_n, self.exact_needed = done, needed_n, exact_needed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._done, name)


def test_a_number_that_is_enough_only_without_losses_is_told_apart_in_one_sentence() -> None:
    text = sentences(reached=False, exact_n=38)
    assert re.search(
        r"with losses and replacement, no number up to \d+ infused patients is enough by these estimates "
        r"\(too few trials to tell\) \(best [^)]*\), whereas in a trial without losses, delays and Monte Carlo "
        r"error, where every patient is evaluable, 38 DLT-evaluable patients are enough\.",
        text,
    )


def test_answers_that_agree_are_joined_by_and() -> None:
    assert ", and in a trial without losses" in sentences(reached=False, exact_n=None)
    assert ", and in a trial without losses" in sentences(reached=True, exact_n=27)
    assert ", whereas in a trial without losses" in sentences(reached=True, exact_n=None)


# Draft


class _Precise(ReportData):
    """Numbers of a run with a given error of correct selection."""

    error = 0.0

    def oc(self, design: str, truth: str, measure: str, level: int | None = None) -> Any:
        return replace(super().oc(design, truth, measure, level), mcse=self.error)


@pytest.mark.parametrize("points", [0.499, 0.5, 3.0])
def test_a_text_is_a_draft_until_the_error_of_correct_selection_is_under_half_a_point(points: float) -> None:
    data = _Precise(comparison(), comparison().about())
    type(data).error = points / 100
    notes = draft_notes(data)
    assert bool(notes) == (points >= SETTLED_POINTS)
    if points == 3.0:
        assert notes[0].startswith("DRAFT: 20 replicates. ")
        assert "up to 3.0 percentage points" in notes[0]
        assert "about 800 replicates" in notes[0]  # 20 * (3 / 0.5)^2 = 720


def test_a_draft_says_so_on_every_page_of_word_and_at_the_top_of_the_others() -> None:
    from docx import Document

    section_of = ProtocolSection.of(comparison(), comparison().about())
    document = Document(io.BytesIO(section_of.word()))
    assert document.sections[0].header.paragraphs[0].text == "DRAFT: 20 replicates"
    assert "> DRAFT: 20 replicates. " in section_of.markdown()
    assert section_of.html().count("DRAFT: 20 replicates") == 2


# The page


def test_the_pages_of_word_are_upright_a4_and_hold_the_figures() -> None:
    from docx import Document
    from docx.shared import Cm

    document = Document(io.BytesIO(ProtocolSection.of(comparison(), comparison().about()).word()))
    page = document.sections[0]
    assert [round(side.cm, 1) for side in (page.page_width, page.page_height)] == [21.0, 29.7]
    assert len(document.inline_shapes) == 2
    assert all(
        shape.width <= page.page_width - page.left_margin - page.right_margin + 10
        for shape in document.inline_shapes
    )
    for table in document.tables:
        assert sum(column.width for column in table.columns) <= Cm(17.5)


def test_assumptions_conventions_and_the_command_are_appendices() -> None:
    titles = [one.title for one in statistical_sections(findings())]
    assert titles[-3:] == [
        "Appendix A. Assumptions, with source",
        "Appendix B. Conventions of the designs",
        "Appendix C. Reproduction",
    ]


def test_the_newer_designs_have_their_tables_in_the_section() -> None:
    """Rolling six by states, TITE-BOIN while outcomes are pending, BOIN12 by desirability; none says there is "
    "none."""
    scenario = parse_scenario(EARLY.replace("default: false", "default: true"))
    found = statistical_sections(ReportData(compare(scenario, None, ["mild"], 3), {}, ()))
    [escalation] = [one for one in found if one.id == "escalation"]
    by_design = {part.title: part.blocks for part in escalation.parts}
    captions = {
        name: [one.caption for one in blocks_ if isinstance(one, Table)]
        for name, blocks_ in by_design.items()
    }
    assert captions["rolling-6"] == ["Decisions of rolling-6 below the highest open level"]
    assert captions["tite-boin"][-1] == "Decisions of tite-boin while outcomes are pending, up to 12 patients"
    assert captions["boin12"] == ["Desirability of boin12: ranks"]
    assert NO_TABLE not in [
        getattr(one, "text", "") for name in captions for one in by_design[name] if name != "3+3"
    ]
    [rule] = [one.text for one in by_design["boin12"] if isinstance(one, Text)][:1]
    assert "aims at the best trade-off of benefit and risk with a DLT risk of at most 0.3" in rule


def test_sentences_of_a_trial_without_stagger_places_ahead_or_registry_number() -> None:
    plain = parse_scenario(template_text("minimal")).with_changes({"trial.slots_ahead": 0})
    done = Comparison(plain, comparison().results, ())
    stated = dict(trial(ReportData(done, {})).blocks[0].pairs)  # type: ignore[union-attr]
    assert stated["Stagger"] == "none; patients of a cohort may start on the same day"
    assert stated["Slots ahead"] == "nobody is enrolled ahead of the next cohort"
    held = Comparison(plain.with_changes({"trial.stagger_first_days": 7}), comparison().results, ())
    stated = dict(trial(ReportData(held, {})).blocks[0].pairs)  # type: ignore[union-attr]
    assert stated["Stagger"] == (
        "7 days after the first patient of a level, 0 after each other one, before the treatment of the next"
    )


def test_the_rule_of_three_plus_three_says_which_counts_a_selected_level_has() -> None:
    text = " ".join(DESIGNS["3+3"](n_doses=4).statement())  # type: ignore[attr-defined]
    assert "After a level closes, the level below is filled to 6 patients and judged." in text
    assert (
        "selected that has no DLT among 3 patients or at most 1 DLT among 6, as every tried level below"
        in text
    )
    stops = " ".join(DESIGNS["3+3"](n_doses=4, de_escalation=False, confirm_six=False).statement())  # type: ignore[attr-defined]
    assert "After a level closes the trial stops, and the level below is selected as it stands." in stops


def test_cells_keep_to_one_line_where_headings_can_be_broken() -> None:
    headings = ("design", *[f"a long heading {k}" for k in range(8)], "months")
    lines = [headings, ("boin", *["1.0±0.1"] * 8, "54.4±7.6 (25.8-93.6)")]
    widths = column_widths_cm(lines, TEXT_CM, 2)
    assert sum(widths) <= TEXT_CM
    assert widths[-1] > 17 * CM_PER_LETTER  # its narrow letters counted in part
    assert widths[1] < len("a long heading 0") * CM_PER_LETTER
    short = [("design", "N"), ("boin", "3")]
    assert column_widths_cm(short, TEXT_CM, 2)[0] > column_widths_cm(short, TEXT_CM, 2)[1]
    assert sum(column_widths_cm(short, TEXT_CM, 2)) < TEXT_CM / 3


def test_sentences_share_the_page_by_what_most_of_them_need() -> None:
    lines = [
        ("parameter", "how known", "note"),
        *[(f"a_parameter_{k}", "expert assumption", "a sentence " * 9) for k in range(9)],
        ("a_parameter_9", "computed from data that nobody else has seen yet", "a sentence " * 40),
    ]
    widths = column_widths_cm(lines, TEXT_CM, 2)
    assert sum(widths) == pytest.approx(TEXT_CM)
    assert widths[0] > len("a_parameter_9") * CM_PER_LETTER
    assert 16 * CM_PER_LETTER < widths[1] < 35 * CM_PER_LETTER < widths[2]
    words = [("one", "two"), *[("x" * 200, "y" * 200)] * 2]
    assert sum(column_widths_cm(words, TEXT_CM, 2)) <= TEXT_CM
    many = [tuple("longest heading" for _ in range(30)), tuple("1.0±0.1" for _ in range(30))]
    assert sum(column_widths_cm(many, TEXT_CM, 2)) == pytest.approx(TEXT_CM)
