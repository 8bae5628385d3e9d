"""Lists as hospitals export them: no pass or fail differs from the truth, and an unknown names the cell."""

from pathlib import Path

import numpy as np
import pytest

from tests.patients.hospital_exports import DAYS, FORMS, disagreements, export


@pytest.mark.parametrize("first", range(0, 200, 50))
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
    lists = [export(np.random.default_rng(seed)) for seed in range(80)]
    assert {one.form for one in lists} == set(FORMS)
    assert {"decimal" in one.mapping for one in lists} == {True, False}
    cells = "\n".join(cell for one in lists for row in one.rows for cell in row.values())
    for found in ("阳性(+)", "nein", "oui", "2026年", "T08:15:00+01:00", "<", "≥", "%"):
        assert found in cells, found
    headings = {heading for one in lists for heading in one.headers.values()}
    assert {"mg/dL" in heading for heading in headings} == {True, False}
    assert len({tuple(one.headers) for one in lists}) == len(lists)
    translated = [one for one in lists if {*one.headers.values()} - {*one.headers} - {*DAYS.values()}]
    assert len(translated) > len(lists) / 4
