"""Keyboard, mTPI, mTPI-2, i3+3 and CCD against published tables, cell by cell, and worked by hand."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from simulator.designs import BOIN, MTPI, MTPI2, CumulativeCohort, IThreePlusThree, Keyboard
from simulator.designs.ccd import recommended_delta
from simulator.designs.conduct import next_dose, selected_dose
from simulator.designs.design import Ints
from simulator.designs.interval_design import IntervalDesign
from simulator.designs.selection import closest_to_target
from simulator.designs.unit_mass import equal_intervals, largest_mass_bounds
from simulator.errors import DesignError
from simulator.exact import compile_graph, operating_characteristics
from tests.designs.published import numbers, rows

LARGEST_N = 30
INTERVAL: dict[str, Any] = {
    "keyboard": Keyboard,
    "mtpi": MTPI,
    "mtpi-2": MTPI2,
    "i3+3": IThreePlusThree,
    "ccd": CumulativeCohort,
}


def _judged(design: IntervalDesign, n: int, dlt: int) -> tuple[str, bool]:
    """Return E, S or D, and whether the level is eliminated."""
    tables = design.boundary_tables(LARGEST_N)
    up, down = dlt <= tables.escalate_at_most[n], dlt >= tables.deescalate_at_least[n]
    return "E" if up else "D" if down else "S", bool(dlt >= tables.eliminate_at_least[n])


@pytest.mark.parametrize("design", [MTPI(), MTPI2()], ids=lambda design: design.name)
def test_every_published_decision_of_mtpi_and_mtpi_2(design: MTPI | MTPI2) -> None:
    """escalation 0.2.3, target .30, n = 1..30, and which levels it excludes."""
    published = [row for row in rows("interval_decisions.csv") if row["design"] == design.name]
    assert len(published) == 495
    for row in published:
        expected = (row["decision"], row["excluded"] == "1")
        assert _judged(design, int(row["n"]), int(row["dlt"])) == expected, row


def test_every_published_decision_of_i3plus3() -> None:
    """The published rule, two intervals around .30, n = 3..30."""
    published = rows("i3plus3_decisions.csv")
    assert len(published) == 980
    for row in published:
        design = IThreePlusThree(epsilon_low=0.3 - float(row["low"]), epsilon_high=float(row["high"]) - 0.3)
        decision, eliminated = _judged(design, int(row["n"]), int(row["dlt"]))
        assert ("DU" if eliminated else decision) == row["decision"], row


def test_every_published_boundary_of_keyboard() -> None:
    """Keyboard 0.1.3 `get.boundary.kb`, target .30, two margins; its table eliminates at any n."""
    published = rows("keyboard_boundaries.csv")
    assert len(published) == 60
    for row in published:
        margins = {"margin_low": float(row["margin_low"]), "margin_high": float(row["margin_high"])}
        n = int(row["n"])
        bounds = Keyboard(**margins, elimination_min_n=1).decision_table(n).iloc[-1]
        found = ["" if value is None or str(value) == "<NA>" else str(value) for value in bounds.tolist()]
        columns = ("n", "escalate_if_at_most", "deescalate_if_at_least", "eliminate_if_at_least")
        assert found == [row[column] for column in columns]
        default = Keyboard(**margins).boundary_tables(n)
        assert default.escalate_at_most[n] == int(row["escalate_if_at_most"])
        assert default.deescalate_at_least[n] == int(row["deescalate_if_at_least"])
        gated = row["eliminate_if_at_least"] if n >= 3 else ""
        assert default.eliminate_at_least[n] == (int(gated) if gated else n + 1)


@pytest.mark.parametrize("place", range(3))
def test_exact_keyboard_agrees_with_the_simulation_of_its_package(place: int) -> None:
    """Keyboard 0.1.3 `get.oc.kb`, 2,000 trials: within 4 exact standard errors."""
    row = rows("keyboard_simulated_trials.csv")[place]
    p_dlt, trials = numbers(row["p_dlt"]), int(row["trials"])
    design = Keyboard(n_doses=len(p_dlt), cohort_size=int(row["cohort_size"]), max_n=30)
    assert int(row["cohorts"]) * design.cohort_size == design.max_n
    exact = operating_characteristics(design, p_dlt)
    published = np.array([float(row["none_percent"]), *numbers(row["selected_percent"])]) / 100
    p = exact.selection
    assert np.all(np.abs(published - p) <= 4 * np.sqrt(p * (1 - p) / trials))
    ends, risk = compile_graph(design, [design.max_n]).ends(design.max_n), np.array(p_dlt)
    probability = ends.coefficient * np.prod(risk**ends.dlt * (1 - risk) ** (ends.n - ends.dlt), axis=1)
    for counts, text in (
        (ends.n, row["mean_n"]),
        (ends.dlt, row["mean_dlt"]),
        (ends.n.sum(axis=1, keepdims=True), row["mean_total_n"]),
    ):
        mean = probability @ counts
        error = np.sqrt(probability @ (counts - mean) ** 2 / trials)
        assert np.all(np.abs(numbers(text) - mean) <= 4 * error)


@pytest.mark.parametrize("name", INTERVAL)
@pytest.mark.parametrize("target", [0.15, 0.2, 0.25, 0.3, 0.333, 0.4])
def test_bounds_are_ordered_and_rise_with_the_number_of_patients(name: str, target: float) -> None:
    tables = INTERVAL[name](target=target).boundary_tables(64)
    n = np.arange(1, 65)
    up, down, out = (
        bound[1:65]
        for bound in (tables.escalate_at_most, tables.deescalate_at_least, tables.eliminate_at_least)
    )
    assert np.all((up < down) & (down <= out) & (up < n) & (down <= n + 1))
    assert np.all(np.diff(up) >= 0)
    assert np.all(np.diff(down) >= 0)


@pytest.mark.parametrize("name", INTERVAL)
def test_bounds_do_not_depend_on_how_far_they_are_tabulated(name: str) -> None:
    small, large = (INTERVAL[name](target=0.25).boundary_tables(size) for size in (10, 200))
    for bound in ("escalate_at_most", "deescalate_at_least", "eliminate_at_least"):
        short = getattr(small, bound)
        assert np.array_equal(short, getattr(large, bound)[: len(short)])


def test_decisions_by_unit_mass_are_monotone_so_that_bounds_say_all() -> None:
    """Between the two bounds no count escalates or de-escalates, checked by the masses themselves."""
    from scipy.stats import beta

    intervals = equal_intervals(0.2, 0.3)
    escalate, deescalate = largest_mass_bounds(intervals, 20)
    for n in range(1, 21):
        for dlt in range(n + 1):
            posterior = beta(1 + dlt, 1 + n - dlt)
            masses = [
                max((posterior.cdf(high) - posterior.cdf(low)) / (high - low) for low, high in part)
                for part in (intervals.below, (intervals.target,), intervals.above)
            ]
            decision = int(np.argmax(masses))
            assert decision == int(dlt > escalate[n]) + int(dlt >= deescalate[n]), (n, dlt)


def test_equal_intervals_drop_a_piece_that_is_only_rounding() -> None:
    intervals = equal_intervals(0.25 - 0.05, 0.25 + 0.05)
    assert len(intervals.below) == 2
    assert len(intervals.above) == 7
    assert intervals.below[-1][0] == 0.0
    assert intervals.above[-1][1] == 1.0
    assert equal_intervals(0.25, 0.35).below[-1] == (0.0, pytest.approx(0.05))


def test_ccd_has_the_half_widths_of_its_paper_and_its_closed_ends() -> None:
    targets = [0.1, 0.25, 0.29, 0.3, 0.35, 0.4, 0.45, 0.5]
    assert [recommended_delta(t) for t in targets] == [0.09, 0.09, 0.09, 0.1, 0.1, 0.12, 0.13, 0.13]
    design = CumulativeCohort()
    # Exactly .2 escalates and exactly .4 de-escalates, although .3 - .1 and .3 + .1 are not exact.
    assert [_judged(design, n, dlt)[0] for n, dlt in ((5, 1), (10, 2), (5, 2), (10, 4), (10, 3))] == list(
        "EEDDS"
    )


def test_ccd_closes_nothing_by_default_and_says_so() -> None:
    assert next_dose(CumulativeCohort(), outcomes="1TTT 1TTT 1TTT").action == "treat"
    assert "never stops for toxicity" in CumulativeCohort().conventions()["elimination"]
    assert next_dose(CumulativeCohort(elimination_cutoff=0.95), outcomes="1TTT").action == "stop"


@pytest.mark.parametrize(
    ("design", "one_of_three", "two_of_six", "three_of_six"),
    [
        (Keyboard(), 2, 2, 1),
        (MTPI(), 2, 2, 2),
        (MTPI2(), 2, 2, 1),
        (IThreePlusThree(), 2, 2, 1),
        (CumulativeCohort(), 2, 2, 1),
        (BOIN(), 2, 2, 1),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_worked_examples_at_level_2(
    design: Any, one_of_three: int, two_of_six: int, three_of_six: int
) -> None:
    """By hand from the tables: 1/3, 2/6 and 3/6 at the middle level, target .30."""
    assert next_dose(design, outcomes="1NNN 2NNT").dose == one_of_three
    assert next_dose(design, outcomes="1NNN 2NNT 2NNT").dose == two_of_six
    assert next_dose(design, outcomes="1NNN 2NNT 2NTT").dose == three_of_six


def test_selection_of_ccd_pools_observed_rates_by_patients() -> None:
    """Rates 0/3, 2/6, 1/6, 3/6: levels 2 and 3 pool to 3/12 = .25, closest to .30: the higher of the two."""
    assert selected_dose(CumulativeCohort(n_doses=4), n=[3, 6, 6, 6], dlt=[0, 2, 1, 3]) == 3


def test_prior_of_selection_matters_and_is_as_stated() -> None:
    """One DLT of 3 against 3 of 12, target .29: .333 and .250 raw; the prior moves the first towards .5."""
    n, dlt, closed = np.array([[12, 3]]), np.array([[3, 1]]), np.array([3])
    for prior in (0.005, 0.05, 2.0):
        means = (dlt + prior) / (n + 2 * prior)
        halfway = float(means.mean())
        assert closest_to_target(n, dlt, closed, halfway - 1e-6, prior=prior)[0] == 1
        assert closest_to_target(n, dlt, closed, halfway + 1e-6, prior=prior)[0] == 2


@pytest.mark.parametrize(
    ("design", "parameters", "message"),
    [
        (
            Keyboard,
            {"margin_low": 0.3},
            r"keyboard: margin_low = 0\.3: must be 0 < margin_low < target = 0\.3",
        ),
        (
            Keyboard,
            {"margin_high": 0.7},
            r"keyboard: margin_high = 0\.7: must be 0 < margin_high < 1 - target",
        ),
        (MTPI, {"epsilon_low": 0}, "mtpi: epsilon_low = 0: must be"),
        (MTPI, {"selection_prior": 0}, "mtpi: selection_prior = 0: must be 0 < selection_prior < 10"),
        (MTPI2, {"elimination_cutoff": 1}, "mtpi-2: elimination_cutoff = 1: must be"),
        (MTPI2, {"elimination_min_n": 0}, "mtpi-2: elimination_min_n = 0: must be an integer"),
        (IThreePlusThree, {"target": 1.2}, r"i3\+3: target = 1\.2: must be 0 < target < 1"),
        (IThreePlusThree, {"start_dose": 6}, r"i3\+3: start_dose = 6"),
        (CumulativeCohort, {"delta": 0.3}, r"ccd: delta = 0\.3: must be 0 < delta < 0\.3"),
        (CumulativeCohort, {"target": 0.05}, r"ccd: target = 0\.05: default delta = 0\.09 reaches beyond"),
    ],
)
def test_parameters_outside_their_range_are_refused(
    design: Any, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(DesignError, match=message):
        design(**parameters)


def test_options_come_after_what_all_interval_designs_share_in_the_order_of_the_call() -> None:
    """The shared parameters are inherited; a call by position and what is printed stay as they were."""
    assert Keyboard(4, 0.25, 2, 20, 2, 0.04, 0.06, None, 1) == Keyboard(
        n_doses=4,
        target=0.25,
        cohort_size=2,
        max_n=20,
        start_dose=2,
        margin_low=0.04,
        margin_high=0.06,
        elimination_cutoff=None,
        elimination_min_n=1,
    )
    assert repr(CumulativeCohort()) == (
        "CumulativeCohort(n_doses=5, target=0.3, cohort_size=3, max_n=30, start_dose=1, delta=None,"
        " elimination_cutoff=None, elimination_min_n=3)"
    )


def test_interval_design_without_bounds_cannot_be_made() -> None:
    @dataclass(frozen=True, slots=True)
    class Unfinished(IntervalDesign):
        name: ClassVar[str] = "unfinished"

    with pytest.raises(TypeError, match=r"abstract.*bounds.*readings"):
        Unfinished()  # type: ignore[abstract]


def test_reading_of_a_design_takes_the_place_of_a_shared_one() -> None:
    @dataclass(frozen=True, slots=True)
    class Cautious(IntervalDesign):
        """Never moves, and closes a level at the first DLT."""

        name: ClassVar[str] = "cautious"

        def bounds(self, n: Ints) -> tuple[Ints, Ints]:
            return n * 0 - 1, n + 1

        def eliminate_at_least(self, n: Ints) -> Ints:
            return np.ones_like(n)

        def readings(self) -> dict[str, str]:
            return {"decision": "none", "elimination": "at the first DLT"}

    conventions = Cautious().conventions()
    assert list(conventions)[:3] == ["decision", "elimination", "move"]
    assert conventions["elimination"] == "at the first DLT"
    assert next_dose(Cautious(), outcomes="1NNN").dose == 1
    assert next_dose(Cautious(), outcomes="1NNT").action == "stop"
