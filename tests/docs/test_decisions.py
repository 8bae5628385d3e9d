"""docs/decisions.md explains every numbered decision that the project names, and no other."""

import re

import pytest

from tests.support.places import DOCS, ROOT

PAGE = DOCS / "decisions.md"
NUMBER = re.compile(r"\b[DH][0-9]{1,2}\b")
CONTRACT = re.compile(r"\bcontract ([0-9]\.[0-9]+)\b")
ROW = re.compile(r"^\| ([DH]?[0-9.]+) \| (.*) \|$", re.M)
NAMED = re.compile(r"`([a-z][a-z0-9_]+)`")
KINDS = {".py", ".md", ".yaml", ".csv", ".html"}


def texts():
    """Yield the text of every file that may name a decision; not the protocol, and not the page itself."""
    for folder in ("simulator", "docs", "scenarios", "tests"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in KINDS and path != PAGE:
                yield path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def used():
    """Every number named in code, documents, scenarios and tests."""
    return {number for text in texts() for number in [*NUMBER.findall(text), *CONTRACT.findall(text)]}


def rows():
    """Return the number and the cells of every line of the page."""
    return [(number, cells.split(" | ")) for number, cells in ROW.findall(PAGE.read_text(encoding="utf-8"))]


def test_every_number_that_is_used_has_its_line(used):
    assert used - {number for number, _ in rows()} == set()


def test_every_decision_on_the_page_is_named_somewhere(used):
    assert {number for number, _ in rows() if NUMBER.match(number)} - used == set()


def test_a_number_has_one_line_in_order():
    numbers = [number for number, _ in rows()]
    assert len(numbers) == len(set(numbers))
    for letter in "DH":
        places = [int(number[1:]) for number in numbers if number[0] == letter]
        assert places == sorted(places)


def test_every_line_says_why():
    assert [number for number, cells in rows() if len(cells[-1].split()) < 2] == []


def test_every_key_on_the_page_is_one_of_the_code():
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "simulator").rglob("*.py"))
    named = set(NAMED.findall(PAGE.read_text(encoding="utf-8")))
    assert {name for name in named if not re.search(rf"\b{name}\b", code)} == set()
