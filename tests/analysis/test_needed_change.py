"""The number needed under two sets of assumptions: that of `compare`, and the difference on the same samples."""

import math
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

import simulator
from simulator.analysis.needed import NeededSamples
from simulator.analysis.needed_change import needed_change, needed_frame
from simulator.report.sections.what_if import needed_cells
from simulator.report.text.what_if import render
from simulator.scenario.scenario import Scenario, parse_scenario

TEXT = """
about: {title: Needed}
trial: {dose_levels: [10, 20, 40], enrolment_min: 6, enrolment_max: 36}
eligibility: none
product: none
response: none
arrivals: {sites: 1, referrals_per_site_month: 3}
truths:
  - {name: low, balanced: true, p_dlt: [0.05, 0.30, 0.60]}
  - {name: high, balanced: true, p_dlt: [0.02, 0.05, 0.30]}
designs:
  - {name: boin, design: boin, max_n: 24}
  - {name: 3+3, design: 3+3}
question: {caps_from: 6, caps_to: 36}
"""
CHANGE = {"trial.not_evaluable": "no_dlt", "truths.low.p_dlt": [0.10, 0.30, 0.45]}


@cache
def scenario() -> Scenario:
    return parse_scenario(TEXT)


def samples(found: int, boot: list[int]) -> NeededSamples:
    return NeededSamples(found, np.array(boot), 36)


@pytest.mark.parametrize("replicates", [200, 1000])
def test_a_what_if_gives_the_numbers_needed_that_compare_gives(replicates: int) -> None:
    found = simulator.what_if(scenario(), CHANGE, replicates=replicates)
    [variant] = found.variants
    for one, of in ((scenario(), "before"), (variant.scenario, "after")):
        frame = simulator.compare(one, replicates=replicates).needed_n
        headline = frame[frame["measure"] == "infused"].set_index(["design", "statistic"])["value"]
        for design, needs in variant.needed.items():
            said = getattr(needs, of)
            expected = [headline[design, name] for name in ("needed", "low95", "high95")]
            values = [x if math.isfinite(x) else math.nan for x in (said.value, said.low, said.high)]
            np.testing.assert_array_equal(values, expected)
    assert set(variant.needed) == {"boin", "3+3"}


def test_too_few_trials_have_no_interval_and_a_thousand_have() -> None:
    few, enough = (simulator.what_if(scenario(), CHANGE, designs=["boin"], replicates=n) for n in (200, 1000))
    assert "[too few trials]" in render(few)
    assert "too few trials" not in render(enough)
    ends = needed_frame({("v", "boin"): few.variants[0].needed["boin"]}).set_index("statistic")["value"]
    assert math.isnan(ends["difference_low95"])
    assert not math.isnan(ends["difference"])


def test_several_variants_have_it_in_their_table() -> None:
    found = simulator.what_if(
        scenario(), CHANGE, variants={"same": {"about.note": "no change"}}, replicates=20
    )
    assert render(found).count("  needed ") == 2
    same = found.variants[1].needed["boin"]
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_the_difference_is_paired_by_sample() -> None:
    one = needed_change(samples(20, [18, 20, 22] * 100), samples(23, [21, 23, 25] * 100), 1000)
    assert (one.value, one.low, one.high) == (3, 3, 3)  # unpaired it would be from -1 to 7
    assert one.is_different
    assert needed_cells(one) == ("20 [18, 22]", "23 [21, 25]", "+3 [3, 3]")


def test_what_is_not_reached_leaves_an_end_open() -> None:
    one = needed_change(samples(20, [18, 20, 22, 22] * 100), samples(23, [21, 23, 25, 0] * 100), 1000)
    assert needed_cells(one) == ("20 [18, 22]", "23 [21, none]", "+3 [3, open]")
    lost = needed_change(samples(20, [20] * 100), samples(0, [0] * 100), 1000)
    assert needed_cells(lost) == ("20 [20, 20]", "> 36", "more, not known by how much")
    gained = needed_change(samples(0, [0] * 100), samples(20, [20] * 100), 100)
    assert needed_cells(gained) == ("> 36", "20", "less, not known by how much [too few trials]")
    neither = needed_change(samples(0, [0] * 100), samples(0, [0] * 100), 1000)
    assert needed_cells(neither) == ("> 36", "> 36", "not known")
    assert not neither.is_different
    some = needed_change(samples(20, [20, 0] * 50), samples(20, [20, 0] * 50), 1000)
    assert needed_cells(some)[2] == "+0 [open, open]"


def test_ends_are_in_order() -> None:
    found = simulator.what_if(scenario(), CHANGE, replicates=1000).variants[0].needed["boin"]
    for first, second in pairwise([found.low, found.value, found.high]):
        assert first <= second
