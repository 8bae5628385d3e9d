"""The search for the smallest relaxation: against brute force, and never more than the intervals allow."""

import math

import numpy as np
import pytest

import simulator
from simulator.analysis.inside import mean_inside, quantile_ends, quantile_inside
from simulator.analysis.relaxation_sets import RelaxationSets
from simulator.analysis.relaxation_tables import Inside
from simulator.durations import DAYS_PER_MONTH
from simulator.eligibility.relaxations import proposals, relaxed
from simulator.errors import ScenarioError
from simulator.population.patients import draw
from simulator.population.screened_referrals import refer
from simulator.randomness import Block, Streams
from simulator.report.notebook.smallest_relaxation import smallest_relaxation_html
from simulator.report.sections.smallest_relaxation import answer, searched
from simulator.report.text.smallest_relaxation import render
from simulator.runs.paired_runs import Options, PairedRuns
from simulator.runs.replicates import chunks, run_chunk
from simulator.runs.results import Results
from simulator.scenario.risk_link_notes import UNCHANGED_RISK
from simulator.scenario.scenario import parse_scenario
from simulator.studies.smallest_relaxation import smallest_relaxation
from simulator.trial.intake import draw_intakes

REPLICATES = 40
TIGHT = """
about: {title: Tight}
truths:
  - {name: A, balanced: true, p_dlt: [0.5, 0.6, 0.7, 0.8], p_response: [0.1, 0.2, 0.3, 0.4]}
  - {name: B, p_dlt: [0.6, 0.7, 0.8, 0.9], p_response: [0.1, 0.2, 0.3, 0.4]}
eligibility:
  cd117_percent: 80
  lvef_percent: 60
  ecog_max: 3
  life_expectancy_months: 2
  cns_reading: active_only
  lab_limit_mode: either
  transaminases: either
  extramedullary_waives_marrow: true
  flow_blasts_percent: 0.01
  blast_boundary: inclusive
  spo2_percent: 90
  on_oxygen: room_air_trial
  gene_therapy_reading: recent
  lvef_modality: any
  qtc_limit_ms: 500
designs: [{name: 3+3, design: 3+3}]
"""
"""Two settings are left to relax, LVEF and CD117, and both gain many patients."""


@pytest.fixture(scope="module")
def tight():
    return parse_scenario(TIGHT)


def months_of(scenario, changes, truth="A", replicates=REPLICATES):
    changed = scenario.with_changes(changes) if changes else scenario
    job = PairedRuns.of(scenario, Options(["3+3"], [truth], replicates, 1), 1).plan(changed)
    results = Results.of(job, [run_chunk(job, part) for part in chunks(replicates)], scenario.trial.target)
    return results.stacked([0], "recommended_day")[0] / DAYS_PER_MONTH


@pytest.fixture(scope="module")
def every_set(tight):
    """Mean months of every set, run one by one."""
    singles = proposals(tight.eligibility)
    assert {one.setting for one in singles} == {"cd117_percent", "lvef_percent"}
    values = {f"eligibility.{one.setting}": one.value for one in singles}
    names = list(values)
    sets = [(), *((name,) for name in names), tuple(names)]
    return {one: months_of(tight, {name: values[name] for name in one}).mean() for one in sets}


def asked(tight, months, **options):
    return smallest_relaxation(tight, months, **{"replicates": REPLICATES, "seed": 1, **options})


def test_every_set_has_the_months_of_a_run_of_its_own_and_all_are_found_outside(tight, every_set):
    found = asked(tight, 0.5)
    assert found.answer is None
    assert found.searched_all
    judged = {
        tuple(sorted(text.split("=")[0] for text in one.texts)): one.months.value for one in found.judged
    }
    assert judged == {tuple(sorted(one)): value for one, value in every_set.items()}
    assert {one.said for one in found.judged} == {Inside.OUTSIDE}
    assert answer(found).startswith("No permitted set does: the best of the ")
    assert f"{len(found.judged)} sets run is " in answer(found)
    assert searched(found).startswith("Searched: all.")
    assert found.best.months.value == min(every_set.values())


def test_nothing_is_needed_where_the_trial_is_inside_as_it_is(tight):
    found = asked(tight, 119)
    assert found.answer is not None
    assert found.answer.changes == ()
    assert len(found.judged) == 1
    assert answer(found).startswith("None is needed: as it is, mean months ")


def test_a_limit_inside_the_interval_cannot_be_told(tight, every_set):
    found = asked(tight, every_set[()])
    assert found.judged[0].said is Inside.NOT_TOLD
    assert "it cannot be told with 40 replicates" in answer(found)
    assert "No permitted set does:" not in answer(found)


def test_the_answer_is_the_smallest_set_told_to_be_inside(tight):
    found = asked(tight, 20, replicates=100)
    assert found.answer is not None
    assert found.answer.texts == ("eligibility.cd117_percent=10",)
    assert found.answer.high <= 20
    assert found.judged[0].said is Inside.OUTSIDE
    assert found.judged[0].low > 20
    assert found.untold == ()
    assert answer(found).startswith("The smallest set found to do so has 1 relaxation: cd117_percent=10;")


def test_a_smaller_set_that_cannot_be_told_is_said_beside_the_answer(tight):
    found = asked(tight, 13, replicates=100)
    assert found.answer is not None
    assert len(found.answer.changes) == 2
    [smaller] = found.untold
    assert smaller.texts == ("eligibility.cd117_percent=10",)
    assert smaller.low < 13 < smaller.high
    assert "Of 1 smaller set that was run it cannot be told with 100 replicates" in answer(found)


def test_more_is_not_run_than_asked_for_and_what_was_not_searched_is_said(tight):
    found = asked(tight, 0.5, most_sets=2)
    assert len(found.judged) == 2
    assert found.answer is None
    assert not found.searched_all
    assert "is not ruled out" in searched(found)
    assert answer(found).startswith("No permitted set is told to do so")


def test_a_share_of_trials_is_judged_by_how_many_are_inside(tight):
    found = asked(tight, 119, share=0.8)
    months = months_of(tight, {})
    assert found.answer is not None
    assert found.answer.months.value == np.sort(months)[int(np.ceil(0.8 * REPLICATES)) - 1]
    assert "80th percentile" in answer(found)


def test_truths_are_averaged_over(tight):
    found = asked(tight, 0.5, truth=["A", "B"], most_sets=1)
    both = (months_of(tight, {}, "A") + months_of(tight, {}, "B")).mean() / 2
    assert found.judged[0].months.value == pytest.approx(both, abs=1e-9)
    assert found.truths == ("A", "B")


def test_the_table_and_the_text_have_the_numbers_of_the_sets(tight, tmp_path):
    found = asked(tight, 0.5)
    frame = found.table.set_index(["relaxations", "statistic"])["value"]
    for one in found.judged:
        name = " and ".join(one.texts)
        assert frame[name, "months"] == one.months.value
        assert frame[name, "gained"] == one.gained
        assert f"{one.months.value:.1f}±{one.months.mcse:.1f}" in render(found)
    assert list(found.table.columns)[-3:] == ["statistic", "value", "mcse"]
    assert UNCHANGED_RISK in found.warnings
    assert "risk assumed unchanged" in smallest_relaxation_html(found)
    found.save(tmp_path / "out")
    assert (tmp_path / "out/smallest_relaxation.txt").read_text(encoding="utf-8") == render(found)


def test_links_that_act_are_said_in_the_place_of_an_unchanged_risk(tight):
    linked = tight.with_changes({"outcomes.risk_links.lvef.dlt_odds_ratio": 2})
    found = asked(linked, 0.5, most_sets=1)
    assert UNCHANGED_RISK not in found.warnings
    assert found.warnings[0].startswith(
        "risks are linked to the patient, odds ratios: DLT 2 per 5 points of LVEF"
    )


def test_whom_a_set_admits_is_whom_the_run_screens_with_the_set(scenario):
    job = PairedRuns.of(scenario, Options(["3+3"], ["M0"], 10, 3), 1).plan(scenario)
    streams = Streams(3)
    intakes = draw_intakes(job.stages, streams, range(10))
    blocks = [Block(one.replicate, 0, 0, len(one.site)) for one in intakes]
    sets = RelaxationSets.of(scenario.population, scenario.eligibility, streams, blocks)
    assert sets.referred == sum(len(one.site) for one in intakes)

    def admitted(readings):
        found = refer(scenario.population, readings, streams, blocks)
        reached = found.prescreen_pass & ~found.refuses_consent
        return reached & (found.eligible | (found.infection_failed & found.resolved_eligible))

    before = admitted(scenario.eligibility)
    assert sets.admitted_before == np.count_nonzero(before)
    some = [*sets.of_size(1), *list(sets.of_size(2))[::9], *list(sets.of_size(5))[:3]]
    for changes in some:
        after = admitted(relaxed(scenario.eligibility, *changes))
        assert not (before & ~after).any()
        assert sets.admits(changes).patients == np.count_nonzero(after & ~before), changes
    assert sets.admits(()).patients == 0


def test_sets_of_one_pattern_have_the_same_trials(scenario):
    """What is not run again would have given the same numbers."""
    streams = Streams(1)
    runs = PairedRuns.of(scenario, Options(["3+3"], ["M0"], 10, 1), 1)
    intakes = draw_intakes(runs.plan(scenario).stages, streams, range(10))
    blocks = [Block(one.replicate, 0, 0, len(one.site)) for one in intakes]
    sets = RelaxationSets.of(scenario.population, scenario.eligibility, streams, blocks)
    by_pattern: dict[bytes, list] = {}
    for changes in [(), *sets.of_size(1), *sets.of_size(2)]:
        by_pattern.setdefault(sets.admits(changes).pattern, []).append(changes)
    twins = [group for group in by_pattern.values() if len(group) > 1]
    assert len(twins) > 5
    for group in (twins[0][:3], twins[1][:3]):
        found = []
        for changes in group:
            values = {f"eligibility.{one.setting}": one.value for one in changes}
            job = runs.plan(scenario.with_changes(values) if values else scenario)
            found.append(run_chunk(job, range(10)).used["recommended_day"].tolist())
        assert all(one == found[0] for one in found)


def test_count_of_sets_is_that_of_all_choices_of_at_most_one_value_a_setting(scenario):
    patients = [Block(0, 0, 0, 50)]
    assert draw(scenario.population, Streams(1), patients).count == 50
    sets = RelaxationSets.of(scenario.population, scenario.eligibility, Streams(1), patients)
    listed = sum(sum(1 for _ in sets.of_size(size)) for size in range(1, sets.largest_size + 1))
    assert sets.count == listed


@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_a_mean_is_called_inside_wrongly_no_more_often_than_stated(alpha):
    """2,000 runs of 30 replicates whose true mean is the limit; at 4 standard errors of the frequency."""
    rng = np.random.default_rng(7)
    runs = 2000
    told = sum(
        mean_inside(rng.normal(50, 10, size=(1, 30)), 50.0, alpha, 1000.0, None)[3] is not Inside.NOT_TOLD
        for _ in range(runs)
    )
    assert told / runs <= alpha + 4 * math.sqrt(alpha * (1 - alpha) / runs)


def test_a_quantile_is_called_inside_wrongly_no_more_often_than_stated():
    """The normal interval of a share is rough at 200 replicates: twice the stated level is the bound here."""
    rng = np.random.default_rng(8)
    runs, alpha = 2000, 0.05
    limit = 50 + 10 * 0.8416212335729143
    told = [
        quantile_inside(rng.normal(50, 10, size=(1, 200)), limit, alpha, 0.0, 0.8)[3] for _ in range(runs)
    ]
    wrong = sum(one is not Inside.NOT_TOLD for one in told) / runs
    assert wrong <= 2 * alpha


def test_ends_of_a_quantile_are_order_statistics_and_nan_beyond_the_trials():
    months = np.arange(100, dtype=float)[None, :]
    low, high = quantile_ends(months, 0.8, 0.05)
    assert low < 79 < high
    assert math.isnan(quantile_ends(months[:, :10], 0.95, 0.05)[1])


def test_one_replicate_says_nothing(tight):
    found = asked(tight, 50, replicates=1, most_sets=1)
    assert found.judged[0].said is Inside.NOT_TOLD


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"months": 0}, "months must be a number above 0 and below the calendar limit 120, got 0"),
        ({"months": 120}, "below the calendar limit 120, got 120"),
        ({"months": True}, "months must be a number"),
        ({"months": 48, "share": 0.4}, "share must be a number from 0.5 to 0.99, got 0.4"),
        ({"months": 48, "most_sets": 0}, "most_sets must be a whole number, at least 1, got 0"),
        ({"months": 48, "design": "bion"}, "no design 'bion'"),
        ({"months": 48, "truth": "Z"}, "no truth 'Z'"),
    ],
)
def test_what_cannot_be_asked_is_a_scenario_error(tight, arguments, message):
    with pytest.raises(ScenarioError, match=message):
        smallest_relaxation(tight, **arguments)


def test_the_verb_is_public():
    assert simulator.smallest_relaxation is smallest_relaxation
