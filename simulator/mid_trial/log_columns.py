"""What the columns of a screening log may be, and the words in it for why a patient left."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from simulator.eligibility.criterion_topics import TOPICS
from simulator.patients.column_names import normal_name
from simulator.trial.ledger import Exit

DATES: Final = {
    "referred": "date of referral",
    "prescreened": "date on which the desk let the patient pass",
    "consented": "date of consent",
    "screened": "date on which the first screening ended, whatever it found",
    "eligible": "date on which the patient was found eligible, after the last screening",
    "donor_cleared": "date on which the donor was cleared, of everyone whose donor was",
    "enrolled": "date of the slot",
    "leukapheresed": "date of the first collection of donor cells",
    "collected": "date of the collection that the released product is made from; by default the first",
    "manufactured": "date on which manufacture of that product ended, before the release tests",
    "released": "date of release",
    "lymphodepleted": "first day of lymphodepletion",
    "infused": "date of infusion",
    "left": "date on which the patient left before infusion, for whatever reason",
}
"""Columns of dates, in the order of the journey."""
OPENED: Final = "opened"
OTHERS: Final = {
    "patient": "any name; a row a patient",
    "site": "name of the site; by default all are of one",
    OPENED: "date on which the site opened for referrals",
    "donor": "prior: the donor of an earlier transplant; new: another",
    "failed_batches": "number of batches whose manufacture failed",
    "out_of_specification_batches": "number of batches out of specification",
    "reason": "why the patient left: a word of the list below, or the criterion failed",
    "criterion": "criterion failed first, as E3 or 'E3 infection', at the desk or in screening",
}
COLUMNS: Final = {**OTHERS, **DATES}
"""Every column of a log, and what stands in it."""

SYNONYMS: Final = {
    "id": "patient",
    "patient_id": "patient",
    "subject": "patient",
    "centre": "site",
    "center": "site",
    "hospital": "site",
    "site_opened": OPENED,
    "referral": "referred",
    "desk": "prescreened",
    "prescreen": "prescreened",
    "pre_screened": "prescreened",
    "consent": "consented",
    "screening_end": "screened",
    "screening": "screened",
    "eligibility": "eligible",
    "donor_clearance": "donor_cleared",
    "enrolment": "enrolled",
    "enrollment": "enrolled",
    "leukapheresis": "leukapheresed",
    "apheresis": "leukapheresed",
    "manufacture_end": "manufactured",
    "release": "released",
    "lymphodepletion": "lymphodepleted",
    "infusion": "infused",
    "exit": "left",
    "off_study": "left",
    "why": "reason",
    "exit_reason": "reason",
    "failed_criterion": "criterion",
}

REASONS: Final[Mapping[Exit, tuple[str, ...]]] = MappingProxyType(
    {
        Exit.PRESCREEN: ("desk", "rejected at desk", "rejected", "pre-screen failure"),
        Exit.REFUSED: ("refused", "refusal", "no consent"),
        Exit.SCREEN_FAILURE: ("screen failure", "not eligible", "ineligible"),
        Exit.INCOMPLETE: ("incomplete",),
        Exit.WINDOW: ("window", "screening window"),
        Exit.DIED: ("died", "death", "dead"),
        Exit.WITHDREW: ("withdrew", "withdrawal", "consent withdrawn"),
        Exit.PROGRESSED: ("progressed", "progression", "no longer fit"),
        Exit.NO_DONOR: ("no donor", "donor failed", "donor not cleared"),
        Exit.EXPIRED: ("expired", "eligibility expired"),
        Exit.NO_SLOT: ("no slot", "slot closed"),
        Exit.TRIAL_CLOSED: ("trial closed", "closed", "other"),
        Exit.DONOR_EXPANSION: ("e6", "donor expansion"),
        Exit.NO_PRODUCT: ("no product", "manufacturing failure"),
        Exit.RECHECK: ("re-check", "recheck"),
        Exit.LEVEL_CLOSED: ("level closed",),
    }
)
"""Why a patient left before infusion, and the words of a log for it; the first is what a message offers."""
REASON_OF: Final = {normal_name(word): reason for reason, words in REASONS.items() for word in words} | {
    normal_name(reason.text): reason for reason in REASONS
}
NOTHING: Final = frozenset({"", "-", "--", "na", "n/a", "none", "unknown", "?"})
CRITERIA: Final = tuple(TOPICS)


def column_of(header: str) -> str | None:
    """Return the column that a header names, or None."""
    name = normal_name(header)
    forms = (name, name.removesuffix("_date"), name.removeprefix("date_of_"), name.removeprefix("date_"))
    return next((column for form in forms if (column := SYNONYMS.get(form, form)) in COLUMNS), None)


def criterion_of(text: str) -> str | None:
    """Return the criterion that a cell names first, 'E3' of 'E3 infection', or None."""
    words = text.replace(",", " ").replace(":", " ").replace(";", " ").split()
    first = words[0].upper() if words else ""
    return first if first in CRITERIA else None
