"""Dose-escalation designs: one file each, pure functions of what has been observed."""

from typing import Final

from simulator.designs.boin import BOIN
from simulator.designs.three_plus_three import ThreePlusThree

DESIGNS: Final[dict[str, type]] = {ThreePlusThree.name: ThreePlusThree, BOIN.name: BOIN}

__all__ = ["BOIN", "DESIGNS", "ThreePlusThree"]
