"""The utilities of a design that weighs benefit and risk: four named numbers in a scenario file."""

from typing import Any, Final

from simulator.designs.utility import LARGEST, OUTCOMES
from simulator.parsing.faults import Fault, Path, Plain, did_you_mean, shown

UTILITIES: Final = "utilities"
Utilities = tuple[float, float, float, float]

SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {name: {"type": "number", "minimum": 0, "maximum": LARGEST} for name in OUTCOMES},
    "required": list(OUTCOMES),
    "additionalProperties": False,
}
"""What an editor checks; the design itself checks their order."""


def read_utilities(data: Plain, at: Path) -> tuple[Utilities, list[Fault]]:
    """Read `utilities`: a number for each of the four outcomes of a patient; zeros with the faults if any."""
    nothing: Utilities = (0.0, 0.0, 0.0, 0.0)
    if not isinstance(data, dict):
        return nothing, [Fault(at, f"must be a mapping with {', '.join(OUTCOMES)}, got {shown(data)}")]
    faults = [
        Fault((*at, key), "unknown outcome" + did_you_mean(key, OUTCOMES), at_key=True)
        for key in data
        if key not in OUTCOMES
    ]
    numbers = []
    for name in OUTCOMES:
        value = data.get(name)
        if name not in data:
            faults.append(
                Fault((*at, name), "required key is missing; must be a number in 0..100", at_key=True)
            )
        elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST:
            faults.append(Fault((*at, name), f"must be a number in 0..100, got {shown(value)}"))
        else:
            numbers.append(float(value))
    if faults:
        return nothing, faults
    best, neither, both, worst = numbers
    return (best, neither, both, worst), []


def written_utilities(utilities: Utilities) -> str:
    """Return utilities as a scenario file would write them."""
    return "{" + ", ".join(f"{name}: {u:g}" for name, u in zip(OUTCOMES, utilities, strict=True)) + "}"
