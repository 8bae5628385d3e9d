"""How the referral rate is known: said of the default rate, and never of a rate that a scenario sets itself."""

import re

import numpy as np
import pytest

from simulator.analysis.accrual_tables import infused_a_month
from simulator.scenario.accrual_note import accrual_note
from simulator.scenario.scenario import Scenario, load_scenario, parse_scenario
from simulator.scenario.summary import summary
from simulator.studies.forecast import forecast
from tests.support.places import DEFAULT_SCENARIO

RATE = "arrivals.referrals_per_site_month"
OWN = """
about: {title: small}
arrivals: {referrals_per_site_month: RATE}
truths: [{name: A, balanced: true, p_dlt: [0.1, 0.2, 0.3, 0.4], p_response: [0.1, 0.2, 0.3, 0.4]}]
designs: [{name: 3+3, design: 3+3}]
"""


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario(DEFAULT_SCENARIO)


def test_the_default_rate_is_said_with_its_range_and_what_is_on_record(scenario: Scenario) -> None:
    said = accrual_note(scenario)
    assert said is not None
    assert said.startswith(
        "2.4 (0.8 to 6) a site and month at full rate, assumption; calibrated: boin then infuses"
    )
    for published in ("0.44 and 0.68", "0.15 to 0.9", "3.8 at one hub", "0.05 to 0.16"):
        assert published in said
    assert any(line.startswith("referrals 2.4") for line in summary(scenario))


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        ("3", None),
        ("{value: 3, known: assumption}", None),
        (
            "{value: 3, known: looked up, source: our log}",
            "3 a site and month at full rate, looked up; our log",
        ),
    ],
)
def test_a_scenario_with_its_own_rate_says_its_own_words_or_none(rate: str, said: str | None) -> None:
    assert accrual_note(parse_scenario(OWN.replace("RATE", rate))) == said


def test_a_changed_rate_is_not_said_to_be_calibrated(scenario: Scenario) -> None:
    assert accrual_note(scenario.with_changes({RATE: 3})) is None
    assert not any(line.startswith("referrals") for line in summary(scenario.with_changes({RATE: 3})))


def test_infused_a_month_is_what_the_file_says_of_it(scenario: Scenario) -> None:
    found = forecast(scenario, ["boin"], replicates=600)
    rows = found.rows.of(0)
    here = infused_a_month(rows)
    infused = np.isfinite(rows.days[:, 1]).sum()
    assert here.value == pytest.approx(infused / (rows.recommended_day.sum() / 30.4375))
    stated = re.search(r"infuses ([\d.]+) a month", accrual_note(scenario) or "")
    assert stated is not None
    assert abs(here.value - float(stated[1])) < 4 * here.mcse + 0.005
