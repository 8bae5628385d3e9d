"""HTML for notebooks escapes every text, adds nothing a notebook would drop, and names what it leaves out."""

from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from simulator.html_tables import MISSING, block, cell, frame_table, sentences, table

HOSTILE = "<script>alert(1)</script> & \"quoted\" 'too'"


class Reader(HTMLParser):
    """Collects tags, texts and attributes, and checks that tags are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.styles: list[str] = []
        self.feed(html)
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.append(tag)
        self.styles += [value or "" for name, value in attrs if name == "style"]
        assert {name for name, _ in attrs} <= {"style", "scope"}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_hostile_names_show_as_text_wherever_they_stand() -> None:
    frame = pd.DataFrame({HOSTILE: [HOSTILE]})
    html = block(
        HOSTILE, sentences(HOSTILE), table([HOSTILE], [[HOSTILE]], HOSTILE), frame_table(frame, HOSTILE)
    )
    read = Reader(html)
    assert "script" not in read.tags
    assert read.texts.count(HOSTILE) == 8


def test_text_and_lines_take_the_colours_of_the_page() -> None:
    read = Reader(block("A title", sentences("One."), table(["a", "b"], [["x", 1]], "Caption")))
    assert len(read.styles) > 8
    for style in read.styles:
        of = dict(one.split(":") for one in style.split(";") if one)
        assert of.get("color", "inherit") == "inherit"
        assert of.get("background", "transparent") == "transparent"
    assert "style" not in read.tags


def test_a_table_holds_its_cells_in_order() -> None:
    read = Reader(table(["name", "value"], [["boin", 1.23456], ["3+3", np.nan]], "Two designs"))
    assert read.texts == ["Two designs", "name", "value", "boin", "1.235", "3+3", MISSING]


def test_a_long_frame_is_cut_and_says_so() -> None:
    frame = pd.DataFrame({"k": range(30), "name": ["x"] * 30})
    assert Reader(frame_table(frame, most_rows=5)).texts[-1] == "The first 5 of 30 rows."
    assert "rows" not in Reader(frame_table(frame.head(5), most_rows=5)).texts[-1]
    assert Reader(frame_table(frame)).tags.count("tr") == 1 + 20


def test_columns_of_text_are_to_the_left_and_numbers_to_the_right() -> None:
    html = frame_table(pd.DataFrame({"design": ["boin"], "level": pd.array([pd.NA], dtype="Int64")}))
    sides = [style.rsplit("text-align:", 1)[1] for style in Reader(html).styles if "padding:.15em" in style]
    assert sides == ["left", "right", "left", "right"]
    assert Reader(html).texts[-1] == MISSING


def test_an_index_that_has_a_name_is_a_column() -> None:
    frame = pd.DataFrame({"a": [0.5]}, index=pd.Index([15], name="cap"))
    assert Reader(frame_table(frame)).texts == ["cap", "a", "15", "0.5"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.123456, "0.1235"),
        (np.float64(12.0), "12"),
        (123456.7, "123457"),
        (-123456.7, "-123457"),
        (float("inf"), "inf"),
        (float("nan"), MISSING),
        (None, MISSING),
        (pd.NA, MISSING),
        (pd.NaT, MISSING),
        (True, "True"),
        (1234567, "1234567"),
        (np.int64(3), "3"),
        ("<NA>", "<NA>"),
        ("nan", "nan"),
    ],
)
def test_one_value_is_written_plainly(value: object, shown: str) -> None:
    assert cell(value) == shown
