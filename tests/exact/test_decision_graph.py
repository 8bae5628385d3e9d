"""The compiled graph: integer coefficients, caps, degenerate truths, and what is refused."""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import comb
from typing import ClassVar

import numpy as np
import pytest

from simulator.designs import BOIN, ThreePlusThree
from simulator.designs.design import Action, Decision, Design, Ints, Observed
from simulator.errors import DesignError, SimulatorError
from simulator.exact import compile_graph, frontier, operating_characteristics, prepare
from simulator.exact.decision_graph import EndStates
from tests.exact.configurations import CONFIGURATIONS, RISING

# Cohorts that caps of 1..20 cut in every way: sizes 1 to 6, titration, 3+3, start above level 1.
CUT: tuple[Design, ...] = (
    BOIN(n_doses=3),
    BOIN(n_doses=3, cohort_size=1),
    BOIN(n_doses=3, cohort_size=5, start_dose=2),
    BOIN(n_doses=4, titration=True, cohort_size=4),
    BOIN(n_doses=3, cohort_size=6, stop_n_at_dose=6),
    ThreePlusThree(n_doses=4),
)


def _as_set(ends: EndStates) -> set[tuple[int, ...]]:
    columns = (ends.counts, ends.selection, ends.reason, ends.coefficient, ends.paths)
    table = np.column_stack([column.astype(np.int64) for column in columns])
    return {tuple(row) for row in table.tolist()}


def test_coefficients_count_every_sequence_of_outcomes() -> None:
    """The sum of C 2**(N - n) is 2**N: no path is lost, none counted twice."""
    for design, _ in CONFIGURATIONS:
        cap = design.max_n
        assert compile_graph(design, [cap]).checksum(cap) == 2**cap


def test_checksum_holds_at_every_cap_of_one_pass() -> None:
    for design in CUT:
        graph = compile_graph(design, range(1, 21))
        assert [graph.checksum(cap) for cap in range(1, 21)] == [2**cap for cap in range(1, 21)]


def test_checksum_notices_a_lost_path() -> None:
    graph = compile_graph(BOIN(n_doses=3), [12])
    at_cap = graph.at_cap[12]
    lost = replace(graph, at_cap={12: at_cap.where(np.arange(1, len(at_cap)))})
    assert lost.checksum(12) < 2**12


def test_one_pass_over_caps_is_the_same_as_separate_trials_state_by_state() -> None:
    for design in CUT:
        graph = compile_graph(design, range(1, 21))
        for cap in range(1, 21):
            alone = _as_set(compile_graph(design, [cap]).ends(cap))
            together = graph.ends(cap)
            assert _as_set(together) == alone
            assert len(together) == len(alone)


def test_by_cap_is_the_selection_of_separate_trials() -> None:
    caps = range(15, 51)
    design = BOIN(n_doses=4, stop_n_at_dose=12)
    by_cap = operating_characteristics(design, [0.1, 0.3, 0.45, 0.6], caps=caps).by_cap
    assert by_cap.index.name == "cap"
    assert list(by_cap.index) == list(caps)
    assert np.array_equal(by_cap.columns.to_numpy(), np.arange(5))
    for cap in (15, 16, 17, 29, 50):
        alone = operating_characteristics(design, [0.1, 0.3, 0.45, 0.6], max_n=cap).selection
        np.testing.assert_allclose(by_cap.loc[cap].to_numpy(), alone, rtol=0, atol=1e-14)


def _rational_ends(design: Design, p_dlt: list[Fraction]) -> dict[int, Fraction]:
    """Follow every trial one state at a time in rational arithmetic: P(selection)."""
    levels = design.n_doses
    selection = dict.fromkeys(range(levels + 1), Fraction(0))
    open_states = {(0, (0,) * levels, (0,) * levels, 0, 0, levels + 1): Fraction(1)}
    while open_states:
        (level, n, dlt, last_n, last_dlt, closed), probability = open_states.popitem()
        seen = Observed(*(np.array([x]) for x in (level, n, dlt, last_n, last_dlt, closed)))
        decision = design.decide(seen)
        room = design.max_n - sum(n)
        if room == 0 or decision.action[0] == Action.STOP:
            at_end = seen if room == 0 else replace(seen, closed_from=decision.closed_from)
            selection[int(design.select(at_end)[0])] += probability
            continue
        new, size = int(decision.level[0]), min(int(decision.cohort_size[0]), room)
        for count in range(size + 1):
            p = p_dlt[new - 1]
            chance = comb(size, count) * p**count * (1 - p) ** (size - count)
            more_n, more_dlt = list(n), list(dlt)
            more_n[new - 1] += size
            more_dlt[new - 1] += count
            state = (new, tuple(more_n), tuple(more_dlt), size, count, int(decision.closed_from[0]))
            open_states[state] = open_states.get(state, Fraction(0)) + probability * chance
    return selection


def test_probabilities_are_right_in_rational_arithmetic() -> None:
    design = BOIN(n_doses=3, max_n=13, stop_n_at_dose=9)
    p_dlt = [Fraction(1, 10), Fraction(1, 4), Fraction(1, 2)]
    rational = _rational_ends(design, p_dlt)
    assert sum(rational.values()) == 1
    ends = compile_graph(design, [13]).ends(13)
    added = dict.fromkeys(rational, Fraction(0))
    for end in range(len(ends)):
        probability, chosen = Fraction(int(ends.coefficient[end])), ends.selection[end]
        n, dlt = ends.n[end].tolist(), ends.dlt[end].tolist()
        for p, patients, events in zip(p_dlt, n, dlt, strict=True):
            probability *= p**events * (1 - p) ** (patients - events)
        added[int(chosen)] += probability
    assert added == rational
    exact = operating_characteristics(design, [float(p) for p in p_dlt])
    np.testing.assert_allclose(exact.selection, [float(rational[k]) for k in range(4)], rtol=0, atol=1e-15)


def test_probabilities_add_up_to_one() -> None:
    curves = np.sort(np.random.default_rng(5).random((50, 5)), axis=1)
    for design in (BOIN(), BOIN(titration=True, stop_n_at_dose=9), ThreePlusThree()):
        exact = operating_characteristics(design, curves)
        np.testing.assert_allclose(exact.selection.sum(axis=1), 1, rtol=0, atol=1e-12)
        np.testing.assert_allclose(exact.total_n.sum(axis=1), 1, rtol=0, atol=1e-12)
        totals = exact.total_n @ np.arange(exact.total_n.shape[1])
        np.testing.assert_allclose(totals, exact.mean_total_n, rtol=0, atol=1e-11)


def test_truths_without_chance_have_one_end() -> None:
    never = operating_characteristics(BOIN(), [0.0] * 5)
    assert never.selection.tolist() == [0, 0, 0, 0, 0, 1]
    assert never.n_per_dose.tolist() == [3, 3, 3, 3, 18]
    assert never.dlt_per_dose.tolist() == [0] * 5
    always = operating_characteristics(BOIN(), [1.0] * 5)
    assert always.selection.tolist() == [1, 0, 0, 0, 0, 0]
    assert always.n_per_dose.tolist() == [3, 0, 0, 0, 0]
    assert always.early_stop["safety"] == 1
    assert np.isnan(always.of_states.rate_bias)
    cliff = operating_characteristics(ThreePlusThree(n_doses=3), [0.0, 0.0, 1.0])
    assert cliff.selection.tolist() == [0, 0, 1, 0]
    assert cliff.n_per_dose.tolist() == [3, 6, 3]


def test_results_do_not_depend_on_the_truths_asked_together() -> None:
    curves = np.sort(np.random.default_rng(6).random((200, 5)), axis=1)
    prepared = prepare(BOIN(stop_n_at_dose=12))
    together = prepared.operating_characteristics(curves)
    backwards = prepared.operating_characteristics(curves[::-1])
    for name in ("selection", "n_per_dose", "dlt_per_dose", "total_n", "pcs", "overdose_selection"):
        assert np.array_equal(getattr(together, name), getattr(backwards, name)[::-1])
    for place in (0, 57, 199):
        alone = prepared.operating_characteristics(curves[place])
        assert np.array_equal(together.selection[place], alone.selection)
        assert np.array_equal(together.n_per_dose[place], alone.n_per_dose)
        assert together.of_states.rate_bias[place] == alone.of_states.rate_bias
        assert together.of_states.over_60[place] == alone.of_states.over_60


def test_eight_levels_and_fifty_patients_do_not_overflow() -> None:
    """In cohorts of six, to keep the test short; cohorts of three are in the benchmark."""
    prepared = prepare(BOIN(n_doses=8, cohort_size=6, max_n=50))
    assert prepared.graph.checksum(50) == 2**50
    assert int(prepared.factored.ends.coefficient.max()) <= 2**50
    exact = prepared.operating_characteristics([0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5])
    assert exact.selection.sum() == pytest.approx(1, abs=1e-12)


def test_the_largest_exact_cap_is_right_and_one_more_is_refused() -> None:
    graph = compile_graph(BOIN(n_doses=1), [62])
    assert graph.checksum(62) == 2**62
    with pytest.raises(DesignError, match=r"1 to 62 .* got 63; .*simulate"):
        compile_graph(BOIN(n_doses=1), [63])
    with pytest.raises(DesignError, match="got 0 to 12;"):
        compile_graph(BOIN(n_doses=1), [0, 12])


def test_a_hash_collision_is_found_and_never_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    healthy = frontier._multipliers
    rows = np.random.default_rng(7).integers(0, 9, (500, 4)).astype(np.uint16)

    def poor(columns: int, salt: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        return np.ones(columns, dtype=np.uint64) if salt < 2 else healthy(columns, salt)

    monkeypatch.setattr(frontier, "_multipliers", poor)
    merged = frontier.merge(rows)
    distinct, counts = np.unique(rows, axis=0, return_counts=True)
    assert len(merged.rows) == len(distinct)
    assert np.array_equal(merged.rows[merged.index()], rows)
    order = np.lexsort(merged.rows.T[::-1])
    assert np.array_equal(merged.rows[order], distinct)
    assert np.array_equal(merged.total(np.ones(500, dtype=np.int64))[order], counts)


@dataclass(frozen=True)
class _Odd:
    """A design that decides what it is told, legal or not."""

    name: ClassVar[str] = "odd"
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt"})
    n_doses: int = 2
    max_n: int = 6
    action: int = Action.TREAT
    level: int = 1
    size: int = 3

    def decide(self, observed: Observed) -> Decision:
        ones = np.ones_like(observed.level)
        return Decision(self.action * ones, self.level * ones, self.size * ones, 3 * ones, 0 * ones)

    def select(self, observed: Observed) -> Ints:
        return np.ones_like(observed.level)


@pytest.mark.parametrize("odd", [_Odd(action=Action.WAIT), _Odd(level=0), _Odd(level=3), _Odd(size=0)])
def test_illegal_decisions_are_refused(odd: _Odd) -> None:
    with pytest.raises(DesignError, match="'odd' must stop, or treat"):
        compile_graph(odd, [6])  # type: ignore[arg-type]


def test_a_design_that_looks_early_is_refused() -> None:
    class Early(_Odd):
        reads = frozenset({"level", "n", "dlt", "pending"})

    with pytest.raises(DesignError, match="reads pending"):
        compile_graph(Early(), [6])  # type: ignore[arg-type]


def test_unread_fields_do_not_split_states() -> None:
    """A design that reads the last cohort keeps states apart that one that does not merges."""

    class Remembers(_Odd):
        reads = frozenset({"level", "n", "dlt", "last_n", "last_dlt"})

        def select(self, observed: Observed) -> Ints:
            return np.where(observed.last_dlt > 1, 0, observed.level)

    forgets = compile_graph(_Odd(), [6]).ends(6)  # type: ignore[arg-type]
    remembers = compile_graph(Remembers(), [6]).ends(6)  # type: ignore[arg-type]
    assert len(forgets) == 7
    assert len(remembers) == 5 + 5  # none has 2 to 6 DLTs in all, level 1 has 0 to 4
    chance = dict.fromkeys((0, 1), 0)
    for level, ways in zip(remembers.selection.tolist(), remembers.coefficient.tolist(), strict=True):
        chance[level] += ways
    assert chance == {0: 8 * 4, 1: 8 * 4}


def test_the_response_curve_and_the_declared_dose_are_used() -> None:
    exact = operating_characteristics(BOIN(), RISING, p_response=[0.1, 0.2, 0.3, 0.4, 0.5], correct=3)
    by_hand = float((exact.n_per_dose * [0.1, 0.2, 0.3, 0.4, 0.5]).sum())
    assert float(exact.expected_responses) == pytest.approx(by_hand, rel=1e-15)
    assert exact.pcs == exact.selection[3]
    assert operating_characteristics(BOIN(), RISING).pcs == exact.selection[4]


def test_one_response_curve_serves_every_truth_or_each_has_its_own() -> None:
    truths, own = [[0.1, 0.3], [0.3, 0.5], [0.0, 0.1]], [[0.2, 0.4], [0.1, 0.6], [0.0, 1.0]]
    design = BOIN(n_doses=2, max_n=6)
    for given, each in ((own[0], [own[0]] * 3), (own, own)):
        exact = operating_characteristics(design, truths, p_response=given)
        alone = [
            operating_characteristics(design, p, p_response=r) for p, r in zip(truths, each, strict=True)
        ]
        assert exact.expected_responses == pytest.approx([float(one.expected_responses) for one in alone])
    with pytest.raises(SimulatorError, match=r"p_response must have shape \(3, 2\), got \(2, 2\)"):
        operating_characteristics(design, truths, p_response=own[:2])
    with pytest.raises(SimulatorError, match=r"p_response must have shape \(2,\), got \(1, 2\)"):
        operating_characteristics(design, truths[0], p_response=own[:1])


@pytest.mark.parametrize("target", [0, 1, -0.1, float("nan")])
def test_a_target_of_measures_that_is_no_risk_between_0_and_1_is_refused(target: float) -> None:
    with pytest.raises(SimulatorError, match=f"target must be between 0 and 1, got {target}"):
        operating_characteristics(BOIN(), RISING, target=target)


@pytest.mark.parametrize(("correct", "shown"), [(-1, r"\[-1\]"), (6, r"\[6\]")])
def test_a_correct_dose_that_is_no_level_and_not_none_is_refused(correct: int, shown: str) -> None:
    with pytest.raises(SimulatorError, match=f"correct must be 0 .none. to 5, got {shown}"):
        operating_characteristics(BOIN(), RISING, correct=correct)
    assert operating_characteristics(BOIN(), RISING, correct=0).pcs == pytest.approx(
        float(operating_characteristics(BOIN(), RISING).selection[0])
    )


def test_public_names_have_the_documented_shapes() -> None:
    one = operating_characteristics(BOIN(), RISING, [15, 20], [0.1, 0.2, 0.3, 0.4, 0.5])
    assert one.selection.shape == (6,)
    assert one.n_per_dose.shape == one.dlt_per_dose.shape == (5,)
    assert one.total_n.shape == (31,)
    assert (one.states, one.paths) == (6564, 282586)
    assert one.by_cap.index.tolist() == [15, 20]
    assert one.by_cap.columns.tolist() == [0, 1, 2, 3, 4, 5]
    many = operating_characteristics(BOIN(), [RISING, RISING, RISING])
    assert many.selection.shape == (3, 6)
    assert many.n_per_dose.shape == many.dlt_per_dose.shape == (3, 5)
    assert many.total_n.shape == (3, 31)
    assert many.pcs.shape == many.of_states.over_60.shape == (3,)
    assert operating_characteristics(BOIN(), [RISING]).selection.shape == (1, 6)
    with pytest.raises(SimulatorError, match="caps: give one truth"):
        operating_characteristics(BOIN(), [RISING, RISING], caps=[15])
    with pytest.raises(SimulatorError, match="by_cap: give caps"):
        _ = many.by_cap


def test_a_row_is_what_it_packs() -> None:
    """256 n + dlt of every level, then the current level, the lowest closed one, and the last cohort."""
    row = np.array([[3 * 256, 6 * 256 + 2, 0, 2, 3, 3, 1]], dtype=np.uint16)
    read = frontier.observed(ThreePlusThree(n_doses=3), row)
    assert (read.n.tolist(), read.dlt.tolist()) == ([[3, 6, 0]], [[0, 2, 0]])
    assert (read.level[0], read.closed_from[0], read.last_n[0], read.last_dlt[0]) == (2, 3, 3, 1)
