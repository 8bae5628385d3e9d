"""docs/glossary.md: its tables come from simulator/report/glossary.csv; `python -m tests.glossary` rewrites them."""

import re
from typing import Final

from simulator.report.glossary import Entry, entries
from tests.support.places import DOCS

PAGE: Final = DOCS / "glossary.md"
TABLE: Final = re.compile(r"(?<=\n)\| .*? \|\n\| --- .*?\|\n(?:\|.*\|\n)*")
SECTION: Final = re.compile(r"^## (.*?)\n.*?(?=^## |\Z)", re.M | re.S)


def with_tables(page: str) -> str:
    """Return the page with the rows of every section as the packaged table has them."""
    return SECTION.sub(lambda found: _section(found[0], found[1]), page)


def _section(text: str, title: str) -> str:
    rows = [entry for entry in entries() if entry.section == title]

    def table(found: re.Match[str]) -> str:
        head, rule = found[0].splitlines()[:2]
        return "\n".join([head, rule, *(_row(entry, columns=rule.count("---")) for entry in rows)]) + "\n"

    return TABLE.sub(table, text, count=1)


def _row(entry: Entry, columns: int) -> str:
    cells = (entry.name, entry.meaning, entry.where)[:columns]
    return "| " + " | ".join(cells).rstrip() + " |"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
