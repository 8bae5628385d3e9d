"""Pending policies: PoD and look-ahead against exact references, and what every policy does by hand."""

from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from simulator.designs import (
    BOIN,
    CRM,
    MTPI2,
    TITEBOIN,
    IThreePlusThree,
    Keyboard,
    PendingPolicy,
    ThreePlusThree,
)
from simulator.designs.conduct import next_dose
from simulator.designs.design import Decision, Observed, Reason
from simulator.designs.interval_design import IntervalDesign
from simulator.designs.patient_records import PENDING, PatientRecords
from simulator.designs.pending_outcomes import INTEGRATED, PLUG_IN, further_dlts
from simulator.designs.titrated import Titrated
from simulator.errors import DesignError
from tests.designs.patient_frames import WINDOW, at_middle, frame
from tests.designs.published import integers, numbers, rows
from tests.designs.states import any_patient_states

PUBLISHED: Final = rows("pod_decisions.csv")
PLACE: Final = {"first": 1, "middle": 2, "last": 3}
COLUMNS: Final = {
    "decision_plugin": ("pod", PLUG_IN),
    "decision_integrated": ("pod", INTEGRATED),
    "lookahead": ("look_ahead", PLUG_IN),
}


def _base(row: dict[str, str]) -> MTPI2 | IThreePlusThree:
    low, high = numbers(row["epsilon"])
    kind = MTPI2 if row["base"] == "mTPI-2" else IThreePlusThree
    return kind(
        n_doses=3, target=float(row["target"]), epsilon_low=low, epsilon_high=high, elimination_cutoff=None
    )


@pytest.mark.parametrize("column", COLUMNS)
def test_every_published_decision_of_look_ahead_and_pod(column: str) -> None:
    """240 states of mTPI-2 and i3+3 without safety rules, exact probabilities: asked through `next_dose`."""
    policy, reading = COLUMNS[column]
    for row in PUBLISHED:
        level, window = PLACE[row["position"]], float(row["window"])
        days = numbers(row["pending_followup"])
        treated = int(row["dlt"]) + int(row["no_dlt"]) + len(days)
        counts, toxic, pending = [0, 0, 0], [0, 0, 0], [[], [], []]  # type: ignore[var-annotated]
        counts[level - 1], toxic[level - 1], pending[level - 1] = treated, int(row["dlt"]), days
        design = PendingPolicy(
            _base(row),
            policy=policy,
            q_escalate=float(row["q_escalate"]),
            q_deescalate=float(row["q_deescalate"]),
            probabilities=reading,
        )
        answer = next_dose(design, level, patients=frame(counts, toxic, pending, window), window_days=window)
        ways = {-1: "deescalate", 0: "stay", 1: "escalate"}
        word = "suspend" if answer.action == "wait" else ways[answer.dose - level]
        assert word == row[column], row


def test_every_published_probability_of_a_decision() -> None:
    """The same 240 states: P(down), P(stay), P(up), 480 triples to nine decimals."""
    for row in PUBLISHED:
        shares = [days / float(row["window"]) for days in numbers(row["pending_followup"])]
        records = PatientRecords.of([1] * len(shares), [PENDING] * len(shares), shares)
        toward = np.array(integers(row["decision_if_s_more_dlt"]))
        if row["position"] == "last":
            toward = np.minimum(toward, 0)
        if row["position"] == "first":
            toward = np.maximum(toward, 0)
        known = np.array([int(row["dlt"])]), np.array([int(row["no_dlt"])])
        for reading, column in ((PLUG_IN, "prob_D_S_E_plugin"), (INTEGRATED, "prob_D_S_E_integrated")):
            found = further_dlts(records, np.array([1]), *known, reading)[0]
            sums = [found[toward == way].sum() for way in (-1, 0, 1)]
            np.testing.assert_allclose(sums, numbers(row[column]), atol=2e-9)


def test_probabilities_of_further_dlts_are_the_integrals_of_the_paper() -> None:
    """y = 1, m = 3, two pending with 0.25 and 0.75 of the window: every integral taken numerically."""
    y, m, shares = 1, 3, (0.25, 0.75)
    records = PatientRecords.of([2, 2], [PENDING] * 2, shares)

    def likelihood(p: float) -> float:
        return float(p**y * (1 - p) ** m * np.prod([1 - w * p for w in shares]))

    def chance(w: float, p: float) -> float:
        return (1 - w) * p / (1 - w * p)

    def mean(value: Any) -> float:
        return float(quad(lambda p: value(p) * likelihood(p), 0, 1)[0] / quad(likelihood, 0, 1)[0])

    a, b = (mean(lambda p, w=w: chance(w, p)) for w in shares)
    asked = records, np.array([2]), np.array([y]), np.array([m])
    np.testing.assert_allclose(
        further_dlts(*asked)[0], [(1 - a) * (1 - b), a + b - 2 * a * b, a * b], rtol=1e-10
    )
    both = mean(lambda p: chance(shares[0], p) * chance(shares[1], p))
    neither = mean(lambda p: (1 - chance(shares[0], p)) * (1 - chance(shares[1], p)))
    integrated = further_dlts(*asked, INTEGRATED)[0]
    np.testing.assert_allclose(integrated, [neither, 1 - both - neither, both], rtol=1e-10)


def test_wait_takes_no_decision_while_a_patient_at_the_level_is_pending() -> None:
    design = PendingPolicy(BOIN(n_doses=3))
    waits = next_dose(design, 2, patients=at_middle(3, 0, [27]))
    assert (waits.action, waits.dose, waits.reason) == ("wait", 2, Reason.WAIT_PENDING.text)
    # Pending patients elsewhere do not hold it up.
    elsewhere = frame([3, 3, 0], [0, 0, 0], [[5], [], []])
    assert next_dose(design, 2, patients=elsewhere).dose == 3


class _OwnKeyboard(Keyboard):
    """Decides itself, though nothing else: not by the rule of designs by bounds."""

    def decide(self, observed: Observed) -> Decision:
        """Decide as a keyboard."""
        return Keyboard.decide(self, observed)


class _OwnBOIN(BOIN):
    """The same of BOIN."""

    def decide(self, observed: Observed) -> Decision:
        """Decide as BOIN."""
        return BOIN.decide(self, observed)


@pytest.mark.parametrize(
    ("design", "own"),
    [
        (Keyboard(n_doses=4, start_dose=2), _OwnKeyboard(n_doses=4, start_dose=2)),
        (BOIN(n_doses=4), _OwnBOIN(n_doses=4)),
        (
            BOIN(n_doses=4, extra_safe=True, stop_n_at_dose=6),
            _OwnBOIN(n_doses=4, extra_safe=True, stop_n_at_dose=6),
        ),
    ],
    ids=repr,
)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_the_rule_that_waits_decides_as_the_design_itself_does(
    design: IntervalDesign, own: IntervalDesign, data: st.DataObject
) -> None:
    by_rule, by_design = PendingPolicy(design), PendingPolicy(own)
    assert by_rule.backfill_rule(30) is not None
    assert by_design.backfill_rule(30) is None
    observed = data.draw(any_patient_states(4))
    one, other = by_rule.decide(observed), by_design.decide(observed)
    for name in ("action", "level", "cohort_size", "closed_from", "reason"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name


def test_a_design_with_titration_waits_by_its_own_decisions() -> None:
    assert PendingPolicy(BOIN(n_doses=4, titration=True)).backfill_rule(30) is None


def test_look_ahead_acts_only_where_no_pending_outcome_matters() -> None:
    design = PendingPolicy(BOIN(n_doses=3), policy="look_ahead")
    # BOIN at .30: 0 or 1 DLT of 6 escalates.
    assert next_dose(design, 2, patients=at_middle(6, 0, [1])).dose == 3
    undecided = next_dose(design, 2, patients=at_middle(6, 1, [27]))
    assert (undecided.action, undecided.reason) == ("wait", Reason.WAIT_OUTCOME_UNDECIDED.text)
    # 3 DLTs of 6 de-escalate, and so do 4 to 6.
    assert next_dose(design, 2, patients=at_middle(6, 3, [1, 1, 1])).dose == 1


def test_a_pending_outcome_closes_no_level_before_it_is_known() -> None:
    # 4 DLTs of 6 close a level of BOIN at .30; 3 of 6 with 3 pending do not.
    answer = next_dose(
        PendingPolicy(BOIN(n_doses=3), policy="look_ahead"), 2, patients=at_middle(6, 3, [1, 1, 1])
    )
    assert answer.closed_from == 4
    assert next_dose(PendingPolicy(BOIN(n_doses=3)), 2, patients=at_middle(6, 4, [1, 1])).closed_from == 2


def test_pod_stops_or_waits_at_level_1_and_closes_others_on_complete_outcomes() -> None:
    design = PendingPolicy(BOIN(n_doses=3), policy="pod")
    # 3 DLTs of 3 complete at level 2 close it, whatever three pending patients will have.
    assert next_dose(design, 2, patients=at_middle(6, 3, [20, 20, 20])).closed_from == 2
    # At level 1 the same data wait: with the pending ones as without a DLT, 3 of 6 do not stop.
    first = frame([6, 0, 0], [3, 0, 0], [[20, 20, 20], [], []])
    answer = next_dose(design, 1, patients=first)
    assert (answer.action, answer.reason) == ("wait", Reason.WAIT_LOWEST_TOXIC.text)
    stops = next_dose(design, 1, patients=frame([6, 0, 0], [4, 0, 0], [[20, 20], [], []]))
    assert (stops.action, stops.reason) == ("stop", Reason.STOP_TOO_TOXIC.text)


def test_pod_closes_nothing_on_fewer_than_three_complete_outcomes() -> None:
    # 2 DLTs of 2 complete with one pending: 2 of 3 would close a level of BOIN at .20, of which only 2 are complete.
    design = PendingPolicy(BOIN(n_doses=4, target=0.2), policy="pod")
    for level in (1, 2):
        n, dlt, pending = [3, 3, 1, 0], [0, 0, 0, 0], [[], [], [], []]
        dlt[level - 1], pending[level - 1] = 2, [9]
        answer = next_dose(design, 3, patients=frame(n, dlt, pending))
        assert (answer.action, answer.dose, answer.closed_from) == ("treat", 4, 5)
    # A third complete outcome, with nobody pending, closes it.
    assert next_dose(design, 3, patients=frame([3, 3, 1, 0], [0, 2, 0, 0], [[], [], [], []])).closed_from == 2
    assert next_dose(design, 3, patients=frame([3, 3, 1, 0], [2, 0, 0, 0], [[], [], [], []])).action == "stop"


def test_pod_waits_at_no_closed_level() -> None:
    design = PendingPolicy(MTPI2(n_doses=4, target=0.25, elimination_min_n=1), policy="pod", q_escalate=0.85)
    level, dlt = [1, 1, 1, 1, 1, 1, 2], [PENDING, PENDING, PENDING, PENDING, 1, 1, PENDING]
    patients = PatientRecords.of(level, dlt)
    observed = Observed.of_patients(4, np.array([2]), patients, np.array([2]))
    decision = design.decide(observed)
    assert decision.reason.tolist() == [Reason.WAIT_LOWEST_TOXIC]
    assert (decision.level.tolist(), decision.closed_from.tolist()) == ([1], [2])


def test_pod_escalates_on_its_probability_and_by_default_only_on_certainty() -> None:
    patients = at_middle(6, 1, [0.95 * WINDOW])
    assert next_dose(PendingPolicy(MTPI2(n_doses=3), "pod"), 2, patients=patients).action == "wait"
    assert next_dose(PendingPolicy(MTPI2(n_doses=3), "pod", q_escalate=0.9), 2, patients=patients).dose == 3


@pytest.mark.parametrize(
    ("design", "options", "message"),
    [
        (
            BOIN(),
            {"policy": "guess"},
            "pending: policy = 'guess': must be one of 'wait', 'look_ahead', 'pod'",
        ),
        (BOIN(), {"q_escalate": 2}, "pending: q_escalate = 2: must be 0 <= q_escalate <= 1"),
        (BOIN(), {"probabilities": "mcmc"}, "must be one of 'plug_in', 'integrated'"),
        (ThreePlusThree(), {}, "must be around a design by a decision table .*, not around 3\\+3"),
        (CRM(), {}, "not around crm"),
        (TITEBOIN(), {}, "not around tite-boin"),
        (Titrated(BOIN()), {}, "titration and stopping rules go around it"),
    ],
)
def test_what_a_policy_cannot_be_around_is_refused(
    design: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(DesignError, match=message):
        PendingPolicy(design, **options)
