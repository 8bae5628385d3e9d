"""The command resources: prints what the library finds, per truth where named; bad input is exit code 2."""

from pathlib import Path

from simulator.analysis.formatted_estimate import two_digits
from simulator.analysis.resources import resources
from simulator.analysis.unfinished import most_unfinished, unfinished_notes
from simulator.report.text.resources import render
from simulator.runs.paired_runs import Options, PairedRuns
from simulator.scenario.scenario import Scenario
from tests.support.command_line import FILE
from tests.support.in_process import run
from tests.support.places import DEFAULT_SCENARIO

SMALL = ("--design", "3+3", "--replicates", "4", "--seed", "2", "--workers", "1")


def test_resources_prints_what_the_library_finds(scenario: Scenario) -> None:
    code, out, err = run(["resources", FILE, *SMALL, "--truth", "M1"])
    runs = PairedRuns.of(scenario, Options(["3+3"], ["M1"], 4, 2, 1, None), 1)
    results = runs.results(scenario)
    assert (code, err) == (0, "")
    cut = unfinished_notes({"base": most_unfinished(results)}, compared=False)
    assert out == render(scenario, results, every_truth=True, warnings=(*cut, *runs.warnings))
    frame = resources(results, scenario.costs)
    mean = frame.query("resource == 'batches' and statistic == 'mean' and truth == 'M1'").iloc[0]
    assert two_digits(mean["value"], mean["mcse"]) in out
    assert "Truth M1" in out


def test_shares_and_waits_are_printed_and_how_the_referral_rate_is_known() -> None:
    _, out, _ = run(["resources", FILE, *SMALL, "--truth", "M1"])
    assert {"enrolment slots idle, % of slot-days", "vein to vein, days, P90"} <= {
        line[: line.index("  ")] for line in out.splitlines() if "  " in line.strip() and line[0] != " "
    }
    assert "0.44 and 0.68 at the sponsor's own centre" in " ".join(out.split())


def test_months_cut_at_the_calendar_limit_are_named(tmp_path: Path) -> None:
    text = DEFAULT_SCENARIO.read_text(encoding="utf-8")
    file = tmp_path / "short.yaml"
    file.write_text(
        text.replace("calendar_limit_months: {value: 120", "calendar_limit_months: {value: 9"),
        encoding="utf-8",
    )
    _, out, _ = run(["resources", str(file), *SMALL, "--truth", "M4"])
    said = " ".join(out.split())
    assert "a trial without recommendation by the calendar limit counts with the months" in said
    assert "At most so: 100.0 % of trials (3+3, M4)." in said
    assert "change" not in said


def test_without_a_truth_the_balanced_set_is_averaged() -> None:
    _, out, _ = run(["resources", FILE, *SMALL])
    assert "Averaged over M0, M1, M2, M3, M4" in out
    assert "Truth M1" not in out


def test_unit_costs_of_the_file_are_printed_with_how_they_are_known(tmp_path: Path) -> None:
    text = DEFAULT_SCENARIO.read_text(encoding="utf-8")
    priced = text.replace("  currency: null", "  currency: CNY", 1).replace(
        "  batch: null", "  batch: {value: 90000, known: assumption, unit: currency}", 1
    )
    file = tmp_path / "priced.yaml"
    file.write_text(priced, encoding="utf-8")
    code, out, _ = run(["resources", str(file), *SMALL, "--truth", "M1"])
    assert code == 0
    assert "cost of the trial, CNY" in out
    assert "cost per infused patient, CNY" in out
    assert "Unit costs, CNY: batch 90000 (assumption)." in out


def test_a_cost_without_a_currency_is_refused_at_its_place(tmp_path: Path) -> None:
    file = tmp_path / "priced.yaml"
    text = DEFAULT_SCENARIO.read_text(encoding="utf-8").replace("  batch: null", "  batch: 90000", 1)
    file.write_text(text, encoding="utf-8")
    code, out, err = run(["resources", str(file)])
    assert (code, out) == (2, "")
    assert "costs.currency: is required where a unit cost is given" in err


def test_an_unknown_truth_is_bad_input() -> None:
    code, _, err = run(["resources", FILE, "--truth", "M9"])
    assert code == 2
    assert "no truth 'M9'" in err


def test_no_line_is_wider_than_a_page_in_the_words_of_another_trial(tmp_path: Path) -> None:
    file = tmp_path / "tablet.yaml"
    assert run(["init", str(file), "--template", "small-molecule"])[0] == 0
    _, out, _ = run(["resources", str(file), *SMALL])
    assert max(map(len, out.splitlines())) <= 120
    assert "Lost to closed slots: eligible while no slot was open" in " ".join(out.split())


def test_four_designs_stand_below_each_other_where_a_line_has_no_room() -> None:
    names = ["3+3", "boin", "tite-boin", "rolling-6"]
    chosen = [argument for name in names for argument in ("--design", name)]
    _, out, _ = run(["resources", FILE, *SMALL, *chosen])
    assert max(map(len, out.splitlines())) <= 120
    rows = out.splitlines()
    headings = [rows[place - 1].split() for place, row in enumerate(rows) if row.startswith("-----")]
    assert [name for part in headings for name in part] == names
    assert len(headings) > 1
