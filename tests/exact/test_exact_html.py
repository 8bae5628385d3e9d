"""Exact operating characteristics in a notebook: the numbers of the object, level by level or truth by truth."""

import numpy as np

from simulator.designs import BOIN
from simulator.exact import operating_characteristics
from tests.ground.test_html_tables import Reader

DESIGN = BOIN(n_doses=4, target=0.30, max_n=18)
P = [0.08, 0.16, 0.30, 0.45]


def test_one_truth_is_shown_level_by_level() -> None:
    exact = operating_characteristics(DESIGN, P)
    texts = Reader(exact._repr_html_()).texts
    assert texts[0] == "boin, exact operating characteristics"
    at = texts.index("none")
    assert texts[at + 2] == f"{100 * exact.selection[0]:.1f}"
    for level, p in enumerate(P, start=1):
        name = f"{level} (correct)" if level == 3 else str(level)
        at = texts.index(name)
        assert texts[at + 1] == f"{p:g}"
        assert texts[at + 2] == f"{100 * exact.selection[level]:.1f}"
        assert texts[at + 3] == f"{exact.n_per_dose[level - 1]:.1f}"
        assert texts[at + 4] == f"{exact.dlt_per_dose[level - 1]:.2f}"
    assert any(f"Correct selection {100 * float(exact.pcs):.1f} %" in text for text in texts)
    assert repr(DESIGN) in texts


def test_many_truths_are_shown_one_below_the_other_and_the_rest_is_counted() -> None:
    rng = np.random.default_rng(1)
    truths = np.sort(rng.uniform(0.02, 0.7, (25, 4)), axis=1).round(3)
    exact = operating_characteristics(DESIGN, truths)
    read = Reader(exact._repr_html_())
    assert read.tags.count("tr") == 1 + 20
    for k in range(20):
        at = read.texts.index(", ".join(f"{p:g}" for p in truths[k]))
        assert read.texts[at + 1] == str(exact.correct_dose[k] or "none")
        shares = [*exact.selection[k], exact.pcs[k], exact.overdose_selection[k]]
        assert read.texts[at + 2 : at + 9] == [f"{100 * share:.1f}" for share in shares]
    assert "The first 20 of 25 truths." in read.texts
