"""The swimmer plot of one simulated trial: a lane a patient, from enrolment to the end of observation."""

from typing import Any, Final

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simulator.analysis.replayed_patients import Course, courses, placed_decisions
from simulator.analysis.trial_replay import TrialReplay
from simulator.durations import DAYS_PER_MONTH
from simulator.report.figures.chosen import replay_words
from simulator.report.figures.style import (
    COLOURS,
    GREY,
    PALE_GREY,
    Marks,
    finished_rows,
    is_narrow,
    legend_above,
    new_axes,
    styled,
)
from simulator.report.figures.words import in_words_of_its_trial

CM_PER_LANE: Final = 0.32
CM_AROUND: Final = 4.2
LANE: Final = 0.72
SHARE_A_LETTER: Final = 0.0125
"""Width of a letter on a page, as a share of the axis."""
HATCH: Final = "....."
_EVENT: Final[dict[str, Any]] = {"linestyle": "none", "markeredgewidth": 0.6}
MARKS: Final[dict[str, dict[str, Any]]] = {
    "DLT": {**_EVENT, "marker": "X", "color": "black", "markersize": 5.5, "markeredgecolor": "white"},
    "response": {**_EVENT, "marker": "*", "color": "white", "markersize": 7, "markeredgecolor": "black"},
    "leaves before infusion": {
        **_EVENT,
        "marker": "o",
        "color": "white",
        "markersize": 3.5,
        "markeredgecolor": GREY,
    },
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
    lanes = courses(replay)
    axes = new_axes(height_cm=CM_AROUND + CM_PER_LANE * len(lanes)) if ax is None else ax
    narrow = is_narrow(axes)
    with styled():
        for height, course in enumerate(lanes):
            _lane(axes, course, height, reasons=not narrow)
        _events(axes, lanes)
        marks = _decisions(axes, replay, narrow=narrow)
        _finish(axes, lanes)
        if not narrow:
            _make_room(axes, lanes)
        legend_above(axes, _entries(lanes), replay_words(replay), marks)
    return axes


def _make_room(axes: Axes, lanes: list[Course]) -> None:
    """Let the axis go on until the reason behind every lane is inside it, clear of what stands beside the plot."""
    ends = [
        one.last / max(1 - SHARE_A_LETTER * (len(one.not_evaluable) + 4), 0.3)
        for one in lanes
        if one.not_evaluable
    ]
    axes.set_xlim(right=max([axes.get_xlim()[1], *ends]))


def _lane(axes: Axes, course: Course, height: int, *, reasons: bool) -> None:
    """Draw one patient, and what is written behind the lane."""
    turn = course.end if course.infused is None else course.infused
    axes.plot([0, turn], [height, height], color=GREY, linewidth=1.0, zorder=2, gid="before infusion")
    words = []
    if course.infused is not None:
        words.append(str(course.level))
        axes.barh(
            height,
            course.end - turn,
            left=turn,
            height=LANE,
            color=_colour(course.level),
            edgecolor="white",
            linewidth=0,
            hatch=HATCH if course.in_expansion else None,
            zorder=3,
            gid="after infusion",
        )
    if reasons and course.not_evaluable:
        words.append(course.not_evaluable)
    place: dict[str, Any] = {"xytext": (6, 0), "textcoords": "offset points", "va": "center_baseline"}
    axes.annotate(", ".join(words), (course.last, height), zorder=5, **place)


def _colour(level: int) -> str:
    return COLOURS[(level - 1) % len(COLOURS)]


def _days(lanes: list[Course]) -> dict[str, list[tuple[int, float]]]:
    """Return per kind of event the lane and the day of each."""
    of = list(enumerate(lanes))
    return {
        "DLT": [(k, one.end) for k, one in of if one.dlt],
        "response": [(k, one.response) for k, one in of if one.response is not None],
        "leaves before infusion": [(k, one.end) for k, one in of if one.infused is None],
    }


def _events(axes: Axes, lanes: list[Course]) -> None:
    """Mark DLTs, responses, and those who leave before infusion."""
    for name, found in _days(lanes).items():
        days, heights = [day for _, day in found], [lane for lane, _ in found]
        axes.plot(days, heights, label=name, zorder=4, **MARKS[name])


def _decisions(axes: Axes, replay: TrialReplay, *, narrow: bool) -> Marks:
    """Draw the decisions between those enrolled up to each and after it; return the legend entries, in words too."""
    texts_at: dict[float, list[str]] = {}
    light: dict[str, Any] = {"color": GREY, "linewidth": 0.6, "linestyle": (0, (2, 2))}
    heavy: dict[str, Any] = {"color": "black", "linewidth": 1.0}
    decisions = placed_decisions(replay)
    for k, (before, one) in enumerate(decisions, start=1):
        last = k == len(decisions)
        gid = "recommendation" if last else "decision"
        axes.axhline(before - 0.5, zorder=1, gid=gid, **(heavy if last else light))
        text = f"level {one.level}" if one.level else "none"
        if not narrow:
            text = f"month {one.day / DAYS_PER_MONTH:.0f}: {text}"
        texts_at.setdefault(before - 0.5, []).append(text)
    for height, texts in texts_at.items():
        axes.text(1.01, height, "; ".join(texts), transform=axes.get_yaxis_transform(), va="center_baseline")
    recommended = f"level {replay.selected}" if replay.selected else "none"
    follows, recommends = "decision: level that follows", f"recommendation: {recommended}"
    return [
        (Line2D([], [], label=follows, **light), f"dashed {follows}"),
        (Line2D([], [], label=recommends, **heavy), f"black line, {recommends}"),
    ]


def _entries(lanes: list[Course]) -> list[Artist]:
    """Return the legend entries of what is drawn."""
    infused = [one for one in lanes if one.infused is not None]
    entries: list[Artist] = [Line2D([], [], color=GREY, linewidth=1.0, label="enrolled, not yet infused")]
    if infused:
        colour = _colour(min(one.level for one in infused))
        entries.append(Patch(facecolor=colour, linewidth=0, label="observed; number and colour: level"))
    if any(one.in_expansion for one in infused):
        entries.append(
            Patch(facecolor=PALE_GREY, edgecolor="white", hatch=HATCH, linewidth=0, label="in expansion")
        )
    return entries + [
        Line2D([], [], label=name, **MARKS[name]) for name, found in _days(lanes).items() if found
    ]


def _finish(axes: Axes, lanes: list[Course]) -> None:
    names = [one.name for one in lanes]
    finished_rows(axes, max(len(lanes), 1) - 0.3, range(len(lanes)), names, top=-0.7)
    longest = max([1.0, *(one.last for one in lanes)])
    axes.set_xlim(0, longest * (1.1 if is_narrow(axes) else 1.25))
    axes.set_xlabel("days after enrolment")
    axes.set_ylabel("patient enrolled, site-number")
