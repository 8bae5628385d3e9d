"""What will not run exactly is said before anything is computed."""

from simulator.analysis.exact_foreseen import exact_foreseen
from simulator.designs import BOIN, TITEBOIN
from simulator.designs.blrm import BLRM
from simulator.designs.stopped import Stopped
from simulator.designs.stopping_rules import TotalN
from simulator.designs.titrated import Titrated


def test_designs_that_will_not_run_exactly_are_named_with_up_to_where_they_do() -> None:
    designs = {
        "boin": BOIN(n_doses=5, target=0.3, max_n=30),
        "large": BOIN(n_doses=5, target=0.3, max_n=90),
        "tite": TITEBOIN(n_doses=5, target=0.3),
        "blrm": BLRM(n_doses=10, target=0.3, max_n=30),
    }
    assert list(exact_foreseen(designs, 50)) == [
        "large: exact up to 62 patients, beyond it not: without its size of 90",
        "tite: not run exactly: it reads more than complete cohorts",
        "blrm: exact up to 21 patients, beyond it not: without its size of 30 and what it needs up to 50",
        "blrm: fits its model in every state: its exact run takes up to a minute or two",
    ]
    assert list(exact_foreseen({"boin": designs["boin"]}, None)) == []


def test_a_titrated_design_is_announced_from_the_size_at_which_its_run_takes_long() -> None:
    takes = "titration gives cohorts of every size: its exact run takes up to a few minutes, or is refused"
    said = f"{takes} as too large"
    for levels, quick, slow in ((5, 48, 52), (8, 36, 42)):
        large = Titrated(BOIN(n_doses=levels, target=0.3, max_n=slow))
        wrapped = Stopped(large, (TotalN(slow),))
        small = Titrated(BOIN(n_doses=levels, target=0.3, max_n=quick))
        assert list(exact_foreseen({"large": large, "wrapped": wrapped, "small": small}, None)) == [
            f"large: {said}",
            f"wrapped: {said}",
        ]
        assert list(exact_foreseen({"small": small}, slow)) == [f"small: {said}"]
