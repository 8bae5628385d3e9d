"""BOIN's boundaries against published tables and against their definition."""

import numpy as np
import pytest
from scipy.special import betaincc

from simulator.designs import BOIN
from simulator.errors import DesignError
from tests.designs.published import rows


def _count(text: str) -> int | None:
    return int(text) if text else None


def test_boundaries_are_those_of_the_published_table_in_every_row() -> None:
    """BOIN 2.7.2 get.boundary: four targets, two cutoffs, n = 1..50, with the extra-safe bound."""
    compared = 0
    for row in rows("boin_boundaries.csv"):
        design = BOIN(
            target=float(row["target"]),
            elimination_cutoff=float(row["elimination_cutoff"]),
            extra_safe=True,
            extra_safe_offset=float(row["extra_safe_offset"]),
        )
        bounds = design.boundaries(int(row["n"]))
        assert bounds.escalate_if_at_most == int(row["escalate_if_at_most"]), row
        assert bounds.deescalate_if_at_least == int(row["deescalate_if_at_least"]), row
        assert bounds.eliminate_if_at_least == _count(row["eliminate_if_at_least"]), row
        assert bounds.stop_at_level_1_if_at_least == _count(row["stop_at_level_1_if_at_least"]), row
        assert design.lambda_e == pytest.approx(float(row["lambda_e"]), rel=1e-13)
        assert design.lambda_d == pytest.approx(float(row["lambda_d"]), rel=1e-13)
        compared += 1
    assert compared == 400


def test_decision_table_at_target_30_is_the_published_one() -> None:
    table = BOIN().decision_table(30)
    assert list(table["n"]) == list(range(1, 31))
    by_cohort = table[table["n"] % 3 == 0]
    assert by_cohort["escalate_if_at_most"].tolist() == [0, 1, 2, 2, 3, 4, 4, 5, 6, 7]
    assert by_cohort["deescalate_if_at_least"].tolist() == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert by_cohort["eliminate_if_at_least"].tolist() == [3, 4, 5, 7, 8, 9, 10, 11, 12, 14]


def test_decision_table_has_missing_counts_where_a_level_cannot_be_eliminated() -> None:
    table = BOIN().decision_table(3)
    assert [str(kind) for kind in table.dtypes] == ["Int64"] * 4
    assert table["eliminate_if_at_least"].isna().tolist() == [True, True, False]


def test_decision_table_refuses_a_size_that_is_not_a_number_of_patients() -> None:
    with pytest.raises(DesignError, match=r"max_n = 0: must be an integer in 1\.\.1000"):
        BOIN().decision_table(0)


@pytest.mark.parametrize(("target", "cutoff"), [(0.3, 0.95), (0.1, 0.8), (0.33, 0.99), (0.6, 0.95)])
def test_elimination_bound_is_the_smallest_count_whose_posterior_exceeds_the_cutoff(
    target: float, cutoff: float
) -> None:
    design = BOIN(target=target, elimination_cutoff=cutoff)
    for n in [*range(3, 130), 500, 1000]:
        dlt = np.arange(1, n + 1)
        above = dlt[betaincc(1 + dlt, 1 + n - dlt, target) > cutoff]
        expected = int(above[0]) if len(above) else None
        assert design.boundaries(n).eliminate_if_at_least == expected


def test_two_patients_never_eliminate() -> None:
    assert BOIN(target=0.05).boundaries(2).eliminate_if_at_least is None


def test_posterior_equal_to_the_cutoff_does_not_eliminate() -> None:
    # P(p > 1/2 | Beta(4, 1)) = 15/16 exactly.
    assert BOIN(target=0.5, elimination_cutoff=15 / 16).boundaries(3).eliminate_if_at_least is None
    assert BOIN(target=0.5, elimination_cutoff=0.9374).boundaries(3).eliminate_if_at_least == 3


def test_rate_of_exactly_lambda_d_stays() -> None:
    design = BOIN(target=0.4, p_tox=0.6)  # log(.6/.4) / log(.36/.16) = 1/2
    assert design.lambda_d == pytest.approx(0.5, rel=1e-15)
    for n in range(2, 30, 2):
        assert design.boundaries(n).deescalate_if_at_least == n // 2 + 1


def test_rate_of_exactly_lambda_e_escalates() -> None:
    design = BOIN(target=0.6, p_saf=0.4)
    assert design.lambda_e == pytest.approx(0.5, rel=1e-15)
    for n in range(2, 30, 2):
        assert design.boundaries(n).escalate_if_at_most == n // 2


def test_stay_on_one_of_three_changes_three_patients_only() -> None:
    plain, option = BOIN(target=0.2), BOIN(target=0.2, stay_on_one_of_three=True)
    assert plain.boundaries(3).deescalate_if_at_least == 1
    assert option.boundaries(3).deescalate_if_at_least == 2
    assert option.boundaries(3).escalate_if_at_most == 0
    assert all(plain.boundaries(n) == option.boundaries(n) for n in range(1, 60) if n != 3)


def test_stay_on_one_of_three_never_overrides_elimination() -> None:
    design = BOIN(target=0.05, stay_on_one_of_three=True)
    assert design.boundaries(3).eliminate_if_at_least == 1
    assert design.boundaries(3).deescalate_if_at_least == 1


def test_count_that_eliminates_never_escalates() -> None:
    design = BOIN(p_saf=0.29, elimination_cutoff=0.2)
    bounds = design.boundaries(10)
    assert bounds.eliminate_if_at_least is not None
    assert bounds.eliminate_if_at_least <= int(design.lambda_e * 10)
    assert bounds.escalate_if_at_most == bounds.eliminate_if_at_least - 1
    assert bounds.deescalate_if_at_least == bounds.eliminate_if_at_least


def test_statement_names_the_risks_that_fix_the_boundaries_and_an_early_stop_only_where_there_is_one() -> (
    None
):
    assert "underdosing risk of 0.18 and a lowest overdosing risk of 0.42)" in BOIN(target=0.3).moves(
        "the rate"
    )
    given = BOIN(target=0.3, p_saf=0.2, p_tox=0.39).moves("the rate")
    assert "underdosing risk of 0.2 and a lowest overdosing risk of 0.39)" in given
    plain, early = (" ".join(BOIN(stop_n_at_dose=n).stop_sentences()) for n in (None, 9))
    assert "Escalation ends early" not in plain
    assert "Escalation ends early" in early
