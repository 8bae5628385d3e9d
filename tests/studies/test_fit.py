"""A log becomes the settings of a scenario: intervals that hold, a file that keeps its comments, and clear refusals.

The whole proof, 500 logs of 10, 30 and 100 patients, is `python -m tests.fit_calibration`.
"""

import math
from pathlib import Path

import numpy as np
import pytest

import simulator
from simulator.analysis.fitting.assumed import Assumed
from simulator.errors import ProtocolError, ScenarioError
from simulator.mid_trial.screening_log import read_log
from simulator.scenario.scenario import Scenario, load_scenario, parse_scenario
from simulator.studies.fit import Fit, fit_log
from tests import fit_calibration
from tests.support.places import DEFAULT_SCENARIO, ROOT
from tests.support.simulated_log import simulated_log

LOGS, SIZE = 40, 30


@pytest.fixture(scope="module")
def assumed() -> Assumed:
    return fit_calibration.assumed()


@pytest.fixture(scope="module")
def scenario(assumed: Assumed) -> Scenario:
    return assumed.scenario


@pytest.fixture(scope="module")
def whole(assumed: Assumed, tmp_path_factory: pytest.TempPathFactory) -> Fit:
    log = simulated_log(assumed.scenario, 60, 5)
    return fit_log(assumed, read_log(log.write(tmp_path_factory.mktemp("log")), log.cut))


def written(folder: Path, text: str) -> Path:
    path = folder / "site.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_80_per_cent_intervals_hold_in_80_per_cent_of_simulated_logs(
    assumed: Assumed, tmp_path: Path
) -> None:
    fits = fit_calibration.fitted_logs(assumed, SIZE, LOGS, tmp_path)
    held = [
        np.mean([one.low <= values[one.path] <= one.high for one in found.settings]) for values, found in fits
    ]
    error = np.std(held, ddof=1) / math.sqrt(len(held))
    assert abs(np.mean(held) - 0.8) < 4 * error
    assert error < 0.02
    widths = fit_calibration.width(fits)
    assert widths["arrivals.referrals_per_site_month"] < 0.6
    assert widths["product.manufacture"] < 0.3


def test_everything_that_a_whole_log_can_say_is_learnt(whole: Fit) -> None:
    assert not whole.not_fitted
    learnt = {one.path for one in whole.settings}
    assert {
        "arrivals.referrals_per_site_month",
        "arrivals.ramp_months",
        "population.consent.refusal",
        "screening.screening",
        "population.infection.active",
        "screening.donor_failure",
        "screening.new_donor",
        "product.manufacture",
        "product.failure",
        "dosing.withdrawal_per_30_days",
        "population.survival.scale_months",
    } <= learnt


def test_each_setting_has_interval_count_and_the_value_it_replaces(whole: Fit) -> None:
    frame = whole.table
    assert list(frame.columns)[-2:] == ["value", "mcse"]
    by = frame.pivot(index="setting", columns="statistic", values="value")
    assert (by["low80"] < by["fitted"]).all()
    assert (by["fitted"] < by["high80"]).all()
    assert (by["patients"] > 0).all()
    assert by.loc["arrivals.referrals_per_site_month", "assumed"] == 2.4


def test_the_fitted_file_keeps_order_and_comments_and_says_how_each_number_is_known(whole: Fit) -> None:
    text = DEFAULT_SCENARIO.read_text(encoding="utf-8")
    fitted = whole.to_yaml(text)
    before, after = text.splitlines(), fitted.splitlines()
    assert len(before) == len(after)
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert all("known: fitted to log.csv (n = " in line for line in changed)
    read = parse_scenario(fitted, str(DEFAULT_SCENARIO))
    assert read.provenance["product.failure"].known.startswith("fitted to log.csv (n = ")
    known = read.provenance["arrivals.referrals_per_site_month"]
    assert known.low is not None
    assert known.low < known.value < known.high
    assert read.arrivals == whole.fitted.arrivals
    assert read.population == whole.fitted.population
    # and what is written again is the same scenario
    assert parse_scenario(read.to_yaml(), str(DEFAULT_SCENARIO)) == read


def test_a_log_of_three_referrals_moves_the_rate_a_little_and_nothing_else(
    scenario: Scenario, tmp_path: Path
) -> None:
    path = written(tmp_path, "opened,referred\n2026-01-01,2026-01-20\n,2026-02-11\n,2026-03-02\n")
    found = simulator.fit(scenario, path, "2026-03-31")
    assert [one.path for one in found.settings] == [
        "arrivals.referrals_per_site_month",
        "arrivals.ramp_months",
    ]
    rate = found.settings[0]
    assert rate.low < 2.4 < rate.high
    assert rate.high / rate.low > 2
    assert "population.consent.refusal" in found.not_fitted


def test_consents_alone_give_the_rate_by_the_scenarios_own_conversion(
    assumed: Assumed, tmp_path: Path
) -> None:
    log = simulated_log(assumed.scenario, 60, 5)
    lines = [line.split(",") for line in log.text.splitlines()]
    at = lines[0].index("consented")
    consents = [line[at] for line in lines[1:] if line[at]]
    path = written(tmp_path, "opened,consented\n" + "\n".join(f"2025-11-01,{day}" for day in consents))
    found = simulator.fit(assumed.scenario, path, log.cut)
    full = fit_log(assumed, read_log(log.write(tmp_path), log.cut)).settings[0]
    rate = found.settings[0]
    assert any("conversion" in note for note in found.notes)
    assert rate.low < full.fitted < rate.high


def test_more_sites_than_the_scenario_has_is_a_clear_refusal(scenario: Scenario, tmp_path: Path) -> None:
    path = written(tmp_path, "site,referred\na,2026-01-20\nb,2026-02-11\n")
    with pytest.raises(ScenarioError, match=r"2 sites \('a', 'b'\), the scenario has 1: set arrivals.sites"):
        simulator.fit(scenario, path)


def test_a_log_that_says_nothing_is_refused(scenario: Scenario, tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match="no setting can be learnt"):
        simulator.fit(scenario, written(tmp_path, "infused\n2026-01-20\n"))


def test_a_preset_that_the_fit_breaks_is_named_and_nothing_is_written(whole: Fit, tmp_path: Path) -> None:
    text = DEFAULT_SCENARIO.read_text(encoding="utf-8")
    out = tmp_path / "fitted.yaml"
    bad = text.replace("    - product.repeats: 0\n", "    - screening.screening.low_days: 13\n", 1)
    with pytest.raises(ScenarioError, match="would not be legal"):
        whole.write_scenario(out, bad)
    assert not out.exists()


def test_the_page_and_figure_show_every_setting(whole: Fit, tmp_path: Path) -> None:
    whole.report(tmp_path / "fit.html")
    page = (tmp_path / "fit.html").read_text(encoding="utf-8")
    assert page.count('<img src="data:image/svg+xml,') == 1
    for one in whole.settings:
        assert one.path in page
    assert len(whole.plot().get_yticklabels()) == len(whole.settings)


@pytest.mark.parametrize("template", ["minimal", "small-molecule", "car-t"])
def test_a_trial_without_some_parts_is_fitted_in_those_that_it_has(template: str, tmp_path: Path) -> None:
    other = load_scenario(ROOT / "simulator" / "scenario" / "templates" / f"{template}.yaml")
    path = written(
        tmp_path,
        "referred,prescreened,consented,eligible,infused,left,reason\n"
        "2026-02-01,2026-02-02,2026-02-05,2026-02-15,2026-02-28,,\n"
        "2026-02-11,2026-02-12,,,,2026-02-14,refused\n",
    )
    found = simulator.fit(other, path)
    assert found.settings[0].path == "arrivals.referrals_per_site_month"
    assert (found.vein_to_vein is None) == (other.product is None)
    assert "eligibility" in found.not_fitted
    assert parse_scenario(found.to_yaml(), "fitted").arrivals == found.fitted.arrivals


def test_the_default_scenario_is_unmoved(scenario: Scenario) -> None:
    assert scenario == load_scenario(DEFAULT_SCENARIO)


def test_each_site_of_a_log_has_its_own_rate_and_opening(scenario: Scenario, tmp_path: Path) -> None:
    two = scenario.with_changes({"arrivals.sites": 3})
    fast = [
        f"hub,2026-01-01,2026-{month:02}-{day:02}" for month in range(1, 10) for day in (3, 9, 15, 21, 27)
    ]
    slow = [f"new,2026-04-01,2026-{month:02}-10" for month in (5, 7, 9)]
    path = written(tmp_path, "\n".join(["site,opened,referred", *fast, *slow]) + "\n")
    found = simulator.fit(two, path, "2026-09-30")
    by = {one.path: one for one in found.settings}
    hub, new = (by[f"arrivals.referrals_per_site_month.{k}"] for k in (1, 2))
    assert hub.fitted > 4
    assert new.fitted < 2
    assert (hub.n, new.n) == (45, 3)
    fitted = found.fitted.arrivals
    assert fitted.referrals_per_site_month[:2] == (hub.fitted, new.fitted)
    assert fitted.site_effect_shape[0] > fitted.site_effect_shape[1] > 4
    assert fitted.site_effect_shape[2] == 4  # nothing is known of the third site
    assert fitted.sites_open_months == (0, pytest.approx(90 / 30.4375, abs=0.01), None)
    read = parse_scenario(
        found.to_yaml(
            DEFAULT_SCENARIO.read_text(encoding="utf-8").replace(
                "sites: {value: 1, low: 1", "sites: {value: 3, low: 1", 1
            )
        ),
        str(DEFAULT_SCENARIO),
    )
    assert read.arrivals == fitted
