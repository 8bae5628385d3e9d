"""The report: every number from the frames, every name escaped, one file that fetches nothing."""

import io
import re
import sys
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree
from zipfile import ZipFile

import pandas as pd
import pytest

from simulator.analysis.reproduction import command
from simulator.errors import StoreError
from simulator.report.blocks import Items, Pairs, Section, Table, Text
from simulator.report.render.html import TEMPLATES, page, sections
from simulator.report.render.protocol_section import markdown_text, word_file
from simulator.report.sections.answer import answer, warnings
from simulator.report.sections.characteristics import described
from simulator.report.sections.checklist import items
from simulator.report.sections.designs import trial
from simulator.report.sections.estimand import estimand
from simulator.report.sections.flow import flow
from simulator.report.sections.size import justification
from simulator.report.values import ReportData
from simulator.runs.results import AVERAGE, BALANCED
from simulator.scenario.scenario import Scenario, parse_scenario
from simulator.studies.compare import Comparison, compare
from simulator.studies.saved_run import load_run
from simulator.trial.waiting_times import Waiting
from tests.analysis.runs import TRUTHS, comparison

EVIL = "<script>alert(1)</script>"
VOID = {"meta", "br", "hr", "img", "link", "input", "col"}
HREF = "{http://www.w3.org/1999/xlink}href"
TEXT_PX = 182 * 96 / 25.4
HIGHEST_PX = 175 * 96 / 25.4


def small(title: str = "Small", truth: str = "A", design: str = "3+3", trial: str = "") -> Scenario:
    return parse_scenario(
        f"about: {{title: '{title}'}}\n"
        f"trial: {{dose_levels: [1, 2, 3]{trial}}}\n"
        "outcomes: {aplasia_day28: [0.1, 0.2, 0.3], aplasia_day42: [0.1, 0.2, 0.3]}\n"
        "truths:\n"
        f"  - {{name: '{truth}', balanced: true, p_dlt: [0.1, 0.3, 0.5], p_response: [0.2, 0.3, 0.4],"
        f" note: '{title}'}}\n"
        "designs:\n"
        f"  - {{name: '{design}', design: 3+3}}\n"
    )


@cache
def evil() -> Comparison:
    names = small(EVIL, EVIL, EVIL).with_changes({"about.registry_id": EVIL, "about.note": EVIL})
    return compare(names, replicates=2)


@cache
def findings() -> ReportData:
    return ReportData(comparison(), comparison().about())


@cache
def html() -> str:
    return page(comparison(), comparison().about())


class Reader(HTMLParser):
    """Reads a page into what the tests ask about."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.headings: list[tuple[int, str]] = []
        self.tables: list[dict[str, Any]] = []
        self.texts: list[str] = []
        self.declaration = ""

    def handle_decl(self, decl: str) -> None:
        self.declaration = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag in VOID:
            return
        self.open.append(tag)
        match tag:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                self.headings.append((int(tag[1]), ""))
            case "table":
                self.tables.append({"caption": "", "head": [], "rows": [], "scopes": []})
            case "tr" if "thead" not in self.open:
                self.tables[-1]["rows"].append([])
            case "th" | "td" if "thead" in self.open:
                self.tables[-1]["head"].append("")
            case "th" | "td":
                self.tables[-1]["rows"][-1].append("")
        if tag == "th":
            self.tables[-1]["scopes"].append(dict(attrs).get("scope"))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        where = self.open[-1] if self.open else ""
        if where[:1] == "h" and where[1:].isdecimal():
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)
        elif "caption" in self.open:
            self.tables[-1]["caption"] += data
        elif where in ("th", "td"):
            cells = self.tables[-1]["head"] if "thead" in self.open else self.tables[-1]["rows"][-1]
            cells[-1] += data
        if "style" not in self.open and data.strip():
            self.texts.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@cache
def shown() -> Reader:
    return read(html())


def table(caption: str) -> dict[str, Any]:
    [found] = [one for one in shown().tables if one["caption"].startswith(caption)]
    assert all(len(row) in (1, len(found["head"])) for row in found["rows"])
    return dict(found)


# One file


def test_the_page_fetches_nothing_and_runs_nothing() -> None:
    for tag, name, value in shown().attributes:
        assert tag not in ("script", "link", "iframe", "object", "embed")
        assert not name.startswith("on")
        if (tag, name) == ("img", "src"):
            assert value is not None
            assert value.startswith("data:image/svg+xml,")
        elif name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
            assert value is not None
            assert value.startswith("#"), (tag, name, value)
    assert "@import" not in html()
    assert not re.search(r"url\((?!#|%23)", html())


def test_identifiers_are_unique_and_every_reference_is_met() -> None:
    ids = [value for _, name, value in shown().attributes if name == "id"]
    assert len(ids) == len(set(ids))
    references = {
        value[1:]
        for _, name, value in shown().attributes
        if name in ("href", "xlink:href") and value is not None
    }
    references |= {value for _, name, value in shown().attributes if name == "aria-labelledby" and value}
    assert len(references) > 30
    assert references <= set(ids)


def test_the_page_is_accessible_to_a_reader_of_text() -> None:
    reader = shown()
    assert reader.declaration == "DOCTYPE html"
    assert ("html", "lang", "en") in reader.attributes
    levels = [level for level, _ in reader.headings]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - level <= 1 for level, later in pairwise(levels))
    assert all(text.strip() for _, text in reader.headings)
    for one in reader.tables:
        assert one["caption"]
        assert set(one["scopes"]) <= {"col", "row", "rowgroup"}
        assert one["scopes"].count("col") == len(one["head"])
    said = [value for tag, name, value in reader.attributes if (tag, name) == ("img", "alt")]
    assert html().count("<img") == len(said) > 5
    assert all(said)


def test_a_figure_is_an_image_with_the_size_that_it_has_on_paper() -> None:
    given = [(name, value) for tag, name, value in shown().attributes if tag == "img" and value]
    for name, value in given:
        if name == "src":
            svg = ElementTree.fromstring(unquote(value.partition(",")[2]))
            assert svg.tag == "{http://www.w3.org/2000/svg}svg"
            ids = [one.attrib["id"] for one in svg.iter() if "id" in one.attrib]
            linked = [one.attrib[HREF][1:] for one in svg.iter() if HREF in one.attrib]
            assert len(linked) > 5
            assert set(linked) <= set(ids)
        elif name in ("width", "height"):
            assert 100 < int(value) <= HIGHEST_PX


def test_columns_of_every_table_fit_on_a4() -> None:
    widths = [
        int(value) for tag, name, value in shown().attributes if (tag, name) == ("table", "width") and value
    ]
    columns = [
        int(value) for tag, name, value in shown().attributes if (tag, name) == ("col", "width") and value
    ]
    assert len(widths) == len(shown().tables)
    assert sum(widths) == sum(columns)
    assert len(columns) == sum(len(one["head"]) for one in shown().tables)
    assert all(0 < width <= TEXT_PX + 6 for width in widths)  # whole pixels, a column


def test_the_template_is_part_of_the_package() -> None:
    assert TEMPLATES.is_relative_to(Path(sys.modules["simulator.report"].__path__[0]))
    assert (TEMPLATES / "report.html").is_file()


def test_the_same_run_gives_the_same_page_and_files(tmp_path: Path) -> None:
    done = compare(small(), replicates=3, out=tmp_path / "run")
    again = load_run(tmp_path / "run")
    about = done.about()
    assert page(done, about) == page(again, about)
    assert markdown_text(done, about) == markdown_text(again, about)
    assert word_file(done, about) == word_file(again, about)
    done.report(tmp_path / "new" / "page.html")
    assert (tmp_path / "new" / "page.html").read_text(encoding="utf-8") == page(again, about)


def test_a_page_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        evil().report(tmp_path / "file" / "page.html")


# Names


def test_names_of_a_scenario_are_text_in_the_page() -> None:
    text = page(evil(), evil().about(), (EVIL,))
    reader = read(text)
    assert "<script" not in text
    assert sum(EVIL in one for one in reader.texts) > 10
    assert EVIL in reader.headings[0][1]


@pytest.mark.parametrize("name", ["$\\frac{$", '--><img src=x onerror="alert(1)">', "{{ 7 * 7 }} %s {0}"])
def test_names_that_a_figure_or_a_template_could_read_as_more_are_text(name: str) -> None:
    data: dict[str, Any] = small().to_data()
    truths, designs = data["truths"], data["designs"]
    data |= {"truths": [truths[0] | {"name": name}], "designs": [designs[0] | {"name": name}]}
    done = compare(parse_scenario(_yaml(data)), replicates=2)
    reader = read(page(done, done.about()))
    assert sum(name in one for one in reader.texts) > 10
    assert all(key in ("src", "alt", "width", "height") for tag, key, _ in reader.attributes if tag == "img")
    assert not any(key.startswith("on") for _, key, _ in reader.attributes)


def test_names_of_a_scenario_are_text_in_markdown() -> None:
    text = markdown_text(evil(), evil().about(), (EVIL,))
    assert "<script" not in re.sub(r"\\.", "", text)
    assert text.count(r"\<script\>alert(1)\</script\>") > 5


def test_names_of_a_scenario_are_text_in_word() -> None:
    from docx import Document

    document = Document(io.BytesIO(word_file(evil(), evil().about(), (EVIL,))))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert sum(EVIL in text for text in texts) > 5


def test_letters_that_a_format_cannot_hold_do_not_break_a_file() -> None:
    odd = "a|b `c` *d* [e](f) \\ $g$ ~~h~~ & <i>"
    done = compare(small(odd, odd, odd), replicates=2)
    rows = [line for line in markdown_text(done, done.about()).splitlines() if line.startswith("| ")]
    of_level = [row for row in rows if row.startswith("| selected, %")]
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in of_level}) == 1
    assert "| true DLT risk | 0.10 |" in markdown_text(done, done.about())
    control = done.scenario.with_changes({"about.note": "bell \x07 line\nend"})
    bad = Comparison(control, done.results, done.warnings)
    assert len(word_file(bad, bad.about())) > 0
    assert "line end" in markdown_text(bad, bad.about())


# Every number from the frames


def frame_value(name: str, statistic: str = "mean", **keys: Any) -> tuple[float, float]:
    """Return value and error of one row of a saved table."""
    frame = comparison().tables()[name]
    for column, value in (keys | {"statistic": statistic}).items():
        frame = frame[frame[column].isna() if value is None else frame[column] == value]
    assert len(frame) == 1, (name, keys, len(frame))
    return float(frame["value"].iloc[0]), float(frame["mcse"].iloc[0])


def agrees(cell: str, value: float, scale: float = 1.0, mcse: float | None = None) -> None:
    """See that a cell shows a value, and its error where there is one, to the decimals it has."""
    if pd.isna(value):
        assert cell == "–"
        return
    if cell[:1] in "<>":  # seen in no trial, or in every one: the cell is the bound
        assert scale * value == {"<": 0.0, ">": scale}[cell[0]], (cell, value)
        return
    numbers = re.findall(r"-?\d+(?:\.(\d+))?", cell)
    found = re.findall(r"-?\d+(?:\.\d+)?", cell)
    assert abs(float(found[0]) - scale * value) <= 0.5000001 * 10.0 ** -len(numbers[0]), (cell, value)
    if mcse is not None and "±" in cell:
        assert abs(float(found[1]) - scale * mcse) <= 0.5000001 * 10.0 ** -len(numbers[1]), (cell, mcse)
    elif mcse is not None:
        assert pd.isna(mcse) or mcse == 0, (cell, mcse)


@pytest.mark.parametrize("truth", [*TRUTHS, "S2 day 42"])
def test_the_table_of_levels_shows_the_frames(truth: str) -> None:
    found = table(f"Truth {truth}: by dose level")
    risks = findings().truth_targets[truth].p_dlt
    design = ""
    checked = 0
    for row in found["rows"]:
        if len(row) == 1:
            design = row[0].removeprefix("design ")
            continue
        level = 0 if row[0] == "none" else int(row[0])
        keys: dict[str, Any] = {"design": design, "truth": truth, "level": level}
        agrees(row[3], *_scaled("operating_characteristics", "mean", measure="selected", **keys))
        agrees(
            row[4],
            frame_value("operating_characteristics", "exact_no_attrition", measure="selected", **keys)[0],
            100,
        )
        checked += 2
        if level:
            assert float(row[2]) == pytest.approx(risks[level - 1], abs=5e-4)
            for place, measure in ((5, "treated"), (6, "evaluable"), (8, "dlts")):
                value, mcse = frame_value("operating_characteristics", measure=measure, **keys)
                agrees(row[place], value, 1, mcse)
            for place, measure in ((7, "evaluable"), (9, "dlts")):
                agrees(
                    row[place], frame_value("exact_levels", "exact_no_attrition", measure=measure, **keys)[0]
                )
            value, mcse = frame_value("operating_characteristics", measure="realised_dlt_rate", **keys)
            agrees(row[10], value, 100)
            checked += 6
    assert checked == 2 * (5 * 2 + 4 * 6)


def _scaled(name: str, statistic: str, **keys: Any) -> tuple[float, float, float]:
    value, mcse = frame_value(name, statistic, **keys)
    return value, 100, mcse


@pytest.mark.parametrize("truth", [BALANCED, *TRUTHS, "S2 day 42"])
def test_the_summary_of_a_truth_shows_the_frames(truth: str) -> None:
    caption = "Balanced set: correct" if truth == BALANCED else f"Truth {truth}: correct"
    rows = table(caption)["rows"]
    assert [row[0] for row in rows] == findings().designs
    for row in rows:
        keys: dict[str, Any] = {"design": row[0], "truth": truth, "level": None}
        for place, measure in ((1, "pcs"), (3, "overdose_selection"), (5, "stop_safety")):
            agrees(row[place], *_scaled("operating_characteristics", "mean", measure=measure, **keys))
        for place, measure in ((2, "pcs"), (4, "overdose_selection")):
            exact = frame_value("operating_characteristics", "exact_no_attrition", measure=measure, **keys)
            agrees(row[place], exact[0], 100)
        size = {"design": row[0], "truth": truth}
        for place, count in ((9, "enrolled"), (10, "months_to_recommendation")):
            numbers = re.findall(r"\d+(?:\.\d+)?", row[place])
            values = [frame_value("used", name, count=count, **size)[0] for name in ("median", "p10", "p90")]
            shown_values = [numbers[0], *numbers[-2:]]
            for text, value in zip(shown_values, values, strict=True):
                agrees(text, value)


def test_accuracy_by_number_shows_the_frames() -> None:
    found = table("Correct and overdose selection by number infused")
    asked = comparison().results.question_truths()
    assert len(found["rows"]) == 36
    for row in found["rows"]:
        for place, design in enumerate(findings().designs):
            keys: dict[str, Any] = {"design": design, "cap": int(row[0])}
            agrees(row[1 + 3 * place], *_scaled("needed", "mean", truth=AVERAGE, measure="pcs", **keys))
            pcs = [frame_value("needed", truth=truth, measure="pcs", **keys)[0] for truth in asked]
            agrees(row[2 + 3 * place], min(pcs), 100)
            overdose = [frame_value("needed", truth=truth, measure="overdose", **keys)[0] for truth in asked]
            agrees(row[3 + 3 * place], max(overdose), 100)


def test_the_flow_shows_the_frame_and_adds_up() -> None:
    found = table("Patient flow by stage and reason")
    frame = comparison().flow
    of = frame[frame["truth"] == BALANCED]
    shown_values = [cell for row in found["rows"] if len(row) > 1 for cell in row[1:] if cell != "–"]
    assert len(shown_values) == len(of)
    for place, design in enumerate(findings().designs):
        cells = [row[1 + place] for row in found["rows"] if len(row) > 1]
        reached = [row[1 + place] for row in found["rows"] if row[0] == "reached"]
        expected = of[(of["design"] == design) & (of["reason"] == "reached")]
        for cell, value, mcse in zip(reached, expected["value"], expected["mcse"], strict=True):
            agrees(cell, value, 1, mcse)
        assert len(cells) == len(found["rows"]) - 7


def test_screen_failures_show_the_frame() -> None:
    found = table("Screen-failure reasons")
    frame = comparison().screening
    assert [row[0] for row in found["rows"]][-1] == "any"
    assert {row[0] for row in found["rows"]} == set(frame["criterion"])
    for row in found["rows"][:-1]:
        for place, share in ((2, "share_failed"), (3, "share_primary"), (4, "share_alone")):
            agrees(row[place], *_scaled("screening", share, criterion=row[0]))
    agrees(found["rows"][-1][2], *_scaled("screening", "share_failed", criterion="any"))


def test_timelines_show_the_frame_by_what_was_waited_for() -> None:
    found = table("Months to the recommendation, and what was waited for")
    assert found["head"][4:-1] == [waiting.name.lower() for waiting in Waiting]
    for row in found["rows"]:
        keys: dict[str, Any] = {"truth": row[0], "design": row[1]}
        for cell, waiting in zip(row[4:-1], Waiting, strict=True):
            count = f"months_waiting_for_{waiting.name.lower()}"
            agrees(cell, *_unscaled("used", count=count, **keys))
        agrees(row[3], *_unscaled("used", count="months_to_recommendation", **keys))
        numbers = re.findall(r"\d+(?:\.\d+)?", row[2])
        for text, statistic in zip([numbers[0], *numbers[-2:]], ("median", "p10", "p90"), strict=True):
            agrees(text, frame_value("used", statistic, count="months_to_recommendation", **keys)[0])
    for row in table("Months to the end of enrolment")["rows"]:
        keys = {"truth": row[0], "design": row[1]}
        for cell, count in zip(
            row[2:], ("months_to_end_of_enrolment", "months_to_last_outcome"), strict=True
        ):
            agrees(cell, frame_value("used", "median", count=count, **keys)[0])


def _unscaled(name: str, **keys: Any) -> tuple[float, float, float]:
    value, mcse = frame_value(name, "mean", **keys)
    return value, 1, mcse


def test_bias_and_coverage_show_the_frames() -> None:
    rows = table("Bias and coverage")["rows"]
    assert len(rows) == len(comparison().results.plan.design_truths)
    for row in rows:
        keys: dict[str, Any] = {"truth": row[0], "design": row[1]}
        agrees(row[2], *_scaled("rate_at_selected", "mean", measure="trials", **keys))
        agrees(row[3], *_scaled("rate_at_selected", "mean", measure="rate_at_selected_bias", **keys))
        agrees(row[5], *_scaled("rate_at_selected", "mean", measure="rate_at_selected_coverage", **keys))
        for place, measure in ((4, "rate_at_selected_bias"), (6, "rate_at_selected_coverage")):
            exact = frame_value("exact_levels", "exact_no_attrition", measure=measure, **keys)[0]
            agrees(row[place], exact, 100)


def test_differences_mark_those_smaller_than_two_errors() -> None:
    rows = table("Paired differences as conducted")["rows"]
    marked = unmarked = 0
    for row in rows[1:]:
        value, mcse = frame_value("differences", truth=row[0], measure="pcs")
        agrees(row[1], value, 100)
        assert row[1].endswith("*") == (abs(value) <= 2 * mcse), (row, value, mcse)
        marked += row[1].endswith("*")
        unmarked += not row[1].endswith("*")
    assert marked
    assert unmarked


def numbers_of_the_run() -> set[str]:
    """Return every number as the frames' values, the scenario's settings and the run's size are written."""
    done = comparison()
    found: set[str] = set()
    for frame in done.tables().values():
        for column in frame.columns:
            if column in ("value", "mcse", "cap"):
                for value in frame[column].dropna().unique().tolist():
                    for scaled in (value, 100 * value):
                        found |= {f"{abs(scaled):.{digits}f}" for digits in (0, 1, 2, 3)}
    question, trial = done.scenario.question, done.scenario.trial
    settings = [100 * question.pcs_mean, 100 * question.pcs_each, 100 * question.overdose_each]
    settings += [question.caps_to, trial.enrolment_min, trial.enrolment_max, trial.target]
    settings += [trial.calendar_limit_months, done.results.replicates, done.results.plan.seed]
    found |= {f"{one:g}" for one in settings}
    return found


ORDINARY = {"95", "10", "90", "2", "0.05"}
"""Numbers that are the method's: 95 % intervals, percentiles, 2 standard errors, the margin of an overdose."""


def test_no_number_in_the_sentences_is_missing_from_the_data() -> None:
    texts = []
    for section in (*sections(findings(), {})[:1], justification(findings())):
        for block in section.blocks:
            texts += [block.text] if isinstance(block, Text) else []
            texts += block.items if isinstance(block, Items) else []
            texts += [text for _, text in block.pairs] if isinstance(block, Pairs) else []
    names = {*comparison().results.designs, *comparison().results.truths()}
    text = " ".join(texts)
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", text)
    numbers = re.findall(r"\d+(?:\.\d+)?", text)
    assert len(numbers) > 40
    missing = [one for one in numbers if one not in numbers_of_the_run() | ORDINARY]
    assert missing == []


# What the page says


def test_every_section_asked_for_is_there_in_order() -> None:
    ids = [section.id for section in sections(findings(), {})]
    assert ids[0] == "answer"
    assert set(ids) >= {
        *("warnings", "characteristics", "accuracy", "differences", "flow", "screening", "timelines"),
        *("designs", "estimand", "estimation", "justification", "assumptions", "checklist", "reproduction"),
    }
    assert [block.kind for block in sections(findings(), {})[0].blocks] == [
        *("text", "items", "table", "items", "text"),
        *("table", "table", "table", "text"),
    ]


def test_warnings_name_sizes_missing_targets_and_sources() -> None:
    [items] = warnings(findings()).blocks
    assert isinstance(items, Items)
    text = "\n".join(items.items)
    for said in (
        "20 replicates",
        "Sizes are not matched",
        "No level's true DLT risk is the target of 0.3 under M0, S2, S2 day 42",
        "name no source",
    ):
        assert said in text
    assert all(f"{warning[1:]}." in text for warning in comparison().warnings)


def test_a_difference_that_the_trials_do_not_show_is_warned_of() -> None:
    twice = small().to_data()
    twice["designs"] = [{"name": "one", "design": "3+3"}, {"name": "two", "design": "3+3"}]
    same = parse_scenario(_yaml(twice))
    done = compare(same, replicates=3)
    [items] = warnings(ReportData(done, done.about())).blocks
    assert isinstance(items, Items)
    text = "\n".join(items.items)
    assert "Difference in correct selection smaller than 2 Monte Carlo standard errors" in text
    assert "two and one" in text
    assert "Sizes are not matched" not in text
    assert "Parameters without source (no source stated)" in text
    assert "Parameters without source (default" not in text
    assert "taken from NCT07144020 (donor CAR-T cells in AML): population, eligibility" in text


def _yaml(data: dict[str, Any]) -> str:
    import json

    wanted = ("about", "trial", "outcomes", "truths", "designs")
    return json.dumps({name: data[name] for name in wanted})


def test_a_run_without_the_questions_truths_says_that_nothing_was_judged() -> None:
    done = compare(comparison().scenario, ["3+3"], ["S1"], 2)
    text = page(done, done.about())
    read(text)
    assert "What is needed was not judged" in text
    assert "what is needed is not judged" in done.warnings[1]
    assert "judged over the others" not in text
    assert "Only one design was run" in text
    assert not re.search(r"\bnan\b", " ".join(read(text).texts))


def test_one_replicate_gives_a_page_without_invented_errors() -> None:
    done = compare(small(), replicates=1)
    reader = read(page(done, done.about()))
    assert not re.search(r"\bnan\b", " ".join(reader.texts))
    assert not any("±" in cell for one in reader.tables for row in one["rows"] for cell in row)


def pairs_and_tables(section: Section) -> str:
    said = []
    for block in section.blocks:
        match block:
            case Pairs():
                said += [f"{term}: {text}" for term, text in block.pairs]
            case Table():
                said += [" | ".join(row) for group in block.groups for row in group.rows]
                said.append(block.note)
            case Text():
                said.append(block.text)
    return "\n".join(said)


@pytest.mark.parametrize(
    ("change", "said", "unsaid"),
    [
        (
            {},
            (
                *("hypothetical", "prolonged aplasia is not counted", "within 28 days"),
                "S2 day 42: rescue transplant before day 42, for aplasia | a DLT on that day | composite",
            ),
            ("counted as a DLT |",),
        ),
        (
            {"trial.not_evaluable": "dlt"},
            ("counted as a DLT | composite",),
            ("hypothetical", "Replacement can"),
        ),
        ({"trial.not_evaluable": "dlt"}, ("counted as DLTs in the data, but not in the true risk",), ()),
        ({}, ("as if the dose had been the level's",), ("but not in the true risk",)),
        (
            {"trial.not_evaluable": "no_dlt"},
            (
                "counted as no DLT | while on treatment",
                "more than 30 %, no DLT | counted as no DLT | treatment policy",
                "counted as without a DLT in the data, but not in the true risk",
                "or whose dose is out of tolerance, are counted in it as without",
            ),
            ("hypothetical",),
        ),
        (
            {"outcomes.haematological_dlt": "day42"},
            ("Aplasia on day 42 counts as a DLT", "within 42 days", "consolidative transplant before day 42"),
            ("prolonged aplasia is not counted",),
        ),
        (
            {"outcomes.haematological_dlt": "day28"},
            ("Aplasia on day 28 counts as a DLT; it is judged on that day.", "within 28 days"),
            ("rescue transplant",),
        ),
        ({"trial.closed_level": "hold"}, ("not infused; leaves the trial",), ("highest open level",)),
        ({"dosing.tolerance": 0.1}, ("by more than 10 %",), ("30 %",)),
        ({"trial.dlt_window_days": 35}, ("within 35 days",), ("within 28 days",)),
    ],
)
def test_the_estimand_is_written_from_the_settings(
    change: dict[str, object], said: tuple[str, ...], unsaid: tuple[str, ...]
) -> None:
    done = comparison()
    changed = Comparison(done.scenario.with_changes(change), done.results, ())
    text = pairs_and_tables(estimand(ReportData(changed, {})))
    for attribute in (
        "Population",
        "Treatment",
        "Variable",
        "Intercurrent events",
        "Population-level summary",
    ):
        assert f"{attribute}: " in text
    assert all(words in text for words in said), text
    assert not any(words in text for words in unsaid), text


def test_a_note_on_a_curve_is_not_read_as_one_on_the_risk_with_aplasia() -> None:
    done = comparison()
    truth = next(one.name for one in done.scenario.truths if one.note)
    assert "Note: " in described(ReportData(done, {}), truth)
    changed = done.scenario.with_changes({"outcomes.haematological_dlt": "day42"})
    said = described(ReportData(Comparison(changed, done.results, ()), {}), truth)
    assert "Note of the curve without aplasia: " in said


def test_the_window_of_the_trial_names_the_longer_observation_for_aplasia() -> None:
    done = comparison()
    assert "DLT window: 28 days\n" in pairs_and_tables(trial(ReportData(done, {})))
    changed = done.scenario.with_changes({"outcomes.haematological_dlt": "day42"})
    said = pairs_and_tables(trial(ReportData(Comparison(changed, done.results, ()), {})))
    assert "DLT window: 28 days; each patient is observed for 42, for aplasia" in said


@pytest.mark.parametrize("expansion", [True, False])
def test_expansion_is_said_to_be_included_only_where_there_is_one(expansion: bool) -> None:
    done = comparison()
    changed = Comparison(done.scenario.with_changes({"trial.expansion": expansion}), done.results, ())
    found = ReportData(changed, {})
    said = pairs_and_tables(answer(found)) + pairs_and_tables(flow(found, ()))
    assert said.lower().count("expansion included") == (2 if expansion else 0)


def test_assumptions_list_every_number_with_how_it_is_known() -> None:
    rows = table("Numbers of the scenario")["rows"]
    listed = [row for row in rows if len(row) > 1]
    provenance = comparison().scenario.provenance
    assert len(listed) == len(provenance)
    known = [one.known for one in provenance.values()]
    assert all(row[4].startswith(one) for row, one in zip(listed, known, strict=True))
    assert any("NCT06917105" in row[5] for row in listed)


def test_decision_tables_and_conventions_of_every_design_are_printed() -> None:
    assert len(table("Decisions of boin")["rows"]) == 30
    text = " ".join(shown().texts)
    for conventions in comparison().conventions.values():
        for term, said in conventions.items():
            assert term in text
            assert said in text


def test_the_checklist_is_honest_about_what_is_not_covered() -> None:
    covered = {str(item[3]) for item in items()}
    assert covered == {"yes", "partly", "no"}
    assert len(table("Items of SPIRIT-DEFINE")["rows"]) == len(items())
    assert all(where for *_, said, where in items() if str(said) == "yes")


def test_the_command_gives_the_designs_truths_replicates_and_seed() -> None:
    said = command(comparison(), comparison().results.replicates)
    assert said == (
        "simulator compare scenario.yaml --design 3+3 --design boin --truth M0 --truth M1 --truth M4 --truth S2 "
        "--replicates 20 --seed 5 --out FOLDER"
    )
    assert f"'{EVIL}'" not in command(evil(), evil().results.replicates)


def test_the_scenario_is_in_the_page_with_its_hash() -> None:
    import hashlib

    text = comparison().scenario.to_yaml()
    assert hashlib.sha256(text.encode()).hexdigest() in html()
    assert any(one == text for one in shown().texts)


# The statistical section


def test_markdown_and_word_carry_the_same_numbers_as_the_page() -> None:
    from docx import Document

    markdown = markdown_text(comparison(), comparison().about())
    document = Document(io.BytesIO(word_file(comparison(), comparison().about())))
    caption = "Intercurrent events of the DLT estimand"
    found = table(caption)
    for row in found["rows"]:
        if len(row) > 1:
            assert "| " + " | ".join(row).replace("<", r"\<") + " |" in markdown
    [word] = [one for one in document.tables if _caption_before(document, one) == caption]
    cells = [[cell.text for cell in row.cells] for row in word.rows]
    assert cells[0] == found["head"]
    # A heading within the table is one cell over all columns, which counts once a column here.
    lines = [line[:1] if len(set(line)) == 1 else line for line in cells[1:]]
    assert lines == found["rows"]
    for heading in (
        "The trial",
        "Dose escalation",
        "Operating characteristics",
        "Sample-size justification",
        "DLT estimand",
        "Assumptions",
    ):
        assert any(heading in paragraph.text for paragraph in document.paragraphs)
        assert heading in markdown


def _caption_before(document: Any, found: Any) -> str:
    before = found._tbl.getprevious()
    return "".join(node.text or "" for node in before.iter() if node.tag.endswith("}t"))


def test_a_word_table_repeats_its_heading_and_is_not_dated() -> None:
    content = word_file(evil(), evil().about())
    with ZipFile(io.BytesIO(content)) as packed:
        text = packed.read("word/document.xml").decode()
        assert text.count("<w:tblHeader/>") == text.count("<w:tbl>")
        assert {info.date_time for info in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_word_without_its_extra_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(StoreError, match=r"pip install 'phase1-simulator\[word\]'"):
        word_file(evil(), evil().about())
