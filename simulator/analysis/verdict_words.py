"""What a verdict rests on, in words: sets of fields, values as people write them, settings that were changed."""

from collections import Counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.eligibility.criterion import Criterion
from simulator.eligibility.explanations import Sufficient
from simulator.eligibility.readings import EligibilityReadings
from simulator.fields import FIELDS, Kind

Bools = NDArray[np.bool_]
_DEFAULTS: Final = EligibilityReadings()


def fields_in_words(names: tuple[str, ...], wanted: Bools) -> list[str]:
    """Return the fields of each row as words; rows that are alike share them."""
    _, first, which = np.unique(row_numbers(wanted), return_index=True, return_inverse=True)
    words = [" and ".join(names[k] for k in np.flatnonzero(pattern)) for pattern in wanted[first]]
    return [words[k] for k in which.tolist()]


def row_numbers(marks: Bools) -> NDArray[np.int64]:
    """Return rows of at most 62 marks as numbers in the order of the rows: the first mark counts most."""
    numbers: NDArray[np.int64] = marks @ (1 << np.arange(marks.shape[1], dtype=np.int64)[::-1])
    return numbers


def needs_in_words(sufficient: Sufficient) -> list[str]:
    """Return the fields that would decide, for each patient."""
    words = fields_in_words(sufficient.names, sufficient.wanted)
    return [
        w if is_found else "none found" for w, is_found in zip(words, sufficient.found.tolist(), strict=True)
    ]


def needed_sets(sufficient: Sufficient) -> list[tuple[str, int]]:
    """Return the distinct sets of fields and how many patients have each, most first."""
    return Counter(needs_in_words(sufficient)).most_common()


def changed_settings(criterion: Criterion, readings: EligibilityReadings) -> str:
    """Return the settings of a criterion that are not the default that its boundary speaks of."""
    found = []
    for path in criterion.readings:
        first, _, below = path.partition(".")
        value, usual = (getattr(one, first) for one in (readings, _DEFAULTS))
        if below:
            value, usual = getattr(value, below), getattr(usual, below)
        if value != usual:
            found.append(f"{path} {getattr(value, 'value', value)}")
    return f"; here with {', '.join(found)}" if found else ""


def shown_value(name: str, value: float) -> str:
    """Return a field and its value as people write them."""
    field = FIELDS[name]
    match field.kind:
        case Kind.FLAG:
            return f"{name} {'yes' if value else 'no'}"
        case Kind.CATEGORY:
            return f"{name} {field.categories[int(value)]}"
        case _:
            return f"{name} {value:.10g} {field.unit}"
