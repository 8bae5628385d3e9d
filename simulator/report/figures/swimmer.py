"""The swimmer plot of one simulated trial: a lane a patient, from enrolment to the end of observation."""

from typing import Any, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from simulator.analysis.trial_replay import TrialReplay
from simulator.durations import DAYS_PER_MONTH
from simulator.report.figures.style import COLOURS, GREY, PALE_GREY, is_narrow, legend_above, new_axes, styled
from simulator.report.figures.words import in_words_of_its_trial
from simulator.trial.ledger import Exit, Ledger

CM_PER_LANE: Final = 0.32
CM_AROUND: Final = 4.2
LANE: Final = 0.72
HATCH: Final = "....."
MARKS: Final[dict[str, dict[str, Any]]] = {
    "DLT": {"marker": "X", "color": "black", "markersize": 5.5, "markeredgecolor": "white"},
    "response": {"marker": "*", "color": "white", "markersize": 7, "markeredgecolor": "black"},
    "leaves before infusion": {"marker": "o", "color": "white", "markersize": 3.5, "markeredgecolor": GREY},
}
"""How events are drawn; all carry their name as label."""


@in_words_of_its_trial
def swimmer_plot(replay: TrialReplay, ax: Axes | None = None) -> Axes:
    """Draw every enrolled patient of one simulated trial, in order of enrolment, by days after enrolment.

    Thin: from enrolment to infusion, or to where the patient leaves. Thick: from infusion to the end of
    observation, in the colour of the level, whose number stands behind the lane; dotted in expansion. On a
    page the reason stands there too where the patient is not DLT-evaluable. Horizontal lines: decisions, between
    those enrolled before and after, with the month of the trial and the level that follows.

    Parameters
    ----------
    ax
        Axes to draw on; by default a new figure of page width, as high as it needs.
    """
    book = replay.ledger
    lanes = enrolled_in_order(book)
    axes = new_axes(height_cm=CM_AROUND + CM_PER_LANE * len(lanes)) if ax is None else ax
    narrow = is_narrow(axes)
    with styled():
        for height, k in enumerate(lanes.tolist()):
            _lane(axes, replay, k, height, reasons=not narrow)
        _events(axes, replay, lanes)
        handles = [*_decisions(axes, replay, lanes, narrow=narrow), *_entries(replay, lanes)]
        _finish(axes, replay, lanes)
        title = f"{replay.design}, truth {replay.truth}, replicate {replay.replicate}, seed {replay.seed}"
        legend_above(axes, handles, title)
    return axes


def enrolled_in_order(book: Ledger) -> NDArray[np.intp]:
    """Return the rows of the enrolled patients, in order of enrolment."""
    rows = np.flatnonzero(book.level_at_slot > 0)
    return rows[np.lexsort((rows, book.enrolled_day[rows]))]


def _lane(axes: Axes, replay: TrialReplay, k: int, height: int, *, reasons: bool) -> None:
    """Draw one patient, and what is written behind the lane."""
    book = replay.ledger
    infused = bool(np.isfinite(book.infused_day[k]))
    end = book.exit_day[k] - book.enrolled_day[k]
    turn = book.infused_day[k] - book.enrolled_day[k] if infused else end
    axes.plot([0, turn], [height, height], color=GREY, linewidth=1.0, zorder=2, gid="before infusion")
    level = int(book.level_assigned[k])
    if infused:
        axes.barh(
            height,
            end - turn,
            left=turn,
            height=LANE,
            color=COLOURS[(level - 1) % len(COLOURS)],
            edgecolor="white",
            linewidth=0,
            hatch=HATCH if book.expansion[k] else None,
            zorder=3,
            gid="after infusion",
        )
    reason = Exit(int(book.reason[k]))
    words = [str(level)] if infused else []
    if reasons and reason not in (Exit.DLT, Exit.NO_DLT):
        words.append(reason.text)
    last = max(end, turn + replay.response_day) if book.response[k] else end
    axes.annotate(
        ", ".join(words),
        (last, height),
        xytext=(6, 0),
        textcoords="offset points",
        va="center_baseline",
        zorder=5,
    )


def _events(axes: Axes, replay: TrialReplay, lanes: NDArray[np.intp]) -> None:
    """Mark DLTs, responses, and those who leave before infusion, in days after enrolment."""
    book = replay.ledger
    infused = np.isfinite(book.infused_day[lanes])
    days = {
        "DLT": np.where(book.dlt[lanes], book.exit_day[lanes], np.nan),
        "response": np.where(book.response[lanes], book.infused_day[lanes] + replay.response_day, np.nan),
        "leaves before infusion": np.where(infused, np.nan, book.exit_day[lanes]),
    }
    for name, when in days.items():
        known = np.isfinite(when)
        style = {"linestyle": "none", "markeredgewidth": 0.6, **MARKS[name]}
        after = (when - book.enrolled_day[lanes])[known]
        axes.plot(after, np.flatnonzero(known), label=name, zorder=4, **style)


def _decisions(axes: Axes, replay: TrialReplay, lanes: NDArray[np.intp], *, narrow: bool) -> list[Artist]:
    """Draw the decisions between those enrolled up to each and after it; return the legend entries."""
    enrolled = replay.ledger.enrolled_day[lanes]
    *decisions, recommendation = replay.decisions
    texts_at: dict[float, list[str]] = {}
    light: dict[str, Any] = {"color": GREY, "linewidth": 0.6, "linestyle": (0, (2, 2))}
    heavy: dict[str, Any] = {"color": "black", "linewidth": 1.0}
    for one in [*(one for one in decisions if one.level), recommendation]:
        before = int((enrolled < one.day).sum())
        last = one is recommendation
        axes.axhline(
            before - 0.5, zorder=1, gid="recommendation" if last else "decision", **(heavy if last else light)
        )
        text = f"level {one.level}" if one.level else "none"
        if not narrow:
            text = f"month {one.day / DAYS_PER_MONTH:.0f}: {text}"
        texts_at.setdefault(before - 0.5, []).append(text)
    for height, texts in texts_at.items():
        axes.text(1.01, height, "; ".join(texts), transform=axes.get_yaxis_transform(), va="center_baseline")
    recommended = f"level {replay.selected}" if replay.selected else "none"
    return [
        Line2D([], [], label="decision: level that follows", **light),
        Line2D([], [], label=f"recommendation: {recommended}", **heavy),
    ]


def _entries(replay: TrialReplay, lanes: NDArray[np.intp]) -> list[Artist]:
    """Return the legend entries of what is drawn."""
    book = replay.ledger
    infused = np.isfinite(book.infused_day[lanes])
    levels = sorted(set(book.level_assigned[lanes][infused].tolist()))
    entries: list[Artist] = [Line2D([], [], color=GREY, linewidth=1.0, label="enrolled, not yet infused")]
    entries += [
        Patch(facecolor=COLOURS[(level - 1) % len(COLOURS)], linewidth=0, label=f"level {level}, observed")
        for level in levels
    ]
    if book.expansion[lanes][infused].any():
        entries.append(
            Patch(facecolor=PALE_GREY, edgecolor="white", hatch=HATCH, linewidth=0, label="in expansion")
        )
    drawn = {
        "DLT": book.dlt[lanes].any(),
        "response": book.response[lanes].any(),
        "leaves before infusion": not infused.all(),
    }
    entries += [
        Line2D([], [], linestyle="none", markeredgewidth=0.6, label=name, **MARKS[name])
        for name, any_such in drawn.items()
        if any_such
    ]
    return entries


def _finish(axes: Axes, replay: TrialReplay, lanes: NDArray[np.intp]) -> None:
    book = replay.ledger
    axes.set_ylim(max(len(lanes), 1) - 0.3, -0.7)
    axes.set_yticks(range(len(lanes)), [f"{book.site[k] + 1}-{book.index[k] + 1}" for k in lanes.tolist()])
    axes.tick_params(labelsize="medium")
    axes.tick_params(axis="y", length=0)
    ends = book.exit_day[lanes] - book.enrolled_day[lanes]
    responses = np.where(
        book.response[lanes], book.infused_day[lanes] + replay.response_day - book.enrolled_day[lanes], 0.0
    )
    longest = max([1.0, *ends.tolist(), *responses.tolist()])
    axes.set_xlim(0, longest * (1.1 if is_narrow(axes) else 1.25))
    axes.set_xlabel("days after enrolment")
    axes.set_ylabel("patient enrolled, site-number")
