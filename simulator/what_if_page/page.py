"""The what-if page: exact numbers while a slider moves, calendar numbers on a button, and a scenario to take home."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from threading import Event, RLock
from typing import Any, Final

from simulator.errors import DesignError, ScenarioError, SimulatorError
from simulator.runs.workers import processors
from simulator.scenario.scenario import Scenario, load_scenario
from simulator.studies.what_if import WhatIf, what_if
from simulator.what_if_page import html
from simulator.what_if_page.controls import CONTROLS, base_values, changes_of
from simulator.what_if_page.exact_numbers import exact_numbers
from simulator.what_if_page.stale_guard import SCRIPT
from simulator.what_if_page.style import CSS
from simulator.what_if_page.widgets import PageWidgets

PATIENCE_SECONDS: Final = 0.4
"""How long a slider waits for its exact numbers; later ones follow when they are there."""
EXACT_AT_ONCE: Final = 2
"""Exact evaluations under way at once: a large design must not hold the next one up."""


def what_if_page(path: str | PathLike[str]) -> Any:
    """Return the page for a scenario file as a widget; what is wrong with the file where it cannot be read.

    Raises
    ------
    SimulatorError
        The extra `notebook` is not installed.
    """
    try:
        import IPython.display
        import ipywidgets
    except ImportError:
        raise SimulatorError(
            "the what-if page needs ipywidgets: pip install 'phase1-simulator[notebook]'"
        ) from None
    try:
        scenario = load_scenario(path)
    except ScenarioError as error:
        return ipywidgets.HTML(f"<style>{CSS}</style>{html.faults_box(error.faults)}").add_class("wi-page")
    notebook: Any = IPython.display  # its functions state no types
    notebook.display(notebook.HTML(SCRIPT))
    return WhatIfPage(ipywidgets, scenario, str(Path(*Path(path).parts[-2:]))).widget


class _Stopped(Exception):
    """The reader pressed Stop."""


@dataclass(frozen=True, slots=True)
class PageSetting:
    """What the controls are set to, valid as a whole: `scenario` is the base with the changes and the replicates."""

    design: str
    truth: str
    replicates: int
    changes: Mapping[str, int | float]
    scenario: Scenario = field(compare=False)


class WhatIfPage:
    """The state of one open page.

    Numbers are made in threads and shown only where they are still those of the controls: `_revision` counts the
    moves of the controls, and a thread holds `_lock` while it compares its revision and shows its numbers.
    """

    def __init__(self, ipywidgets: Any, scenario: Scenario, file: str) -> None:
        self._scenario = scenario
        self._file = file
        self._lock = RLock()
        self._revision = 0
        self._setting: PageSetting | None = None
        self._setting_of_calendar: PageSetting | None = None
        self._stop = Event()
        self._running = False
        self._resetting = False
        self._exact_threads = ThreadPoolExecutor(EXACT_AT_ONCE, thread_name_prefix="exact")
        self._calendar_thread = ThreadPoolExecutor(1, thread_name_prefix="calendar")
        self._widgets = PageWidgets.of(ipywidgets, scenario)
        self.widget = self._widgets.page(ipywidgets, scenario, file)
        self._choose_design(None)
        self._widgets.design.observe(self._choose_design, names="value")
        for control in (self._widgets.truth, self._widgets.replicates, *self._widgets.sliders.values()):
            control.observe(self._refresh, names="value")
        self._widgets.reset.on_click(self._choose_design)
        self._widgets.run.on_click(self._start)
        self._widgets.stop.on_click(lambda _: self._stop.set())

    def _choose_design(self, _: object) -> None:
        """Show the chosen design's own values, and the base's everywhere."""
        base = base_values(self._scenario, self._widgets.design.value)
        self._resetting = True
        for control in CONTROLS:
            self._widgets.show(control, base.get(control.name))
        self._resetting = False
        self._refresh(None)

    def _refresh(self, _: object) -> None:
        """Show the exact numbers and the file of the controls as set, or what is wrong with them."""
        if self._resetting:
            return
        with self._lock:
            self._revision += 1
            revision, mark = self._revision, self._widgets.mark_of_setting()
            try:
                self._setting = self._read()
            except ScenarioError as error:
                self._setting = None
                self._widgets.exact.value = mark + html.faults_box(error.faults)
                self._widgets.download.value = ""
                self._mark_calendar()
                return
            setting = self._setting
            self._widgets.download.value = self._download(setting)
            self._mark_calendar()
        future = self._exact_threads.submit(self._exact, revision, setting)
        if not wait([future], PATIENCE_SECONDS).done:
            self._show_exact(revision, mark + html.COMPUTING)
        future.add_done_callback(lambda done: self._show_exact(revision, mark + _text_of(done)))

    def _exact(self, revision: int, setting: PageSetting) -> str:
        """Return the exact numbers of base and variant; nothing where the controls moved before their turn came."""
        return _exact_html(self._scenario, setting) if revision == self._revision else ""

    def _read(self) -> PageSetting:
        widgets = self._widgets
        shown = {name: float(slider.value) for name, slider in widgets.sliders.items()}
        design, truth = widgets.design.value, widgets.truth.value
        changes = changes_of(self._scenario, design, shown)
        replicates = widgets.replicates.value
        scenario = self._scenario.with_changes({**changes, "run.replicates": replicates})
        return PageSetting(design, truth, replicates, changes, scenario)

    def _show_exact(self, revision: int, text: str) -> None:
        with self._lock:
            if revision == self._revision:
                self._widgets.exact.value = text

    def _download(self, setting: PageSetting) -> str:
        """Return the link to the scenario, and what to type for the same numbers."""
        lines = html.command_lines(
            self._file, setting.design, setting.truth, setting.changes, setting.replicates
        )
        return html.download_link(setting.scenario.to_yaml(), lines)

    def _start(self, _: object) -> None:
        """Run the calendar for the controls as set."""
        with self._lock:
            setting = self._setting
            if setting is None or self._running:
                return
            self._running = True
            self._stop.clear()
            self._widgets.started()
            self._mark_calendar()
        future = self._calendar_thread.submit(self._calendar, setting)
        future.add_done_callback(lambda done: self._finish(setting, done))

    def _calendar(self, setting: PageSetting) -> WhatIf | None:
        """Run base and variant; None where the reader stopped it."""
        scenario = self._scenario
        # A base with nothing changed is its own variant: its numbers are shown, and every difference is 0.
        same = {"arrivals.sites": scenario.arrivals.sites}
        try:
            return what_if(
                scenario,
                variants={"now": dict(setting.changes) or same},
                designs=[setting.design],
                truths=[setting.truth],
                replicates=setting.replicates,
                workers=processors(),
                progress=self._progress,
            )
        except _Stopped:
            return None

    def _progress(self, done: int, wanted: int) -> None:
        if self._stop.is_set():
            raise _Stopped
        self._widgets.progressed(done, wanted)

    def _finish(self, setting: PageSetting, future: "Future[WhatIf | None]") -> None:
        with self._lock:
            self._running = False
            self._setting_of_calendar = None
            error = future.exception()
            if error is not None:
                self._widgets.calendar.value = html.failed_run_box(f"{type(error).__name__}: {error}")
            else:
                found = future.result()
                if found is None:
                    self._widgets.calendar.value = html.paragraph("Stopped: no numbers.")
                else:
                    self._widgets.calendar.value = html.calendar_section(
                        found, setting.design, setting.truth, setting.changes
                    )
                    self._setting_of_calendar = setting
            self._widgets.ended()
            self._mark_calendar()

    def _mark_calendar(self) -> None:
        """Mark calendar numbers that are not those of the controls; a run needs a valid scenario."""
        is_old = self._setting_of_calendar is not None and self._setting_of_calendar != self._setting
        self._widgets.mark(is_old, can_run=self._setting is not None and not self._running)


def _exact_html(base: Scenario, setting: PageSetting) -> str:
    try:
        before = exact_numbers(base, setting.design, setting.truth)
        after = exact_numbers(setting.scenario, setting.design, setting.truth)
    except DesignError as error:
        return html.no_exact_section(str(error))
    still = [
        control.label
        for control in CONTROLS
        if not control.moves_exact and control.path_of(setting.design) in setting.changes
    ]
    return html.exact_section(before, after, still)


def _text_of(future: "Future[str]") -> str:
    error = future.exception()
    return future.result() if error is None else html.no_exact_section(f"{type(error).__name__}: {error}")
