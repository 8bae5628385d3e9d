"""The controls as a whole: what they change of the scenario, presets, links, and the way back to the base."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from simulator.scenario.costs import PRICED
from simulator.scenario.dotted_paths import value_at
from simulator.scenario.scenario import Scenario
from simulator.what_if_page.controls import CONTROLS, OWN_OPTION, base_values, changes_of
from simulator.what_if_page.editors import CURRENCY, price_editors, reading_editors
from simulator.what_if_page.offered_designs import with_design
from simulator.what_if_page.readings_offered import criteria_offered, readings_of
from simulator.what_if_page.setting_link import asked_by
from simulator.what_if_page.widgets import NO_PRESET, PageWidgets

SOME_CURRENCY: Final = "units"
"""The currency of prices that are given without one."""


class PageControls:
    """What the reader has set: the sliders, and `_others`, every change that has no slider, by dotted path."""

    def __init__(
        self, ipywidgets: Any, scenario: Scenario, widgets: PageWidgets, refresh: Callable[[], None]
    ) -> None:
        self._ipywidgets = ipywidgets
        self._scenario = scenario
        self._widgets = widgets
        self._refresh = refresh
        self._others: dict[str, object] = {}
        self._setting_many = False
        self.refused: tuple[str, ...] = ()

    def open(self, query: str) -> None:
        """Show the base, then what the link asks for, and follow every move from here on."""
        widgets = self._widgets
        self._show_all()
        designs, truths = widgets.design.options, [name for _, name in widgets.truth.options]
        asked = asked_by(query, designs, truths, self._is_known)
        widgets.design.value = asked.design or widgets.design.value
        widgets.truth.value = asked.truth or widgets.truth.value
        if asked.replicates is not None:
            offered = [n for _, n in widgets.replicates.options]
            widgets.replicates.value = min(offered, key=lambda n: abs(n - asked.replicates))
        self.refused = asked.refused
        self._put(asked.changes)
        widgets.design.observe(lambda _: self._choose_design(), names="value")
        widgets.preset.observe(lambda event: self._choose_preset(event["new"]), names="value")
        widgets.criterion.observe(lambda _: self._show_editors(), names="value")
        for one in (widgets.truth, widgets.replicates, *widgets.sliders.values()):
            one.observe(lambda _: self._moved(), names="value")
        widgets.reset.on_click(lambda _: self._to_base())
        self._refresh()

    def changes(self) -> dict[str, object]:
        """Return dotted path -> new value of everything that differs from the base."""
        shown = {name: float(slider.value) for name, slider in self._widgets.sliders.items()}
        base = self._base()
        data = base.to_data()
        found: dict[str, object] = dict(changes_of(base, self._widgets.design.value, shown))
        found |= {path: value for path, value in self._others.items() if value_at(data, path) != value}
        priced = any(path.startswith("costs.") and path != CURRENCY for path in found)
        if priced and self._scenario.costs.currency is None and not found.get(CURRENCY):
            found[CURRENCY] = SOME_CURRENCY
        return found

    def _base(self) -> Scenario:
        return with_design(self._scenario, self._widgets.design.value)

    def _moved(self) -> None:
        if not self._setting_many:
            self._refresh()

    def _set(self, path: str, value: object) -> None:
        """Set what has no slider."""
        if not self._setting_many:
            self._others[path] = value
            self._refresh()

    def _choose_design(self) -> None:
        """Show the chosen design's own values; what the trial is set to stays."""
        self._setting_many = True
        base = base_values(self._base(), self._widgets.design.value)
        for control in CONTROLS:
            if control.path.startswith(OWN_OPTION):
                self._widgets.show(control, base.get(control.name))
        self._setting_many = False
        self._moved()

    def _choose_preset(self, name: str) -> None:
        if self._setting_many or name == NO_PRESET:
            return
        self._show_all()
        self._put(self._scenario.presets.changes[name])
        self._moved()

    def _to_base(self) -> None:
        self._setting_many = True
        self._widgets.preset.value = NO_PRESET
        self._setting_many = False
        self.refused = ()
        self._show_all()
        self._moved()

    def _show_all(self) -> None:
        """Show the base everywhere."""
        self._setting_many = True
        self._others.clear()
        base = base_values(self._base(), self._widgets.design.value)
        for control in CONTROLS:
            self._widgets.show(control, base.get(control.name))
        self._show_editors()
        self._setting_many = False

    def _put(self, changes: Mapping[str, object]) -> None:
        """Set sliders where there are some, and the rest without."""
        self._setting_many = True
        design = self._widgets.design.value
        base = base_values(self._base(), design)
        if design not in [choice.name for choice in self._scenario.designs] or changes:
            for control in CONTROLS:
                if control.path.startswith(OWN_OPTION):
                    self._widgets.show(control, base.get(control.name))
        sliders = {control.path_of(design): control for control in CONTROLS if control.name in base}
        for path, value in changes.items():
            if path in sliders and isinstance(value, int | float):
                self._widgets.move(sliders[path], sliders[path].shown(value))
            else:
                self._others[path] = value
        self._show_editors()
        self._setting_many = False

    def _show_editors(self) -> None:
        """Show the readings of the chosen criterion, and the prices, as they are set."""
        widgets = self._widgets
        if widgets.criterion.options:
            widgets.readings.children = reading_editors(
                self._ipywidgets, self._scenario, widgets.criterion.value, self._others, self._set
            )
        widgets.prices.children = price_editors(self._ipywidgets, self._scenario, self._others, self._set)

    def _is_known(self, path: str) -> bool:
        """Return whether the page has a control for a path, or a preset sets it: a link may set no other."""
        design = self._widgets.design.options
        known = {control.path_of(name) for control in CONTROLS for name in design}
        known |= {f"costs.{name}" for name in (*PRICED, "currency")}
        known |= {path for changes in self._scenario.presets.changes.values() for path in changes}
        for _, criterion in criteria_offered(self._scenario):
            known |= {reading.path for reading in readings_of(self._scenario, criterion)}
        return path in known
