"""The widgets of the what-if page and where they stand; what they do is in `page`."""

from dataclasses import dataclass
from typing import Any, Final

from simulator.eligibility.relaxations import written
from simulator.runs.plan import number_of_replicates
from simulator.scenario.scenario import Scenario
from simulator.what_if_page import html
from simulator.what_if_page.controls import CONTROLS, OWN_OPTION, Control, base_values
from simulator.what_if_page.style import CSS

REPLICATES: Final = (50, 100, 300, 1000, 3000)
NOT_OF_DESIGN: Final = "The chosen design has no such setting."
STALE: Final = (
    "The controls were moved since: the calendar numbers below are not theirs. Press the button again."
)
RUN: Final = "Run the calendar"
INTRODUCTION: Final = (
    "Exact numbers follow the sliders at once; patients and months come from simulated trials, on the button. Every "
    "difference is against the scenario file as it is (base)."
)
CALENDAR: Final = (
    '<h2>Calendar <span class="wi-badge">simulated, with attrition</span></h2><p>From referral to the '
    "recommendation: screening, manufacture, stagger, DLT window, patients lost on the way. Every control moves "
    "it.</p>"
)


@dataclass(frozen=True, slots=True)
class PageWidgets:
    """Every widget that is read or written again."""

    design: Any
    truth: Any
    replicates: Any
    sliders: dict[str, Any]
    labels: dict[str, Any]
    helps: dict[str, Any]
    reset: Any
    exact: Any
    run: Any
    stop: Any
    bar: Any
    progress: Any
    stale: Any
    calendar: Any
    download: Any

    @classmethod
    def of(cls, ipywidgets: Any, scenario: Scenario) -> "PageWidgets":
        """Make the widgets."""

        def text(name: str) -> Any:
            return ipywidgets.HTML().add_class(name)

        truths = [(f"{one.name}: {one.note}" if one.note else one.name, one.name) for one in scenario.truths]
        first = scenario.question_truths[-1] if scenario.question_truths else scenario.truths[0]
        names = [one.name for one in scenario.designs]
        trials = number_of_replicates(scenario, None)
        repeats = sorted({*REPLICATES, trials})
        return cls(
            design=ipywidgets.Dropdown(options=names, value=_first_design(scenario)).add_class("wi-design"),
            truth=ipywidgets.Dropdown(options=truths, value=first.name).add_class("wi-truth"),
            replicates=ipywidgets.Dropdown(
                options=[(f"{n} simulated trials", n) for n in repeats], value=trials
            ).add_class("wi-replicates"),
            sliders={control.name: _slider(ipywidgets, control) for control in CONTROLS},
            labels={control.name: text("wi-above") for control in CONTROLS},
            helps={control.name: ipywidgets.HTML(html.control_help(control.help)) for control in CONTROLS},
            reset=ipywidgets.Button(description="Back to the base").add_class("wi-reset"),
            exact=text("wi-exact"),
            run=ipywidgets.Button(description=RUN, button_style="primary").add_class("wi-run-button"),
            stop=ipywidgets.Button(description="Stop", disabled=True).add_class("wi-stop"),
            bar=ipywidgets.IntProgress(min=0, max=1, value=0, layout={"display": "none"}).add_class(
                "wi-bar-of-run"
            ),
            progress=text("wi-progress"),
            stale=text("wi-stale-place"),
            calendar=text("wi-calendar"),
            download=text("wi-take-home"),
        )

    def page(self, ipywidgets: Any, scenario: Scenario, file: str) -> Any:
        """Put the widgets in their places."""
        about = f"{scenario.about.registry_id or 'Scenario'}: {scenario.about.title}"
        head = ipywidgets.HTML(
            f"<style>{CSS}</style>{html.page_title(about, f'Base: {file}')}{html.paragraph(INTRODUCTION, 'lead')}"
        )
        chosen = [
            ("Design", "", "The rule that assigns the levels.", self.design),
            (
                "Truth",
                "",
                "The curve of DLT risk that is assumed to be true, for base and now alike.",
                self.truth,
            ),
        ]
        controls = [
            _stacked(
                ipywidgets,
                ipywidgets.HTML(html.control_label(name, unit, "")),
                one,
                ipywidgets.HTML(html.control_help(text)),
            )
            for name, unit, text, one in chosen
        ]
        controls += [
            _stacked(ipywidgets, self.labels[name], self.sliders[name], self.helps[name])
            for name in self.sliders
        ]
        left = ipywidgets.VBox([*controls, self.reset], layout={"flex": "1 1 300px", "min_width": "0"})
        run = ipywidgets.HBox([self.replicates, self.run, self.stop, self.bar, self.progress])
        right = ipywidgets.VBox(
            [
                ipywidgets.HTML(html.SILENT),
                self.exact,
                ipywidgets.HTML(CALENDAR),
                run.add_class("wi-run"),
                self.stale,
                self.calendar,
                self.download,
            ],
            layout={"flex": "2 1 520px", "min_width": "0"},
        )
        columns = ipywidgets.Box(
            [left.add_class("wi-controls"), right.add_class("wi-results")],
            layout={"display": "flex", "flex_flow": "row wrap"},
        )
        return ipywidgets.VBox([head, columns.add_class("wi-columns")]).add_class("wi-page")

    def show(self, control: Control, value: float | None) -> None:
        """Show the base's value of a control, or that the design does not have it."""
        slider = self.sliders[control.name]
        slider.layout.display = "none" if value is None else None
        if value is None and not control.path.startswith(OWN_OPTION):
            self.labels[control.name].value = self.helps[control.name].value = (
                ""  # the trial does not have it
            )
            return
        text = "" if value is None else written(value)
        self.labels[control.name].value = html.control_label(control.label, control.unit, text)
        self.helps[control.name].value = html.control_help(NOT_OF_DESIGN if value is None else control.help)
        if value is not None:
            # The base is always on the slider, however far out.
            slider.min, slider.max = min(control.low, value), max(control.high, value)
            slider.readout_format = f".{len(written(value).partition('.')[2])}f"
            slider.value = value

    def mark_of_setting(self) -> str:
        """Return an invisible mark of what the controls show; by it the browser knows whose numbers it has."""
        sliders = {name: one.value for name, one in self.sliders.items() if one.layout.display != "none"}
        return html.setting_mark(sliders, {"design": self.design.label, "truth": self.truth.label})

    def started(self) -> None:
        """Show that a run is under way."""
        self.bar.value, self.bar.max = 0, 1
        self.stop.disabled = False
        self.bar.layout.display = None
        self.progress.value = html.paragraph("Starting ...", "wait")

    def progressed(self, done: int, wanted: int) -> None:
        """Show how far the run is."""
        self.bar.max = max(wanted, 1)
        self.bar.value = done
        self.progress.value = html.paragraph(f"{done} of {wanted} simulated trials", "wait")

    def ended(self) -> None:
        """Show that no run is under way."""
        self.stop.disabled = True
        self.bar.layout.display = "none"
        self.progress.value = ""

    def mark(self, is_old: bool, can_run: bool) -> None:
        """Mark calendar numbers that are not those of the controls."""
        self.run.disabled = not can_run
        self.stale.value = html.paragraph(STALE, "stale") if is_old else ""
        (self.calendar.add_class if is_old else self.calendar.remove_class)("wi-old")


def _first_design(scenario: Scenario) -> str:
    """Return the first of the designs that have most settings."""
    names = [one.name for one in scenario.designs]
    return max(names, key=lambda name: len(base_values(scenario, name)))


def _slider(ipywidgets: Any, control: Control) -> Any:
    made = ipywidgets.FloatSlider(
        min=control.low,
        max=control.high,
        value=control.low,
        step=control.step,
        readout_format=".0f",
        continuous_update=True,
    )
    return made.add_class(f"wi-slider-{control.name}")


def _stacked(ipywidgets: Any, *parts: Any) -> Any:
    return ipywidgets.VBox(list(parts)).add_class("wi-control")
