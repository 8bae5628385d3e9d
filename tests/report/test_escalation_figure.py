"""The dose-escalation chart shows every infused patient once, at the level given, with the outcome."""

import numpy as np
import pytest
from matplotlib.axes import Axes

from simulator.analysis.replayed_patients import cohorts_of
from simulator.report.figures import COLUMN_CM, PAGE_CM, dose_escalation_chart, new_axes
from simulator.trial.ledger import Exit, State
from tests.analysis.runs import scenario
from tests.report.legible import assert_legible
from tests.report.trials import CASES, trial


def marked(axes: Axes, label: str) -> list[tuple[int, int]]:
    [line] = [one for one in axes.lines if one.get_label() == label]
    x, y = (np.asarray(values).astype(int).tolist() for values in line.get_data())
    return list(zip(x, y, strict=True))


@pytest.mark.parametrize("case", CASES)
def test_every_infused_patient_stands_once_at_his_level(case: tuple[str, str, int]) -> None:
    again = trial(*case)
    book = again.ledger
    axes = dose_escalation_chart(again)
    infused = np.flatnonzero(book.state >= State.INFUSED)
    infused = infused[np.argsort(book.infused_day[infused], kind="stable")]
    groups = {name: marked(axes, name) for name in ("DLT", "no DLT", "not DLT-evaluable")}
    drawn = sorted(place for group in groups.values() for place in group)
    assert drawn == [(order, book.level_assigned[k]) for order, k in enumerate(infused.tolist(), start=1)]
    reasons = {order: Exit(int(book.reason[k])) for order, k in enumerate(infused.tolist(), start=1)}
    assert [order for order, _ in groups["DLT"]] == [o for o, reason in reasons.items() if reason is Exit.DLT]
    assert [o for o, _ in groups["no DLT"]] == [o for o, reason in reasons.items() if reason is Exit.NO_DLT]


def test_a_chart_of_dlts_counts_those_of_the_trial() -> None:
    for case in CASES:
        assert len(marked(dose_escalation_chart(trial(*case)), "DLT")) == trial(*case).ledger.dlt.sum()


def test_the_star_stands_at_the_recommended_level_or_is_missing() -> None:
    with_level, without = trial("boin", "M4", 3), trial("3+3", "M0", 1)
    assert with_level.selected > 0
    [(_, level)] = marked(dose_escalation_chart(with_level), "recommended")
    assert level == with_level.selected
    assert without.selected == 0
    axes = dose_escalation_chart(without)
    assert "recommended" not in [one.get_label() for one in axes.lines]
    legend = axes.get_legend()
    assert legend is not None
    assert "recommended: none" in [text.get_text() for text in legend.get_texts()]


@pytest.mark.parametrize("case", CASES)
def test_one_decision_assigned_one_level_to_its_cohort(case: tuple[str, str, int]) -> None:
    """But to a patient who was moved since their level had closed, who stands at a lower one."""
    again = trial(*case)
    book = again.ledger
    infused = np.flatnonzero(np.isfinite(book.infused_day))
    cohorts = cohorts_of(again, infused)
    assert (cohorts[book.expansion[infused]] == 0).all()
    assert (book.level_assigned[infused][book.expansion[infused]] == again.selected).all()
    followed = [one.level for one in again.decisions[:-1]]
    for k, cohort in zip(infused.tolist(), cohorts.tolist(), strict=True):
        if cohort:
            assert book.level_assigned[k] <= followed[cohort - 1]
    same = sum(
        book.level_assigned[k] == followed[cohort - 1]
        for k, cohort in zip(infused.tolist(), cohorts.tolist(), strict=True)
        if cohort
    )
    assert same >= 0.8 * (cohorts > 0).sum()


def test_every_other_cohort_is_shaded_and_expansion_hatched() -> None:
    again = trial("3+3", "S2", 13)
    book = again.ledger
    infused = np.flatnonzero(np.isfinite(book.infused_day))
    infused = infused[np.argsort(book.infused_day[infused], kind="stable")]
    cohorts = cohorts_of(again, infused)
    axes = dose_escalation_chart(again)
    shaded = sum(patch.get_gid() == "cohort" for patch in axes.patches)
    assert shaded == len(set(cohorts[cohorts > 0].tolist())) // 2
    hatched = [patch for patch in axes.patches if patch.get_gid() == "expansion"]
    assert (cohorts == 0).any()
    assert sum(patch.get_width() for patch in hatched) == (cohorts == 0).sum()  # type: ignore[attr-defined]


def test_levels_carry_their_true_risk() -> None:
    axes = dose_escalation_chart(trial("boin", "M4", 3))
    assert [text.get_text() for text in axes.get_yticklabels()] == [
        "1 (0.04)",
        "2 (0.08)",
        "3 (0.16)",
        "4 (0.3)",
    ]


@pytest.mark.parametrize("width_cm", [COLUMN_CM, PAGE_CM])
@pytest.mark.parametrize("case", CASES)
def test_every_text_is_legible(case: tuple[str, str, int], width_cm: float) -> None:
    assert_legible(dose_escalation_chart(trial(*case), new_axes(width_cm, 8.5)))


def test_a_trial_in_which_nobody_is_infused_is_drawn_empty() -> None:
    from simulator.studies.replay import replay

    nobody = scenario().with_changes(
        {"arrivals.referrals_per_site_month": 0, "trial.calendar_limit_months": 12}
    )
    axes = dose_escalation_chart(replay(nobody, "boin", "M4", 0, seed=5))
    assert marked(axes, "DLT") == marked(axes, "no DLT") == marked(axes, "not DLT-evaluable") == []
