"""Which items of the DEFINE checklists the report covers, and which it does not.

Yap C et al, BMJ 2023;383:e076386 (SPIRIT-DEFINE) and e076387 (CONSORT-DEFINE). Numbers are those of SPIRIT 2013 and
CONSORT 2010, which the extensions keep; sub-items that they add stand here where they were read in the published
table (CONSORT-DEFINE, table 1: 1a to 3a.2). Topics are in our own words.
"""

from typing import Final

from simulator.report.blocks import Section, Table, Text, rows

ITEMS: Final = (
    ("early phase dose-finding trial named as such", "1", "1a", "partly", "the scenario's title is shown"),
    ("registration", "2a", "23", "partly", "the registry number, where the scenario has one"),
    ("background, clinical and preclinical evidence", "6a", "2a.1, 2a.2, 2a.3", "no", ""),
    ("objectives, recommended dose", "7", "2b", "partly", "the question: target, accuracy, overdose limits"),
    ("escalation strategy, groups, adaptations", "8", "3a.1", "yes", "The trial; Decision rules"),
    ("schema of the transitions", "8", "3a.2", "no", "in words only, no drawing"),
    ("setting, sites", "9", "4b", "partly", "number of sites, under Assumptions"),
    ("eligibility", "10", "4a", "partly", "Screen failures: each criterion as it is read, and its cost"),
    (
        "interventions per dose level",
        "11a",
        "5",
        "partly",
        "dose levels; neither rationale nor administration",
    ),
    (
        "dose changes of a participant",
        "11b",
        "5",
        "partly",
        "level closed before the infusion, dose tolerance",
    ),
    ("outcomes: DLT, window, how it counts", "12", "6a", "partly", "DLT estimand; no grading of toxicities"),
    ("timeline of participants", "13", "", "partly", "Timelines: of the trial, not of visits"),
    ("sample size, with operating characteristics", "14", "7a", "yes", "Sample-size justification"),
    ("recruitment", "15", "14a", "partly", "expected referrals, enrolment and months"),
    (
        "allocation to dose levels",
        "16a, 16b, 16c",
        "8a, 8b, 9, 10",
        "partly",
        "by the design's rule, not random",
    ),
    ("blinding", "17a, 17b", "11a, 11b", "no", "not part of the model"),
    ("data collection and management", "18a, 18b, 19", "", "no", ""),
    ("statistical methods", "20a", "12a", "yes", "Decision rules; DLT estimand; Estimate of the DLT rate"),
    ("additional analyses", "20b", "12b", "partly", "differences at matched size; exact numbers"),
    ("analysis populations, missing outcomes", "20c", "16", "yes", "Analysis sets; Intercurrent events"),
    ("data monitoring committee", "21a", "", "no", ""),
    ("interim decisions and stopping rules", "21b", "7b", "yes", "Decision rules and conventions"),
    ("participant flow, exclusions with reasons", "", "13a, 13b", "partly", "as expected by simulation"),
    ("results per dose level", "", "17a", "no", "simulated operating characteristics only"),
    ("harms", "22", "19", "no", "DLTs only, simulated"),
    ("limitations", "", "20", "partly", "What to know; Assumptions"),
    ("ethics, consent, dissemination, funding", "4, 24 to 33", "25", "no", ""),
)


def checklist() -> Section:
    """Return the items, with what is missing."""
    text = Text(
        "Reporting items that this report helps with. Item numbers are those of SPIRIT 2013 (protocols) and CONSORT "
        "2010 (reports), which the DEFINE extensions of 2023 for early phase dose-finding trials keep. The "
        "extensions' own sub-items are given only for CONSORT-DEFINE items 2a to 3a; for the others read the "
        "published checklists. No report of simulations covers a checklist by itself."
    )
    listed = [
        (topic, spirit or "–", consort or "–", covered, where or "–")
        for topic, spirit, consort, covered, where in ITEMS
    ]
    table = Table(
        "Items of SPIRIT-DEFINE and CONSORT-DEFINE, and what of them is here",
        ("topic", "SPIRIT item", "CONSORT item", "covered", "where, or what is missing"),
        rows(*listed),
        prose=True,
    )
    return Section("checklist", "SPIRIT-DEFINE and CONSORT-DEFINE items", (text, table))
