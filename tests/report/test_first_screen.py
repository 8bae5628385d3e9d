"""The first screen: at most 40 lines, none wider than 100 columns or than the terminal; the answer in sentences."""

import math
from functools import cache

import pytest

from simulator.report import planned
from simulator.report.sections.answer import answer
from simulator.report.sections.first_screen import (
    answer_sentences,
    blocks,
    cautions,
    grouped_sentences,
    planned_table,
)
from simulator.report.text.first_screen import LINES, first_screen
from simulator.report.values import ReportData
from simulator.scenario.scenario import parse_scenario
from simulator.studies.compare import Comparison, compare
from tests.analysis.early_runs import early_comparison
from tests.analysis.runs import comparison, scenario

SIX = """
about: {title: Six designs}
truths:
  - {name: M1, balanced: true, p_dlt: [0.3, 0.45, 0.58, 0.7], p_response: [0.2, 0.3, 0.4, 0.5]}
  - {name: M2, balanced: true, p_dlt: [0.15, 0.3, 0.45, 0.6], p_response: [0.2, 0.3, 0.4, 0.5]}
designs:
  - {name: 3+3, design: 3+3}
  - {name: boin, design: boin, max_n: 30}
  - {name: boin-stop12, design: boin, max_n: 30, stop_n_at_dose: 12}
  - {name: keyboard-small, design: keyboard, max_n: 18}
  - {name: i3+3, design: i3+3, max_n: 24}
  - {name: a-design-with-quite-a-long-name-of-40-words, design: mtpi-2, max_n: 24}
question: {pcs_mean: 0.45, pcs_each: 0.3, overdose_each: 0.5}
"""


@cache
def six() -> Comparison:
    return compare(parse_scenario(SIX), replicates=20)


@pytest.mark.parametrize("width", [100, 80])
@pytest.mark.parametrize("found", [comparison, six])
def test_no_line_is_wider_than_the_terminal_and_there_are_at_most_40(found, width: int) -> None:
    lines = first_screen(found(), width).splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) <= LINES
    assert all(line == line.rstrip() for line in lines)
    text = " ".join(" ".join(lines).split())
    data = ReportData(found())
    for design in data.designs[:5]:
        assert (
            f"{design}: " in text
            or f" {design} {data.needed_infused(design)}, " in text
            or not data.needed_cap(design)
        )
        assert any(line.startswith(design[:8]) for line in lines)


def test_of_many_designs_the_verdicts_stand_together_and_every_design_is_in_one() -> None:
    data = ReportData(six())
    *_, verdicts = grouped_sentences(data)
    for design in data.designs:
        met = planned.all_met(data, design)
        words = {True: "limits met", False: "limits not met", None: "cannot be told yet"}[met]
        assert design in verdicts.split(f"{words}: ")[1].split(";")[0]
    assert verdicts in " ".join(first_screen(six()).split())


def test_a_wider_terminal_changes_nothing() -> None:
    assert first_screen(six(), 200) == first_screen(six(), 100)


def test_the_sentence_gives_the_plan_beside_the_mean_over_trials_that_may_stop_early() -> None:
    data = ReportData(six())
    reached = [design for design in data.designs if data.needed_cap(design)]
    assert reached
    for design, said in zip(data.designs, answer_sentences(data), strict=True):
        if design not in reached:
            assert "no number up to 50 infused patients is enough by these estimates (too few trials" in said
            continue
        assert f"needs {data.needed_infused(design)} infused patients" in said
        for name in ("enrolled", "screened", "months"):
            assert f"{planned.plan(data, design, name).interval()} {name}" in said.split("Plan, if")[1]
            assert f"{data.needed_cost(design, name).number} {name}" in said.split("may stop early: ")[1]


def without_needed(low95: float) -> ReportData:
    """Return the answer of a comparison in which boin reaches no needed number, nor below `low95` in its samples."""
    done = compare(parse_scenario(SIX), ["boin"], replicates=20)
    frame = done.needed_n
    of = frame["measure"] == "infused"
    frame.loc[of, "cap"] = 0
    for name, value in (("needed", math.nan), ("low95", low95), ("high95", math.nan)):
        frame.loc[of & (frame["statistic"] == name), "value"] = value
    return ReportData(done)


def test_few_trials_do_not_tell_that_no_number_is_enough() -> None:
    data = without_needed(math.nan)
    [full], [brief] = (answer_sentences(data, brief=brief) for brief in (False, True))
    assert "no number up to 50 infused patients is enough by these estimates (too few trials to tell)" in full
    assert "not enough up to 50 infused by these estimates (too few trials to tell)" in brief
    assert "Not enough up to 50 infused by these estimates (too few trials to tell): boin." in (
        grouped_sentences(data)
    )
    assert planned_table(data).groups[0].rows[0][1] == "> 50 [too few trials]"


@pytest.mark.parametrize(("low95", "interval"), [(math.nan, ""), (41, " [41, none]")])
def test_of_many_trials_the_interval_says_whether_a_number_may_be_enough(
    monkeypatch: pytest.MonkeyPatch, low95: float, interval: str
) -> None:
    monkeypatch.setattr(ReportData, "is_of_few_trials", False)
    data = without_needed(low95)
    [said] = answer_sentences(data)
    doubt = f" by these estimates (95 % interval{interval})" if interval else ""
    assert f"no number up to 50 infused patients is enough{doubt}; best" in said
    assert planned_table(data).groups[0].rows[0][1] == f"> 50{interval}"


def test_the_planned_trial_is_judged_and_the_deciding_limit_named() -> None:
    data = ReportData(comparison())
    for design, said in zip(data.designs, answer_sentences(data), strict=True):
        met = planned.all_met(data, design)
        words = {True: "limits met", False: "limits not met", None: "cannot be told yet"}[met]
        assert f"As planned (at most {planned.planned_size(data, design)} evaluable): {words}: " in said
        deciding = said.split(f"{words}: ")[1]
        assert "(asked: at " in deciding
        assert deciding.count("correct on average") == (
            planned.is_met(dict(planned.limits(data, design, "pcs_mean"))["average"]) is met
        )


def test_the_table_has_a_row_a_design_with_the_numbers_of_the_frames() -> None:
    data = ReportData(comparison())
    table = planned_table(data)
    for design, row in zip(data.designs, table.groups[0].rows, strict=True):
        cells = dict(zip(table.headings, row, strict=True))
        worst = min(
            (data.oc(design, truth, "pcs") for truth in ("M0", "M1", "M4")), key=lambda one: one.value
        )
        assert cells["design"] == design
        assert cells["worst"] == worst.percent
        assert cells["correct"] == data.oc(design, "balanced", "pcs").percent
        middle, ends = data.median(design, "balanced", "enrolled").split()
        assert cells["enrolled"] == f"{middle} ({ends})"


def test_cautions_are_there_only_where_they_apply() -> None:
    both = cautions(ReportData(comparison()))
    assert any(said.startswith("Sizes differ (evaluable: 3+3 ") for said in both)
    one = compare(scenario(), ["3+3"], ["M0"], 2, seed=5)
    assert not any(said.startswith(("Sizes differ", "No safety stop")) for said in cautions(ReportData(one)))
    short = scenario().with_changes({"trial.calendar_limit_months": 12})
    [cut] = [
        said
        for said in cautions(ReportData(compare(short, ["boin"], ["M4"], 4)))
        if said.startswith("Cut by the calendar limit")
    ]
    assert "(boin) have no recommendation by month 12." in cut


def test_months_that_the_calendar_cuts_are_never_printed_plain() -> None:
    short = scenario().with_changes({"trial.calendar_limit_months": 12})
    data = ReportData(compare(short, ["boin"], ["M4"], 4))
    assert planned.median_months(data, "boin") == "> 12"


def test_report_notebook_and_repr_show_the_same_parts_in_the_same_order() -> None:
    data = ReportData(comparison())
    assert answer(data).blocks[: len(blocks(data))] == blocks(data)
    assert repr(comparison()) == first_screen(comparison()).rstrip()
    html = comparison()._repr_html_()
    places = [
        html.index(text) for text in ("Asked for: ", "As planned (", "The trial as planned", "Sizes differ")
    ]
    assert places == sorted(places)


def test_a_question_over_other_truths_is_counted_over_these() -> None:
    asked = scenario().with_changes({"question.truths": ["M1", "S2"]})
    done = compare(asked, ["3+3"], ["M1", "M2", "S2"], 4)
    assert planned.question_truth(ReportData(done)) == "average"
    frame = done.used.query("truth == 'average' and count == 'enrolled' and statistic == 'mean'")
    single = done.used.query("truth in ['M1', 'S2'] and count == 'enrolled' and statistic == 'mean'")
    assert frame["value"].iloc[0] == pytest.approx(single["value"].mean())
    assert "over M1, S2" in first_screen(done)


def test_where_nothing_was_asked_the_screen_says_so_and_shows_the_trial() -> None:
    done = compare(scenario(), ["3+3"], ["S2"], 2, seed=5)
    text = first_screen(done)
    assert "What is needed was not judged" in text
    assert "over truth S2" in text


def test_designs_that_wait_are_not_said_not_to_and_an_optimal_dose_is_no_mtd() -> None:
    text = " ".join(first_screen(early_comparison()).split())
    assert "On the same patients, minus boin: " in text
    assert "Not waiting" not in text
    assert "boin12 selects by benefit and risk: correct and overdose here are of the MTD" in text
    only = compare(early_comparison().scenario, ["boin", "tite-boin"], ["mild"], 4, seed=5)
    text = " ".join(first_screen(only).split())
    assert "Not waiting, minus boin: tite-boin" in text
    assert "benefit and risk" not in text
