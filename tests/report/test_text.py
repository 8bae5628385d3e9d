"""The text renderer: every block on its lines, names as they are, nothing cut."""

import pytest

from simulator.report.blocks import Group, Items, Pairs, Table, Text, rows
from simulator.report.render.text import (
    TEXT_WIDTH,
    block_lines,
    dense,
    filled,
    folded,
    spaced,
    text_of,
    wrapped,
)


def table(named_once: bool = False, note: str = "") -> Table:
    listed = rows(("A", "x", "1"), ("A", "y", "22"), ("B", "x", "3"))
    return Table("Title", ("truth", "design", "n"), listed, row_headings=2, note=note, named_once=named_once)


def test_a_table_has_title_headings_and_rule_and_numbers_to_the_right() -> None:
    assert block_lines(table()) == [
        "Title",
        "",
        " truth   design    n",
        " ───────────────────",
        " A       x         1",
        " A       y        22",
        " B       x         3",
        "",
    ]


def test_a_name_is_repeated_only_where_the_table_says_so() -> None:
    first = [line[1:2] for line in block_lines(table(named_once=True))[4:7]]
    assert first == ["A", " ", "B"]


def test_behind_a_note_stands_an_empty_line() -> None:
    assert block_lines(table(note="How to read it."))[-2:] == ["How to read it.", ""]


def test_the_heading_of_a_group_stands_above_its_rows() -> None:
    groups = (Group("first", (("a", "1"),)), Group("second", (("b", "2"),)))
    lines = block_lines(Table("T", ("", "n"), groups))
    assert [line.split() for line in lines[4:8]] == [["first"], ["a", "1"], ["second"], ["b", "2"]]


def test_letters_that_could_be_markup_are_printed_as_they_are() -> None:
    odd = "[bold]x[/bold] :smile: [/]"
    assert odd in text_of(
        Table(odd, (odd,), rows((odd,)), note=odd), Text(odd), Items((odd,)), Pairs(((odd, odd),))
    )
    assert text_of(Table("", (odd,), rows((odd,)))).count(odd) == 2


@pytest.mark.parametrize("width", range(14, 40))
def test_a_number_keeps_its_percent_sign_where_a_line_ends(width: int) -> None:
    said = "correct on average 60.0 % of trials, 100 %; overdose in 25 %"
    for lines in (filled(said, "  ", width), wrapped(said, "  ", width)):
        assert not any(line.strip().startswith("%") for line in lines)
        assert " ".join(line.strip() for line in lines) == said
        assert all(len(line) <= width for line in lines)


def test_no_cell_is_cut_however_wide() -> None:
    wide = "w" * 3 * TEXT_WIDTH
    assert wide in text_of(Table("", ("a", "b"), rows((wide, wide))))


def test_a_dense_table_and_a_spaced_row_line_up() -> None:
    assert dense(table())[:3] == ["truth  design   n", "-----  ------  --", "A      x        1"]
    assert spaced(("a", "1", "2"), (-4, 3, 3), "> ") == "> a     1  2"
    assert spaced(("a", "1", "  past"), (-4, 3)) == "a     1  past"


def test_a_text_made_in_a_notebook_shows_nothing_there(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = text_of(table())
    shown: list[object] = []
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    monkeypatch.setattr("rich.jupyter.display", lambda *given: shown.append(given))
    assert (text_of(table()), shown) == (expected, [])


@pytest.mark.parametrize(
    ("name", "width", "lines"),
    [
        ("arrivals.referrals_per_site_month=6", 35, ["arrivals.referrals_per_site_month=6"]),
        ("arrivals.referrals_per_site_month=6", 19, ["arrivals.referrals_", "per_site_month=6"]),
        (
            "product.release: low_days=1.5, high_days=3",
            22,
            ["product.release:", "low_days=1.5,", "high_days=3"],
        ),
        ("E3 active uncontrolled infection", 12, ["E3 active", "uncontrolled", "infection"]),
        ("uncontrolled", 8, ["uncontro", "lled"]),
        ("flow_blasts_percent=0.01", 23, ["flow_blasts_percent=", "0.01"]),
        ("", 8, [""]),
    ],
)
def test_a_long_name_is_folded_behind_a_part_of_it(name: str, width: int, lines: list[str]) -> None:
    assert folded(name, width).split("\n") == lines
