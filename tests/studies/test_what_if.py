"""What-if: the same patients, the same numbers as `compare`, and changes that must have their direction."""

import re
import shlex
from dataclasses import replace

import numpy as np
import pytest

import simulator
from simulator.analysis.changes import OUTCOMES, ChangeEvidence
from simulator.errors import ScenarioError
from simulator.report.notebook.what_if import sensitivity_html, sweep_html, what_if_html
from simulator.report.text.what_if import render, render_sensitivity, render_sweep
from simulator.scenario.risk_link_notes import UNCHANGED_RISK
from simulator.scenario.scenario import parse_scenario
from simulator.scenario.window_notes import UNCHANGED_IN_WINDOW, WINDOW
from simulator.studies.sensitivity import sensitivity
from simulator.studies.what_if import sweep, what_if
from tests.support import command_line
from tests.support.command_line import FILE
from tests.support.in_process import run
from tests.support.places import ROOT

REPLICATES = 20
QUICK = {"designs": ["boin"], "truths": ["M0"], "replicates": REPLICATES}
"""Truth M0 stops early, so that its trials are short."""


@pytest.fixture(scope="module")
def found(scenario):
    return what_if(
        scenario,
        {"arrivals.sites": 3},
        variants={
            "nothing": {"eligibility.lvef_percent": 50},
            "relaxed": {"eligibility.lvef_percent": 40, "eligibility.nyha_max": 3},
            "tightened": {"eligibility.cd117_percent": 80},
        },
        designs=["3+3", "boin"],
        truths=["M0"],
        replicates=REPLICATES,
    )


def of(found, name, outcome, design="boin", truth="M0"):
    [variant] = [variant for variant in found.variants if variant.name == name]
    return variant.found[design, truth, outcome]


def test_base_has_the_numbers_of_compare(scenario, found):
    comparison = simulator.compare(scenario, designs=["boin"], truths=["M0"], replicates=REPLICATES)
    used = comparison.used.set_index(["truth", "count", "statistic"])["value"]
    for outcome in ("screened", "enrolled", "infused", "evaluable", "months_to_recommendation"):
        assert of(found, "nothing", outcome).before.value == used["M0", outcome, "mean"]
    oc = comparison.operating_characteristics.set_index(["truth", "measure", "statistic"])["value"]
    assert of(found, "nothing", "pcs").before.value == oc["M0", "pcs", "mean"]
    assert of(found, "nothing", "overdose_selection").before.value == oc["M0", "overdose_selection", "mean"]
    share = oc["M0", "screen_failure_share", "mean"]
    assert of(found, "nothing", "screen_failure_share").before.value == share


def test_variant_has_the_numbers_of_a_run_of_the_changed_scenario(scenario, found):
    changed = scenario.with_changes({"arrivals.sites": 3})
    comparison = simulator.compare(changed, designs=["3+3"], truths=["M0"], replicates=REPLICATES)
    used = comparison.used.set_index(["truth", "count", "statistic"])["value"]
    for outcome in ("screened", "infused", "months_to_recommendation"):
        one = of(found, "arrivals.sites=3", outcome, design="3+3")
        assert one.after.value == used["M0", outcome, "mean"]


def test_a_change_to_the_same_value_changes_no_replicate(found):
    assert {of(found, "nothing", outcome).told for outcome in OUTCOMES} == {ChangeEvidence.SAME}


def test_two_more_sites_save_months(found):
    months = of(found, "arrivals.sites=3", "months_to_recommendation")
    assert months.told is ChangeEvidence.DIFFERENT
    assert months.high < 0


def test_trials_cut_at_the_calendar_limit_are_said_with_their_share(scenario):
    short = scenario.with_changes({"trial.calendar_limit_months": 60})
    asked = {"designs": ["boin"], "truths": ["M0"], "replicates": 20}
    cut = what_if(short, {"eligibility.cd117_percent": 80}, **asked)
    after = simulator.compare(
        short.with_changes({"eligibility.cd117_percent": 80}), **asked, seed=short.run.seed
    ).operating_characteristics
    told = after[(after.truth == "M0") & (after.measure == "stop_not_finished")].value.item()
    assert told > 0
    assert (
        f"At most so: {100 * told:.1f} % of trials (boin, M0) under eligibility.cd117_percent=80;"
        in cut.warnings[0]
    )


def test_nothing_is_said_of_the_calendar_limit_where_no_trial_reaches_it(scenario):
    long = scenario.with_changes({"trial.calendar_limit_months": 600})
    free = what_if(long, {"arrivals.sites": 3}, designs=["3+3"], truths=["M0"], replicates=10)
    assert not any("calendar limit" in warning for warning in free.warnings)


def test_tighter_cd117_fails_more_and_says_nothing_of_risk(found):
    assert of(found, "tightened", "screen_failure_share").low > 0
    [tightened] = [variant for variant in found.variants if variant.name == "tightened"]
    assert tightened.notes == ()


def test_relaxing_is_said_to_leave_the_risk_unchanged_and_what_is_not_permitted_is_named(found):
    [relaxed] = [variant for variant in found.variants if variant.name == "relaxed"]
    assert relaxed.notes == (UNCHANGED_RISK, "not a permitted relaxation (D40): eligibility.nyha_max")
    assert of(found, "relaxed", "screen_failure_share").high < 0


def test_another_dlt_window_is_said_to_leave_the_risk_unchanged_wherever_it_is_moved(scenario):
    few = {"designs": ["3+3"], "truths": ["M1"], "replicates": 2}
    variants = {"shorter": {WINDOW: 21}, "other": {"trial.review_days": 1}}
    found = what_if(scenario, variants=variants, **few)
    shorter, other = found.variants
    assert UNCHANGED_IN_WINDOW in shorter.notes
    assert other.notes == ()
    swept = sweep(scenario, WINDOW, [21, 42], **few)
    swings = sensitivity(scenario, "months_to_recommendation", **few)
    for told in (render(found), what_if_html(found), render_sweep(swept), sweep_html(swept)):
        assert " ".join(told.split()).count(UNCHANGED_IN_WINDOW) == 1
    assert UNCHANGED_IN_WINDOW in " ".join(render_sensitivity(swings, top=200).split())
    without = [one for one in swings.swings if one.parameter != WINDOW]
    some = replace(swings, swings=tuple(without))
    for told in (render_sensitivity(some), sensitivity_html(some)):
        assert UNCHANGED_IN_WINDOW not in " ".join(told.split())


def test_frame_ends_statistic_value_mcse_and_repeats_the_changes(found):
    frame = found.changes
    assert list(frame.columns) == ["variant", "design", "truth", "outcome", "statistic", "value", "mcse"]
    cut = sum(one.without_limit is not None for of in found.variants for one in of.found.values())
    assert len(frame) == (4 * 2 * len(OUTCOMES) + cut) * 6
    by_key = frame.set_index(["variant", "design", "outcome", "statistic"])["value"]
    one = of(found, "tightened", "screened")
    assert by_key["tightened", "boin", "screened", "difference"] == one.value
    assert by_key["tightened", "boin", "screened", "low95"] == one.low


def test_a_variant_added_and_another_number_of_workers_change_no_number(scenario):
    changes = {"eligibility.lvef_percent": 40}
    alone = what_if(scenario, changes, **QUICK)
    beside = what_if(scenario, changes, variants={"more": {"arrivals.sites": 2}}, workers=2, **QUICK)
    assert np.array_equal(
        alone.changes["value"], beside.changes["value"][: len(alone.changes)], equal_nan=True
    )


def test_progress_counts_the_base_and_every_variant(scenario):
    told = []
    what_if(
        scenario, {"arrivals.sites": 2}, progress=lambda done, wanted: told.append((done, wanted)), **QUICK
    )
    assert told[-1] == (2 * REPLICATES, 2 * REPLICATES)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_sweep_is_a_tidy_curve_whose_months_fall_with_referrals(scenario):
    path = "arrivals.referrals_per_site_month"
    curve = sweep(scenario, path, [1.2, 2.4, 4.8], **QUICK).curve
    assert list(curve.columns) == ["at", "design", "truth", "outcome", "statistic", "value", "mcse"]
    months = curve[(curve["outcome"] == "months_to_recommendation") & (curve["statistic"] == "after")]
    assert months["at"].tolist() == [1.2, 2.4, 4.8]
    assert months["value"].is_monotonic_decreasing
    same = curve[(curve["at"] == 2.4) & (curve["statistic"] == "differing_replicates")]
    assert (same["value"] == 0).all()


SMALL = """
about: {title: Small}
arrivals:
  sites: {value: 1, low: 1, high: 3, known: assumption}
  ramp_months: {value: 3, low: 1, high: 6, known: assumption}
outcomes:
  mrd_negative_given_response: {value: 0.75, low: 0.6, high: 0.9, known: assumption}
screening:
  rescreens: {value: 1, low: 0, high: 2, known: assumption}
truths:
  - {name: A, balanced: true, p_dlt: [0.5, 0.6, 0.7, 0.8], p_response: [0.1, 0.2, 0.3, 0.4]}
designs: [{name: boin, design: boin}]
"""


def test_sensitivity_moves_every_assumption_and_orders_by_swing():
    small = parse_scenario(SMALL)
    found = sensitivity(small, "months_to_recommendation", replicates=REPLICATES)
    by = {one.parameter: one for one in found.swings}
    assert {
        "arrivals.referrals_per_site_month",
        "population.survival.scale_months",
        "outcomes.new_therapy",
        "outcomes.fatal_dlt",
        "outcomes.aplasia_day28",
        "dosing.progression_per_21_days",
        "dosing.withdrawal_per_30_days",
        "dosing.recheck_go",
        "screening.screening",
        "trial.not_evaluable",
    } <= set(by)
    assert found.left_out["screening.rescreens"] == (
        "screening.rescreens: must be an integer between 0 and 1, got 2"
    )
    # every number of the scenario is moved, moved with another, or named with the reason
    for path in small.provenance:
        assert path in by or path in found.left_out or path.rpartition(".")[0] in by, path
    sites, rate, mrd = (
        by[path]
        for path in (
            "arrivals.sites",
            "arrivals.referrals_per_site_month",
            "outcomes.mrd_negative_given_response",
        )
    )
    assert (sites.low, sites.high, sites.is_stated) == (1, 3, True)
    assert (rate.low, rate.high, rate.is_stated) == (1.2, 4.8, False)
    assert rate.words == "1.2 to 4.8 referrals/site/month *"
    assert sites.change.high < 0
    assert mrd.change.told is ChangeEvidence.SAME
    swings = found.tornado[found.tornado["statistic"] == "swing"]["value"].abs()
    assert swings.is_monotonic_decreasing
    direct = what_if(small, {"arrivals.sites": 3}, replicates=REPLICATES)
    same = direct.variants[0].found["boin", "A", "months_to_recommendation"]
    assert (sites.change.value, sites.change.mcse) == (same.value, same.mcse)


def test_a_sensitivity_says_how_many_trials_the_calendar_limit_cut():
    small = parse_scenario(SMALL).with_changes({"trial.calendar_limit_months": 6})
    cut = sensitivity(small, "months_to_recommendation", replicates=10)
    assert "calendar limit" in cut.warnings[0]
    assert "% of trials (boin, A)" in cut.warnings[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "what-if: name at least one change"),
        ({"changes": {"run.seed": 2}}, "run.seed: is the same for the base and every variant"),
        ({"variants": {"base": {"arrivals.sites": 2}}}, "the name 'base' is taken"),
        ({"variants": {"a": {}}}, "variant 'a' changes nothing"),
        ({"changes": {"arrivals.site": 2}}, "unknown path; did you mean 'arrivals.sites'"),
        ({"changes": {"eligibility.ecog_max": 4}}, "must be an integer between 0 and 3, got 4"),
        ({"changes": {"arrivals.sites": 2}, "designs": ["bion"]}, "did you mean 'boin'"),
        ({"changes": {"arrivals.sites": 2}, "truths": ["M9"]}, "no truth 'M9'"),
        ({"changes": {"arrivals.sites": 2}, "replicates": 0}, "replicates must be a whole number"),
        ({"changes": {"arrivals.sites": 2}, "workers": 0}, "workers must be a whole number"),
    ],
)
def test_what_cannot_be_asked_is_a_scenario_error(scenario, arguments, message):
    with pytest.raises(ScenarioError, match=message):
        what_if(scenario, **arguments)


def test_faults_of_all_variants_come_at_once(scenario):
    with pytest.raises(ScenarioError) as caught:
        what_if(scenario, {"arrivals.site": 2}, variants={"b": {"eligibility.ecog_max": 9}})
    assert [fault.split(":")[0] for fault in caught.value.faults] == ["arrivals.site=2", "b"]


def test_unknown_outcome_of_a_sensitivity_is_an_error(scenario):
    with pytest.raises(ScenarioError, match="no outcome 'month'"):
        sensitivity(scenario, "month")


def test_verbs_stay_verbs_whichever_module_is_imported_first():
    for first in ("simulator.studies.what_if", "simulator.studies.compare"):
        code = (
            f"import importlib, simulator; importlib.import_module({first!r}); "
            "print(callable(simulator.what_if), callable(simulator.compare), simulator.WhatIf.__name__)"
        )
        done = command_line.fresh_python(code)
        assert done.stdout == "True True WhatIf\n"


def command(*arguments):
    return command_line.simulator("what-if", FILE, *arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "what-if: give --set, --variant, --preset, --sweep, --sensitivity or --within-months"),
        (
            ["--set", "arrivals.sites=2", "--share", "0.8"],
            "what-if: --share and --most-sets belong to --within-months",
        ),
        (
            ["--within-months", "48", "--design", "boin", "--design", "3+3"],
            "what-if: --within-months searches for one design; give --design once",
        ),
        (["--set", "arrivals.sites"], "a change must be key=value, got 'arrivals.sites'"),
        (["--preset", "second sight"], "presets: no preset 'second sight'; did you mean 'second site'?"),
        (["--preset", "QTc 480", "--preset", "QTc 480"], "what-if: variant 'QTc 480' is given twice"),
    ],
)
def test_bad_input_is_a_message_and_exit_2(arguments, message):
    assert run(["what-if", FILE, *arguments]) == (2, "", message + "\n")


def test_a_process_refuses_bad_input_in_the_same_words():
    done = command("--set", "arrivals.sites")
    assert (done.returncode, done.stdout, done.stderr) == run(["what-if", FILE, "--set", "arrivals.sites"])


def test_the_documented_example_prints_what_the_document_shows():
    text = (ROOT / "docs/what_if.md").read_text(encoding="utf-8")
    line, shown = (
        text.split("<!-- recorded -->\n```\n$ simulator what-if ")[1].split("\n```\n")[0].split("\n", 1)
    )
    done = command(*shlex.split(line)[1:])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.rstrip("\n") == shown


def test_the_python_example_of_the_document_runs():
    text = (ROOT / "docs/what_if.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert example is not None
    names: dict[str, object] = {}
    exec(compile(example.group(1), "docs/what_if.md", "exec"), names)
    presets = names["scenario"].presets.changes
    assert set(names["found"].changes["variant"]) == {"arrivals.sites=2", *presets}
    assert set(names["curve"].curve["at"]) == {1.2, 2.4, 4.8}


def test_names_too_long_for_the_table_of_variants_are_numbered_and_nothing_wraps():
    small = (
        "about: {title: small}\neligibility: none\nproduct: none\nresponse: none\ntrial: {dose_levels: [1, 2]}\n"
        "truths: [{name: A, balanced: true, p_dlt: [0.1, 0.2]}]\ndesigns: [{name: 3+3, design: 3+3}]\n"
    )
    name = "referrals at the low end of what was seen and a second site from the first month on"
    variants = {name: {"arrivals.sites": 2}, "short": {"arrivals.sites": 3}}
    found = what_if(parse_scenario(small), variants=variants, replicates=4)
    lines = render(found).splitlines()
    assert max(map(len, lines)) <= 80
    at = lines.index("2: short")
    assert " ".join(line.strip() for line in lines[at - 2 : at]) == f"1: {name}"
    table = lines[at + 4 : at + 7]
    assert [line.split("  ")[0] for line in table] == ["as it is", "1", "2"]
