"""Histories of trials that the calendar itself has simulated, as a site would have written them down."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from simulator.designs.design import Design
from simulator.mid_trial.history import AccrualHistory, read_history
from simulator.outcomes.outcomes import Truth
from simulator.randomness import Streams
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.intake import Stages, draw_intakes
from simulator.trial.ledger import Exit, Ledger, State
from simulator.trial.record import ledger
from simulator.trial.run import run_trial
from simulator.trial.setting import used_pass
from simulator.trial.trial_state import Trial

OPENED = date(2025, 11, 1)
WORDS = {state: state.name.lower() for state in State}


@dataclass(frozen=True)
class Simulated:
    """One whole trial: its ledger, and the ascending days of each milestone."""

    book: Ledger
    enrolled: np.ndarray
    infused: np.ndarray
    evaluable: np.ndarray


def simulated_trial(stages: Stages, design: Design, truth: Truth, seed: int, replicate: int) -> Trial:
    """Return one trial, run to its end."""
    [intake] = draw_intakes(stages, Streams(seed), range(replicate, replicate + 1))
    risks = dose_risks(truth, stages.outcomes, stages.rules.dose_levels)
    rules, limits = setting(stages, stages.outcomes), used_pass(stages.rules)
    return run_trial(rules, limits, intake, rulebook(design), risks)


def simulate(stages: Stages, design: Design, truth: Truth, seed: int, replicate: int) -> Simulated:
    book = ledger(simulated_trial(stages, design, truth, seed, replicate))
    days = [np.sort(getattr(book, f"{name}_day")) for name in ("enrolled", "infused", "evaluable")]
    return Simulated(book, *(column[np.isfinite(column)] for column in days))


def rows(book: Ledger, cut_day: int, states: tuple[State, ...] = tuple(State), outcomes: bool = True) -> str:
    """Return the CSV of everything dated before the end of the cut day."""
    lines = ["patient,site,state,date,level,dlt" if outcomes else "patient,site,state,date"]
    lines.append(f",site 1,opened,{OPENED}" + ",," * outcomes)
    for k in range(len(book.state)):
        who = f"{book.site[k] + 1}-{book.index[k] + 1},site {book.site[k] + 1}"
        for state in states:
            day = float(getattr(book, f"{state.name.lower()}_day")[k])
            if day < cut_day:
                level, dlt = "", ""
                if state is State.INFUSED:  # the level given; the ledger keeps no other
                    level = str(book.level_assigned[k])
                if state is State.EVALUABLE:
                    dlt = "yes" if book.reason[k] == Exit.DLT else "no"
                lines.append(f"{who},{WORDS[state]},{_date(day)}" + f",{level},{dlt}" * outcomes)
        left = float(book.exit_day[k])
        seen = any(float(getattr(book, f"{state.name.lower()}_day")[k]) < cut_day for state in states)
        if left < cut_day and book.state[k] != State.EVALUABLE and seen:
            lines.append(f"{who},left,{_date(left)}" + ",," * outcomes)
    return "\n".join(lines) + "\n"


def _date(day: float) -> date:
    return OPENED + timedelta(days=int(day))


def history(
    folder: Path, stages: Stages, book: Ledger, cut_day: int, states: tuple[State, ...] = tuple(State)
) -> AccrualHistory:
    path = folder / "history.csv"
    path.write_text(rows(book, cut_day, states), encoding="utf-8")
    cut = OPENED + timedelta(days=cut_day - 1)
    return read_history(path, cut, None, stages.arrivals.sites, len(stages.rules.dose_levels))
