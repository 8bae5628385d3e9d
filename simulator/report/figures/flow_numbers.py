"""How a mean number of patients stands next to its bar."""

import math

from simulator.analysis.flow_lines import FlowLine, Kind


def mean_with_error(one: FlowLine) -> str:
    """Return the mean with its error, to the first decimal in which the error shows."""
    decimals = next((d for d in (1, 2) if one.mcse >= 0.5 * 10.0**-d), 3) if one.mcse > 0 else 1
    sign = "−" if one.kind is Kind.EXIT else ""
    error = "" if math.isnan(one.mcse) else f" ({one.mcse:.{decimals}f})"
    return f"{sign}{one.length:.{decimals}f}{error}"
