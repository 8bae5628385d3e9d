"""The synthetic referral population, drawn once per replicate and shared by all designs."""

from simulator.population_parameters import PopulationParameters

__all__ = ["PopulationParameters"]
