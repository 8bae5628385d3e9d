"""TITE-BOIN against the printed table of its paper, both estimators against reference software, row for row."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest

from simulator.designs import BOIN, TITEBOIN, TITEKeyboard
from simulator.designs.conduct import NextDose, next_dose
from simulator.designs.design import Action, Observed, Reason
from simulator.designs.follow_up_table import CLOSE, WAIT, FollowUpRow, follow_up_rows, with_follow_up
from simulator.designs.patient_records import PENDING, PatientRecords
from simulator.designs.stopped import Stopped
from simulator.designs.stopping_rules import TotalN
from simulator.errors import DesignError
from tests.designs.patient_frames import WINDOW, at_middle, frame, spread
from tests.designs.published import integers, numbers, rows

WORDS: Final = {1: "deescalate", 2: "stay", 3: "escalate"}


def _kind(design: TITEBOIN, n: int, dlt: int, pending: int) -> tuple[str, float | None, float | None]:
    """Return a cell of the paper's table: E S D DE SUS ES SD, and limits of follow-up where it depends on it."""
    tables = design.boundary_tables(n)
    if dlt >= tables.eliminate_at_least[n]:
        return "DE", None, None
    if dlt >= tables.deescalate_at_least[n]:
        return "D", None, None
    if pending > design.waits.max_pending * n:
        return "SUS", None, None
    if pending == 0:
        return "E" if dlt <= tables.escalate_at_most[n] else "S", None, None
    one = (np.array([count]) for count in (n, dlt, pending))
    limits = design.limits(*one)
    up, down = float(limits.escalate_from[0]), float(limits.deescalate_to[0])
    if up <= 0:
        return "E", None, None
    if up < pending:
        return "ES", up, None
    return ("SD", None, down) if down >= 0 else ("S", None, None)


def _word(answer: NextDose) -> str:
    """Return a decision at level 2 of 3 as the reference files say it."""
    if answer.action != "treat":
        return "suspend" if answer.action == "wait" else "stop"
    closed = "_eliminate" if answer.closed_from == 2 else ""
    return WORDS[answer.dose] + closed


def test_every_cell_of_the_printed_table() -> None:
    """Yuan et al. 2018, table 1, target .20, n = 3..15: decisions, and limits to two decimals."""
    design = TITEBOIN(target=0.20)
    cells = 0
    for row in rows("tite_boin_printed_table.csv"):
        n = int(row["n"])
        most_toxic = n if row["n_tox_max"] == "NA" else int(row["n_tox_max"])
        for dlt in range(int(row["n_tox_min"]), most_toxic + 1):
            most = n - dlt if row["n_pending_max"] == "NA" else min(int(row["n_pending_max"]), n - dlt)
            for pending in range(int(row["n_pending_min"]), most + 1):
                kind, up, down = _kind(design, n, dlt, pending)
                assert kind == row["decision"], row
                for limit, printed in ((up, row["stft_escalate"]), (down, row["stft_deescalate"])):
                    assert (limit is None) == (printed == "NA")
                    assert limit is None or limit == pytest.approx(float(printed), abs=0.005 + 1e-9)
                cells += 1
    assert cells == 320


def test_the_table_is_the_printed_one_row_for_row() -> None:
    """Yuan et al. 2018, table 1: what `simulator table tite-boin` prints has its 53 rows and no others."""
    words = {"E": "escalate", "S": "stay", "D": "de-escalate", "DE": CLOSE, "SUS": WAIT}
    words |= {"ES": "escalate / stay", "SD": "stay / de-escalate"}
    printed = rows("tite_boin_printed_table.csv")
    made = follow_up_rows(TITEBOIN(target=0.20), 15)
    assert len(made) == len(printed) == 53
    for row, given in zip(made, printed, strict=True):
        dlt_from = int(given["n_tox_min"])
        most = int(given["n"])
        assert (row.n, row.dlt_from, row.pending_from) == (most, dlt_from, int(given["n_pending_min"]))
        assert row.dlt_to == (most if given["n_tox_max"] == "NA" else int(given["n_tox_max"]))
        assert row.pending_to == (
            most - dlt_from if given["n_pending_max"] == "NA" else int(given["n_pending_max"])
        )
        assert row.decision == words[given["decision"]]
        for limit, text in (
            (row.escalate_from, given["stft_escalate"]),
            (row.deescalate_to, given["stft_deescalate"]),
        ):
            assert (limit is None) == (text == "NA")
            assert limit is None or f"{limit:.2f}" == text


@pytest.mark.parametrize("estimator", ["2018", "2020"])
@pytest.mark.parametrize("suspension", ["yuan2018", "lin2020", "chen2025", "titemad"])
@pytest.mark.parametrize("kind", [TITEBOIN, TITEKeyboard])
def test_the_table_says_what_the_design_decides(
    kind: type[TITEBOIN | TITEKeyboard], estimator: str, suspension: str
) -> None:
    """Every cell up to 9 patients at level 2 of 3, at follow-ups around the limits; nobody followed too briefly."""
    design = kind(n_doses=3, target=0.25, estimator=estimator, suspension=suspension, min_follow_up=0)
    states, said = [], []
    for row in follow_up_rows(design, 9):
        for dlt in range(row.dlt_from, row.dlt_to + 1):
            for pending in range(row.pending_from, min(row.pending_to, row.n - dlt) + 1):
                for share in (0.05, 0.3, 0.6, 0.95):
                    toxicity = [0] * 3 + [1] * dlt + [PENDING] * pending + [0] * (row.n - dlt - pending)
                    states.append(PatientRecords.of([1] * 3 + [2] * row.n, toxicity, [share] * (row.n + 3)))
                    said.append(_said(row, share * pending))
    count = len(states)
    observed = Observed.of_patients(3, np.full(count, 2), PatientRecords.stacked(states), np.full(count, 4))
    decision = design.decide(observed)
    moves = np.where(
        decision.action == Action.WAIT,
        WAIT,
        np.array(["", "de-escalate", "stay", "escalate"])[decision.level],
    )
    moves = np.where(decision.closed_from == 2, CLOSE, moves)
    assert moves.tolist() == said


def _said(row: FollowUpRow, follow_up: float) -> str:
    """Return the decision that a row of the table gives at a follow-up."""
    words = row.decision.split(" / ")
    if row.escalate_from is not None and follow_up >= row.escalate_from:
        return words[0]
    if row.deescalate_to is not None and follow_up <= row.deescalate_to:
        return words[-1]
    return words[0] if len(words) == 1 else "stay"


def test_every_state_of_the_2018_rule() -> None:
    """Every state of n <= 12 at two targets and two limits of pending patients, 908 rows."""
    for row in rows("tite_boin_2018_states.csv"):
        counts = int(row["n"]), int(row["dlt"]), int(row["pending"])
        design = TITEBOIN(target=float(row["target"]))
        kind, up, down = _kind(design, *counts)
        assert kind == row["kind_max_pending_0.5"], row
        assert _kind(replace(design, suspension="chen2025"), *counts)[0] == row["kind_max_pending_0.49"], row
        for limit, given in ((up, row["escalate_if_stft_ge"]), (down, row["deescalate_if_stft_le"])):
            assert (limit is None) == (given == "")
            assert limit is None or limit == pytest.approx(float(given), abs=1e-9)


@pytest.mark.parametrize("suspension", ["yuan2018", "chen2025"])
def test_every_published_decision_of_the_2018_rule(suspension: str) -> None:
    """318 states with follow-up, asked through `next_dose`."""
    for row in rows("tite_boin_2018_next.csv"):
        design = TITEBOIN(n_doses=3, target=float(row["target"]), suspension=suspension)
        window = float(row["window"])
        patients = at_middle(int(row["n"]), int(row["dlt"]), numbers(row["pending_followup"]), window)
        answer = next_dose(design, dose=2, patients=patients, window_days=window)
        assert _word(answer) == row[f"decision_{suspension}"], row


def test_every_published_decision_of_the_2020_rule() -> None:
    """TITEgBOIN 0.4.0 `next_TITE_QuasiBOIN`, 320 whole-trial states: action, level and closed levels."""
    reasons = {
        "suspend_dose1_toxic_pending": Reason.WAIT_LOWEST_TOXIC,
        "stop_all_toxic": Reason.STOP_TOO_TOXIC,
        "stop_n_at_dose": Reason.STOP_PRECISION,
        "suspend": Reason.WAIT_PENDING,
    }
    actions = {"treat": "treat", "suspend": "wait", "stop": "stop"}
    for row in rows("tite_boin_2020_next.csv"):
        n, dlt, pending = (integers(row[name]) for name in ("n", "dlt", "pending"))
        window = float(row["window"])
        design = TITEBOIN(
            n_doses=len(n),
            target=float(row["target"]),
            estimator="2020",
            p_saf=float(row["p_saf"]),
            p_tox=float(row["p_tox"]),
            elimination_cutoff=float(row["cutoff"]),
            extra_safe=row["extra_safe"] == "TRUE",
            extra_safe_offset=float(row["offset"]),
            stop_n_at_dose=int(row["stop_n_at_dose"]),
            max_pending=float(row["max_pending_fraction"]),
        )
        shares = [days / window for days in numbers(row["followup_sum"])]
        days = [spread(share, count, window) for share, count in zip(shares, pending, strict=True)]
        answer = next_dose(design, int(row["dose"]), patients=frame(n, dlt, days, window), window_days=window)
        assert answer.action == actions[row["action"].split("_")[0]], row
        if row["action"] in reasons:
            assert answer.reason.startswith(reasons[row["action"]].text)
        if answer.action != "stop":
            assert answer.dose == int(row["next_dose"]), row
        closed = int(row["closed_from"])
        assert answer.closed_from == (closed or len(n) + 1), row


def test_every_cell_of_the_2020_decision_grid() -> None:
    """TITEgBOIN 0.4.0, target .30: 5,420 states of n, DLTs, pending patients and follow-up."""
    published = rows("tite_boin_2020_grid.csv")
    states = []
    for row in published:
        n, dlt, pending = int(row["n"]), int(row["dlt"]), int(row["pending"])
        share = float(row["stft"]) / max(pending, 1)
        toxicity = [0, 0, 0, *[1] * dlt, *[PENDING] * pending, *[0] * (n - dlt - pending)]
        states.append(PatientRecords.of([1] * 3 + [2] * n, toxicity, [share] * (n + 3)))
    count = len(states)
    observed = Observed.of_patients(3, np.full(count, 2), PatientRecords.stacked(states), np.full(count, 4))
    decision = TITEBOIN(n_doses=3, estimator="2020").decide(observed)
    words = {1: "D", 2: "S", 3: "E"}
    for i, row in enumerate(published):
        waits = decision.cohort_size[i] == 0
        word = "SUSPEND" if waits else words[int(decision.level[i])] + "U" * int(decision.closed_from[i] == 2)
        assert word == row["decision"], row


def test_every_follow_up_limit_of_the_2020_rule() -> None:
    """TITEgBOIN 0.4.0, target .30: 510 limits."""
    design = TITEBOIN(estimator="2020")
    for row in rows("tite_boin_2020_limits.csv"):
        n, dlt, pending = int(row["n"]), int(row["dlt"]), int(row["pending"])
        limits = design.limits(*(np.array([count]) for count in (n, dlt, pending)))
        assert limits.escalate_from[0] == pytest.approx(float(row["escalate_if_stft_ge"]), abs=1e-9)
        if dlt:  # no follow-up without a DLT de-escalates, whatever the limit says
            assert limits.deescalate_to[0] == pytest.approx(float(row["deescalate_if_stft_le"]), abs=1e-9)
        assert (row["suspend"] == "TRUE") == (pending > 0.5 * n)
        assert (row["eliminate"] == "TRUE") == (dlt >= design.boundary_tables(n).eliminate_at_least[n])


def test_no_pending_outcome_can_undo_a_certain_de_escalation_so_2018_does_not_wait_for_it() -> None:
    # 2 DLTs of 5 with 3 pending: even without another one the rate is above lambda_d.
    patients = at_middle(5, 2, [2, 2, 2])
    early, late = (
        next_dose(TITEBOIN(n_doses=3, estimator=e), 2, patients=patients) for e in ("2018", "2020")
    )
    assert (early.action, early.dose) == ("treat", 1)
    assert (late.action, late.dose) == ("wait", 2)


def test_at_level_1_2020_waits_where_it_would_de_escalate() -> None:
    patients = frame([5, 0, 0], [2, 0, 0], [[2, 2], [], []])
    early, late = (
        next_dose(TITEBOIN(n_doses=3, estimator=e), 1, patients=patients) for e in ("2018", "2020")
    )
    assert (early.action, early.dose) == ("treat", 1)
    assert (late.action, late.reason) == ("wait", Reason.WAIT_LOWEST_TOXIC.text)


def test_follow_up_decides_at_its_printed_limit() -> None:
    """Yuan et al. 2018, table 1: 1 DLT of 9 with 3 pending escalates from a follow-up of 0.77 windows on."""
    design = TITEBOIN(n_doses=3, target=0.20)
    below = next_dose(design, 2, patients=at_middle(9, 1, spread(0.76, 3)))
    above = next_dose(design, 2, patients=at_middle(9, 1, spread(0.78, 3)))
    assert (below.action, below.dose, above.action, above.dose) == ("treat", 2, "treat", 3)


def test_minimum_follow_up_holds_an_escalation_back_and_names_when_to_ask_again() -> None:
    design = TITEBOIN(n_doses=3, suspension="chen2025")
    assert design.ask_again_at == (0.25,)
    short = next_dose(design, 2, patients=at_middle(3, 0, [0.24 * WINDOW]))
    assert (short.action, short.reason) == ("wait", Reason.WAIT_FOLLOW_UP.text)
    assert next_dose(design, 2, patients=at_middle(3, 0, [0.25 * WINDOW])).dose == 3
    assert TITEBOIN().ask_again_at == ()
    # Where there is no level to escalate to, nothing is held back.
    top = frame([3, 3, 3], [0, 0, 0], [[], [], [1]])
    assert next_dose(design, 3, patients=top).action == "treat"


def test_lin_2020_needs_two_complete_outcomes_to_escalate_and_no_share() -> None:
    design = TITEBOIN(n_doses=3, estimator="2020", suspension="lin2020")
    assert next_dose(design, 2, patients=at_middle(3, 0, [20, 20])).action == "wait"
    assert next_dose(design, 2, patients=at_middle(6, 0, [20] * 4)).dose == 3


def test_nobody_complete_and_no_follow_up_waits() -> None:
    design = TITEBOIN(n_doses=3, estimator="2020", max_pending=1)
    assert next_dose(design, 2, patients=at_middle(3, 0, [0, 0, 0])).action == "wait"
    assert next_dose(design, 2, patients=at_middle(3, 0, [0, 0, 1])).dose == 3


def test_late_onset_weights_count_follow_up_by_when_dlts_are_expected() -> None:
    even = TITEBOIN(n_doses=3, target=0.20, follow_up_weights=(1 / 3, 1 / 3, 1 / 3))
    late = replace(even, follow_up_weights=(0.1, 0.2, 0.7))
    plain = replace(even, follow_up_weights=None)
    patients = at_middle(9, 1, spread(1.2, 3))
    assert [next_dose(d, 2, patients=patients).dose for d in (plain, even, late)] == [3, 3, 2]


def test_all_patients_close_a_level_pending_ones_without_a_dlt() -> None:
    # 3 DLTs of 3 complete close it; with 3 more pending, 3 of 6 do not.
    assert next_dose(TITEBOIN(n_doses=3), 2, patients=at_middle(3, 3, [])).closed_from == 2
    assert next_dose(TITEBOIN(n_doses=3), 2, patients=at_middle(6, 3, [5, 5, 5])).closed_from == 4


def test_a_late_dlt_closes_a_lower_level_and_the_trial_leaves_at_once() -> None:
    patients = frame([3, 3, 3], [0, 3, 0], [[], [], [1, 1, 1]])
    answer = next_dose(TITEBOIN(n_doses=3), 3, patients=patients)
    assert (answer.action, answer.dose, answer.closed_from) == ("treat", 1, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"estimator": "2019"}, "tite-boin: estimator = '2019': must be one of '2018', '2020'"),
        ({"suspension": "half"}, "must be one of 'yuan2018', 'lin2020', 'chen2025', 'titemad'"),
        ({"max_pending": 1.5}, "tite-boin: max_pending = 1.5: must be 0 <= max_pending <= 1"),
        ({"min_follow_up": -0.1}, "min_follow_up = -0.1"),
        ({"follow_up_weights": (0.5, 0.5)}, "follow_up_weights = .*three shares"),
        ({"follow_up_weights": (0.5, 0.5, 0.5)}, "that add up to 1"),
        ({"p_saf": 0.4}, "tite-boin: p_saf = 0.4: must be 0 < p_saf < target = 0.3"),
    ],
)
def test_an_option_outside_its_range_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(DesignError, match=message):
        TITEBOIN(**options)


def test_the_table_ends_with_the_last_whole_cohort() -> None:
    design = TITEBOIN(n_doses=4)
    for max_n, last in ((9, 9), (10, 9), (11, 9), (12, 12)):
        assert {row.n for row in follow_up_rows(design, max_n)} == set(range(3, last + 1, 3))


def test_a_design_by_follow_up_is_found_inside_its_stopping_rules() -> None:
    design = TITEBOIN(n_doses=4)
    assert with_follow_up(Stopped(design, (TotalN(18),))) is design
    assert with_follow_up(Stopped(BOIN(n_doses=4), (TotalN(18),))) is None
