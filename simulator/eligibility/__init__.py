"""The criteria of the protocol, each written once as data, and the one function that judges patients by them."""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.eligibility.criterion import Criterion
    from simulator.eligibility.readings import EligibilityReadings
    from simulator.eligibility.screen import screen

__all__ = ["Criterion", "EligibilityReadings", "screen"]

__getattr__ = lazy_names(
    __name__,
    {
        "criterion": ("Criterion",),
        "readings": ("EligibilityReadings",),
        "screen": ("screen",),
    },
)
