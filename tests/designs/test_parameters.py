"""Parameters outside their range are refused where they arrive: argument, value, legal range."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from simulator.designs import BOIN, ThreePlusThree
from simulator.errors import DesignError


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_doses": 0}, r"n_doses = 0: must be an integer in 1\.\.20"),
        ({"n_doses": 21}, r"n_doses = 21: must be an integer in 1\.\.20"),
        ({"n_doses": 5.0}, r"n_doses = 5\.0: must be an integer"),
        ({"n_doses": True}, "n_doses = True: must be an integer"),
        ({"target": 0.0}, r"target = 0\.0: must be 0 < target < 1"),
        ({"target": 1}, "target = 1: must be 0 < target < 1"),
        ({"target": float("nan")}, "target = nan"),
        ({"target": "0.3"}, "target = '0.3'"),
        ({"target": 0.75}, r"target = 0\.75: default p_tox = 1\.4 \* target must be below 1"),
        ({"p_saf": 0.3}, r"p_saf = 0\.3: must be 0 < p_saf < target = 0\.3"),
        ({"p_tox": 0.3}, r"p_tox = 0\.3: must be target = 0\.3 < p_tox < 1"),
        ({"cohort_size": 0}, "cohort_size = 0"),
        ({"max_n": 0}, r"max_n = 0: must be an integer in 1\.\.1000"),
        ({"max_n": 1001}, "max_n = 1001"),
        ({"start_dose": 6}, r"start_dose = 6: must be an integer in 1\.\.5"),
        ({"start_dose": 0}, "start_dose = 0"),
        ({"elimination_cutoff": 1.0}, r"elimination_cutoff = 1\.0: must be 0 < elimination_cutoff < 1"),
        ({"elimination_cutoff": True}, "elimination_cutoff = True"),
        ({"extra_safe_offset": 0.95}, r"extra_safe_offset = 0\.95: must be 0 < extra_safe_offset <"),
        ({"extra_safe": 1}, "extra_safe = 1: must be True or False"),
        ({"titration": None}, "titration = None: must be True or False"),
        ({"bound_mtd": "no"}, "bound_mtd = 'no': must be True or False"),
        ({"stay_on_one_of_three": 0}, "stay_on_one_of_three = 0: must be True or False"),
        ({"stop_n_at_dose": 0}, r"stop_n_at_dose = 0: must be an integer in 1\.\.1000"),
    ],
)
def test_boin_refuses(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(DesignError, match=f"boin: {message}"):
        BOIN(**parameters)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_doses": 0}, r"n_doses = 0: must be an integer in 1\.\.20"),
        ({"start_dose": 6}, r"start_dose = 6: must be an integer in 1\.\.5"),
        ({"de_escalation": 1}, "de_escalation = 1: must be True or False"),
        ({"confirm_six": None}, "confirm_six = None: must be True or False"),
        ({"unfinished": "lowest"}, "unfinished = 'lowest': must be one of 'highest_cleared', 'none'"),
    ],
)
def test_three_plus_three_refuses(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(DesignError, match=rf"3\+3: {message}"):
        ThreePlusThree(**parameters)


def test_numbers_of_numpy_are_numbers() -> None:
    n_doses: Any = np.int64(4)
    target: Any = np.float64(0.25)
    assert BOIN(n_doses=n_doses, target=target) == BOIN(n_doses=4, target=0.25)


def test_importing_the_designs_loads_neither_pandas_nor_scipy() -> None:
    code = (
        "import sys, simulator.designs, simulator.designs.conduct;"
        "print([m for m in ('pandas', 'scipy', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
