"""A forecast as text: dates where the opening is known, else months. No number is computed here."""

import math
from typing import Final

from simulator.analysis.accrual_tables import BANDS, infused_a_month
from simulator.analysis.by_key import by_key
from simulator.analysis.forecast_tables import Forecast
from simulator.analysis.formatted_estimate import months_with_error, share_of_trials, two_digits
from simulator.analysis.unfinished import months_text
from simulator.durations import DAYS_PER_MONTH
from simulator.report.render.text import columns_within, wrapped
from simulator.runs.results import BALANCED
from simulator.scenario.accrual_note import accrual_note
from simulator.scenario.wording import counted, in_words_of
from simulator.trial.waiting_times import Waiting

WIDTH: Final = 80
NEVER_WORD: Final = "never"
EXPLAINED: Final = (
    "Bands are over all trials: one that ends before patient N, or reaches the calendar limit, never has that "
    "patient, which counts as later than any date. So a median 'never' says that most trials end earlier; a band "
    "that ends in 'never' is open to the right and holds at least what it says. Reached: share of trials with "
    "patient N."
)


def render(found: Forecast) -> str:
    """Return the forecast as plain text."""
    about = found.scenario.about
    lines = _wrapped(f"{about.registry_id or 'Scenario'}: {about.title}")
    lines += _wrapped(_what(found)) + _wrapped(_truths(found))
    for design in found.designs:
        lines += ["", f"{design}: {'date' if found.first_opened else 'month'} of patient N"]
        lines += _milestones(found, design)
        lines += ["", *_waiting(found, design)]
    lines += ["", *_sites(found)] if found.history is not None else _referrals(found)
    lines += ["", *_wrapped(EXPLAINED)]
    for note in found.notes:
        lines += _wrapped(f"Note: {note}.", "  ")
    return in_words_of(found.scenario, "\n".join(lines) + "\n")


def _wrapped(text: str, indent: str = "") -> list[str]:
    return wrapped(text, indent, WIDTH)


def _what(found: Forecast) -> str:
    trials = f"{counted(found.replicates, 'simulated trial')} per design, seed {found.plan.seed}"
    if found.history is not None:
        so_far = found.history
        return (
            f"Forecast from the cut date {so_far.cut}, {so_far.cut_day / DAYS_PER_MONTH:.1f} months after the first "
            f"site opened on {so_far.first_opened}: {_so_far(found)}. {trials}, run by SimPy."
        )
    opened = "" if found.first_opened is None else f" on {found.first_opened}"
    return f"Forecast from the opening of the first site{opened}: {trials}."


def _referrals(found: Forecast) -> list[str]:
    """Return what decides the months of a trial that has not begun: how its referral rate is known."""
    said = accrual_note(found.scenario)
    if said is None:
        return []
    infused = (
        f"{design} {two_digits(*infused_a_month(found.rows.of(k)))}" for k, design in enumerate(found.designs)
    )
    here = f"Infused a month, to the recommendation: {', '.join(infused)}."
    return ["", *_wrapped(f"Referrals: {said}. {here}")]


def _so_far(found: Forecast) -> str:
    assert found.plan.cut is not None
    enrolled, infused, evaluable = found.plan.cut.so_far
    sites = len(found.plan.cut.history.sites)
    return (
        f"{len(found.plan.cut.history.patients)} patients recorded at {sites} site{'s' if sites > 1 else ''}, "
        f"{enrolled} enrolled, {infused} infused, {evaluable} evaluable"
    )


def _truths(found: Forecast) -> str:
    if len(found.weights) == 1:
        return f"Under truth {found.truth}."
    name = "the balanced set" if found.truth == BALANCED else "truths"
    weights = ", ".join(f"{truth} {100 * weight:.0f} %" for truth, weight in found.weights.items())
    learnt = ", equally likely before the outcomes so far" if found.history is not None else ""
    return f"Over {name}, each trial under one: {weights}{learnt}."


def _milestones(found: Forecast, design: str) -> list[str]:
    values = by_key(found.milestones, "design", "state", "patient")
    rows = []
    for state in found.milestones["state"].unique():
        for n in found.asked:
            of = values[design, state, n]
            cells = [
                str(state),
                str(n),
                share_of_trials(of["reached"], found.replicates),
                _time(found, of["median"]),
            ]
            for low, high in BANDS.values():
                ends = [_time(found, of[low]), _time(found, of[high])]
                cells.append(NEVER_WORD if ends == [NEVER_WORD] * 2 else " to ".join(ends))
            rows.append(cells)
    headings = ["", "N", "reached", "median", *(f"{percent} % band" for percent in BANDS)]
    return columns_within(WIDTH, headings, rows, names=2)


def _time(found: Forecast, one: tuple[float, float]) -> str:
    """Return a date, or months with their error where that shows."""
    months, _ = one
    if math.isinf(months):
        return NEVER_WORD
    day = found.date_of(months)
    if day is not None:
        return day.isoformat()
    return months_with_error(one)


def _waiting(found: Forecast, design: str) -> list[str]:
    values = by_key(found.waiting, "design", "waiting")
    since = "from the cut date on" if found.history is not None else "from the opening on"
    rows = []
    made = found.scenario.product is not None
    for name in [*(one.name.lower() for one in Waiting if made or one is not Waiting.PRODUCT), "total"]:
        of = values[design, name]
        text = "in all" if name == "total" else Waiting[name.upper()].text
        rows.append(
            [
                text,
                months_with_error(of["mean"]),
                *(_quantile(found, name, of[at][0]) for at in ("p10", "median", "p90")),
            ]
        )
    unfinished = share_of_trials(values[design, "not_finished"]["share"], found.replicates)
    return [
        f"Months to the recommendation {since}, by what was waited for",
        *columns_within(WIDTH, ["waiting for", "mean", "p10", "median", "p90"], rows),
        *_wrapped(f"No recommendation by the calendar limit: {unfinished} of trials, counted up to it."),
    ]


def _quantile(found: Forecast, name: str, months: float) -> str:
    """Return a quantile of months; of the total "> 120" where the calendar limit cuts it."""
    limit = found.scenario.trial.calendar_limit_months - found.from_day / DAYS_PER_MONTH
    return months_text(months, limit if name == "total" else math.inf)


def _sites(found: Forecast) -> list[str]:
    rows = []
    for (site,), of in by_key(found.sites, "site").items():
        value = {name: one for name, (one, _) in of.items()}
        rows.append(
            [
                str(site),
                f"{value['counted']:.0f}",
                f"{value['exposure_months']:.1f}",
                f"{value['rate_assumed']:.2f}",
                f"{value['rate_mean']:.2f}",
                f"{value['rate_p10']:.2f} to {value['rate_p90']:.2f}",
            ]
        )
    return [
        *_wrapped(
            "Referrals a month at full rate, as the scenario has them and given what was seen (Poisson-Gamma)"
        ),
        *columns_within(
            WIDTH, ["site", "counted", "exposure, months", "assumed", "now", "80 % interval"], rows
        ),
    ]
