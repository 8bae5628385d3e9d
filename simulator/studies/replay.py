"""One simulated trial, replayed: its event log with the reason of every decision, and its ledger."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.analysis.trial_replay import TrialReplay
from simulator.eligibility.screen import criteria
from simulator.errors import ScenarioError, StoreError
from simulator.outcomes.outcomes import estimand_risk
from simulator.parsing.printable import printable
from simulator.randomness import Streams
from simulator.report import figures
from simulator.report.notebook.replay import replay_html
from simulator.runs.atomic_files import write_atomically
from simulator.runs.plan import run_plan, whole_number
from simulator.scenario.parts import Part
from simulator.scenario.question import MOST_REPLICATES
from simulator.scenario.scenario import Scenario
from simulator.scenario.wording import worded
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.intake import draw_intakes
from simulator.trial.ledger import Exit, Ledger, State, check_ledger
from simulator.trial.record import ledger, used_row
from simulator.trial.run import run_trial
from simulator.trial.setting import used_pass
from simulator.trial.trial_state import Log

if TYPE_CHECKING:
    from simulator.report.figures.style import Axes


@dataclass(frozen=True)
class Replay(TrialReplay):
    """One simulated trial, and what can be done with it: drawn, saved, shown in a notebook."""

    def plot(self, kind: str = "swimmer_plot", ax: "Axes | None" = None) -> "Axes":
        """Draw the trial: kind "swimmer_plot" or "dose_escalation_chart" of `simulator.report.figures`.

        Raises
        ------
        SimulatorError
            There is no such figure.
        """
        return figures.plot(self, kind, ax)

    def save(self, path: str | PathLike[str], *, force: bool = False) -> tuple[str, ...]:
        """Write the log as text and both figures as svg and png into a folder; return the names.

        Raises
        ------
        StoreError
            For a folder that is not empty (unless `force`), or that cannot be written.
        """
        folder = Path(path)
        refuse_folder(folder, force)
        contents = {"log.txt": ("\n".join(self.lines()) + "\n").encode()}
        for name, renderings in figures.replay_figures(self).items():
            contents |= {f"{name}.{suffix}": content for suffix, content in renderings.items()}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in contents.items():
                write_atomically(folder / name, content)
        except OSError as error:
            raise StoreError(f"{folder}: cannot be written: {error.strerror or error}") from error
        return tuple(contents)

    def _repr_html_(self) -> str:
        """Show the trial in a notebook: title, decisions, and who ended where."""
        return replay_html(self)


def refuse_folder(folder: Path, force: bool) -> None:
    """Raise StoreError unless the figures and the log may be written there."""
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{printable(str(folder))}: is a file; --out needs a folder")
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise StoreError(f"{printable(str(folder))}: is not empty; --force writes into it")


def replay(
    scenario: Scenario, design: str, truth: str, replicate: int = 0, seed: int | None = None
) -> Replay:
    """Run one replicate again and keep its events; the numbers are those of `compare`.

    Parameters
    ----------
    design, truth
        Names from the scenario; "NAME day 42" for a truth that is run with late aplasia.
    replicate
        Which one, from 0.

    Raises
    ------
    ScenarioError
        For an unknown name, or a replicate or seed out of range.
    """
    whole_number("replicate", replicate, 0, MOST_REPLICATES - 1)
    first = whole_number("seed", scenario.run.seed if seed is None else seed, 0)
    late = {f"{name} day 42": name for name in scenario.question.late_truths}
    plan = run_plan(scenario, [design], [late.get(truth, truth)], first)
    arms = {arm.truth.name: arm for arm in plan.design_truths}
    if truth not in arms:
        raise ScenarioError(f"truths: no truth {truth!r}: aplasia on day 42 is a DLT under every truth here")
    arm = arms[truth]
    [intake] = draw_intakes(plan.stages, Streams(plan.seed), range(replicate, replicate + 1))
    log: Log = []
    trial = run_trial(
        setting(plan.stages, arm.outcomes),
        used_pass(plan.stages.rules),
        intake,
        rulebook(arm.design),
        dose_risks(arm.truth, arm.outcomes, plan.stages.rules.dose_levels),
        log,
    )
    book = ledger(trial)
    check_ledger(book)
    row = used_row(trial, plan.criteria)
    risks = tuple(float(p) for p in estimand_risk(arm.truth, arm.outcomes))
    shown = ", ".join(f"{p:g}" for p in np.round(risks, 3))
    title = (
        f"Design {design}, truth {truth} (P(DLT) {shown}), replicate {replicate}, seed {plan.seed}: level "
        f"{row.selected or 'none'} recommended after {row.recommended_day:.0f} days (run by SimPy)"
    )
    ids = tuple(criterion.id for criterion in criteria(scenario.eligibility))
    # Sorting is stable: at one instant the events before enrolment come first, in the order of the journey.
    apart = events_before_enrolment(book, ids) + log
    apart += responses(book, arm.outcomes.response_day) if scenario.response else []
    events = sorted(_in_words_of(scenario, apart), key=lambda event: event[0])
    return Replay(
        title,
        events,
        book,
        row.selected,
        trial.stop,
        design,
        truth,
        replicate,
        plan.seed,
        risks,
        arm.outcomes.response_day,
        scenario.parts,
    )


_WITHOUT: Final = {
    Part.PRODUCT: (
        "eligible",
        "donor leukapheresis",
        "product released",
        "lymphodepletion, level",
        "re-check",
    ),
    Part.BUILT_IN_CRITERIA: ("passes the desk pre-screen",),
}
"""How the events begin that do not happen in a trial without the part: their day is another event's."""


def _in_words_of(scenario: Scenario, events: Log) -> Log:
    """Return the events that happen in the scenario's trial, in its words."""
    parts = scenario.parts
    absent = tuple(begins for part, some in _WITHOUT.items() if not parts.has(part) for begins in some)
    if not absent:
        return events
    return [(day, who, worded(event, parts)) for day, who, event in events if not event.startswith(absent)]


def events_before_enrolment(book: Ledger, criterion_ids: tuple[str, ...]) -> Log:
    """Return what befell every referred patient up to a cleared donor: (day, who, event)."""
    events: Log = []
    for k in range(len(book.state)):
        who = f"{book.site[k] + 1}-{book.index[k] + 1}"
        for name, event in _MILESTONES.items():
            day = float(getattr(book, name)[k])
            if np.isfinite(day):
                events.append((day, who, event))
        if book.state[k] < State.READY:
            reason = Exit(int(book.reason[k])).text
            cause = f" ({criterion_ids[book.criterion[k]]})" if book.criterion[k] >= 0 else ""
            events.append((float(book.exit_day[k]), who, f"leaves: {reason}{cause}"))
    return events


def responses(book: Ledger, response_day: float) -> Log:
    """Return the response assessment of every infused patient who lived to it: (day, who, event)."""
    events: Log = []
    for k in np.flatnonzero(np.isfinite(book.infused_day)):
        day = float(book.infused_day[k]) + response_day
        died_before = book.reason[k] == Exit.DIED and book.exit_day[k] < day
        if not died_before and book.reason[k] != Exit.NOT_FINISHED:
            found = "CR or CRi" if book.response[k] else "no response"
            events.append((day, f"{book.site[k] + 1}-{book.index[k] + 1}", f"response: {found}"))
    return events


_MILESTONES: Final = {
    "referred_day": "referred",
    "prescreened_day": "passes the desk pre-screen",
    "consented_day": "consents, screening and donor workup start",
    "eligible_day": "eligible",
    "ready_day": "donor cleared too: asks for a slot",
}
