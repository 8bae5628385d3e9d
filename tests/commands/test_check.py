"""The commands check, schema and designs: exit codes, streams, no traceback, and a fast --help."""

import json
import os
import signal
import subprocess
import sys

import pytest

from simulator.exact import operating_characteristics
from simulator.scenario import parse_scenario
from simulator.scenario.correct_levels import correct_level
from tests.support.command_line import FILE, fresh_python, help_of, simulator, started
from tests.support.places import ROOT


def test_check_of_the_default_scenario_says_ok_and_how_numbers_are_known():
    done = simulator("check", FILE)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"ok: {FILE}"
    assert "designs   3+3, boin, tite-boin" in lines
    assert any(line.startswith("by name   boin-stop12 (boin), rolling-6, bf-boin") for line in lines)
    assert lines[-1].startswith("numbers   ")
    for word in ("looked up", "from memory", "expert assumption", "computed from public patient data"):
        assert word in lines[-1]
    assert "no source stated" not in done.stdout
    assert "default of the simulator" not in done.stdout


def test_check_lists_numbers_without_a_source_and_says_in_one_line_what_the_file_leaves_out(tmp_path):
    small = tmp_path / "small.yaml"
    small.write_text(
        "about: {title: Small}\n"
        "arrivals: {sites: 2}\n"
        "truths:\n"
        "  - {name: A, balanced: true, p_dlt: [0.1, 0.2, 0.3, 0.4], p_response: [0.1, 0.2, 0.3, 0.4]}\n"
        "designs: [{name: boin, design: boin}]\n"
    )
    done = simulator("check", str(small))
    assert done.returncode == 0
    _, _, listed = done.stdout.partition("no source stated:\n")
    stated, _, borrowed = listed.partition("not in the file, so taken from NCT07144020")
    assert stated.split() == ["arrivals.sites", "truths.A.p_dlt", "truths.A.p_response"]
    assert borrowed == (
        " (donor CAR-T cells in AML): trial, population, eligibility, screening, product, dosing, outcomes; part of "
        "arrivals\n"
    )
    assert "arrivals.ramp_months" not in done.stdout


CURVES = """
about: {title: Curves}
trial: {dose_levels: [1, 2, 3, 4], target: 0.3}
truths:
  - {name: safe, balanced: true, p_dlt: [0.02, 0.02, 0.02, 0.02], p_response: [0.1, 0.2, 0.3, 0.4]}
  - {name: rising, balanced: true, p_dlt: [0.02, 0.021, 0.022, 0.023], p_response: [0.1, 0.2, 0.3, 0.4]}
  - {name: plateau, balanced: true, p_dlt: [0.05, 0.22, 0.22, 0.22], p_response: [0.1, 0.2, 0.3, 0.4]}
  - {name: straddle, balanced: true, p_dlt: [0.1, 0.2, 0.4, 0.6], p_response: [0.1, 0.2, 0.3, 0.4]}
  - {name: float, balanced: true, p_dlt: [0.05, 0.15, 0.45, 0.6], p_response: [0.1, 0.2, 0.3, 0.4]}
  - {name: l1, balanced: true, p_dlt: [0.35, 0.45, 0.55, 0.6], p_response: [0.1, 0.2, 0.3, 0.4]}
  - {name: fall, balanced: true, falling: true, p_dlt: [0.5, 0.3, 0.1, 0.1], p_response: [0.1, 0.2, 0.3, 0.4]}
  - {name: toxic, balanced: true, p_dlt: [0.36, 0.45, 0.55, 0.6], p_response: [0.1, 0.2, 0.3, 0.4]}
  - {name: declared, correct: 1, p_dlt: [0.1, 0.2, 0.3, 0.6], p_response: [0.1, 0.2, 0.3, 0.4]}
  - {name: above, p_dlt: [0.33, 0.33, 0.5, 0.6], p_response: [0.1, 0.2, 0.3, 0.4]}
  - {name: steep, p_dlt: [0.05, 0.45, 0.6, 0.8], p_response: [0.1, 0.2, 0.3, 0.4]}
designs: [{name: boin, design: boin}]
"""


def test_check_says_which_level_each_truth_calls_correct_and_why(tmp_path):
    path = tmp_path / "curves.yaml"
    path.write_text(CURVES)
    done = simulator("check", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    first = next(k for k, line in enumerate(lines) if line.startswith("correct   "))
    assert [line[10:] for line in lines[first : first + 10]] == [
        "safe: level 4, its risk of 0.02 is closest to the target, the highest of levels 1, 2, 3 and 4 with it",
        "rising: level 4, its risk of 0.023 is closest to the target",
        "plateau: level 4, its risk of 0.22 is closest to the target, the highest of levels 2, 3 and 4 with it",
        "straddle: level 2, its risk of 0.2 is closest to the target; 0.4 is as close, and above it",
        "float: level 2, its risk of 0.15 is closest to the target; 0.45 is as close, and above it",
        "l1: level 1, its risk of 0.35 is closest to the target",
        "fall: level 2, its risk of 0.3 is the target",
        "toxic: none, every level's risk is above 0.35 (target + 0.05)",
        "declared: level 1, declared by the truth",
        "above: level 1, its risk of 0.33 is closest to the target, the lowest of levels 1 and 2 with it",
    ]


def test_check_warns_of_a_ladder_so_steep_that_the_correct_level_is_an_overdose(tmp_path):
    path = tmp_path / "curves.yaml"
    path.write_text(CURVES)
    warnings = simulator("check", str(path)).stdout.partition("warning: ")[2]
    assert " ".join(warnings.split()) == (
        "truth steep: the correct level 2 has a risk of 0.45, above 0.35: selecting it counts as correct and as an"
        " overdose; a level between would avoid this"
    )


def test_check_warns_of_a_trial_in_which_no_patient_can_come_or_be_complete(tmp_path):
    path = tmp_path / "never.yaml"
    text = CURVES.replace("target: 0.3}", "target: 0.3, calendar_limit_months: 0.5}")
    path.write_text(f"{text.rstrip()}\narrivals: {{sites: 1, referrals_per_site_month: 0}}\n")
    warnings = " ".join(simulator("check", str(path)).stdout.split()).split("warning: ")[1:]
    assert any(one.startswith("nobody is referred up to the calendar limit") for one in warnings)
    assert any(
        one.startswith("trial.calendar_limit_months (0.5) is shorter than trial.dlt_window_days (28)")
        for one in warnings
    )


def test_a_steep_ladder_has_selections_that_are_correct_and_an_overdose(tmp_path):
    scenario = parse_scenario(CURVES)
    judged = correct_level(scenario.truth("steep"), scenario.outcomes, 0.3)
    assert (judged.level, judged.overdose) == (2, True)
    exact = operating_characteristics(scenario.design("boin"), judged.risks)
    assert float(exact.pcs) == pytest.approx(exact.selection[2])
    assert float(exact.overdose_selection) == pytest.approx(exact.selection[2:].sum())


def test_check_prints_every_fault_on_standard_error_and_exits_2(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("about: {titel: x}\ntruths: []\ndesigns: 3\n")
    done = simulator("check", str(bad))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        f"{bad}:1:1: about.title: required key is missing; must be text of 1 to 200 characters",
        f"{bad}:1:9: about.titel: unknown key; did you mean 'title'?",
        f"{bad}:2:9: truths: must be a list of at least 1 truth, got a list",
        f"{bad}:3:10: designs: must be a list of at least 1 design, got 3",
    ]


@pytest.mark.parametrize(
    "arguments", [["check", "none.yaml"], ["check"], ["chek"], ["check", FILE, "--x"], []]
)
def test_wrong_use_exits_2_without_a_traceback(arguments):
    done = simulator(*arguments)
    assert done.returncode == 2
    assert done.stderr + done.stdout != ""
    assert "Traceback" not in done.stderr


def test_schema_prints_json():
    done = simulator("schema")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_designs_lists_every_registered_design_with_every_option():
    from dataclasses import fields

    from simulator.designs import DESIGNS
    from simulator.designs.stopping_rules import STOPPING_RULES

    done = simulator("designs")
    assert (done.returncode, done.stderr) == (0, "")
    blocks = {}
    for line in done.stdout.splitlines():
        if not line.startswith(" "):
            name = line.split(": ")[0]
            blocks[name] = []
        else:
            blocks[name].append(line.strip().split(":")[0])
    kinds = DESIGNS | {f"rule {name}": rule for name, rule in STOPPING_RULES.items()}
    options = {name: [option.name for option in fields(kind)] for name, kind in kinds.items()}
    policy = ["q_escalate", "q_deescalate", "probabilities"]
    around = {"Around any design": [], "Around a design by a decision table": policy}
    assert blocks == options | around


def test_reader_that_leaves_a_pipe_makes_no_noise():
    command = f"{sys.executable} -m simulator schema | head -c 10"
    done = subprocess.run(
        command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ('{\n "$schem', "")


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_interrupt_exits_130_without_a_traceback(tmp_path):
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    process = started("check", pipe)
    # The command waits for somebody to write into the pipe; opening it shows that it is there.
    writer = os.open(pipe, os.O_WRONLY)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    os.close(writer)
    assert process.returncode == 130
    assert "Traceback" not in said


HEAVY = {"numpy", "scipy", "pandas", "matplotlib", "pydantic", "ruamel", "simpy", "pyarrow"}


def test_help_imports_nothing_heavy():
    printed, imported = help_of()
    assert imported & HEAVY == set()
    assert "simulator" in imported
    for command in ("check", "schema", "designs"):
        assert command in printed


def test_help_answers_within_three_tenths_of_a_second_of_processor_time():
    def once():
        before = os.times()
        assert simulator("--help").returncode == 0
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    assert min(once() for _ in range(3)) < 0.3


def test_workers_that_keep_dying_exit_1_with_a_message_and_no_traceback():
    code = (
        "from simulator.errors import WorkerError\n"
        "from simulator import __main__ as program\n"
        "def app(prog_name):\n    raise WorkerError('3 pools died')\n"
        "program.app = app\n"
        "program.main()\n"
    )
    done = fresh_python(code, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "3 pools died\n")
