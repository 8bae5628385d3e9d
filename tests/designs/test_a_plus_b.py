"""A + B: 3+3 is A = B = 3 on every state, the published formula, and a rule written out a second time."""

from fractions import Fraction
from itertools import product
from math import comb, prod
from typing import Any

import numpy as np
import pytest

from simulator.designs import APlusB, ThreePlusThree
from simulator.designs.conduct import next_dose, selected_dose
from simulator.designs.design import Design, Observed
from simulator.errors import DesignError
from simulator.exact import operating_characteristics

RISKS = (0.05, 0.15, 0.3, 0.5)
VARIANTS = [(False, False), (True, False), (True, True)]
SETTINGS: list[dict[str, int]] = [
    {"a": 3, "b": 3},
    {"a": 2, "b": 4, "clear_if_at_most": 2},
    {"a": 4, "b": 2, "escalate_if_at_most": 1, "expand_if_at_most": 2, "clear_if_at_most": 2},
    {"a": 1, "b": 2, "expand_if_at_most": 1, "clear_if_at_most": 1},
]


def _every_state(n_doses: int, largest_n: int) -> list[Observed]:
    """Return every combination of counts, level and closed levels, by level and closed level."""
    cells = [(n, dlt) for n in range(largest_n + 1) for dlt in range(n + 1)]
    counts = np.array(list(product(cells, repeat=n_doses)))
    none = np.zeros(len(counts), dtype=np.int64)
    return [
        Observed(none + level, counts[:, :, 0], counts[:, :, 1], none, none, none + closed)
        for level in range(n_doses + 1)
        for closed in range(1, n_doses + 2)
    ]


@pytest.mark.parametrize(("de_escalation", "confirm"), VARIANTS)
@pytest.mark.parametrize("unfinished", ["highest_cleared", "none"])
def test_three_plus_three_is_a_equal_to_b_equal_to_3_on_every_state(
    de_escalation: bool, confirm: bool, unfinished: str
) -> None:
    for n_doses, largest_n in ((1, 12), (2, 7)):
        ours = APlusB(n_doses, de_escalation=de_escalation, confirm_full=confirm, unfinished=unfinished)
        theirs = ThreePlusThree(
            n_doses, de_escalation=de_escalation, confirm_six=confirm, unfinished=unfinished
        )
        assert ours.max_n == theirs.max_n
        for observed in _every_state(n_doses, largest_n):
            decided, expected = ours.decide(observed), theirs.decide(observed)
            for field in ("action", "level", "cohort_size", "closed_from", "reason"):
                assert np.array_equal(getattr(decided, field), getattr(expected, field))
            assert np.array_equal(ours.select(observed), theirs.select(observed))


def _binomial(n: int, y: int, p: Fraction) -> Fraction:
    return comb(n, y) * p**y * (1 - p) ** (n - y)


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_exact_selection_without_de_escalation_is_the_published_formula(setting: dict[str, int]) -> None:
    """Lin & Shih 2001: a level is passed at once, or after B more; selected is the last one passed."""
    design = APlusB(n_doses=4, de_escalation=False, confirm_full=False, **setting)
    passed = []
    for risk in RISKS:
        p, a, b = Fraction(risk), design.a, design.b
        at_once = sum((_binomial(a, y, p) for y in range(design.escalate_if_at_most + 1)), Fraction(0))
        later = Fraction(0)
        for y in range(design.escalate_if_at_most + 1, design.expand_if_at_most + 1):
            rest = range(design.clear_if_at_most - y + 1)
            later += _binomial(a, y, p) * sum((_binomial(b, z, p) for z in rest), Fraction(0))
        passed.append(at_once + later)
    expected = [prod(passed[:level]) * (1 - passed[level]) for level in range(4)] + [prod(passed)]
    exact = operating_characteristics(design, RISKS)
    np.testing.assert_allclose(exact.selection, [float(p) for p in expected], rtol=0, atol=1e-12)


def _by_hand(design: APlusB, risks: tuple[float, ...]) -> list[float]:
    """Return P(selected = 0..J) of the design with de-escalation, one trial path after the other."""
    a, full = design.a, design.a + design.b
    selected = [0.0] * (design.n_doses + 1)

    def walk(level: int, n: tuple[int, ...], dlt: tuple[int, ...], top: int, weight: float) -> None:
        """Treat the next group at `level`; `top` is the highest level that is not closed."""
        size = a if n[level] == 0 else design.b
        for y in range(size + 1):
            chance = weight * comb(size, y) * risks[level] ** y * (1 - risks[level]) ** (size - y)
            more_n = (*n[:level], n[level] + size, *n[level + 1 :])
            more_dlt = (*dlt[:level], dlt[level] + y, *dlt[level + 1 :])
            judge(level, more_n, more_dlt, top, chance)

    def judge(level: int, n: tuple[int, ...], dlt: tuple[int, ...], top: int, weight: float) -> None:
        first = n[level] == a
        if dlt[level] > (design.expand_if_at_most if first else design.clear_if_at_most):
            below = level - 1
            if below < 0:
                selected[0] += weight
            elif n[below] == full:
                selected[level] += weight
            else:
                walk(below, n, dlt, below, weight)
        elif first and dlt[level] > design.escalate_if_at_most:
            walk(level, n, dlt, top, weight)
        elif level < top:
            walk(level + 1, n, dlt, top, weight)
        elif n[level] < full and (design.confirm_full or top < design.n_doses - 1):
            walk(level, n, dlt, top, weight)
        else:
            selected[level + 1] += weight

    zeros = (0,) * design.n_doses
    walk(0, zeros, zeros, design.n_doses - 1, 1.0)
    return selected


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
@pytest.mark.parametrize("confirm", [False, True])
def test_exact_selection_with_de_escalation_is_the_rule_written_out(
    setting: dict[str, int], confirm: bool
) -> None:
    design = APlusB(n_doses=4, confirm_full=confirm, **setting)
    exact = operating_characteristics(design, RISKS)
    np.testing.assert_allclose(exact.selection, _by_hand(design, RISKS), rtol=0, atol=1e-12)


def test_worked_example_of_a_two_plus_four_trial() -> None:
    design = APlusB(n_doses=3, a=2, b=4, clear_if_at_most=2)
    steps = [
        ("", 1, 2),
        ("1NN", 2, 2),
        ("1NN 2NT", 2, 4),
        ("1NN 2NT 2NNNT", 3, 2),
        ("1NN 2NT 2NNNT 3TT", 2, 0),
    ]
    for outcomes, dose, size in steps[:-1]:
        answer = next_dose(design, outcomes=outcomes)
        assert (answer.dose, answer.cohort_size) == (dose, size)
    assert next_dose(design, outcomes=steps[-1][0]).action == "stop"
    assert selected_dose(design, outcomes=steps[-1][0]) == 2
    assert next_dose(design, outcomes="1NN 2TT") == next_dose(design, outcomes="1NN 2TT")
    assert next_dose(design, outcomes="1NN 2TT").cohort_size == 4


def test_a_titrated_level_neither_clears_nor_stands_in_the_way() -> None:
    for design in (ThreePlusThree(n_doses=3), APlusB(n_doses=3)):
        assert selected_dose(design, n=[1, 3, 0], dlt=[0, 0, 0]) == 2
        assert selected_dose(design, n=[1, 0, 0], dlt=[0, 0, 0]) == 0
        assert selected_dose(design, n=[1, 3, 0], dlt=[1, 0, 0]) == 0
        assert selected_dose(design, n=[3, 3, 0], dlt=[1, 0, 0]) == 0


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"a": 0}, r"a \+? ?= 0: must be an integer in 1\.\.50"),
        ({"b": 51}, r"b = 51: must be an integer in 1\.\.50"),
        ({"escalate_if_at_most": 3}, r"escalate_if_at_most = 3: must be an integer in 0\.\.2"),
        ({"escalate_if_at_most": 2}, r"expand_if_at_most = 1: must be an integer in 2\.\.3"),
        ({"clear_if_at_most": 0}, r"clear_if_at_most = 0: must be an integer in 1\.\.5"),
        ({"de_escalation": False}, "confirm_full = True with de_escalation = False"),
        ({"unfinished": "all"}, "unfinished = 'all': must be one of"),
        ({"confirm_full": 1}, "confirm_full = 1: must be True or False"),
    ],
)
def test_parameters_outside_their_range_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(DesignError, match=message):
        APlusB(**parameters)


def test_there_is_no_decision_table() -> None:
    design: Design = APlusB()
    with pytest.raises(DesignError, match="depends on the level above"):
        design.decision_table(12)
