"""What will not run exactly is said before anything is computed."""

from simulator.analysis.exact_foreseen import exact_foreseen
from simulator.designs import BOIN, TITEBOIN
from simulator.designs.blrm import BLRM


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
