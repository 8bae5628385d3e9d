"""The pictures of the page: patient flow, months, selection by level, and what the trial takes and costs.

Bars are HTML, so that labels wrap and stay readable on a phone; only the curve of the months is drawn as SVG.
"""

from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.analysis.changes import MONTHS
from simulator.analysis.flow import flow
from simulator.analysis.flow_lines import FlowLine, Kind, flow_lines_of
from simulator.analysis.resource_words import COUNT_WORDS
from simulator.analysis.resources import resources
from simulator.analysis.unfinished import months_text
from simulator.analysis.used import count_of_trials, distribution
from simulator.report.words import stage_words
from simulator.runs.results import Results, TruthTarget
from simulator.what_if_page.answer import Say
from simulator.what_if_page.calendar_numbers import CalendarNumbers

TAKEN: Final = (
    "cost_per_trial",
    "screenings",
    "donors_worked_up",
    "leukaphereses",
    "batches",
    "batches_wasted",
    "inpatient_days",
    "review_meetings",
    "trial_months",
)
"""Resources that have a bar, where the trial has them."""
ENDED: Final = "Share of trials that have ended by month, with a recommendation or at the calendar limit."
KEY: Final = (
    '<p class="wi-key"><span class="wi-swatch wi-base"></span>base '
    '<span class="wi-swatch wi-now"></span>now</p>'
)
WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM = 640, 220, 72, 24, 34


def pictures(numbers: CalendarNumbers, say: Say) -> str:
    """Return all pictures of a setting against its base."""
    parts = [
        ("Months to the recommendation", months_picture(_months(numbers))),
        (_cost_title(numbers), _taken(numbers, say)),
        ("Patient flow, mean patients per trial", _flow(numbers, say)),
        ("Selected level, % of trials", _selection(numbers)),
    ]
    drawn = "".join(
        f'<section class="wi-picture"><h3>{escape(say(title))}</h3>{body}</section>' for title, body in parts
    )
    return f'<h2>Pictures</h2>{KEY}<div class="wi-pictures">{drawn}</div>'


class Curve(NamedTuple):
    """The months of every trial of a run, ascending, and the calendar limit that cuts them."""

    kind: str
    name: str
    months: NDArray[np.float64]
    limit: float


def _months(numbers: CalendarNumbers) -> list[Curve]:
    both = (("base", "Base", numbers.base), ("now", "Now", numbers.now))
    return [months_of(kind, name, results, numbers.group) for kind, name, results in both]


def months_of(kind: str, name: str, results: Results, group: str) -> Curve:
    """Return the months of every trial."""
    [months] = count_of_trials(results, MONTHS, group).values()
    return Curve(kind, name, months, results.plan.stages.rules.calendar_limit_months)


def months_picture(curves: Sequence[Curve]) -> str:
    """Return the share of trials that have ended by each month."""
    last = max(float(one.months[-1]) for one in curves)
    step = next(one for one in (3, 6, 12, 24, 48, 120) if last / one <= 8 or one == 120)
    end = step * max(1, int(np.ceil(last / step)))
    across, up = WIDTH - LEFT - RIGHT, HEIGHT - BOTTOM - 14

    def at(month: float, percent: float) -> str:
        return f"{LEFT + across * month / end:.1f},{HEIGHT - BOTTOM - up * percent / 100:.1f}"

    grid = ""
    for percent in (0, 50, 100):
        y = HEIGHT - BOTTOM - up * percent / 100
        grid += f'<line class="wi-grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        grid += f'<text x="{LEFT - 6}" y="{y + 5:.1f}" text-anchor="end">{percent} %</text>'
    for month in range(0, end + 1, step):
        x = LEFT + across * month / end
        grid += f'<text x="{x:.1f}" y="{HEIGHT - 10}" text-anchor="middle">{month}</text>'
    lines, said = "", []
    for kind, name, months, limit in curves:
        values, percents = distribution(months)
        points, height = [at(0, 0)], 0.0
        for value, percent in zip(values.tolist(), percents.tolist(), strict=True):
            points += [at(value, height), at(value, percent)]
            height = percent
        lines += f'<polyline class="wi-line wi-{kind}" points="{" ".join([*points, at(end, 100)])}"/>'
        quantiles = np.quantile(months, (0.1, 0.5, 0.9), method="inverted_cdf")
        low, middle, high = (months_text(one, limit) for one in quantiles.tolist())
        said.append(f"{name}: median {middle}, 80 % of trials {low} to {high} months")
    text = escape(". ".join(said) + ".")
    return (
        f'<svg class="wi-curve" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{ENDED} {text}">'
        f'{grid}{lines}</svg><p class="wi-said">{ENDED} {text}</p>'
    )


def _flow(numbers: CalendarNumbers, say: Say) -> str:
    """Return the stages with those who leave after each; the base's number is the grey bar."""
    both = [_flow_lines(results, numbers) for results in (numbers.base, numbers.now)]
    base, now = ({_flow_key(lines, k): one for k, one in enumerate(lines)} for lines in both)
    most = max(both[0][0].length, both[1][0].length)
    rows = ""
    for key, one in now.items():
        before = base[key].length if key in base else 0.0
        name = stage_words(one.name) if one.kind is Kind.STAGE else one.name
        kind = one.kind.name.lower()
        rows += _pair(_begun(say(name)) if kind == "stage" else say(name), before, one.length, most, kind)
    return rows


def _flow_lines(results: Results, numbers: CalendarNumbers) -> list[FlowLine]:
    return flow_lines_of(flow(results), numbers.design, numbers.group)


def _flow_key(lines: list[FlowLine], position: int) -> tuple[str, str]:
    """Return the stage a line stands below, and its name."""
    stages = [one.name for one in lines[: position + 1] if one.kind is Kind.STAGE]
    return stages[-1], lines[position].name


def _selection(numbers: CalendarNumbers) -> str:
    """Return a panel for each truth: averages of unlike truths say nothing of a level."""
    panels = ""
    for truth in numbers.truths:
        base, now = (_selected(results, numbers.design, truth) for results in (numbers.base, numbers.now))
        [arm] = numbers.now.positions_of(numbers.design, [truth])
        judged = TruthTarget.of(numbers.now.plan.design_truths[arm], numbers.now.target)
        rows = ""
        for level, (before, after) in enumerate(zip(base, now, strict=True)):
            name = f"{level}: risk {100 * judged.p_dlt[level - 1]:.0f} %" if level else "None"
            name += ", correct" if level == judged.correct else ""
            rows += _pair(name, 100 * before, 100 * after, 100.0, "stage", digits=0)
        panels += f'<div class="wi-panel"><h4>Truth {escape(truth)}</h4>{rows}</div>'
    return f'<div class="wi-panels">{panels}</div>'


def _selected(results: Results, design: str, truth: str) -> list[float]:
    selected = results.stacked(results.positions_of(design, [truth]), "selected")[0]
    levels = len(results.plan.stages.rules.dose_levels)
    shares: list[float] = (np.bincount(selected, minlength=levels + 1) / len(selected)).tolist()
    return shares


def _cost_title(numbers: CalendarNumbers) -> str:
    currency = numbers.scenario.costs.currency
    return f"What the trial takes and costs ({currency})" if currency else "What the trial takes"


def _taken(numbers: CalendarNumbers, say: Say) -> str:
    """Return a pair of bars for each resource, each on a scale of its own."""
    costs = numbers.scenario.costs
    both = [_means(resources(results, costs), numbers) for results in (numbers.base, numbers.now)]
    rows = ""
    for name in TAKEN:
        if name not in both[1]:
            continue
        before, after = (one.get(name, 0.0) for one in both)
        kind = "stage" if name == "cost_per_trial" else "taken"
        digits = 0 if max(before, after) >= 1000 else 1
        words = say(COUNT_WORDS[name].strip())
        words = "batches wasted" if name == "batches_wasted" else words
        rows += _pair(_begun(words), before, after, max(before, after) or 1.0, kind, digits=digits)
    if not costs.unit_costs:
        return rows + '<p class="wi-said">No cost: no price is given. Give one under “Prices”.</p>'
    missing = ", ".join(name.replace("_", " ") for name in costs.not_priced)
    return rows + (f'<p class="wi-said">Not priced: {escape(say(missing))}.</p>' if missing else "")


def _means(frame: pd.DataFrame, numbers: CalendarNumbers) -> dict[str, float]:
    rows = frame[
        (frame["design"] == numbers.design)
        & (frame["truth"] == numbers.group)
        & (frame["statistic"] == "mean")
    ]
    return dict(zip(rows["resource"], rows["value"], strict=True))


def _begun(text: str) -> str:
    """Return a text with a capital letter, its other letters as they are: DLT stays."""
    return text[:1].upper() + text[1:]


def _pair(name: str, before: float, after: float, most: float, kind: str, digits: int = 1) -> str:
    bars = "".join(
        f'<span class="wi-long wi-{of}" style="width:{min(100.0, 100 * value / most):.1f}%"></span>'
        for of, value in (("base", before), ("now", after))
    )
    return (
        f'<div class="wi-pair wi-{kind}"><span class="wi-pair-name">{escape(name)}</span>'
        f'<span class="wi-bars">{bars}</span><span class="wi-pair-number"><span>{before:,.{digits}f}</span> '
        f"<b>{after:,.{digits}f}</b></span></div>"
    )
