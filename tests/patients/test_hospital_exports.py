"""Lists as hospitals export them: no pass or fail differs from the truth, and an unknown names the cell."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from tests.patients.hospital_exports import disagreements, export


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_no_verdict_of_a_list_differs_from_the_truth_and_every_unknown_is_asked_for(
    tmp_path: Path, first: int
):
    wrong = [
        f"list {seed}: {line}"
        for seed in range(first, first + 50)
        for line in disagreements(export(np.random.default_rng(seed)), tmp_path)
    ]
    assert wrong == []


def test_lists_differ_in_what_hospitals_differ_in():
    lists = [export(np.random.default_rng(seed)) for seed in range(60)]
    text = "\n".join(one.text for one in lists)
    assert {bool(one.mapping) for one in lists} == {True, False}
    for found in ("mg/dL", "umol/L", "阳性(+)", "nein", "oui", "2026年", "T08:15:00+01:00", "<", "≥", "%"):
        assert found in text, found
    orders = {one.text.split("\n", 1)[0].replace(";", ",") for one in lists}
    assert len(orders) == len(lists)
    one = next(one for one in lists if not one.mapping)
    assert len({len(row) for row in csv.reader(io.StringIO(one.text))}) == 1
