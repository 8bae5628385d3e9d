"""The public verb `forecast`: when the N-th patient is enrolled, infused, evaluable, from now on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simulator.analysis import forecast_tables
from simulator.durations import DAYS_PER_MONTH
from simulator.errors import ScenarioError
from simulator.mid_trial.cut import Cut, cut_at, slot_share
from simulator.mid_trial.escalation_at_cut import departures
from simulator.mid_trial.history import AccrualHistory, read_history
from simulator.mid_trial.matching_pathways import draw_pool
from simulator.mid_trial.truth_weights import truth_weights
from simulator.outcomes.outcomes import Truth
from simulator.report import figures
from simulator.report.text.forecast import render
from simulator.runs.accrual import AccrualPlan, AccrualRows, run_accrual
from simulator.runs.plan import (
    number_of_replicates,
    number_of_workers,
    run_plan,
    whole_number,
)
from simulator.runs.progress import Progress
from simulator.runs.replicates import RunPlan, blocks, chunks
from simulator.runs.workers import run_with
from simulator.scenario.question import FEW_REPLICATES
from simulator.scenario.scenario import Scenario
from simulator.scenario.wording import counted
from simulator.trial.engines import Engine, prepare
from simulator.trial.ledger import NEVER, State

if TYPE_CHECKING:
    from simulator.report.figures.style import Axes

USUAL_MILESTONES: Final = (15, 30, 50)
NAMED: Final = 5
"""Patients named one by one in a note."""


@dataclass(frozen=True)
class Forecast(forecast_tables.Forecast):
    """A forecast, and what can be done with it: drawn, and shown in a notebook."""

    def plot(self, design: str | None = None, state: str = "enrolled", ax: "Axes | None" = None) -> "Axes":
        """Draw how many patients there are by which month; see `figures.accrual_forecast`."""
        with figures.shown_by_notebook():
            return figures.accrual_forecast(self, ax, state=state, design=design)

    def __repr__(self) -> str:
        """Return the forecast as `simulator forecast` prints it."""
        return render(self).rstrip()


def forecast(
    scenario: Scenario,
    designs: Sequence[str] | None = None,
    truths: Sequence[str] | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    workers: int = 1,
    *,
    milestones: Sequence[int] | None = None,
    so_far: str | PathLike[str] | None = None,
    cut_date: date | str | None = None,
    first_site_opened: date | str | None = None,
    progress: Progress | None = None,
) -> Forecast:
    """Forecast when the N-th patient is enrolled, infused and evaluable, over whole simulated trials.

    Each replicate is one trial under one truth; truths take turns. A trial that ends before patient N never reaches
    them: the probability of that is reported, and bands are over all trials.

    Parameters
    ----------
    designs
        Names from the scenario; by default the first.
    truths
        Names from the scenario, equally likely; by default those of the question. Mid-trial their
        probabilities are updated by the outcomes so far.
    replicates, seed
        The scenario's own by default.
    workers
        Processes; the numbers are the same for any number.
    milestones
        Patient numbers, up to `trial.enrolment_max`; by default 15, 30 and 50 as far as the trial allows.
    so_far
        CSV of what has happened (see `accrual_history`); with it the forecast starts at `cut_date`.
    first_site_opened
        Date, as 2025-11-01; by default the earliest row `opened` of the CSV. Without one months are no dates.
    progress
        Called after every chunk with replicates done and wanted.

    Raises
    ------
    ScenarioError
        For an unknown design or truth, or a number or date out of range.
    ProtocolError
        For a history with faults, all at once.
    """
    wanted = number_of_replicates(scenario, replicates)
    first_seed = whole_number("seed", scenario.run.seed if seed is None else seed, 0)
    workers = number_of_workers(workers)
    asked = _milestones(scenario, milestones)
    opened, cut_on = _date("first_site_opened", first_site_opened), _date("cut_date", cut_date)
    names = [scenario.designs[0].name] if designs is None else list(dict.fromkeys(designs))
    chosen = [truth.name for truth in scenario.question_truths] if truths is None else truths
    whole = run_plan(scenario, names if designs is None else designs, chosen, first_seed)
    used = _truths(whole, chosen)
    rules = {arm.design_name: arm.design for arm in whole.design_truths}
    history = _history(scenario, so_far, cut_on, opened)
    cut = None if history is None else _cut(scenario, history, whole, used)
    learnt = None if cut is None else truth_weights(cut, whole.stages, used)
    plan = AccrualPlan(
        stages=whole.stages,
        seed=first_seed,
        designs=rules,
        truths=used,
        weights=learnt or (1 / len(used),) * len(used),
        patients=max(scenario.trial.enrolment_max, *asked),
        cut=cut,
        engine=whole.engine,
    )
    rows = _run(plan, wanted, workers, progress)
    return Forecast(
        scenario=scenario,
        plan=plan,
        rows=rows,
        replicates=wanted,
        asked=asked,
        first_opened=opened if history is None else history.first_opened,
        history=history,
        weights={truth.name: weight for truth, weight in zip(used, plan.weights, strict=True)},
        notes=_notes(plan, wanted, history, learned=learnt is not None),
    )


def _run(plan: AccrualPlan, wanted: int, workers: int, progress: Progress | None) -> AccrualRows:
    parts: dict[int, AccrualRows] = {}
    done = 0
    if progress is not None:
        progress(0, wanted)
    compiled = plan.cut is None and plan.engine.engine == Engine.COMPILED
    if compiled:
        prepare(plan.engine.engine)
    for part, rows in run_with(
        run_accrual, plan, blocks(chunks(wanted)) if compiled else chunks(wanted), workers
    ):
        parts[part.start] = rows
        done += len(part)
        if progress is not None:
            progress(done, wanted)
    return AccrualRows.join(parts[start] for start in sorted(parts))


def _milestones(scenario: Scenario, asked: Sequence[int] | None) -> tuple[int, ...]:
    most = scenario.trial.enrolment_max
    if asked is None:
        usual = [n for n in USUAL_MILESTONES if n <= most]
        return tuple(usual or [most])
    for n in asked:
        if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= most:
            raise ScenarioError(f"milestones must be 1 to {most} (trial.enrolment_max), got {n!r}")
    if not asked:
        raise ScenarioError("milestones: name at least one patient number")
    return tuple(sorted(set(asked)))


EARLIEST: Final = date(1950, 1, 1)
LATEST: Final = date(2199, 12, 31)
"""Every day of a trial can be written as a date: its calendar limit is at most some decades."""


def _date(name: str, given: date | str | None) -> date | None:
    try:
        day = date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        raise ScenarioError(f"{name} must be a date, as 2026-05-01, got {given!r}") from None
    if day is not None and not EARLIEST <= day <= LATEST:
        raise ScenarioError(f"{name} must be a date from {EARLIEST} to {LATEST}, got {day}")
    return day


def _truths(whole: RunPlan, chosen: Sequence[str]) -> tuple[Truth, ...]:
    """Return the truths as named: the day-42 lines of `compare` are none of the mixture."""
    found = {arm.truth.name: arm.truth for arm in whole.design_truths}
    return tuple(found[name] for name in dict.fromkeys(chosen))


def _history(
    scenario: Scenario, so_far: str | PathLike[str] | None, cut_on: date | None, opened: date | None
) -> AccrualHistory | None:
    if so_far is None:
        if cut_on is not None:
            raise ScenarioError("cut_date belongs to a history: give so_far too")
        return None
    if cut_on is None:
        raise ScenarioError("cut_date is needed with a history: the date up to which it is complete")
    levels = len(scenario.trial.dose_levels)
    history = read_history(Path(so_far), cut_on, opened, scenario.arrivals.sites, levels)
    limit = scenario.trial.calendar_limit_months
    if history.cut_day >= limit * DAYS_PER_MONTH:
        months = history.cut_day / DAYS_PER_MONTH
        raise ScenarioError(
            f"cut_date {cut_on} is {months:.1f} months after the first site opened, "
            f"trial.calendar_limit_months is {limit:g}"
        )
    return history


def _cut(scenario: Scenario, history: AccrualHistory, whole: RunPlan, truths: tuple[Truth, ...]) -> Cut:
    pool = draw_pool(whole.stages, whole.seed)
    share = 1.0
    if history.recorded_from >= State.ENROLLED:
        share = slot_share(whole.stages, whole.design_truths[0].design, truths, history.cut_day, whole.seed)
    return cut_at(history, whole.stages, pool, share)


def _notes(
    plan: AccrualPlan, replicates: int, history: AccrualHistory | None, *, learned: bool
) -> tuple[str, ...]:
    """Return what the reader must know."""
    notes = []
    if replicates < FEW_REPLICATES:
        notes.append(
            f"{counted(replicates, 'replicate')}: read every number with its error; a plan needs thousands"
        )
    if plan.cut is not None and history is not None:
        notes += _notes_on_history(plan, plan.cut, history, learned)
    return tuple(notes)


def _notes_on_history(plan: AccrualPlan, cut: Cut, history: AccrualHistory, learned: bool) -> list[str]:
    notes = []
    state = history.recorded_from
    if state is not State.REFERRED:
        how = "consents" if state is State.CONSENTED else f"patients {state.name.lower()}"
        notes.append(
            f"referrals are not recorded: rates are learnt from {how}, thinned by the scenario's own conversion"
            + (" and its share of slots open, both approximate" if state >= State.ENROLLED else "")
        )
    if plan.stages.arrivals.site_effect_shape is None:
        notes.append("site_effect_shape is off: the rate is the scenario's, whatever has been referred")
    unopened = [rate.name for rate in cut.rates if not len(rate.opening_days)]
    if unopened:
        notes.append(f"not opened yet, by the scenario's law from the cut date on: {', '.join(unopened)}")
    unknown = [rate.name for rate in cut.rates if len(rate.opening_days) > 1]
    if unknown:
        notes.append(f"no opening date, drawn by the scenario's law and its patients: {', '.join(unknown)}")
    unseen = [one for one in (State.RELEASED, State.LYMPHODEPLETED) if one not in history.recorded]
    # Without a product nobody is in either state for any time.
    if unseen and plan.stages.product is not None:
        names = " and ".join(one.name.lower() for one in unseen)
        notes.append(
            f"{names} not recorded: who is in that state at the cut date is drawn as if waiting, so the very next "
            "infusion is forecast too late and too surely (its 80 % band held 62 % of simulated trials)"
        )
    notes += _notes_on_outcomes(cut, history, learned, len(plan.truths))
    if not history.has_exits:
        notes.append("no exit is recorded: whoever has no further row is taken to be under way")
    if cut.overdue:
        names = _named(history, list(cut.overdue))
        notes.append(
            f"longer in their state than the scenario ever has it: {names}; before enrolment taken to have "
            "left, from enrolment on their next step is taken to be due at the cut date"
        )
    for design, rule in plan.designs.items():
        found = departures(cut, plan.stages, rule, plan.truths[0])
        notes += [
            f"{design}: patient {history.patients[n].name}: {what}; the forecast goes on from what was done"
            for n, what in found[:NAMED]
        ]
        if len(found) > NAMED:
            notes.append(f"{design}: {len(found) - NAMED} more departures from the design's rules")
    return notes


def _notes_on_outcomes(cut: Cut, history: AccrualHistory, learned: bool, truths: int) -> list[str]:
    notes = []
    treated = [one for one in cut.treated if one.infused_day < NEVER]
    if treated and not cut.outcomes_recorded:
        notes.append(
            "outcomes so far are not given (no row evaluable): they are drawn from the truths, so that what was "
            "done is what the design asks"
        )
    elif treated and not history.has_dlts:
        notes.append(
            "DLTs so far are not given (no column dlt): evaluable before the end of the window is taken for a "
            "DLT, at its end for none"
        )
    if treated and not history.has_levels:
        notes.append("levels so far are not given: they are those that the design would have had in force")
    if treated and truths > 1 and not learned:
        notes.append("without levels and outcomes nothing is learnt of the truths: they stay equally likely")
    return notes


def _named(history: AccrualHistory, numbers: list[int]) -> str:
    names = [f"{history.patients[n].name} (line {history.patients[n].line})" for n in numbers[:NAMED]]
    more = len(numbers) - NAMED
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")
