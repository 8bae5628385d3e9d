"""The first screen as text: at most 40 lines of at most 100 columns, narrower where the terminal is."""

from collections.abc import Iterator
from typing import Final

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.report.blocks import Block, Items, Text
from simulator.report.render.text import text_of
from simulator.report.sections import first_screen as parts
from simulator.report.trial_words import blocks_in_words_of
from simulator.report.values import ReportData

WIDTH: Final = 100
LEAST_WIDTH: Final = 60
LINES: Final = 40
MORE: Final = "More that holds for these numbers: --full."


def first_screen(comparison: ComparisonTables, width: int = WIDTH) -> str:
    """Return the answer on one screen; the more designs, the less is said of each.

    Parameters
    ----------
    width
        Of the terminal, in columns; used between `LEAST_WIDTH` and `WIDTH`.
    """
    data = ReportData(comparison)
    width = min(max(width, LEAST_WIDTH), WIDTH)
    screens = (text_of(*blocks, width=width) for blocks in _shorter_and_shorter(data, width))
    shown = ""
    for shown in screens:
        if shown.count("\n") <= LINES:
            break
    return shown


def _shorter_and_shorter(data: ReportData, width: int) -> Iterator[list[Block]]:
    """Yield the screen with less and less on it: every sentence, brief ones, verdicts together, fewer cautions."""
    cautions = parts.cautions(data)
    yield _screen(data, width, parts.answer_sentences(data), cautions)
    yield _screen(data, width, parts.answer_sentences(data, brief=True), cautions)
    yield _screen(data, width, parts.grouped_sentences(data), cautions)
    brief = parts.listed_sentences(data)
    for kept in range(len(cautions), -1, -1):
        left_out = (MORE,) if kept < len(cautions) else ()
        yield _screen(data, width, brief, (*cautions[:kept], *left_out))
    yield _screen(data, width, (), (*cautions[:1], MORE))


def _screen(
    data: ReportData, width: int, sentences: tuple[str, ...], cautions: tuple[str, ...]
) -> list[Block]:
    title, simulated = parts.heading(data)
    blocks: list[Block] = [Text(title), Text(simulated), Text(""), Text(parts.asked_briefly(data))]
    if sentences:
        blocks += [Text(""), Items(sentences)]
    blocks += [Text(""), parts.planned_table(data, compact=width < WIDTH)]
    if cautions:
        blocks.append(Items(cautions))
    return list(blocks_in_words_of(data.comparison.scenario, [*blocks, Text(""), Text(parts.REST)]))
