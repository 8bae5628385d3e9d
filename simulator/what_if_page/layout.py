"""Where the widgets of the what-if page stand: the answer first, also on a phone, then controls, then the rest."""

from typing import Any, Final

from simulator.scenario.scenario import Scenario
from simulator.what_if_page import html
from simulator.what_if_page.style import CSS
from simulator.what_if_page.widgets import CALENDAR, NO_PRESET, PageWidgets

INTRODUCTION: Final = (
    "Each difference is against the scenario file as it is (base). P10-P90: between these are 80 % of trials."
)
_DESIGN: Final = (
    "Design",
    "The rule that assigns the levels: the scenario's own, then others by their defaults.",
)
_TRUTH: Final = ("Truth", "The curve of DLT risk that is assumed to be true, for base and now alike.")
_PRESET: Final = ("Preset", "A named set of changes of the scenario; it starts from the base.")
_CRITERION: Final = ("Criterion", "Its readings: what looser and tighter mean is against the base.")


def page_of(ipywidgets: Any, scenario: Scenario, file: str, widgets: PageWidgets) -> Any:
    """Put the widgets in their places."""
    about = f"{scenario.about.registry_id or 'Scenario'}: {scenario.about.title}"
    head = ipywidgets.HTML(
        f"<style>{CSS}</style>{html.page_title(about, f'Base: {file}')}{html.paragraph(INTRODUCTION, 'lead')}"
    )
    columns = ipywidgets.Box(
        [
            _answer(ipywidgets, widgets).add_class("wi-first"),
            _controls(ipywidgets, widgets).add_class("wi-controls"),
            _rest(ipywidgets, widgets).add_class("wi-results"),
        ]
    )
    return ipywidgets.VBox([head, columns.add_class("wi-columns")]).add_class("wi-page")


def _answer(ipywidgets: Any, widgets: PageWidgets) -> Any:
    run = ipywidgets.HBox([widgets.replicates, widgets.run, widgets.stop]).add_class("wi-run")
    going = ipywidgets.HBox([widgets.bar, widgets.progress]).add_class("wi-going")
    return ipywidgets.VBox([ipywidgets.HTML(html.SILENT), widgets.answer, run, going, widgets.stale])


def _controls(ipywidgets: Any, widgets: PageWidgets) -> Any:
    chosen = [(_DESIGN, widgets.design), (_TRUTH, widgets.truth)]
    if len(widgets.preset.options) > 1:
        assert widgets.preset.options[0] == NO_PRESET
        chosen.append((_PRESET, widgets.preset))
    rows = [_row(ipywidgets, words, one) for words, one in chosen]
    rows += [
        _stacked(ipywidgets, widgets.labels[name], widgets.sliders[name], widgets.helps[name])
        for name in widgets.sliders
    ]
    folds = {"Prices": widgets.prices}
    if widgets.criterion.options:
        criterion = _row(ipywidgets, _CRITERION, widgets.criterion)
        folds = {"Criteria and their readings": ipywidgets.VBox([criterion, widgets.readings]), **folds}
    fold = ipywidgets.Accordion(children=list(folds.values()), selected_index=None)
    for k, title in enumerate(folds):
        fold.set_title(k, title)
    return ipywidgets.VBox([*rows, fold, ipywidgets.HTML("<h3>Changed</h3>"), widgets.changed, widgets.reset])


def _rest(ipywidgets: Any, widgets: PageWidgets) -> Any:
    keep = ipywidgets.HBox(list(widgets.keep.values())).add_class("wi-run")
    heading = ipywidgets.HTML(CALENDAR)
    return ipywidgets.VBox(
        [
            heading,
            widgets.calendar,
            keep,
            widgets.kept,
            widgets.pictures,
            widgets.exact,
            widgets.download,
            widgets.opened,
        ]
    )


def _row(ipywidgets: Any, words: tuple[str, str], one: Any) -> Any:
    name, told = words
    label = ipywidgets.HTML(html.control_label(name, "", ""))
    return _stacked(ipywidgets, label, one, ipywidgets.HTML(html.control_help(told)))


def _stacked(ipywidgets: Any, *parts: Any) -> Any:
    return ipywidgets.VBox(list(parts)).add_class("wi-control")
