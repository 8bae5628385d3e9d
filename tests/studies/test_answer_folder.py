"""What a what-if and an attrition leave on disk, by verb and by command; and what a notebook shows of them."""

import json

import pandas as pd
import pytest

from simulator.analysis.changes import OUTCOMES
from simulator.analysis.flow import flow
from simulator.errors import StoreError
from simulator.runs.paired_runs import Options, PairedRuns
from simulator.runs.run_record import altered_files
from simulator.scenario.scenario import load_scenario, parse_scenario
from simulator.studies.answer_folder import file_names
from simulator.studies.saved_run import load_run
from simulator.studies.sensitivity import sensitivity
from simulator.studies.what_if import sweep, what_if
from tests.support.command_line import simulator
from tests.support.in_process import run

REPLICATES = 12
SMALL = """
about: {title: "<script>alert(1)</script>"}
arrivals:
  sites: {value: 1, low: 1, high: 3, known: assumption}
truths:
  - {name: A, balanced: true, p_dlt: [0.5, 0.6, 0.7, 0.8], p_response: [0.1, 0.2, 0.3, 0.4]}
designs: [{name: "<b>boin</b>", design: boin}]
presets:
  second site: [arrivals.sites: 2]
"""


@pytest.fixture(scope="module")
def scenario():
    return parse_scenario(SMALL)


@pytest.fixture(scope="module")
def found(scenario):
    variants = {"second site": {"arrivals.sites": 2}, "second/site": {"arrivals.sites": 3}}
    return what_if(scenario, variants=variants, replicates=REPLICATES)


@pytest.fixture(scope="module")
def out(found, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved") / "out"
    found.save(folder)
    return folder


@pytest.fixture(scope="module")
def swept(scenario):
    return sweep(scenario, "arrivals.sites", [1, 2], replicates=REPLICATES)


@pytest.fixture(scope="module")
def swings(scenario):
    return sensitivity(scenario, "enrolled", replicates=REPLICATES)


def files(folder):
    return sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())


def test_saved_variants_are_tables_a_figure_per_outcome_the_text_and_every_scenario(found, out):
    figures = [f"figures/changes_{outcome}.{suffix}" for outcome in OUTCOMES for suffix in ("png", "svg")]
    assert files(out) == sorted(
        [
            *figures,
            *("tables/changes.csv", "tables/changes.parquet", "tables/needed.csv", "tables/needed.parquet"),
            *("manifest.json", "run.json", "scenario.yaml"),
            *("variant_second_site.yaml", "variant_second_site_2.yaml", "what_if.txt"),
        ]
    )
    assert altered_files(out, json.loads((out / "run.json").read_text())) == []
    pd.testing.assert_frame_equal(pd.read_parquet(out / "tables/changes.parquet"), found.changes)
    about = json.loads((out / "run.json").read_text(encoding="utf-8"))["about"]
    assert (about["kind"], about["replicates"], about["seed"]) == ("what-if", REPLICATES, 1)


def test_a_saved_scenario_gives_the_numbers_of_its_variant(found, out):
    again = load_scenario(out / "variant_second_site_2.yaml")
    assert again.arrivals.sites == 3
    same = what_if(again, {"arrivals.sites": 1}, replicates=REPLICATES).variants[0]
    for key, one in found.variants[1].found.items():
        assert same.found[key].before == one.after


def test_a_folder_that_is_not_empty_is_refused_and_force_replaces_what_was_written(swings, tmp_path):
    swings.save(tmp_path / "out")
    with pytest.raises(StoreError, match="holds a finished run; --force replaces it"):
        swings.save(tmp_path / "out")
    before = files(tmp_path / "out")
    swings.save(tmp_path / "out", force=True)
    assert files(tmp_path / "out") == before
    other = tmp_path / "other"
    other.mkdir()
    (other / "scenario.yaml").write_text("mine\n", encoding="utf-8")
    with pytest.raises(StoreError, match="not empty"):
        swings.save(other)
    with pytest.raises(StoreError, match="not written by this run"):
        swings.save(other, force=True)
    assert (other / "scenario.yaml").read_text(encoding="utf-8") == "mine\n"


def test_a_saved_answer_is_not_taken_for_a_comparison(out):
    with pytest.raises(StoreError, match="holds the answer of `simulator what-if`, not a comparison"):
        load_run(out)


def test_sweep_and_sensitivity_are_saved_with_their_frames(swept, swings, tmp_path):
    swept.save(tmp_path / "sweep")
    assert load_scenario(tmp_path / "sweep/sweep_arrivals.sites_2.yaml").arrivals.sites == 2
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "sweep/tables/sweep.parquet"), swept.curve)
    swings.save(tmp_path / "swings")
    written = pd.read_parquet(tmp_path / "swings/tables/tornado.parquet")
    pd.testing.assert_frame_equal(written, swings.tornado)
    assert (tmp_path / "swings/figures/tornado_b_boin_b.svg").is_file()


def test_results_show_themselves_in_a_notebook_with_every_name_escaped(found, swept, swings):
    shown = [one._repr_html_() for one in (found, swept, swings)]
    for html in shown:
        assert "<b>boin" not in html
        assert "<script" not in html
        assert "&lt;b&gt;boin" in html
    one = found.variants[0].found["<b>boin</b>", "A", "screened"]
    assert f"{one.before.value:.1f}±{one.before.mcse:.1f}" in shown[0]


def test_one_call_plots_each_result(found, swept, swings):
    assert found.plot().get_xlabel().startswith("change of: months")
    assert swept.plot("enrolled").get_ylabel().startswith("patients enrolled")
    assert swings.plot().get_xlabel().startswith("patients enrolled")


def test_names_of_files_are_plain_and_no_two_alike_on_any_file_system():
    names = ["a b", "A/B", "../x", "", "CD117 50 %", "a" * 99]
    assert file_names(names) == ["a_b", "A_B_2", "x", "variant", "CD117_50", "a" * 60]


def without_estimate(said):
    """Return messages without the line on a run that takes long, as on a busy machine."""
    return "".join(line for line in said.splitlines(keepends=True) if not line.startswith("About "))


def test_command_writes_what_it_prints_and_refuses_before_it_runs(tmp_path):
    (tmp_path / "s.yaml").write_text(SMALL, encoding="utf-8")
    asked = ["what-if", "s.yaml", "--preset", "second site", "--sensitivity", "enrolled"]
    asked += ["--replicates", "12", "--workers", "1", "--out", "out"]
    done = simulator(*asked, cwd=tmp_path)
    assert (done.returncode, without_estimate(done.stderr)) == (0, "")
    out = tmp_path / "out"
    texts = [(out / name).read_text(encoding="utf-8") for name in ("what_if.txt", "sensitivity.txt")]
    assert done.stdout.startswith("".join(texts))
    assert done.stdout.splitlines()[-1] == (
        "Written to out: tables/, figures/, what_if.txt, sensitivity.txt, 2 scenarios (.yaml), run.json."
    )
    assert altered_files(out, json.loads((out / "run.json").read_text())) == []
    again = simulator(*asked, cwd=tmp_path)
    assert (again.returncode, again.stdout) == (0, "".join(texts))
    assert again.stderr == "out held this answer, finished: nothing was run again.\n"
    refused = simulator(*asked, "--seed", "5", cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "holds a finished run; --force replaces it" in refused.stderr
    (out / "what_if.txt").write_text("altered", encoding="utf-8")
    refused = simulator(*asked, cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "altered since: what_if.txt" in refused.stderr


def test_attrition_command_writes_tables_figures_the_flow_and_the_months(tmp_path):
    (tmp_path / "s.yaml").write_text(SMALL.replace("<b>boin</b>", "boin"), encoding="utf-8")
    asked = ["attrition", "s.yaml", "--patients", "5000", "--pairs", "--months-of", "2", "--replicates", "12"]
    done = simulator(*asked, "--design", "boin", "--workers", "1", "--out", "out", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    out = tmp_path / "out"
    assert done.stdout.startswith((out / "attrition.txt").read_text(encoding="utf-8"))
    names = (
        "criteria",
        "criteria_of_run",
        "from_first_contact",
        "relaxations",
        "relaxations_changes",
        "flow",
    )
    assert [one for one in files(out) if one.endswith(".csv")] == [
        f"tables/{name}.csv" for name in sorted(names)
    ]
    assert [one for one in files(out) if one.endswith(".svg")] == [
        "figures/patient_flow_boin_A.svg",
        "figures/screen_failure_reasons.svg",
        "figures/screen_failure_reasons_of_run.svg",
    ]
    scenario = load_scenario(out / "scenario.yaml")
    runs = PairedRuns.of(scenario, Options(["boin"], None, 12, 1), 1)
    expected = flow(runs.results(scenario))
    pd.testing.assert_frame_equal(pd.read_parquet(out / "tables/flow.parquet"), expected)
    reached = expected[(expected["reason"] == "reached") & (expected["stage"] == "consented")]["value"].iloc[
        0
    ]
    [line] = [line for line in done.stdout.splitlines() if line.startswith("consented")]
    assert f" {reached:.1f}±" in line
    gains = pd.read_parquet(out / "tables/relaxations_changes.parquet")
    assert gains["variant"].nunique() == 2
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["about"]["kind"] == "attrition"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--design", "boin"],
            "attrition: --design and --truth are of simulated trials: give --replicates too",
        ),
        (["--months-of", "0"], "months-of must be a whole number from 1 to 200, got 0"),
        (["--replicates", "0"], "replicates must be a whole number, at least 1, got 0"),
        (["--seed", "-1"], "seed must be a whole number, at least 0, got -1"),
    ],
)
def test_bad_input_of_attrition_is_a_message_and_exit_2(arguments, message, tmp_path):
    (tmp_path / "s.yaml").write_text(SMALL, encoding="utf-8")
    asked = ["attrition", str(tmp_path / "s.yaml"), "--patients", "100", *arguments]
    assert run(asked) == (2, "", message + "\n")
