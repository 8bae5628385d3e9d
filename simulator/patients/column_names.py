"""What a column is by its name alone: a patient field or a role, by name or synonym, with or without its unit."""

import difflib
import re
import unicodedata
from typing import Final

from simulator.fields import FIELDS, Kind
from simulator.patients.units import DATE, factors, own_unit, unit_words, unit_written

ID: Final = "id"
REFERRAL: Final = "referral"
ROLES: Final = (ID, REFERRAL)
"""What a column can be other than a patient field."""

_ID_WORDS: Final = (
    "patienten_id patient_nr patientennummer patienten_nr fallnummer fall_nr patientenkennung "
    "pseudonym numero_patient id_patient identifiant numero_de_paciente id_paciente paciente "
    "住院号 病历号 患者编号 病案号 登记号"
)
_REFERRAL_WORDS: Final = (
    "datum_ueberweisung ueberweisungsdatum datum_der_ueberweisung vorstellungsdatum "
    "ueberweisung_am screeningdatum date_d_adressage date_d_orientation date_de_reference "
    "fecha_de_derivacion fecha_derivacion 转诊日期 筛选日期 转诊时间"
)
"""What identifies a patient, and the day of referral, in German, French, Spanish and Chinese."""
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
SYNONYMS: Final = (
    {word: one.name for one in FIELDS.values() for word in (*one.dated_synonyms, *one.dated_translations)}
    | {word: one.name for one in FIELDS.values() for word in (*one.synonyms, *one.translations)}
    | _ROLE_SYNONYMS
    | dict.fromkeys(_ID_WORDS.split(), ID)
    | dict.fromkeys(_REFERRAL_WORDS.split(), REFERRAL)
)
"""Column name in normal form -> field or role; those of a field stand in its entry in `fields.py`."""
_DATED: Final = {
    word: one.name for one in FIELDS.values() for word in (*one.dated_synonyms, *one.dated_translations)
}
"""Synonyms of a day, which need `_date` or `_day` at the end: alone they may be yes or no."""
_DAYS_ONLY: Final = frozenset(word for word, name in _DATED.items() if SYNONYMS[word] == name)
_DATE_BEFORE: Final = re.compile(
    r"^(?:datum(?:_de[rs])?|date(?:_of|_du|_de(?:_la?)?|_d)?|fecha(?:_del?)?(?:_la)?)_(.+)$"
)
_DATE_AFTER: Final = re.compile(r"^(.+?)_?(?:datum|fecha|日期|时间|_am|_le|_el)$")
_ENDINGS: Final = tuple(
    (word, "_" + ending)
    for word in unit_words()
    if (ending := re.sub(r"[^a-z0-9]+", "_", word.lower()).strip("_"))
)
"""Ways of writing a unit, and each as the end of a name in normal form."""


def known_name(base: str) -> tuple[str | None, str | None]:
    """Return field or role of a column's normal name, and the unit that the name states."""
    if base in FIELDS:
        ends = any(base.endswith(normal_name(end)) for end in (own_unit(base), "percent", "10e9_l"))
        return base, own_unit(base) if ends else None
    if base == ID:
        return ID, None
    if base in SYNONYMS and base not in _DAYS_ONLY:
        return SYNONYMS[base], None
    dated = _dated_stem(base)
    if dated is not None and dated in _DATED:
        name = _DATED[dated]
        return name, DATE if DATE in factors(name) else None
    for word, ending in _ENDINGS:
        stem = base.removesuffix(ending)
        if stem == base:
            continue
        names = [name for name in (f"{stem}_day", f"{stem}_days") if name in FIELDS]
        own = stem if stem in FIELDS else SYNONYMS.get(stem, "")
        for name in (_DATED.get(stem, own) if word == DATE else own, *names[:1]):
            unit = unit_written(name, word) if name in FIELDS else None
            if unit is not None:
                return name, unit
    stem = base.removesuffix("_day")
    if stem != base and stem in _DATED and FIELDS[_DATED[stem]].kind is Kind.DAY:
        return _DATED[stem], None
    return None, None


def _dated_stem(base: str) -> str | None:
    """Return what a name in another language calls the date of, or None."""
    found = _DATE_BEFORE.match(base) or _DATE_AFTER.match(base)
    return found.group(1).strip("_") if found is not None else None


_UMLAUTS: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "µ": "u", "μ": "u", "%": " percent "}
)
_UNREADABLE: Final = re.compile("[\udc80-\udcff]")
_LONE_ACCENT: Final = re.compile(r"(?<!\w)[à-öø-ÿ](?!\w)")


def normal_name(text: str) -> str:
    """Return a name in small letters, digits and underscores: umlauts as ae, oe, ue, no other accents.

    An accented letter that stands alone is dropped: it is no word; so are bytes that could not be read. Letters of
    other scripts are kept.
    """
    plain = unicodedata.normalize("NFKC", _UNREADABLE.sub(" ", text)).strip().lower()
    if not plain.isascii():
        plain = _LONE_ACCENT.sub(" ", plain).translate(_UMLAUTS)
        decomposed = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    plain = plain.replace("%", " percent ")
    return re.sub(r"[\W_]+", "_", plain).strip("_")


def closest_name(word: str) -> str:
    """Return a hint at a field whose first word is alike too: it says what is measured, those after it how."""
    names = [name for name in (*FIELDS, *SYNONYMS) if difflib.get_close_matches(_first(name), [_first(word)])]
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.75)
    return f"; did you mean {SYNONYMS.get(close[0], close[0])!r}?" if close else ""


def _first(name: str) -> str:
    return name.split("_", maxsplit=1)[0]
