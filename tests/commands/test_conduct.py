"""The commands table, next-dose and paths: what they print, what they write, and how they refuse."""

import csv
import io
import json
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest

from simulator.designs import BOIN
from tests.designs.examples import COMPLETE
from tests.support.command_line import fresh_python, simulator
from tests.support.in_process import run
from tests.support.places import DEFAULT_SCENARIO

FILE = str(DEFAULT_SCENARIO)


def test_bad_input_is_a_message_on_standard_error_and_exit_code_2() -> None:
    done = simulator("next-dose", FILE, "--design", "boin", "--outcomes", "1NNN 3NNN")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("outcomes, cohort 2: '3NNN': level 3, where boin advised")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["table", "boim"], "no registered design; did you mean 'boin'?"),
        (["table", FILE], "--design: name one of the scenario's designs: 3+3, boin"),
        (["table", FILE, "--design", "bion"], "no design 'bion'; did you mean 'boin'?"),
        (["table", "boin", "--design", "boin"], "--design boin: only with a scenario file"),
        (["table", FILE, "--design", "boin", "--option", "target=.2"], "--option target=.2: only with"),
        (["table", "boin", "--option", "targt=0.2"], "boin.targt: unknown option of boin"),
        (["table", "boin", "--option", "target=2"], "boin.target: must be 0 < target < 1, got 2"),
        (["table", "boin", "--option", "target"], "must be key=value"),
        (["table", "boin", "--option", "target=.2", "--option", "target=.3"], "given twice"),
        (["table", "boin", "--option", "target=[.2"], "--option 'target=[.2': "),
        (["table", "boin", "--max-n", "0"], "max_n = 0: must be an integer in 1..1000"),
        (["table", "boin", "--format", "pdf"], "--format pdf: must be one of text, csv, html, docx"),
        (["table", "boin", "--format", "docx"], "a Word file needs --out FILE"),
        (["table", "boin", "--out", "/dev/null/x"], "cannot be written"),
        (["next-dose", "boin", "--outcomes", "1N", "--data", "x"], "--outcomes and --data: give the data"),
        (
            ["next-dose", "boin", "--outcomes", "1NNN", "--dose", "1"],
            "--dose: only with --counts or --data; of --outcomes the last cohort says the level",
        ),
        (["next-dose", "boin", "--counts", "0/3"], "--counts and --dose: give both"),
        (["next-dose", "boin", "--data", "none.csv"], "none.csv: cannot be read"),
        (
            ["next-dose", "boin", "--counts", "0/3 0/0 0/0 0/0 0/0", "--dose", "2"],
            "nobody was treated at level 2",
        ),
        (
            ["next-dose", "boin", "--counts", "0/3 0/0 0/0 0/0 0/0", "--dose", "6"],
            "dose = 6: must be an integer in 1..5",
        ),
        (["next-dose", "crm", "--counts", "0/3 0/0 0/0 0/0 0/0", "--dose", "1"], "cohort by cohort"),
        (["paths", "boin", "--cohorts", "0"], "--cohorts 0: must be at least 1"),
        (
            ["next-dose", "boin", "--counts", "0/3 0/0 0/0 0/0 0/0", "--dose", "1", "--last-level", "1"],
            "--dose and --last-level: are the same option: give --dose alone",
        ),
        (
            ["table", "boin", "--option", "ncohort=12"],
            "ncohort: unknown option of boin; did you mean 'max_n', the number of patients, 12 cohorts of 3: 36?",
        ),
        (
            ["table", "rolling-6", "--option", "ncohort=12"],
            "ncohort: unknown option of rolling-6; it ends by its own rule, "
            "and earlier by a stopping rule total_n; legal: n_doses",
        ),
        (
            ["table", "3+3", "--option", "max_n=12"],
            "max_n: unknown option of 3+3; it ends by its own rule, "
            "and earlier by a stopping rule total_n; legal: n_doses",
        ),
    ],
)
def test_wrong_use_is_named(arguments: list[str], message: str) -> None:
    code, output, said = run(arguments)
    assert (code, output) == (2, "")
    assert message in said


def table(*arguments: str) -> str:
    code, output, message = run(["table", *arguments])
    assert (code, message) == (0, "")
    return output


def test_csv_holds_the_columns_of_the_decision_table() -> None:
    rows = list(csv.DictReader(io.StringIO(table("boin", "--format", "csv"))))
    frame = BOIN().decision_table(30)
    assert list(rows[0]) == list(frame.columns)
    for row, expected in zip(
        rows, frame.astype(object).where(frame.notna(), "").to_dict("records"), strict=True
    ):
        assert row == {column: str(value) for column, value in expected.items()}


def test_text_has_every_convention_and_the_column_of_level_1_only_where_it_differs() -> None:
    plain = table("boin")
    assert "Stop at level 1" not in plain
    for key in BOIN().conventions():
        assert f"\n{key}: " in plain
    assert "Stop at level 1" in table("boin", "--option", "extra_safe=true")


class Tags(HTMLParser):
    """Collects tags, their attributes and the text of cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "td" and data.strip():
            self.cells.append(data)


def test_html_is_one_escaped_page_with_the_numbers_of_the_csv(tmp_path: Path) -> None:
    text = Path(FILE).read_text(encoding="utf-8").split("\npresets:")[0]  # they name the design
    text = text.replace("name: boin\n", 'name: "<b>&"\n')
    text = text.replace("title: Donor", "title: <script>x</script> Donor")
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(text, encoding="utf-8")
    page = table(str(scenario), "--design", "<b>&", "--format", "html")
    tags = Tags()
    tags.feed(page)
    assert not {"script", "b", "link", "img", "iframe"} & set(tags.tags)
    assert not {"src", "href"} & set(tags.attributes)
    assert "@media print" in page
    assert "design &lt;b&gt;&amp;" in page
    rows = list(csv.reader(io.StringIO(table(str(scenario), "--design", "<b>&", "--format", "csv"))))[1:]
    assert tags.cells == [cell or "–" for row in rows for cell in row]


def test_word_holds_the_numbers_of_the_csv_and_every_convention(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    file = tmp_path / "new" / "table.docx"
    assert table("boin", "--format", "docx", "--max-n", "12", "--out", str(file)) == f"Written to {file}.\n"
    document = docx.Document(file)
    [grid] = document.tables
    rows = list(csv.reader(io.StringIO(table("boin", "--format", "csv", "--max-n", "12"))))[1:]
    assert [[cell.text for cell in row.cells] for row in grid.rows[1:]] == [
        [cell or "–" for cell in row] for row in rows
    ]
    said = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for key, text in BOIN().conventions().items():
        assert f"{key}: {text}" in said
    assert b"w:tblHeader" in zipfile.ZipFile(file).read("word/document.xml")


def test_word_without_its_extra_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "docx", None)
    code, _, message = run(["table", "boin", "--format", "docx", "--out", str(tmp_path / "t.docx")])
    assert code == 2
    assert message == "--format docx: needs python-docx: pip install 'phase1-simulator[word]'\n"
    assert not list(tmp_path.iterdir())


def answer(*arguments: str) -> dict[str, object]:
    code, output, message = run(["next-dose", *arguments, "--json"])
    assert (code, message) == (0, "")
    data = json.loads(output)
    assert isinstance(data, dict)
    return data


def test_json_holds_decision_estimates_record_and_what_follows() -> None:
    data = answer(FILE, "--design", "boin", "--outcomes", "1NNN 2NTN")
    assert data["decision"] == {
        "action": "treat",
        "level": 2,
        "cohort_size": 3,
        "closed_from": 5,
        "reason_code": "stay",
        "reason": "DLT rate near the target: stay",
    }
    levels = data["levels"]
    assert isinstance(levels, list)
    assert (levels[1]["n"], levels[1]["dlt"], levels[1]["rate"]) == (3, 1, 1 / 3)
    # P(p > 0.3 | Beta(2, 3)) = 0.7^4 + 4 * 0.3 * 0.7^3
    assert levels[1]["above_target"] == pytest.approx(0.7**4 + 4 * 0.3 * 0.7**3, rel=1e-12)
    assert (levels[2]["rate"], levels[2]["above_target"]) == (None, None)
    assert data["bounds"] == {
        "n": 3,
        "escalate_if_at_most": 0,
        "deescalate_if_at_least": 2,
        "eliminate_if_at_least": 3,
        "stop_at_level_1_if_at_least": 3,
    }
    following = data["outcomes_of_next_cohort"]
    assert isinstance(following, list)
    assert [(one["dlt"], one["decision"]["level"]) for one in following] == [(0, 3), (1, 2), (2, 1), (3, 1)]
    assert data["selected_if_ended_now"] == 2
    assert data["warnings"] == []


@pytest.mark.parametrize("name", sorted(COMPLETE.keys() - {"table"}))
def test_every_registered_design_of_complete_cohorts_is_conducted_by_name(name: str) -> None:
    data = answer(name, "--option", "n_doses=4")
    assert data["next"] == {
        "level": 1,
        "cohort_size": data["decision"]["cohort_size"],  # type: ignore[index]
        "ending": None,
    }
    code, output, _ = run(["paths", name, "--option", "n_doses=4", "--cohorts", "2"])
    assert code == 0
    assert "cohort +2" in output


def test_a_design_with_a_model_shows_its_estimates() -> None:
    _, output, _ = run(["next-dose", "crm", "--outcomes", "1NNN"])
    assert "model risk" in output


def test_counts_alone_are_answered_with_a_warning() -> None:
    data = answer(FILE, "--design", "boin", "--counts", "0/3 1/6 0/0 0/0", "--dose", "2")
    assert data["decision"]["level"] == 3  # type: ignore[index]
    assert "From counts alone it cannot be seen" in str(data["warnings"])


def test_what_a_reader_must_know_before_acting_is_warned_of() -> None:
    _, output, _ = run(["next-dose", "boin", "--outcomes", "1NNN 2NN"])
    assert "WARNING: The last cohort has 2 of the 3 patients that the design asked for" in output
    _, output, _ = run(["next-dose", "boin", "--outcomes", "1NNN", "--override", "level 4: x"])
    assert "WARNING: Level 4, chosen by override, passes over level 2, 3, where nobody was treated." in output
    _, output, _ = run(["next-dose", "boin", "--outcomes", "1TTT", "--override", "level 2: x"])
    assert "WARNING: Level 2, chosen by override, is closed by the design." in output
    assert "WARNING: The design has stopped and asks for no cohort" in output


def test_the_planned_size_is_named_and_the_trial_ends_there() -> None:
    _, output, _ = run(["next-dose", "boin", "--option", "max_n=3", "--outcomes", "1NNN"])
    assert "the planned size of 3 patients has been reached" in output
    assert "The planned size is reached: the trial ends here" in output
    assert "Selected: level 1." in output
    assert "What each outcome" not in output
    _, output, _ = run(["next-dose", "boin", "--option", "max_n=5", "--outcomes", "1NNN"])
    assert "With the planned size the next cohort is 2 patients." in output
    assert "2 patients at level 2" in output


def test_an_override_that_agrees_and_a_stop_are_said() -> None:
    _, output, _ = run(["next-dose", "boin", "--outcomes", "1NNN", "--override", "level 2: board"])
    assert "The override agrees with the advice." in output
    _, output, _ = run(["next-dose", "boin", "--outcomes", "1NNN", "--override", "stop: sponsor"])
    assert "Override of cohort 2: stop. Reason given: sponsor." in output
    assert "Selected: level 1." in output


def test_paths_writes_text_csv_and_tree(tmp_path: Path) -> None:
    folder = tmp_path / "paths"
    code, output, message = run(["paths", FILE, "--design", "boin", "--cohorts", "2", "--out", str(folder)])
    assert (code, message) == (0, "")
    assert {file.name for file in folder.iterdir()} == {"paths.txt", "paths.csv", "paths.svg", "paths.png"}
    assert output.startswith((folder / "paths.txt").read_text(encoding="utf-8"))
    rows = list(csv.DictReader(io.StringIO((folder / "paths.csv").read_text(encoding="utf-8"))))
    assert len(rows) == 13  # 4 + 4 + 4 outcomes of a second cohort, and the stop on 3 of 3
    assert rows[0] == {
        "cohort_1_level": "1", "cohort_1_n": "3", "cohort_1_dlt": "0",
        "cohort_2_level": "2", "cohort_2_n": "3", "cohort_2_dlt": "0",
        "action": "treat", "level": "3", "cohort_size": "3", "closed_from": "5", "reason": "escalate",
        "ending": "", "selected": "2",
    }  # fmt: skip
    assert (rows[-1]["cohort_2_n"], rows[-1]["action"], rows[-1]["selected"]) == ("", "end", "0")


def test_paths_without_a_legible_tree_say_why_and_write_the_rest(tmp_path: Path) -> None:
    code, output, _ = run(["paths", "boin", "--cohorts", "4", "--out", str(tmp_path)])
    assert code == 0
    assert output.endswith("No figure: 4 cohorts do not fit the width of a page, which holds 3.\n")
    assert {file.name for file in tmp_path.iterdir()} == {"paths.txt", "paths.csv"}


def test_paths_refuses_a_folder_that_is_not_empty_unless_forced(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    arguments = ["paths", "boin", "--cohorts", "1", "--out", str(tmp_path)]
    code, output, message = run(arguments)
    assert (code, output) == (2, "")
    assert "is not empty; --force writes into it" in message
    assert run([*arguments, "--force"])[0] == 0
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert (tmp_path / "paths.csv").exists()


def test_the_old_name_of_dose_is_understood_and_not_listed() -> None:
    counts = ["--counts", "0/3 1/6 0/0 0/0 0/0"]
    new = run(["next-dose", "boin", *counts, "--dose", "2"])
    assert new[0] == 0
    assert run(["next-dose", "boin", *counts, "--last-level", "2"]) == new
    help_text = run(["next-dose", "--help"])[1]
    assert "--dose" in help_text
    assert "--last-level" not in help_text


def test_help_imports_nothing_of_conduct() -> None:
    code = (
        "import sys\nimport simulator.commands.cli\n"
        "print([n for n in sys.modules if n.startswith(('simulator.designs', 'simulator.report', 'numpy'))])"
    )
    done = fresh_python(code)
    assert done.stdout.strip() == "[]"


def test_a_last_cohort_cut_by_the_planned_size_lacks_nobody() -> None:
    for outcomes, lacks in (("1NNN 2N", False), ("1NNN 2NN", False), ("1NN", True)):
        code, output, _ = run(["next-dose", "boin", "--option", "max_n=4", "--outcomes", outcomes])
        assert code == 0
        assert ("WARNING: The last cohort has" in output) is lacks
