"""docs/glossary.md explains every name of the code's tables and records, and no name that the code lacks."""

import re

from simulator.designs.design import Reason
from simulator.trial.ledger import Exit
from simulator.trial.waiting_times import Waiting
from tests.support.names import names
from tests.support.places import DOCS

TEXT = (DOCS / "glossary.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", TEXT, re.M | re.S))
WORDS = ("Patients and the trial", "Designs and their judgement", "Numbers and errors")
NAME = re.compile(r"`([^`]+)`")
PARAMETER = re.compile(r"p\d")  # p1, p2, ...: the risks of a random curve


def entries(section: str) -> dict[str, str]:
    """Return name -> meaning of a table; a row may explain several names."""
    rows = re.findall(r"^\| (`.*?) \| (.*?) \|", SECTIONS[section], re.M)
    return {name: meaning for first, meaning in rows for name in NAME.findall(first)}


def explained() -> set[str]:
    return {name for section in SECTIONS if section not in WORDS for name in entries(section)}


def is_explained(name: str, known: set[str]) -> bool:
    """Return whether a name has an entry, itself or as a known name with a known ending."""
    endings = [entry.removeprefix("...") for entry in known if entry.startswith("...")]
    return name in known or any(
        name.endswith(ending) and name.removesuffix(ending) in known for ending in endings
    )


def test_every_name_of_the_code_is_explained():
    known = explained()
    missing = {name for name in names() if not is_explained(name, known) and not PARAMETER.fullmatch(name)}
    assert missing == set()


def test_no_name_is_explained_that_the_code_lacks():
    found = names()
    stale = {name for name in explained() if not name.startswith("...") and name not in found}
    assert stale == set()
    for ending in (name.removeprefix("...") for name in explained() if name.startswith("...")):
        assert any(name.endswith(ending) for name in found), ending


def test_what_the_code_says_in_words_is_what_the_glossary_says():
    ends = entries("Why a patient's path ended")
    assert {name: ends[name] for name in ends if name != "reached"} == {
        one.name.lower(): one.text for one in Exit
    }
    waits = entries("What the trial waits for, and where it stands")
    assert {one.name.lower(): one.text for one in Waiting}.items() <= waits.items()
    decisions = entries("Decisions of a design")
    assert {one.name.lower(): one.text for one in Reason}.items() <= decisions.items()


def test_every_entry_is_one_row_with_a_meaning():
    seen: list[str] = []
    for section, text in SECTIONS.items():
        for row in re.findall(r"^\| (?!name|word|---)(.*) \|$", text, re.M):
            first, meaning, *_ = row.split(" | ")
            assert len(meaning.split()) >= 1, row
            seen.append(f"{section}: {first}")
    assert len(seen) == len(set(seen))
    assert len(seen) > 150
