"""The command init: every template is accepted by check and answered by compare, in its own words."""

import re

import pytest

import simulator
from simulator.report.text.comparison import every_table
from simulator.report.text.first_screen import first_screen
from simulator.scenario.scenario import load_scenario
from simulator.scenario.templates import TEMPLATES, template_text
from tests.recorded import OTHER_TEMPLATES, fresh_template, template_output
from tests.support.in_process import run
from tests.support.places import DEFAULT_SCENARIO

ABSENT = re.compile(
    r"infus|donor|leuka|lympho|manufactur|\bproduct|\bresponse|aplasia|CAR-|\bCR\b|NCT|cells/kg|pre-screen",
    re.I,
)
"""What a trial of a tablet has not."""


@pytest.mark.parametrize("name", TEMPLATES)
def test_check_accepts_every_template_and_takes_nothing_in_silence(name, tmp_path):
    file = tmp_path / "new.yaml"
    code, said, _ = run(["init", str(file), "--template", name])
    assert code == 0
    assert f"simulator check {file}" in said
    assert file.read_text("utf-8") == template_text(name)
    code, said, _ = run(["check", str(file)])
    assert code == 0
    borrowed = [line for line in said.splitlines() if "taken from NCT07144020" in line]
    assert borrowed == []


def test_packaged_template_of_the_trial_is_its_scenario_byte_for_byte():
    assert template_text("nct07144020").encode() == DEFAULT_SCENARIO.read_bytes()


@pytest.mark.parametrize("name", OTHER_TEMPLATES)
def test_compare_answers_every_template_with_its_recorded_first_screen(name, tmp_path):
    """The fourth template is the scenario of `make compare`: tests/docs/test_readme.py."""
    screen = fresh_template(name, tmp_path)
    assert screen == template_output(name).read_text("utf-8")
    lines = screen.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100
    assert ("treated" in screen) == (name != "car-t")
    assert ("infused" in screen) == (name == "car-t")


@pytest.mark.parametrize("name", ["small-molecule", "minimal"])
def test_what_a_trial_does_not_have_appears_in_no_line_and_no_row(name, tmp_path):
    file = tmp_path / "new.yaml"
    file.write_text(template_text(name), "utf-8")
    found = simulator.compare(load_scenario(file), replicates=5, seed=1, workers=1)
    shown = every_table(found) + first_screen(found)
    said = [line for line in shown.splitlines() if "taken from NCT07144020" not in line]
    assert [line for line in said if ABSENT.search(line)] == []
    assert "treated" in "\n".join(said)
    kept = {"infused"}  # keys of tables stay
    for table, frame in found.tables().items():
        for column in ("measure", "count", "stage", "reason", "resource", "criterion"):
            keys = set(frame[column]) if column in frame.columns else set()
            strange = {
                key for key in keys if ABSENT.search(str(key).replace("_infus", "")) and key not in kept
            }
            strange -= {key for key in strange if key.startswith(("infused", "cost_per_infused"))}
            assert strange == set(), (table, column)


def test_report_of_a_tablet_speaks_of_no_cells(tmp_path):
    scenario = load_scenario_of("small-molecule", tmp_path)
    found = simulator.compare(scenario, replicates=5, seed=1, workers=1)
    found.report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    page = re.sub(r"<(svg|style|script)\b.*?</\1>", " ", page, flags=re.S)
    lines = re.sub(r"<[^>]+>", "\n", page).splitlines()
    assert [line for line in lines if ABSENT.search(line) and ": none" not in line] == []
    assert any("10, 20, 40, 80, 120 (mg/day)" in line for line in lines)


def test_notebook_views_and_what_if_of_a_tablet_speak_of_no_cells(tmp_path):
    scenario = load_scenario_of("small-molecule", tmp_path)
    pages = [
        simulator.compare(scenario, replicates=3, seed=1)._repr_html_(),
        simulator.replay(scenario, "boin", "third")._repr_html_(),
        simulator.what_if(scenario, {"arrivals.sites": 3}, designs=["boin"], replicates=3)._repr_html_(),
    ]
    for page in pages:
        lines = re.sub(
            r"<[^>]+>", "\n", re.sub(r"<(svg|style)\b.*?</\1>", " ", page, flags=re.S)
        ).splitlines()
        assert [line for line in lines if ABSENT.search(line)] == []
        assert "treated" in page


def load_scenario_of(name, folder):
    file = folder / f"{name}.yaml"
    file.write_text(template_text(name), "utf-8")
    return load_scenario(file)


def test_file_that_is_there_is_kept_unless_forced(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("mine")
    code, _, message = run(["init", str(file)])
    assert code == 2
    assert message == f"{file}: is there already; name another file, or give --force to replace it\n"
    assert file.read_text() == "mine"
    assert run(["init", str(file), "--force"])[0] == 0
    assert file.read_text("utf-8") == template_text("minimal")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["x.yaml", "--template", "smal-molecule"],
            "no template 'smal-molecule'; did you mean 'small-molecule'?",
        ),
        (["no/such/folder/x.yaml"], "no/such/folder/x.yaml: cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_written_is_one_clear_message(arguments, said):
    code, _, message = run(["init", *arguments])
    assert code == 2
    assert said in message


def test_attrition_of_own_criteria_has_no_desk_and_no_permitted_relaxation(tmp_path):
    file = tmp_path / "new.yaml"
    file.write_text(template_text("small-molecule"), "utf-8")
    code, said, _ = run(["attrition", str(file), "--patients", "2000"])
    assert code == 0
    assert "performance status" in said
    assert not re.search("desk|re-screen|D40", said)


@pytest.mark.parametrize("command", ["resources", "forecast"])
def test_other_commands_speak_of_no_cells(command, tmp_path):
    file = tmp_path / "new.yaml"
    file.write_text(template_text("small-molecule"), "utf-8")
    code, said, _ = run([command, str(file), "--replicates", "5", "--workers", "1"])
    assert code == 0
    assert [line for line in said.splitlines() if ABSENT.search(line)] == []


def test_exact_has_no_responses_where_none_is_modelled(tmp_path):
    file = tmp_path / "new.yaml"
    file.write_text(template_text("minimal"), "utf-8")
    code, said, _ = run(["exact", str(file), "--cap-from", "20", "--cap-to", "24"])
    assert code == 0
    assert "respon" not in said.lower()
