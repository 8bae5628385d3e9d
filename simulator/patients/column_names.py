"""What a column is by its name alone: a patient field or a role, by name or synonym, with or without its unit."""

import difflib
import re
from typing import Final

from simulator.fields import FIELDS, Kind
from simulator.patients.units import own_unit, unit_words, unit_written

ID: Final = "id"
REFERRAL: Final = "referral"
ROLES: Final = (ID, REFERRAL)
"""What a column can be other than a patient field."""

_ROLE_SYNONYMS: Final = {
    "patient_id": ID,
    "patient": ID,
    "pat_id": ID,
    "subject_id": ID,
    "subject": ID,
    "participant_id": ID,
    "record_id": ID,
    "referral_date": REFERRAL,
    "date_of_referral": REFERRAL,
    "screening_date": REFERRAL,
    "date_of_screening": REFERRAL,
}
"""Column name in normal form -> role."""
SYNONYMS: Final = _ROLE_SYNONYMS | {
    word: one.name for one in FIELDS.values() for word in (*one.synonyms, *one.dated_synonyms)
}
"""Column name in normal form -> field or role; those of a field stand in its entry in `fields.py`."""
_DAYS_ONLY: Final = frozenset(word for one in FIELDS.values() for word in one.dated_synonyms)
"""Synonyms of a day that need `_date` or `_day` at the end: alone they may be yes or no."""


def known_name(base: str) -> tuple[str | None, str | None]:
    """Return field or role of a column's normal name, and the unit that the name states."""
    if base in FIELDS:
        ends = any(base.endswith(normal_name(end)) for end in (own_unit(base), "percent", "10e9_l"))
        return base, own_unit(base) if ends else None
    if base == ID:
        return ID, None
    if base in SYNONYMS and base not in _DAYS_ONLY:
        return SYNONYMS[base], None
    for word in unit_words():
        ending = "_" + normal_name(word)
        stem = base.removesuffix(ending)
        if stem == base or len(ending) == 1:
            continue
        dated = [name for name in (f"{stem}_day", f"{stem}_days") if name in FIELDS]
        for name in (stem if stem in FIELDS else SYNONYMS.get(stem, ""), *dated[:1]):
            unit = unit_written(name, word) if name in FIELDS else None
            if unit is not None:
                return name, unit
    stem = base.removesuffix("_day")
    if stem != base and stem in _DAYS_ONLY and FIELDS[SYNONYMS[stem]].kind is Kind.DAY:
        return SYNONYMS[stem], None
    return None, None


def normal_name(text: str) -> str:
    plain = text.strip().lower().replace("µ", "u").replace("μ", "u").replace("%", "percent")
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def closest_name(word: str) -> str:
    """Return a hint at a field whose first word is alike too: it says what is measured, those after it how."""
    names = [name for name in (*FIELDS, *SYNONYMS) if difflib.get_close_matches(_first(name), [_first(word)])]
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.75)
    return f"; did you mean {SYNONYMS.get(close[0], close[0])!r}?" if close else ""


def _first(name: str) -> str:
    return name.split("_", maxsplit=1)[0]
