"""Results show themselves in a notebook: the answer first, every name escaped, the numbers of the tables."""

from html import unescape

import pytest

from simulator.report.sections.first_screen import answer_sentences, cautions
from simulator.report.values import ReportData
from simulator.studies.compare import Comparison, compare
from tests.analysis.runs import comparison, scenario
from tests.ground.test_html_tables import Reader
from tests.report.trials import CASES, trial


def test_a_comparison_shows_the_answer_and_the_numbers_of_its_frames() -> None:
    read = Reader(comparison()._repr_html_())
    data = ReportData(comparison())
    assert read.texts[0].startswith("NCT07144020: ")
    for design in ("3+3", "boin"):
        assert data.needed_infused(design) in read.texts
        assert data.best(design) in read.texts
        assert data.median(design, "balanced", "enrolled") in read.texts
        assert data.oc(design, "balanced", "pcs").percent in read.texts
        for truth in ("M0", "M1", "M4", "S2", "S2 day 42"):
            assert data.oc(design, truth, "pcs").percent in read.texts
    for truth, level in (("M0", "none"), ("M1", "1"), ("M4", "4"), ("S2 day 42", "2")):
        at = read.texts.index(truth)
        assert read.texts[at + 1] == level
        assert read.texts[at + 2 : at + 4] == [data.oc(d, truth, "pcs").percent for d in ("3+3", "boin")]
    for said in (*answer_sentences(data), *cautions(data)):
        assert said in read.texts
    assert len(cautions(data)) > len(comparison().warnings)


def test_names_of_a_scenario_show_as_text() -> None:
    hostile = "<script>alert('x')</script> & co"
    named = scenario().with_changes({"about.title": hostile})
    small = comparison()
    html = Comparison(named, small.results, (hostile,))._repr_html_()
    assert "<script" not in html
    assert Reader(html).texts[0].endswith(hostile)
    assert unescape(html).count(hostile) == 2


def test_a_comparison_that_judged_no_number_says_so() -> None:
    unasked = compare(scenario(), ["3+3"], ["S2"], 2, seed=5)
    assert "What is needed was not judged" in unasked._repr_html_()


@pytest.mark.parametrize("case", CASES)
def test_a_replayed_trial_shows_its_decisions_and_its_ledger(case: tuple[str, str, int]) -> None:
    again = trial(*case)
    read = Reader(again._repr_html_())
    assert read.texts[0] == again.title
    for one in again.decisions[:-1]:
        assert one.reason in read.texts
    assert f"recommendation ({again.stop})" in read.texts
    at = read.texts.index("All referred patients")
    counts = [int(text) for text in read.texts[at:] if text.isdigit()]
    assert sum(counts[:-1]) == counts[-1] == len(again.ledger.state)
