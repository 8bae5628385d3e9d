"""The command report: files written, messages on an incomplete folder, exit codes."""

import json
from pathlib import Path
from shutil import copytree

import pytest
from typer.testing import CliRunner, Result

from simulator.commands.cli import app
from simulator.errors import SimulatorError
from simulator.report.render.html import page
from simulator.report.render.protocol_section import ProtocolSection, word_file
from simulator.scenario.scenario import parse_scenario
from simulator.studies.compare import compare
from simulator.studies.saved_run import load_run
from tests.support.command_line import simulator

SCENARIO = (
    "about: {title: Small}\n"
    "trial: {dose_levels: [1, 2, 3]}\n"
    "outcomes: {aplasia_day28: [0.1, 0.2, 0.3], aplasia_day42: [0.1, 0.2, 0.3]}\n"
    "truths: [{name: A, balanced: true, p_dlt: [0.1, 0.3, 0.5], p_response: [0.2, 0.3, 0.4]}]\n"
    "designs: [{name: 3+3, design: 3+3}]\n"
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    compare(parse_scenario(SCENARIO), replicates=3, out=folder)
    return folder


@pytest.fixture
def run(written: Path, tmp_path: Path) -> Path:
    return Path(copytree(written, tmp_path / "run"))


def report(*arguments: str | Path) -> Result:
    """Run the command in this process; an error that the command line prints is `exception`."""
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


def test_the_page_is_written_into_the_folder_and_the_folder_is_still_whole(run: Path) -> None:
    done = report(run)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"Written to {run / 'report.html'}.\n"
    found = load_run(run)
    assert (run / "report.html").read_text(encoding="utf-8") == page(found, found.about())


def test_the_statistical_section_is_written_where_asked(run: Path, tmp_path: Path) -> None:
    files = [tmp_path / "new" / name for name in ("page.html", "s.docx", "s.md")]
    done = report(run, "--out", files[0], "--word", files[1], "--markdown", files[2])
    assert done.exit_code == 0
    written, *draft = done.stdout.splitlines()
    assert written == f"Written to {', '.join(map(str, files))}."
    assert draft[0].startswith("DRAFT: 3 replicates. The Monte Carlo standard error of correct selection")
    assert max(map(len, draft)) <= 100
    found = load_run(run)
    assert files[1].read_bytes() == word_file(found, found.about())
    assert files[2].read_text(encoding="utf-8") == ProtocolSection.of(found, found.about()).markdown()
    assert not (run / "report.html").exists()


def test_a_second_report_replaces_the_first_but_not_a_file_of_somebody_else(run: Path) -> None:
    (run / "report.html").write_text('<meta name="generator" content="phase1-simulator report">')
    assert report(run).exit_code == 0
    assert (run / "report.html").stat().st_size > 10_000
    (run / "report.html").write_text("mine")
    done = report(run)
    assert isinstance(done.exception, SimulatorError)
    assert "not a page of this tool; --force replaces it" in str(done.exception)
    assert (run / "report.html").read_text() == "mine"


def test_force_replaces_a_file_of_somebody_else(run: Path) -> None:
    (run / "scenario.yaml").unlink()  # the tables alone: a page without figures is quicker
    (run / "report.html").write_text("mine")
    assert report(run, "--force").exit_code == 0
    assert (run / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_run_of_another_version_gives_its_tables_and_says_so(run: Path) -> None:
    record = json.loads((run / "run.json").read_text())
    record["about"]["version"] = "9.9.9"
    record["about"]["title"] = "<script>alert(1)</script>"
    (run / "run.json").write_text(json.dumps(record))
    done = report(run)
    assert done.exit_code == 0
    assert "note: Written by version 9.9.9; this is version" in done.stderr
    text = (run / "report.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert "Written by version 9.9.9" in text
    assert "needed_n, " in text
    refused = report(run, "--word", run / "s.docx")
    assert isinstance(refused.exception, SimulatorError)
    assert "needs the whole run" in str(refused.exception)


def test_an_altered_table_is_named_on_the_page_and_on_standard_error(run: Path) -> None:
    (run / "tables" / "used.csv").write_text("")
    done = report(run)
    assert done.exit_code == 0
    assert "note: Altered or missing since the run wrote it: tables/used.csv" in done.stderr
    text = (run / "report.html").read_text(encoding="utf-8")
    # the answer, the warnings and the head of the page
    assert text.count("Altered or missing since the run wrote it: tables/used.csv") == 3
    assert 'class="notice"' in text


def test_bad_input_is_exit_code_2_and_one_message(tmp_path: Path) -> None:
    done = simulator("report", tmp_path / "none")
    assert done.returncode == 2
    assert done.stderr == f"{tmp_path / 'none'}: no such folder\n"
    assert done.stdout == ""


def test_the_section_of_a_protocol_is_written_in_three_formats(run: Path) -> None:
    done = report(run, "--protocol")
    assert done.exit_code == 0
    files = [run / f"protocol.{suffix}" for suffix in ("html", "md", "docx")]
    assert done.stdout.splitlines()[0] == f"Written to {', '.join(map(str, files))}."
    found = load_run(run)  # the folder is whole
    section = ProtocolSection.of(found, found.about())
    assert files[0].read_text(encoding="utf-8") == section.html()
    assert files[1].read_text(encoding="utf-8") == section.markdown()
    assert files[2].read_bytes() == section.word()
    assert not (run / "report.html").exists()


def test_a_section_that_was_edited_since_is_replaced_only_where_forced(run: Path) -> None:
    assert report(run, "--protocol").exit_code == 0
    assert report(run, "--protocol").exit_code == 0  # the same again
    (run / "protocol.md").write_text("mine")
    done = report(run, "--protocol")
    assert isinstance(done.exception, SimulatorError)
    assert str(done.exception).startswith(f"{run / 'protocol.md'}: not what this run gives")
    assert (run / "protocol.md").read_text() == "mine"
    assert report(run, "--protocol", "--force").exit_code == 0
    assert (run / "protocol.md").read_text(encoding="utf-8").startswith("# Statistical section: Small")


def test_without_the_extra_a_section_is_written_but_for_word(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.commands.report.find_spec", lambda name: None)
    done = report(run, "--protocol")
    assert done.exit_code == 0
    assert "note: No Word file: pip install 'phase1-simulator[word]'" in done.stderr
    assert not (run / "protocol.docx").exists()
    assert (run / "protocol.html").exists()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--out", "s.html"), ["s.html"]),
        (("--out", "s.docx"), ["s.docx"]),
        (("--out", "s.md", "--word", "w.docx"), ["s.md", "w.docx"]),
        (("--word", "w.docx"), ["w.docx"]),
        (("--markdown", "m.md"), ["m.md"]),
    ],
)
def test_a_section_is_written_where_asked_and_nowhere_else(
    run: Path, tmp_path: Path, options: tuple[str, ...], named: list[str]
) -> None:
    before = sorted(run.rglob("*"))
    given = [tmp_path / "new" / one if place % 2 else one for place, one in enumerate(options)]
    assert report(run, "--protocol", *given).exit_code == 0
    assert sorted(run.rglob("*")) == before
    assert sorted(one.name for one in (tmp_path / "new").iterdir()) == sorted(named)
    found = load_run(run)
    section = ProtocolSection.of(found, found.about())
    for name in named:
        content = (tmp_path / "new" / name).read_bytes()
        match Path(name).suffix:
            case ".docx":
                assert content == section.word()
            case ".md":
                assert content == section.markdown().encode()
            case _:
                assert content == section.html().encode()


def test_the_page_is_no_word_file(run: Path, tmp_path: Path) -> None:
    done = report(run, "--out", tmp_path / "page.docx")
    assert isinstance(done.exception, SimulatorError)
    assert "the page is HTML; Word and Markdown are of the statistical section: --protocol" in str(
        done.exception
    )
    assert not (tmp_path / "page.docx").exists()
