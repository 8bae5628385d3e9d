"""The what-if page: exact and calendar numbers while a control moves, and a scenario to take home."""

import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from threading import Event, RLock
from typing import Any, Final

from simulator.errors import DesignError, ScenarioError, SimulatorError
from simulator.runs.results import BALANCED
from simulator.runs.workers import processors
from simulator.scenario.dotted_paths import value_at
from simulator.scenario.scenario import Scenario, load_scenario
from simulator.what_if_page import html
from simulator.what_if_page.answer import answer
from simulator.what_if_page.calendar_html import calendar_section
from simulator.what_if_page.calendar_numbers import (
    CalendarNumbers,
    averaged,
    calendar_numbers,
    why_not_live,
    words_at_start,
)
from simulator.what_if_page.controls import CONTROLS
from simulator.what_if_page.exact_html import exact_section
from simulator.what_if_page.exact_numbers import exact_numbers
from simulator.what_if_page.layout import page_of
from simulator.what_if_page.offered_designs import with_design
from simulator.what_if_page.page_controls import PageControls
from simulator.what_if_page.pictures import pictures
from simulator.what_if_page.setting_link import query_of
from simulator.what_if_page.side_by_side import Kept, side_by_side
from simulator.what_if_page.stale_guard import SCRIPT
from simulator.what_if_page.style import CSS
from simulator.what_if_page.widgets import PageWidgets

PATIENCE_SECONDS: Final = 0.4
"""How long a slider waits for its exact numbers; later ones follow when they are there."""
EXACT_AT_ONCE: Final = 2
"""Exact evaluations under way at once: a large design must not hold the next one up."""
QUERY: Final = "QUERY_STRING"
"""Environment variable in which Voila hands on the query of the page's address."""


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
    file = str(Path(*Path(path).parts[-2:]))
    return WhatIfPage(ipywidgets, scenario, file, os.environ.get(QUERY, "")).widget


class _Stopped(Exception):
    """The reader pressed Stop, or moved a control."""


@dataclass(frozen=True, slots=True)
class PageSetting:
    """What the controls are set to, valid as a whole: `scenario` is the base with the changes and the replicates."""

    design: str
    truth: str
    replicates: int
    changes: Mapping[str, object]
    base: Scenario = field(compare=False)
    scenario: Scenario = field(compare=False)

    @property
    def truths(self) -> list[str]:
        """The truths averaged over; the one chosen."""
        return averaged(self.base, self.truth)


class WhatIfPage:
    """The state of one open page.

    Numbers are made in threads and shown only where they are still those of the controls: `_revision` counts the
    moves of the controls, and a thread holds `_lock` while it compares its revision and shows its numbers. One
    calendar runs at a time; `_wanted` is the setting whose turn comes next.
    """

    def __init__(self, ipywidgets: Any, scenario: Scenario, file: str, query: str = "") -> None:
        self._scenario = scenario
        self._file = file
        self._lock = RLock()
        self._revision = 0
        self._setting: PageSetting | None = None
        self._shown: Kept | None = None
        self._setting_of_calendar: PageSetting | None = None
        self._wanted: PageSetting | None = None
        self._stop = Event()
        self._running = False
        self._opened = False
        self._kept: dict[str, Kept] = {}
        self._exact_threads = ThreadPoolExecutor(EXACT_AT_ONCE, thread_name_prefix="exact")
        self._calendar_thread = ThreadPoolExecutor(1, thread_name_prefix="calendar")
        self._widgets = PageWidgets.of(ipywidgets, scenario)
        self.widget = page_of(ipywidgets, scenario, file, self._widgets)
        self._controls = PageControls(ipywidgets, scenario, self._widgets, self._refresh)
        self._widgets.run.on_click(lambda _: self._start())
        self._widgets.stop.on_click(lambda _: self._stop_run())
        for name, button in self._widgets.keep.items():
            button.on_click(lambda _, name=name: self._keep(name))
        self._widgets.opened.on_click(lambda _: self._open())
        self._controls.open(query)

    def _open(self) -> None:
        """Let the calendar follow the controls: the page is there, and a run no longer holds it up."""
        with self._lock:
            self._opened = True
            if self._setting is not None:
                self._follow(self._setting)

    def _refresh(self) -> None:
        """Show the numbers and the file of the controls as set, or what is wrong with them."""
        with self._lock:
            self._revision += 1
            revision, mark = self._revision, self._widgets.mark_of_setting()
            try:
                setting = self._setting = self._read()
            except ScenarioError as error:
                self._setting = self._wanted = None
                self._widgets.exact.value = mark + html.faults_box(error.faults)
                self._widgets.download.value = ""
                self._mark_calendar()
                return
            self._widgets.changed.value = self._changed(setting)
            self._widgets.download.value = self._download(setting)
            self._follow(setting)
        future = self._exact_threads.submit(self._exact, revision, setting)
        if not wait([future], PATIENCE_SECONDS).done:
            self._show_exact(revision, mark + html.COMPUTING)
        future.add_done_callback(lambda done: self._show_exact(revision, mark + _text_of(done)))

    def _exact(self, revision: int, setting: PageSetting) -> str:
        """Return the exact numbers of base and variant; nothing where the controls moved before their turn came."""
        return _exact_html(setting) if revision == self._revision else ""

    def _read(self) -> PageSetting:
        widgets, changes = self._widgets, self._controls.changes()
        design, truth, replicates = widgets.design.value, widgets.truth.value, widgets.replicates.value
        base = with_design(self._scenario, design)
        scenario = base.with_changes({**changes, "run.replicates": replicates})
        return PageSetting(design, truth, replicates, changes, base, scenario)

    def _show_exact(self, revision: int, text: str) -> None:
        with self._lock:
            if revision == self._revision:
                self._widgets.exact.value = text

    def _changed(self, setting: PageSetting) -> str:
        before, after = setting.base.to_data(), setting.scenario.to_data()
        found = {path: (value_at(before, path), value_at(after, path)) for path in setting.changes}
        return html.changed_list(found, self._controls.refused)

    def _download(self, setting: PageSetting) -> str:
        """Return the links to setting and scenario, and what to type for the same numbers."""
        own = setting.base is self._scenario
        arms = [] if setting.truth == BALANCED else ["--truth", setting.truth]
        lines = html.command_lines(
            self._file if own else None,
            ["--design", setting.design, *arms],
            setting.changes,
            setting.replicates,
        )
        query = query_of(setting.design, setting.truth, setting.replicates, setting.changes)
        return html.setting_link(query) + html.download_link(setting.scenario.to_yaml(), lines)

    def _follow(self, setting: PageSetting) -> None:
        """Run the calendar for the controls as set where it follows them; else say why it does not."""
        why = why_not_live(setting.scenario, setting.design, setting.replicates)
        if not why and self._opened and setting != self._setting_of_calendar:
            self._want(setting)
        elif self._running and self._wanted is None and not why:
            self._stop.set()  # what runs is for another setting, and the numbers of this one are there
        elif not self._running:
            self._widgets.ended(why)
        self._mark_calendar()

    def _start(self) -> None:
        """Run the calendar for the controls as set: the button."""
        with self._lock:
            if self._setting is not None and not self._running:
                self._want(self._setting)

    def _want(self, setting: PageSetting) -> None:
        """Run this setting next; what runs for another one ends at its next step."""
        self._wanted = setting
        if self._running:
            self._stop.set()
        else:
            self._launch()

    def _launch(self) -> None:
        setting, self._wanted = self._wanted, None
        assert setting is not None
        self._running = True
        self._stop.clear()
        self._widgets.started(words_at_start(setting.scenario, setting.design))
        self._mark_calendar()
        future = self._calendar_thread.submit(self._calendar, setting)
        future.add_done_callback(lambda done: self._finish(setting, done))

    def _stop_run(self) -> None:
        with self._lock:
            self._wanted = None
            self._stop.set()

    def _calendar(self, setting: PageSetting) -> CalendarNumbers | None:
        """Run base and variant; None where the reader stopped it."""
        is_live = not why_not_live(setting.scenario, setting.design, setting.replicates)
        try:
            return calendar_numbers(
                setting.base,
                setting.scenario,
                setting.design,
                setting.truths,
                setting.replicates,
                1 if is_live else processors(),  # processes take longer to start than a live run takes
                self._progress,
            )
        except _Stopped:
            return None

    def _progress(self, done: int, wanted: int) -> None:
        if self._stop.is_set():
            raise _Stopped
        self._widgets.progressed(done, wanted)

    def _finish(self, setting: PageSetting, future: "Future[CalendarNumbers | None]") -> None:
        with self._lock:
            self._running = False
            if self._wanted is not None:
                self._launch()
                return
            error = future.exception()
            found = None if error is not None else future.result()
            if error is not None:
                self._show_none(html.failed_run_box(f"{type(error).__name__}: {error}"))
            elif found is not None:
                self._show(setting, found)
            elif self._setting_of_calendar != self._setting:
                self._show_none(html.paragraph("Stopped: no numbers."))
            now = self._setting
            why = "" if now is None else why_not_live(now.scenario, now.design, now.replicates)
            self._widgets.ended(why)
            self._mark_calendar()

    def _show(self, setting: PageSetting, found: CalendarNumbers) -> None:
        widgets, say = self._widgets, self._widgets.say
        widgets.answer.value = answer(found, say)
        widgets.calendar.value = calendar_section(found, setting.changes, say)
        widgets.pictures.value = pictures(found, say)
        self._setting_of_calendar = setting
        self._shown = Kept(setting.changes, found)

    def _show_none(self, text: str) -> None:
        self._setting_of_calendar = self._shown = None
        self._widgets.answer.value = text
        self._widgets.calendar.value = self._widgets.pictures.value = ""

    def _keep(self, name: str) -> None:
        """Keep the setting that is shown, to set it beside another one."""
        with self._lock:
            if self._shown is not None:
                self._kept[name] = self._shown
                self._widgets.kept.value = side_by_side(self._kept, self._widgets.say)

    def _mark_calendar(self) -> None:
        """Mark calendar numbers that are not those of the controls; a run needs a valid scenario."""
        is_old = self._setting_of_calendar is not None and self._setting_of_calendar != self._setting
        self._widgets.mark(
            is_old,
            can_run=self._setting is not None and not self._running,
            can_keep=self._shown is not None and not is_old,
            told=not self._running,
        )


def _exact_html(setting: PageSetting) -> str:
    try:
        before, after = (
            {truth: exact_numbers(of, setting.design, truth) for truth in setting.truths}
            for of in (setting.base, setting.scenario)
        )
    except DesignError as error:
        return html.no_exact_section(str(error))
    still = [
        control.label
        for control in CONTROLS
        if not control.moves_exact and control.path_of(setting.design) in setting.changes
    ]
    return exact_section(before, after, still)


def _text_of(future: "Future[str]") -> str:
    error = future.exception()
    return future.result() if error is None else html.no_exact_section(f"{type(error).__name__}: {error}")
