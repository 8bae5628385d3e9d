"""Rolling six against the printed tables, and against 3+3 where nobody is ever pending."""

from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.designs import RollingSix, ThreePlusThree
from simulator.designs.conduct import NextDose, next_dose, selected_dose
from simulator.designs.design import Action, Design, Observed, Reason
from simulator.errors import DesignError
from tests.designs.patient_frames import at_middle, frame
from tests.designs.published import rows
from tests.designs.states import state

WORDS: Final = {1: "deescalate", 2: "stay", 3: "escalate"}


def _word(answer: NextDose) -> str:
    if answer.action == "stop":
        return "mtd"
    return "suspend" if answer.action == "wait" else WORDS[answer.dose]


def _asked(design: RollingSix, row: dict[str, str]) -> str:
    patients = at_middle(int(row["n"]), int(row["dlt"]), [10.0] * int(row["pending"]))
    return _word(next_dose(design, 2, patients=patients))


def test_every_published_state_of_rolling_six() -> None:
    """Frankel et al. 2020, table 2, rolling 6: 42 states."""
    for row in rows("rolling_six_states.csv"):
        assert _asked(RollingSix(n_doses=3), row) == row["decision_skolnik"], row


def test_every_published_state_of_the_phase_1_queue() -> None:
    """Frankel et al. 2020, table 2, IQ rolling 6: its rows spelled out, 91 states."""
    published = rows("rolling_six_iq_states.csv")
    assert len(published) == 91
    for row in published:
        assert _asked(RollingSix(n_doses=3, convention="iq"), row) == row["decision_iq"], row


def _queue_written_out(n: list[int], dlt: list[int], pending: list[int], level: int) -> tuple[Action, int]:
    """Return what the phase 1 queue does with a whole trial: Frankel et al. 2020, level by level."""
    complete = [a - c for a, c in zip(n, pending, strict=True)]
    too_toxic = [y > 2 or (y == 2 and m < 7) for y, m in zip(dlt, complete, strict=True)]
    closed = too_toxic.index(True) + 1 if any(too_toxic) else len(n) + 1
    if closed == 1:
        return Action.STOP, 0
    level = min(level, closed - 1)
    size, y, c, m = (of[level - 1] for of in (n, dlt, pending, complete))
    if y == 2 or (level in (closed - 1, len(n)) and size >= 6):
        return (Action.WAIT, level) if c else (Action.STOP, 0)
    if level not in (closed - 1, len(n)) and m >= (3 if y == 0 else 6):
        return Action.TREAT, level + 1
    awaited = size == 8 or (c >= 6 if y == 0 else size >= 6 and c >= 3)
    return Action.WAIT if awaited else Action.TREAT, level


def test_the_phase_1_queue_is_its_rule_written_out_on_whole_trials() -> None:
    """Levels at the top, below a closed one, and left for one below, which no row of the table has."""
    generator, states, levels = np.random.default_rng(12), 20_000, 4
    n = generator.integers(0, 9, (states, levels))
    dlt = np.minimum(generator.binomial(n, generator.choice([0, 0.1, 0.3], (states, 1))), n)
    pending = generator.binomial(n - dlt, generator.choice([0, 0.3, 0.8], (states, 1)))
    level, none = generator.integers(1, levels + 1, states), np.zeros(states, dtype=np.int64)
    observed = Observed(level, n - pending, dlt, none, none, none + levels + 1, pending=pending)
    decided = RollingSix(n_doses=levels, convention="iq").decide(observed)
    seen = set()
    for k in range(states):
        expected = _queue_written_out(*(of[k].tolist() for of in (n, dlt, pending)), int(level[k]))
        found = Action(int(decided.action[k])), int(decided.level[k])
        assert (found[0], found[1] if found[0] == Action.TREAT else expected[1]) == expected
        seen.add((found[0], expected[1] - int(level[k])))
    assert len(seen) > 8


def test_the_package_differs_in_three_of_the_published_states() -> None:
    """It goes up on 3 of 4 and 4 of 5 complete, and waits at 5 of 6: it differs from the printed table."""
    differing = [
        (row["n"], row["dlt"], row["pending"])
        for row in rows("rolling_six_states.csv")
        if row["decision_skolnik"] != row["decision_RollingSix_package"]
    ]
    assert differing == [("4", "0", "1"), ("5", "0", "1"), ("6", "0", "1")]


def test_the_level_below_a_closed_one_is_filled_to_six_and_must_be_complete() -> None:
    design = RollingSix(n_doses=3)
    closed = frame([3, 3, 0], [0, 2, 0], [[], [5], []])
    answer = next_dose(design, 2, patients=closed)
    assert (answer.action, answer.dose, answer.closed_from, answer.cohort_size) == ("treat", 1, 2, 1)
    pending = next_dose(design, 1, patients=frame([6, 2, 0], [0, 2, 0], [[5], [], []]))
    assert (pending.action, pending.reason) == ("wait", Reason.WAIT_PENDING.text)
    complete = frame([6, 2, 0], [1, 2, 0], [[], [], []])
    assert next_dose(design, 1, patients=complete).reason == Reason.STOP_FOUND.text
    assert selected_dose(design, dose=1, patients=complete) == 1


def test_the_top_level_is_filled_to_six_before_it_is_the_mtd() -> None:
    design = RollingSix(n_doses=2)
    assert next_dose(design, 2, patients=frame([3, 3], [0, 0], [[], []])).dose == 2
    assert next_dose(design, 2, patients=frame([3, 6], [0, 0], [[], [3]])).action == "wait"
    done = frame([3, 6], [0, 1], [[], []])
    assert next_dose(design, 2, patients=done).action == "stop"
    assert selected_dose(design, dose=2, patients=done) == 2


@pytest.mark.parametrize("convention", ["skolnik", "iq"])
@pytest.mark.parametrize("dlts", [0, 1])
def test_no_seventh_patient_where_no_level_is_open_above(convention: str, dlts: int) -> None:
    """The protocol text: the top level, and the one below a closed one, are filled to six. One DLT changes nothing.

    With a level open above, the phase 1 queue treats a seventh and eighth patient: its row 6, 1, 1 says stay.
    """
    design = RollingSix(n_doses=3, convention=convention)
    for n in (6, 7) if convention == "iq" else (6,):
        at_the_top = frame([3, 3, n], [0, 0, dlts], [[], [], [10.0]])
        below_a_closed_level = frame([3, n, 2], [0, dlts, 2], [[], [10.0], []])
        for patients in (at_the_top, below_a_closed_level):
            assert next_dose(design, 3, patients=patients).reason == Reason.WAIT_PENDING.text
        complete = frame([3, 3, n], [0, 0, dlts], [[], [], []])
        assert next_dose(design, 3, patients=complete).reason == Reason.STOP_FOUND.text


def test_two_dlts_at_level_1_stop_and_select_none() -> None:
    toxic = frame([4, 0], [2, 0], [[1, 1], []])
    assert next_dose(RollingSix(n_doses=2), 1, patients=toxic).reason == Reason.STOP_TOO_TOXIC.text
    assert selected_dose(RollingSix(n_doses=2), dose=1, patients=toxic) == 0


def test_a_level_once_closed_is_not_entered_again() -> None:
    patients = frame([3, 0, 0], [0, 0, 0], [[], [], []])
    assert next_dose(RollingSix(n_doses=3), 1, patients=patients).dose == 2
    held = next_dose(RollingSix(n_doses=3), 1, patients=patients, closed_from=2)
    assert (held.dose, held.reason) == (1, Reason.RETURN_TO_LOWER.text)


def test_unfinished_data_select_the_highest_level_that_clears_or_none() -> None:
    patients = frame([3, 3, 1], [0, 1, 0], [[], [], []])
    assert selected_dose(RollingSix(n_doses=3), dose=3, patients=patients) == 1
    assert selected_dose(RollingSix(n_doses=3, unfinished="none"), dose=3, patients=patients) == 0


def _conducted(design: Design, outcomes: list[list[bool]]) -> tuple[list[int], int]:
    """Conduct a trial whose k-th patient at a level has the k-th outcome of its list; return levels and selection."""
    words: list[str] = []
    used = [0] * len(outcomes)
    rows: list[dict[str, object]] = []
    levels = []
    while True:
        early = isinstance(design, RollingSix)
        answer = (
            next_dose(design, patients=rows or frame([], [], []))
            if early
            else next_dose(design, outcomes=" ".join(words))
        )
        if answer.action != "treat":
            selected = (
                selected_dose(design, patients=rows)
                if early
                else selected_dose(design, outcomes=" ".join(words))
            )
            return list(dict.fromkeys(levels)), selected
        level = answer.dose
        levels.append(level)
        letters = ""
        for _ in range(answer.cohort_size):
            toxic = outcomes[level - 1][used[level - 1]]
            used[level - 1] += 1
            rows.append({"level": level, "dlt": toxic})
            letters += "T" if toxic else "N"
        words.append(f"{level}{letters}")


@given(outcomes=st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=3, max_size=3))
@settings(max_examples=60, deadline=None)
def test_one_patient_at_a_time_without_a_window_is_three_plus_three(outcomes: list[list[bool]]) -> None:
    """Skolnik et al. 2008: with nobody pending, the same levels are tried, and the same MTD is found."""
    assert _conducted(RollingSix(n_doses=3), outcomes) == _conducted(ThreePlusThree(n_doses=3), outcomes)


def test_an_unknown_convention_is_refused() -> None:
    with pytest.raises(DesignError, match="rolling-6: convention = 'iq6': must be one of 'skolnik', 'iq'"):
        RollingSix(convention="iq6")
    with pytest.raises(DesignError, match="none: what follows a count depends on pending patients"):
        RollingSix().decision_table(6)


def test_two_dlts_among_seven_clear_a_level_by_the_phase_1_queue_alone() -> None:
    """Its rows on seven and more patients: 2 DLTs stay within 2 of 7; of six, at most one."""
    clears = {
        (convention, n): int(
            RollingSix(n_doses=3, convention=convention).select(state(2, [3, n, 0], [0, 2, 0]))[0]
        )
        for convention in ("skolnik", "iq")
        for n in (6, 7)
    }
    assert clears == {("skolnik", 6): 1, ("skolnik", 7): 1, ("iq", 6): 1, ("iq", 7): 2}
