"""The section of the report that states each design's rule."""

from types import SimpleNamespace
from typing import Any

from simulator.designs import BOIN, TITEBOIN, RollingSix
from simulator.designs.design import Design
from simulator.report.blocks import Table
from simulator.report.sections.designs import designs


def _captions(design: Design) -> list[str]:
    scenario = SimpleNamespace(design=lambda _: design)
    data: Any = SimpleNamespace(designs=("one",), comparison=SimpleNamespace(scenario=scenario))
    (part,) = designs(data).parts
    return [block.caption for block in part.blocks if isinstance(block, Table)]


def test_a_design_by_follow_up_has_the_table_while_outcomes_are_pending_too() -> None:
    complete = "Decisions of one: 5 dose levels, target DLT risk 0.3"
    assert _captions(BOIN()) == [complete]
    assert _captions(TITEBOIN()) == [complete, "Decisions while outcomes are pending"]
    assert _captions(RollingSix()) == []
