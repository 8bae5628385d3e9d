"""Screening logs of trials that the calendar itself has simulated, as a site would have kept them."""

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from simulator.eligibility.screen import criteria
from simulator.population.screened_referrals import refer
from simulator.randomness import Block, Purpose, Streams
from simulator.runs.plan import run_plan
from simulator.scenario.scenario import Scenario
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.batches import Attempt
from simulator.trial.intake import Intake, Stages, draw_intakes
from simulator.trial.ledger import NEVER, Exit, State
from simulator.trial.product import Batch
from simulator.trial.record import ledger
from simulator.trial.run import run_trial
from simulator.trial.setting import needed_pass

OPENED = date(2025, 11, 1)
MOST_INFUSED = 50
FROM_LEDGER = (
    "referred",
    "prescreened",
    "consented",
    "eligible",
    "enrolled",
    "leukapheresed",
    "released",
    "lymphodepleted",
    "infused",
)
HEADER = (
    *("patient", "site", "opened", "donor", *FROM_LEDGER, "screened", "donor_cleared", "manufactured"),
    *("collected", "failed_batches", "out_of_specification_batches", "left", "reason", "criterion"),
)


@dataclass(frozen=True)
class SimulatedLog:
    """A log as CSV, and the day on which it ends."""

    text: str
    cut: date
    stages: Stages

    def write(self, folder: Path) -> Path:
        path = folder / "log.csv"
        path.write_text(self.text, encoding="utf-8")
        return path


def simulated_log(scenario: Scenario, patients: int, seed: int, replicate: int = 0) -> SimulatedLog:
    """Return the log of a trial up to the day on which the last of so many patients is referred.

    A trial that ends before is logged up to its end.
    """
    name = scenario.designs[-1].name
    truth = scenario.question_truths[-1]  # hardly ever stopped for safety
    stages = run_plan(scenario, [name], [truth.name], seed).stages
    [intake] = draw_intakes(stages, Streams(seed), range(replicate, replicate + 1))
    risks = dose_risks(truth, stages.outcomes, stages.rules.dose_levels)
    rules, limits = setting(stages, stages.outcomes), needed_pass(MOST_INFUSED)
    trial = run_trial(rules, limits, intake, rulebook(scenario.design(name)), risks)
    book = ledger(trial)
    count = min(patients, len(book.state))
    cut = int(book.referred_day[count - 1]) + 1 if count else 1
    batches: dict[int, list[tuple[Attempt, float]]] = {}
    for batch in trial.batches:
        mine = batches.setdefault(int(intake.position[batch.patient.i]), [])
        tests = (
            0.0
            if batch.end is Batch.FAILED
            else trial.candidates.products.release[len(mine)][batch.patient.i]
        )
        mine.append((batch, batch.slot_until + tests))
    side = _side_steps(stages, intake, seed)
    ids = [one.id for one in criteria(stages.eligibility)]
    rows = []
    for k in range(count):
        left = float(book.exit_day[k])
        over = left < cut
        cell = {
            "patient": f"{book.site[k] + 1}-{book.index[k] + 1}",
            "site": f"site {book.site[k] + 1}",
            "opened": _date(side.opening[int(book.site[k])], cut),
            "donor": "prior" if side.is_prior[k] else "new",
        }
        cell |= {column: _date(float(getattr(book, f"{column}_day")[k]), cut) for column in FROM_LEDGER}
        if np.isfinite(book.consented_day[k]):
            end = book.consented_day[k] + side.screening_days[k]
            donor = side.donor_day[k]
            cell["screened"] = _date(end, cut) if end <= left else ""
            cell["donor_cleared"] = _date(donor, cut) if donor < left and not side.donor_fails[k] else ""
        cell |= _of_batches(batches.get(k, []), cut)
        reason = Exit(int(book.reason[k]))
        if over and book.infused_day[k] > left and book.state[k] < State.INFUSED:
            closed = reason in (Exit.TRIAL_CLOSED, Exit.NOT_FINISHED)
            cell |= {"left": _date(left, cut), "reason": "other" if closed else reason.text}
            cell["criterion"] = ids[book.criterion[k]] if book.criterion[k] >= 0 else ""
        rows.append([cell.get(column, "") for column in HEADER])
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([HEADER, *rows])
    return SimulatedLog(written.getvalue(), OPENED + timedelta(days=cut - 1), stages)


@dataclass(frozen=True)
class _SideSteps:
    """What the ledger does not keep: end of the first screening, the donor's workup, openings."""

    screening_days: np.ndarray
    donor_day: np.ndarray
    donor_fails: np.ndarray
    is_prior: np.ndarray
    opening: list[float]


def _side_steps(stages: Stages, intake: Intake, seed: int) -> _SideSteps:
    from simulator.population.arrivals import site_opening_days

    streams = Streams(seed)
    sites = range(stages.arrivals.sites)
    counts = [int((intake.site == site).sum()) for site in sites]
    blocks = [Block(intake.replicate, site, 0, count) for site, count in zip(sites, counts, strict=True)]
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    at = first[intake.site] + intake.index
    _, screening_u, _, _ = (lane[at] for lane in streams.columns(Purpose.SCREENING, blocks))
    donor_u, fails_u, _, _ = (lane[at] for lane in streams.columns(Purpose.DONOR, blocks))
    is_prior = refer(stages.population, stages.eligibility, streams, blocks).has_prior_donor[at]
    law = stages.screening
    donor = np.where(is_prior, law.prior_donor.days(donor_u), law.new_donor.days(donor_u))
    return _SideSteps(
        law.screening.days(screening_u),
        intake.paths.consented_day + donor,
        fails_u < law.donor_failure,
        is_prior,
        [site_opening_days(stages.arrivals, streams, intake.replicate, site) for site in sites],
    )


def _of_batches(made: list[tuple[Attempt, float]], cut: int) -> dict[str, str]:
    """Return what a log says of the batches begun before the cut."""
    begun = [one for one, _ in made if one.slot_from < cut]
    if not begun:
        return {}
    known = [one for one, known_day in made if one.end is not None and known_day < cut]
    lost = {end: sum(one.end is end for one in known) for end in (Batch.FAILED, Batch.OUT_OF_SPECIFICATION)}
    last = begun[-1]
    cell = {
        "failed_batches": str(lost[Batch.FAILED]),
        "out_of_specification_batches": str(lost[Batch.OUT_OF_SPECIFICATION]),
    }
    if len(begun) > 1:
        cell["collected"] = _date(last.slot_from, cut)
    is_lost = last in known and last.end is not Batch.RELEASED
    if not is_lost and last.end in (Batch.RELEASED, Batch.OUT_OF_SPECIFICATION):
        cell["manufactured"] = _date(last.slot_until, cut)
    return cell


def _date(day: float, cut: int) -> str:
    return (OPENED + timedelta(days=int(day))).isoformat() if day < min(cut, NEVER) else ""
