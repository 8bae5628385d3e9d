"""The command exact: its numbers are those of operating_characteristics; exit codes, options, files."""

import re

import numpy as np
import pandas as pd
import pytest

from simulator.analysis.exact_foreseen import exact_foreseen
from simulator.designs import BLRM, BOIN, CRM
from simulator.designs.stopped import Stopped
from simulator.designs.stopping_rules import TotalN
from simulator.errors import DesignError
from simulator.exact import operating_characteristics
from simulator.exact.accuracy import accuracy
from simulator.exact.complete_information import complete_information_pcs
from simulator.exact.exact_limit import exact_up_to
from simulator.exact.families import evaluate_family, logistic_curves, pseudo_uniform_curves
from simulator.outcomes.outcomes import HaematologicalDlt, estimand_risk
from simulator.report.text.exact import _caps_shown
from simulator.scenario.scenario import load_scenario
from tests.support.command_line import FILE, simulator
from tests.support.in_process import run

SMALL = (
    "about: {title: Small}\n"
    "truths:\n"
    "  - {name: '[b]A', balanced: true, correct: 3, p_dlt: [0.1, 0.2, 0.3, 0.4], p_response: [0.1, 0.2, 0.3, 0.4]}\n"
    "  - {name: B, balanced: true, correct: 2, p_dlt: [0.1, 0.2, 0.3, 0.4], p_response: [0.1, 0.2, 0.3, 0.4]}\n"
    "  - {name: C, p_dlt: [0.2, 0.3, 0.4, 0.5], p_response: [0.1, 0.2, 0.3, 0.4]}\n"
    "designs: [{name: boin, design: boin, max_n: 18}, {name: 3+3, design: 3+3}]\n"
    "question: {caps_to: 18}\n"
)


def exact(*arguments, columns="80"):
    """Run the command in a process of its own."""
    return simulator("exact", *arguments, COLUMNS=columns)


def exact_here(*arguments):
    """Run the command in this process: exit code, output, message."""
    return run(["exact", *map(str, arguments)])


@pytest.fixture(scope="module")
def default(tmp_path_factory):
    """The default scenario, two designs and three truths, printed and written."""
    folder = tmp_path_factory.mktemp("exact") / "tables"
    arguments = [
        FILE,
        "--design",
        "3+3",
        "--design",
        "boin",
        "--truth",
        "M0",
        "--truth",
        "M2",
        "--truth",
        "S3",
    ]
    done = exact(*arguments, "--cap-to", 30, "--out", folder)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout, {file.stem: pd.read_csv(file) for file in folder.glob("*.csv")}


def _value(frame, **where):
    for column, value in where.items():
        frame = frame[frame[column].isna() if value is None else frame[column] == value]
    assert len(frame) == 1, where
    return float(frame["value"].iloc[0])


@pytest.mark.parametrize("design", ["3+3", "boin"])
@pytest.mark.parametrize("truth", ["M0", "M2", "S3"])
def test_written_numbers_are_those_of_operating_characteristics(scenario, default, design, truth):
    curve = scenario.truth(truth)
    one = operating_characteristics(
        scenario.design(design), curve.p_dlt, p_response=curve.p_response, target=0.3
    )
    frame = default[1]["operating_characteristics"]
    of = frame[(frame["design"] == design) & (frame["truth"] == truth)]
    for level, p in enumerate(one.selection):
        assert _value(of, measure="selected", level=level) == pytest.approx(p, abs=1e-15)
    for level, n in enumerate(one.n_per_dose, start=1):
        assert _value(of, measure="evaluable", level=level) == pytest.approx(n, abs=1e-12)
    states = one.of_states
    for measure, value in {
        "pcs": one.pcs,
        "overdose_selection": one.overdose_selection,
        "stop_safety": one.early_stop["safety"],
        "stop_complete": one.early_stop["complete"],
        "over_60_percent_above_target": states.over_60,
        "over_80_percent_of_planned_above_target": states.over_80_of_planned,
        "poor_allocation": states.poor_allocation,
        "selected_on_fewer_than_3": states.selected_below_3,
        "rate_at_selected_bias": states.rate_bias,
        "rate_at_selected_coverage": states.rate_coverage,
        "responses": one.expected_responses,
    }.items():
        assert _value(of, measure=measure, level=None) == pytest.approx(
            float(value), abs=1e-12, nan_ok=True
        ), measure
    total = default[1]["total_n"]
    total = total[(total["design"] == design) & (total["truth"] == truth)]
    assert total["value"].sum() == pytest.approx(1, abs=1e-12)
    assert (total["evaluable"] * total["value"]).sum() == pytest.approx(float(one.mean_total_n), abs=1e-11)


def test_the_text_prints_the_written_numbers(default):
    text, tables = default
    frame = tables["operating_characteristics"]
    selection = text.split("Selection, % of trials")[1].split("Patients and DLTs")[0]
    line = next(line for line in selection.splitlines() if line.split()[:2] == ["S3", "3+3"])
    of = frame[(frame["design"] == "3+3") & (frame["truth"] == "S3") & (frame["statistic"] == "probability")]
    shown = ["pcs", *[("selected", level) for level in range(5)], "overdose_selection"]
    expected = [
        f"{100 * _value(of, measure=one, level=None):.1f}"
        if isinstance(one, str)
        else f"{100 * _value(of, measure=one[0], level=one[1]):.1f}"
        for one in shown
    ]
    assert line.split()[2:9] == expected


def test_accuracy_by_cap_and_the_number_needed_are_those_of_the_engine(scenario, default):
    text, tables = default
    curves = {name: scenario.truth(name).p_dlt for name in ("M0", "M2")}
    found = accuracy(scenario.design("boin"), curves, range(15, 31), target=0.3)
    frame = tables["accuracy"]
    of = frame[frame["design"] == "boin"]
    for k, cap in enumerate(range(15, 31)):
        at = of[of["cap"] == cap]
        assert _value(at, truth="average", measure="pcs") == pytest.approx(found.average_pcs[k], abs=1e-15)
        assert _value(at, truth="M2", measure="overdose") == pytest.approx(found.overdose[1, k], abs=1e-15)
        reference = complete_information_pcs(curves["M2"], cap, 0.3)
        assert _value(at, truth="M2", measure="complete_information_pcs") == pytest.approx(
            reference, abs=1e-15
        )
    assert not len(of[(of["truth"] == "M0") & (of["measure"] == "complete_information_pcs")])
    needed = found.needed().n
    assert needed is not None
    assert _value(tables["needed"], design="boin", measure="evaluable") == needed
    assert re.search(rf"^ boin +{needed} ", text, re.MULTILINE)
    assert "Not the whole question: without M1, M3, M4." in " ".join(text.split())
    assert "left out where none is correct (M0)" in " ".join(text.split())


def test_every_table_ends_with_statistic_and_value(default):
    assert set(default[1]) == {"operating_characteristics", "total_n", "accuracy", "needed"}
    for frame in default[1].values():
        assert frame.columns[-2:].tolist() == ["statistic", "value"]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The small scenario on a terminal of 20 columns: what is printed, the file, and the folder of tables."""
    folder = tmp_path_factory.mktemp("small")
    file = folder / "small.yaml"
    file.write_text(SMALL)
    return exact(file, "--out", folder / "out", columns="20"), file, folder / "out"


def test_nothing_is_cut_however_narrow_the_terminal_and_names_are_printed_as_they_are(small):
    done, file, _ = small
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(exact(file, columns="300").stdout)
    assert "…" not in done.stdout
    assert re.search(r"^ \[b\]A +boin", done.stdout, re.MULTILINE)


def test_a_declared_correct_dose_is_honoured(small):
    _, _, tables = small
    frame = pd.read_csv(tables / "operating_characteristics.csv")
    by_cap = pd.read_csv(tables / "accuracy.csv")
    for truth, correct in (("[b]A", 3), ("B", 2)):
        of = frame[(frame["design"] == "boin") & (frame["truth"] == truth)]
        assert _value(of, measure="correct_level") == correct
        assert _value(of, measure="pcs") == _value(of, measure="selected", level=correct)
        at = by_cap[(by_cap["design"] == "boin") & (by_cap["truth"] == truth) & (by_cap["cap"] == 18)]
        assert _value(at, measure="pcs") == pytest.approx(_value(of, measure="pcs"), abs=1e-14)


def test_late_aplasia_is_part_of_the_risk(scenario, tmp_path):
    assert exact_here(FILE, "--design", "boin", "--truth", "S2", "--out", tmp_path / "out")[0] == 0
    late = scenario.outcomes.model_copy(update={"haematological_dlt": HaematologicalDlt.DAY42})
    one = operating_characteristics(scenario.design("boin"), estimand_risk(scenario.truth("S2"), late))
    frame = pd.read_csv(tmp_path / "out" / "operating_characteristics.csv")
    of = frame[frame["truth"] == "S2 day 42"]
    assert _value(of, measure="selected", level=2) == pytest.approx(one.selection[2], abs=1e-14)
    assert not (tmp_path / "out" / "accuracy.csv").exists()  # S2 is not one of the question's


def test_a_family_is_seeded_and_summed_up(scenario, tmp_path):
    arguments = [FILE, "--design", "boin", "--truth", "M1", "--cap-to", 15, "--family", 300]
    _, first, _ = exact_here(*arguments, "--seed", 5, "--out", tmp_path / "out")
    _, again, _ = exact_here(*arguments, "--seed", 5)
    assert first.startswith(again)
    assert again != exact_here(*arguments, "--seed", 6)[1]
    frame = pd.read_csv(tmp_path / "out" / "family.csv")
    rule = scenario.design("boin")
    found = evaluate_family(rule, pseudo_uniform_curves(300, 4, 0.3, 5))
    of = frame[frame["family"] == "pseudo-uniform"]
    whole = of[of["kind"] == "all"]
    assert _value(whole, measure="pcs") == pytest.approx(found.average_pcs, abs=1e-15)
    assert _value(whole, measure="worst_decile_pcs") == pytest.approx(found.worst_decile_pcs, abs=1e-15)
    curves = pseudo_uniform_curves(300, 4, 0.3, 5)[:200]
    needed = accuracy(rule, {str(k): one for k, one in enumerate(curves)}, [15], target=0.3)
    met = needed.average_pcs[0] >= 0.6 and needed.overdose.mean() <= 0.25
    [shown] = whole[whole["measure"] == "evaluable"]["value"]
    assert shown == 15 if met else np.isnan(shown)
    assert re.search(rf"^ needed +200 +{'N 15' if met else 'not reached'}", first, re.MULTILINE)
    kinds = of[of["kind"] != "all"]
    assert kinds[kinds["measure"] == "curves"]["value"].sum() == 300
    worst = found.kinds()[0]
    assert re.search(rf"^ {worst.name} +{worst.curves} +{100 * worst.pcs:.1f}< ", first, re.MULTILINE)
    curves = pd.read_csv(tmp_path / "out" / "family_curves.csv")
    pcs = curves[(curves["family"] == "pseudo-uniform") & (curves["measure"] == "pcs")]["value"]
    np.testing.assert_allclose(pcs, found.pcs, rtol=0, atol=1e-15)


def test_calibration_shows_what_was_held_out(tmp_path):
    small = tmp_path / "small.yaml"
    small.write_text(SMALL)
    code, printed, message = exact_here(small, "--calibrate", "--cap-to", 16, "--out", tmp_path / "out")
    assert (code, message) == (0, "")
    assert "Calibration of boin: 72 designs tried" in printed
    assert "Trained on [b]A, B; held out: C." in " ".join(printed.split())
    frame = pd.read_csv(tmp_path / "out" / "calibration.csv")
    assert frame["rank"].max() == 72
    base = frame[(frame["rank"] == 0) & (frame["truths"] == "held out") & (frame["measure"] == "best_pcs")]
    rule = load_scenario(small).design("boin")
    found = accuracy(rule, {"C": [0.2, 0.3, 0.4, 0.5]}, [15, 16])
    assert float(base["value"].iloc[0]) == pytest.approx(found.average_pcs.max(), abs=1e-15)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--truth", "X"], "no truth 'X'"),
        (["--design", "X"], "no design 'X'"),
        (["--cap-from", "30", "--cap-to", "20"], "cap-from must be from 1 to cap-to, got 30 and 20"),
        (["--cap-to", "63"], "--cap-to"),
        (["--family", "0"], "--family"),
        (["--design", "3+3", "--calibrate", "--cap-to", "15"], "none of the designs 3+3 is a BOIN"),
        (["--truth", "M1", "--calibrate", "--cap-to", "15"], "M1 are the question's and none others"),
        (["--calibrate", "--train-on", "curves"], "train-on must be truths or families, got 'curves'"),
        (["--cohort-size", "3"], "--cohort-size and --train-on are of a calibration: give --calibrate too"),
    ],
)
def test_bad_input_exits_2_and_says_what_is_legal(arguments, message):
    code, output, said = exact_here(FILE, *arguments)
    assert (code, output) == (2, "")
    assert message in said


def test_a_process_refuses_bad_input_in_the_same_words():
    done = exact(FILE, "--truth", "X")
    assert (done.returncode, done.stdout) == (2, "")
    assert (2, "", done.stderr) == exact_here(FILE, "--truth", "X")
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_not_empty_is_refused_before_anything_is_computed(scenario, tmp_path):
    (tmp_path / "kept.txt").write_text("kept")
    code, output, message = exact_here(FILE, "--out", tmp_path)
    assert (code, output) == (2, "")
    assert "is not empty; --force writes into it" in message
    arguments = ["--design", "3+3", "--truth", "S1", "--out", tmp_path, "--force"]
    assert exact_here(FILE, *arguments)[0] == 0
    assert (tmp_path / "kept.txt").read_text() == "kept"
    assert load_scenario(tmp_path / "scenario.yaml") == scenario


def test_a_design_too_large_names_itself_and_the_sampler(tmp_path):
    large = tmp_path / "large.yaml"
    large.write_text(SMALL.replace("max_n: 18", "max_n: 50, cohort_size: 1, n_doses: 4").replace("18", "62"))
    code, _, message = exact_here(large, "--design", "boin", "--cap-to", 62)
    assert code == 2
    assert re.search(
        r"design 'boin': the exact engine would need about .* simulator\.exact\.simulate", message
    )


def test_calibration_holds_cohorts_of_three_and_trains_on_families(tmp_path):
    small = tmp_path / "small.yaml"
    small.write_text(SMALL)
    arguments = ["--calibrate", "--cohort-size", 3, "--train-on", "families", "--family", 4, "--cap-to", 16]
    code, printed, message = exact_here(small, *arguments, "--out", tmp_path / "out")
    assert (code, message) == (0, "")
    said = " ".join(printed.split())
    assert "Calibration of boin: 36 designs tried" in said
    assert "Trained on 4 curves of each family, seed 1, on average over them; held out: [b]A, B, C." in said
    frame = pd.read_csv(tmp_path / "out" / "calibration.csv")
    assert set(frame["cohort_size"]) == {3}
    base = frame[(frame["rank"] == 0) & (frame["truths"] == "training") & (frame["measure"] == "best_pcs")]
    curves = [*pseudo_uniform_curves(4, 4, 0.3, 1), *logistic_curves(4, 4, 0.3, 1)]
    rule = load_scenario(small).design("boin")
    found = accuracy(rule, {str(k): one for k, one in enumerate(curves)}, [15, 16])
    assert float(base["value"].iloc[0]) == pytest.approx(found.average_pcs.max(), abs=1e-15)


LARGE = """
about: {title: Large}
trial: {dose_levels: [1, 2, 3], target: 0.3, enrolment_max: 150}
truths:
  - {name: T, balanced: true, p_dlt: [0.05, 0.3, 0.5], p_response: [0.3, 0.4, 0.5]}
designs:
  - {name: boin, design: boin, cohort_size: 10, max_n: 90}
  - {name: 3+3, design: 3+3}
question: {caps_from: 55, caps_to: 90}
outcomes: {aplasia_day28: [0.2, 0.35, 0.5], aplasia_day42: [0.1, 0.2, 0.35]}
"""


def test_beyond_the_exact_engine_is_one_line_and_the_rest_is_printed(tmp_path):
    large = tmp_path / "large.yaml"
    large.write_text(LARGE)
    code, output, message = exact_here(large, "--design", "boin", "--out", tmp_path / "out")
    assert (code, message) == (
        0,
        "boin: exact up to 62 patients, beyond it not: without its size of 90 and what it needs up to 90\n",
    )
    lines = [line for line in output.splitlines() if "beyond it not" in line]
    assert lines == [
        "boin: exact up to 62 patients, beyond it not: without caps 63 to 90 and its size of 90."
    ]
    accuracy_written = pd.read_csv(tmp_path / "out" / "accuracy.csv")
    assert sorted(set(accuracy_written["cap"])) == list(range(55, 63))
    # A design whose own size is exact has every table.
    code, output, _ = exact_here(large)
    assert code == 0
    assert "3+3: exact up to 62 patients, beyond it not: without caps 63 to 90.\n" in output
    assert "Selection, % of trials" in output


def test_caps_wholly_beyond_the_exact_engine_are_refused_in_one_line(tmp_path):
    large = tmp_path / "large.yaml"
    large.write_text(LARGE.replace("caps_from: 55", "caps_from: 70"))
    code, output, message = exact_here(large, "--design", "boin")
    assert (code, output) == (2, "")
    assert "caps must be whole numbers from 1 to 62 for the exact engine" in message
    assert "got 70; simulator.exact.simulate takes up to 255" in message


def test_blrm_says_up_to_where_it_is_exact(tmp_path):
    path = tmp_path / "blrm.yaml"
    path.write_text(
        "about: {title: Fitted}\n"
        "trial: {dose_levels: [1, 2, 3, 4, 5], target: 0.3}\n"
        "truths:\n"
        "  - {name: T, balanced: true, p_dlt: [0.05, 0.1, 0.3, 0.5, 0.6], p_response: [0.1, 0.2, 0.3, 0.4, 0.5]}\n"
        "designs: [{name: b, design: blrm, max_n: 48, cohort_size: 1, titration: true}]\n"
        "question: {caps_from: 12, caps_to: 48}\n"
        "outcomes: {aplasia_day28: [0.2, 0.35, 0.5, 0.5, 0.5], aplasia_day42: [0.1, 0.2, 0.35, 0.5, 0.5]}\n"
    )
    code, output, message = exact_here(path)
    assert code == 0
    assert "b: fits its model in every state: its exact run takes up to a minute or two" in message
    assert "b: exact up to 14 patients, beyond it not: without caps 15 to 48 and its size of 48.\n" in output
    assert exact_up_to(BLRM(n_doses=5)) == 42
    assert exact_up_to(BLRM(n_doses=4)) == 51
    assert exact_up_to(BOIN(n_doses=5)) == 62
    with pytest.raises(DesignError, match=r"blrm is not exact beyond 42 patients on 5 levels .* got 45"):
        operating_characteristics(BLRM(n_doses=5, max_n=45), [0.1] * 5)


def test_a_crm_on_ten_levels_says_up_to_where_it_is_exact_and_does_not_stall() -> None:
    ten = CRM(n_doses=10, target=0.25, max_n=60)
    assert [exact_up_to(CRM(n_doses=levels, target=0.25)) for levels in (3, 5, 10)] == [62, 62, 51]
    assert [exact_up_to(CRM(n_doses=levels, target=0.25, cohort_size=1)) for levels in (5, 10)] == [36, 30]
    assert exact_up_to(Stopped(ten, (TotalN(60),))) == 51
    said = list(exact_foreseen({"crm": ten, "boin": BOIN(n_doses=10)}, 60))
    assert said == [
        "crm: exact up to 51 patients, beyond it not: without its size of 60 and what it needs up to 60",
        "crm: decides by the data of every level: its exact run takes up to half a minute",
    ]
    assert list(exact_foreseen({"crm": CRM(n_doses=5, target=0.25)}, 40)) == []
    with pytest.raises(
        DesignError, match=r"crm is not exact beyond 51 patients on 10 levels \(it decides by .* got 60"
    ):
        operating_characteristics(ten, [0.1] * 10)


def test_a_table_of_many_caps_shows_every_fifth_and_both_sides_of_every_change() -> None:
    caps = list(range(15, 63))
    met = [cap >= 33 for cap in caps]
    shown = [cap for cap, is_shown in zip(caps, _caps_shown(caps, met), strict=True) if is_shown]
    assert shown == [15, 20, 25, 30, 32, 33, 35, 40, 45, 50, 55, 60, 62]
    assert all(_caps_shown(caps[:40], met[:40]))
