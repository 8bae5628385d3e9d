"""The calendar: trials a second on one core. Run as `python -m benchmarks.trial`."""

import gc
from collections.abc import Callable
from itertools import count

from benchmarks.timing import Row, seconds, table
from simulator.designs import BFBOIN, BOIN, TITEBOIN, TITEBOIN12, PendingPolicy, RollingSix, ThreePlusThree
from simulator.designs.design import Design
from simulator.randomness import Streams
from simulator.runs.replicates import REFERRALS_PER_INFUSION
from simulator.scenario.scenario import Scenario, load_scenario
from simulator.trial.escalation import Rulebook
from simulator.trial.follow_up import DoseRisks
from simulator.trial.intake import Intake, Stages, draw_intakes
from simulator.trial.record import needed_row, used_row
from simulator.trial.run import run_trial
from simulator.trial.setting import Pass, Setting, needed_pass, used_pass
from simulator.trial.trial_state import Trial

SCENARIO = "scenarios/nct07144020.yaml"
TRUTH = "M3"
INFUSIONS = 50
REPLICATES = 100
CRITERIA = 19
LOOK_EARLY: list[tuple[str, Design]] = [
    ("TITE-BOIN", TITEBOIN(n_doses=4)),
    ("rolling six", RollingSix(n_doses=4)),
    ("BOIN, look ahead", PendingPolicy(BOIN(n_doses=4), policy="look_ahead")),
    ("BF-BOIN", BFBOIN(n_doses=4)),
    ("TITE-BOIN12", TITEBOIN12(n_doses=4)),
]
LIMIT_RATIO = 2.0
"""Times the time of BOIN that a trial of a design that looks early may take."""


def run() -> list[Row]:
    """Measure on one core with the default scenario: passes, their patients' draws, and events per trial."""
    scenario = load_scenario(SCENARIO)
    designs: list[tuple[str, Design]] = [
        ("BOIN", BOIN(n_doses=4)),
        ("BOIN, stop at 12", BOIN(n_doses=4, stop_n_at_dose=12)),
        ("3+3", ThreePlusThree(n_doses=4)),
        *LOOK_EARLY,
    ]
    stages = _stages(scenario)
    wanted = REFERRALS_PER_INFUSION * INFUSIONS
    drawing = seconds(lambda: draw_intakes(stages, Streams(1), range(REPLICATES), wanted))
    intakes = draw_intakes(stages, Streams(1), range(REPLICATES), wanted)
    gc.collect()
    gc.freeze()  # as the runner does: the collector need not walk the patients
    rows: list[Row] = [("patients' draws, one replicate", REPLICATES / drawing, "replicates/s")]
    for name, design in designs:
        for reached, limits in (("50 infused", needed_pass(INFUSIONS)), ("used", used_pass(scenario.trial))):
            trials = _Trials(scenario, design, limits)
            trials.run(intakes)
            running = seconds(lambda trials=trials: trials.run(intakes), repeats=5)  # type: ignore[misc]
            rows.append((f"{name}, {reached}: given the draws", REPLICATES / running, "trials/s"))
            rows.append((f"{name}, {reached}: with the draws", REPLICATES / (running + drawing), "trials/s"))
            reading = seconds(trials.rows)
            rows.append(
                (f"{name}, {reached}: reading a row of results", 1e6 * reading / REPLICATES, "us/trial")
            )
            rows.append((f"{name}, {reached}: events", trials.events() / REPLICATES, "events/trial"))
    rows += _ratios(scenario, intakes, drawing)
    gc.unfreeze()
    return rows


def _ratios(scenario: Scenario, intakes: list[Intake], drawing: float) -> list[Row]:
    """Return how many times a trial of BOIN the whole trial takes, its draws and its row of results included."""

    def whole(design: Design) -> float:
        trials = _Trials(scenario, design, used_pass(scenario.trial))
        trials.run(intakes)
        return drawing + seconds(lambda: trials.run(intakes), repeats=5) + seconds(trials.rows)

    boin = whole(BOIN(n_doses=4))
    return [
        (f"{name}, used: times the time of BOIN (at most {LIMIT_RATIO:g})", whole(design) / boin, "")
        for name, design in LOOK_EARLY
    ]


def _stages(scenario: Scenario) -> Stages:
    return Stages(
        scenario.trial,
        scenario.population,
        scenario.eligibility,
        scenario.arrivals,
        scenario.screening,
        scenario.product,
        scenario.dosing,
        scenario.outcomes,
    )


class _Trials:
    """The trials of one design and pass."""

    def __init__(self, scenario: Scenario, design: Design, limits: Pass) -> None:
        self.setting = Setting.of(scenario.trial, scenario.product, scenario.dosing, scenario.outcomes)
        self.rulebook = Rulebook(design)
        self.risks = DoseRisks(scenario.truth(TRUTH), scenario.outcomes, scenario.trial.dose_levels)
        self.limits = limits
        self.done: list[Trial] = []

    def run(self, intakes: list[Intake]) -> None:
        self.done = [
            run_trial(self.setting, self.limits, intake, self.rulebook, self.risks) for intake in intakes
        ]

    def rows(self) -> None:
        read: Callable[[Trial], object] = needed_row
        if self.limits.own_size:
            read = _used_row
        for trial in self.done:
            read(trial)

    def events(self) -> int:
        """Return how many events all trials scheduled: SimPy numbers them."""
        return sum(_scheduled(trial) for trial in self.done)


def _used_row(trial: Trial) -> object:
    return used_row(trial, CRITERIA)


def _scheduled(trial: Trial) -> int:
    numbers: count[int] = trial.clock.env._eid
    return next(numbers)


if __name__ == "__main__":
    print(table(run()))
