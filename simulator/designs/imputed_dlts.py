"""What a pending patient counts for in TITE-CFO (Jin & Yin 2023), for many levels or patients as for one."""

from typing import Any


def assumed_rate(dlt: Any, known: Any, target: float) -> Any:
    """Return p, the DLT rate assumed of the pending patients at a level with so many known outcomes, DLTs of them."""
    return (dlt + target / 2) / (known + 1)


def imputed_dlt(rate: Any, followup: Any) -> Any:
    """Return the share of a DLT that a pending patient counts for, followed up for a share of the window."""
    return rate * (1 - followup) / (1 - rate * followup)
