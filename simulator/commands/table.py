"""The command `table`: a design's decision table for the protocol, or its scores of desirability."""

import sys
from collections.abc import Sequence
from pathlib import Path

from simulator.designs.desirability_scores import score_table
from simulator.designs.protocol_table import protocol_table
from simulator.designs.rolling_six_table import state_table
from simulator.errors import DesignError
from simulator.report.render.html import write
from simulator.report.text.decision_table import decision_file
from simulator.report.text.desirability import score_file
from simulator.report.text.rolling_six import state_file
from simulator.report.text.table_file import FORMATS
from simulator.scenario.chosen_design import choose


def print_table(
    source: str,
    design: str | None,
    options: Sequence[str],
    max_n: int | None,
    form: str,
    out: Path | None,
) -> None:
    """Print the decision table, or the scores of a design by benefit and risk, or write it to a file."""
    if form not in FORMATS:
        raise DesignError(f"--format {form}: must be one of {', '.join(FORMATS)}")
    if form == "docx" and out is None:
        raise DesignError("--format docx: a Word file needs --out FILE")
    chosen = choose(source, design, options)
    scores, states = score_table(chosen.design, max_n), state_table(chosen.design, max_n)
    if scores is not None:
        file = score_file(scores, chosen.name, chosen.about)
    elif states is not None:
        file = state_file(states, chosen.name, chosen.about)
    else:
        file = decision_file(protocol_table(chosen.design, max_n), chosen.name, chosen.about)
    content = file.content(form)
    if out is None:
        sys.stdout.write(content.decode("utf-8"))
        return
    write(out, content)
    print(f"Written to {out}.")
