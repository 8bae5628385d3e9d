"""The what-if page in a real browser: what it shows is what the library and the command line say."""

import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import simulator
from simulator.analysis.changes import OUTCOMES
from simulator.analysis.formatted_change import amount
from simulator.errors import ScenarioError
from simulator.exact import operating_characteristics
from simulator.runs.results import BALANCED
from simulator.scenario.scenario import Scenario
from simulator.studies.what_if import WhatIf
from tests.browser.what_if_server import ROOT, SECONDS, Served, browser_page, served
from tests.support.places import DEFAULT_SCENARIO

REPLICATES = 50
PHONE = {"width": 390, "height": 844}
ENDED = "Culling 'idle' kernel"
ASKED = {"designs.boin.max_n": 24, "arrivals.sites": 2, "eligibility.lvef_percent": 45}


class Page:
    """The page as its reader uses it."""

    def __init__(self, page: Any, url: str, scenario: Scenario) -> None:
        self.page = page
        self.scenario = scenario
        self.errors: list[str] = []
        page.on("console", lambda message: self._note(message, url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(url)
        self.has_exact()

    def _note(self, message: Any, url: str) -> None:
        """Keep errors of our own page: a font that Voila asks for elsewhere may be missing.

        Voila refuses its own script the end of a kernel whose page is left; the idle limit ends it.
        """
        at = str(message.location.get("url", ""))
        if message.type == "error" and at.startswith(url) and "/voila/api/shutdown" not in at:
            self.errors.append(f"{at}: {message.text}")

    def has_exact(self) -> None:
        """Wait until exact numbers are shown, and they are those of the controls."""
        self.page.wait_for_selector("[data-measure=pcs]")
        self.page.wait_for_function("!document.querySelector('.wi-page').classList.contains('wi-waiting')")

    def choose(self, name: str, index: int) -> None:
        """Choose from a list."""
        options = self.page.locator(f".wi-{name} select")
        options.select_option(index=index % options.locator("option").count())

    def move(self, name: str, key: str, to: float) -> None:
        """Press a key on a slider until it shows a number, and wait for what the page says to it."""
        handle = self.page.locator(f".wi-slider-{name} .noUi-handle")
        for _ in range(100):
            if float(handle.get_attribute("aria-valuenow")) == to:
                break
            handle.press(key)
        mark = "JSON.parse(document.querySelector('.wi-setting').dataset.setting)"
        asked = f"of => Math.abs({mark}.sliders[of[0]] - of[1]) < 1e-6"
        self.page.wait_for_function(asked, arg=[name, to])

    def calendar_of(self, change: str) -> None:
        """Wait until the calendar numbers are those of a change."""
        asked = "text => document.querySelector('.wi-calendar').innerText.includes(text)"
        self.page.wait_for_function(asked, arg=change)
        self.page.wait_for_function("!document.querySelector('.wi-calendar').classList.contains('wi-old')")

    def exact(self, measure: str) -> float:
        """Read an exact number, to the last digit."""
        cell = self.page.locator(f"[data-measure={measure}] .wi-now")
        return float(cell.get_attribute("data-value"))

    def calendar(self, outcome: str) -> tuple[float, float, str]:
        """Read base, now and difference."""
        cells = self.page.locator(f"[data-outcome={outcome}] td")
        before, after = (float(cells.nth(k).get_attribute("data-value")) for k in (0, 1))
        return before, after, cells.nth(2).inner_text()


@pytest.mark.timeout(900)
def test_the_page_says_what_the_library_and_the_command_line_say(tmp_path: Path) -> None:
    scenario = simulator.load_scenario(DEFAULT_SCENARIO)
    with served() as server, browser_page() as browser:
        page = Page(browser, server.url, scenario)
        _calendar_follows_the_controls(page)
        _answer_and_button_are_on_the_first_screen_of_a_phone(page)
        _link_opens_the_settings(page, server)
        _reached_from_this_machine_alone(server)
        _slider_moves_the_exact_number(page)
        _button_gives_the_paired_difference(page)
        _file_gives_the_same_numbers(page, tmp_path)
        _moved_controls_are_not_those_of_the_numbers(page)
        _invalid_combination_shows_the_scenarios_words(page)
        assert page.errors == []
        _numbers_that_nobody_answers_for_are_greyed(page, server)


def _calendar_follows_the_controls(page: Page) -> None:
    page.choose("replicates", 0)
    page.move("sites", "ArrowRight", 2)
    page.page.wait_for_selector(".wi-told-tile")
    page.calendar_of("arrivals.sites = 2")
    found = simulator.what_if(page.scenario, {"arrivals.sites": 2}, designs=["boin"], replicates=REPLICATES)
    for outcome, (before, after, _) in _shown(page).items():
        one = found.variants[0].found["boin", BALANCED, outcome]
        assert (before, after) == (one.before.value, one.after.value)
    for picture in ("Months", "Patient flow", "Selected level", "What the trial takes"):
        assert page.page.locator(".wi-picture h3", has_text=picture).is_visible()


def _answer_and_button_are_on_the_first_screen_of_a_phone(page: Page) -> None:
    wide = page.page.viewport_size
    page.page.set_viewport_size(PHONE)
    page.page.evaluate("window.scrollTo(0, 0)")
    for part in (".wi-tiles", ".wi-run-button"):
        box = page.page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= PHONE["height"]
        assert box["x"] + box["width"] <= PHONE["width"]
    assert page.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.page.locator(".wi-slider-failure").scroll_into_view_if_needed()
    box = page.page.locator(".wi-tiles").bounding_box()
    assert box["y"] >= 0, "the answer stays in view at the last slider"
    assert box["y"] + box["height"] <= PHONE["height"]
    page.page.set_viewport_size(wide)


def _link_opens_the_settings(page: Page, server: Served) -> None:
    page.page.wait_for_function("window.location.search.includes('arrivals.sites')")
    page.page.goto(page.page.url)
    page.has_exact()
    page.calendar_of("arrivals.sites = 2")
    page.page.goto(server.url)
    page.has_exact()


def _reached_from_this_machine_alone(server: Served) -> None:
    """A server on all addresses would answer on this one of the same machine too."""
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", server.port), timeout=5).close()


def _slider_moves_the_exact_number(page: Page) -> None:
    page.choose("truth", 1 + [truth.name for truth in page.scenario.truths].index("S2"))
    page.move("max_n", "ArrowLeft", 24)
    page.has_exact()
    changed = page.scenario.with_changes({"designs.boin.max_n": 24})
    exact = operating_characteristics(
        changed.design("boin"), changed.truth("S2").p_dlt, target=changed.trial.target
    )
    assert page.exact("pcs") == float(exact.pcs)
    assert page.exact("overdose_selection") == float(exact.overdose_selection)
    assert page.exact("evaluable") == float(exact.mean_total_n)
    page.move("sites", "ArrowRight", 2)
    page.move("lvef_percent", "ArrowLeft", 45)
    page.has_exact()
    assert page.exact("pcs") == float(exact.pcs)
    assert "Sites, LVEF limit" in page.page.locator(".wi-exact").inner_text()


def _button_gives_the_paired_difference(page: Page) -> None:
    page.choose("replicates", 0)
    page.page.wait_for_function("document.querySelector('.wi-calendar').innerText.includes('50 simulated')")
    page.page.locator(".wi-run-button:enabled").click()
    page.page.wait_for_selector(".wi-run-button:enabled")
    page.calendar_of("I5 LVEF: LVEF percent = 45")
    found = simulator.what_if(
        page.scenario, ASKED, designs=["boin"], truths=["S2"], replicates=REPLICATES, workers=1
    )
    assert _shown(page) == _said(found)
    assert "seed 1" in page.page.locator(".wi-calendar").inner_text()


def _shown(page: Page) -> dict[str, tuple[float, float, str]]:
    return {outcome: page.calendar(outcome) for outcome in OUTCOMES}


def _said(found: WhatIf) -> dict[str, tuple[float, float, str]]:
    [variant] = found.variants
    said = {}
    for outcome in OUTCOMES:
        one = variant.found["boin", "S2", outcome]
        text = {
            "different": amount(one, outcome),
            "not told": f"no difference can be told ({amount(one, outcome)})",
            "same": "the same in every replicate",
        }[one.told.value]
        said[outcome] = (one.before.value, one.after.value, text)
    return said


def _file_gives_the_same_numbers(page: Page, folder: Path) -> None:
    with page.page.expect_download() as coming:
        page.page.locator(".wi-download").click()
    assert coming.value.suggested_filename == "what_if.yaml"
    coming.value.save_as(folder / "what_if.yaml")
    lines = page.page.locator(".wi-take-home pre").inner_text().splitlines()
    exact, compare, what_if = (line.split()[1:] for line in lines)
    exact_file = _run(exact, folder) / "operating_characteristics.csv"
    assert _value(exact_file, "measure == 'pcs' and truth == 'S2'") == page.exact("pcs")
    tables = _run([*compare, "--workers", "1"], folder) / "tables"
    oc = tables / "operating_characteristics.parquet"
    asked = "measure == 'pcs' and truth == 'S2' and statistic == 'mean'"
    assert _value(oc, asked) == pytest.approx(page.calendar("pcs")[1], rel=1e-12)
    for count in ("screened", "enrolled", "infused", "evaluable", "months_to_recommendation"):
        asked = f"count == '{count}' and truth == 'S2' and statistic == 'mean'"
        assert _value(tables / "used.parquet", asked) == pytest.approx(page.calendar(count)[1], rel=1e-12)
    printed = subprocess.run(
        [sys.executable, "-m", "simulator", *what_if, "--workers", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=10 * SECONDS,
    ).stdout
    assert page.calendar("screened")[2] in printed


def _run(arguments: list[str], folder: Path) -> Path:
    """Run a command as the page writes it, where the file was saved, and return where it put its tables."""
    out = folder / arguments[0]
    subprocess.run(
        [sys.executable, "-m", "simulator", *arguments, "--out", str(out)],
        cwd=folder,
        capture_output=True,
        check=True,
        timeout=10 * SECONDS,
    )
    return out


def _value(file: Path, asked: str) -> float:
    frame = pd.read_csv(file) if file.suffix == ".csv" else pd.read_parquet(file)
    [value] = frame.query(asked)["value"]
    return float(value)


def _moved_controls_are_not_those_of_the_numbers(page: Page) -> None:
    page.choose("replicates", -1)
    page.page.wait_for_selector(".wi-stale")
    assert "run on the button" in page.page.locator(".wi-progress").inner_text()
    page.choose("replicates", 0)
    page.page.wait_for_selector(".wi-stale", state="detached")


def _invalid_combination_shows_the_scenarios_words(page: Page) -> None:
    with pytest.raises(ScenarioError) as refused:
        page.scenario.with_changes({**ASKED, "designs.boin.max_n": 60})
    page.move("max_n", "End", 60)
    page.page.wait_for_selector(".wi-error")
    shown = page.page.locator(".wi-error li").all_inner_texts()
    assert shown == list(refused.value.faults)
    assert page.page.locator("[data-measure]").count() == 0
    assert page.page.locator(".wi-download").count() == 0
    page.page.wait_for_selector(".wi-run-button:disabled")
    page.page.locator(".wi-reset").click()
    page.page.wait_for_selector(".wi-error", state="detached")
    page.has_exact()
    scenario = page.scenario
    exact = operating_characteristics(
        scenario.design("boin"), scenario.truth("S2").p_dlt, target=scenario.trial.target
    )
    assert page.exact("pcs") == float(exact.pcs)
    page.page.wait_for_selector(".wi-run-button:enabled")


def _numbers_that_nobody_answers_for_are_greyed(page: Page, server: Served) -> None:
    assert not page.page.locator(".wi-no-answer").is_visible()
    server.end()
    page.page.locator(".wi-slider-max_n .noUi-handle").press("ArrowLeft")
    page.page.wait_for_selector(".wi-no-answer", state="visible")


@pytest.mark.timeout(600)
def test_an_idle_page_gives_its_process_back() -> None:
    from urllib.request import urlopen

    with served(IDLE_SECONDS=2, IDLE_LOOK_SECONDS=1) as server:
        with urlopen(server.url, timeout=SECONDS) as answer:
            text = answer.read().decode()
        assert "was an error" not in text
        end = time.monotonic() + SECONDS
        while ENDED not in server.log.read_text() and time.monotonic() < end:
            time.sleep(0.2)
        assert ENDED in server.log.read_text()
