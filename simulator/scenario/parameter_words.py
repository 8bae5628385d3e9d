"""How a number of the scenario and its range are called in words."""

from typing import Final

LEFT_OUT: Final = frozenset({"population"})
"""Sections whose name adds nothing to the names below them."""
SUFFIX_OF: Final = {
    "percent": "_percent",
    "days": "_days",
    "months": "_months",
    "years": "_years",
    "ms": "_ms",
    "umol/l": "_umol_l",
    "u/l": "_u_l",
    "multiple of uln": "_x_uln",
}
"""Units that a name may end in: the range says them, so the name need not."""
BARE: Final = frozenset({"probability", "number", "count", "correlation", "fraction", "sites"})
"""Units that need no word."""


def parameter_words(path: str, unit: str) -> str:
    """Return a path as words: "arrivals: sites", "stagger first", "laboratory, bilirubin, upper limit".

    Parameters
    ----------
    unit
        As the scenario's provenance gives it; a name that ends in it is cut.
    """
    section, *rest = path.split(".")
    if not rest:
        return section.replace("_", " ")
    last = rest[-1]
    suffix = SUFFIX_OF.get(unit.lower(), "")
    if suffix and last.endswith(suffix) and last != suffix:
        rest[-1] = last.removesuffix(suffix)
    words = ", ".join(part.replace("_", " ") for part in rest)
    return words if section in LEFT_OUT else f"{section}: {words}"


def range_words(low: float, high: float, unit: str) -> str:
    """Return a range with its unit: "7 to 28 days", "0.02 to 0.1"."""
    ends = f"{low:g} to {high:g}"
    match unit:
        case "percent":
            return f"{ends} %"
        case "multiple of ULN":
            return f"{ends} x ULN"
        case _ if unit in BARE:
            return ends
        case _:
            return f"{ends} {unit}"
