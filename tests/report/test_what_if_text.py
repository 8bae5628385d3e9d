"""What a what-if prints keeps 80 columns; several variants stand in one table before any detail."""

import pytest

from simulator.report.text.what_if import render, render_sweep
from simulator.scenario.scenario import Scenario, parse_scenario
from simulator.studies.what_if import sweep, what_if

SMALL = """
about: {title: Small, registry_id: NCT00000000}
costs: {currency: EUR, batch: 1000, site_activation: 50000}
truths:
  - {name: A, balanced: true, p_dlt: [0.1, 0.2, 0.3, 0.4], p_response: [0.1, 0.2, 0.3, 0.4]}
  - {name: B, balanced: true, p_dlt: [0.3, 0.4, 0.5, 0.6], p_response: [0.1, 0.2, 0.3, 0.4]}
designs: [{name: boin, design: boin}, {name: 3+3, design: 3+3}]
"""
VARIANTS = {"second site": {"arrivals.sites": 2}, "LVEF 45": {"eligibility.lvef_percent": 45}}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return parse_scenario(SMALL)


def test_several_variants_stand_in_one_table_a_design_before_any_detail(scenario: Scenario) -> None:
    found = what_if(scenario, variants=VARIANTS, replicates=12)
    text = render(found)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    first_detail = lines.index("second site (arrivals.sites=2)")
    tables = [k for k, line in enumerate(lines) if line.endswith("every variant")]
    assert len(tables) == 2
    assert max(tables) < first_detail
    assert "EUR" in lines[tables[0] + 1]
    rows = lines[tables[0] + 3 : tables[0] + 6]
    assert [row.split("  ")[0] for row in rows] == ["as it is", "second site", "LVEF 45"]
    assert found.cost(found.variants[0], "boin", "A") > found.base_cost("boin", "A") + 40_000


def test_one_variant_needs_no_table_of_its_own(scenario: Scenario) -> None:
    text = render(what_if(scenario, {"arrivals.sites": 2}, replicates=6, designs=["boin"]))
    assert "every variant" not in text
    assert "site 2 is assumed to refer" in " ".join(text.split())


def test_a_sweep_keeps_80_columns(scenario: Scenario) -> None:
    text = render_sweep(sweep(scenario, "arrivals.referrals_per_site_month", [1, 2.4], replicates=6))
    assert max(map(len, text.splitlines())) <= 80
