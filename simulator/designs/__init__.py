"""Dose-escalation designs: one file each, pure functions of what has been observed."""

from typing import Final

from simulator.designs.boin import BOIN
from simulator.designs.crm import CRM
from simulator.designs.three_plus_three import ThreePlusThree

DESIGNS: Final[dict[str, type]] = {ThreePlusThree.name: ThreePlusThree, BOIN.name: BOIN, CRM.name: CRM}

__all__ = ["BOIN", "CRM", "DESIGNS", "ThreePlusThree"]
