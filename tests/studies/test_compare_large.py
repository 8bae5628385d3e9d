"""A comparison of designs whose exact run would be too large: it says so, and is not held up by it."""

from simulator.analysis import exact_beside
from simulator.report.sections.answer import too_large
from simulator.report.text.comparison import every_table
from simulator.report.text.first_screen import first_screen
from simulator.report.values import ReportData
from simulator.scenario.scenario import parse_scenario
from simulator.studies.compare import compare

TEN_LEVELS = """\
about: {{title: Ten levels}}
trial:
  dose_levels: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
  dlt_window_days: 21
  stagger_first_days: 0
  enrolment_min: 0
  enrolment_max: 62
eligibility: none
product: none
response: none
arrivals: {{sites: 2, referrals_per_site_month: 3}}
truths:
  - {{name: A, balanced: true, p_dlt: [0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5]}}
designs:
  - {{name: d, design: {design}, max_n: 62}}
"""
NOTE = "d: its exact run would be too large, so there is no exact number for its size of 62 and what it needs"


def test_design_whose_exact_run_is_too_large_has_a_note_and_a_dash():
    found = compare(parse_scenario(TEN_LEVELS.format(design="boin")), replicates=1)
    assert too_large(ReportData(found)) == (NOTE,)
    said = " ".join(every_table(found).split())
    assert f"Note: {NOTE}." in said
    assert not (found.operating_characteristics["statistic"] == "exact_no_attrition").any()
    assert found.exact_needed == {}


def test_design_beyond_the_stated_limit_has_its_note_on_the_first_screen():
    """Ten levels hold seven cohorts of a design that fits a model in every state."""
    found = compare(parse_scenario(TEN_LEVELS.format(design="blrm")), replicates=1)
    said = " ".join(first_screen(found).split())
    assert (
        "d: exact up to 21 patients, beyond it not: none for its size of 62 and what it needs up to 62."
        in said
    )
    assert too_large(ReportData(found)) == ()


def test_first_screen_waits_for_no_exact_number(monkeypatch):
    def refuse(*_):
        raise AssertionError("the first screen has no exact number")

    monkeypatch.setattr(exact_beside, "exact_beside", refuse)
    monkeypatch.setattr(exact_beside, "exact_needed", refuse)
    found = compare(parse_scenario(TEN_LEVELS.format(design="boin")), replicates=1)
    assert "As planned" in first_screen(found)
