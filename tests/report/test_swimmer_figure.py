"""The swimmer plot shows every enrolled patient of the ledger once, with the days and what happened."""

import numpy as np
import pytest
from matplotlib.axes import Axes

from simulator.report.figures import COLUMN_CM, PAGE_CM, new_axes, swimmer_plot
from simulator.report.figures.style import MOST_ENTRIES
from simulator.trial.ledger import Exit, State
from tests.report.legible import assert_legible
from tests.report.trials import CASES, trial


def lanes(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.get_yticklabels()]


def marked(axes: Axes, label: str) -> dict[int, float]:
    """Return lane -> days after enrolment of the marks with this label."""
    [line] = [one for one in axes.lines if one.get_label() == label]
    days, heights = (np.asarray(values, dtype=float) for values in line.get_data())
    return dict(zip(heights.astype(int).tolist(), days.tolist(), strict=True))


def bars(axes: Axes) -> dict[int, tuple[float, float]]:
    """Return lane -> first and last day of observation."""
    found = {}
    for patch in axes.patches:
        if patch.get_gid() == "after infusion":
            x, y, width, height = patch.get_bbox().bounds  # type: ignore[attr-defined]
            found[round(y + height / 2)] = (x, x + width)
    return found


@pytest.mark.parametrize("case", CASES)
def test_lanes_are_the_enrolled_in_order_of_enrolment(case: tuple[str, str, int]) -> None:
    again = trial(*case)
    book = again.ledger
    rows = np.flatnonzero(book.state >= State.ENROLLED)
    ordered = sorted(rows.tolist(), key=lambda k: book.enrolled_day[k])
    assert lanes(swimmer_plot(again)) == [f"{book.site[k] + 1}-{book.index[k] + 1}" for k in ordered]


@pytest.mark.parametrize("case", CASES)
def test_bars_run_from_infusion_to_the_end_of_observation(case: tuple[str, str, int]) -> None:
    again = trial(*case)
    book = again.ledger
    axes = swimmer_plot(again)
    found = bars(axes)
    names = lanes(axes)
    by_name = {f"{book.site[k] + 1}-{book.index[k] + 1}": k for k in range(len(book.state))}
    infused = {h for h, name in enumerate(names) if np.isfinite(book.infused_day[by_name[name]])}
    assert set(found) == infused
    assert len(infused) == again.ledger.count(State.INFUSED)
    for height, (start, end) in found.items():
        k = by_name[names[height]]
        assert start == pytest.approx(book.infused_day[k] - book.enrolled_day[k])
        assert end == pytest.approx(book.exit_day[k] - book.enrolled_day[k])
    dlts, responses = marked(axes, "DLT"), marked(axes, "response")
    left = marked(axes, "leaves before infusion")
    for height, name in enumerate(names):
        k = by_name[name]
        assert (height in dlts) == (book.reason[k] == Exit.DLT)
        assert (height in responses) == bool(book.response[k])
        assert (height in left) == (height not in infused)
        if height in dlts:
            assert dlts[height] == pytest.approx(book.evaluable_day[k] - book.enrolled_day[k])
        if height in responses:
            after = book.infused_day[k] + again.response_day - book.enrolled_day[k]
            assert responses[height] == pytest.approx(after)


def test_decisions_stand_between_those_enrolled_before_and_after() -> None:
    again = trial("boin", "M4", 3)
    axes = swimmer_plot(again)
    book = again.ledger
    enrolled = np.sort(book.enrolled_day[np.isfinite(book.enrolled_day)])
    drawn = [float(np.asarray(one.get_ydata())[0]) for one in axes.lines if one.get_gid() == "decision"]
    followed = [one for one in again.decisions[:-1] if one.level]
    assert drawn == [(enrolled < one.day).sum() - 0.5 for one in followed]
    [last] = [one for one in axes.lines if one.get_gid() == "recommendation"]
    assert np.asarray(last.get_ydata())[0] == (enrolled < again.recommended_day).sum() - 0.5
    said = [text.get_text() for text in axes.texts if text.get_text().startswith("month")]
    assert sum(text.count("level") for text in said) == len(followed) + bool(again.selected)


def test_the_level_stands_behind_every_lane_and_on_a_page_the_reason() -> None:
    again = trial("boin", "M4", 3)
    book = again.ledger
    behind = {round(text.xy[1]): text.get_text() for text in swimmer_plot(again).texts if hasattr(text, "xy")}
    names = lanes(swimmer_plot(again))
    by_name = {f"{book.site[k] + 1}-{book.index[k] + 1}": k for k in range(len(book.state))}
    for height, name in enumerate(names):
        k = by_name[name]
        reason = Exit(int(book.reason[k]))
        level = [str(book.level_assigned[k])] if np.isfinite(book.infused_day[k]) else []
        assert behind[height] == ", ".join(
            level + ([] if reason in (Exit.DLT, Exit.NO_DLT) else [reason.text])
        )
    column = swimmer_plot(again, new_axes(COLUMN_CM, 18))
    assert {text.get_text() for text in column.texts if hasattr(text, "xy")} <= {"", "1", "2", "3", "4"}


def test_the_legend_recommends_what_the_trial_recommends() -> None:
    for case in CASES:
        again = trial(*case)
        legend = swimmer_plot(again).get_legend()
        assert legend is not None
        recommended = f"level {again.selected}" if again.selected else "none"
        said = " ".join([*(text.get_text() for text in legend.get_texts()), swimmer_plot(again).get_xlabel()])
        assert f"recommendation: {recommended}" in said.replace("\n", " ")
        assert len(legend.get_texts()) <= MOST_ENTRIES
        design, truth, replicate = case
        assert legend.get_title().get_text() == f"{design}, truth {truth}, replicate {replicate}, seed 5"


@pytest.mark.parametrize("case", CASES)
def test_every_text_is_legible(case: tuple[str, str, int]) -> None:
    assert_legible(swimmer_plot(trial(*case)))
    lanes_drawn = trial(*case).ledger.count(State.ENROLLED)
    assert_legible(swimmer_plot(trial(*case), new_axes(COLUMN_CM, 6 + 0.34 * lanes_drawn)))


def test_a_trial_in_which_nobody_is_enrolled_is_drawn_empty() -> None:
    from simulator.studies.replay import replay
    from tests.analysis.runs import scenario

    nobody = scenario().with_changes(
        {"arrivals.referrals_per_site_month": 0, "trial.calendar_limit_months": 12}
    )
    axes = swimmer_plot(replay(nobody, "boin", "M4", 0, seed=5), new_axes(PAGE_CM, 8))
    assert lanes(axes) == []
