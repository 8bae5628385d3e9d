"""What a protocol says of the designs that need not wait: its numbers are those by which the design decides."""

import re
from typing import Any

import numpy as np
import pytest

from simulator.designs import (
    BEBOIN,
    BFBOIN,
    BOIN,
    BOIN12,
    CFO,
    DESIGNS,
    MTPI2,
    TITEBOIN,
    TITEBOIN12,
    TITECFO,
    TITECRM,
    PendingPolicy,
    RollingSix,
    TITEKeyboard,
)
from simulator.designs.design import Design
from simulator.designs.follow_up_table import follow_up_rows
from simulator.designs.rolling_six_table import rolling_six_rows
from simulator.designs.statement import protocol_statement
from tests.designs.published import rows as published_rows

NEWER = (
    RollingSix(),
    RollingSix(convention="iq"),
    TITEBOIN(),
    TITEBOIN(estimator="2020", suspension="lin2020", follow_up_weights=(0.2, 0.3, 0.5)),
    TITEKeyboard(),
    TITEKeyboard(estimator="2018"),
    BFBOIN(),
    BFBOIN(conflict="bfboin", backfill="random", stay_on_one_of_three=True),
    BEBOIN(),
    BOIN12(),
    TITEBOIN12(),
    TITECRM(),
    TITECRM(coherence=True, weights="adaptive", max_pending=0.5, min_follow_up=0.25),
    CFO(),
    TITECFO(),
    PendingPolicy(BOIN()),
    PendingPolicy(BOIN(), policy="look_ahead"),
    PendingPolicy(MTPI2(), policy="pod"),
)
CITED = re.compile(r"^([A-Z][\w'-]+ [A-Z]{1,2}(, |\. ))+[A-Z].{20,}\. [A-Z][\w ,&()-]+? (19|20)\d\d[;.]")


def text_of(design: Design) -> str:
    return " ".join(protocol_statement(design).sentences)


def of(design: Design) -> str:
    options = [f"{name}-{value}" for name, value in _options(design).items()]
    return "-".join([type(design).__name__, *options])


def _options(design: Any) -> dict[str, Any]:
    inner = getattr(design, "design", None)
    if inner is not None:
        return {"policy": design.policy}
    default = type(design)()
    names = type(design).__dataclass_fields__
    return {n: getattr(design, n) for n in names if getattr(design, n) != getattr(default, n)}


@pytest.mark.parametrize("design", NEWER, ids=of)
def test_the_rule_is_told_in_sentences_of_its_own_and_cited_in_full(design: Design) -> None:
    stated = protocol_statement(design)
    assert all(re.match(r"[A-Z]", one) and one.endswith(".") for one in stated.sentences)
    # A convention's name and a colon is no sentence of a protocol, nor is an option's name.
    readings = design.conventions()
    assert not any(
        one.startswith(tuple(f"{name[:1].upper()}{name[1:]}: " for name in readings))
        for one in stated.sentences
    )
    assert not re.search(
        r"\b(yuan2018|lin2020|chen2025|titemad|skolnik|look_ahead|plug_in|p_saf|phi_t|n_star)\b",
        text_of(design),
    )
    assert stated.references
    assert all(CITED.match(one) for one in stated.references)


@pytest.mark.parametrize(
    "design", [TITEBOIN(target=0.25), BFBOIN(target=0.2), BEBOIN(p_saf=0.1), PendingPolicy(BOIN())], ids=of
)
def test_lambda_in_the_paragraph_gives_the_bounds_of_the_table(design: Any) -> None:
    up, down = (float(re.search(rf"lambda_{which} = (0\.\d+)", text_of(design)).group(1)) for which in "ed")  # type: ignore[union-attr]
    table = design.decision_table(30)
    n = table["n"].to_numpy()
    # Three decimals are enough for each n of the table.
    assert (table["escalate_if_at_most"].to_numpy() == np.floor((up + 5e-4) * n)).all()
    shown = np.floor((down + 5e-4) * n) + 1
    assert (
        np.minimum(shown, table["eliminate_if_at_least"].fillna(99).to_numpy())
        == table["deescalate_if_at_least"].to_numpy()
    ).all()


@pytest.mark.parametrize(
    ("design", "share", "shortest"),
    [(TITEBOIN(), "50 %", None), (BEBOIN(), "49 %", "25 %"), (TITEBOIN(max_pending=0.3), "30 %", None)],
    ids=["tite-boin", "be-boin", "own share"],
)
def test_the_pending_share_in_the_paragraph_is_where_the_table_waits(
    design: Any, share: str, shortest: str | None
) -> None:
    text = text_of(design)
    assert f"more than {share} of the patients at the level have a pending outcome" in text
    assert (
        (f"followed for less than {shortest} of the window" in text)
        if shortest
        else "would escalate" not in text
    )
    limit = float(share.split(maxsplit=1)[0]) / 100
    waits = [row for row in follow_up_rows(design, 12) if row.decision == "wait"]
    assert waits
    assert all(row.pending_from > limit * row.n and row.pending_from - 1 <= limit * row.n for row in waits)


def test_the_estimate_of_the_paragraph_gives_the_limits_of_the_table() -> None:
    assert "(y + (c - S) p / (1 - p)) / n, where p = (y + 0.15) / (n - c + 1)" in text_of(TITEBOIN())
    checked = 0
    for row in follow_up_rows(TITEBOIN(), 12):
        n, y, c = row.n, row.dlt_from, row.pending_from
        p = (y + 0.15) / (n - c + 1)
        for limit, boundary in (
            (row.escalate_from, BOIN().lambda_e),
            (row.deescalate_to, BOIN().lambda_d),
        ):
            if limit is not None:
                assert (y + (c - limit) * p / (1 - p)) / n == pytest.approx(boundary, abs=1e-9)
                checked += 1
    assert checked > 10


def test_boundaries_and_benchmark_of_boin12_are_those_it_decides_by() -> None:
    for design in (BOIN12(phi_t=0.3, phi_e=0.2), TITEBOIN12(phi_t=0.3, phi_e=0.2)):
        text, limits = text_of(design), design.limits
        for shown in (
            f"lambda_d = {limits.lambda_d:.3f}",
            f"lambda_e = {limits.lambda_e:.3f}",
            f"{100 * limits.benchmark:.4g}",
        ):
            assert shown in text
        assert "risk exceeds 0.3 is below 0.95" in text
        assert "response probability is below 0.2 is below 0.9" in text
        assert "aims at" not in text


def test_cfo_names_the_prior_and_the_hypotheses_of_its_target() -> None:
    text = text_of(CFO(target=0.25))
    assert "prior Beta(0.25, 0.75)" in text
    assert "uniform between 0.25 and 0.5 at the current level" in text
    assert "(y + 0.25) / (n + 1)" in text
    assert "p = (y + 0.125) / (known outcomes + 1)" in text_of(TITECFO(target=0.25))


def test_tite_crm_has_its_skeleton_and_says_how_follow_up_counts() -> None:
    design = TITECRM(cohort_size=2, coherence=True)
    text = text_of(design)
    assert ", ".join(f"{risk:.3f}" for risk in design.crm.prior_risks) in text
    assert "Before each cohort of 2 the model is fitted" in text
    assert "a patient without one 1 - w p, w the follow-up as a share of the DLT window" in text
    assert [one.split(".")[0] for one in protocol_statement(design).references] == [
        "Cheung YK, Chappell R",
        "Cheung YK",
    ]


@pytest.mark.parametrize("convention", ["skolnik", "iq"])
def test_the_table_of_rolling_six_is_the_published_one(convention: str) -> None:
    """Of Frankel et al. 2020, table 2, as the rows of the published states that the design is tested by."""
    file, column = {
        "skolnik": ("rolling_six_states.csv", "decision_skolnik"),
        "iq": ("rolling_six_iq_states.csv", "decision_iq"),
    }[convention]
    words = {
        "treat here": "stay",
        "close the level": "deescalate",
        "wait": "suspend",
        "maximum tolerated dose": "mtd",
    }
    rows = rolling_six_rows(RollingSix(convention=convention))
    compared = 0
    for published in published_rows(file):
        n, y, c = (int(published[name]) for name in ("n", "dlt", "pending"))
        found = [
            row
            for row in rows
            if row.n == n and row.dlt_from <= y <= row.dlt_to and row.pending_from <= c <= row.pending_to
        ]
        assert len(found) == 1, (n, y, c)
        assert words.get(found[0].decision, found[0].decision) == published[column], (n, y, c)
        compared += 1
    assert compared > 20


def test_no_newer_design_of_the_registry_is_left_out() -> None:
    examples = (design() for name, design in DESIGNS.items() if name != "table")
    early = {design.name for design in examples if {"pending", "patients", "outcomes"} & design.reads}
    assert early <= {one.name for one in NEWER}
