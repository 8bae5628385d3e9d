"""Dose-escalation designs: one file each, pure functions of what has been observed."""

from typing import Final

from simulator.designs.a_plus_b import APlusB
from simulator.designs.be_boin import BEBOIN
from simulator.designs.bf_boin import BFBOIN
from simulator.designs.blrm import BLRM
from simulator.designs.boin import BOIN
from simulator.designs.boin12 import BOIN12
from simulator.designs.ccd import CumulativeCohort
from simulator.designs.cfo import CFO
from simulator.designs.conduct import next_dose, selected_dose
from simulator.designs.crm import CRM
from simulator.designs.decision_table import DecisionTable
from simulator.designs.i_three_plus_three import IThreePlusThree
from simulator.designs.interval_design import IntervalDesign
from simulator.designs.keyboard import Keyboard
from simulator.designs.mtpi import MTPI
from simulator.designs.mtpi2 import MTPI2
from simulator.designs.pending_policy import PendingPolicy
from simulator.designs.rolling_six import RollingSix
from simulator.designs.three_plus_three import ThreePlusThree
from simulator.designs.tite_boin import TITEBOIN
from simulator.designs.tite_boin12 import TITEBOIN12
from simulator.designs.tite_cfo import TITECFO
from simulator.designs.tite_crm import TITECRM
from simulator.designs.tite_keyboard import TITEKeyboard

DESIGNS: Final[dict[str, type]] = {
    ThreePlusThree.name: ThreePlusThree,
    APlusB.name: APlusB,
    BOIN.name: BOIN,
    Keyboard.name: Keyboard,
    MTPI.name: MTPI,
    MTPI2.name: MTPI2,
    IThreePlusThree.name: IThreePlusThree,
    CumulativeCohort.name: CumulativeCohort,
    DecisionTable.name: DecisionTable,
    CRM.name: CRM,
    BLRM.name: BLRM,
    RollingSix.name: RollingSix,
    TITEBOIN.name: TITEBOIN,
    TITEKeyboard.name: TITEKeyboard,
    BFBOIN.name: BFBOIN,
    BEBOIN.name: BEBOIN,
    CFO.name: CFO,
    TITECFO.name: TITECFO,
    TITECRM.name: TITECRM,
    BOIN12.name: BOIN12,
    TITEBOIN12.name: TITEBOIN12,
}

__all__ = [
    "BEBOIN",
    "BFBOIN",
    "BLRM",
    "BOIN",
    "BOIN12",
    "CFO",
    "CRM",
    "DESIGNS",
    "MTPI",
    "MTPI2",
    "TITEBOIN",
    "TITEBOIN12",
    "TITECFO",
    "TITECRM",
    "APlusB",
    "CumulativeCohort",
    "DecisionTable",
    "IThreePlusThree",
    "IntervalDesign",
    "Keyboard",
    "PendingPolicy",
    "RollingSix",
    "TITEKeyboard",
    "ThreePlusThree",
    "next_dose",
    "selected_dose",
]
