"""Widgets for settings that have no slider: the readings of a criterion, and prices."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from simulator.scenario.costs import PRICED
from simulator.scenario.scenario import Scenario
from simulator.what_if_page import html
from simulator.what_if_page.controls import CONTROLS
from simulator.what_if_page.readings_offered import Reading, readings_of

Set = Callable[[str, object], None]
"""Called with a dotted path and its new value."""

ONE_READING: Final = "The text allows one reading alone: nothing to set."
SLIDER: Final = "has a slider above"
CURRENCY: Final = "costs.currency"
_OF_SLIDERS: Final = frozenset(control.path for control in CONTROLS)


def reading_editors(
    ipywidgets: Any, scenario: Scenario, criterion: str, set_now: Mapping[str, object], change: Set
) -> list[Any]:
    """Return an editor for each setting of a criterion, at the value it is set to."""
    rows = []
    for reading in readings_of(scenario, criterion):
        if reading.path in _OF_SLIDERS:
            rows.append(ipywidgets.HTML(html.control_label(reading.label, SLIDER, "")))
            continue
        base = _base(scenario, reading)
        editor = _editor(ipywidgets, reading, set_now.get(reading.path, base))
        editor.observe(lambda event, path=reading.path: change(path, event["new"]), names="value")
        shown = "" if reading.choices else f"{base:g}"
        label = ipywidgets.HTML(html.control_label(reading.label, "", shown))
        rows.append(ipywidgets.VBox([label, editor.add_class(f"wi-reading-{reading.setting}")]))
    return rows or [ipywidgets.HTML(html.control_help(ONE_READING))]


def _base(scenario: Scenario, reading: Reading) -> Any:
    value = getattr(scenario.eligibility, reading.setting)
    return getattr(value, "value", value)


def _editor(ipywidgets: Any, reading: Reading, value: Any) -> Any:
    if reading.choices:
        return ipywidgets.Dropdown(options=reading.choices, value=value)
    kind = ipywidgets.BoundedIntText if reading.whole else ipywidgets.BoundedFloatText
    return kind(min=reading.low, max=reading.high, value=value)


def price_editors(
    ipywidgets: Any, scenario: Scenario, set_now: Mapping[str, object], change: Set
) -> list[Any]:
    """Return an editor for the currency and for the price of one of each resource that the trial has; 0 is none."""
    costs = scenario.costs
    currency = ipywidgets.Text(
        value=str(set_now.get(CURRENCY, costs.currency) or ""), continuous_update=False
    )
    currency.observe(lambda event: change(CURRENCY, event["new"] or None), names="value")
    rows = [ipywidgets.VBox([ipywidgets.HTML(html.control_label("currency", "", "")), currency])]
    legal = scenario.to_data()["costs"]
    assert isinstance(legal, dict)
    for name in PRICED:
        if name not in legal:
            continue
        path = f"costs.{name}"
        now: Any = set_now.get(path, getattr(costs, name)) or 0.0
        editor = ipywidgets.BoundedFloatText(min=0, max=1e9, value=now)
        editor.observe(lambda event, path=path: change(path, event["new"] or None), names="value")
        label = ipywidgets.HTML(html.control_label(name.replace("_", " "), "a unit", ""))
        rows.append(ipywidgets.VBox([label, editor.add_class(f"wi-price-{name}")]))
    return rows
