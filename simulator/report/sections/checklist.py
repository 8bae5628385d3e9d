"""Which items of the DEFINE checklists the report covers, and which it does not.

Yap C et al, BMJ 2023;383:e076386 (SPIRIT-DEFINE) and e076387 (CONSORT-DEFINE). Numbers are those of SPIRIT 2013 and
CONSORT 2010, which the extensions keep; sub-items that they add stand here where they were read in the published
table (CONSORT-DEFINE, table 1: 1a to 3a.2). Topics are in our own words.
"""

import csv
from importlib import resources

from simulator.report.blocks import Section, Table, Text, rows


def items() -> list[list[str]]:
    """Return topic, items of SPIRIT and of CONSORT, whether it is covered, and where or what is missing."""
    text = resources.files(__package__).joinpath("checklist.csv").read_text("utf-8")
    _, *listed = csv.reader(text.splitlines())
    return listed


def checklist() -> Section:
    """Return the items, with what is missing."""
    text = Text(
        "Reporting items that this report helps with. Item numbers are those of SPIRIT 2013 (protocols) and CONSORT "
        "2010 (reports), which the DEFINE extensions of 2023 for early phase dose-finding trials keep. The "
        "extensions' own sub-items are given only for CONSORT-DEFINE items 2a to 3a; for the others read the "
        "published checklists. No report of simulations covers a checklist by itself."
    )
    listed = [tuple(cell or "–" for cell in item) for item in items()]
    table = Table(
        "Items of SPIRIT-DEFINE and CONSORT-DEFINE, and what of them is here",
        ("topic", "SPIRIT item", "CONSORT item", "covered", "where, or what is missing"),
        rows(*listed),
        prose=True,
    )
    return Section("checklist", "SPIRIT-DEFINE and CONSORT-DEFINE items", (text, table))
