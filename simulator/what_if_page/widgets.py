"""The widgets of the what-if page; where they stand is in `layout`, what they do in `page`."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from simulator.eligibility.relaxations import written
from simulator.runs.plan import number_of_replicates
from simulator.runs.results import BALANCED
from simulator.scenario.scenario import Scenario
from simulator.scenario.wording import in_words_of
from simulator.what_if_page import html
from simulator.what_if_page.answer import WAITING, Say
from simulator.what_if_page.controls import CONTROLS, OWN_OPTION, Control, base_values
from simulator.what_if_page.offered_designs import offered_designs
from simulator.what_if_page.readings_offered import criteria_offered
from simulator.what_if_page.side_by_side import NAMES

REPLICATES: Final = (50, 100, 300, 1000, 3000)
NOT_OF_DESIGN: Final = "The chosen design has no such setting."
STALE: Final = "The controls were moved since: these calendar numbers are not theirs. Press the button."
NO_PRESET: Final = "none"
RUN: Final = "Run the calendar"
CALENDAR: Final = (
    '<h2>Calendar <span class="wi-badge">simulated, with attrition</span></h2><p>From referral to the '
    "recommendation: screening, manufacture, stagger, DLT window, patients lost on the way. Every control moves "
    "it.</p>"
)


@dataclass(frozen=True, slots=True)
class PageWidgets:
    """Every widget that is read or written again; `opened` is unseen, and pressed by the browser."""

    design: Any
    truth: Any
    preset: Any
    replicates: Any
    sliders: dict[str, Any]
    labels: dict[str, Any]
    helps: dict[str, Any]
    criterion: Any
    readings: Any
    prices: Any
    reset: Any
    changed: Any
    answer: Any
    exact: Any
    run: Any
    stop: Any
    bar: Any
    progress: Any
    stale: Any
    calendar: Any
    pictures: Any
    keep: dict[str, Any]
    kept: Any
    download: Any
    opened: Any
    say: Say

    @classmethod
    def of(cls, ipywidgets: Any, scenario: Scenario) -> "PageWidgets":
        """Make the widgets."""

        def text(name: str, value: str = "") -> Any:
            return ipywidgets.HTML(value).add_class(name)

        def choice(name: str, options: Any, value: Any) -> Any:
            return ipywidgets.Dropdown(options=options, value=value).add_class(f"wi-{name}")

        def button(name: str, words: str, **look: Any) -> Any:
            return ipywidgets.Button(description=words, **look).add_class(f"wi-{name}")

        say = partial(in_words_of, scenario)
        asked = number_of_replicates(scenario, None)
        repeats = sorted({*REPLICATES, asked})
        trials = [(f"{n:,} trials", n) for n in repeats]
        criteria = criteria_offered(scenario)
        return cls(
            design=choice("design", offered_designs(scenario), _first_design(scenario)),
            truth=choice("truth", truths_offered(scenario), truths_offered(scenario)[0][1]),
            preset=choice("preset", [NO_PRESET, *scenario.presets.changes], NO_PRESET),
            replicates=choice("replicates", trials, asked),
            sliders={control.name: _slider(ipywidgets, control) for control in CONTROLS},
            labels={control.name: text("wi-above") for control in CONTROLS},
            helps={control.name: text("wi-below") for control in CONTROLS},
            criterion=choice("criterion", criteria, criteria[0][1] if criteria else None),
            readings=ipywidgets.VBox([]),
            prices=ipywidgets.VBox([]),
            reset=button("reset", "Back to the base"),
            changed=text("wi-changed-place"),
            answer=text("wi-answer-place", WAITING),
            exact=text("wi-exact"),
            run=button("run-button", RUN, button_style="primary"),
            stop=button("stop", "Stop", disabled=True),
            bar=ipywidgets.IntProgress(min=0, max=1, value=0).add_class("wi-bar-of-run"),
            progress=text("wi-progress"),
            stale=text("wi-stale-place"),
            calendar=text("wi-calendar"),
            pictures=text("wi-pictures-place"),
            keep={name: button(f"keep-{name}", f"Keep as {name}", disabled=True) for name in NAMES},
            kept=text("wi-kept-place"),
            download=text("wi-take-home"),
            opened=button("opened", ""),
            say=say,
        )

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
        label, told = self.say(control.label), NOT_OF_DESIGN if value is None else self.say(control.help)
        self.labels[control.name].value = html.control_label(label, control.unit, text)
        self.helps[control.name].value = html.control_help(told)
        if value is not None:
            self.move(control, value)

    def move(self, control: Control, value: float) -> None:
        """Put a slider on a value, however far out."""
        slider = self.sliders[control.name]
        slider.min, slider.max = min(control.low, value), max(control.high, value)
        digits = max(len(written(one).partition(".")[2]) for one in (value, control.step))
        slider.readout_format = f".{digits}f"
        slider.value = value

    def mark_of_setting(self) -> str:
        """Return an invisible mark of what the controls show; by it the browser knows whose numbers it has."""
        sliders = {name: one.value for name, one in self.sliders.items() if one.layout.display != "none"}
        return html.setting_mark(sliders, {"design": self.design.label, "truth": self.truth.label})

    def started(self, words: str) -> None:
        """Show that a run is under way."""
        self.bar.value, self.bar.max = 0, 1
        self.stop.disabled = False
        self.bar.add_class("wi-under-way")
        self.progress.value = html.paragraph(words, "wait")

    def progressed(self, done: int, wanted: int) -> None:
        """Show how far the run is."""
        self.bar.max = max(wanted, 1)
        self.bar.value = done
        self.progress.value = html.paragraph(f"{done:,} of {wanted:,} trials, base and now", "wait")

    def ended(self, words: str = "") -> None:
        """Show that no run is under way, and why the calendar does not follow the controls where it does not."""
        self.stop.disabled = True
        self.bar.remove_class("wi-under-way")
        self.progress.value = html.paragraph(words, "wait") if words else ""

    def mark(self, is_old: bool, can_run: bool, can_keep: bool, *, told: bool) -> None:
        """Mark calendar numbers that are not those of the controls; `told` says in words what to do."""
        self.run.disabled = not can_run
        self.stale.value = html.paragraph(STALE, "stale") if is_old and told else ""
        for one in (self.answer, self.calendar, self.pictures):
            (one.add_class if is_old else one.remove_class)("wi-old")
        for one in self.keep.values():
            one.disabled = not can_keep


def truths_offered(scenario: Scenario) -> list[tuple[str, str]]:
    """Return (words, name): the balanced average first where there is one, else a truth of the question."""
    truths = [(f"{one.name}: {one.note}" if one.note else one.name, one.name) for one in scenario.truths]
    balanced = [one.name for one in scenario.truths if one.balanced]
    if len(balanced) > 1:
        return [(f"Balanced average of {', '.join(balanced)}", BALANCED), *truths]
    first = scenario.question_truths[-1].name if scenario.question_truths else scenario.truths[0].name
    return sorted(truths, key=lambda one: one[1] != first)


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
