"""Which column of a patient list is which field: by a mapping file, else by its name."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from simulator.parsing.faults import shown
from simulator.parsing.printable import printable
from simulator.patients.column_names import ROLES, closest_name, known_name, normal_name
from simulator.patients.mapping_file import ListMapping, Use
from simulator.patients.table import MOST_LETTERS
from simulator.patients.units import factors, must_be_stated, own_unit, unit_written

NO_FIELD: Final = "matches no patient field"
"""How the sentence about a column begins that is none of ours, and not one of ours that cannot be used."""
MOST_HINTS: Final = 50
"""Columns that match no field for which the closest name is looked for, which takes long."""

CR_EVER: Final = frozenset(
    ("cr", "cr_ever", "ever_cr", "cr_reached", "cr_achieved", "complete_remission", "first_cr")
)
"""Names of a column that may mean `prior_cr`, which counts CRi too: asked for and not taken."""
_BRACKET: Final = re.compile(r"^(.*?)[(\[]([^)\]]+)[)\]]\s*$")


@dataclass(frozen=True, slots=True)
class Matched:
    """Position of a column -> its use, and a sentence for every column that is not used."""

    uses: dict[int, Use]
    unused: dict[int, str]


def match(headers: Sequence[str], mapping: ListMapping) -> Matched:
    """Return the use of every column; a field claimed by two columns is used by neither."""
    uses: dict[int, Use] = {}
    unused: dict[int, str] = {}
    strangers = 0
    for k, header in enumerate(headers):
        if header in mapping.columns:
            use = mapping.columns[header]
            if use is None:
                continue
        else:
            use, why = _by_name(header)
            if use is None:
                strangers += why == NO_FIELD
                unused[k] = why
                if why == NO_FIELD and strangers <= MOST_HINTS:
                    unused[k] += closest_name(normal_name(_BRACKET.sub(r"\1", header)))
                continue
        uses[k] = use
    for name in {use.field for use in uses.values()}:
        claims = [k for k, use in uses.items() if use.field == name]
        mapped = [k for k in claims if headers[k] in mapping.columns]
        if len(claims) > 1:
            kept = mapped if len(mapped) == 1 else []
            listed = " and ".join(repr(printable(headers[k])) for k in claims)
            for k in claims:
                if k not in kept:
                    del uses[k]
                    unused[k] = f"{name} is claimed by {listed}; say which in a mapping file"
    return Matched(uses, unused)


def absent(headers: Sequence[str], mapping: ListMapping) -> list[str]:
    """Return the columns that the mapping names and the file does not have."""
    return [name for name in mapping.columns if name not in headers]


def use_of(header: str, mapping: ListMapping) -> Use | None:
    """Return the use of a column by the mapping, else by its name; None where it has none."""
    return mapping.columns[header] if header in mapping.columns else _by_name(header)[0]


def is_known(header: str, mapping: ListMapping) -> bool:
    """Return whether a column of this name is in the mapping, or a field or role by its name."""
    long = mapping.long
    if long is not None and header in (long.patient, long.code, long.value, long.date, long.unit):
        return True
    return header in mapping.columns or header in mapping.parts or _by_name(header)[0] is not None


def _by_name(header: str) -> tuple[Use | None, str]:
    if len(header) > MOST_LETTERS:
        return None, NO_FIELD
    bracket = _BRACKET.match(unicodedata.normalize("NFKC", header))
    base, written = (
        normal_name(bracket.group(1) if bracket else header),
        bracket.group(2) if bracket else None,
    )
    name, unit = known_name(base)
    if name is None and base in CR_EVER:
        return None, f"{NO_FIELD} for sure; is it prior_cr, which includes CRi? name it in a mapping file"
    if name is None:
        return None, NO_FIELD
    if name in ROLES:
        return Use(name, unit or ""), ""
    if written is not None:
        word = unit_written(name, written)
        if word is None or (unit is not None and unit != word):
            other = f", and the name says {unit}" if unit is not None and unit != word else ""
            legal = ", ".join(factors(name))
            return None, f"unit {shown(written)} is none of those of {name} ({legal}){other}"
        return Use(name, word, True), ""
    if unit is None and must_be_stated(name):
        legal = " or ".join(factors(name))
        return None, f"could be {name}, but its unit is not stated: {legal}; name it in brackets"
    return Use(name, own_unit(name) if unit is None else unit, unit is not None), ""
