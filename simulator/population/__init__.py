"""Who is referred, and when: synthetic patients, or the rows of a file."""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.population.arrivals import ArrivalParameters
    from simulator.population.parameters import PopulationParameters
    from simulator.population.patients import Patients, draw, draw_chunks
    from simulator.population.screened_referrals import refer

__all__ = ["ArrivalParameters", "Patients", "PopulationParameters", "draw", "draw_chunks", "refer"]

__getattr__ = lazy_names(
    __name__,
    {
        "arrivals": ("ArrivalParameters",),
        "parameters": ("PopulationParameters",),
        "patients": (
            "Patients",
            "draw",
            "draw_chunks",
        ),
        "screened_referrals": ("refer",),
    },
)
