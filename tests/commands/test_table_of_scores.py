"""`simulator table` of a design by benefit and risk prints the scores that trial staff look up."""

import csv
import io

from simulator.designs import TITEBOIN12
from simulator.designs.desirability_scores import score_table
from simulator.designs.stopped import Stopped
from simulator.designs.stopping_rules import TotalN
from tests.designs.published import rows
from tests.support.in_process import run


def test_the_command_prints_the_published_scores():
    _, printed, _ = run(["table", "boin12", "--max-n", "9", "--format", "csv"])
    lines = list(csv.reader(io.StringIO(printed)))
    assert lines[0] == ["Patients", "DLTs", *map(str, range(10))]
    cells = {(int(line[0]), int(line[1])): line[2:] for line in lines[1:]}
    compared = 0
    for row in rows("boin12_scores.csv"):
        of = tuple(row[name] for name in ("phi_t", "phi_e", "u2", "u3", "sizes_ranked_together"))
        if of == ("0.35", "0.25", "40", "60", "0 3 6 9"):
            shown = cells[int(row["n"]), int(row["dlt"])][int(row["response"])]
            assert shown == (row["rds"] if row["rds"] == "E" else f"{float(row['rds']):g}")
            compared += 1
    assert compared >= 50


def test_the_text_says_how_scores_are_read_and_names_the_conventions():
    _, text, _ = run(["table", "tite-boin12"])
    assert text.startswith("Scores of desirability, design tite-boin12\n")
    for part in (
        "Ranked together are the admissible outcomes of 0, 3, 6, 9, 12 patients",
        "pending outcomes",
        "E: not",
    ):
        assert part in text


def test_wrapped_designs_have_scores_and_others_none():
    wrapped = score_table(Stopped(TITEBOIN12(cohort_size=2), (TotalN(20),)), 4)
    assert wrapped is not None
    assert wrapped.sizes == (0, 2, 4)
    assert len(wrapped.rows) == 1 + 3 + 5


def test_utilities_that_counts_do_not_settle_are_one_clear_error():
    utilities = "utilities={no_dlt_response: 100, neither: 40, both: 70, dlt_only: 0}"
    code, _, message = run(["table", "boin12", "--option", utilities])
    assert code == 2
    assert "a table needs neither + both = 100" in message


def test_the_page_holds_the_scores(tmp_path):
    out = tmp_path / "scores.html"
    run(["table", "boin12", "--format", "html", "--out", str(out)])
    page = out.read_text(encoding="utf-8")
    assert "Scores of desirability" in page
    assert ">E<" in page
