"""The page's widgets without a browser: text is escaped, numbers belong to the setting shown, faults are shown."""

import base64
import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import ipywidgets
import pytest

import simulator
from simulator.scenario.scenario import Scenario, load_scenario, parse_scenario
from simulator.what_if_page import calendar_html, calendar_numbers, exact_html, html
from simulator.what_if_page import page as page_module
from simulator.what_if_page.exact_numbers import exact_numbers
from simulator.what_if_page.page import WhatIfPage
from tests.support.places import DEFAULT_SCENARIO

HOSTILE = "<img src=x onerror=alert(1)> & \"q\" 'r'"
NAME = '<img src=x onerror=alert(1)> & "q"'
SECONDS = 120


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """The default scenario with a number of trials: what the page hands out always states one."""
    return load_scenario(DEFAULT_SCENARIO).with_changes({"run.replicates": 300})


@pytest.fixture(autouse=True)
def on_the_button(monkeypatch: pytest.MonkeyPatch) -> None:
    """The calendar does not follow the controls, unless a test lets it."""
    monkeypatch.setattr(calendar_numbers, "LIVE_TRIALS", 0)


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_numbers, "LIVE_TRIALS", 1000)


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "processors", lambda: 1)


class Watched:
    """A page whose widgets can be waited for."""

    def __init__(self, scenario: Scenario, file: str = "scenarios/base.yaml") -> None:
        self.page = WhatIfPage(ipywidgets, scenario, file)
        self.parts = self.page._widgets
        self.parts.opened.click()  # as the browser does

    def wait(self, widget: Any, until: Callable[[str], bool]) -> str:
        """Wait until a widget's text is as wanted, without a moment at which a change is missed."""
        there = Event()
        widget.observe(lambda change: until(change["new"]) and there.set(), names="value")
        assert until(widget.value) or there.wait(SECONDS), widget.value
        return str(widget.value)

    def exact(self) -> str:
        """Return the exact numbers once they are there."""
        return self.wait(self.parts.exact, lambda text: "data-measure" in text)

    def run(self) -> str:
        """Press the button and return the calendar numbers."""
        self.parts.run.click()
        return self.wait(self.parts.calendar, lambda text: "data-outcome" in text)


def downloaded(text: str) -> str:
    found = re.search(r'href="data:application/yaml;base64,([^"]*)"', text)
    assert found is not None
    return base64.b64decode(found.group(1)).decode()


def test_names_of_a_scenario_are_shown_as_text(scenario: Scenario, one_process: None) -> None:
    names = {"designs.boin.name": NAME, "truths.M0.name": NAME, "about.title": HOSTILE, "run.replicates": 10}
    page = Watched(scenario.with_changes(names), HOSTILE)
    page.parts.design.value = NAME
    page.parts.truth.value = NAME
    exact = page.exact()
    take_home, calendar = page.parts.download.value, page.run()
    head = page.page.widget.children[0].value
    for text in (exact, take_home, calendar, head):
        assert "<img" not in text
    assert f"{NAME} under {NAME}," in unescape(calendar)
    assert f"--design '{NAME}' --truth '{NAME}'" in unescape(take_home)
    assert unescape(head).count(HOSTILE) == 2
    assert json.loads(setting_of(exact))["choices"]["design"] == NAME


def setting_of(text: str) -> str:
    found = re.search(r'data-setting="([^"]*)"', text)
    assert found is not None
    return unescape(found.group(1))


def test_the_file_to_take_home_is_the_scenario_of_the_controls(scenario: Scenario, tmp_path: Path) -> None:
    page = Watched(scenario)
    page.parts.sliders["max_n"].value = 24
    page.parts.sliders["failure"].value = 10
    page.parts.replicates.value = 100
    page.exact()
    file = tmp_path / html.FILE_NAME
    file.write_text(downloaded(page.parts.download.value), encoding="utf-8")
    asked = {"designs.boin.max_n": 24, "product.failure": 0.1, "run.replicates": 100}
    assert simulator.load_scenario(file) == scenario.with_changes(asked)


def test_exact_numbers_follow_truth_and_design(scenario: Scenario) -> None:
    page = Watched(scenario)
    for design, truth in (("boin", "S3"), ("3+3", "S3"), ("3+3", "M1")):
        page.parts.design.value = design
        page.parts.truth.value = truth
        pcs = exact_numbers(scenario, design, truth).pcs
        page.wait(page.parts.exact, lambda text, pcs=pcs: f'class="wi-now" data-value="{pcs!r}"' in text)
        setting = json.loads(setting_of(page.parts.exact.value))
        assert setting["choices"]["design"] == design
        assert setting["choices"]["truth"].startswith(truth)
        assert ("max_n" in setting["sliders"]) is (design == "boin")


def test_a_design_without_exact_numbers_says_why_and_runs_on_the_calendar(
    scenario: Scenario, one_process: None
) -> None:
    large = {"trial.enrolment_max": 100, "designs.boin.max_n": 80, "run.replicates": 10}
    page = Watched(scenario.with_changes(large))
    page.parts.truth.value = "M0"
    text = page.wait(page.parts.exact, lambda text: "No exact numbers" in text)
    assert "data-measure" not in text
    assert "data-outcome" in page.run()


def test_faults_take_the_place_of_numbers_until_they_are_mended(scenario: Scenario) -> None:
    page = Watched(scenario)
    page.exact()
    page.parts.sliders["max_n"].value = 60
    text = page.wait(page.parts.exact, lambda text: "wi-error" in text)
    assert "designs.boin.max_n: must be at most trial.enrolment_max = 50, got 60" in unescape(text)
    assert "data-measure" not in text
    assert page.parts.download.value == ""
    assert page.parts.run.disabled
    page.parts.run.click()
    assert not page.page._running
    page.parts.reset.click()
    assert "wi-error" not in page.exact()
    assert not page.parts.run.disabled


def test_a_run_with_nothing_changed_is_its_own_base(scenario: Scenario, one_process: None) -> None:
    page = Watched(scenario.with_changes({"run.replicates": 10}))
    page.parts.truth.value = "M0"
    text = page.run()
    assert text.count("the same in every replicate") == len(calendar_html.UNITS)
    assert "nothing is changed" in text


def test_calendar_numbers_are_marked_once_the_controls_have_moved(
    scenario: Scenario, one_process: None
) -> None:
    page = Watched(scenario.with_changes({"run.replicates": 10}))
    page.parts.truth.value = "M0"
    page.parts.sliders["sites"].value = 2
    text = page.run()
    assert "arrivals.sites = 2" in text
    assert page.parts.stale.value == ""
    page.parts.sliders["sites"].value = 3
    assert "wi-stale" in page.parts.stale.value
    page.parts.sliders["sites"].value = 2
    assert page.parts.stale.value == ""
    page.parts.truth.value = "M1"
    assert "wi-stale" in page.parts.stale.value


def test_a_run_can_be_stopped_and_leaves_no_numbers(scenario: Scenario, one_process: None) -> None:
    page = Watched(scenario.with_changes({"run.replicates": 5000}))
    page.parts.truth.value = "M0"
    started = Event()
    page.parts.bar.observe(lambda change: change["new"] > 0 and started.set(), names="value")
    page.parts.run.click()
    assert started.wait(SECONDS)
    assert page.parts.run.disabled
    assert not page.parts.stop.disabled
    page.parts.stop.click()
    page.wait(page.parts.answer, lambda text: "Stopped: no numbers." in text)
    assert "run on the button" in page.wait(page.parts.progress, lambda text: "trials, base" not in text)
    assert "data-outcome" not in page.parts.calendar.value


def test_a_file_with_faults_shows_them(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("trial: {target: 2}\n", encoding="utf-8")
    text = page_module.what_if_page(file).value
    assert "wi-error" in text
    assert "target" in text


def test_the_calendar_follows_the_controls(scenario: Scenario, live: None) -> None:
    page = Watched(scenario.with_changes({"run.replicates": 20}))
    page.wait(page.parts.calendar, lambda text: "nothing is changed" in text)
    page.parts.sliders["sites"].value = 2
    page.parts.sliders["referrals"].value = 4.8
    text = page.wait(page.parts.calendar, lambda text: "referrals_per_site_month = 4.8" in text)
    assert "arrivals.sites = 2" in text
    asked = {"arrivals.sites": 2, "arrivals.referrals_per_site_month": 4.8}
    found = simulator.what_if(scenario, asked, designs=["boin"], replicates=20)
    for outcome, unit in calendar_html.UNITS.items():
        assert unit
        one = found.variants[0].found["boin", "balanced", outcome]
        assert f'data-value="{one.before.value!r}"' in text
        assert f'data-value="{one.after.value!r}"' in text
    months = found.variants[0].found["boin", "balanced", "months_to_recommendation"].after.value
    assert f'data-value="{months!r}"' in page.parts.answer.value


def test_a_late_onset_design_runs_on_the_button_and_says_why(scenario: Scenario, one_process: None) -> None:
    page = Watched(scenario.with_changes({"run.replicates": 4}))
    page.parts.truth.value = "S2"
    page.parts.design.value = "tite-boin"
    assert "No exact numbers" in page.wait(
        page.parts.exact, lambda text: "data-measure" not in text and "No" in text
    )
    assert "tite-boin under S2" in page.run()
    changed = parse_scenario(downloaded(page.parts.download.value))
    assert changed.design("tite-boin").name == "tite-boin"
    assert "what-if" not in page.parts.download.value.split("<pre>")[1]


def test_a_preset_starts_from_the_base_and_moves_sliders_where_there_are_some(scenario: Scenario) -> None:
    page = Watched(scenario)
    page.parts.sliders["max_n"].value = 24
    for name, asked in scenario.presets.changes.items():
        page.parts.preset.value = name
        assert page.page._setting.scenario == scenario.with_changes(asked), name
    page.parts.preset.value = "second site"
    assert page.parts.sliders["sites"].value == 2
    page.parts.reset.click()
    assert page.page._setting.scenario == scenario
    assert page.parts.preset.value == "none"


def test_every_criterion_has_its_readings(scenario: Scenario) -> None:
    page = Watched(scenario)
    ids = [name for _, name in page.parts.criterion.options]
    assert ids == [*(f"I{k}" for k in range(1, 11)), *(f"E{k}" for k in range(1, 10))]
    page.parts.criterion.value = "E3"
    [infection, days] = page.parts.readings.children
    infection.children[1].value = "any_active"
    days.children[1].value = 21
    asked = {"eligibility.infection_reading": "any_active", "eligibility.infection_recent_days": 21}
    assert page.page._setting.scenario == scenario.with_changes(asked)
    told = unescape(page.parts.changed.value)
    assert "E3 infection: infection reading: active_uncontrolled" in told
    assert "eligibility." not in told
    page.parts.criterion.value = "E8"
    assert "one reading alone" in page.parts.readings.children[0].value
    page.parts.criterion.value = "E3"
    assert page.parts.readings.children[0].children[1].value == "any_active"


def test_a_link_opens_the_page_with_its_settings(scenario: Scenario) -> None:
    page = Watched(scenario)
    page.parts.design.value = "keyboard"
    page.parts.truth.value = "S3"
    page.parts.replicates.value = 100
    page.parts.sliders["max_n"].value = 27
    page.parts.criterion.value = "E1"
    page.parts.readings.children[0].children[1].value = "active_only"
    found = re.search(r'href="\?([^"]*)"', page.parts.download.value)
    assert found is not None
    again = WhatIfPage(ipywidgets, scenario, "f", unescape(found.group(1)))
    assert again._setting == page.page._setting
    assert again._setting.changes == {"designs.keyboard.max_n": 27, "eligibility.cns_reading": "active_only"}


def test_a_link_sets_nothing_that_the_page_does_not_offer(scenario: Scenario) -> None:
    query = "set=population.file%3D/etc/passwd&design=nothing&set=arrivals.sites%3D3"
    page = WhatIfPage(ipywidgets, scenario, "f", query)
    assert page._setting.scenario == scenario.with_changes({"arrivals.sites": 3})
    told = unescape(page._widgets.changed.value)
    assert "population.file: the page has no such control" in told
    assert "design 'nothing'" in told


def test_two_settings_side_by_side(scenario: Scenario, one_process: None) -> None:
    page = Watched(scenario.with_changes({"run.replicates": 10}))
    page.parts.truth.value = "M0"
    assert page.parts.keep["A"].disabled
    page.run()
    page.parts.keep["A"].click()
    assert "keep that as B" in page.parts.kept.value
    page.parts.sliders["sites"].value = 2
    assert page.parts.keep["B"].disabled
    page.parts.run.click()
    page.wait(page.parts.calendar, lambda text: "arrivals.sites = 2" in text)
    page.parts.keep["B"].click()
    text = page.parts.kept.value
    found = simulator.what_if(scenario, {"arrivals.sites": 2}, designs=["boin"], truths=["M0"], replicates=10)
    for (_, _, outcome), one in found.variants[0].found.items():
        row = text.split(f'data-kept="{outcome}"')[1].split("</tr>")[0]
        assert f'data-value="{one.before.value!r}"' in row
        assert f'data-value="{one.after.value!r}"' in row


def test_prices_give_a_cost(scenario: Scenario, one_process: None) -> None:
    page = Watched(scenario.with_changes({"run.replicates": 10}))
    page.parts.truth.value = "M0"
    page.run()
    page.wait(page.parts.pictures, lambda text: "No cost: no price is given" in text)
    batch = next(one.children[1] for one in page.parts.prices.children if "batch" in one.children[0].value)
    batch.value = 1000
    assert page.page._setting.changes == {"costs.batch": 1000, "costs.currency": "units"}
    page.parts.run.click()
    text = page.wait(page.parts.pictures, lambda text: "Cost of the trial" in text)
    assert "(units)" in text


def test_a_trial_without_product_speaks_of_the_treated(one_process: None) -> None:
    page = Watched(load_scenario(simulator.scenario_file("small-molecule")))
    page.parts.replicates.value = 50
    page.run()
    shown = [page.parts.answer.value, page.parts.calendar.value, page.parts.pictures.value]
    shown += [one.value for one in (*page.parts.labels.values(), *page.parts.helps.values())]
    for text in shown:
        words = re.sub(r"<[^>]*>", " ", text).lower()
        assert not re.search(r"infus|donor|lymphodepletion|batch|leukapheres", words), words


def test_every_control_has_a_label_a_unit_and_a_help_text(scenario: Scenario) -> None:
    page = Watched(scenario)
    for control in page_module.CONTROLS:
        label = unescape(page.parts.labels[control.name].value)
        assert control.label in label
        assert control.unit in label
        assert unescape(page.parts.helps[control.name].value).count(control.help) == 1


def test_an_exact_difference_has_the_digits_that_tell_it_from_nought() -> None:
    assert exact_html._difference(0.0, " points") == "same"
    assert exact_html._difference(2.61, " points") == "+2.6 points"
    assert exact_html._difference(-0.004, "") == "-0.004"


def test_a_base_value_off_the_slider_is_put_on_it(scenario: Scenario) -> None:
    changed = scenario.with_changes(
        {"trial.dlt_window_days": 90, "arrivals.sites": 9, "product.failure": 0.025}
    )
    page = Watched(changed)
    values = {name: slider.value for name, slider in page.parts.sliders.items()}
    assert (values["dlt_window_days"], values["sites"], values["failure"]) == (90, 9, 2.5)
    assert page.parts.sliders["failure"].readout_format == ".1f"
    assert downloaded(page.parts.download.value) == changed.to_yaml()


def test_settings_that_a_slider_has_passed_are_not_evaluated(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two evaluations hang; of the settings that wait behind them only the last is evaluated."""
    go, started, evaluated = Event(), Semaphore(0), []

    def slow(of: Scenario, design: str, truth: str) -> Any:
        started.release()
        assert go.wait(SECONDS)
        evaluated.append(of.design(design).max_n)
        return exact_numbers(of, design, truth)

    page = Watched(scenario)
    page.parts.truth.value = "M4"
    page.exact()
    monkeypatch.setattr(page_module, "exact_numbers", slow)
    monkeypatch.setattr(page_module, "PATIENCE_SECONDS", 0)
    for size in (27, 24):
        page.parts.sliders["max_n"].value = size
        assert started.acquire(timeout=SECONDS)
    for size in (21, 18, 15):
        page.parts.sliders["max_n"].value = size
    assert page.parts.exact.value.endswith(html.COMPUTING)
    go.set()
    pcs = exact_numbers(scenario.with_changes({"designs.boin.max_n": 15}), "boin", "M4").pcs
    page.wait(page.parts.exact, lambda text: f'class="wi-now" data-value="{pcs!r}"' in text)
    assert 15 in evaluated
    assert {21, 18}.isdisjoint(evaluated)
